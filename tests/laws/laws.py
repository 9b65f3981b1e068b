"""The laws of a deal that has run: each takes a result and returns what breaks it, a sentence a breach.

A law never compares two readings of one row. Balances are compared with the cash registered between parties, payments
with what the waterfall owed at the time, accounts with zero. `CENT` is the tolerance of docs/convention.md 11, grown to
a few units in the last place of the deal's largest amount.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Line = NDArray[np.float64]
CENT = 0.01


class View:
    """A result, with lines always as long as the deal."""

    def __init__(self, result: Any) -> None:
        self.result = result
        self.deal, self.books, self.sheet = result.deal, result.model.books, result.model.sheet
        self.periods = self.sheet.periods
        size = [abs(self[f"{s.key}.uses.total"]).max() for s in self.books.silos.values()]
        self.cent = max(CENT, 1e-12 * self.periods * max(size, default=0.0))

    def __getitem__(self, name: str) -> Line:
        return np.broadcast_to(np.asarray(self.result.run[name], dtype=float), (self.periods,))

    def __contains__(self, name: str) -> bool:
        return name in self.result.run

    def flows(self, want: Callable[[Any], bool]) -> Line:
        """Sum of the flows between parties that `want` names. [USD]"""
        out = np.zeros(self.periods)
        for flow in self.books.flows:
            if want(flow):
                out = out + self[flow.row.name]
        return out

    def over(self, line: Line) -> list[int]:
        """Periods in which an amount that should be nil is above a cent."""
        return [int(t) for t in np.flatnonzero(line > self.cent)]


def checks_hold(v: View) -> list[str]:
    """Every check of the deal holds."""
    return [f"{c.name}: {c.label}, off by {c.worst}" for c in v.result.checks if not c.ok]


def vehicle_cash(v: View) -> list[str]:
    """The cash, reserves and deposits of a vehicle are what it received less what it paid."""
    found = []
    for vehicle in v.deal.vehicles:
        moved = v.flows(lambda f, me=vehicle: f.payee == me) - v.flows(lambda f, me=vehicle: f.payer == me)
        held = np.zeros(v.periods)
        for silo in v.books.of(vehicle):
            held = held + v[f"{silo.key}.cash.closing"] + sum((v[r.name] for r in silo.deposits), np.zeros(1))
            held = held + sum((v[f"{x}.dsra.closing"] for x in silo.loans if f"{x}.dsra.closing" in v), np.zeros(1))
        found += [f"{vehicle} holds {held[t]} in period {t}, its flows left {np.cumsum(moved)[t]}"
                  for t in v.over(abs(held - np.cumsum(moved)))[:1]]  # fmt: skip
    return found


def loan_accounts(v: View) -> list[str]:
    """A loan's balance and unpaid interest are what was drawn and accrued, less every payment to the lender."""
    found = []
    for silo in v.books.silos.values():
        for x, loan in silo.loans.items():
            drawn = v.flows(lambda f, x=x: f.contract == x and f.label == "drawdown")
            paid = v.flows(lambda f, x=x, p=loan.lender: f.contract == x and f.payee == p and "fees" not in f.label
                           and "swap" not in f.label)  # fmt: skip
            closing = v[f"{x}.closing"]
            opening = np.concatenate([[0.0], closing[:-1]])
            accrued = opening * v[f"{x}.rate"] * v[f"period.year_fraction.{_basis(loan.day_count)}"]
            claim = closing + v[f"{x}.interest_owed.closing"]
            gap = abs(claim - np.cumsum(drawn + accrued - paid))
            found += [f"{x} is owed {claim[t]} in period {t}, {gap[t]} off its draws, interest and payments"
                      for t in v.over(gap)[:1]]  # fmt: skip
    return found


def _basis(day_count: str) -> str:
    return day_count.lower().replace("/", "_")


