"""Bounds and steps of the terms that may vary, and which of them the sheet can move by itself.

A term is **live** if the deal, read and built again with another value, gives the same sheet with that one cell moved;
this is tried at both bounds, never assumed. Durations and counts move dates and numbers of periods, so they are
stepped: the deal is built again for each value.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import floor
from typing import TYPE_CHECKING

from ringfence.desk.optimise.terms import MAY, RULE, Leaf, leaves, resolve, round_number, shown
from ringfence.errors import DealError, Finding, QuantityError
from ringfence.solve.structure import Lever
from ringfence.terms.deal import Deal
from ringfence.terms.findings import finding

if TYPE_CHECKING:
    from ringfence.blocks.build import Model

MOST_VALUES = 11
"""Values a stepped term takes where no step is written, at most."""
MOST_COMBINATIONS = 400
"""Combinations of stepped terms that are enumerated, at most."""
_MONTHS = (1.0, 3.0, 6.0, 12.0, 24.0, 60.0, 120.0)
_ITEM = re.compile(r"([A-Za-z0-9_.-]+)\s*(?:=\s*(.+))?")
_RANGE = re.compile(r"(.+?)\.\.(.+?)(?:\s+step\s+(.+))?")
_TAIL = re.compile(r"\s*[-+]?[0-9][0-9_.]*(?:[eE][-+]?[0-9]+)?(.*)")


@dataclass(frozen=True)
class Choice:
    """A term that may vary.

    Parameters
    ----------
    name
        As asked for.
    leaf
        The number of the deal.
    lever
        Bounds and cell, or values.
    given
        Whether the bounds were asked for; else they are half to one and a half times what is agreed.
    """

    name: str
    leaf: Leaf
    lever: Lever
    given: bool

    def words(self, value: float) -> str:
        """Return a value as a term sheet writes it."""
        return shown(self.leaf, value)

    @property
    def bounds(self) -> str:
        """Bounds, or the values in short."""
        low, high = self.words(self.lever.low), self.words(self.lever.high)
        low = low.removesuffix(f" {self.leaf.unit}") if self.leaf.unit else low
        steps = f", {len(self.lever.values)} values" if self.lever.values else ""
        return f"{low} to {high}{steps}"


def choices(deal: Deal, model: Model, by: Sequence[str]) -> tuple[Choice, ...]:
    """Return the terms that may vary.

    Parameters
    ----------
    deal
        The deal.
    model
        The deal built.
    by
        Names, each with ``=LOW..HIGH``, ``=LOW..HIGH step STEP`` or ``=A|B|C`` behind it or alone.

    Raises
    ------
    DealError
        With every finding: an unknown name, bounds that contradict each other or that the deal refuses.
    """
    from ringfence.run.reference import structure

    known = leaves(deal)
    findings: list[Finding] = []
    found: list[Choice] = []
    printed = structure(model.sheet)
    for text in by:
        try:
            found.append(_choice(deal, model, printed, text, known))
        except DealError as error:
            findings += error.findings
    twice = {c.leaf.path for c in found if sum(c.leaf.path == x.leaf.path for x in found) > 1}
    findings += [_refused(f"{path} is named more than once.", "--by", "name it once") for path in sorted(twice)]
    if not by:
        findings.append(_refused("No term may vary.", "--by", f"name some with --by, as {MAY[0]}"))
    count = _combinations(found)
    if count > MOST_COMBINATIONS:
        text = f"The stepped terms make {count:_} combinations; at most {MOST_COMBINATIONS} are searched."
        findings.append(_refused(text, "--by", f"write fewer values, as {MAY[1]}"))
    if findings:
        raise DealError(findings)
    return tuple(found)


def _combinations(found: Sequence[Choice]) -> int:
    count = 1
    for choice in found:
        count *= len(choice.lever.values) or 1
    return count


def _choice(deal: Deal, model: Model, printed: str, text: str, known: list[Leaf]) -> Choice:
    match = _ITEM.fullmatch(text.strip())
    if match is None:
        raise DealError([_refused(f"{text} is not a term with its bounds.", f"--by {text}", f"write {MAY[0]}")])
    name, written = match[1], match[2]
    leaf = resolve(name, known)
    low, high, values = _written(leaf, name, written) if written else _usual(leaf, name)
    if leaf.whole and not values:
        values = _evenly(leaf, low, high)
    if not values and low == high:
        values = (low,)
    if values:
        return Choice(name, leaf, Lever(name, min(values), max(values), leaf.value, values=values), bool(written))
    if not written:
        low, high = (_nearer(deal, leaf, bound) for bound in (low, high))
    _check_live(deal, model, printed, leaf, name, (low, high))
    return Choice(name, leaf, Lever(name, low, high, leaf.value, cell=leaf.cell), bool(written))


def _written(leaf: Leaf, name: str, text: str) -> tuple[float, float, tuple[float, ...]]:
    if "|" in text:
        values = tuple(sorted({_parsed(leaf, name, part, "") for part in text.split("|")}))
        return values[0], values[-1], values
    match = _RANGE.fullmatch(text)
    if match is None:
        value = _parsed(leaf, name, text, "")
        return value, value, (value,)
    tail = _TAIL.fullmatch(match[2].strip())
    unit = tail[1] if tail else ""
    low, high = _parsed(leaf, name, match[1], unit), _parsed(leaf, name, match[2], "")
    if low > high:
        message = f"The bounds of {name} contradict each other: from {shown(leaf, low)} up to {shown(leaf, high)}."
        fix = f"write {name}={match[2].strip()}..{match[1].strip()}"
        raise DealError([_refused(message, f"--by {name}={text}", fix)])
    if match[3] is None:
        return low, high, ()
    return low, high, _stepped(leaf, name, low, high, _parsed(leaf, name, match[3], unit))


def _parsed(leaf: Leaf, name: str, text: str, unit: str) -> float:
    text = text.strip()
    number = float(text) if re.fullmatch(r"[0-9]+(\.[0-9]+)?", text) else None
    tried = [f"{text}{unit}"] if unit and number is not None else []
    tried += [f"{text} {leaf.unit}"] if leaf.unit and unit.endswith(leaf.unit) else []
    for attempt in (*tried, text, number):
        try:
            if attempt is not None:
                return leaf.parse(attempt)
        except QuantityError as error:
            refused = error
    raise DealError([_refused(f"{name} is {text}, {refused.problem}.", f"--by {name}={text}", refused.fix)])


def _stepped(leaf: Leaf, name: str, low: float, high: float, step: float) -> tuple[float, ...]:
    if step <= 0:
        raise DealError([_refused(f"The step of {name} is 0.", f"--by {name}", "write a step above 0")])
    count = floor((high - low) / step + 1e-9) + 1
    if count > MOST_COMBINATIONS:
        text = f"The step of {name} makes {count:_} values; at most {MOST_COMBINATIONS} are searched."
        raise DealError([_refused(text, f"--by {name}", "write a longer step")])
    values = {low + k * step for k in range(count)}
    return tuple(sorted(values | ({leaf.value} if low <= leaf.value <= high else set())))


def _usual(leaf: Leaf, name: str) -> tuple[float, float, tuple[float, ...]]:
    if leaf.value <= 0:
        text = f"{name} is agreed at {shown(leaf, leaf.value)}, so no range around it follows."
        raise DealError([_refused(text, f"--by {name}", f"write its bounds, as {MAY[0]}")])
    high = 1.5 * leaf.value
    return 0.5 * leaf.value, min(high, 1.0) if leaf.kind == "share" else high, ()


def _evenly(leaf: Leaf, low: float, high: float) -> tuple[float, ...]:
    """Round steps around what is agreed, at most MOST_VALUES of them."""
    least = (high - low) / (MOST_VALUES - 1)
    step = max(1.0, round_number(least))
    if leaf.kind == "duration":
        step = next((m for m in _MONTHS if m >= least - 1e-9), step)
    start = leaf.value if low <= leaf.value <= high else low
    below = floor((start - low) / step + 1e-9)
    values = [start + k * step for k in range(-below, floor((high - start) / step + 1e-9) + 1)]
    return tuple(v for v in values if v > 0 or low <= 0)


def _nearer(deal: Deal, leaf: Leaf, bound: float) -> float:
    """A usual bound that the deal accepts: as far from what is agreed as it goes, in eighths of the way."""
    for k in range(8, 0, -1):
        value = leaf.value + (bound - leaf.value) * k / 8
        if _refusal(deal, leaf, value) is None:
            return value
    return leaf.value


def _refusal(deal: Deal, leaf: Leaf, value: float) -> DealError | None:
    from ringfence.terms.read import revise

    try:
        revise(deal, {leaf.path: leaf.write(value)}, source="--by")
    except DealError as error:
        return error
    return None


def _check_live(deal: Deal, model: Model, printed: str, leaf: Leaf, name: str, bounds: Sequence[float]) -> None:
    """Refuse a term whose cell alone does not say what the deal becomes."""
    for bound in bounds:
        refused = _refusal(deal, leaf, bound)
        if refused is not None:
            first = refused.findings[0]
            message = f"{name} = {shown(leaf, bound)} is refused: {first.message}"
            raise DealError([_refused(message, f"--by {name}", "write bounds that the deal accepts")])
        if not _is_live(deal, model, printed, leaf, bound):
            message = f"{name} does not vary on the sheet alone: the deal is built differently for each value."
            fix = f"write the values to try, as {name}={leaf.write(bound)}|{leaf.write(leaf.value)}"
            raise DealError([_refused(message, f"--by {name}", fix)])


def _is_live(deal: Deal, model: Model, printed: str, leaf: Leaf, value: float) -> bool:
    from ringfence.blocks.build import build
    from ringfence.run.reference import structure
    from ringfence.terms.read import revise

    if leaf.cell not in model.sheet or model.sheet[leaf.cell].kind != "scalar":
        return False
    again = build(revise(deal, {leaf.path: leaf.write(value)}, source="--by")).sheet
    if structure(again) != printed:
        return False
    moved = {row.name for row in again if row.is_input and not _same(row.value, model.sheet[row.name].value)}
    return moved <= {leaf.cell} and _same(again[leaf.cell].value, value)


def _same(a: object, b: object) -> bool:
    if isinstance(a, float) and isinstance(b, float):
        return abs(a - b) <= 1e-11 * max(1e-3, abs(a), abs(b))
    return a == b


def _refused(message: str, where: str, fix: str) -> Finding:
    return finding(RULE, message, where=[where], fix=fix)
