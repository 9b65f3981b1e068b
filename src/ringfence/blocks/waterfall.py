"""The waterfall: ordered uses of cash, each taking what the step above left.

Rows added by :func:`add_waterfall` for a silo ``S``, all [USD]:

    S.cash.opening              last period's S.cash.closing
    S.cash.available            opening + receipts + releases + sources - uses
    S.waterfall.<nn>_<what>     cash left after step nn
    S.distributable             what the distribution steps may share
    S.cash.closing              what is kept

A step pays the lesser of what is due and what is left; its `support` (a reserve, a letter of credit) makes up the rest.
What stays unpaid is carried in the account it belongs to, never dropped. Distributions are made on payment dates, leave
behind the next scheduled service of the loans in `keep`, and take everything in the last period.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ringfence.blocks.books import Line, Silo
from ringfence.blocks.context import Build
from ringfence.blocks.loan import Account
from ringfence.blocks.reserves import Reserve
from ringfence.blocks.windows import add_next
from ringfence.errors import DealError
from ringfence.sheet import NIL, Expr, Row, at_most, least, positive, previous, sum_of
from ringfence.terms.findings import finding
from ringfence.terms.party import Step
from ringfence.units import MONTH, USD


@dataclass
class Pay:
    """Something a `pay` step may name: what is due to whom, and the row that records payment. [USD]"""

    due: Row
    paid: str
    payee: str
    label: str
    contract: str


@dataclass
class Waterfall:
    """What the steps act on, and the cash left so far."""

    silo: Silo
    pays: dict[str, list[Pay]]
    accounts: dict[str, Account]
    reserves: dict[str, Reserve]
    left: Expr
    steps: list[Line] = field(default_factory=list)
    topups: dict[str, Row] = field(default_factory=dict)
    prepaid: dict[str, list[Row]] = field(default_factory=dict)
    distributed: list[tuple[Step, Row]] = field(default_factory=list)


def default_steps(silo: Silo, taxed: bool) -> tuple[Step, ...]:
    """The waterfall of a silo that names none: costs, tax, loans by rank with their reserves, then equity."""
    steps = [Step(pay="costs")] + ([Step(pay="tax")] if taxed else [])
    shut: list[str] = []
    for loan_id, loan in silo.ranked():
        support = (f"{loan_id}.dsra",) if loan.reserve else ()
        if loan.reserve and loan.reserve.letter_of_credit:
            support = (loan.reserve.letter_of_credit,)
        if loan.agency_fee:
            steps.append(Step(pay=f"{loan_id}.fees"))
        steps += [Step(pay=f"{loan_id}.{what}", support=support) for what in ("interest", "repayment")]
        if loan.reserve and loan.reserve.funding != "letter_of_credit":
            steps.append(Step(fund=f"{loan_id}.dsra"))
        if loan.covenants.lock_up is not None:
            shut.append(loan_id)
    steps += [Step(pay=f"{letter}.reimbursement") for letter in silo.letters]
    when = {"passed": tuple(shut)} if shut else None
    return (*steps, Step.model_validate({"distribute": tuple(silo.equity), "when": when}))


def add_waterfall(b: Build, w: Waterfall, steps: tuple[Step, ...]) -> Row:
    """Add every step in order. Returns row ``S.cash.closing`` [USD]."""
    key = w.silo.key
    for number, step in enumerate(steps, 1):
        left = {"pay": _pay, "fund": _fund, "sweep": _sweep, "distribute": _distribute}[step.verb](b, w, step, number)
        word = step.object.replace(".", "_")
        name = (
            f"{key}.waterfall.{number:02d}_{word}"
            if step.verb != "sweep"
            else f"{key}.waterfall.{number:02d}_sweep_{word}"
        )
        row = b.sheet.row(
            name,
            left,
            unit=USD,
            label=f"cash left after step {number}: {step.verb} {step.object}",
            source=b.where(_path(w.silo, number)),
        )
        w.steps.append(Line(f"{step.verb} {step.object}", row))
        w.left = row
    for loan_id in w.accounts:
        b.sheet.row(f"{loan_id}.prepayment", sum_of(w.prepaid.get(loan_id, [])), unit=USD, label="swept")
    _add_trapped(b, w, steps)
    return b.sheet.row(f"{key}.cash.closing", w.left, unit=USD, label="cash kept")


def _add_trapped(b: Build, w: Waterfall, steps: tuple[Step, ...]) -> None:
    """Add the cash a lock-up keeps from equity at the end of each period. [USD]"""
    shut = [
        b.sheet[f"{x}.lock_up.shut"]
        for step in steps
        if step.verb == "distribute" and step.when
        for x in step.when.passed
    ]
    if shut:
        flag = least(1, sum_of(shut))
        b.sheet.row(
            f"{w.silo.key}.trapped", flag * positive(w.left), unit=USD, label="cash a lock-up keeps from equity"
        )


def _path(silo: Silo, number: int) -> str:
    inner = f".businesses.{silo.business}" if silo.business else ""
    return f"parties.{silo.vehicle}{inner}.waterfall.{number - 1}"


def _pay(b: Build, w: Waterfall, step: Step, number: int) -> Expr:
    """Pay each item of the step in turn, drawing on its support when cash is short."""
    left = w.left
    if step.object not in w.pays:
        path = _path(w.silo, number)
        text = f"Step {number} of {w.silo.key} pays {step.object}, which the business does not owe."
        where = [b.where(f"{path}.pay")]
        raise DealError([finding("waterfall-object", text, where=where, fix=f"write one of {', '.join(w.pays)}")])
    for item in w.pays[step.object]:
        left = _pay_one(b, w, item, left, step, number)
    return left


def _pay_one(b: Build, w: Waterfall, item: Pay, left: Expr, step: Step, number: int) -> Expr:
    s, gate = b.sheet, _condition(b, w, step)
    due = item.due if gate is None else gate * item.due
    drawn: list[Row] = []
    for name in step.support:
        pot = w.reserves[name]
        short = positive(due - positive(left) - sum_of(drawn))
        room = positive(pot.available - sum_of(pot.drawn))
        tag = item.paid.replace(".paid", "").replace(".", "_")
        drawn.append(
            s.row(f"{name}.for_{tag}_{number:02d}", least(room, short), unit=USD, label=f"drawn for {item.label}")
        )
        pot.drawn.append(drawn[-1])
        if pot.letter is not None:
            b.books.flow(pot.letter.issuer, w.silo.vehicle, drawn[-1], "letter of credit drawn", name)
    paid = s.row(item.paid, least(due, positive(left) + sum_of(drawn)), unit=USD, label=f"{item.label} paid")
    b.books.flow(w.silo.vehicle, item.payee, paid, item.label, item.contract)
    return left + sum_of(drawn) - paid


def _condition(b: Build, w: Waterfall, step: Step) -> Expr | None:
    """Product of the step's conditions; None when it has none."""
    if step.when is None:
        return None
    s = b.sheet
    flags: list[Expr] = [1 - s[f"{x}.lock_up.shut"] for x in step.when.passed]
    flags += [s[f"{x}.lock_up.shut"] for x in step.when.breached]
    if step.when.after is not None:
        number = next(k for k, st in enumerate(w.silo.terms.waterfall or (), 1) if st is step)
        start = b.when(f"{_path(w.silo, number)}.when.after", step.when.after, "not before")
        flags.append(at_most(start, b.clock.end))
    out: Expr | None = None
    for flag in flags:
        out = flag if out is None else out * flag
    return out


