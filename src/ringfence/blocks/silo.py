"""One ring-fenced business, from its cash flow to its statements, in the order a banker reads a model.

Rows added for a silo ``S``, besides those of the blocks it calls (all [USD]):

    S.receipts, S.earned          operating receipts, and revenue on an accrual basis
    S.running, S.incurred         running costs as due, and as incurred
    S.cfads.received, .earned     cash flow available for debt service, on either basis; asset sales are not in it
    S.contracted                  the part of .earned that contracts oblige others to pay, less running costs
    S.uses.cash                   uses paid in cash
"""

from __future__ import annotations

from collections.abc import Iterable

from ringfence.blocks.books import Line, Silo, add_sum
from ringfence.blocks.construction import (
    LoanParts,
    add_advance,
    add_draws,
    add_equity,
    add_uses,
    financed,
    needs_total,
)
from ringfence.blocks.context import Build, Stream
from ringfence.blocks.covenants import add_tests
from ringfence.blocks.equity import add_distributions
from ringfence.blocks.loan import Account, add_account
from ringfence.blocks.measures import add_loan_measures
from ringfence.blocks.rates import Rates, add_rates
from ringfence.blocks.reserves import Reserve, add_letter, add_reserve, close_letter, close_reserve
from ringfence.blocks.schedule import Dates, add_cash_cap, add_cost_cap, add_dates, add_planned, add_profile
from ringfence.blocks.sizing import Market, Sizing, add_size
from ringfence.blocks.statements import Ledger, add_statements
from ringfence.blocks.tax import add_tax, is_taxed
from ringfence.blocks.waterfall import Pay, Waterfall, add_waterfall, default_steps, split_costs
from ringfence.blocks.windows import add_window
from ringfence.sheet import NIL, Expr, Row, at_most, previous, sum_of, total
from ringfence.terms.contract.loan import Loan
from ringfence.units import RATIO, USD


def add_silo(b: Build, silo: Silo) -> None:
    """Add everything about one business."""
    add_holdings(b, silo)
    silo.incomes.sort(key=lambda stream: stream.last)
    dates = {x: add_dates(b, x, loan) for x, loan in silo.loans.items()}
    pots = {x: add_letter(b, silo, x, lc) for x, lc in silo.letters.items()}
    earned, incurred = add_operations(b, silo)
    _solve_total(b, silo)
    parts = add_loans(b, silo, dates)
    reserves = {r.name: r for p in parts if (r := add_reserve(b, p)) is not None}
    initial = [Line(r.name, r.initial, "reserve") for r in reserves.values() if r.initial is not None]
    uses = add_uses(b, silo, parts, initial)
    draws = add_draws(b, silo, parts, uses)
    silo.sources += [Line(p.id, row) for p, row in zip(parts, draws, strict=True)]
    _add_total(b, silo, uses, parts)
    paid_in = add_equity(b, silo, uses, draws)
    accounts = {p.id: add_account(b, silo, p) for p in parts}
    _register_building(b, silo, accounts, draws)
    add_tax(b, silo, accounts, earned, incurred)
    for a in accounts.values():
        loan = a.parts.loan
        values = market_values(b, silo, financed(silo, loan))
        add_tests(b, a, cfads_of(b, silo, loan, a.id), values, _covenant_value(b, silo, loan), _ahead(a, accounts))
    _run_waterfall(b, silo, accounts, {**reserves, **pots}, paid_in, draws, uses)
    ledger = Ledger(silo, earned, incurred, accounts, reserves, paid_in, {})
    for a in accounts.values():
        add_loan_measures(b, a, list(market_values(b, silo, financed(silo, a.parts.loan))))
    add_statements(b, ledger)


def _ahead(a: Account, accounts: dict[str, Account]) -> list[Account]:
    """Accounts that rank ahead of one and share its cash; none where a loan looks at named contracts only."""
    if a.parts.loan.cfads.only:
        return []
    return [o for o in accounts.values() if o.parts.loan.rank < a.parts.loan.rank and not o.parts.loan.cfads.only]