def loans_follow_schedule(v: View) -> list[str]:
    """A loan never prepaid, late or capitalised is repaid as scheduled, period by period."""
    found = []
    for silo in v.books.silos.values():
        for x, loan in silo.loans.items():
            quiet = not v[f"{x}.prepayment"].any() and not v.over(v[f"{x}.arrears"])
            full = abs(v[f"{x}.drawn"][-1] - v[f"{x}.amount"][0]) <= v.cent
            if not quiet or not full or v[f"{x}.capitalised"].any() or loan.idc == "capitalised":
                continue
            repaid = v.flows(lambda f, x=x: f.contract == x and f.label == f"repayment of {x}")
            late = loan.repayment.first is not None or v[f"{x}.drawdown"][v[f"{x}.due"] > 0.5].any()
            gap = abs(repaid - v[f"{x}.planned.repayment"])
            if not late:
                found += [f"{x} repays {repaid[t]} in period {t}, scheduled {v[f'{x}.planned.repayment'][t]}"
                          for t in v.over(gap)[:1]]  # fmt: skip
    return found


def equity_accounts(v: View) -> list[str]:
    """Capital paid in and distributions of every holder are the flows between holder and vehicle."""
    found = []
    for x, e in v.deal.of_type("equity").items():
        into = v.flows(lambda f, x=x: f.contract == x and f.label == "capital paid in")
        out = v.flows(lambda f, x=x: f.contract == x and f.label == "distribution")
        books = sum((v[f"{x}.{s.key}.paid_in"] for s in v.books.of(e.vehicle) if x in s.equity), np.zeros(1))
        gaps = {"paid in": books - np.cumsum(into), "net": v[f"{x}.net"] - (out - into)}
        for name, gap in gaps.items():
            found += [f"{x}: {name} is {gap[t]} off its flows in period {t}" for t in v.over(abs(gap))[:1]]
    for silo in v.books.silos.values():
        shared = sum((v[f"{x}.{silo.key}.distribution"] for x in silo.equity), np.zeros(1))
        steps = [n for n in v.result.run if n.startswith(f"{silo.key}.distributable.") and n.count(".") < 4
                 and n.rsplit(".", 1)[1].isdigit()]  # fmt: skip
        gap = abs(shared - sum((v[n] for n in steps), np.zeros(1)))
        found += [f"{silo.key} shares out {gap[t]} more or less than it distributes in period {t}"
                  for t in v.over(gap)[:1]]  # fmt: skip
    return found


def lease_accounts(v: View) -> list[str]:
    """Rent and deposit that moved between lessee and lessor are the lease's cash; over its life all earned is paid."""
    found = []
    for x, lease in v.deal.of_type("lease").items():
        moved = v.flows(lambda f, x=x, c=lease: f.contract == x and f.payer == c.lessee and f.label == "rent")
        moved = moved - v.flows(lambda f, x=x, c=lease: f.contract == x and f.payee == c.lessee and f.label == "rent")
        found += [f"{x}: cash {v[f'{x}.cash'][t]} in period {t}, flows {moved[t]}"
                  for t in v.over(abs(moved - v[f"{x}.cash"]))[:1]]  # fmt: skip
        account = f"{x}.deferred" if lease.due == "in_advance" else f"{x}.receivable"
        sign = 1.0 if lease.due == "in_advance" else -1.0
        balance = sign * np.cumsum(v[f"{x}.cash"] - v[f"{x}.earned"])
        found += [f"{x}: {account} is {gap} off" for gap in [abs(balance - v[f"{account}.closing"]).max()]
                  if gap > v.cent]  # fmt: skip
    return found


def rent_on_its_side(v: View) -> list[str]:
    """Rent in advance is never owed to the lessor, rent in arrears never to the lessee; nothing is open at the end."""
    found = []
    for x, lease in v.deal.of_type("lease").items():
        if not (lease.net == "triple" and lease.hell_or_high_water) or lease.payment_lag:
            continue
        balance = v[f"{x}.deferred.closing" if lease.due == "in_advance" else f"{x}.receivable.closing"]
        found += [f"{x}: rent {lease.due}, {balance[t]} on the wrong side in period {t}" for t in v.over(-balance)[:1]]
        if v[f"{x}.last"][0] <= v["period.end"][-1]:
            found += [f"{x}: {gap} of rent is open at the end" for gap in [abs(balance[-1])] if gap > v.cent]
    return found