def _fund(b: Build, w: Waterfall, step: Step, number: int) -> Expr:
    """Bring a reserve up to its target."""
    name = step.object
    pot = w.reserves[name]
    s = b.sheet
    initial: Expr = pot.initial if pot.initial is not None else NIL
    short = positive(pot.target - positive(pot.available - sum_of(pot.drawn)) - initial)
    asked = least(short, positive(w.left))
    gate = _condition(b, w, step)
    topup = s.row(f"{name}.topup", asked if gate is None else gate * asked, unit=USD, label="paid into the reserve")
    w.topups[name] = topup
    return w.left - topup


def _sweep(b: Build, w: Waterfall, step: Step, number: int) -> Expr:
    """Prepay a loan from surplus cash on its payment dates."""
    a, s, loan_id = w.accounts[step.object], b.sheet, step.object
    share = b.scalar(f"{_path(w.silo, number)}.share", step.share, label="share of surplus cash swept")
    before = w.prepaid.setdefault(loan_id, [])
    balance = positive(a.opening - s.ref(f"{loan_id}.repayment", unit=USD) - sum_of(before))
    asked = a.parts.dates.pays * (1 - a.parts.dates.building) * least(share * positive(w.left), balance)
    gate = _condition(b, w, step)
    row = s.row(
        f"{loan_id}.sweep_{number:02d}",
        asked if gate is None else gate * asked,
        unit=USD,
        label="swept",
        source=b.where(_path(w.silo, number)),
    )
    before.append(row)
    b.books.flow(w.silo.vehicle, a.parts.loan.lender, row, "prepayment", loan_id)
    return w.left - row


