"""The rules a deal file is read by, each with the sentence its findings print.

:func:`finding` makes a finding of one of these rules. The contradiction checks between terms
(``rules/``) have theirs below, after those about writing.
"""

from __future__ import annotations

from collections.abc import Iterable

from ringfence.errors import Finding, Level
from ringfence.terms.source import shorten

RULES: dict[str, str] = {
    "file": "a deal is a readable YAML file (.yaml or .yml) of at most 2 MB",
    "encoding": "a deal file is UTF-8 text without control characters",
    "yaml": "a deal file is YAML 1.2, indented with spaces",
    "document": "a deal file holds one mapping of keys to values",
    "limits": "a deal file nests at most 40 levels and holds at most 200_000 values",
    "plain-yaml": "a deal file uses plain YAML: no tags (!), no merge keys (<<)",
    "duplicate-key": "a key is written once in its mapping",
    "unknown-key": "only the keys of the deal language are read",
    "missing-key": "a term without a default is written",
    "type": "a value is of the kind its term expects",
    "choice": "a term with a list of choices takes one of them",
    "range": "a value lies within the limits of its term",
    "value": "a value is written as its term expects",
    "term": "the terms of one mapping fit together",
    "amount": "an amount carries its unit, as in 55_000 USD",
    "unit": "an amount is in the unit of its term",
    "sign": "an amount is a magnitude: not negative, and above zero where its term says so",
    "share": "a share lies between 0 and 100%",
    "rate": "a rate is written per year: 7.1%, 300bp or 0.071",
    "duration": "a duration carries its unit: 5y, 18m, 2q, 6w, 30d",
    "day": "a date is written 2026-03-31",
    "number": "a number is finite and in the range of its term",
    "pricing": "pricing is an index and a margin, or a fixed rate",
    "name": "an id has letters, digits, _ and -",
    "extends": "a deal extends a .yaml file of its own folder or of a folder beside it, at most 8 deep",
    "scenario": "a scenario names overrides of values that the deal has",
    "set": "--set changes one value that the deal has, as path=value",
    "reference": "an id named in a deal is one that it has, and of the right kind",
    "two-parties": "a contract is between two parties, and recourse reaches beyond the borrower",
    "asset-without-owner": "an asset belongs to a vehicle, a data centre to any party",
    "asset-claim": "an asset belongs to one business, and its owner lets, sells and buys it",
    "ownership-loop": "vehicles do not own each other in a circle",
    "vehicle-terms": "waterfall, costs and businesses are terms of a vehicle, said once",
    "zero-amount": "an amount that a deal stands on is above zero",
    "unfunded-cost": "what a business must pay for, a loan or equity funds",
    "sources-short": "sources cover the uses that are certain, or equity without a commitment takes the rest",
    "plug-of-uses": "one open contingency, that of the business uses.plug names, closes the total",
    "commitment-shared": "a fixed commitment is paid into one business",
    "distribution-shares": "in one distribution all holders have a share, together 100%, or none has",
    "loan-size": "a limit on a loan is one test, with what that test needs",
    "loan-dates": "a loan is drawn after close, converted, then repaid, within the deal",
    "repayment-profile": "custom shares are one a repayment and add up to 100%; a bullet has no balloon",
    "margin-steps": "margins step in the order of their dates, and a floor is for an index",
    "interest-in-kind": "interest is paid in kind after conversion, at a share above zero",
    "swap": "a swap hedges a floating loan of its own vehicle, one swap a loan",
    "letter-of-credit": "a letter of credit stands for a reserve of the business that gives it, or for equity",
    "cfads-after-tax": "cover after tax is not sized for a vehicle that pays tax",
    "recorded-only": "options, guarantees and take-or-pay are recorded; their exercise is computed by a scenario",
    "cfads-terms": "a loan counts only what it names, or all without what it names",
    "payment-multiples": "reserves and tests span whole payment intervals",
    "grid-coarser-than-payments": "a period of the grid is no longer than the interval of payments in it",
    "curve-ends-early": "a curve reaches the last date it is read on, or holds its last value",
    "delivery-dates": "assets are delivered and run between close and the end of the deal",
    "availability": "a loan can be drawn while what it finances is paid for",
    "debt-tail": "a loan is repaid before the last contract that pays it ends, by min_tail where that is written",
    "contract-beyond-end": "contracts end within the timeline",
    "lease-start": "a lease that starts with power has a site that powers its fleet, or a long stop",
    "residual-value": "a fleet is sold for no more than its own resale curves say",
    "gpu-catalogue": "model, price, power and date of a GPU agree with the catalogue",
    "pue": "facility energy is at least IT energy",
    "sold-once": "a fleet has one lease and one site, and a plant sells no more than all it makes",
    "idle-asset": "an asset has a contract to earn by",
    "tax-status": "a vehicle is taxed at a rate, or pass-through at none",
    "waterfall-step": "a step has one verb and the fields that verb reads, and what is due is paid in one step",
    "waterfall-object": "a step acts on what its own business owes, holds or shares out",
    "waterfall-forgets-creditor": "a waterfall pays every creditor, every cost and, in the end, the equity",
    "waterfall-order": "a waterfall pays senior loans before junior ones, and debt before equity",
    "risk-factor": "a risk factor acts on something the deal has, once, with parameters that make sense",
    "correlation": "a correlation is of two factors drawn alike, from -1 to 1, and some normals have them all",
    "case-set": "a case changes numbers that the deal has, to numbers in base units",
}


def finding(rule: str, message: str, *, where: Iterable[str] = (), fix: str = "", level: Level = "error") -> Finding:
    """Return a finding of a named rule, with the rule's sentence.

    Parameters
    ----------
    rule
        A name of :data:`RULES`, or a name and its own sentence joined by a colon.
    message
        What is wrong, with both numbers.
    where
        Places, as :meth:`SourceMap.where` gives them.
    fix
        The ways out.
    level
        How serious it is.

    Returns
    -------
    Finding
        The finding.
    """
    return Finding(level, f"{rule}: {RULES[rule]}" if rule in RULES else rule, message, tuple(where), fix)


def listed(names: Iterable[str], *, most: int = 20) -> str:
    """Return names as a list to print, cut after `most`."""
    known = [shorten(name, 40) for name in names]
    return ", ".join(known[:most]) + (f" and {len(known) - most} more" if len(known) > most else "")
