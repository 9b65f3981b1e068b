"""Other structures of a deal's lease: firm term, renewals, residual guarantee, rent by use; each a variant of the deal.

A :class:`Structure` is a set of changes to the deal file, and nothing else: whoever makes the same changes by hand gets
the same figures. What it brings is computed by the functions that the accounting page uses.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import TYPE_CHECKING, Any

from ringfence.accounting.lease_facts import between, lease_of
from ringfence.accounting.refusals import refused
from ringfence.errors import QuantityError, RingfenceError
from ringfence.terms.asset import GpuFleet
from ringfence.terms.written import parse_duration, parse_share

if TYPE_CHECKING:
    from ringfence.terms.contract.lease import Lease
    from ringfence.terms.deal import Deal

YEAR = 12.0
NEAR = 1e-9


@dataclass(frozen=True)
class Structure:
    """A variant of a lease. None: as agreed.

    Parameters
    ----------
    term
        Firm term. [month]
    renewals
        Length of each renewal, in order. [month]
    certain
        Whether they are reasonably certain to be exercised.
    guarantee
        Residual value the lessee guarantees, share of the hardware price. [ratio]
    usage
        Share of the rent that is take-or-pay, of a rent by use. [ratio]
    why
        What picked it, where it was not the user: ``debt at the end``.
    """

    term: float | None = None
    renewals: tuple[float, ...] | None = None
    certain: bool | None = None
    guarantee: float | None = None
    usage: float | None = None
    why: str = ""

    @property
    def as_agreed(self) -> bool:
        """Whether nothing is changed."""
        return replace(self, why="") == Structure()


def lease_terms(deal: Deal) -> tuple[str, Lease]:
    """Return id and terms of the lease that is varied; refused where its end is a date.

    Parameters
    ----------
    deal
        The deal.
    """
    lease = lease_of(deal)
    terms: Lease = deal.of_type("lease")[lease]
    if terms.expires is not None:
        raise refused(
            "lease-dates",
            f"{lease} ends on a date, whatever its term, so that its firm term cannot be varied.",
            where=[deal.where(f"contracts.{lease}.expires")],
            fix="take expires out, and state the term",
        )
    return lease, terms


def agreed_length(terms: Lease) -> float:
    """Return the firm term and every renewal of a lease. [month]"""
    return terms.term + sum(r.term for r in terms.renewal)


def filled(term: float, length: float, every: float = YEAR) -> tuple[float, ...]:
    """Return renewals that lead from a firm term to a length, the last one cut. [month]

    Examples
    --------
    >>> filled(36.0, 60.0), filled(50.0, 60.0), filled(60.0, 60.0)
    ((12.0, 12.0), (10.0,), ())
    """
    found, left = [], length - term
    while left > NEAR:
        found.append(min(every, left))
        left -= every
    return tuple(found)


def changes_of(deal: Deal, structure: Structure, *, firm_only: bool = False) -> dict[str, Any]:
    """Return what a structure changes in the deal file, path to value.

    Parameters
    ----------
    deal
        The deal.
    structure
        The structure.
    firm_only
        Whether no renewal is exercised and no more is used than what is take-or-pay; else every renewal is exercised
        and use is as expected.

    Returns
    -------
    dict
        For :func:`ringfence.terms.read.revise`, or one ``--set`` each.
    """
    lease, terms = lease_terms(deal)
    path = f"contracts.{lease}"
    found: dict[str, Any] = {}
    if structure.term is not None:
        found[f"{path}.term"] = _months(structure.term)
    lengths = structure.renewals if structure.renewals is not None else tuple(r.term for r in terms.renewal)
    if lengths:
        found[f"{path}.renewal"] = [_renewal(terms, structure, k, x, firm_only) for k, x in enumerate(lengths)]
    elif terms.renewal:
        found[f"{path}.renewal"] = None
    if structure.guarantee is not None:
        owed = {"share": _share(structure.guarantee)} if structure.guarantee > 0 else None
        if owed is not None or terms.residual_value_guarantee is not None:
            found[f"{path}.residual_value_guarantee"] = owed
    floor = structure.usage if structure.usage is not None else terms.usage.take_or_pay if terms.usage else None
    if floor is not None:
        found[f"{path}.usage.take_or_pay"] = _share(floor)
        expected = terms.usage.expected if terms.usage else 1.0
        found[f"{path}.usage.expected"] = _share(floor if firm_only else expected)
    return found | _supposed(deal, structure) | value_by_age(deal)


def _supposed(deal: Deal, structure: Structure) -> dict[str, Any]:
    """The answer on renewals that a structure supposes, where the deal has attested the other one."""
    attested = deal.attestations.get("L6")
    if structure.certain is None or attested is None or attested.holds == structure.certain:
        return {}
    return {"attestations.L6.answer": "yes" if structure.certain else "no"}


def grid(
    deal: Deal,
    *,
    term: Sequence[str] = (),
    renewals: Sequence[str] = (),
    guarantee: Sequence[str] = (),
    usage: Sequence[str] = (),
) -> list[Structure]:
    """Return every combination of what is to be tried, as written on a command line.

    Parameters
    ----------
    deal
        The deal.
    term
        Firm terms: ``24m``, ``5y``.
    renewals
        ``none``; ``fill``: renewals of a year up to the agreed length; ``2x12m``; each with ``:certain`` after it where
        they are reasonably certain. Left out: ``fill`` where a term is given and no use.
    guarantee, usage
        Shares: ``0%``, ``33.5%``.

    Returns
    -------
    list[Structure]
        Terms outermost, none of them twice.

    Raises
    ------
    RingfenceError
        For a word that is none of these.
    """
    _, terms = lease_terms(deal)
    length = agreed_length(terms)
    shared: tuple[str | None, ...] = ("fill",) if term and not usage else ("none",) if usage else (None,)
    months: list[float | None] = [_parsed(parse_duration, x, "--term", "24m or 5y") for x in term] or [None]
    shares: list[float | None] = [_parsed(parse_share, x, "--guarantee", "20%") for x in guarantee] or [None]
    floors: list[float | None] = [_parsed(parse_share, x, "--usage", "60%") for x in usage] or [None]
    found = []
    for firm, words, share, floor in product(months, renewals or shared, shares, floors):
        lengths, certain = _lengths(words, terms.term if firm is None else firm, length)
        found.append(Structure(firm, lengths, certain if lengths != () else None, share, floor))
    return list(dict.fromkeys(found))


def _lengths(words: str | None, term: float, length: float) -> tuple[tuple[float, ...] | None, bool | None]:
    """Renewals as written: lengths, and whether they are reasonably certain."""
    if words is None:
        return None, None
    text, colon, certain = words.partition(":")
    if colon and certain != "certain":
        raise _unknown("--renewals", words, "none, fill, 2x12m, each with :certain where it is")
    sure = True if colon else None
    if text == "none":
        return (), sure
    if text == "fill":
        return filled(term, length), sure
    count, times, each = text.partition("x")
    if not times or not count.isdecimal() or not 1 <= int(count[:3]) <= 40:
        raise _unknown("--renewals", words, "none, fill, 2x12m, each with :certain where it is")
    return (_parsed(parse_duration, each, "--renewals", "2x12m"),) * int(count[:3]), sure


def _parsed(parse: Callable[[Any], float], text: str, option: str, like: str) -> float:
    try:
        return parse(text)
    except QuantityError:
        raise _unknown(option, text, like) from None


def _unknown(option: str, text: str, like: str) -> RingfenceError:
    return RingfenceError(f"{option} does not take {text}; write {like}")


def value_by_age(deal: Deal) -> dict[str, Any]:
    """Return the changes that sell the fleet along the resale curve that agrees with the deal at the agreed end.

    A fleet sold at a share of its price has that value at any age, so that a shorter lease would give it away. Where
    exactly one of its resale curves has that share at the end of the lease as agreed, the curve speaks for other ages.

    Parameters
    ----------
    deal
        The deal.
    """
    lease, terms = lease_terms(deal)
    fleet = deal.assets[terms.asset]
    policy = deal.accounting.leases.get(lease) if deal.accounting else None
    if not isinstance(fleet, GpuFleet) or fleet.sale is None:
        return {}
    sale = fleet.sale
    if sale.share is None or sale.at != "lease_end" or (policy and policy.residual is not None):
        return {}
    agreeing = [
        name for name, c in fleet.curves.items() if abs(between(c.ages, c.values, terms.term) - sale.share) < NEAR
    ]
    if len(agreeing) != 1:
        return {}
    path = f"assets.{terms.asset}.sale"
    return {f"{path}.share": None, f"{path}.curve": agreeing[0]}


def told(deal: Deal, structure: Structure) -> str:
    """Return a structure in a few words: ``36m+2x12m sure``.

    Parameters
    ----------
    deal, structure
        The deal, and the structure.
    """
    if structure.as_agreed:
        return "as agreed"
    _, terms = lease_terms(deal)
    words = [f"{terms.term if structure.term is None else structure.term:g}m"]
    lengths = structure.renewals if structure.renewals is not None else tuple(r.term for r in terms.renewal)
    if lengths:
        words[0] += f"+{_counted(lengths)}"
        words += ["sure"] if structure.certain else []
    if structure.guarantee:
        words.append(f"RVG {structure.guarantee * 100:.3g}%")
    if structure.usage is not None:
        words.append(f"use {structure.usage:.0%}")
    return " ".join(words)


def _renewal(terms: Lease, structure: Structure, number: int, length: float, firm_only: bool) -> Mapping[str, Any]:
    agreed = terms.renewal[min(number, len(terms.renewal) - 1)] if terms.renewal else None
    rent = "same" if agreed is None or agreed.rent == "market" else str(agreed.rent)
    certain = structure.certain if structure.certain is not None else bool(agreed and agreed.certain)
    return {"term": _months(length), "rent": rent, "certain": certain, "exercised": not firm_only}


def _counted(lengths: tuple[float, ...]) -> str:
    first = lengths[0]
    if all(abs(x - first) < NEAR for x in lengths):
        return f"{len(lengths)}x{first:g}m"
    return "+".join(f"{x:g}m" for x in lengths)


def _months(months: float) -> str:
    return f"{months!r}m" if months % 1 else f"{months:.0f}m"


def _share(share: float) -> str:
    return f"{share * 100!r}%"
