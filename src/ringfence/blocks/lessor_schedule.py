"""A lease in the lessor's books: net investment and income as rows, or straight-line rent.

Rows added by :func:`add_net_investment`, all [USD]:

    <l>.receivable.opening, .recognised, .interest, .arrears, .advance, .reported, .closing
    <l>.residual.opening, .recognised, .interest, .returned, .closing     what nobody guarantees
    <l>.net.opening, .recognised, .income, .received, .closing
    <l>.net.reported           balance before rent received that day in advance
    <l>.deferred               profit deferred in the net investment (direct financing); 0 otherwise

Rows added by :func:`add_operating_rent`:

    <l>.income                 rent, straight line                                                 [USD]
    <l>.prepaid.*              rent received ahead of income, or income ahead of rent (negative)   [USD]
    <l>.costs.*                initial direct costs not yet expensed                               [USD]

Receivable and residual grow at the rate implicit in the lease. Where profit is deferred the net investment grows at a
rate of its own, solved so that it ends where they do.

Source: IFRS 16.67-83; ASC 842-30-30-1, 30-2, 842-30-35-1, 842-30-25-11.
"""

from __future__ import annotations

from dataclasses import dataclass

from ringfence.sheet import NIL, Expr, Row, Sheet, following, most, previous, total
from ringfence.units import USD

SOURCE = "IFRS 16.67-83 [verify]; ASC 842-30-30, 842-30-35 [verify]"


@dataclass(frozen=True)
class Receipts:
    """What a lessor receives.

    Attributes
    ----------
    starts
        1 in the period at whose end the lease commences.
    advance, arrears
        Lease payments and guaranteed residuals, dated at the period's end. [USD]
    residual
        Unguaranteed residual, in the period the asset comes back. [USD]
    growth
        1 + implicit rate of the period. [ratio]
    share
        Part of the term left at the start of the period that the period takes. [ratio]
    """

    starts: Row
    advance: Row
    arrears: Row
    residual: Row
    growth: Row
    share: Row


@dataclass(frozen=True)
class LessorRows:
    """A lease in the lessor's books. [USD]"""

    name: str
    income: Row
    closing: Row
    reported: Row


def add_net_investment(
    s: Sheet, name: str, r: Receipts, *, net_growth: Row | None = None, deferred: Expr = NIL, source: str = SOURCE
) -> LessorRows:
    """Add the net investment in a finance, sales-type or direct financing lease.

    Parameters
    ----------
    s, name
        Sheet being built, prefix of the rows.
    r
        What is received.
    net_growth
        1 + rate of the period on the net investment, where profit or costs are deferred in it. [ratio]
    deferred
        Selling profit less initial direct costs deferred at commencement. [USD]
    source
        Paragraphs.

    Returns
    -------
    LessorRows
        Net investment and income.
    """

    def row(item: str, expr: Expr, label: str) -> Row:
        return s.row(f"{name}.{item}", expr, unit=USD, source=source, label=label)

    running = s.row(f"{name}.running", most(previous(s.ref(f"{name}.running")), r.starts), label="lease has commenced")
    before = previous(running)
    value = s.ref(f"{name}.receivable.value", unit=USD)
    value = row("receivable.value", r.advance + following((value + r.arrears) / r.growth), "PV of payments to come")
    worth = s.ref(f"{name}.residual.value", unit=USD)
    worth = row("residual.value", following((worth + r.residual) / r.growth), "PV of the unguaranteed residual")

    opening = s.opening(f"{name}.receivable", unit=USD, source=source)
    recognised = row("receivable.recognised", r.starts * value, "lease receivable at commencement")
    interest = row("receivable.interest", opening * (r.growth - 1), "interest on the receivable")
    arrears = row("receivable.arrears", before * r.arrears, "received for the rental period that ends")
    row("receivable.reported", opening + recognised + interest - arrears, "balance before rent due that day in advance")
    advance = row("receivable.advance", running * r.advance, "received for the rental period that starts")
    s.close(
        f"{name}.receivable", opening, add=[recognised, interest], less=[arrears, advance], label="lease receivable"
    )

    held = s.opening(f"{name}.residual", unit=USD, source=source)
    booked = row("residual.recognised", r.starts * worth, "unguaranteed residual at commencement")
    accretion = row("residual.interest", held * (r.growth - 1), "interest on the residual")
    returned = row("residual.returned", before * r.residual, "asset returned at its residual value")
    s.close(f"{name}.residual", held, add=[booked, accretion], less=[returned], label="unguaranteed residual")

    rate = (r.growth if net_growth is None else net_growth) - 1
    invested = s.opening(f"{name}.net", unit=USD, source=source)
    net = row("net.recognised", recognised + booked - r.starts * deferred, "net investment at commencement")
    income = row("net.income", invested * rate, "interest income")
    received = row("net.received", arrears + advance, "payments received")
    reported = row(
        "net.reported", invested + net + income - arrears - returned, "balance before rent due that day in advance"
    )
    closing = s.close(
        f"{name}.net", invested, add=[net, income], less=[received, returned], source=source, label="net investment"
    )
    row(
        "deferred",
        s[f"{name}.receivable.closing"] + s[f"{name}.residual.closing"] - closing,
        "profit less initial direct costs still deferred",
    )
    return LessorRows(name, income, closing, reported)


def add_operating_rent(s: Sheet, name: str, r: Receipts, *, costs: Expr = NIL, source: str = SOURCE) -> LessorRows:
    """Add straight-line rent of an operating lease.

    Parameters
    ----------
    s, name, r, source
        As for :func:`add_net_investment`; residual and growth are not read.
    costs
        Initial direct costs. [USD]

    Returns
    -------
    LessorRows
        Income, and rent received ahead of it.
    """

    def row(item: str, expr: Expr, label: str) -> Row:
        return s.row(f"{name}.{item}", expr, unit=USD, source=source, label=label)

    running = s.row(f"{name}.running", most(previous(s.ref(f"{name}.running")), r.starts), label="lease has commenced")
    before = previous(running)
    unearned = s.opening(f"{name}.unearned", unit=USD, source=source)
    agreed = row("unearned.agreed", r.starts * total(r.advance + r.arrears), "payments of the whole lease")
    income = row("income", unearned * r.share, "rent, straight line")
    s.close(f"{name}.unearned", unearned, add=[agreed], less=[income], label="payments not yet income")

    opening = s.opening(f"{name}.prepaid", unit=USD, source=source)
    received = row("prepaid.received", before * r.arrears + running * r.advance, "payments received")
    closing = s.close(f"{name}.prepaid", opening, add=[received], less=[income], label="rent received ahead of income")
    reported = row("prepaid.reported", closing - running * r.advance, "before rent received that day in advance")

    held = s.opening(f"{name}.costs", unit=USD, source=source)
    paid = row("costs.paid", r.starts * costs, "initial direct costs")
    spread = row("costs.expensed", held * r.share, "initial direct costs expensed with the income")
    s.close(f"{name}.costs", held, add=[paid], less=[spread], label="initial direct costs not yet expensed")
    return LessorRows(name, income, closing, reported)
