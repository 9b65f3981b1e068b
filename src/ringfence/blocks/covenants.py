"""Cover ratios and the tests that act on them.

Rows added by :func:`add_tests` for a loan ``X`` (ratio unless said):

    X.dscr                 CFADS / scheduled debt service of the test period, on payment dates; the service of loans
                           that rank ahead is in the divisor
    X.dscr.applies         1 where it is tested
    X.dscr.forward         scheduled CFADS / scheduled service of the next test period, if the tests look forward
    X.lock_up.shut         1 while distributions are locked up
    X.breach, X.default    1 on a test date under the covenant, under the default level
    X.llcr, X.plcr         PV of CFADS to come over the loan's (project's) life / balance; reported, never acted on
    X.ltv.<curve>          balance, loans ahead included / market value of the security on a resale curve

A test reads the past, or the signed schedule; never what this run has yet to pay. LLCR and PLCR look ahead and are
marked ``hindsight``.
"""

from __future__ import annotations

from ringfence.blocks.clock import on
from ringfence.blocks.context import Build, cell_name, outstanding
from ringfence.blocks.loan import Account
from ringfence.blocks.signing import add_signed
from ringfence.blocks.windows import above_zero, add_last, add_next, add_ratio, add_window
from ringfence.sheet import NIL, Expr, Row, at_most, choose, following, least, less_than, previous, sum_of
from ringfence.units import RATIO, USD


def add_tests(
    b: Build, a: Account, cfads: Row, values: dict[str, Row], covenant_value: Row | None, ahead: list[Account]
) -> None:
    """Add the ratios of a loan and its tests.

    Parameters
    ----------
    b, a
        Build in progress and the loan's account.
    cfads
        Cash flow available for debt service, on the loan's basis. [USD]
    values
        Market value of what the loan finances by resale curve. [USD]
    covenant_value
        Market value the LTV covenant is tested on, where it names other assets than those the loan finances. [USD]
    ahead
        Accounts that rank ahead and are paid from the same cash; their service counts in the cover of this loan.
    """
    dscr = _add_dscr(b, a, ahead)
    if a.parts.loan.covenants.looks == "forward":
        dscr = _add_forward(b, a, ahead)
    _add_flags(b, a, dscr)
    _add_life_covers(b, a, cfads, ahead)
    owed = sum_of([a.closing, *(o.closing for o in ahead)])
    for curve, value in values.items():
        add_ratio(
            b.sheet, f"{a.id}.ltv.{cell_name(curve)}", owed, value, outstanding(b, a.closing), label=f"LTV on {curve}"
        )
    _add_ltv_breach(b, a, covenant_value)


def _add_dscr(b: Build, a: Account, ahead: list[Account]) -> Row:
    s, x, p = b.sheet, a.id, a.parts
    after = 1 - p.dates.building
    count = max(1, round((p.loan.covenants.test or p.loan.repayment.every) / p.loan.repayment.every))
    cash = s.row(f"{x}.cfads", p.dates.pays * after * p.window, label="CFADS of the window that ends here")
    service = _service_with(b, a, ahead)
    if count == 1:
        top, bottom = cash, service
    else:
        top = s.row(f"{x}.cfads.tested", add_last(s, f"{x}.cfads", cash, p.dates.pays, count, unit=USD, label="CFADS"))
        bottom = s.row(
            f"{x}.debt_service.tested",
            add_last(s, f"{x}.debt_service", service, p.dates.pays, count, unit=USD, label="debt service"),
        )
    where = b.where(f"contracts.{x}.covenants")
    return add_ratio(s, f"{x}.dscr", top, bottom, p.dates.pays * outstanding(b, bottom), label="DSCR", source=where)


def _add_forward(b: Build, a: Account, ahead: list[Account]) -> Row:
    """Add the forward DSCR: what was signed for the next test period, CFADS over service, never a path's own future."""
    s, x, p = b.sheet, a.id, a.parts
    count = max(1, round((p.loan.covenants.test or p.loan.repayment.every) / p.loan.repayment.every))
    where = b.where(f"contracts.{x}.covenants")
    window = p.dates.pays * (1 - p.dates.building) * p.window
    name = f"{x}.planned.cfads"
    cfads = add_signed(b, name, window, unit=USD, label="scheduled CFADS", source=where, series=True)
    due = p.planned["service"] + sum_of([s[f"{x}.after.{o.id}"] * p.dates.pays for o in ahead])
    service = s.row(f"{x}.planned.ranking", due, unit=USD, label="scheduled service, loans ahead included")
    rows = [
        s.row(f"{name}.ahead", add_next(s, name, cfads, p.dates.pays, count, unit=USD, label="scheduled CFADS")),
        s.row(
            f"{x}.planned.ahead",
            add_next(s, f"{x}.planned.ranking", service, p.dates.pays, count, unit=USD, label="scheduled service"),
        ),
    ]
    return add_ratio(
        s,
        f"{x}.dscr.forward",
        rows[0],
        rows[1],
        p.dates.pays * outstanding(b, rows[1]),
        label="forward DSCR",
        source=where,
    )


