"""The rules that accounting input is read by, and the one way to refuse it: a finding with place, rule and way out."""

from __future__ import annotations

from collections.abc import Sequence

from ringfence.errors import DealError, Finding
from ringfence.terms.findings import finding

RULES: dict[str, str] = {
    "lease-dates": "payments, options and changes of a lease fall between its commencement and its end, in order",
    "lease-options": "options of a lease do not overlap: each starts where the term before it ends",
    "lease-amounts": "amounts of a lease are magnitudes; only an incentive lowers a payment",
    "residual": "a residual, a guarantee and a fair value are not negative, and a guarantee is no more than its cap",
    "discount-rate": "a rate is above -100% a year, with its compounding stated",
    "rate-unsolvable": "exactly one rate makes the payments worth their amount",
    "change": "a reassessment or modification has the revised rate; an index or a guarantee keeps the rate",
    "life": "lives and terms are longer than 0",
    "sale-opening": "opening property holds the GPUs that are said to be in it",
    "sale-and-leaseback": "sale price, fair value and carrying amount are amounts above 0",
    "sample": "samples and their weights pair, and weights are not negative",
    "borrowing-costs": "expenditure and loans are magnitudes, dated inside the capitalisation period",
    "named": "a policy names what the deal has",
    "hedge": "gains of instrument and hedged item are given for the same dates",
}


def refused(rule: str, message: str, *, paragraph: str = "", where: Sequence[str] = (), fix: str = "") -> DealError:
    """Return the error that refuses an input.

    Parameters
    ----------
    rule
        A name of :data:`RULES`.
    message
        What is wrong, with both numbers.
    paragraph
        The paragraph that asks for it.
    where
        Places in the deal file.
    fix
        The way out.
    """
    return DealError([remark(rule, message, paragraph=paragraph, where=where, fix=fix)])


def remark(rule: str, message: str, *, paragraph: str = "", where: Sequence[str] = (), fix: str = "") -> Finding:
    """Return a finding of one of :data:`RULES`, its paragraph in the rule's sentence.

    Parameters
    ----------
    rule, message, paragraph, where, fix
        As for :func:`refused`.
    """
    sentence = f"{rule}: {RULES[rule]}" + (f" ({paragraph})" if paragraph else "")
    return finding(sentence, message, where=where, fix=fix)
