"""A lease in the lessee's books: liability, right-of-use asset and lease cost as rows.

Rows added by :func:`add_lessee_schedule`, all [USD] unless said:

    <l>.value, <l>.left                PV, and plain sum, of payments to come
    <l>.liability.opening, .recognised, .interest, .remeasured      the additions
    <l>.liability.arrears, .advance    paid for the rental period that ends, that starts
    <l>.liability.forgone              given up with the part of a right that ends early
    <l>.liability.reported             balance of a reporting date: before the payment due that day in advance
    <l>.liability.closing              balance after it
    <l>.rou.opening, .recognised, .remeasured, .amortisation, .surrendered, .impairment, .closing
    <l>.cost                           interest + amortisation; straight line for a US operating lease
    <l>.gain                           on a right given up, and what a remeasurement takes below zero (may be negative)

A *phase* is what is expected from a date on: payments, rate, end. The first starts at commencement; every reassessment
or modification starts another, and measures the liability anew. Straight line is told as `share`, the part of the time
left at the start of a period that the period takes: balance x share is level until something changes the balance.

Source: IFRS 16.26, 29-46; ASC 842-20-30-1, 842-20-35-1 to 35-5; 842-10-25-11 to 25-13.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ringfence.sheet import NIL, Expr, Row, Sheet, choose, following, least, less_than, most, previous, sum_of
from ringfence.units import RATIO, USD

SOURCE = "IFRS 16.26-46 [verify]; ASC 842-20-30, 842-20-35 [verify]"


@dataclass(frozen=True)
class Phase:
    """What is expected from a date on.

    Attributes
    ----------
    starts
        1 in the period at whose end the phase takes effect.
    advance, arrears
        Payments measured in the liability, dated at the period's end: for the rental period that starts then, and
        for the one that ended. [USD]
    growth
        1 + rate of the period. [ratio]
    share
        Part of the time left at the start of the period that the period takes. [ratio]
    rou_kept
        Part of the right that is kept when the phase starts. [ratio]
    liability_kept
        Part of the liability that goes with it, or of what is left of it until the new end; None: all of it. [ratio]
    agreed
        Of a right that is shortened: what had been agreed before, up to the new end, in advance and in arrears; it is
        valued at the rate before. [USD]
    operating
        Whether cost is straight line (ASC 842 operating lease).
    """

    starts: Row
    advance: Row
    arrears: Row
    growth: Row
    share: Row
    rou_kept: Row | None = None
    liability_kept: Row | None = None
    agreed: tuple[Row, Row] | None = None
    operating: bool = False


@dataclass(frozen=True)
class LesseeRows:
    """A lease in the lessee's books; see the module's head. [USD]"""

    name: str
    value: Row
    interest: Row
    reported: Row
    liability: Row
    rou: Row
    amortisation: Row
    cost: Row
    gain: Row


def add_lessee_schedule(
    s: Sheet,
    name: str,
    phases: Sequence[Phase],
    *,
    at_start: Expr = NIL,
    impairment: Row | None = None,
    hindsight: bool = False,
    source: str = SOURCE,
) -> LesseeRows:
    """Add the schedule of a lease in the lessee's books.

    Parameters
    ----------
    s
        Sheet being built.
    name
        Prefix of the rows.
    phases
        In the order of their dates.
    at_start
        Added to the right-of-use asset at commencement beside the liability: initial direct costs, prepayments and
        restoration, less incentives. [USD]
    impairment
        Written off at the end of the period. [USD]
    hindsight
        Whether payments lean on a series that a path may change, so that their value is hindsight.
    source
        Paragraphs.

    Returns
    -------
    LesseeRows
        Balances and cost.
    """
    liability = _add_liability(s, name, phases, "hindsight" if hindsight else "", source)
    right = _add_right(s, name, phases, liability, at_start, impairment, source)
    gain = liability.forgone - right.surrendered - liability.remeasured + right.adjusted
    row = _rows(s, name, source)
    gained = row("gain", gain, "gain on a right given up; may be negative")
    cost = row("cost", liability.interest + right.amortisation, "lease cost")
    return LesseeRows(
        name,
        liability.value,
        liability.interest,
        liability.reported,
        liability.closing,
        right.closing,
        right.amortisation,
        cost,
        gained,
    )


@dataclass(frozen=True)
class _Liability:
    """Rows of the liability that the right of use and the income read. [USD]"""

    on: Sequence[Row]
    left: Expr
    value: Row
    opening: Row
    recognised: Row
    interest: Row
    forgone: Row
    remeasured: Row
    reported: Row
    closing: Row


def _add_liability(s: Sheet, name: str, phases: Sequence[Phase], mark: str, source: str) -> _Liability:
    """Interest at the rate in force, payments, and what the start of each later phase gives up or measures anew."""
    on, row = _add_flags(s, name, phases), _rows(s, name, source)
    values = [
        _add_value(s, _nth(f"{name}.value", n), (p.advance, p.arrears), p.growth, mark) for n, p in enumerate(phases)
    ]
    left = _in_force(on, [_add_left(s, _nth(f"{name}.left", n), p, mark) for n, p in enumerate(phases)])
    first, later = phases[0], list(enumerate(phases))[1:]

    opening = s.opening(f"{name}.liability", unit=USD, source=source)
    recognised = row("liability.recognised", first.starts * values[0], "PV of payments at commencement")
    rate = _ruling(on, [p.growth for p in phases]) - sum_of(_before(on))
    interest = row("liability.interest", opening * rate, "interest on the liability")
    arrears = row("liability.arrears", _ruling(on, [p.arrears for p in phases]), "paid for the rental period that ends")
    carried = row("liability.carried", opening + interest - arrears, "balance before any change")
    kept = {n: _kept(s, f"{name}.kept_{n + 1}", carried, p, phases[n - 1], mark) for n, p in later}
    forgone = row("liability.forgone", _sum(p.starts * (carried - kept[n]) for n, p in later), "given up")
    change = _sum(p.starts * (values[n] - kept[n]) for n, p in later)
    remeasured = row("liability.remeasured", change, "measured anew; may be negative")
    balance = carried + recognised - forgone + remeasured
    reported = row("liability.reported", balance, "balance before rent due that day in advance")
    paid = _in_force(on, [p.advance for p in phases])
    advance = row("liability.advance", paid, "paid for the rental period that starts")
    add, less = [recognised, interest, remeasured], [arrears, forgone, advance]
    closing = s.close(f"{name}.liability", opening, add=add, less=less, source=source, label="lease liability")
    return _Liability(on, left, values[0], opening, recognised, interest, forgone, remeasured, reported, closing)


@dataclass(frozen=True)
class _Right:
    """Rows of the right-of-use asset that the income reads. [USD]"""

    surrendered: Row
    adjusted: Row
    amortisation: Row
    closing: Row


def _add_right(
    s: Sheet,
    name: str,
    phases: Sequence[Phase],
    owed: _Liability,
    at_start: Expr,
    impairment: Row | None,
    source: str,
) -> _Right:
    """Amortisation, what a later phase gives up or adds, and impairment; the asset never falls below zero."""
    row, later = _rows(s, name, source), phases[1:]
    held = s.opening(f"{name}.rou", unit=USD, source=source)
    booked = row("rou.recognised", owed.recognised + phases[0].starts * at_start, "right-of-use asset at commencement")
    amortisation = row(
        "rou.amortisation", _amortised(s, name, phases, owed, held, impairment), "amortisation of the right"
    )
    worn = held - amortisation
    ended = _sum(p.starts * worn * (1 - p.rou_kept) for p in later if p.rou_kept is not None)
    surrendered = row("rou.surrendered", ended, "part of the right given up")
    moved = most(owed.remeasured, surrendered - worn) if later else owed.remeasured
    adjusted = row("rou.remeasured", moved, "with the liability, not below zero")
    written = NIL if impairment is None else least(impairment, worn - surrendered + adjusted)
    lost = row("rou.impairment", written, "written off")
    add, less = [booked, adjusted], [amortisation, surrendered, lost]
    closing = s.close(f"{name}.rou", held, add=add, less=less, source=source, label="right-of-use asset")
    return _Right(surrendered, adjusted, amortisation, closing)


def _amortised(
    s: Sheet, name: str, phases: Sequence[Phase], owed: _Liability, held: Row, impairment: Row | None
) -> Expr:
    """Straight line; for an operating lease what levels the cost, until an impairment (ASC 842-20-35-3, 35-10)."""
    share = _ruling(owed.on, [p.share for p in phases])
    straight: Expr = held * share
    if not any(p.operating for p in phases):
        return straight
    level: Expr = (previous(owed.left) - owed.opening + held) * share - owed.interest
    impaired = _add_impaired(s, name, impairment)
    if impaired is not None:
        level = choose(impaired, straight, level)
    rules = [flag for flag, p in zip(_before(owed.on), phases, strict=True) if p.operating]
    return level if len(rules) == len(phases) else choose(sum_of(rules), level, straight)


def _rows(s: Sheet, name: str, source: str) -> Callable[[str, Expr, str], Row]:
    """Return what adds a row of the schedule: item, formula, label. [USD]"""
    return lambda item, expr, label: s.row(f"{name}.{item}", expr, unit=USD, source=source, label=label)


def _nth(name: str, n: int) -> str:
    return name if n == 0 else f"{name}_{n + 1}"


def _sum(parts: object) -> Expr:
    return sum_of(parts)  # type: ignore[arg-type]


def _add_flags(s: Sheet, name: str, phases: Sequence[Phase]) -> list[Row]:
    """1 from the end of the period in which a phase starts until the next one does."""
    if len(phases) == 1:
        only = f"{name}.running"
        return [s.row(only, most(previous(s.ref(only)), phases[0].starts), label="the lease has commenced")]
    begun = []
    for n, phase in enumerate(phases):
        row = f"{name}.begun_{n + 1}"
        begun.append(s.row(row, most(previous(s.ref(row)), phase.starts), label="the phase has begun"))
    ends = [*begun[1:], NIL]
    return [
        s.row(f"{name}.phase_{n + 1}", b - e, unit=RATIO, label="the phase is in force")
        for n, (b, e) in enumerate(zip(begun, ends, strict=True))
    ]


def _before(on: Sequence[Row]) -> list[Expr]:
    return [previous(flag) for flag in on]


def _in_force(on: Sequence[Row], rows: Sequence[Row]) -> Expr:
    """Of several rows, that of the phase in force at the end of the period."""
    return sum_of(flag * row for flag, row in zip(on, rows, strict=True))


def _ruling(on: Sequence[Row], rows: Sequence[Row]) -> Expr:
    """Of several rows, that of the phase in force during the period."""
    return sum_of(flag * row for flag, row in zip(_before(on), rows, strict=True))


def _add_value(s: Sheet, name: str, due: tuple[Row, Row], growth: Row, mark: str) -> Row:
    """PV at the end of a period, before what is due that day in advance. [USD]"""
    later, (advance, arrears) = s.ref(name, unit=USD), due
    worth = advance + following((later + arrears) / growth)
    return s.row(name, worth, unit=USD, label="PV of payments to come", looks_ahead=mark)


def _add_left(s: Sheet, name: str, p: Phase, mark: str) -> Row:
    """Payments still to come after the end of a period and what is paid on that day. [USD]"""
    later = s.ref(name, unit=USD)
    sum_left = following(later + p.arrears + p.advance)
    return s.row(name, sum_left, unit=USD, label="payments to come", looks_ahead=mark)


def _kept(s: Sheet, name: str, carried: Row, phase: Phase, before: Phase, mark: str) -> Expr:
    """Liability of the part of the right that is kept, at the rate before. [USD]"""
    if phase.rou_kept is None:
        return carried
    left: Expr = carried if phase.agreed is None else _add_value(s, name, phase.agreed, before.growth, mark)
    return left if phase.liability_kept is None else left * phase.liability_kept


def _add_impaired(s: Sheet, name: str, impairment: Row | None) -> Expr | None:
    """Flag: the asset was impaired before this period, and is straight line since (ASC 842-20-35-10)."""
    if impairment is None:
        return None
    row = f"{name}.impaired"
    return previous(s.row(row, most(previous(s.ref(row)), less_than(NIL, impairment)), label="impaired so far"))