def _service_with(b: Build, a: Account, ahead: list[Account]) -> Row:
    """Scheduled service of a loan and of those ahead of it, per payment date of the loan. [USD]"""
    if not ahead:
        return a.debt_service
    s, x, dates = b.sheet, a.id, a.parts.dates
    senior = [
        add_window(s, f"{x}.with.{o.id}", o.debt_service, dates.pays, unit=USD, label=f"debt service of {o.id}")
        for o in ahead
    ]
    return s.row(
        f"{x}.debt_service.ranking",
        a.debt_service + dates.pays * sum_of(senior),
        label="debt service, loans ahead included",
    )


def _add_flags(b: Build, a: Account, dscr: Row) -> None:
    s, x, c = b.sheet, a.id, a.parts.loan.covenants
    path = f"contracts.{x}.covenants"
    tested: Expr = s[f"{dscr.name}.applies"]
    if c.first_test is not None:
        first = b.when(f"{path}.first_test", c.first_test, "first test date")
        tested = tested * at_most(first, b.clock.end)
    for name, level in (("lock_up", c.lock_up), ("minimum", c.minimum), ("default", c.default)):
        if level is None:
            continue
        mark = b.scalar(f"{path}.{name}", level, RATIO, f"DSCR level: {name.replace('_', ' ')}")
        row = "breach" if name == "minimum" else name
        below = s.row(
            f"{x}.{row}", tested * less_than(dscr, mark), label=f"DSCR under the {name} level", source=b.where(path)
        )
        if name == "lock_up":
            held = previous(s.ref(f"{x}.lock_up.shut", unit=RATIO), 1, first=0)
            left = a.opening + a.capitalised - s.ref(f"{x}.repayment", unit=USD)
            shut = choose(tested, below, held) * outstanding(b, left)
            s.row(f"{x}.lock_up.shut", shut, unit=RATIO, label="distributions locked up, until the loan is repaid")


def _add_ltv_breach(b: Build, a: Account, value: Row | None) -> None:
    x, c = a.id, a.parts.loan.covenants.ltv
    if c is None:
        return
    mark = b.scalar(f"contracts.{x}.covenants.ltv.max", c.max, RATIO, "highest LTV")
    name = f"{x}.ltv.{cell_name(c.curve)}"
    if value is not None:
        name = f"{x}.covenant_ltv"
        owed = outstanding(b, a.closing)
        add_ratio(b.sheet, name, a.closing + 0, value, owed, label=f"LTV of the covenant on {c.curve}")
    ltv = b.sheet[name]
    b.sheet.row(f"{x}.ltv_breach", a.parts.dates.due * less_than(mark, ltv), label="LTV above the covenant")


def _add_life_covers(b: Build, a: Account, cfads: Row, ahead: list[Account]) -> None:
    """LLCR on the schedule's own discount factors, PLCR to the end of the deal; from conversion, on payment dates."""
    s, x, p = b.sheet, a.id, a.parts
    df = s[f"{x}.discount"]
    free = p.window - sum_of([s[f"{x}.after.{o.id}"] for o in ahead if f"{x}.after.{o.id}" in s])
    ahead_value = p.dates.due * df * free + s.ref(f"{x}.llcr.value", unit=USD)
    life = s.row(
        f"{x}.llcr.value",
        following(ahead_value, 1, last=NIL),
        unit=USD,
        label="PV of CFADS to come over the loan life",
        looks_ahead="hindsight",
    )
    owed = s.row(f"{x}.llcr.debt", a.closing * df, label="balance, discounted to the same date")
    dates = least((1 - p.dates.building) * p.dates.pays + on(b.clock, p.dates.conversion), 1)
    _hindsight_ratio(b, f"{x}.llcr", life, owed, dates * outstanding(b, a.closing), "LLCR")
    senior = sum_of([o.parts.planned["service"] for o in ahead])
    longer = (cfads - senior + s.ref(f"{x}.plcr.value", unit=USD)) / (1 + p.rates.fixed * p.rates.year)
    project = s.row(
        f"{x}.plcr.value",
        following(longer, 1, last=NIL),
        unit=USD,
        label="PV of CFADS to come over the project",
        looks_ahead="hindsight",
    )
    _hindsight_ratio(b, f"{x}.plcr", project, a.closing, dates * outstanding(b, a.closing), "PLCR")


def _hindsight_ratio(b: Build, name: str, top: Row, bottom: Row, applies: Expr, label: str) -> None:
    from ringfence.blocks.windows import safe_ratio

    s = b.sheet
    flag = s.row(f"{name}.applies", applies * above_zero(bottom), unit=RATIO, label=f"1 where {label} applies")
    s.row(name, safe_ratio(flag * top, bottom), unit=RATIO, label=label, looks_ahead="hindsight")
