"""A small deal as a sheet and in NumPy; ``native_kernel.c`` is the third, with the same rows in the same order."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from ringfence.sheet import (
    Sheet,
    at,
    at_most,
    both,
    choose,
    count,
    least,
    less_than,
    most,
    positive,
    previous,
    smallest,
    total,
)

PERIODS = 240
OUTPUTS = ["dscr.min", "released.total", "shortfall.total", "locked.count", "senior.end"]


def small_deal(periods: int = PERIODS) -> Sheet:
    """Return a loan with tax, losses carried forward, a reserve and a lock-up."""
    s = Sheet(periods=periods, name="small deal")
    price, rate = s.series("price", [1.0] * periods), s.series("rate", [0.04] * periods)
    volume = s.series("volume", volumes(periods), term=True)
    year = s.series("year_fraction", [1 / 12] * periods, term=True)
    t = s.series("period", list(range(periods)), term=True)
    capex = s.scalar("capex", 1000.0)
    debt = s.row("debt", capex * 0.7)
    revenue = s.row("revenue", price * volume)
    opex = s.row("opex", revenue * 0.2 + 1.5)
    ebitda = s.row("ebitda", revenue - opex)
    depreciation = s.row("depreciation", choose(at_most(t, 96), capex / 96, 0))
    opening = s.row("senior.opening", previous(s.ref("senior.closing"), first=debt))
    all_in = s.row("senior.rate", most(rate, 0.01) + 0.025)
    interest = s.row("senior.interest", opening * all_in * year)
    taxable = s.row("taxable", ebitda - depreciation - interest)
    profit = s.row("profit", positive(taxable))
    lost = s.row("loss.opening", previous(s.ref("loss.closing")))
    used = s.row("loss.used", least(lost, profit))
    added = s.row("loss.added", most(-taxable, 0))
    s.row("loss.closing", lost + added - used)
    tax = s.row("tax", (profit - used) * 0.25)
    cfads = s.row("cfads", ebitda - tax)
    scheduled = s.row("scheduled", choose(less_than(t, 120), debt / 120, 0))
    due = s.row("due", least(scheduled, opening))
    service = s.row("service", interest + due)
    held = s.row("dsra.opening", previous(s.ref("dsra.closing")))
    available = s.row("available", positive(cfads) + held)
    interest_paid = s.row("interest_paid", least(interest, available))
    after_interest = s.row("after_interest", available - interest_paid)
    principal = s.row("principal", least(due, after_interest))
    after_service = s.row("after_service", after_interest - principal)
    reserve = s.row("dsra.closing", least(service * 6, after_service))
    spare = s.row("spare", after_service - reserve)
    applies = s.row("dscr.applies", less_than(0, service))
    dscr = s.row("dscr", choose(applies, cfads / choose(applies, service, 1), 0))
    locked = s.row("locked", both(applies, less_than(dscr, 1.1)))
    trapped = s.row("trapped.held", previous(s.ref("trapped.closing")) + spare)
    released = s.row("released", choose(locked, 0, trapped))
    s.row("trapped.closing", trapped - released)
    s.row("senior.closing", opening - principal)
    shortfall = s.row("shortfall", service - interest_paid - principal)
    s.measure("dscr.min", smallest(dscr, when=applies))
    s.measure("released.total", total(released))
    s.measure("shortfall.total", total(shortfall))
    s.measure("locked.count", count(locked))
    s.measure("senior.end", at(s["senior.closing"], periods - 1))
    return s


def volumes(periods: int) -> list[float]:
    """Return what is sold each period."""
    return [12.0 + (k % 12) * 0.25 for k in range(periods)]


def run_numpy(price: Any, rate: Any) -> list[Any]:
    """Return the outputs, a vector over the paths for each row and period; inputs are (periods, paths)."""
    periods, paths = price.shape
    volume, year, debt = volumes(periods), 1 / 12, 700.0
    senior = np.full(paths, debt)
    loss, reserve, trapped = np.zeros(paths), np.zeros(paths), np.zeros(paths)
    lowest = np.full(paths, np.inf)
    ever, paid_out, short, locks = (np.zeros(paths) for _ in range(4))
    for t in range(periods):
        revenue = price[t] * volume[t]
        ebitda = revenue - (revenue * 0.2 + 1.5)
        interest = senior * (np.maximum(rate[t], 0.01) + 0.025) * year
        taxable = ebitda - (1000.0 / 96 if t <= 96 else 0.0) - interest
        profit = np.maximum(taxable, 0.0)
        used = np.minimum(loss, profit)
        loss = loss + np.maximum(-taxable, 0.0) - used
        cfads = ebitda - (profit - used) * 0.25
        due = np.minimum(debt / 120 if t < 120 else 0.0, senior)
        service = interest + due
        available = np.maximum(cfads, 0.0) + reserve
        interest_paid = np.minimum(interest, available)
        after_interest = available - interest_paid
        principal = np.minimum(due, after_interest)
        after_service = after_interest - principal
        reserve = np.minimum(service * 6.0, after_service)
        spare = after_service - reserve
        applies = _less_than(0.0, service)
        dscr = np.where(applies, cfads / np.where(applies, service, 1.0), 0.0)
        locked = applies & _less_than(dscr, 1.1)
        held = trapped + spare
        released = np.where(locked, 0.0, held)
        trapped = held - released
        senior = senior - principal
        lowest = np.where(applies, np.minimum(lowest, dscr), lowest)
        ever = np.where(applies, 1.0, ever)
        paid_out = paid_out + released
        short = short + (service - interest_paid - principal)
        locks = locks + locked
    return [np.where(ever > 0.5, lowest, 0.0), paid_out, short, locks, senior]


def _less_than(a: Any, b: Any) -> Any:
    return b - a > np.maximum(np.maximum(np.abs(a), np.abs(b)) * 1e-9, 1e-9)


def build_c() -> Callable[[Any, Any], Any] | None:
    """Compile the C kernel; None where there is no gcc."""
    gcc = shutil.which("gcc")
    if gcc is None:
        return None
    folder = Path(tempfile.mkdtemp())
    flags = [
        "-O3",
        "-march=native",
        "-ffp-contract=off",
        "-fopenmp-simd",
        "-mprefer-vector-width=512",
        "-shared",
        "-fPIC",
    ]
    source = Path(__file__).parent / "native_kernel.c"
    subprocess.run([gcc, *flags, str(source), "-o", str(folder / "kernel.so"), "-lm"], check=True)
    run = ctypes.CDLL(str(folder / "kernel.so")).run
    pointer = ctypes.c_void_p
    run.argtypes = [ctypes.c_long, ctypes.c_long, pointer, pointer, pointer, pointer, ctypes.c_double, pointer]
    run.restype = None

    def call(price: Any, rate: Any) -> Any:
        periods, paths = price.shape
        volume, year = np.array(volumes(periods)), np.full(periods, 1 / 12)
        out = np.empty((5, paths))
        addresses = [array.ctypes.data for array in (price, rate, volume, year)]
        run(paths, periods, *addresses, 1000.0, out.ctypes.data)
        return out

    return call
