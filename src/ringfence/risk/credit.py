"""What a lender loses: first missed payment, what is owed then, and what the security brings.

Rows and measures added by :func:`add_credit` to the sheet that is run, for a loan ``X`` of a business ``S``:

    risk.X.missed           1 in a period in which the loan is not paid in full, and may not wait for late assets
    risk.X.overdue_for      how long something has been overdue; has waited, where it may wait              [month]
    risk.X.owed             balance, interest owed and interest unpaid                                      [USD]
    risk.S.enforced         1 from the period on in which a loan with nothing owed ahead of it is not paid
    risk.S.sale             1 in the first such period: the security is sold
    risk.X.defaulted        1 from the first missed payment, or the sale, on
    risk.S.collateral       market value of the assets on the first resale curve; carrying amount where an
                            asset has none                                                                  [USD]
    risk.S.cash             cash and reserve accounts                                                       [USD]

    risk.X.missed.first     first period in which the loan is not paid in full; the number of periods if never
    risk.X.lock_up.first, risk.X.breach.first, risk.X.default.first      likewise for the tests of the loan
    risk.X.waits.first      likewise, in which something waits for late assets (``blocks/long_stop.py``)
    risk.X.longest_wait     the longest of these times, to the date of payment                              [month]
    risk.X.unpaid           most that is overdue, and may not wait, at once                                 [USD]
    risk.X.exposure         owed at default and lent after it, 0 if there is none                           [USD]
    risk.X.loss.<way>       what is never paid, in dollars of the default: see below                        [USD]
    risk.X.lgd.<way>        loss / exposure; applies where the loan defaulted and was owed

A lender with nothing owed ahead of it enforces at its first missed payment: the security is sold at once, each way at
its own share of market value, cash goes to the lenders first, then by rank; claims on a lessee count nothing. A lender
that ranks behind another stands still until then. Without a sale its loss is what is still owed at the end of the deal.
What is owed beyond the exposure by then is interest of the time between: it is the price of waiting and no loss of its
own, so the loss is the share of the claim that is never paid, times the exposure, and never more than that.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ringfence.blocks.long_stop import missed_rows
from ringfence.sheet import (
    NIL,
    Expr,
    Row,
    Sheet,
    at,
    at_most,
    choose,
    count,
    first_when,
    largest,
    least,
    less_than,
    most,
    positive,
    previous,
    sum_of,
    total,
)
from ringfence.units import MONTH, RATIO, USD

if TYPE_CHECKING:
    from ringfence.blocks.books import Silo
    from ringfence.blocks.build import Model

#: Share of market value a sale brings, by how long it may take. Source: spotwire.ai, 2026.
LIQUIDATION: Mapping[str, tuple[float, str]] = {
    "orderly": (1.00, "180 days"),
    "broker": (0.85, "90 days"),
    "auction": (0.65, "30 days"),
    "distressed": (0.45, "7 days"),
}
LIQUIDATION_SOURCE = "spotwire.ai, factors on fair market value, 2026"
#: The way of selling that the headline figures use.
USUAL_WAY = "auction"
EVENTS = ("lock_up", "breach", "default", "waits", "missed")


@dataclass(frozen=True)
class LoanOutputs:
    """Names of what the sheet says of one loan.

    Parameters
    ----------
    loan, silo
        Id of the loan, key of its business.
    events
        Of :data:`EVENTS`: measure with the number of the first period; only the tests the loan has.
    wait
        Longest time for which something was overdue. [month]
    exposure
        Owed at default. [USD]
    losses, lgds
        Way of selling -> loss [USD], share of exposure lost [ratio].
    """

    loan: str
    silo: str
    events: Mapping[str, str]
    wait: str
    exposure: str
    losses: Mapping[str, str]
    lgds: Mapping[str, str]

    @property
    def names(self) -> tuple[str, ...]:
        """Every output."""
        return (*self.events.values(), self.wait, self.exposure, *self.losses.values(), *self.lgds.values())


def add_credit(sheet: Sheet, model: Model) -> dict[str, LoanOutputs]:
    """Add default, exposure and loss of every loan.

    Parameters
    ----------
    sheet
        The sheet that is run; gains the rows above.
    model
        The deal, for its books.

    Returns
    -------
    dict
        Loan -> its outputs, first rank first.
    """
    found: dict[str, LoanOutputs] = {}
    for silo in model.books.silos.values():
        if silo.loans:
            found |= _add_silo(sheet, silo)
    return found


def _add_silo(s: Sheet, silo: Silo) -> dict[str, LoanOutputs]:
    key, loans = f"risk.{silo.key}", [x for x, _ in silo.ranked()]
    missed = {x: s.row(f"risk.{x}.missed", _missed(s, x), label="not paid in full") for x in loans}
    owed = {x: s.row(f"risk.{x}.owed", _owed(s, x), unit=USD, label="owed to the lender") for x in loans}
    entitled, before = [], NIL
    for x in loans:
        free = at_most(before / s_dollar(s), 1) if before is not NIL else 1
        entitled.append(missed[x] * free)
        before = before + owed[x]
    enforced = _ever(s, f"{key}.enforced", most(*entitled), "1 once the security is enforced")
    sale = s.row(f"{key}.sale", enforced - previous(enforced), label="1 when the security is sold")
    worth, cash = total(_collateral(s, silo) * sale), total(_cash(s, silo) * sale)
    sold = less_than(0.5, count(sale))
    found: dict[str, LoanOutputs] = {}
    ahead: Expr = NIL
    for x in loans:
        defaulted = _ever(s, f"risk.{x}.defaulted", most(missed[x], sale), "1 from the first missed payment on")
        exposure = _cell(s, f"risk.{x}.exposure", _exposed(s, x, owed[x], defaulted, enforced), "owed at default")
        claim = total(owed[x] * sale)
        brought = {way: positive(worth * _factor(s, way) + cash - ahead) for way in LIQUIDATION}
        left = at(owed[x], s.periods - 1) * less_than(0.5, count(missed[x]))
        then = least(exposure / most(choose(sold, claim, left), s_dollar(s)), 1)
        unpaid = {way: choose(sold, claim - least(claim, amount), left) * then for way, amount in brought.items()}
        ahead = ahead + claim
        events, wait = _add_events(s, x), _add_wait(s, x)
        found[x] = LoanOutputs(x, silo.key, events, wait, exposure.name, *_add_losses(s, x, exposure, unpaid))
    return found


def _exposed(s: Sheet, x: str, owed: Row, defaulted: Row, enforced: Row) -> Expr:
    """Owed at default, and what is lent after it until the security is sold. [USD]"""
    before = previous(defaulted)
    lent = s[f"{x}.drawdown"] * before * (1 - previous(enforced))
    return total(owed * (defaulted - before)) + total(lent)


def _ever(s: Sheet, name: str, flag: Expr, label: str) -> Row:
    """Add a flag that stays up once it was."""
    return s.row(name, most(previous(s.ref(name, unit=RATIO)), flag), unit=RATIO, label=label)


def _cell(s: Sheet, name: str, value: Expr, label: str) -> Row:
    """Add an amount that is one cell, and the measure of the same name. [USD]"""
    row = s.row(name, value, unit=USD, label=label)
    s.measure(name, row + 0, unit=USD, label=label)
    return row


def _missed(s: Sheet, x: str) -> Expr:
    """Flag of the sheet's own: interest or principal of a loan due and not paid, which may not wait for late assets."""
    return most(*(s[name] for name in missed_rows(s, x)))