def reserves_within_target(v: View) -> list[str]:
    """A reserve holds no more than its target: what is above it has gone back to the waterfall."""
    found = []
    for silo in v.books.silos.values():
        for x in silo.loans:
            if f"{x}.dsra.closing" in v:
                above = v[f"{x}.dsra.closing"] - v[f"{x}.dsra.target"]
                found += [f"{x}.dsra holds {above[t]} above its target in period {t}" for t in v.over(above)[:1]]
    return found


def senior_first(v: View) -> list[str]:
    """While interest or principal of a loan is unpaid, no cash goes to a loan of the same business that ranks behind.

    The order is that of the ranks in the deal, however the steps are written; what a reserve or a letter of credit
    paid for the junior loan is left out.
    """
    found = []
    for key, silo in v.books.silos.items():
        for x, senior in silo.loans.items():
            unpaid = np.maximum(v[f"{x}.interest.unpaid"], 0.0) + np.maximum(v[f"{x}.arrears"], 0.0)
            for y, junior in silo.loans.items():
                if junior.rank <= senior.rank:
                    continue
                given = v[f"{y}.interest.paid"] + v[f"{y}.repayment"]
                for name in v.result.run:
                    if f".for_{y}_interest_" in name or f".for_{y}_repayment_" in name:
                        given = given - v[name]
                bad = [t for t in v.over(given) if unpaid[t] > v.cent]
                found += [f"{key}: {y} gets {given[t]} in period {t}, {x} ahead of it is short of {unpaid[t]}"
                          for t in bad[:1]]  # fmt: skip
    return found


def arrears_stay_due(v: View) -> list[str]:
    """Principal that was not paid falls due again in the next period, and so does interest."""
    found = []
    for silo in v.books.silos.values():
        for x in silo.loans:
            for late, due in ((f"{x}.arrears", f"{x}.repayment.due"), (f"{x}.interest.unpaid", f"{x}.interest.asked")):
                was = np.concatenate([[0.0], v[late][:-1]])
                if late.endswith("arrears"):
                    was = np.minimum(was, v[f"{x}.opening"])
                elif v[f"{x}.capitalised"].any():
                    continue
                found += [f"{due} is {v[due][t]} in period {t}, {was[t]} was unpaid before"
                          for t in v.over(was - v[due])[:1]]  # fmt: skip
    return found


def letter_accounts(v: View) -> list[str]:
    """What is owed under a letter of credit is what its issuer paid less what it was paid back."""
    found = []
    for silo in v.books.silos.values():
        for x in silo.letters:
            drawn = v.flows(lambda f, x=x: f.contract == x and f.label == "letter of credit drawn")
            back = v.flows(lambda f, x=x: f.contract == x and f.label.startswith("reimbursement"))
            gap = abs(v[f"{x}.owed"] - np.cumsum(drawn - back))
            found += [f"{x} is owed {v[f'{x}.owed'][t]} in period {t}, {gap[t]} off" for t in v.over(gap)[:1]]
            lasts = [v[f"{loan}.last"][0] for loan in silo.loans] or [np.inf]
            open_ = v["period.end"] <= max(lasts) + 1e-6
            fee = silo.letters[x].amount * silo.letters[x].fee * v["period.months"] / 12.0 * open_
            gap = abs(fee - v[f"{x}.charge"])
            found += [f"{x} charges {v[f'{x}.charge'][t]} in period {t}, {gap[t]} off" for t in v.over(gap)[:1]]
            above = v[f"{x}.owed"] - v[f"{x}.amount"]
            found += [f"{x} is drawn {above[t]} above its face in period {t}" for t in v.over(above)[:1]]
    return found


def no_account_below_zero(v: View) -> list[str]:
    """No balance is below zero; cash may be only where the alert of missing money rings."""
    found = []
    names = [f"{x}.{w}" for s in v.books.silos.values() for x in s.loans
             for w in ("closing", "interest_owed.closing", "arrears", "dsra.closing")]  # fmt: skip
    names += [f"{x}.{w}" for s in v.books.silos.values() for x in s.letters for w in ("owed", "undrawn")]
    names += [n for n in v.result.run if n.endswith((".paid_in", ".preferred.owed", ".unpaid"))]
    for name in names:
        if name in v:
            found += [f"{name} is {v[name][t]} in period {t}" for t in v.over(-v[name])[:1]]
    for key in v.books.silos:
        rings = v[f"{key}.cash.negative.alert"] > 0.5
        short = v[f"{key}.cash.closing"] < -1.0 - v.cent
        found += [f"{key}: cash {v[f'{key}.cash.closing'][t]} in period {t} and no alert"
                  for t in np.flatnonzero(short & ~rings)[:1]]  # fmt: skip
    return found