def add_holdings(b: Build, silo: Silo) -> None:
    """Dividends from vehicles this business owns a part of."""
    for x, equity in silo.holdings.items():
        got = b.sheet[f"{x}.distribution"]
        silo.incomes.append(
            Stream(f"distributions of {equity.vehicle}", equity.vehicle, silo.vehicle, got, got, x, firm=False)
        )


def add_operations(b: Build, silo: Silo) -> tuple[Row, Row]:
    """Add receipts, running costs and CFADS. Returns revenue and costs as earned and incurred."""
    s, key = b.sheet, silo.key
    works = [x for x in silo.incomes if not x.sale]
    add_sum(s, f"{key}.receipts", [x.cash for x in silo.incomes], label="operating receipts and sales")
    earned = add_sum(s, f"{key}.earned", [x.earned for x in silo.incomes], label="revenue and sales, earned")
    running = add_sum(s, f"{key}.running", [x.cash for x in silo.costs], label="running costs due")
    incurred = add_sum(s, f"{key}.incurred", [x.earned for x in silo.costs], label="running costs incurred")
    s.row(f"{key}.cfads.received", sum_of([x.cash for x in works]) - running, unit=USD, label="CFADS, as received")
    s.row(f"{key}.cfads.earned", sum_of([x.earned for x in works]) - incurred, unit=USD, label="CFADS, as earned")
    firm = sum_of([x.earned for x in works if x.firm])
    s.row(f"{key}.contracted", firm - incurred, unit=USD, label="contracted cash flow")
    for x in silo.incomes:
        if x.payer not in b.deal.vehicles:
            b.books.flow(x.payer, silo.vehicle, x.cash, x.label, x.contract)
    return earned, incurred


def cfads_of(b: Build, silo: Silo, loan: Loan, loan_id: str) -> Row:
    """CFADS as a loan defines it: basis, and which contracts count. [USD]"""
    s, key, c = b.sheet, silo.key, loan.cfads
    if not c.only and not c.without:
        return s[f"{key}.cfads.{c.basis}"]
    name = f"{loan_id}.cfads.{c.basis}"
    if name in s:
        return s[name]
    counts = [
        x for x in silo.incomes if not x.sale and (x.contract in c.only if c.only else x.contract not in c.without)
    ]
    costs = [] if c.only else [x for x in silo.costs if x.contract not in c.without]
    attr = "cash" if c.basis == "received" else "earned"
    value = sum_of([getattr(x, attr) for x in counts]) - sum_of([getattr(x, attr) for x in costs])
    return s.row(
        name, value, unit=USD, label="CFADS as the loan defines it", source=b.where(f"contracts.{loan_id}.cfads")
    )


def market_values(b: Build, silo: Silo, ids: Iterable[str]) -> dict[str, Row]:
    """Market value of some assets of a business together, by resale curve. [USD]"""
    out: dict[str, Row] = {}
    assets = [a for a in silo.assets if a.id in ids]
    for curve in dict.fromkeys(c for a in assets for c in a.market_value):
        rows = [a.market_value[curve] for a in assets if curve in a.market_value]
        name = f"{silo.key}.market_value.{curve}.{'_'.join(a.id for a in assets)}"
        if len(rows) == 1:
            out[curve] = rows[0]
        else:
            out[curve] = b.sheet[name] if name in b.sheet else add_sum(b.sheet, name, rows, label=f"value on {curve}")
    return out


def _covenant_value(b: Build, silo: Silo, loan: Loan) -> Row | None:
    """Market value under an LTV covenant that names its own assets. [USD]"""
    ltv = loan.covenants.ltv
    if ltv is None or not ltv.of or set(ltv.of) == set(financed(silo, loan)):
        return None
    return market_values(b, silo, ltv.of).get(ltv.curve)