def _add_wait(s: Sheet, x: str) -> str:
    """Add how long something was overdue, or waited where it may, the time to its payment included. [month]"""
    name = f"risk.{x}.overdue_for"
    flag = s[f"{x}.waits"] if f"{x}.waits" in s else _missed(s, x)
    longer = previous(flag) * (previous(s.ref(name, unit=MONTH)) + s["period.months"])
    age = s.row(name, longer, unit=MONTH, label="how long something has been overdue")
    s.measure(f"risk.{x}.longest_wait", largest(age), unit=MONTH, label="longest time something was overdue")
    return f"risk.{x}.longest_wait"


def _owed(s: Sheet, x: str) -> Expr:
    parts = [s[f"{x}.{item}"] for item in ("closing", "interest_owed.closing", "interest.unpaid") if f"{x}.{item}" in s]
    return sum_of(parts)


def _collateral(s: Sheet, silo: Silo) -> Row:
    values: list[Row] = []
    for asset in silo.assets:
        market = next(iter(asset.market_value.values()), asset.carrying)
        values.append(s[market.name])
    return s.row(f"risk.{silo.key}.collateral", positive(sum_of(values)), unit=USD, label="value of the security")


def _cash(s: Sheet, silo: Silo) -> Row:
    names = (f"{silo.key}.cash.closing", f"{silo.key}.reserves")
    held = [s[name] for name in names if name in s]
    return s.row(f"risk.{silo.key}.cash", positive(sum_of(held)), unit=USD, label="cash and reserves of the business")


def _add_losses(s: Sheet, x: str, exposure: Row, unpaid: Mapping[str, Expr]) -> tuple[dict[str, str], dict[str, str]]:
    losses, lgds = {}, {}
    owed = less_than(1, exposure / s_dollar(s))
    for way, amount in unpaid.items():
        loss = _cell(s, f"risk.{x}.loss.{way}", amount, f"lost at default, {way} sale")
        lgd = f"risk.{x}.lgd.{way}"
        s.measure(lgd, loss / choose(owed, exposure, s_dollar(s)), applies=owed, label=f"share lost, {way} sale")
        losses[way], lgds[way] = loss.name, lgd
    return losses, lgds


def s_dollar(s: Sheet) -> Row:
    """One dollar, as an input, so that amounts can be compared with it: less is no exposure. [USD]"""
    name = "risk.dollar"
    return s[name] if name in s else s.scalar(name, 1.0, unit=USD, label="a dollar", source="unit")


def _factor(s: Sheet, way: str) -> Row:
    share, time = LIQUIDATION[way]
    name = f"risk.liquidation.{way}"
    if name in s:
        return s[name]
    return s.scalar(name, share, unit=RATIO, label=f"share of market value in {time}", source=LIQUIDATION_SOURCE)


def unpaid_measure(loan: str) -> str:
    """Return the measure of the most that is overdue on a loan at once. [USD]"""
    return f"risk.{loan}.unpaid"


def _add_events(s: Sheet, x: str) -> dict[str, str]:
    flags: dict[str, Expr] = {"missed": _missed(s, x)}
    flags |= {name: s[f"{x}.{name}"] for name in ("lock_up", "breach", "default", "waits") if f"{x}.{name}" in s}
    overdue = sum_of([s[name] for name in (f"{x}.arrears", f"{x}.interest.unpaid") if name in s])
    if f"{x}.missed" in s:
        overdue = overdue * s[f"{x}.missed"]
    s.measure(unpaid_measure(x), largest(overdue), unit=USD, label="most that is overdue at once")
    found = {}
    for event in EVENTS:
        if event in flags:
            name = f"risk.{x}.{event}.first"
            s.measure(name, first_when(flags[event]), unit=RATIO, label=f"first period: {event.replace('_', ' ')}")
            found[event] = name
    return found