def contributions_meet_uses(v: View) -> list[str]:
    """Loans and equity pay what is built; where they do not, the alert of missing money rings or cash was there."""
    found = []
    for key, silo in v.books.silos.items():
        given = v.flows(lambda f, s=silo: f.payee == s.vehicle and f.label == "drawdown" and f.contract in s.loans)
        given = given + sum((v[f"{x}.{key}.contribution"] for x in silo.equity), np.zeros(1))
        plug = any(e.commitment is None for e in silo.equity.values())
        gap = v[f"{key}.uses.total"] - given
        bad = v.over(gap if plug else np.zeros(v.periods))
        found += [f"{key}: uses {v[f'{key}.uses.total'][t]} in period {t}, sources {given[t]}" for t in bad[:1]]
    return found


def debt_within_cost(v: View) -> list[str]:
    """The loans of a business together never exceed what its assets cost."""
    found = []
    for key, silo in v.books.silos.items():
        cost, debt = v[f"{key}.capex"].sum(), sum(v[f"{x}.amount"][0] for x in silo.loans)
        if debt > cost + v.cent:
            found.append(f"{key}: loans of {debt} on assets of {cost}")
        for x in silo.loans:
            limits = [n for n in v.result.run if n.startswith(f"{x}.size.") and n.split(".")[2][0].isdigit()]
            least = min(v[n][0] for n in [*limits, f"{x}.size.cost"])
            if v[f"{x}.amount"][0] > max(least, 0.0) + v.cent:
                found.append(f"{x}: amount {v[f'{x}.amount'][0]}, least limit {least}")
            bound = int(v[f"{x}.size.binding"][0])
            named = f"{x}.size.cost" if bound == 0 else next(n for n in limits if n.startswith(f"{x}.size.{bound}_"))
            if v[named][0] > max(least, 0.0) + v.cent + 1e-9 * abs(least):
                found.append(f"{x}: {named} is said to bind, at {v[named][0]}; the least is {least}")
    return found


def waterfall_order(v: View) -> list[str]:
    """No step is paid from cash while a step above left something due, and then nothing is distributed at all."""
    found = []
    for silo in v.books.silos.values():
        found += _order(v, silo)
    return found


def _order(v: View, silo: Any) -> list[str]:
    from ringfence.blocks.tax import is_taxed
    from ringfence.blocks.waterfall import default_steps

    found: list[str] = []
    short, why = np.zeros(v.periods), ""
    for number, step in enumerate(silo.terms.waterfall or default_steps(silo, is_taxed(silo)), 1):
        used, left = _step(v, silo, step, number)
        bad = [t for t in v.over(used) if short[t] > v.cent]
        found += [f"{silo.key}: step {number} ({step.verb} {step.object}) takes {used[t]} in period {t}, while "
                  f"{short[t]} is unpaid above, {why}" for t in bad[:1]]  # fmt: skip
        if (left > v.cent).any():
            why = f"last {step.verb} {step.object}"
        short = short + np.maximum(left, 0.0)
    return found


def _step(v: View, silo: Any, step: Any, number: int) -> tuple[Line, Line]:
    """Cash a step takes that is not its support's, and what it leaves due."""
    zero, gate = np.zeros(v.periods), _gate(v, step)
    if step.verb == "pay":
        used = left = zero
        for due, paid in _items(v, silo, step.object):
            tag = paid.replace(".paid", "").replace(".", "_")
            helped = sum((v[f"{n}.for_{tag}_{number:02d}"] for n in step.support), zero)
            used, left = used + v[paid] - helped, left + gate * v[due] - v[paid]
        left = left + _overdue(v, step.object)
        return used, left
    if step.verb == "fund":
        return v[f"{step.object}.topup"], zero
    if step.verb == "sweep":
        return v[f"{step.object}.sweep_{number:02d}"], zero
    return v[f"{silo.key}.distributable.{number:02d}"], zero


