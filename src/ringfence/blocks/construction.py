"""Sources and uses: what must be paid to build, and who pays it when.

Rows added by :func:`add_uses` and :func:`add_sources` for a silo ``S`` (``spv.gpu``), all [USD] per period:

    S.capex                  cost of the assets
    S.contingency.paid       contingency, spent in step with the assets
    S.uses.<item>            one row per use: assets, closing costs, fees, interest during construction, reserves
    S.uses.total             their sum
    X.drawdown               cash drawn under loan X
    X.growth, X.carried      where interest is added to the loan: a dollar drawn, and all that is drawn, at conversion
    S.equity.need            uses the loans leave
    E.S.contribution         paid in by equity contract E

Under ``deliveries`` a loan pays a fixed share of the assets it finances as they are delivered, so interest and fees per
USD lent are known before the amount is; under ``debt_first`` it pays everything until it is used up. ``pro_rata`` and
``equity_first`` need the total of uses, which holds interest on the debt itself: ``S.uses.planned`` is then a solved
input whose residual row must be zero (docs/convention.md 5). A loan whose interest is added to it is drawn so that it
reaches its amount at conversion; an issue discount is met by drawing that much more.
"""

from __future__ import annotations

from dataclasses import dataclass

from ringfence.blocks.books import Line, Silo, add_sum
from ringfence.blocks.clock import on
from ringfence.blocks.context import Build
from ringfence.blocks.rates import Rates
from ringfence.blocks.schedule import Dates
from ringfence.blocks.signing import add_signed
from ringfence.blocks.windows import above_zero, safe_ratio
from ringfence.sheet import NIL, Expr, Row, at_most, choose, following, least, positive, previous, sum_of, total
from ringfence.terms.contract.equity import Equity
from ringfence.terms.contract.loan import Loan
from ringfence.units import PER_YEAR, RATIO, USD


@dataclass(frozen=True)
class LoanParts:
    """What is known of a loan before its account is built."""

    id: str
    loan: Loan
    dates: Dates
    rates: Rates
    amount: Row
    planned: dict[str, Row]
    window: Row


def needs_total(silo: Silo) -> bool:
    """Whether funding or gearing asks for the total of uses before it is known."""
    geared = any(c.test == "gearing" and not c.of for loan in silo.loans.values() for c in loan.size.min)
    return geared or silo.terms.funding in ("pro_rata", "equity_first")


def financed(silo: Silo, loan: Loan) -> list[str]:
    """Assets a loan finances: those its gearing names, else all of the silo."""
    named = [a for c in loan.size.min for a in c.of]
    return list(dict.fromkeys(named)) or [a.id for a in silo.assets]


def add_uses(b: Build, silo: Silo, parts: list[LoanParts], reserves: list[Line]) -> Row:
    """Add every use of funds of a silo and their total. [USD]"""
    s, key = b.sheet, silo.key
    close = on(b.clock, NIL)
    capex = add_sum(s, f"{key}.capex", [a.capex for a in silo.assets], label="cost of assets")
    silo.uses += [Line(a.id, a.capex, "assets") for a in silo.assets]
    silo.uses += [
        Line(f"investment in {e.vehicle}", s[f"{e_id}.contribution"], "investment") for e_id, e in silo.holdings.items()
    ]
    if silo.terms.costs_at_close:
        path = f"parties.{silo.vehicle}" + (f".businesses.{silo.business}" if silo.business else "")
        cost = b.scalar(f"{path}.costs_at_close", silo.terms.costs_at_close, USD, "legal and arranging costs at close")
        silo.uses.append(
            Line("closing costs", s.row(f"{key}.uses.closing_costs", close * cost, label="closing costs"), "fees")
        )
    for p in parts:
        _add_loan_uses(b, silo, p, close)
    silo.uses += reserves
    contingency = _add_contingency(b, silo, capex)
    if contingency is not None:
        silo.uses.append(Line("contingency", contingency, "contingency"))
    return add_sum(s, f"{key}.uses.total", [line.row for line in silo.uses], label="uses of funds")


