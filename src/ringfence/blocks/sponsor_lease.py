"""What the lease column adds to the lease's own books: a payment at the end, renewals used, rent on its own date.

All are schedules like the lease's (``lessee_schedule.py``), measured beside it at the same rate, so that they add up.
Rows added, `<f>` being ``ifrs`` or ``us``, `<t>` a tranche:

    sponsor.guaranteed_<f>               payment expected at the end, share of the price: under the lessee's guarantee,
                                         or for a purchase that is reasonably certain                       [ratio]
    sponsor.guaranteed_<f>.<t>.*         that payment as a lease payment (IFRS 16.27(c), (d), ASC 842-10-30-5) [USD]
    sponsor.<f>.lease.bought             GPUs bought when the lease ended: what was the right of use            [USD]
    sponsor.renewed_<f>.<t>.*            renewals the cash uses though the lease term left them out: their rents come
                                         back as a liability on the day that term ends (IFRS 16.20-21, 16.40)   [USD]
    sponsor.dated_<f>.<t>.*              ``sponsor_dating.py``                                               [USD]

What comes back is measured at the rate of commencement; the standards ask for the rate of that day, which nobody knows.
"""

from __future__ import annotations

from collections.abc import Sequence

from ringfence.blocks.clock import clip, on, overlap, years
from ringfence.blocks.context import Build
from ringfence.blocks.lessee_schedule import LesseeRows, Phase, add_lessee_schedule
from ringfence.blocks.sponsor_dating import add_dated
from ringfence.blocks.sponsor_policy import SponsorPlan
from ringfence.sheet import NIL, Expr, at_most, choose, constant, growth, less_than, most, sum_of
from ringfence.terms.contract.lease import Lease
from ringfence.units import MONTH, RATIO, USD

ONE_MONTH = constant(1.0, MONTH)
LINES = ("liability", "rou", "interest", "amortisation")


def add_dated_rent(b: Build, plan: SponsorPlan, tag: str, *, operating: bool) -> dict[str, Expr]:
    """Add what rent inside periods adds to the schedules; of its interest, what it saves is taken off.

    Parameters
    ----------
    b, plan, tag
        The build, what the books are kept by, and the framework.
    operating
        Whether cost is straight line.

    Returns
    -------
    dict
        By line of :data:`LINES`. [USD]
    """
    rows, saved = [], NIL + NIL
    for t in plan.tranches:
        name = f"sponsor.dated_{tag}.{t}"
        row, less = add_dated(b, name, plan.lease, t, renewals=plan.renewals, operating=operating)
        rows.append(row)
        saved = saved + less
    found = _summed(rows)
    return found | {"interest": found["interest"] - saved}


def add_guaranteed(b: Build, plan: SponsorPlan, tag: str, *, operating: bool) -> dict[str, Expr]:
    """Add the payment expected at the end, measured on its own date like the rent (``sponsor_dating.py``).

    Parameters
    ----------
    b, plan, tag, operating
        As for :func:`add_dated_rent`.

    Returns
    -------
    dict
        By line of :data:`LINES`, and ``paid``. [USD]
    """
    share, x, s = plan.owed.get(tag, 0.0), plan.lease, b.sheet
    if not share:
        return dict.fromkeys((*LINES, "paid"), NIL + NIL)
    cell = s.scalar(f"sponsor.guaranteed_{tag}", share, unit=RATIO, label="payment expected at the end, share of price")
    rows, paid, saved = [], [], []
    for t in plan.tranches:
        name = f"sponsor.guaranteed_{tag}.{t}"
        last = f"{x}.{t}.renewal_{plan.renewals}" if plan.renewals else f"{x}.{t}"
        end = s[f"{last}.end"]
        due = less_than(NIL, s[f"{x}.{t}.units"]) * on(b.clock, end) * s[f"{x}.{t}.hardware"] * cell
        expected = s.row(f"{name}.due", due, unit=USD, label="payment expected")
        late = years(b.clock, clip(b.clock.end - end, NIL, b.clock.months))
        exact = expected * growth(s[f"{x}.lessee_rate"], late)
        measured = s.row(f"{name}.measured", exact, unit=USD, label="grown from its own date to the period's end")
        starts, grown, spread = s[f"{x}.{t}.commences"], s[f"{x}.lessee_growth"], s[f"{x}.{t}.share_of_term"]
        phase = Phase(starts, s[f"{x}.no_payment"], measured, grown, spread, operating=operating)
        rows.append(add_lessee_schedule(s, name, [phase]))
        paid.append(expected + NIL)
        saved.append(measured - expected)
    found = _summed(rows)
    return found | {"interest": found["interest"] - sum_of(saved), "paid": sum_of(paid)}


