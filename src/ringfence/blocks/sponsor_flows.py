"""What every column of the sponsor's books reads: the rent of the deal, and the sponsor's own business, as flows.

Rows added: ``sponsor.<lease>.ahead`` (rent paid ahead of what is earned) and ``sponsor.own.*``, a year's flows of the
sponsor's own business spread over time, all [USD].
"""

from __future__ import annotations

from dataclasses import dataclass

from ringfence.blocks.clock import years
from ringfence.blocks.context import Build
from ringfence.blocks.sponsor_ledger import Entries, running
from ringfence.blocks.sponsor_policy import Own, SponsorPlan
from ringfence.sheet import NIL, Expr, Row, sum_of
from ringfence.units import PER_YEAR, USD


@dataclass(frozen=True)
class Rent:
    """The rent of the deal: paid, earned, and paid ahead of what is earned. [USD]"""

    cash: Expr
    earned: Expr
    ahead: Row


def add_rent(b: Build, plan: SponsorPlan) -> Rent:
    """Add rent paid ahead of what is earned."""
    s, x = b.sheet, plan.lease
    cash, earned = s[f"{x}.cash"], s[f"{x}.earned"]
    ahead = running(b, f"sponsor.{x}.ahead", cash - earned, label="rent paid ahead of what is earned")
    return Rent(cash + NIL, earned + NIL, ahead)


def counted(b: Build, plan: SponsorPlan, item: str, renewals: int) -> Expr:
    """A row of the firm term, and of the first renewals as far as they are exercised in cash. [USD]"""
    s, x = b.sheet, plan.lease
    found = [s[f"{x}.{t}.{item}"] + NIL for t in plan.tranches]
    for n in range(renewals):
        taken = s[f"{x}.renewal.{n}.exercised"]
        found += [taken * s[f"{x}.{t}.renewal_{n + 1}.{item}"] for t in plan.tranches]
    return sum_of(found)


def add_own(b: Build, own: Own) -> Entries:
    """The sponsor's own business, a year's flows spread over time. [USD]"""
    s, span = b.sheet, years(b.clock, b.clock.months)

    def flow(item: str, amount: float, label: str) -> Expr:
        cell = s.scalar(f"sponsor.own.{item}_pa", amount, unit=USD * PER_YEAR, label=f"{label} of a year, as opened")
        return s.row(f"sponsor.own.{item}", cell * span, unit=USD, label=label) + NIL

    ebitda, worn = flow("ebitda", own.ebitda, "own EBITDA"), flow("depreciation", own.depreciation, "own depreciation")
    paid = flow("interest", own.interest, "own interest")
    income = {"revenue": ebitda, "depreciation": worn, "interest": paid}
    return Entries({}, NIL, income, given_out=ebitda - worn - paid)