def _add_loan_uses(b: Build, silo: Silo, p: LoanParts, close: Expr) -> None:
    """Upfront fee, original issue discount, commitment and agency fees and interest before conversion."""
    s, loan, path = b.sheet, p.loan, f"contracts.{p.id}"
    fees: list[Row] = []
    if loan.upfront_fee:
        rate = b.scalar(f"{path}.upfront_fee", loan.upfront_fee, RATIO, "upfront fee on the amount")
        fees.append(
            s.row(
                f"{p.id}.upfront", close * rate * p.amount, label="upfront fee", source=b.where(f"{path}.upfront_fee")
            )
        )
    if loan.original_issue_discount:
        rate = b.scalar(
            f"{path}.original_issue_discount", loan.original_issue_discount, RATIO, "original issue discount"
        )
        fees.append(
            s.row(f"{p.id}.discount_at_issue", rate * s.ref(f"{p.id}.drawdown", unit=USD), label="issue discount")
        )
    if loan.commitment_fee:
        fees.append(_add_commitment_fee(b, p))
    if loan.agency_fee:
        fees.append(
            s.row(f"{p.id}.agency.building", p.dates.building * _agency(b, p), label="agency fee before conversion")
        )
    silo.uses += [Line(row.name, row, "fees") for row in fees]
    add_sum(s, f"{p.id}.fees.at_cost", fees, label="fees paid from sources")
    silo.uses.append(Line(f"{p.id}.idc", s.ref(f"{p.id}.idc", unit=USD), "idc"))
    if p.rates.swap_id:
        silo.uses.append(Line(f"{p.rates.swap_id}.idc", s.ref(f"{p.rates.swap_id}.idc", unit=USD), "idc"))


def _agency(b: Build, p: LoanParts) -> Expr:
    """Agency fee of the period, while anything may be outstanding. [USD]"""
    fee = b.scalar(f"contracts.{p.id}.agency_fee", p.loan.agency_fee, USD * PER_YEAR, "agency fee per year")
    return fee * (b.clock.months / b.clock.months_per_year) * at_most(b.clock.end, p.dates.last)


def add_agency(b: Build, p: LoanParts) -> Row:
    """Add the agency fee due after conversion. [USD]"""
    return b.sheet.row(f"{p.id}.fees.due", (1 - p.dates.building) * _agency(b, p), unit=USD, label="agency fee")


def _add_commitment_fee(b: Build, p: LoanParts) -> Row:
    s = b.sheet
    rate = b.scalar(f"contracts.{p.id}.commitment_fee", p.loan.commitment_fee, PER_YEAR, "fee on the undrawn amount")
    available = at_most(b.clock.end, p.dates.availability)
    used: Expr = s.ref(f"{p.id}.drawn", unit=USD) + 0
    if p.loan.idc == "capitalised":
        used = used + s.ref(f"{p.id}.idc.added", unit=USD)
    undrawn = positive(p.amount - used) * available
    s.row(f"{p.id}.undrawn", undrawn, unit=USD, label="undrawn commitment at the end of the period")
    before = previous(s[f"{p.id}.undrawn"], 1, first=NIL)
    return s.row(f"{p.id}.commitment_fee_paid", before * rate * p.rates.year, label="commitment fee")


def _plugged(b: Build, silo: Silo) -> Expr:
    """Contingency that closes the deal's uses; solved where interest depends on what is spent. [USD]"""
    name = f"{silo.key}.contingency.plug"
    if silo.terms.funding == "deliveries":
        return b.sheet.ref(name, unit=USD) + 0
    solved = b.sheet.solved(
        f"{silo.key}.contingency.solved", 0.0, unit=USD, target=name, label="contingency that closes the uses, solved"
    )
    return solved + 0


def _add_contingency(b: Build, silo: Silo, capex: Row) -> Row | None:
    """Contingency, spent in step with asset cost. The plug of the deal's uses is filled in by :func:`add_plug`."""
    terms, s, key = silo.terms.contingency, b.sheet, silo.key
    if terms is None:
        return None
    path = f"parties.{silo.vehicle}" + (f".businesses.{silo.business}" if silo.business else "") + ".contingency"
    if terms.amount is not None:
        amount: Expr = b.scalar(f"{path}.amount", terms.amount, USD, "contingency") + 0
    elif terms.share is not None:
        amount = b.scalar(f"{path}.share", terms.share, RATIO, "contingency as a share of asset cost") * total(capex)
    else:
        amount = _plugged(b, silo)
    rate = add_signed(
        b,
        f"{key}.contingency.rate",
        safe_ratio(amount, total(capex)),
        unit=RATIO,
        label="contingency per USD of asset cost",
        source=b.where(path),
    )
    spent = b.scalar(f"{path}.spent", terms.spent, RATIO, "share of the contingency that is spent")
    return s.row(f"{key}.contingency.paid", rate * spent * capex, unit=USD, label="contingency spent")


