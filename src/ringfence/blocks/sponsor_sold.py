"""What a sale to the vehicle does to a column of the sponsor's books; its amounts are those of ``sponsor_sale.py``.

    lease, service     price received, carrying amount gone, gain; the sponsor's share of it waits in its interest
    consolidated       nothing was sold: the group's GPUs stay at what they stood at, and the profit is no income yet
    buy, failed_sale   the GPUs are kept; where opening property holds them they leave it, and are told apart

Source: IFRS 16.100, IAS 28.28, IFRS 10.B86, IAS 12.15 (ASC 842-40-25-4, 323-10-35-7, 810-10-45-1, 740-10-25).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ringfence.blocks.books import AssetAccount
from ringfence.blocks.context import Build
from ringfence.blocks.sponsor_ledger import Entries
from ringfence.blocks.sponsor_sale import Transfer, Unearned
from ringfence.sheet import NIL, Expr, choose, least, less_than, positive, previous
from ringfence.units import USD


def add_to(lines: Mapping[str, Expr], more: Mapping[str, Expr]) -> dict[str, Expr]:
    """Add amounts to lines that may be there already. [USD]"""
    return {**lines, **{x: lines.get(x, NIL) + value for x, value in more.items()}}


def kept_first(e: Entries, t: Transfer) -> Entries:
    """GPUs kept: what opening property holds of them is not paid for again."""
    if t.left is None:
        return e
    return replace(e, balances=add_to(e.balances, {"property": NIL - t.left}), cash=e.cash + t.given_up)


def transferred(e: Entries, t: Transfer) -> Entries:
    """GPUs sold: price received as the vehicle pays it, carrying amount given up; the gain is in the income already."""
    ahead = {"other liabilities": positive(t.advance), "other assets": positive(NIL - t.advance)}
    return kept_first(
        replace(e, balances=add_to(e.balances, ahead), cash=e.cash + t.received - t.given_up),
        t,
    )


def unearned_share(b: Build, name: str, e: Entries, u: Unearned, interest: Expr) -> Entries:
    """Take the sponsor's share of a gain off its interest; what the interest cannot bear is deferred income."""
    off = b.sheet.row(f"{name}.off_interest", least(u.closing, interest), unit=USD, label="taken off the interest")
    income = add_to(e.income, {"equity method": u.released - u.added})
    balances = add_to(e.balances, {"equity method": NIL - off, "other liabilities": u.closing - off})
    return replace(e, balances=balances, income=income)


def eliminated(e: Entries, t: Transfer, u: Unearned, asset: AssetAccount, tax: Expr | None) -> Entries:
    """Group: the profit comes off the asset, and back as the asset wears; tax paid on it is an asset meanwhile."""
    sold = less_than(NIL, asset.disposal) if asset.disposal is not None else NIL
    worn, gone = choose(sold, NIL, u.released), choose(sold, u.released, NIL)
    income = add_to(e.income, {"depreciation": NIL - worn, "disposal": gone})
    balances = add_to(e.balances, {"property": NIL - u.closing - t.advance})
    cash = e.cash + t.received - t.given_up
    if tax is not None:
        paid, held = tax * t.profit, tax * u.closing
        cash = cash - paid
        income = add_to(income, {"tax": paid - (held - previous(held, 1, first=NIL))})
        balances = add_to(balances, {"deferred tax asset": held})
    return kept_first(replace(e, balances=balances, cash=cash, income=income), t)