def add_owned(b: Build, plan: SponsorPlan, tag: str) -> Expr:
    """Add what the sponsor has bought at the end of the lease: its right of use is then property. [USD]

    Parameters
    ----------
    b, plan, tag
        As for :func:`add_dated_rent`; the schedules are in the sheet.
    """
    s, x = b.sheet, plan.lease
    held = []
    for t in plan.tranches:
        last = f"{x}.{t}.renewal_{plan.renewals}" if plan.renewals else f"{x}.{t}"
        over = at_most(s[f"{last}.end"], b.clock.end)
        parts = [f"{x}.lessee_{tag}.{t}", f"sponsor.guaranteed_{tag}.{t}", f"sponsor.dated_{tag}.{t}"]
        held.append(over * sum_of([s[f"{name}.rou.closing"] for name in parts if f"{name}.rou.closing" in s]))
    return s.row(f"sponsor.{tag}.lease.bought", sum_of(held), unit=USD, label="GPUs bought at the end") + NIL


def add_renewed(b: Build, plan: SponsorPlan, tag: str, *, operating: bool) -> dict[str, Expr]:
    """Add the renewals that are used and were not in the lease term, all of them from the day the term ends.

    Parameters
    ----------
    b, plan, tag, operating
        As for :func:`add_dated_rent`.

    Returns
    -------
    dict
        By line of :data:`LINES`, and ``paid``. [USD]
    """
    s, x = b.sheet, plan.lease
    term = b.deal.contracts[x]
    assert isinstance(term, Lease)
    later = range(plan.renewals, len(term.renewal))
    if not later:
        return dict.fromkeys((*LINES, "paid"), NIL + NIL)
    taken = {n: s[f"{x}.renewal.{n}.exercised"] for n in later}
    advance = term.due == "in_advance"
    rows, paid = [], []
    for t in plan.tranches:
        name, key = f"sponsor.renewed_{tag}.{t}", f"{x}.{t}"
        start = s[f"{key}.renewal_{later[0] + 1}.start"]
        length = sum_of([taken[n] * s[f"{x}.renewal.{n}.term"] for n in later])
        end = s.row(f"{name}.end", start + length, unit=MONTH, label="end of the renewals used")
        rents = sum_of([taken[n] * s[f"{key}.renewal_{n + 1}.measured"] for n in later])
        due = s.row(f"{name}.due", rents, unit=USD, label="rents of the renewals used")
        used = taken[later[0]] * less_than(NIL, s[f"{key}.units"])
        starts = s.row(f"{name}.starts", used * on(b.clock, start), label="the renewals begin")
        left = end - most(start, b.clock.start)
        rest = less_than(NIL, left)
        part = choose(rest, overlap(b.clock, start, end) / choose(rest, left, ONE_MONTH), NIL)
        spread = s.row(f"{name}.share_of_term", part, label="part of the time left")
        nothing = s[f"{x}.no_payment"]
        payments = (due, nothing) if advance else (nothing, due)
        phase = Phase(starts, *payments, s[f"{x}.lessee_growth"], spread, operating=operating)
        rows.append(add_lessee_schedule(s, name, [phase], hindsight=term.index is not None))
        paid.append(s[f"{name}.liability.{'advance' if advance else 'arrears'}"])
    return _summed(rows) | {"paid": sum_of(paid)}


def _summed(rows: Sequence[LesseeRows]) -> dict[str, Expr]:
    return {line: sum_of([getattr(r, line) for r in rows]) for line in LINES}