def add_draws(b: Build, silo: Silo, parts: list[LoanParts], uses: Row) -> list[Row]:
    """Add the drawdown of every loan of a silo, first rank first. [USD]"""
    s = b.sheet
    funding = _add_funding(b, silo, parts, uses)
    draws: list[Row] = []
    for p in parts:
        asked = _asked(b, silo, p, funding, draws)
        open_ = at_most(b.clock.end, p.dates.availability)
        drawn = previous(s.ref(f"{p.id}.drawn", unit=USD), 1, first=NIL)
        room: Expr = p.amount - drawn
        if p.loan.idc == "capitalised":
            asked = _add_drawable(b, silo, p, funding.uses, open_ * positive(asked))
            carried = previous(s.ref(f"{p.id}.carried", unit=USD), 1, first=NIL)
            room = (p.amount - carried) / s[f"{p.id}.growth"]
        draw = s.row(
            f"{p.id}.drawdown",
            open_ * positive(least(room, asked)),
            unit=USD,
            label="drawdown",
            source=b.where(f"contracts.{p.id}.availability"),
        )
        s.row(f"{p.id}.drawn", drawn + draw, unit=USD, label="drawn so far")
        if p.loan.idc == "capitalised":
            worth = carried + draw * s[f"{p.id}.growth"]
            s.row(f"{p.id}.carried", worth, unit=USD, label="drawn so far, with interest to conversion")
        draws.append(draw)
    return draws


@dataclass(frozen=True)
class Funding:
    """What loans and equity share: uses before issue discounts, which loans pay by drawing more.

    Attributes
    ----------
    uses
        Uses of the period before issue discounts. [USD]
    planned
        Their total, solved; None where no rule asks for it. [USD]
    so_far
        Their sum so far; None where no rule asks for it. [USD]
    kept
        Per loan, the share of a drawdown left after its discount.
    """

    uses: Row
    planned: Expr | None
    so_far: Row | None
    kept: dict[str, Expr]


def _add_funding(b: Build, silo: Silo, parts: list[LoanParts], uses: Row) -> Funding:
    s, key = b.sheet, silo.key
    _add_solved_cash(b, silo)
    cut = {p.id: s[f"{p.id}.discount_at_issue"] for p in parts if p.loan.original_issue_discount}
    kept = {x: 1 - s[f"{x}.original_issue_discount"] for x in cut}
    wanted = silo.terms.funding in ("pro_rata", "equity_first")
    if not cut:
        if not wanted:
            return Funding(uses, None, None, kept)
        planned = s.ref(f"{key}.uses.planned", unit=USD)
        return Funding(uses, planned + 0, _add_so_far(b, key, uses), kept)
    name = f"{key}.uses.before_discount"
    lines = [line.row for line in silo.uses if line.row.name not in {row.name for row in cut.values()}]
    before = add_sum(s, name, lines, label="uses before issue discounts")
    if not wanted:
        return Funding(before, None, None, kept)
    s.row(f"{name}.total", total(before), unit=USD, label="all uses before issue discounts", looks_ahead="signing")
    planned = s.solved(f"{name}.planned", 0.0, unit=USD, target=f"{name}.total", label="the same, solved")
    return Funding(before, planned + 0, _add_so_far(b, name, before), kept)


def _add_solved_cash(b: Build, silo: Silo) -> None:
    """Add what is solved for loans that add interest to themselves: see :func:`_add_drawable`. [USD]"""
    for x, loan in silo.loans.items():
        if loan.idc != "capitalised":
            continue
        if silo.terms.funding == "pro_rata":
            words = "uses, with interest to conversion, solved"
            b.sheet.solved(f"{x}.uses_carried", 0.0, unit=USD, target=f"{x}.uses_carried.total", label=words)
        elif silo.terms.funding == "equity_first":
            words = "cash the loan brings, solved"
            b.sheet.solved(f"{x}.drawable", 0.0, unit=USD, target=f"{x}.drawable.target", label=words)


