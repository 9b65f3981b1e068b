"""The lease term: what cannot be cancelled, and the options that are reasonably certain.

Options are laid end to end: each starts where the term before it ends. A renewal counts if it is reasonably certain to
be used, a right to end early leaves the term alone if it is reasonably certain *not* to be used, and until somebody has
attested that it is not; the right of the lessor to end early never shortens the term. Renewal incentive is computed
evidence beside that judgement.

Source: IFRS 16.18-21, B34-B41; ASC 842-10-30-1, 842-10-55-23 to 55-26; short term IFRS 16.5-8, ASC 842-20-25-2.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from ringfence.accounting.citations import cite
from ringfence.accounting.outcome import Outcome, Test, computed, judged
from ringfence.accounting.refusals import finite, magnitudes, one_of, refused, shares

TERM = ("IFRS 16.18", "IFRS 16.B34", "ASC 842-10-30-1")
CERTAIN = 0.70
"""Share of paths on which renewing is cheaper that speaks against "not reasonably certain" (practice 70-80 %)."""


@dataclass(frozen=True)
class RenewalOption:
    """Right of the lessee to extend.

    Parameters
    ----------
    length
        [month]
    certain
        Reasonably certain to be used: attested; None if nobody has.
    starts
        Months since commencement; left out: where the term before it ends. [month]
    cheaper
        Share of paths on which renewing costs less than returning, where it was computed. [ratio]
    relied_on
        Whether the lenders' base case needs its rents.
    """

    length: float
    certain: bool | None = None
    starts: float | None = None
    cheaper: float | None = None
    relied_on: bool = False


@dataclass(frozen=True)
class TerminationOption:
    """Right to end early.

    Parameters
    ----------
    month
        Earliest end. [month]
    by
        Who may.
    certain_not_used
        Reasonably certain that the lessee does not use it: attested; None if nobody has, and the term runs on.
    penalty
        Paid on use. [USD]
    """

    month: float
    by: Literal["lessee", "lessor"] = "lessee"
    certain_not_used: bool | None = None
    penalty: float = 0.0


@dataclass(frozen=True)
class LeaseTerm:
    """A lease term.

    Attributes
    ----------
    months
        The term in the accounts. [month]
    firm
        What cannot be cancelled, penalties apart. [month]
    longest
        With every renewal. [month]
    tests
        One an option.
    penalty
        Termination penalty the term makes part of the payments. [USD]
    """

    months: float
    firm: float
    longest: float
    tests: tuple[Test, ...]
    penalty: float = 0.0

    @property
    def open(self) -> tuple[Test, ...]:
        """Judgements not settled."""
        return tuple(t for t in self.tests if t.outcome in (Outcome.NOT_ATTESTED, Outcome.CONTRADICTED))


def lease_term(
    firm: float,
    renewals: Sequence[RenewalOption] = (),
    terminations: Sequence[TerminationOption] = (),
    *,
    mark: float = CERTAIN,
    where: Sequence[str] = (),
) -> LeaseTerm:
    """Determine the lease term.

    Parameters
    ----------
    firm
        Agreed term before any renewal. [month]
    renewals
        In order; one that counts brings all before it.
    terminations
        Inside the agreed term.
    mark
        Share of paths on which renewing is cheaper that contradicts "not reasonably certain". [ratio]
    where
        Places in the deal file, for a refusal.

    Returns
    -------
    LeaseTerm
        A renewal whose "no" is not attested, or is contradicted, is not helped by it: it counts as open, and the
        term without it is the one shown with that warning.
    """
    finite("life", firm=firm)
    shares("share", mark=mark)
    for n, r in enumerate(renewals):
        finite("life", **{f"length_of_renewal_{n + 1}": r.length, f"start_of_renewal_{n + 1}": r.starts})
        shares("share", **{f"share_of_paths_of_renewal_{n + 1}": r.cheaper})
    for t in terminations:
        one_of("by", t.by, ("lessee", "lessor"))
        finite("lease-options", month=t.month)
        magnitudes("lease-amounts", penalty=t.penalty)
    if firm <= 0:
        raise refused("life", f"the agreed term is {firm:g} months.", paragraph=cite(*TERM), fix="state a term above 0")
    _check_options(firm, renewals, terminations, where)
    early, ended = [_early(n, t) for n, t in enumerate(terminations)], firm
    penalty = 0.0
    for option in sorted(terminations, key=lambda t: t.month):
        if option.by == "lessee" and option.certain_not_used is False:
            ended, penalty = option.month, option.penalty
            break
    renewing = [_renewal(n, r, mark) for n, r in enumerate(renewals)]
    term = ended
    if ended == firm:
        last = max([n for n, r in enumerate(renewals) if r.certain], default=-1)
        term += sum(r.length for r in renewals[: last + 1])
    longest = firm + sum(r.length for r in renewals)
    return LeaseTerm(
        term, min([firm, *(t.month for t in terminations if t.by == "lessee")]), longest, (*early, *renewing), penalty
    )


def _check_options(
    firm: float, renewals: Sequence[RenewalOption], terminations: Sequence[TerminationOption], where: Sequence[str]
) -> None:
    ends = firm
    for n, option in enumerate(renewals):
        if option.length <= 0:
            raise refused("life", f"renewal {n + 1} lasts {option.length:g} months.", fix="state a length above 0")
        if option.starts is not None and abs(option.starts - ends) > 1e-6:
            word = "overlaps the term before it" if option.starts < ends else "leaves a gap after the term before it"
            raise refused(
                "lease-options",
                f"renewal {n + 1} starts in month {option.starts:g} and {word}, which ends in month {ends:g}.",
                paragraph=cite(*TERM),
                where=where,
                fix=f"start it in month {ends:g}, or leave its start out",
            )
        ends += option.length
    months = [t.month for t in terminations]
    if any(not 0 < m < firm for m in months):
        raise refused(
            "lease-options",
            f"a right to end early in month {next(m for m in months if not 0 < m < firm):g} lies outside the term of "
            f"{firm:g} months.",
            paragraph=cite(*TERM),
            where=where,
            fix="date it inside the agreed term, or shorten a renewal instead",
        )
    if len(set((t.month, t.by) for t in terminations)) < len(terminations):
        raise refused("lease-options", "two rights to end early fall on one date.", fix="keep one of them")


def _renewal(n: int, r: RenewalOption, mark: float) -> Test:
    evidence: dict[str, float | bool] = {"length in months": r.length, "needed by the lenders' case": r.relied_on}
    if r.cheaper is not None:
        evidence["share of paths on which renewing is cheaper"] = r.cheaper
    against = r.certain is False and (r.relied_on or (r.cheaper is not None and r.cheaper >= mark))
    words = {
        True: "attested as reasonably certain; it is in the term",
        False: "attested as not reasonably certain; it is not in the term",
        None: "not attested; it is left out of the term, which is no conclusion",
    }[r.certain]
    if against:
        words = "attested as not reasonably certain, but " + (
            "the lenders' case needs its rents" if r.relied_on else f"renewing is cheaper on {r.cheaper:.0%} of paths"
        )
    return judged(
        f"renewal-{n + 1}",
        cite("IFRS 16.19", "IFRS 16.B37", "ASC 842-10-30-1"),
        r.certain,
        evidence,
        f"Renewal {n + 1} of {r.length:g} months is {words}.",
        speaks_against=against,
    )


def _early(n: int, t: TerminationOption) -> Test:
    paragraph = cite("IFRS 16.18(b)", "ASC 842-10-30-1")
    if t.by == "lessor":
        return computed(
            f"termination-{n + 1}",
            cite("IFRS 16.B35", "ASC 842-10-30-1"),
            True,
            {"month": t.month},
            "Only the lessor may end early; the term is not shortened.",
        )
    return judged(
        f"termination-{n + 1}",
        paragraph,
        t.certain_not_used,
        {"month": t.month, "penalty": t.penalty},
        f"The lessee may end in month {t.month:g} for {t.penalty:,.0f}; "
        + {
            True: "attested as reasonably certain not to be used.",
            False: "attested as not certain to be left unused: the term ends there, and its price is a payment.",
            None: "whether it is left unused is not attested, and the term runs on until it is.",
        }[t.certain_not_used],
    )


@dataclass(frozen=True)
class RenewalIncentive:
    """What returning and renewing cost the lessee. [USD]

    Attributes
    ----------
    cost_return
        Expected payout of its guarantee, removal, migration and PV of market rent for replacement capacity.
    cost_renew
        PV of the renewal rents.
    """

    cost_return: float
    cost_renew: float

    @property
    def amount(self) -> float:
        """Positive: renewing is cheaper. [USD]"""
        return self.cost_return - self.cost_renew


def renewal_incentive(
    *,
    guarantee_payout: float = 0.0,
    removal: float = 0.0,
    migration: float = 0.0,
    market_rent: float,
    renewal_rent: float,
) -> RenewalIncentive:
    """Compare returning the asset with renewing.

    Parameters
    ----------
    guarantee_payout
        Expected payout of the lessee's residual value guarantee. [USD]
    removal, migration
        Costs of leaving. [USD]
    market_rent
        PV of the market rent of replacement capacity over the renewal. [USD]
    renewal_rent
        PV of the renewal rents. [USD]
    """
    magnitudes("lease-amounts", guarantee_payout=guarantee_payout, removal=removal, migration=migration)
    magnitudes("lease-amounts", market_rent=market_rent, renewal_rent=renewal_rent)
    return RenewalIncentive(guarantee_payout + removal + migration + market_rent, renewal_rent)


def short_term(
    months: float,
    *,
    framework: Literal["IFRS 16", "ASC 842"],
    purchase_option: bool,
    option_certain: bool | None = None,
    penalty_significant: bool = False,
) -> Test:
    """Test the short-term exemption.

    Parameters
    ----------
    months
        Lease term at commencement. [month]
    framework
        IFRS 16: any purchase option disqualifies; ASC 842: one reasonably certain to be used does.
    purchase_option
        Whether there is one.
    option_certain
        Reasonably certain to be used; None if nobody has attested it (disqualifies).
    penalty_significant
        Whether leaving costs more than an insignificant penalty in the broad sense, so that the contract is
        enforceable for longer (IFRS 16.B34).
    """
    one_of("framework", framework, ("IFRS 16", "ASC 842"))
    if not 0 < months < float("inf"):
        raise refused("life", f"the term is {months:g} months.", paragraph=cite("IFRS 16.5-8"), fix="state it above 0")
    blocked = purchase_option if framework == "IFRS 16" else purchase_option and option_certain is not False
    paragraph = cite("IFRS 16.5-8") if framework == "IFRS 16" else cite("ASC 842-20-25-2")
    holds = months <= 12 + 1e-9 and not blocked and not penalty_significant
    why = (
        f"the term is {months:g} months"
        if months > 12 + 1e-9
        else "there is a purchase option"
        if blocked
        else "leaving costs more than an insignificant penalty, so the contract is enforceable for longer"
    )
    words = f"The term is {months:g} months, without a purchase option that counts." if holds else f"No: {why}."
    return computed(
        "short-term", paragraph, holds, {"term in months": months, "purchase option": purchase_option}, words
    )


def low_value(
    price_when_new: float, *, framework: Literal["IFRS 16", "ASC 842"], dependent: bool, mark: float = 5_000.0
) -> Test:
    """Test the low-value exemption; never met by GPU racks, and not in US GAAP.

    Parameters
    ----------
    price_when_new
        Of the asset. [USD]
    framework
        IFRS 16 only.
    dependent
        Whether the asset is highly dependent on others, as a GPU in a rack is.
    mark
        Practice, about USD 5,000. [USD]
    """
    one_of("framework", framework, ("IFRS 16", "ASC 842"))
    magnitudes("lease-amounts", price_when_new=price_when_new, mark=mark)
    holds = framework == "IFRS 16" and price_when_new <= mark and not dependent
    return computed(
        "low-value",
        cite("IFRS 16.B3"),
        holds,
        {"price when new": price_when_new, "mark": mark},
        "Low value."
        if holds
        else "Not low value: GPU racks depend on each other and cost more; US GAAP has no such relief.",
    )