def add_loans(b: Build, silo: Silo, dates: dict[str, Dates]) -> list[LoanParts]:
    """Add rates, schedule and amount of every loan, first rank first."""
    parts: list[LoanParts] = []
    for loan_id, loan in silo.ranked():
        parts.append(_add_loan(b, silo, loan_id, loan, dates[loan_id], parts))
        add_advance(b, silo, parts[-1])
    return parts


def _add_loan(b: Build, silo: Silo, x: str, loan: Loan, dates: Dates, ahead: list[LoanParts]) -> LoanParts:
    s, rates = b.sheet, add_rates(b, x, loan)
    cfads = cfads_of(b, silo, loan, x)
    window = add_window(s, f"{x}.cfads.window", cfads, dates.pays, unit=USD, label="CFADS")
    senior = []
    if not loan.cfads.only:
        senior = [
            add_window(s, f"{x}.after.{p.id}", p.planned["service"], dates.pays, unit=USD, label=f"service of {p.id}")
            for p in ahead
            if p.loan.rank < loan.rank and not p.loan.cfads.only
        ]
    service = _service(b, x, loan, window, senior)
    profile = add_profile(b, x, loan, dates, rates, service)
    cost = {a.id: s.row(f"{x}.cost.{a.id}", total(a.capex), unit=USD, label=f"cost of {a.id}") for a in silo.assets}
    sizing = Sizing(window, senior, cost, _market(silo), [p.amount for p in ahead])
    amount = add_size(b, x, loan, silo, sizing, dates, profile)
    caps = _caps(b, silo, x, loan, rates, dates, ahead)
    planned = add_planned(b, x, loan, dates, profile, amount, caps)
    return LoanParts(x, loan, dates, rates, amount, planned, window)


def _solve_total(b: Build, silo: Silo) -> None:
    """Add the solved total of uses where funding or gearing asks for it; first of all, for loans are sized on it."""
    if needs_total(silo):
        key = silo.key
        b.sheet.solved(
            f"{key}.uses.planned", 0.0, unit=USD, target=f"{key}.uses.grand_total", label="total of uses, solved"
        )


def _add_total(b: Build, silo: Silo, uses: Row, parts: list[LoanParts]) -> None:
    """Add the rows that the solved total of uses leans on."""
    if not needs_total(silo):
        return
    s, key = b.sheet, silo.key
    before = previous(s.ref(f"{key}.uses.so_far", unit=USD), 1, first=NIL)
    s.row(f"{key}.uses.so_far", before + uses, unit=USD, label="uses so far")
    s.row(f"{key}.loans.amount", sum_of([p.amount for p in parts]), unit=USD, label="amount of all loans")
    s.row(f"{key}.uses.grand_total", total(uses), unit=USD, label="all uses", looks_ahead="signing")


def _service(b: Build, x: str, loan: Loan, window: Row, senior: list[Row]) -> Expr:
    """Debt service a sculpted loan's cash supports: at its own DSCR, after loans that rank ahead."""
    covers = [(k, c) for k, c in enumerate(loan.size.min) if c.dscr is not None]
    if not covers:
        return window - sum_of(senior)
    k, cover = next(((k, c) for k, c in covers if c.case in (None, "base", "p50")), covers[0])
    mark = b.scalar(f"contracts.{x}.size.min.{k}.dscr", cover.dscr or 1.0, RATIO, f"limit {k + 1}: dscr")
    return window / mark - sum_of(senior)


def _market(silo: Silo) -> Market:
    def value(asset: str, curve: str) -> Row:
        return next(a.market_value[curve] for a in silo.assets if a.id == asset)

    return value


