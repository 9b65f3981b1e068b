"""The figures a term sheet quotes, declared once so that every backend gives the same ones.

Names are ``<contract or vehicle>.<measure>``: ``senior.dscr.min``, ``gpu_equity.irr``, ``deal.uses.total``.
"""

from __future__ import annotations

from ringfence.blocks.books import Silo
from ringfence.blocks.context import Build, cell_name, outstanding
from ringfence.blocks.loan import Account
from ringfence.blocks.windows import above_zero, safe_ratio
from ringfence.sheet import NIL, Expr, Row, at, count, irr, largest, npv, previous, smallest, sum_of, total
from ringfence.units import MONTH, PER_YEAR, RATIO, USD, YEAR


def add_times(b: Build) -> Row:
    """Add years from close to the date of each period's cash, on the deal's time basis. [year]"""
    basis = b.deal.returns.time_basis
    values = list(b.timeline.times(basis, adjusted=True))
    return b.sheet.series(
        "period.time", values, unit=YEAR, source="docs/convention.md 10", term=True, label=f"years from close, {basis}"
    )


def add_loan_measures(b: Build, a: Account, curves: list[str]) -> None:
    """Add amount, covers, average life, LTV and all-in cost of a loan."""
    s, x = b.sheet, a.id
    where = b.where(f"contracts.{x}")
    s.measure(f"{x}.amount", s[f"{x}.amount"] + 0, unit=USD, label="amount of the loan", source=where)
    s.measure(f"{x}.drawn", total(s[f"{x}.drawdown"]), label="drawn in all", source=where)
    s.measure(f"{x}.interest.total", total(a.accrued), label="interest accrued in all", source=where)
    applies = s[f"{x}.dscr.applies"]
    dscr = s[f"{x}.dscr"]
    any_ = above_zero(count(applies))
    s.measure(f"{x}.dscr.min", smallest(dscr, when=applies), applies=any_, label="lowest DSCR", source=where)
    mean = safe_ratio(total(dscr * applies), count(applies))
    s.measure(f"{x}.dscr.average", mean, applies=any_, label="average DSCR", source=where)
    for ratio in ("llcr", "plcr"):
        flag = s[f"{x}.{ratio}.applies"]
        s.measure(
            f"{x}.{ratio}.min",
            smallest(s[f"{x}.{ratio}"], when=flag),
            applies=above_zero(count(flag)),
            label=f"lowest {ratio.upper()}",
            source=where,
        )
    _add_average_life(b, a)
    ltvs = [f"{x}.ltv.{cell_name(c)}" for c in curves]
    for curve, name in zip(curves, ltvs, strict=True):
        flag = s[f"{name}.applies"]
        s.measure(
            f"{name}.max",
            largest(s[name], when=flag),
            applies=above_zero(count(flag)),
            label=f"highest LTV on {curve}",
            source=where,
        )
    if ltvs:
        tested = s[f"{ltvs[0]}.applies"]
        s.measure(
            f"{x}.ltv.max",
            largest(s[ltvs[0]], when=tested),
            applies=above_zero(count(tested)),
            label=f"highest LTV on the first curve, {curves[0]}",
            source=where,
        )
    _add_lender_flow(b, a)
    s.measure(f"{x}.repaid_short", at(a.closing, s.periods - 1), label="unpaid at the end of the deal", source=where)
    for row, words in (
        ("breach", "covenant breaches"),
        ("default", "default tests failed"),
        ("lock_up", "lock-ups"),
        ("ltv_breach", "LTV breaches"),
    ):
        if f"{x}.{row}" in s:
            s.measure(f"{x}.{row}.count", count(s[f"{x}.{row}"]), label=words, source=where)


def _add_average_life(b: Build, a: Account) -> None:
    """Average life: repayment dates less drawdown dates, each weighted by principal. [year]"""
    s, x = b.sheet, a.id
    repaid = s.row(f"{x}.principal_paid", s[f"{x}.repayment"] + s[f"{x}.prepayment"], label="principal paid")
    drawn = total(s[f"{x}.drawdown"] * s["period.time"]) + total(a.capitalised * s["period.time"])
    back = total(repaid * s["period.time"])
    life = safe_ratio(back - drawn, total(repaid))
    s.measure(
        f"{x}.average_life",
        life,
        applies=above_zero(total(repaid)),
        label="average life",
        source=b.where(f"contracts.{x}"),
    )


def _add_lender_flow(b: Build, a: Account) -> None:
    s, x = b.sheet, a.id
    received: Expr = s[f"{x}.interest.paid"] + a.idc + s[f"{x}.principal_paid"] + s[f"{x}.fees.at_cost"]
    if a.fees_due is not None:
        received = received + s[f"{x}.fees.paid"]
    flow = s.row(f"{x}.lender_flow", received - s[f"{x}.drawdown"], label="net cash to the lender")
    s.measure(
        f"{x}.all_in_cost",
        irr(flow, s["period.time"]),
        unit=PER_YEAR,
        applies=above_zero(total(s[f"{x}.drawdown"])),
        label="all-in cost: IRR of the lender's flows",
        source=b.where(f"contracts.{x}"),
    )


