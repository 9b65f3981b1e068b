"""Behind the sensitivities of a figure: the derivatives in both readings, and the runs that check them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from ringfence.desk.sensitivities.slopes import NEAR, Move, Sensitivities, Sensitivity
from ringfence.errors import RingfenceError, RunError

if TYPE_CHECKING:
    from ringfence.blocks.build import Model
    from ringfence.run.gradient.corners import Corner, Corners
    from ringfence.run.result import Run
    from ringfence.sheet.row import Row
    from ringfence.terms.deal import Deal

#: A step that moves the figure this many times further than a straight line would is a jump.
JUMP = 100.0


class Question:
    """One question: the sheet, its two readings, and the runs that check the answer.

    Parameters
    ----------
    deal
        The deal.
    of
        Measure.
    resize
        Whether the re-sized reading leads.
    """

    def __init__(self, deal: Deal, of: str, *, resize: bool) -> None:
        from ringfence.desk.signed import signed
        from ringfence.run import reference
        from ringfence.solve import complete

        base = signed(deal)
        self.of = of
        self.deal = deal
        self.model = base.model if deal._agreed is None else _built(deal)
        self.sheet = self.model.sheet
        self.target = self._target(of)
        self.unit = str((self.sheet.measures if of in self.sheet.measures else self.sheet)[self.row].unit)
        terms = base.terms if deal._agreed is None else complete(base.terms, self.sheet, self.model.books.signed)
        self.inputs: dict[str, Mapping[str, Any]] = {"signed": terms.inputs, "re-sized": {}}
        self.lead = "re-sized" if resize else "signed"
        self.prepared = reference.prepare(self.sheet)
        self.corners: Corners | None = None

    def _target(self, of: str) -> str | tuple[str, int]:
        """The measure asked for, or a cell: ``senior.dscr@2027-06``."""
        from ringfence.errors import meant
        from ringfence.sheet.plan import plan

        self.row, at, label = of.partition("@")
        if of in self.sheet.measures:
            return of
        if self.row not in self.sheet or self.sheet[self.row].kind == "table":
            known = [*self.sheet.measures, *self.sheet.rows]
            raise RingfenceError(f"there is no measure {of}{meant(of, known)}")
        if plan(self.sheet).is_scalar(self.sheet[self.row]):
            return self.row
        if not at:
            raise RingfenceError(f"{of} is a row, not a measure; name a period of it: {of}@2027-06")
        return self.row, self.model.timeline.find(label)

    def answer(self, top: int, by: str) -> Sensitivities:
        """Differentiate, rank, and check the weightiest.

        Parameters
        ----------
        top
            How many inputs get check runs.
        by
            Shell patterns of input names, with commas between.
        """
        asked = _asked(self.model, by)
        found, values, notes = self._readings()
        at = values[self.lead]
        assert at is not None
        rows = [self._first(row, found, at) for row in asked]
        rows = [self._dated(row, at) if row.unit == "month" else row for row in rows]
        moved = sorted((row for row in rows if row.size > self._nothing(at)), key=lambda row: -row.size)
        told = [self._checked(row, at) for row in moved[:top]]
        return Sensitivities(
            self.of,
            at,
            self.unit,
            self.lead,
            values,
            (*sorted(told, key=lambda row: -row.size), *moved[top:]),
            self.model.timeline.labels,
            self.deal.deal,
            len(rows) - len(moved),
            notes,
        )

    def _readings(self) -> tuple[dict[str, Mapping[str, Any]], dict[str, float | None], tuple[str, ...]]:
        """Derivatives in both readings; the reading that does not lead may fail, and says why."""
        from ringfence.solve.implicit import derivatives

        found: dict[str, Mapping[str, Any]] = {}
        values: dict[str, float | None] = {}
        notes = []
        for reading, inputs in self.inputs.items():
            try:
                slopes = derivatives(self.sheet, inputs, [self.target])
                values[reading] = slopes.values[self.target]
                found[reading] = slopes[self.target]
                if reading == self.lead:
                    self.base = slopes.run
            except RunError as error:
                if reading == self.lead:
                    raise
                values.setdefault(reading, None)
                notes.append(f"{reading}: {error}")
        return found, values, tuple(notes)

    def _first(self, row: Row, found: Mapping[str, Mapping[str, Any]], at: float) -> Sensitivity:
        value = self._value(row)
        move = natural_move(row, value)
        effects = {reading: _effect(slopes[row.name], value, move) for reading, slopes in found.items()}
        slope = found[self.lead][row.name]
        grown = _effect(slope, value, Move("", 2.0, 0.0))  # the slope times the input itself
        elasticity = grown / at if at and grown else None
        one = float(value) if row.kind == "scalar" else None
        signed, resized = effects.get("signed"), effects.get("re-sized")
        exact, unit = effects[self.lead], str(row.unit)
        return Sensitivity(row.name, row.label, unit, row.source, one, move, exact, signed, resized, elasticity, slope)

    def _value(self, row: Row) -> Any:
        import numpy as np

        value = self.inputs[self.lead].get(row.name, row.value)
        return np.asarray(value[1] if row.kind == "table" else value, dtype=float)

    # -- runs that check -------------------------------------------------------------------------------------

    def _dated(self, row: Sensitivity, at: float) -> Sensitivity:
        """A date moves a figure in jumps, which no slope shows: run a month later."""
        change, _, refused = self._moved(row, 1.0, at)
        return replace(row, up=change, refused=refused)

    def _checked(self, row: Sensitivity, at: float) -> Sensitivity:
        """Run the deal with the input moved up and down, by the whole move and by next to nothing."""
        up, _, why_up = self._moved(row, 1.0, at)
        down, _, why_down = self._moved(row, -1.0, at)
        above, high, _ = self._moved(row, NEAR, at)
        below, low, _ = self._moved(row, -NEAR, at)
        refused = " ".join(dict.fromkeys(why for why in (why_up, why_down) if why))
        found = replace(row, up=up, down=down, refused=refused)
        if above is None or below is None or high is None or low is None:
            return found
        # a tiny step that moves the figure a hundred times further than a straight line would is a jump
        least = max(JUMP * NEAR * found.size, self._nothing(at))
        found = replace(
            found,
            above=None if abs(above) > least else above / NEAR,
            below=None if abs(below) > least else -below / NEAR,
            jump_up=above if abs(above) > least else None,
            jump_down=below if abs(below) > least else None,
        )
        return replace(found, corners=self._corners(low, high)) if found.one_sided else found

    def _corners(self, low: Run, high: Run) -> tuple[Corner, ...]:
        from ringfence.run.gradient.corners import Corners

        if self.corners is None:
            self.corners = Corners(self.sheet, self.target, self.base)
        return tuple(self.corners.between(low, high))

    def _moved(self, row: Sensitivity, share: float, at: float) -> tuple[float | None, Run | None, str]:
        """Change of the figure with the input moved by a share of its move; else the reason why there is none."""
        from ringfence.solve import solve_inputs

        inputs = {**self.base.inputs, row.input: self._at(row, share)}
        try:
            if self.lead == "re-sized" and self.sheet.solved_inputs:
                inputs = {**inputs, **solve_inputs(self.sheet, inputs)}
            run = self.prepared.run_subset([self.row], inputs)
        except RunError as error:
            return None, None, str(error).splitlines()[0]
        if not isinstance(self.target, str):
            return float(run.line(self.row)[self.target[1]]) - at, run, ""
        if self.target not in self.sheet.measures:
            return run.cell(self.row) - at, run, ""
        measure = run.measures[self.target]
        return (None, run, measure.reason) if measure.value is None else (measure.value - at, run, "")

    def _nothing(self, at: float) -> float:
        """A change as small as rounding leaves: a cent, or a billionth of the figure. [unit of the figure]"""
        return 0.01 if self.unit == "USD" else 1e-9 * max(1.0, abs(at))

    def _at(self, row: Sensitivity, share: float) -> Any:
        given = self.sheet[row.input]
        value = self._value(given)
        moved = value + share * ((row.move.factor - 1.0) * value + row.move.shift)
        if given.kind == "table":
            return self.inputs[self.lead].get(row.input, given.value)[0], moved
        return float(moved) if given.kind == "scalar" else moved


def natural_move(row: Row, value: Any) -> Move:
    """Return the move that is natural for an input: a month, 100 basis points, a point of a share that is 0, a tenth.

    Parameters
    ----------
    row
        The input.
    value
        Its value or values. [unit of the row]
    """
    unit = str(row.unit)
    if unit == "month":
        return Move("+1 month", 1.0, 1.0)
    if unit == "1/year":
        return Move("+100 bp", 1.0, 0.01)
    if unit == "ratio" and not value.any():
        return Move("+1 point", 1.0, 0.01)
    return Move("+10 %", 1.1, 0.0)


def _effect(slope: Any, value: Any, move: Move) -> float:
    import numpy as np

    on_values = slope[1] if isinstance(slope, tuple) else slope
    return float(np.sum(np.asarray(on_values) * ((move.factor - 1.0) * value + move.shift)))


def _asked(model: Model, by: str) -> list[Row]:
    """The inputs a banker would move, or those a pattern names."""
    from ringfence.errors import meant

    inputs = [row for row in model.sheet if row.is_input]
    patterns = [part.strip() for part in by.split(",") if part.strip()]
    for pattern in patterns:
        if not any(fnmatchcase(row.name, pattern) for row in inputs):
            near = meant(pattern, [row.name for row in inputs])
            raise RingfenceError(f"no input matches {pattern}{near}")
    if patterns:
        return [row for row in inputs if any(fnmatchcase(row.name, pattern) for pattern in patterns)]
    return [row for row in inputs if _is_term(model, row)]


def _is_term(model: Model, row: Row) -> bool:
    """Whether an input is agreed or estimated, not part of the clock, a code, or a figure held since signing."""
    from ringfence.desk.workbook import STRUCTURAL

    if any(pattern.search(row.name) for pattern, _ in STRUCTURAL):
        return False
    held = row.name in model.books.signed or row.name in model.sheet.solved_inputs
    return bool(row.source) and not held and not row.source.startswith("docs/convention.md")


def _built(deal: Deal) -> Model:
    from ringfence.blocks.build import build

    return build(deal)