def _add_so_far(b: Build, name: str, uses: Row) -> Row:
    row = f"{name}.funded"
    so_far = previous(b.sheet.ref(row, unit=USD), 1, first=NIL) + uses
    return b.sheet.row(row, so_far, unit=USD, label="uses so far")


def _asked(b: Build, silo: Silo, p: LoanParts, f: Funding, draws: list[Row]) -> Expr:
    """What the loan is asked to pay in the period; `draws` are those of loans that rank ahead. [USD]"""
    s, funding = b.sheet, silo.terms.funding

    def net(x: str, row: Expr) -> Expr:
        return row * f.kept[x] if x in f.kept else row

    loans = [x for x, _ in silo.ranked()]
    ahead = sum_of([net(x, row) for x, row in zip(loans, draws, strict=False)])
    left = f.uses - ahead
    if funding == "deliveries":
        delivered = s[f"{silo.key}.capex"] - sum_of(draws)
        return least(s[f"{p.id}.advance"] * _eligible(silo, p), delivered)
    if funding == "debt_first":
        return _gross(left, f.kept.get(p.id))
    assert f.planned is not None
    assert f.so_far is not None
    if funding == "pro_rata":
        whole = f.planned
        if p.loan.idc == "capitalised":
            whole = s[f"{p.id}.uses_carried"] + 0
        return least(safe_ratio(p.amount * f.uses, whole), _gross(left, f.kept.get(p.id)))
    cash = [net(x, _cash_of(b, silo, x)) for x in loans]
    before = [net(x, previous(s.ref(f"{x}.drawn", unit=USD), 1, first=NIL)) for x in loans]
    need = f.so_far - (f.planned - sum_of(cash)) - sum_of(before) - ahead
    return _gross(least(left, positive(need)), f.kept.get(p.id))


def _gross(net: Expr, kept: Expr | None) -> Expr:
    """Drawdown that leaves `net` after the discount at issue. [USD]"""
    return net if kept is None else net / kept


def _cash_of(b: Build, silo: Silo, x: str) -> Expr:
    """Cash a loan brings in all: its amount, less interest that will be added to it. [USD]"""
    if silo.loans[x].idc == "capitalised":
        return b.sheet[f"{x}.drawable"] + 0
    return b.sheet[f"{x}.amount"] + 0


def _add_drawable(b: Build, silo: Silo, p: LoanParts, uses: Row, asked: Expr) -> Expr:
    """Add the targets of what is solved so that a loan that adds interest to itself reaches its amount at conversion.

    A loan drawn in step with uses needs the uses carried to conversion at its rate; equity that goes first needs the
    cash the loan will bring. Returns what is asked. [USD]
    """
    s, x = b.sheet, p.id
    growth = s[f"{x}.growth"]
    if silo.terms.funding == "pro_rata":
        carried = total(at_most(b.clock.end, p.dates.availability) * uses * growth)
        words = "uses, with interest to conversion"
        s.row(f"{x}.uses_carried.total", carried, unit=USD, label=words, looks_ahead="signing")
    elif silo.terms.funding == "equity_first":
        row = s.row(f"{x}.asked", asked, unit=USD, label="drawdown asked for")
        some = above_zero(total(row))
        cash = p.amount * choose(some, safe_ratio(total(row), total(row * growth)), 1)
        s.row(f"{x}.drawable.target", cash, unit=USD, label="cash the loan brings", looks_ahead="signing")
        return row + 0
    return asked


def _eligible(silo: Silo, p: LoanParts) -> Expr:
    ids = financed(silo, p.loan)
    return sum_of([a.capex for a in silo.assets if a.id in ids])


