"""How much a loan is for: the least of several limits, each a cell of its own.

Rows added by :func:`add_size` for a loan ``X``, all [USD]:

    X.size.<k>_<test>   what limit number k allows
    X.size.cost         debt never exceeds the cost it finances
    X.size.binding      number of the limit that binds: 1, 2, ..., and 0 for cost
    X.amount            the least of them, fixed at signing

A limit may name a case: the part of the graph that the case changes is copied under its name, so ``p99:`` rows stand
beside the base case in the same sheet and the same workbook.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ringfence.blocks.books import Silo
from ringfence.blocks.clock import on
from ringfence.blocks.context import Build, cell_name
from ringfence.blocks.schedule import Dates, Profile
from ringfence.blocks.signing import add_signed
from ringfence.blocks.windows import above_zero, safe_ratio
from ringfence.sheet import Expr, Row, at_most, choose, least, positive, smallest, sum_of, total
from ringfence.terms.contract.loan import Constraint, Loan
from ringfence.units import RATIO, USD

Market = Callable[[str, str], Row]


@dataclass(frozen=True)
class Sizing:
    """What the limits of one loan are measured on.

    Attributes
    ----------
    window
        Cash flow available for debt service since the last payment date. [USD]
    ahead
        Scheduled service, per payment date, of loans that rank ahead. [USD]
    cost
        Cost by asset id, whole life of the spending. [USD]
    market
        Gives the market value row of an asset on a resale curve. [USD]
    ranked_ahead
        Amounts of loans that rank ahead. [USD]
    """

    window: Row
    ahead: list[Row]
    cost: dict[str, Row]
    market: Market
    ranked_ahead: list[Row]


def add_size(b: Build, loan_id: str, loan: Loan, silo: Silo, sizing: Sizing, dates: Dates, profile: Profile) -> Row:
    """Add the limits of a loan and its amount, signed. Returns row ``X.amount`` [USD]."""
    s = b.sheet
    limits = [_add_limit(b, loan_id, k, c, silo, sizing, dates, profile) for k, c in enumerate(loan.size.min, 1)]
    cost = s.row(
        f"{loan_id}.size.cost",
        positive(sum_of(list(sizing.cost.values())) - sum_of(sizing.ranked_ahead)),
        unit=USD,
        label="cost left after loans that rank ahead",
        looks_ahead="signing",
    )
    sized = positive(least(cost, *limits))
    amount = add_signed(
        b, f"{loan_id}.amount", sized, unit=USD, label="amount of the loan", source=b.where(f"contracts.{loan_id}.size")
    )
    fresh = s[f"{loan_id}.amount.sized"]
    code: Expr = b.sheet.scalar(f"{loan_id}.size.code0", 0.0, unit=RATIO, label="code of the limit cost")
    for k, limit in reversed(list(enumerate(limits, 1))):
        tag = s.scalar(f"{loan_id}.size.code{k}", float(k), unit=RATIO, label=f"code of limit {k}")
        code = choose(at_most(limit, fresh), tag, code)
    s.row(f"{loan_id}.size.binding", code, unit=RATIO, label="limit that binds", looks_ahead="signing")
    return amount


def _add_limit(
    b: Build, loan_id: str, k: int, c: Constraint, silo: Silo, sizing: Sizing, dates: Dates, profile: Profile
) -> Row:
    path = f"contracts.{loan_id}.size.min.{k - 1}"
    unit = USD if c.test == "amount" else RATIO
    mark = b.scalar(f"{path}.{c.test}", getattr(c, c.test), unit, f"limit {k}: {c.test}")
    tests: dict[str, Callable[..., Expr]]
    tests = {"amount": _amount, "gearing": _gearing, "dscr": _dscr, "llcr": _llcr, "ltv": _ltv}
    value = tests[c.test](b, path, c, mark, silo, sizing, dates, profile)
    name = f"{loan_id}.size.{k}_{c.test}"
    return b.sheet.row(name, value, unit=USD, label=describe(c), source=b.where(path), looks_ahead="signing")


def describe(c: Constraint) -> str:
    """A limit in words: ``DSCR 1.30x on p99``."""
    of = f" of {', '.join(c.of)}" if c.of else ""
    case = f" on {c.case}" if c.case else ""
    if c.test == "amount":
        return f"amount{case}"
    if c.test in ("gearing", "ltv"):
        return f"{c.test} {getattr(c, c.test):.1%}{of}{case}"
    return f"{c.test.upper()} {getattr(c, c.test):.2f}x{case}"


def _amount(b: Build, path: str, c: Constraint, mark: Row, *_: object) -> Expr:
    return mark + 0


def _gearing(b: Build, path: str, c: Constraint, mark: Row, silo: Silo, sizing: Sizing, *_: object) -> Expr:
    if c.of:
        return mark * sum_of([sizing.cost[a] for a in c.of])
    return mark * b.sheet.ref(f"{silo.key}.uses.planned", unit=USD)


def _dscr(
    b: Build, path: str, c: Constraint, mark: Row, silo: Silo, sizing: Sizing, dates: Dates, profile: Profile
) -> Expr:
    window = on_case(b, sizing.window, c.case)
    service = positive(window / mark - sum_of(sizing.ahead))
    return total(dates.due * profile.discount * service)


def _llcr(
    b: Build, path: str, c: Constraint, mark: Row, silo: Silo, sizing: Sizing, dates: Dates, profile: Profile
) -> Expr:
    window = on_case(b, sizing.window, c.case)
    return positive(total(dates.due * profile.discount * (window - sum_of(sizing.ahead)))) / mark


def _ltv(
    b: Build, path: str, c: Constraint, mark: Row, silo: Silo, sizing: Sizing, dates: Dates, profile: Profile
) -> Expr:
    value = sum_of([sizing.market(a, c.curve or "") for a in (c.of or tuple(sizing.cost))])
    ahead = sum_of(sizing.ranked_ahead)
    room = safe_ratio(positive(mark * value), profile.unit_closing)
    open_balance = above_zero(profile.unit_closing)
    if c.at is None:
        when: Expr = open_balance * dates.due
    else:
        when = open_balance * on(b.clock, b.when(f"{path}.at", c.at, "date of the LTV test"))
    return positive(smallest(room, when=when) - ahead)


def on_case(b: Build, row: Row, case: str | None) -> Row:
    """`row` as it would be in a named case: a copy of what the case changes, or the row itself. Same unit."""
    if not case or case == "base":
        return row
    if f"{case}:{row.name}" in b.sheet:
        return b.sheet[f"{case}:{row.name}"]
    overrides: dict[str, Expr | Row] = {}
    for path, (value, where) in _changes(b, case).items():
        name = cell_name(path)
        changed = f"{case}:{name}"
        if changed not in b.sheet:
            base = b.sheet[name]
            b.sheet.scalar(changed, float(value), unit=base.unit or RATIO, source=where, label=f"{base.label}, {case}")
        overrides[name] = b.sheet[changed]
    return b.sheet.clone([row], overrides, case).get(row.name, row)


def _changes(b: Build, case: str) -> dict[str, tuple[float, str]]:
    """Path -> value and place of everything a case changes: its own list, and the yields plants give for it."""
    found: dict[str, tuple[float, str]] = {}
    for x, asset in b.deal.assets.items():
        yields = getattr(asset, "yield_cases", {})
        if case in yields:
            found[f"assets.{x}.yield"] = (yields[case], b.where(f"assets.{x}.yield_cases.{case}"))
    if case in b.deal.cases:
        for path, value in b.deal.cases[case].set.items():
            found[path] = (value, b.where(f"cases.{case}.set.{path}"))
    return found