def _caps(b: Build, silo: Silo, x: str, loan: Loan, rates: Rates, dates: Dates, ahead: list[LoanParts]) -> list[Row]:
    """Balances the schedule may not exceed: by contracted cash after loans that rank ahead, by depreciated cost."""
    caps = []
    if loan.repayment.contracted_cash is not None:
        cover = b.scalar(f"contracts.{x}.repayment.contracted_cash", loan.repayment.contracted_cash, RATIO, "cover")
        senior = sum_of([p.planned["service"] for p in ahead if p.loan.rank < loan.rank])
        caps.append(add_cash_cap(b, x, cover, b.sheet[f"{silo.key}.contracted"] - senior, rates, dates))
    if loan.repayment.depreciated_cost is not None:
        caps.append(add_cost_cap(b, x, loan, [a for a in silo.assets if a.id in financed(silo, loan)]))
    return caps


def _register_building(b: Build, silo: Silo, accounts: dict[str, Account], draws: list[Row]) -> None:
    """Flows of the building phase: capital cost to vendors, draws, fees and interest to lenders."""
    books, s = b.books, b.sheet
    for asset in silo.assets:
        books.flow(silo.vehicle, asset.vendor, asset.capex, f"cost of {asset.id}", asset.id)
    for key, label, payee in (
        (f"{silo.key}.contingency.paid", "contingency", "market"),
        (f"{silo.key}.uses.closing_costs", "closing costs", "market"),
    ):
        if key in s:
            books.flow(silo.vehicle, payee, s[key], label, silo.vehicle)
    for (x, a), draw in zip(accounts.items(), draws, strict=True):
        lender = a.parts.loan.lender
        books.flow(lender, silo.vehicle, draw, "drawdown", x)
        books.flow(silo.vehicle, lender, s[f"{x}.fees.at_cost"], "fees", x)
        books.flow(silo.vehicle, lender, a.idc, "interest during construction", x)
        if a.swap is not None:
            books.flow(
                silo.vehicle, a.swap.counterparty, s[f"{a.parts.rates.swap_id}.idc"], "swap before conversion", x
            )
            books.flow(a.swap.counterparty, silo.vehicle, a.swap_receive, "swap receipt", x)  # type: ignore[arg-type]


def _run_waterfall(
    b: Build,
    silo: Silo,
    accounts: dict[str, Account],
    pots: dict[str, Reserve],
    paid_in: dict[str, Row],
    draws: list[Row],
    uses: Row,
) -> None:
    s, key = b.sheet, silo.key
    cash_in: list[Expr] = [s[f"{key}.receipts"], *draws, *paid_in.values()]
    cash_in += [a.swap_receive for a in accounts.values() if a.swap_receive is not None]
    cash_in += [s[f"{r.name}.release"] for r in pots.values() if f"{r.name}.release" in s]
    if is_taxed(silo):
        cash_in.append(s[f"{key}.tax.refund"])
        b.books.flow("state", silo.vehicle, s[f"{key}.tax.refund"], "tax refund", silo.vehicle)
    opening = s.row(
        f"{key}.cash.opening",
        previous(s.ref(f"{key}.cash.closing", unit=USD), 1),
        unit=USD,
        label="cash brought forward",
    )
    available = s.row(f"{key}.cash.available", opening + sum_of(cash_in) - uses, unit=USD, label="cash available")
    w = Waterfall(silo, _pay_items(b, silo, accounts), accounts, pots, available)
    add_waterfall(b, w, silo.terms.waterfall or default_steps(silo, is_taxed(silo)))
    for r in pots.values():
        if r.letter is None:
            close_reserve(b, r, w.topups.get(r.name))
        else:
            close_letter(b, r, s[f"{r.name}.reimbursed"])
    add_distributions(b, w, paid_in)
    _add_cash_proof(b, silo, accounts, pots, w, cash_in, uses)