def add_equity_measures(b: Build, e_id: str) -> None:
    """Add IRR, MOIC, payback, NPV and totals of an equity contract."""
    s = b.sheet
    where = b.where(f"contracts.{e_id}")
    paid, got, net = s[f"{e_id}.contribution"], s[f"{e_id}.distribution"], s[f"{e_id}.net"]
    any_ = above_zero(total(paid))
    s.measure(f"{e_id}.invested", total(paid), label="paid in", source=where)
    s.measure(f"{e_id}.distributions", total(got), label="distributions", source=where)
    s.measure(f"{e_id}.irr", irr(net, s["period.time"]), unit=PER_YEAR, applies=any_, label="IRR", source=where)
    s.measure(f"{e_id}.moic", safe_ratio(total(got), total(paid)), applies=any_, label="money multiple", source=where)
    so_far = f"{e_id}.so_far"
    balance = s.row(so_far, previous(s.ref(so_far, unit=USD), 1, first=NIL) + net, unit=USD, label="net cash so far")
    s.measure(
        f"{e_id}.payback",
        _paid_back(b, f"{e_id}.payback", balance),
        unit=MONTH,
        applies=any_ * above_zero(at(balance, s.periods - 1)),
        label="payback, months from close",
        source=where,
    )
    rate = b.scalar("returns.discount_rate", b.deal.returns.discount_rate, PER_YEAR, "discount rate of present values")
    s.measure(
        f"{e_id}.npv", npv(net, rate, s["period.time"]), unit=USD, label="NPV at the deal's discount rate", source=where
    )


def add_holder_measures(b: Build) -> None:
    """Add what an investor with several contracts earns on all of them: ``<holder>.irr``, ``.moic``, ``.invested``."""
    s = b.sheet
    held: dict[str, list[str]] = {}
    for e_id, e in b.deal.of_type("equity").items():
        if e.holder not in b.deal.vehicles:
            held.setdefault(e.holder, []).append(e_id)
    for holder, ids in held.items():
        if len(ids) < 2 or holder in b.deal.contracts:
            continue
        paid = s.row(
            f"{holder}.contribution", sum_of([s[f"{x}.contribution"] for x in ids]), label="paid in, all contracts"
        )
        got = s.row(
            f"{holder}.distribution", sum_of([s[f"{x}.distribution"] for x in ids]), label="received, all contracts"
        )
        net = s.row(f"{holder}.net", got - paid, label="net cash, all contracts")
        any_, where = above_zero(total(paid)), b.where(f"parties.{holder}")
        s.measure(f"{holder}.invested", total(paid), label="paid in", source=where)
        s.measure(f"{holder}.distributions", total(got), label="distributions", source=where)
        s.measure(f"{holder}.irr", irr(net, s["period.time"]), unit=PER_YEAR, applies=any_, label="IRR", source=where)
        s.measure(
            f"{holder}.moic", safe_ratio(total(got), total(paid)), applies=any_, label="money multiple", source=where
        )


def _paid_back(b: Build, name: str, balance: Row) -> Expr:
    """End of the first period from which the balance stays at or above zero, to a dollar. [month]"""
    under = b.sheet.row(f"{name}.under", outstanding(b, NIL - balance), unit=RATIO, label="not yet paid back")
    return largest(b.clock.end * previous(under))


def add_trapped_measures(b: Build, silo: Silo) -> None:
    """Add the most cash that a lock-up has kept from the equity of a business, and in how many periods."""
    s, name = b.sheet, f"{silo.key}.trapped"
    if name in s:
        s.measure(f"{name}.max", largest(s[name]), unit=USD, label="most cash trapped by a lock-up")
        s.measure(f"{name}.count", count(above_zero(s[name])), label="periods with cash trapped")


def add_deal_measures(b: Build, silos: list[Silo], letters: list[str]) -> None:
    """Add sources and uses of the whole deal; money one vehicle puts into another is counted once."""
    s = b.sheet
    uses, sources = [], []
    for silo in silos:
        inside = [line.row for line in silo.uses if line.kind != "investment"]
        uses.append(
            s.row(f"{silo.key}.uses.outside", sum_of(inside), unit=USD, label="uses outside the deal's vehicles")
        )
        outside = [line.row for line in silo.sources if not _from_vehicle(b, silo, line.label)]
        sources.append(
            s.row(f"{silo.key}.sources.outside", sum_of(outside), unit=USD, label="sources outside the vehicles")
        )
    standing = sum_of([s[f"{x}.amount"] for x in letters])
    cash = s.row(
        "deal.uses.cash", total(sum_of(uses)) if uses else NIL, unit=USD, label="cash uses", looks_ahead="hindsight"
    )
    paid = s.row(
        "deal.sources.cash",
        total(sum_of(sources)) if sources else NIL,
        unit=USD,
        label="cash sources",
        looks_ahead="hindsight",
    )
    s.row("deal.letters", standing, unit=USD, label="reserves held as letters of credit")
    s.measure("deal.uses.cash", cash + 0, unit=USD, label="uses in cash")
    s.measure("deal.uses.total", cash + s["deal.letters"], unit=USD, label="all uses")
    s.measure("deal.sources.total", paid + s["deal.letters"], unit=USD, label="all sources")
    _add_use_kinds(b, silos)
    b.books.checks.append(
        (
            "deal.sources_equal_uses",
            "sources equal uses",
            s.row("deal.sources_less_uses", paid - cash, looks_ahead="hindsight"),
        )
    )


def _add_use_kinds(b: Build, silos: list[Silo]) -> None:
    """Add the uses of the whole deal by kind; the reserve counts letters of credit too."""
    s = b.sheet
    for kind in ("assets", "fees", "idc", "reserve", "contingency"):
        rows = [line.row for silo in silos for line in silo.uses if line.kind == kind]
        value: Expr = total(sum_of(rows)) if rows else NIL
        if kind == "reserve":
            value = value + s["deal.letters"]
        s.measure(f"deal.uses.{kind}", value, unit=USD, label=f"uses: {kind}")


def _from_vehicle(b: Build, silo: Silo, label: str) -> bool:
    e = silo.equity.get(label)
    return e is not None and b.deal.parties[e.holder].role == "vehicle"
