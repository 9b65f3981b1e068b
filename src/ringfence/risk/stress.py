"""Named lender cases: what a credit committee asks of every GPU and power deal, run on the signed schedule.

A case sets shocks (``blocks/shocks.py``) to fixed values. The cases and their sizes are the ones lenders ask for; where
a case needs a judgement it is written beside it. A case that finds nothing to act on in a deal is said to.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ringfence.errors import DealError, meant
from ringfence.run import reference
from ringfence.terms.asset import GpuFleet
from ringfence.terms.findings import finding

if TYPE_CHECKING:
    from ringfence.blocks.build import Model
    from ringfence.run.result import Run
    from ringfence.sheet import Sheet

Inputs = dict[str, Any]
STRESS_RULE = "stress: a case is one of the named lender cases"
DELAY = 12.0
RENT = 0.60
BASE = 0.03
MONTH_OF_DEFAULT = 18.0
#: Months until the next lessee pays; judgement.
VOID = 6.0
#: Fall of market rents a year, in the first two years and from then on. Source: judgement on published rents 2023-26.
FALL_EARLY, FALL_LATE = 0.25, 0.20
#: Share of resale value kept where a fleet has no second curve: an auction within 30 days. Source: spotwire.ai, 2026.
AUCTION = 0.65


@dataclass(frozen=True)
class StressCase:
    """A named case.

    Parameters
    ----------
    id
        As asked for on the command line.
    label
        In the words of a term sheet.
    note
        What was judged, or empty.
    inputs
        Of a model opened to shocks and its signed run: the shocks it sets.
    """

    id: str
    label: str
    note: str
    inputs: Callable[[Model, Run], Inputs]


@dataclass(frozen=True)
class StressRun:
    """A case that was run.

    Parameters
    ----------
    case
        The case.
    inputs
        Shocks it set.
    run
        Every row and measure under it.
    """

    case: StressCase
    inputs: Mapping[str, Any]
    run: Run


def _delay(model: Model, run: Run) -> Inputs:
    """GPUs are delivered and paid for as agreed, and accepted later: debt without rent."""
    fleets = [x for x, asset in model.deal.assets.items() if isinstance(asset, GpuFleet)]
    rows = [model.sheet[f"{x}.installation"] for x in fleets]
    return {row.name: row.value + DELAY for row in rows}


def _power_late(model: Model, run: Run) -> Inputs:
    found: Inputs = {}
    for name, shock in model.shocks.items():
        asset = model.deal.assets.get(shock.acts_on.partition(".")[0])
        if shock.way == "later" and asset is not None and not isinstance(asset, GpuFleet):
            found[name] = DELAY
    return found


def _rent(model: Model, run: Run) -> Inputs:
    return {name: RENT for name, s in model.shocks.items() if s.acts_on.endswith((".paid", ".market"))}


def _base(model: Model, run: Run) -> Inputs:
    return {name: BASE for name, s in model.shocks.items() if s.acts_on.startswith("curve.") and s.way == "plus"}


def _lessee(model: Model, run: Run) -> Inputs:
    """Default told from its month on; idle for the void; let again at the market of the day."""
    ends = np.array([model.timeline.to_month(p.end) for p in model.timeline.periods])
    late = np.maximum(ends / 12 - 2, 0.0)
    market = np.exp(-FALL_EARLY * np.minimum(ends / 12, 2.0) - FALL_LATE * late)
    found: Inputs = {}
    for name, shock in model.shocks.items():
        if shock.acts_on.endswith(".default"):
            found[name] = np.where(ends >= MONTH_OF_DEFAULT, MONTH_OF_DEFAULT, shock.neutral)
        elif shock.acts_on.endswith(".void"):
            found[name] = VOID
        elif shock.acts_on.endswith(".market"):
            found[name] = market
    return found


def _harsh(model: Model, run: Run) -> Inputs:
    """Value on the lowest curve over value on the first, period by period, from the signed run."""
    found: Inputs = {}
    for silo in model.books.silos.values():
        for asset in silo.assets:
            name = f"{asset.id}.resale.shock"
            if name not in model.shocks or not isinstance(model.deal.assets[asset.id], GpuFleet):
                continue
            values = [np.asarray(run[row.name], dtype=float) for row in asset.market_value.values()]
            found[name] = _ratio(values) if len(values) > 1 else AUCTION
    return found


def _ratio(values: Sequence[Any]) -> Any:
    """Lowest over first, the last known ratio held where there is no value."""
    first, lowest = values[0], np.min(values, axis=0)
    held = np.where(first > 0, lowest / np.where(first > 0, first, 1.0), np.nan)
    last = 1.0
    for k, value in enumerate(held):
        last = held[k] = last if np.isnan(value) else value
    return held


def _everything(model: Model, run: Run) -> Inputs:
    """All cases at once: shocks of rent multiply, the rest add or are as they are."""
    found: Inputs = {}
    for case in CASES[:-1]:
        for name, value in case.inputs(model, run).items():
            times = name in found and name in model.shocks and model.shocks[name].way == "times"
            found[name] = found[name] * np.asarray(value) if times else value
    return found


_RELET = (
    f"then {VOID:g} months void, relet at market falling {FALL_EARLY:.0%}, later {FALL_LATE:.0%} a year [judgement]"
)
CASES: tuple[StressCase, ...] = (
    StressCase("delay", f"delay of {DELAY:g} months", "GPUs paid for on time, accepted late", _delay),
    StressCase("rent", f"rent {RENT - 1:+.0%}", "of the lessee and of the market, from the first day", _rent),
    StressCase("base", f"base rate {BASE * 1e4:+.0f}bp", "from the first day; swaps stay", _base),
    StressCase("lessee", f"lessee default in month {MONTH_OF_DEFAULT:g}", _RELET, _lessee),
    StressCase(
        "resale",
        "resale at the harsh curve",
        f"lowest of the fleet's curves over its first; {AUCTION:.0%} where it has one",
        _harsh,
    ),
    StressCase("power", "power a year late", "site and plants", _power_late),
    StressCase("all", "all at once", "", _everything),
)


def check_cases(names: Sequence[str]) -> None:
    """Refuse names of cases there are not.

    Parameters
    ----------
    names
        As asked for.
    """
    known = [case.id for case in CASES]
    for name in names:
        if name not in known:
            text = f"There is no stress case {name}{meant(name, known, '.')}"
            raise DealError([finding(STRESS_RULE, text, fix=f"write any of {', '.join(known)}")])


def shocks_of(model: Model, run: Run, names: Sequence[str] = ()) -> list[tuple[StressCase, Inputs]]:
    """Return the cases with the shocks each sets in a deal; a case that moves nothing has none.

    Parameters
    ----------
    model
        The deal; its `shocks` say what it may be opened to.
    run
        Of the deal as signed.
    names
        Of cases; all if empty.
    """
    check_cases(names)
    return [(case, case.inputs(model, run)) for case in CASES if not names or case.id in names]


def run_stress(sheet: Sheet, signed: Mapping[str, Any], cases: Sequence[tuple[StressCase, Inputs]]) -> list[StressRun]:
    """Run cases on the signed schedule.

    Parameters
    ----------
    sheet
        Open to every shock that the cases set.
    signed
        Inputs that hold what was signed.
    cases
        With their shocks.
    """
    return [StressRun(case, inputs, reference.run(sheet, {**signed, **inputs})) for case, inputs in cases if inputs]
