"""An interest by the equity method: cost and share of what the investee earns, less what it pays out, never below zero.

Rows added by :func:`add_equity_interest` under a name `<i>`, all [USD]:

    <i>.unlimited       cost, share of income and of other comprehensive income, less distributions: without a floor
    <i>.closing         carrying amount, not below nothing
    <i>.absorbed        losses beyond it that other long-term interests or obligations of the holder bear (if any do)
    <i>.unrecognised    losses beyond those: they wait for later profits
    <i>.oci             share of other comprehensive income recognised
    <i>.result          result of the equity method; may be negative

Source: IAS 28.10, 28.38-39; ASC 323-10-35.
"""

from __future__ import annotations

from dataclasses import dataclass

from ringfence.sheet import NIL, Expr, Row, Sheet, choose, least, less_than, most, previous
from ringfence.units import USD

SOURCE = "IAS 28.10, 28.38-39 [verify]; ASC 323-10-35 [verify]"


@dataclass(frozen=True)
class EquityInterest:
    """What an investor carries of an interest, and takes to income. [USD]"""

    carried: Row
    result: Row
    oci: Row


def add_equity_interest(
    s: Sheet, name: str, *, paid: Expr, received: Expr, earned: Expr, other: Expr, beyond: Expr | None = None
) -> EquityInterest:
    """Add an interest by the equity method.

    Parameters
    ----------
    s, name
        Sheet being built, prefix of the rows.
    paid, received
        Paid in by the holder and distributed to it, in the period. [USD]
    earned, other
        Its share of net income and of other comprehensive income. [USD]
    beyond
        Long-term interests and obligations that bear losses once the interest stands at nothing. [USD]

    Returns
    -------
    EquityInterest
        Carrying amount, result, and other comprehensive income recognised.
    """

    def row(item: str, expr: Expr, label: str) -> Row:
        return s.row(f"{name}.{item}", expr, unit=USD, source=SOURCE, label=label)

    before = previous(s.ref(f"{name}.unlimited", unit=USD), 1, first=NIL)
    raw = row("unlimited", before + paid - received + earned + other, "cost and share of income")
    carried = row("closing", most(raw, NIL), "carrying amount, not below nothing (IAS 28.38 [verify])")
    absorbed: Expr = NIL
    if beyond is not None:
        absorbed = row("absorbed", least(carried - raw, beyond), "losses other interests and obligations bear")
    row("unrecognised", carried - raw - absorbed, "losses not recognised (IAS 28.39 [verify])")
    change = carried - previous(carried, 1, first=NIL) - paid + received
    if beyond is not None:
        change = change - (absorbed - previous(absorbed, 1, first=NIL))
    oci = row("oci", choose(less_than(NIL, carried), other, NIL), "share of OCI recognised")
    return EquityInterest(carried, row("result", change - oci, "result of the equity method"), oci)