def _distribute(b: Build, w: Waterfall, step: Step, number: int) -> Expr:
    """Share what is left, less what must be kept, on distribution dates; everything in the last period."""
    s, key, silo = b.sheet, w.silo.key, w.silo
    inner = f".businesses.{silo.business}" if silo.business else ""
    keep: Expr = b.scalar(
        f"parties.{silo.vehicle}{inner}.minimum_cash", silo.terms.minimum_cash, USD, "cash always kept"
    )
    keep = keep + sum_of([_next_service(b, w.accounts[x]) for x in step.keep])
    end = b.scalar("timeline.until", b.timeline.periods[-1].end_month, MONTH, "end of the deal")
    ending = at_most(end, b.clock.end)
    share = b.scalar(f"{_path(silo, number)}.share", step.share, label="share of cash distributed")
    free = positive(w.left - keep * (1 - ending))
    asked = _distribution_date(b, w, ending) * share * free
    gate = _condition(b, w, step)
    row = s.row(
        f"{key}.distributable.{number:02d}",
        asked if gate is None else gate * asked,
        unit=USD,
        label="to equity",
        source=b.where(_path(silo, number)),
    )
    w.distributed.append((step, row))
    return w.left - row


def _distribution_date(b: Build, w: Waterfall, ending: Expr) -> Expr:
    """Payment dates of the first-ranking loan; after it, or without one, every period."""
    if not w.silo.loans or w.silo.terms.distributions == "every_period":
        return at_most(b.clock.start, b.clock.end)
    first = w.accounts[w.silo.ranked()[0][0]].parts.dates
    after = at_most(first.last, b.clock.start)
    return positive(least(first.pays + after + ending, 1))


def _next_service(b: Build, a: Account) -> Expr:
    """Next scheduled instalment and interest of a loan, scaled to what is outstanding. [USD]"""
    name = f"{a.id}.kept"
    if f"{name}.next1" in b.sheet:
        return b.sheet[f"{name}.next1"]
    return add_next(b.sheet, name, a.parts.planned["service"], a.parts.dates.due, 1, unit=USD, label="next service")


def split_costs(b: Build, silo: Silo) -> list[Pay]:
    """Pay items of a silo's running costs; what is unpaid is owed to the same payee next period."""
    pays = []
    for k, stream in enumerate(silo.costs, 1):
        name = f"{silo.key}.cost{k}"
        unpaid = previous(b.sheet.ref(f"{name}.unpaid", unit=USD), 1, first=NIL)
        due = b.sheet.row(f"{name}.due", stream.cash + unpaid, unit=USD, label=f"{stream.label} due")
        b.sheet.row(f"{name}.unpaid", due - b.sheet.ref(f"{name}.paid", unit=USD), label=f"{stream.label} unpaid")
        pays.append(Pay(due, f"{name}.paid", stream.payee, stream.label, stream.contract))
    return pays