def _pay_items(b: Build, silo: Silo, accounts: dict[str, Account]) -> dict[str, list[Pay]]:
    """Everything a `pay` step may name."""
    s, items = b.sheet, {"costs": split_costs(b, silo)}
    if is_taxed(silo):
        items["tax"] = [Pay(s[f"{silo.key}.tax.due"], f"{silo.key}.tax.paid", "state", "tax", silo.vehicle)]
    for x, a in accounts.items():
        lender = a.parts.loan.lender
        interest = [_interest(b, a, lender)]
        if a.swap is not None and a.swap_pay is not None:
            swap_id = a.parts.rates.swap_id or ""
            interest.insert(0, Pay(a.swap_pay, f"{swap_id}.paid", a.swap.counterparty, f"swap of {x}", swap_id))
        items[f"{x}.interest"] = interest
        items[f"{x}.repayment"] = [Pay(a.repayment_due, f"{x}.repayment", lender, f"repayment of {x}", x)]
        items[f"{x}.fees"] = [_fees(b, a, lender)] if a.fees_due is not None else []
    for x, letter in silo.letters.items():
        owed = previous(s.ref(f"{x}.owed", unit=USD), 1)
        due = s.row(f"{x}.reimbursement.due", owed + s.ref(f"{x}.drawn", unit=USD), unit=USD, label="reimbursement due")
        items[f"{x}.reimbursement"] = [Pay(due, f"{x}.reimbursed", letter.issuer, f"reimbursement of {x}", x)]
    return items


def _interest(b: Build, a: Account, lender: str) -> Pay:
    """Pay item of a loan's interest: what falls due, and between and after the dates what is overdue. [USD]

    A payment date asks for everything owed. On other dates interest that an earlier date left unpaid stays due, and
    after the last one so does what accrues on a balance still outstanding: it ranks before principal in arrears.
    """
    s, name, dates = b.sheet, f"{a.id}.interest", a.parts.dates
    unpaid = previous(s.ref(f"{name}.unpaid", unit=USD), 1, first=NIL)
    late = (1 - dates.pays) * (unpaid + at_most(dates.last, b.clock.start) * a.accrued)
    asked = s.row(f"{name}.asked", a.interest_due + late, unit=USD, label="interest due, arrears included")
    s.row(f"{name}.unpaid", asked - s.ref(f"{name}.paid", unit=USD), label="interest due and not paid")
    return Pay(asked, f"{name}.paid", lender, f"interest on {a.id}", a.id)


def _fees(b: Build, a: Account, lender: str) -> Pay:
    """Pay item of a loan's agency fee; what is unpaid is owed to the lender next period."""
    s, name = b.sheet, f"{a.id}.fees"
    unpaid = previous(s.ref(f"{name}.unpaid", unit=USD), 1, first=NIL)
    asked = s.row(f"{name}.asked", s[f"{name}.due"] + unpaid, unit=USD, label="agency fee due, arrears included")
    s.row(f"{name}.unpaid", asked - s.ref(f"{name}.paid", unit=USD), label="agency fee due and not paid")
    return Pay(asked, f"{name}.paid", lender, f"fees of {a.id}", a.id)


def _add_cash_proof(
    b: Build,
    silo: Silo,
    accounts: dict[str, Account],
    pots: dict[str, Reserve],
    w: Waterfall,
    cash_in: list[Expr],
    uses: Row,
) -> None:
    """Cash again, from the accounts rather than the steps: the difference must be zero. [USD]"""
    s, key = b.sheet, silo.key
    out: list[Expr] = [uses, *(s[f"{e}.{key}.distribution"] for e in silo.equity), *w.topups.values()]
    out += [s[p.paid] for items in w.pays.values() for p in items]
    out += [s[f"{x}.prepayment"] for x in accounts]
    back = [row for r in pots.values() for row in r.drawn]
    name = f"{key}.cash.proof"
    before = previous(s.ref(name, unit=USD), 1)
    proof = s.row(
        name, before + sum_of(cash_in) + sum_of(back) - sum_of(out), unit=USD, label="cash, from the accounts"
    )
    difference = s.row(
        f"{key}.cash.difference", proof - s[f"{key}.cash.closing"], label="cash by accounts less cash by steps"
    )
    b.books.checks.append((f"{key}.cash", "cash by accounts equals cash by waterfall", difference))
