"""Per loan: the Basel slotting category, and what the bank earns on the capital it asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ringfence.desk.table import Cell, Figure, Table
from ringfence.risk.credit import USUAL_WAY
from ringfence.risk.slotting import WEIGHTS, BankMarks, LoanFacts, Slot, slot

if TYPE_CHECKING:
    from ringfence.desk.risk.run import RiskResult
    from ringfence.terms.contract.loan import Loan

_BANK = BankMarks()


def loan_facts(r: RiskResult, loan: str) -> LoanFacts:
    """Return what the deal and the run say about a loan.

    Parameters
    ----------
    r
        The run.
    loan
        Its id.
    """
    deal = r.prepared.deal
    terms: Loan = deal.of_type("loan")[loan]
    measures, totals = r.prepared.signed.measures, r.totals
    missed = r.probability(loan, "missed")
    amount = measures[f"{loan}.amount"].value or 0.0
    mean = totals.distributions[r.prepared.loans[loan].losses[USUAL_WAY]].moments.mean
    sponsor = deal.parties.get(deal.sponsor.party) if deal.sponsor else None
    reserve = terms.reserve
    return LoanFacts(
        dscr=_middle(r, f"{loan}.dscr.min"),
        llcr=_middle(r, f"{loan}.llcr.min"),
        default=missed.value if missed else 0.0,
        cases=None if r.more is None else r.more.share_missed(loan),
        balloon=1.0 if terms.repayment.profile == "bullet" else terms.repayment.balloon,
        secured=any(x in deal.assets for x in terms.security),
        reserve=reserve is not None and reserve.months >= 6,
        lock_up=terms.covenants.lock_up is not None,
        sponsor_rating=(getattr(sponsor, "rating", "") or "") if sponsor else "",
        margin=_margin(r, terms),
        upfront_fee=terms.upfront_fee + terms.original_issue_discount,
        life=measures[f"{loan}.average_life"].value or 0.0,
        maturity=_maturity(r, loan),
        expected_loss=mean / amount if amount else 0.0,
    )


def _middle(r: RiskResult, name: str) -> float | None:
    found = r.totals.distributions.get(name)
    return None if found is None else found.quantile(0.5)


def _maturity(r: RiskResult, loan: str) -> float:
    """Years from close to the last scheduled repayment. [year]"""
    run = r.prepared.signed
    due = np.flatnonzero(np.asarray(run[f"{loan}.planned.repayment"]) > 0)
    return float(np.asarray(run["period.time"])[due[-1]]) if due.size else 0.0


def _margin(r: RiskResult, terms: Loan) -> float | None:
    """Margin over the base rate; of a fixed rate, what it lies over the deal's first curve at close. [1/year]"""
    if terms.pricing.floating:
        return terms.pricing.margin
    curves = [c for c in r.prepared.deal.curves.values() if c.unit == "%"]
    return terms.pricing.margin - curves[0].points[min(curves[0].points)] / 100 if curves else None


def slots(r: RiskResult) -> dict[str, Slot]:
    """Return the slot of every loan.

    Parameters
    ----------
    r
        The run.
    """
    return {x: slot(loan_facts(r, x), _BANK) for x in r.prepared.loans}


def slot_table(r: RiskResult) -> Table:
    """Return category, risk weight and return on capital by loan.

    Parameters
    ----------
    r
        The run.
    """
    rows: list[tuple[Cell, ...]] = []
    for x, found in slots(r).items():
        scores = " / ".join(f"{found.headings[name][0]:.1f}" for name in WEIGHTS)
        weight = f"{found.risk_weight:.0%}"
        yearly = ["n/a" if value is None else f"{value * 1e4:,.0f}bp" for value in (found.income, found.loss)]
        earned = Figure(found.return_on_capital, "percent")
        rows.append((x, found.category, f"{found.score:.2f}", scores, weight, *yearly, earned))
    heads = ("loan", "category", "score", "headings", "risk weight", "income", "loss", "on capital")
    cases = "the named cases" if r.more is not None and r.more.stress else "no named cases (--stress)"
    weights = ", ".join(f"{name} {share:.0%}" for name, share in WEIGHTS.items())
    notes = (
        f"Basel supervisory slotting (CRE33), 1 strong to 4 weak, in the order and by the weights {weights} "
        f"[judgement]. Financial strength from DSCR, LLCR, missed payments, balloon and {cases}; political, legal and "
        "transaction headings stand at 3 until rated.",
        f"On capital, before tax: (margin and fee - {_BANK.cost:.2%} cost - expected loss) / (risk weight x "
        f"{_BANK.capital_ratio:.1%}) [judgement]; n/a for a fixed rate in a deal without a curve to measure it by.",
    )
    return Table("slotting", "How does a bank slot it?", heads, tuple(rows), notes=notes, left=frozenset({0, 1}))