def add_advance(b: Build, silo: Silo, p: LoanParts) -> None:
    """Add the share of eligible cost a loan pays as assets arrive, and interest added per USD drawn if capitalised."""
    s = b.sheet
    eligible = s.row(f"{p.id}.eligible", _eligible(silo, p), unit=USD, label="cost the loan finances")
    drawable: Expr = p.amount + 0
    if p.loan.idc == "capitalised":
        drawable = p.amount / (1 + _add_unit_idc(b, p, eligible))
    add_signed(
        b,
        f"{p.id}.advance",
        safe_ratio(drawable, total(eligible)),
        unit=RATIO,
        label="drawn per USD of eligible cost",
        source=b.where(f"contracts.{p.id}.size"),
    )


def _add_unit_idc(b: Build, p: LoanParts, eligible: Row) -> Row:
    """Interest capitalised per USD drawn, when drawn in step with eligible cost. [ratio]"""
    growth = _add_growth(b, p)
    open_ = at_most(b.clock.end, p.dates.availability)
    profile = safe_ratio(eligible * open_, total(eligible * open_))
    grown = positive(total(profile * growth) - 1)
    return add_signed(b, f"{p.id}.idc_per_usd", grown, unit=RATIO, label="interest capitalised per USD drawn")


def _add_growth(b: Build, p: LoanParts) -> Row:
    """What a dollar drawn at the end of a period has become at conversion, interest added on its dates. [ratio]"""
    s, name, dates = b.sheet, f"{p.id}.growth", p.dates
    interest = p.rates.forward * p.rates.year
    balance, owed = s.ref(f"{name}.balance", unit=RATIO), s.ref(f"{name}.owed", unit=RATIO)
    one = choose(dates.building, choose(dates.pays, (1 + interest) * balance, balance + interest * owed), 1)
    row = s.row(
        f"{name}.balance",
        following(one, 1, last=1),
        label="worth at conversion of a dollar lent",
        looks_ahead="signing",
    )
    due = choose(dates.building, choose(dates.pays, balance, owed), NIL)
    s.row(f"{name}.owed", following(due, 1, last=NIL), label="the same, of a dollar of interest", looks_ahead="signing")
    return add_signed(b, name, row + 0, unit=RATIO, label="worth at conversion of a dollar drawn", series=True)


def add_equity(b: Build, silo: Silo, uses: Row, draws: list[Row]) -> dict[str, Row]:
    """Add what each equity contract pays in. Fixed commitments by share, the plug takes the rest. [USD]"""
    s, key = b.sheet, silo.key
    need = s.row(f"{key}.equity.need", positive(uses - sum_of(draws)), unit=USD, label="uses left to equity")
    fixed = {e_id: e for e_id, e in silo.equity.items() if e.commitment is not None}
    plugs = [e_id for e_id, e in silo.equity.items() if e.commitment is None]
    whole = add_signed(b, f"{key}.equity.total", total(need), unit=USD, label="equity needed") if fixed else need
    paid: dict[str, Row] = {}
    for e_id, e in fixed.items():
        left = need - sum_of(list(paid.values()))
        paid[e_id] = _add_fixed(b, silo, e_id, e, need, left, whole)
    rest: Expr = need - sum_of(list(paid.values()))
    if len(plugs) > 1:
        rest = rest / s.scalar(f"{key}.equity.plugs", float(len(plugs)), label="number of plugs")
    for e_id in plugs:
        paid[e_id] = s.row(
            f"{e_id}.{key}.contribution", rest + 0, unit=USD, label=f"paid in by {silo.equity[e_id].holder}"
        )
    silo.sources += [Line(e_id, row) for e_id, row in paid.items()]
    return paid


def _add_fixed(b: Build, silo: Silo, e_id: str, e: Equity, need: Row, left: Expr, whole: Row) -> Row:
    """What a commitment pays in: its part of the need, at most what it has left and what others leave. [USD]"""
    s, name = b.sheet, f"{e_id}.{silo.key}.contribution"
    commitment = b.scalar(f"contracts.{e_id}.commitment", e.commitment or 0.0, USD, "commitment")
    before = previous(s.ref(f"{name}.so_far", unit=USD), 1, first=NIL)
    call = least(commitment - before, left, safe_ratio(need * commitment, whole))
    row = s.row(
        name, positive(call), unit=USD, label=f"paid in by {e.holder}", source=b.where(f"contracts.{e_id}.commitment")
    )
    s.row(f"{name}.so_far", before + row, unit=USD, label="paid in so far")
    return row
