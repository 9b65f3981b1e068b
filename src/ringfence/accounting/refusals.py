"""The rules that accounting input is read by, and the one way to refuse it: a finding with place, rule and way out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from math import isfinite

from ringfence.accounting.citations import VERIFY, cite
from ringfence.errors import DealError, Finding
from ringfence.terms.findings import finding

RULES: dict[str, str] = {
    "lease-dates": "payments, options and changes of a lease fall between its commencement and its end, in order",
    "lease-options": "options of a lease do not overlap: each starts where the term before it ends",
    "lease-amounts": "amounts of a lease are magnitudes; only an incentive lowers a payment",
    "residual": "a residual, a guarantee and a fair value are not negative, and a guarantee is no more than its cap",
    "discount-rate": "a lease is discounted at a rate that is stated, above -100% a year, with its compounding",
    "rate-unsolvable": "exactly one rate makes the payments worth their amount",
    "change": "a reassessment or modification has the revised rate; an index or a guarantee keeps the rate",
    "life": "lives and terms are longer than 0",
    "sale-opening": "opening property holds the GPUs that are said to be in it",
    "sale-and-leaseback": "sale price, fair value and carrying amount are amounts above 0",
    "sample": "samples and their weights pair, and weights are not negative",
    "borrowing-costs": "expenditure and loans are magnitudes, dated inside the capitalisation period",
    "named": "a policy names what the deal has",
    "hedge": "gains of instrument and hedged item are finite and given for the same dates",
    "lender": "a loan has an amount, a tenor inside its cash flow, and a service that pays its interest",
    "word": "a word that decides is one of those the rules know",
    "share": "a share or a probability lies between 0 and 1",
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
        The paragraph that asks for it; several stand apart by ``; ``. Recalled ones are marked.
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
    told = "; ".join(x if VERIFY in x else cite(x) for x in paragraph.split("; ")) if paragraph else ""
    sentence = f"{rule}: {RULES[rule]}" + (f" ({told})" if told else "")
    return finding(sentence, message, where=where, fix=fix)


def finite(rule: str, **amounts: float | None) -> None:
    """Refuse what is no number; None is left alone.

    Parameters
    ----------
    rule
        A name of :data:`RULES`.
    amounts
        By their names in the call.
    """
    _each(rule, amounts, isfinite, "a finite number")


def magnitudes(rule: str, **amounts: float | None) -> None:
    """Refuse what is no number or under 0; None is left alone.

    Parameters
    ----------
    rule, amounts
        As for :func:`finite`.
    """
    _each(rule, amounts, lambda x: isfinite(x) and x >= 0, "0 or more")


def shares(rule: str, **amounts: float | None) -> None:
    """Refuse what does not lie between 0 and 1; None is left alone.

    Parameters
    ----------
    rule, amounts
        As for :func:`finite`.
    """
    _each(rule, amounts, lambda x: 0 <= x <= 1, "between 0 and 1")


def one_of(what: str, value: object, known: Iterable[object]) -> None:
    """Refuse a word the rules do not know: nothing is read as the nearest thing.

    Parameters
    ----------
    what
        Name of the argument.
    value
        As given.
    known
        Words it may be.
    """
    words = [str(x) for x in known]
    if value not in words:
        raise refused("word", f"{what} is {value!r}.", fix=f"write one of {', '.join(words)}")


def _each(rule: str, amounts: Mapping[str, float | None], holds: Callable[[float], bool], wanted: str) -> None:
    wrong = {name.replace("_", " "): x for name, x in amounts.items() if x is not None and not holds(x)}
    if wrong:
        told = " and ".join(f"{name} is {x:,.6g}" for name, x in wrong.items())
        raise refused(rule, f"{told}.", fix=f"state {' and '.join(wrong)} as {wanted}")
