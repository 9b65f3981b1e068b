"""Distributions to equity: preferred return first, then by share or by capital paid in.

Rows added for an equity contract ``E`` in a silo ``S``, all [USD]:

    E.S.paid_in         capital paid in so far
    E.S.preferred.paid_<nn>, .owed   preferred return paid in distribution step nn; still owed after the last
    E.S.distribution    everything paid out
and over all its silos:
    E.contribution, E.distribution, E.net
"""

from __future__ import annotations

from ringfence.blocks.books import Silo
from ringfence.blocks.context import Build, outstanding
from ringfence.blocks.waterfall import Waterfall
from ringfence.blocks.windows import above_zero
from ringfence.sheet import NIL, Expr, Row, choose, constant, least, positive, previous, sum_of
from ringfence.units import PER_YEAR, RATIO, USD


def add_distributions(b: Build, w: Waterfall, paid_in: dict[str, Row]) -> None:
    """Share what each distribution step gives among its holders.

    Parameters
    ----------
    b, w
        Build in progress and the waterfall that has run.
    paid_in
        Contribution of each equity contract in this silo, by period. [USD]
    """
    s, key = b.sheet, w.silo.key
    for e_id, row in paid_in.items():
        name = f"{e_id}.{key}.paid_in"
        s.row(name, previous(s.ref(name, unit=USD), 1, first=NIL) + row, unit=USD, label="capital paid in")
    received: dict[str, list[Row]] = {e_id: [] for e_id in w.silo.equity}
    owed: dict[str, Expr] = {}
    for step, pool in w.distributed:
        holders = [e_id for e_id in (step.distribute or ()) if e_id in w.silo.equity]
        for e_id, rows in _share_pool(b, w.silo, holders, pool, owed).items():
            received[e_id] += rows
    for e_id, rest in owed.items():
        s.row(f"{e_id}.{key}.preferred.owed", rest, unit=USD, label="preferred return still owed")
    for e_id, rows in received.items():
        out = s.row(f"{e_id}.{key}.distribution", sum_of(rows), unit=USD, label="distribution")
        b.books.flow(w.silo.vehicle, w.silo.equity[e_id].holder, out, "distribution", e_id)
        b.books.flow(w.silo.equity[e_id].holder, w.silo.vehicle, paid_in.get(e_id, out), "capital paid in", e_id)


def _share_pool(b: Build, silo: Silo, holders: list[str], pool: Row, owed: dict[str, Expr]) -> dict[str, list[Row]]:
    """Rows each holder receives from one distribution step; `owed` is the preferred return the steps so far left."""
    s, tag = b.sheet, pool.name.split(".")[-1]
    left: Expr = pool
    out: dict[str, list[Row]] = {e_id: [] for e_id in holders}
    for e_id in holders:
        if silo.equity[e_id].preferred:
            paid = _add_preferred(b, silo, e_id, left, tag, owed)
            out[e_id].append(paid)
            left = left - paid
    weights = {e_id: _weight(b, silo, e_id) for e_id in holders}
    whole = s.row(f"{pool.name}.weights", sum_of(list(weights.values())), label="weights of the holders")
    where = pool.source or b.where(f"contracts.{holders[0]}") if holders else pool.source
    count = s.scalar(f"{pool.name}.holders", float(len(holders)), source=where, label="number of holders")
    some = outstanding(b, whole) if whole.unit == USD else above_zero(whole)
    for e_id, weight in weights.items():
        part = choose(some, weight / choose(some, whole, constant(1.0, whole.unit)), 1 / count)
        out[e_id].append(
            s.row(f"{e_id}.{silo.key}.ordinary_{tag}", left * part, unit=USD, label="ordinary distribution")
        )
    return out


def _weight(b: Build, silo: Silo, e_id: str) -> Row:
    """What a holder's part of a distribution is measured by."""
    share = silo.equity[e_id].share
    if share is None:
        return b.sheet[f"{e_id}.{silo.key}.paid_in"]
    return b.scalar(f"contracts.{e_id}.share", share, RATIO, "share of distributions")


def _add_preferred(b: Build, silo: Silo, e_id: str, left: Expr, tag: str, owed: dict[str, Expr]) -> Row:
    """Preferred return: compounds on capital and unpaid return, paid before anything else. [USD]"""
    s, name = b.sheet, f"{e_id}.{silo.key}.preferred"
    asked = owed[e_id] if e_id in owed else _preferred_due(b, silo, e_id)
    due = s.row(f"{name}.due_{tag}", asked, unit=USD, label="preferred return due")
    paid = s.row(f"{name}.paid_{tag}", least(due, positive(left)), unit=USD, label="preferred return paid")
    owed[e_id] = due - paid
    return paid


def _preferred_due(b: Build, silo: Silo, e_id: str) -> Expr:
    """Preferred return carried forward and that of the period. [USD]"""
    s, name = b.sheet, f"{e_id}.{silo.key}.preferred"
    rate = b.scalar(f"contracts.{e_id}.preferred", silo.equity[e_id].preferred, PER_YEAR, "preferred return")
    capital = previous(s[f"{e_id}.{silo.key}.paid_in"], 1, first=NIL)
    before = previous(s.ref(f"{name}.owed", unit=USD), 1, first=NIL)
    return before + rate * b.clock.year_fraction["30/360"] * (capital + before)


def add_totals(b: Build, e_id: str, keys: list[str]) -> None:
    """Add what a contract pays in and receives over all the silos it shares. [USD]"""
    s = b.sheet
    for what, words in (("contribution", "paid in"), ("distribution", "received")):
        rows = [s[f"{e_id}.{key}.{what}"] for key in keys if f"{e_id}.{key}.{what}" in s]
        s.row(f"{e_id}.{what}", sum_of(rows), unit=USD, label=words)
    s.row(f"{e_id}.net", s[f"{e_id}.distribution"] - s[f"{e_id}.contribution"], label="net cash to the holder")
