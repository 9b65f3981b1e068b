"""The rows of a lessee's lease: one phase for its commencement and one for every change that measures it anew."""

from __future__ import annotations

from collections.abc import Sequence

from ringfence.accounting.lessee_lease import LesseeLease, amortised_until
from ringfence.accounting.modification import Change
from ringfence.accounting.payments import Payment, from_date
from ringfence.accounting.schedule import NEAR, Grid
from ringfence.blocks.lessee_schedule import Phase
from ringfence.sheet import Row


def phase_ends(lease: LesseeLease, changes: Sequence[Change]) -> list[float]:
    """End of amortisation in each phase. [month]"""
    found, term, life, ownership = [lease.amortised_to], lease.term, lease.life, lease.ownership
    for change in changes:
        term = term if change.term is None else change.term
        life = life if change.life is None else change.life
        ownership = ownership if change.ownership is None else change.ownership
        found.append(amortised_until(term, life, ownership))
    return found


def add_phases(grid: Grid, lease: LesseeLease, changes: Sequence[Change], ends: Sequence[float]) -> list[Phase]:
    """Add the inputs of every phase and return the phases.

    Parameters
    ----------
    grid
        Sheet under construction.
    lease
        The lease.
    changes
        Those that measure it anew.
    ends
        End of amortisation in each phase. [month]
    """
    s, name = grid.sheet, grid.name
    growth, operating = grid.growth("rate", lease.rate), lease.operating
    agreed = lease.payments
    found = [
        Phase(
            grid.flag("starts", 0.0),
            grid.paid("advance", lease.payments, "advance"),
            grid.paid("arrears", lease.payments, "arrears"),
            growth,
            grid.share("term", ends[0]),
            operating=operating,
        )
    ]
    for n, change in enumerate(changes):
        tag = f"change_{n + 1}"
        if change.rate is not None:
            growth = grid.growth(f"{tag}_rate", change.rate)
        operating = operating if change.operating is None else change.operating
        shorter = change.shortened and lease.framework == "IFRS 16"
        fewer = change.kept < 1 or shorter
        found.append(
            Phase(
                grid.flag(f"{tag}.starts", change.month),
                grid.paid(f"{tag}.advance", change.payments, "advance", since=change.month),
                grid.paid(f"{tag}.arrears", change.payments, "arrears", since=change.month),
                growth,
                grid.share(tag, ends[n + 1]),
                s.scalar(f"{name}.{tag}.kept", _kept(change, ends[n], ends[n + 1], shorter)) if fewer else None,
                s.scalar(
                    f"{name}.{tag}.liability_kept",
                    change.kept if change.liability_kept is None else change.liability_kept,
                )
                if change.kept < 1
                else None,
                _add_remaining(grid, tag, agreed, change) if shorter else None,
                operating=operating,
            )
        )
        agreed = change.payments
    return found


def _add_remaining(grid: Grid, tag: str, agreed: Sequence[Payment], change: Change) -> tuple[Row, Row]:
    """Add what had been agreed, up to the new end: in advance, in arrears (IFRS 16.46(a)). [USD]"""
    end = grid.months[-1] if change.term is None else change.term
    left = [
        p
        for p in from_date(agreed, change.month)
        if p.month < end - NEAR or (p.month <= end + NEAR and p.timing == "arrears")
    ]
    return grid.paid(f"{tag}.agreed.advance", left, "advance"), grid.paid(f"{tag}.agreed.arrears", left, "arrears")


def _kept(change: Change, before: float, after: float, shorter: bool) -> float:
    """Part of the right that is kept: of its scope, and of its time where that counts. [ratio]"""
    left = (after - change.month) / (before - change.month) if shorter else 1.0
    return left * change.kept


def add_impairment(grid: Grid, lease: LesseeLease) -> Row | None:
    """Add what is written off, by period; None if nothing is. [USD]"""
    if not lease.impairments:
        return None
    values = [0.0] * len(grid.months)
    for month, amount in lease.impairments:
        values[grid.number(month)] += amount
    return grid.series("written_off", values, "impairment asked for")


def add_variable(grid: Grid, lease: LesseeLease, measured: Sequence[Change]) -> None:
    """Add payments that were made beside the measured ones, as they fall due. [USD]"""
    values = [0.0] * len(grid.months)
    for p in lease.variable:
        values[grid.number(p.month)] += p.amount
    if len(measured) < len(lease.changes):
        paid, counted = _made(lease, lease.changes), _made(lease, measured)
        for sign, payments in ((1.0, paid), (-1.0, counted)):
            for p in payments:
                values[_incurred(grid, p)] += sign * p.amount
    grid.series("variable", values, "variable lease cost, as incurred")


def _made(lease: LesseeLease, changes: Sequence[Change]) -> list[Payment]:
    """Payments actually made under a list of changes."""
    found, payments, since = [], lease.payments, None
    for change in changes:
        left = set(map(id, from_date(payments, change.month)))
        begun = payments if since is None else from_date(payments, since)
        found += [p for p in begun if id(p) not in left]
        payments, since = change.payments, change.month
    return found + list(payments if since is None else from_date(payments, since))


def _incurred(grid: Grid, p: Payment) -> int:
    """Period that bears a variable payment: rent in advance belongs to the period that starts."""
    at = grid.number(p.month)
    return min(at + 1, len(grid.months) - 1) if p.timing == "advance" else at
