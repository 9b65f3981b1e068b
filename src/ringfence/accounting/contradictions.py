"""Contradictions X1 to X12: claims that the deal's own figures speak against. Always run; they warn, never override.

Each answers ``CONTRADICTED`` with both numbers, ``PASS`` where claim and figures agree or the claim is not made, and
``NOT_ATTESTED`` where a figure it needs is missing: then it was not tested, and says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from ringfence.accounting.citations import cite
from ringfence.accounting.evidence import RenewalEvidence
from ringfence.accounting.outcome import CONTRADICTED, NOT_ATTESTED, PASS, Figure, Test
from ringfence.errors import Finding
from ringfence.terms.findings import finding

CLOSE = 1e-6


@dataclass(frozen=True)
class Claims:
    """What is claimed, and the figures beside it. None: not claimed, or not known.

    Parameters
    ----------
    guarantee_recognised
        X1: amount of the residual value guarantee taken into the lease liability. [USD]
    guaranteed, expected_residual
        X1: amount guaranteed, and expected value of the asset at that date. [USD]
    call_probability
        X1: probability that the guarantee is called. [ratio]
    renewal_certain
        X2: whether renewal is said to be reasonably certain.
    firm_term, debt_tenor
        X2: end of the firm term, last repayment of debt. [month]
    lenders_count_renewals
        X2: whether the lenders' cover counts renewal rents.
    renewal
        X2: computed evidence on renewal.
    lives
        X3: life of the asset by use: ``economic`` (the 75 % test), ``depreciation``, others. [month]
    no_power
        X4: whether the sponsor is said to have no power.
    sits_with_sponsor
        X4: triple net, remarketing, operator, refinancing: whether each sits with the sponsor.
    residuals
        X5: value of the asset at one date, by use. [USD, or share of price]
    service
        X6: whether the contract is said to be a service.
    spare_units, supplier_staff
        X6: capacity the supplier could use instead [GPU]; whether its staff operates.
    non_recourse
        X7: whether the debt is said to be without recourse to the sponsor.
    coverage
        X7: lowest cover of debt by firm rents and guarantees over all scenarios and periods. [ratio]
    coverage_at_peak
        X7: the same when debt is largest. [ratio]
    borrowing_rate, debt_rate, rate_margin
        X8: the lessee's incremental borrowing rate, the vehicle's cost of debt, and the distance allowed. [1/year]
    fair_value, capitalised_cost
        X9: fair value in the 90 % test, and cost capitalised. [USD]
    spares
        X9: part of that cost that is spare units, which nobody leases. [USD]
    consolidators, possible
        X10: parties that consolidate for certain, and for whom it is not ruled out.
    powerful
        X10: party with power, or with most of it.
    equity_ratio
        X11: equity at risk over assets. [ratio]
    single_lessee, business_exception
        X12: whether there is one lessee, and whether the business scope exception is claimed.
    """

    guarantee_recognised: float | None = None
    guaranteed: float | None = None
    expected_residual: float | None = None
    call_probability: float | None = None
    renewal_certain: bool | None = None
    firm_term: float | None = None
    debt_tenor: float | None = None
    lenders_count_renewals: bool | None = None
    renewal: RenewalEvidence | None = None
    lives: Mapping[str, float] = field(default_factory=dict)
    no_power: bool | None = None
    sits_with_sponsor: Mapping[str, bool | None] = field(default_factory=dict)
    residuals: Mapping[str, float] = field(default_factory=dict)
    service: bool | None = False
    spare_units: float | None = None
    supplier_staff: bool | None = None
    non_recourse: bool | None = None
    coverage: float | None = None
    coverage_at_peak: float | None = None
    borrowing_rate: float | None = None
    debt_rate: float | None = None
    rate_margin: float = 0.0
    fair_value: float | None = None
    capitalised_cost: float | None = None
    spares: float = 0.0
    consolidators: tuple[str, ...] | None = None
    possible: tuple[str, ...] = ()
    powerful: str | None = None
    equity_ratio: float | None = None
    single_lessee: bool | None = None
    business_exception: bool | None = False


def contradictions(claims: Claims) -> tuple[Test, ...]:
    """Run all twelve.

    Parameters
    ----------
    claims
        Claims and figures.

    Returns
    -------
    tuple of Test
        X1 to X12, in order.

    Examples
    --------
    >>> found = contradictions(Claims(equity_ratio=0.06))
    >>> [t.id for t in found if t.outcome is CONTRADICTED]
    ['X11']
    """
    return tuple(check(claims) for check in CHECKS)


def warnings(tests: Iterable[Test]) -> list[Finding]:
    """Return a warning for each contradiction found."""
    return [
        finding(f"contradiction-{t.id}: a claim agrees with the deal's own figures ({t.paragraph})", t.sentence,
                fix="correct the claim or the figure, or attest why both stand", level="warning")
        for t in tests
        if t.outcome is CONTRADICTED
    ]  # fmt: skip


def _x1(c: Claims) -> Test:
    cited = cite("IFRS 16.27(c)", "ASC 842-10-30-5(f)")
    if c.guaranteed is None or c.guarantee_recognised is None:
        return _fine("X1", cited, "No residual value guarantee is claimed to cost nothing.")
    figures: dict[str, Figure] = {"guaranteed": c.guaranteed, "recognised": c.guarantee_recognised}
    if c.expected_residual is None and c.call_probability is None:
        return _untested("X1", cited, "the expected value of the asset or the probability of a call")
    short = c.expected_residual is not None and c.expected_residual < c.guaranteed * (1 - CLOSE)
    likely = c.call_probability is not None and c.call_probability > 0.5
    if c.guarantee_recognised <= 0 and (short or likely):
        value = (
            ""
            if c.expected_residual is None
            else f" while the asset is expected to be worth {c.expected_residual:,.0f}"
        )
        chance = "" if c.call_probability is None else f"; it is called with probability {c.call_probability:.0%}"
        return _found(
            "X1", cited, figures, f"Nothing is recognised for a guarantee of {c.guaranteed:,.0f}{value}{chance}."
        )
    return _fine("X1", cited, "What is recognised for the guarantee agrees with the residual.", figures)


def _x2(c: Claims) -> Test:
    cited = cite("IFRS 16.B37-B40", "ASC 842-10-55-26")
    if c.renewal_certain is not False:
        return _fine("X2", cited, "Nobody claims that a renewal is not reasonably certain.")
    if c.renewal is not None and c.renewal.speaks_for_renewal and not c.renewal.lenders_need_it:
        words = f"Renewal is not reasonably certain, yet it is cheaper with probability {c.renewal.probability:.0%}."
        return _found("X2", cited, {"incentive": c.renewal.incentive, "probability": c.renewal.probability}, words)
    needed = bool(c.lenders_count_renewals or (c.renewal is not None and c.renewal.lenders_need_it))
    if c.firm_term is None or c.debt_tenor is None:
        return _untested("X2", cited, "the firm term and the tenor of the debt")
    figures: dict[str, Figure] = {"firm_term": c.firm_term, "debt_tenor": c.debt_tenor, "counted": needed}
    if needed and c.debt_tenor > c.firm_term * (1 + CLOSE):
        words = (
            f"Renewal is not reasonably certain, yet debt runs to month {c.debt_tenor:g}, the firm term ends in month"
            f" {c.firm_term:g}, and the lenders' cover counts renewal rents."
        )
        return _found("X2", cited, figures, words)
    return _fine("X2", cited, "Debt is served without renewal rents.", figures)


def _x3(c: Claims) -> Test:
    cited = cite("IAS 16.51", "ASC 842-10-25-2(c)")
    if len(c.lives) < 2:
        return _untested("X3", cited, "the life of the asset in two uses")
    economic, depreciation = c.lives.get("economic"), c.lives.get("depreciation")
    figures: dict[str, Figure] = dict(c.lives)
    if economic is not None and depreciation is not None and depreciation > economic * (1 + CLOSE):
        words = f"Depreciation runs {depreciation:g} months, the 75 % test uses an economic life of {economic:g}."
        return _found("X3", cited, figures, words)
    if _differ(c.lives.values()):
        return _found("X3", cited, figures, f"The asset has several lives: {_listed(c.lives, ' months')}.")
    return _fine("X3", cited, "One life is used throughout.", figures)


def _x4(c: Claims) -> Test:
    cited = cite("IFRS 10.B11-B13", "ASC 810-10-25-38A")
    if not c.no_power:
        return _fine("X4", cited, "Nobody claims that the sponsor has no power.")
    figures: dict[str, Figure] = {k: "open" if v is None else v for k, v in c.sits_with_sponsor.items()}
    if c.sits_with_sponsor and all(c.sits_with_sponsor.values()):
        words = f"The sponsor is said to have no power, yet {', '.join(c.sits_with_sponsor)} all sit with it."
        return _found("X4", cited, figures, words)
    if not c.sits_with_sponsor:
        return _untested("X4", cited, "who remarkets, operates and refinances")
    return _fine("X4", cited, "Not everything that matters sits with the sponsor.", figures)


def _x5(c: Claims) -> Test:
    cited = cite("IFRS 16.70", "IAS 16.51")
    if len(c.residuals) < 2:
        return _untested("X5", cited, "the residual in two uses")
    figures: dict[str, Figure] = dict(c.residuals)
    if _differ(c.residuals.values()):
        return _found("X5", cited, figures, f"The same asset has several residuals: {_listed(c.residuals)}.")
    return _fine("X5", cited, "One residual is used throughout.", figures)


def _x6(c: Claims) -> Test:
    cited = cite("IFRS 16.B14-B19", "IFRS 16.B24")
    if not c.service:
        return _fine("X6", cited, "Nobody claims that the contract is a service.")
    if c.spare_units is None and c.supplier_staff is None:
        return _untested("X6", cited, "spare capacity and staff of the supplier")
    figures: dict[str, Figure] = {"spare_units": c.spare_units or 0.0, "supplier_staff": bool(c.supplier_staff)}
    missing = [
        w
        for w, there in (("spare capacity", c.spare_units), ("staff", c.supplier_staff))
        if there is not None and not there
    ]
    if missing:
        return _found(
            "X6",
            cited,
            figures,
            f"The contract is said to be a service, yet the supplier has no {' and no '.join(missing)}.",
        )
    return _fine("X6", cited, "The supplier can serve from spare capacity with its own staff.", figures)


def _x7(c: Claims) -> Test:
    cited = cite("IFRS 10.B55", "ASC 810-10-25-49")
    if not c.non_recourse:
        return _fine("X7", cited, "Nobody claims that the debt is without recourse.")
    if c.coverage is None:
        return _untested("X7", cited, "firm rents, guarantees and debt by period")
    peak = c.coverage if c.coverage_at_peak is None else c.coverage_at_peak
    figures: dict[str, Figure] = {"lowest_coverage": c.coverage, "coverage_at_peak": peak}
    if max(peak, c.coverage) >= 1 - CLOSE:
        words = (
            f"Debt is said to be without recourse; firm rents and guarantees cover it {peak:.2f} times when largest"
            f" and {c.coverage:.2f} times at the least."
        )
        return _found("X7", cited, figures, words)
    words = f"Firm rents and guarantees cover {peak:.0%} of the largest debt, and {c.coverage:.0%} at the least."
    return _fine("X7", cited, words, figures)


def _x8(c: Claims) -> Test:
    cited = cite("IFRS 16.26", "ASC 842-20-30-3")
    if c.borrowing_rate is None or c.debt_rate is None:
        return _untested("X8", cited, "the incremental borrowing rate and the vehicle's cost of debt")
    figures: dict[str, Figure] = {"borrowing_rate": c.borrowing_rate, "debt_rate": c.debt_rate, "margin": c.rate_margin}
    if c.borrowing_rate > c.debt_rate + c.rate_margin + 1e-9:
        words = f"The lessee discounts at {c.borrowing_rate:.2%}, the vehicle pays {c.debt_rate + c.rate_margin:.2%}."
        return _found("X8", cited, figures, words)
    return _fine(
        "X8", cited, f"The lessee discounts at {c.borrowing_rate:.2%}; the vehicle pays {c.debt_rate:.2%}.", figures
    )


def _x9(c: Claims) -> Test:
    cited = cite("IFRS 16.63(d)", "ASC 842-10-25-2(d)")
    if c.fair_value is None or c.capitalised_cost is None:
        return _untested("X9", cited, "fair value in the 90 % test and capitalised cost")
    figures: dict[str, Figure] = {
        "fair_value": c.fair_value,
        "capitalised_cost": c.capitalised_cost,
        "spares": c.spares,
    }
    leased = c.capitalised_cost - c.spares
    beside = f", {c.spares:,.0f} of it spares that nobody leases" if c.spares else ""
    if _differ((c.fair_value, leased)):
        words = (
            f"The 90 % test uses a fair value of {c.fair_value:,.0f}; {c.capitalised_cost:,.0f} is capitalised{beside}."
        )
        return _found("X9", cited, figures, words)
    return _fine("X9", cited, f"Fair value and the capitalised cost of what is leased agree{beside}.", figures)


def _x10(c: Claims) -> Test:
    cited = cite("IFRS 10.7", "ASC 810-10-25-38A")
    if c.consolidators is None:
        return _untested("X10", cited, "a conclusion for every party")
    if c.consolidators:
        return _fine("X10", cited, f"Consolidation rests with {', '.join(c.consolidators)}.")
    if c.possible:
        return _fine("X10", cited, f"Nobody consolidates for certain; not ruled out: {', '.join(c.possible)}.")
    who = f"{c.powerful} has most of the power" if c.powerful else "nobody is known to have power"
    return _found("X10", cited, {"powerful": c.powerful or "unknown"}, f"Nobody consolidates the vehicle; {who}.")


def _x11(c: Claims) -> Test:
    cited = cite("ASC 810-10-25-45")
    if c.equity_ratio is None:
        return _untested("X11", cited, "equity at risk and assets")
    figures: dict[str, Figure] = {"equity_ratio": c.equity_ratio}
    if c.equity_ratio < 0.10 - 1e-12:
        words = f"Equity at risk is {c.equity_ratio:.1%} of assets, less than 10 %: presumed too thin."
        return _found("X11", cited, figures, words)
    return _fine(
        "X11", cited, f"Equity at risk is {c.equity_ratio:.1%} of assets, which proves nothing by itself.", figures
    )


def _x12(c: Claims) -> Test:
    cited = cite("ASC 810-10-15-17(d)")
    if not c.business_exception:
        return _fine("X12", cited, "Nobody claims the business scope exception.")
    if c.single_lessee is None:
        return _untested("X12", cited, "the number of lessees")
    if c.single_lessee:
        return _found(
            "X12", cited, {"single_lessee": True}, "A vehicle with a single lessee claims the business exception."
        )
    return _fine("X12", cited, "The vehicle has several lessees.")


CHECKS: tuple[Callable[[Claims], Test], ...] = (_x1, _x2, _x3, _x4, _x5, _x6, _x7, _x8, _x9, _x10, _x11, _x12)


def _found(id: str, cited: str, figures: Mapping[str, Figure], words: str) -> Test:
    return Test(id, cited, CONTRADICTED, dict(figures), words)


def _fine(id: str, cited: str, words: str, figures: Mapping[str, Figure] | None = None) -> Test:
    return Test(id, cited, PASS, dict(figures or {}), words)


def _untested(id: str, cited: str, missing: str) -> Test:
    return Test(id, cited, NOT_ATTESTED, {}, f"Not tested: it needs {missing}.")


def _differ(values: Iterable[float]) -> bool:
    found = list(values)
    return max(found) - min(found) > CLOSE * max(1e-12, max(abs(x) for x in found))


def _listed(values: Mapping[str, float], unit: str = "") -> str:
    return ", ".join(f"{name} {value:,.4g}{unit}" for name, value in values.items())
