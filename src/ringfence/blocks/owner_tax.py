"""Tax that the owners of a vehicle pay on its income: the vehicle is looked through, its losses are theirs at once.

Rows added for an equity contract ``E`` whose vehicle has ``tax: {status: owners}``, all [USD]:

    E.S.tax_share      part of the income of business S that is taxed with this holder [ratio]
    E.tax              tax on it, negative where a loss saves tax on other income
    E.tax.paid, .saved the same, by direction
    E.net_after_tax    net cash to the holder less that tax
and the measures ``E.irr_after_tax`` and ``E.npv_after_tax``.

The tax is the holder's: it takes no cash from the vehicle, so lenders never wait for it. NREL SAM's Single Owner model
taxes this way.
"""

from __future__ import annotations

from ringfence.blocks.books import Silo
from ringfence.blocks.context import Build
from ringfence.blocks.signing import add_signed
from ringfence.blocks.windows import above_zero, safe_ratio
from ringfence.sheet import Expr, Row, irr, npv, positive, sum_of, total
from ringfence.units import PER_YEAR, RATIO, USD


def add_owner_tax(b: Build, e_id: str, silos: list[Silo]) -> None:
    """Add the tax of one holder on the income of the businesses it shares, and its return after it.

    Parameters
    ----------
    b, e_id
        Build in progress and the equity contract.
    silos
        Businesses whose distributions it shares.
    """
    taxed = [silo for silo in silos if silo.party.tax.status == "owners"]
    holder = b.deal.of_type("equity")[e_id].holder
    if not taxed or holder in b.deal.vehicles:
        return
    s = b.sheet
    tax = s.row(f"{e_id}.tax", sum_of([_share(b, e_id, x) * s[f"{x.key}.tax.charge"] for x in taxed]), label="own tax")
    paid = s.row(f"{e_id}.tax.paid", positive(tax), label="tax on the vehicle's income")
    saved = s.row(f"{e_id}.tax.saved", positive(-tax), label="tax that the vehicle's loss saves")
    b.books.flow(holder, "state", paid, "tax of the owner", e_id)
    b.books.flow("state", holder, saved, "tax saved by the owner", e_id)
    net = s.row(f"{e_id}.net_after_tax", s[f"{e_id}.net"] - tax, label="net cash to the holder after its tax")
    any_, where = above_zero(total(s[f"{e_id}.contribution"])), b.where(f"contracts.{e_id}")
    rate = b.scalar("returns.discount_rate", b.deal.returns.discount_rate, PER_YEAR, "discount rate of present values")
    after = irr(net, s["period.time"])
    s.measure(f"{e_id}.irr_after_tax", after, unit=PER_YEAR, applies=any_, label="IRR after own tax", source=where)
    value = npv(net, rate, s["period.time"])
    s.measure(f"{e_id}.npv_after_tax", value, unit=USD, label="NPV after own tax", source=where)


def _share(b: Build, e_id: str, silo: Silo) -> Row:
    """Part of a business's income taxed with one holder: by agreed share, else by capital as signed. [ratio]"""
    weights: dict[str, Expr] = {}
    for x, equity in silo.equity.items():
        if equity.share is None:
            weights[x] = total(b.sheet[f"{x}.{silo.key}.contribution"])
        else:
            weights[x] = b.scalar(f"contracts.{x}.share", equity.share, RATIO, "share of distributions") + 0
    whole = sum_of(list(weights.values()))
    part = safe_ratio(weights[e_id], whole)
    label, where = "share of taxable income", b.where(f"contracts.{e_id}")
    return add_signed(b, f"{e_id}.{silo.key}.tax_share", part, unit=RATIO, label=label, source=where)
