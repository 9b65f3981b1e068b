"""Checks that must hold, and alerts that may ring.

A check is a row that must be zero in every period; a failed check means the model is wrong. An alert is a 0/1 row about
the deal: lock-up, LTV over 100 %, a reserve under its target. The two are never mixed (docs/convention.md 11).
"""

from __future__ import annotations

from ringfence.blocks.books import Silo
from ringfence.blocks.context import Build, outstanding
from ringfence.blocks.long_stop import add_waiting
from ringfence.blocks.signing import SWITCH
from ringfence.sheet import NIL, Expr, Row, at, less_than, most, positive, previous, total
from ringfence.units import USD


def add_checks(b: Build, silos: list[Silo]) -> None:
    """Add every check and alert of the deal."""
    for silo in silos:
        _add_silo_checks(b, silo)
        for x in silo.loans:
            _add_loan_checks(b, silo, x)
    for name in b.sheet.solved_inputs:
        gap = (1 - b.sheet[SWITCH]) * b.sheet[f"{name}.residual"]  # once signed the figure is a term, not a solution
        row = b.sheet.row(f"{name}.unsolved", gap, label=f"residual of {name} while it is being solved")
        b.books.checks.append((f"{name}.solved", f"{name} is solved", row))
    _add_party_cash(b)


def _add_silo_checks(b: Build, silo: Silo) -> None:
    s, key, books = b.sheet, silo.key, b.books
    books.checks.append((f"{key}.balance_sheet", "balance sheet balances", s[f"{key}.balance_difference"]))
    short = s.row(f"{key}.cash.negative", positive(-s[f"{key}.cash.closing"]), unit=USD, label="cash below zero")
    books.alerts.append((f"{key}.unfunded", "uses or costs without money", _flag(b, short)))
    unpaid = [s[f"{key}.cost{k}.unpaid"] for k in range(1, len(silo.costs) + 1)]
    if unpaid:
        worst: Expr = unpaid[0] if len(unpaid) == 1 else most(*unpaid)
        row = s.row(f"{key}.costs_unpaid", worst, unit=USD, label="largest unpaid cost")
        books.alerts.append((f"{key}.costs_unpaid", "running costs not paid in full", _flag(b, row)))


def _flag(b: Build, row: Row) -> Row:
    """1 where a USD amount is above one dollar. [ratio]"""
    return b.sheet.row(f"{row.name}.alert", outstanding(b, row), label=f"alert: {row.label}")


def _add_loan_checks(b: Build, silo: Silo, x: str) -> None:
    s, books = b.sheet, b.books
    planned = s[f"{x}.planned.closing"]
    books.checks.append(
        (
            f"{x}.schedule",
            f"schedule of {x} repays the loan",
            s.row(
                f"{x}.schedule_left",
                at(planned, s.periods - 1),
                looks_ahead="hindsight",
                label="scheduled balance at the end",
            ),
        )
    )
    overdrawn = s.row(
        f"{x}.overdrawn",
        total(s[f"{x}.drawdown"]) - s[f"{x}.amount"],
        unit=USD,
        label="drawn above the amount",
        looks_ahead="hindsight",
    )
    books.checks.append(
        (
            f"{x}.drawn",
            f"{x} is never drawn above its amount",
            s.row(f"{x}.overdrawn.by", positive(overdrawn), label="drawn above the amount", looks_ahead="hindsight"),
        )
    )
    books.alerts.append((f"{x}.arrears", f"principal of {x} due and not paid", _flag(b, s[f"{x}.arrears"])))
    books.alerts.append(
        (f"{x}.interest_arrears", f"interest of {x} due and not paid", _flag(b, s[f"{x}.interest.unpaid"]))
    )
    add_waiting(b, x, silo.loans[x], [s[f"{x}.arrears.alert"], s[f"{x}.interest.unpaid.alert"]])
    for row, words in (
        ("lock_up", "lock-up"),
        ("breach", "covenant breached"),
        ("default", "DSCR under the default level"),
        ("ltv_breach", "LTV above its covenant"),
    ):
        if f"{x}.{row}" in s:
            books.alerts.append((f"{x}.{row}", f"{words}: {x}", s[f"{x}.{row}"]))
    _add_reserve_alert(b, silo, x)
    _add_ltv_alerts(b, silo, x)


def _add_reserve_alert(b: Build, silo: Silo, x: str) -> None:
    s, terms = b.sheet, silo.loans[x].reserve
    if terms is None:
        return
    letter = terms.letter_of_credit
    held = s[f"{letter}.undrawn"] if letter else s[f"{x}.dsra.closing"]
    short = s.row(f"{x}.dsra.short", positive(s[f"{x}.dsra.target"] - held), unit=USD, label="reserve under its target")
    b.books.alerts.append((f"{x}.dsra_short", f"reserve of {x} under its target", _flag(b, short)))


def _add_ltv_alerts(b: Build, silo: Silo, x: str) -> None:
    s = b.sheet
    one = b.scalar("deal.full_value", 1.0, label="LTV of 100 %")
    for name in [r.name for r in s if r.name.startswith(f"{x}.ltv.") and r.name.count(".") == 2]:
        curve = name.rsplit(".", 1)[-1]
        row = s.row(f"{name}.over", s[f"{name}.applies"] * less_than(one, s[name]), label="LTV above 100 %")
        b.books.alerts.append((f"{name}.over", f"LTV of {x} above 100 % on {curve}", row))


def _add_party_cash(b: Build) -> None:
    """Over all parties each period's cash sums to zero: vehicles' cash against the flows of everybody."""
    s = b.sheet
    vehicles = b.deal.vehicles
    moved: Expr | None = None
    for flow in b.books.flows:
        sign = (flow.payee in vehicles) - (flow.payer in vehicles)
        if sign:
            part = flow.row if sign > 0 else -flow.row
            moved = part if moved is None else moved + part
    if moved is None:
        return
    change: Expr | None = None
    for silo in b.books.silos.values():
        part = s[f"{silo.key}.cash.closing"] - s[f"{silo.key}.cash.opening"]
        for name in [r.name for r in s if r.name.endswith(".dsra.opening")]:
            x = name.removesuffix(".dsra.opening")
            if x in silo.loans:
                part = part + s[f"{x}.dsra.closing"] - s[name]
        for held in silo.deposits:
            part = part + held - previous(held, 1, first=NIL)
        change = part if change is None else change + part
    if change is not None:
        row = s.row("deal.cash_difference", moved - change, unit=USD, label="cash from flows less change of accounts")
        b.books.checks.append(("deal.cash", "cash between parties sums to zero", row))