def _gate(v: View, step: Any) -> Line:
    out = np.ones(v.periods)
    if step.when is None:
        return out
    for x in step.when.passed:
        out = out * (1 - v[f"{x}.lock_up.shut"])
    for x in step.when.breached:
        out = out * v[f"{x}.lock_up.shut"]
    if step.when.after is not None:
        after = step.when.after
        day = after if isinstance(after, float) else v.result.model.timeline.to_month(after)
        out = out * (v["period.end"] >= day - 1e-6)
    return out


def _items(v: View, silo: Any, what: str) -> list[tuple[str, str]]:
    """(due, paid) rows of a `pay` step."""
    if what == "costs":
        return [(f"{silo.key}.cost{k}.due", f"{silo.key}.cost{k}.paid") for k in range(1, len(silo.costs) + 1)]
    if what == "tax":
        return [(f"{silo.key}.tax.due", f"{silo.key}.tax.paid")]
    x, _, kind = what.partition(".")
    if kind == "interest":
        swaps = [k for k, c in v.deal.of_type("swap").items() if c.hedges == x and f"{k}.due" in v]
        return [*((f"{k}.due", f"{k}.paid") for k in swaps), (f"{x}.interest.asked", f"{x}.interest.paid")]
    if kind == "repayment":
        return [(f"{x}.repayment.due", f"{x}.repayment")]
    if kind == "fees":
        return [(f"{x}.fees.asked", f"{x}.fees.paid")] if f"{x}.fees.paid" in v else []
    return [(f"{x}.reimbursement.due", f"{x}.reimbursed")]


def _overdue(v: View, what: str) -> Line:
    """Interest unpaid beyond the last date on which it fell due, and not asked for in the period."""
    x, _, kind = what.partition(".")
    if kind != "interest":
        return np.zeros(v.periods)
    owed, pays = v[f"{x}.interest_owed.closing"], v[f"{x}.pays"] > 0.5
    out, late = np.zeros(v.periods), 0.0
    for t in range(v.periods):
        late = owed[t] if pays[t] else max(0.0, late - v[f"{x}.interest.paid"][t])
        out[t] = max(0.0, late - (v[f"{x}.interest.asked"][t] - v[f"{x}.interest.paid"][t]))
    return out


def lock_up_holds(v: View) -> list[str]:
    """While a loan's lock-up is shut, steps that ask for its test to have passed distribute nothing."""
    from ringfence.blocks.tax import is_taxed
    from ringfence.blocks.waterfall import default_steps

    found = []
    for silo in v.books.silos.values():
        for number, step in enumerate(silo.terms.waterfall or default_steps(silo, is_taxed(silo)), 1):
            if step.verb != "distribute" or step.when is None:
                continue
            for x in step.when.passed:
                lock = silo.loans[x].covenants.lock_up
                tested = v[f"{x}.dscr.applies"] > 0.5
                under = tested & (v[f"{x}.dscr"] < lock - 1e-6) & (v[f"{x}.closing"] > v.cent)
                if silo.loans[x].covenants.first_test is not None:
                    continue
                paid = v[f"{silo.key}.distributable.{number:02d}"]
                found += [f"{silo.key} distributes {paid[t]} in period {t} with {x} at {v[f'{x}.dscr'][t]:.3f}x"
                          for t in v.over(paid) if under[t]][:1]  # fmt: skip
    return found


LAWS: tuple[Callable[[View], list[str]], ...] = (
    checks_hold,
    vehicle_cash,
    loan_accounts,
    loans_follow_schedule,
    equity_accounts,
    lease_accounts,
    rent_on_its_side,
    reserves_within_target,
    senior_first,
    arrears_stay_due,
    letter_accounts,
    no_account_below_zero,
    contributions_meet_uses,
    debt_within_cost,
    waterfall_order,
    lock_up_holds,
)


def breaches(result: Any) -> list[str]:
    """Every breach of every law, with the law's name."""
    v = View(result)
    return [f"{law.__name__}: {text}" for law in LAWS for text in law(v)]
