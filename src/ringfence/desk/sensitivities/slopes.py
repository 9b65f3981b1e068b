"""What moves a figure, and by how much: its derivative by every input, on the signed schedule and re-sized.

One reverse pass per reading gives every derivative (``run/gradient``); each is told per a move a banker would name: a
tenth of an amount, 100 basis points of a yearly rate, a month of a date. Beside the straight line stand runs of the
deal with the input really moved, so that a corner (a lock-up, a cap, a date on the edge of a period) is seen: where the
slopes just below and just above an input differ, both are given, with the row and the period that turn.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ringfence.errors import RingfenceError

if TYPE_CHECKING:
    from ringfence.desk.table import Table
    from ringfence.run.gradient.corners import Corner
    from ringfence.terms.deal import Deal

TOP = 12
#: Slopes below and above an input that differ by more than this share are two slopes.
ONE_SLOPE = 1e-5
#: Share of the natural move by which the slopes on both sides are measured.
NEAR = 1e-5


@dataclass(frozen=True)
class Move:
    """A move a banker would name.

    Parameters
    ----------
    words
        ``+10 %``, ``+100 bp``, ``+1 month``, ``+1 point``.
    factor, shift
        The input becomes value x factor + shift. [1], [unit of the input]
    """

    words: str
    factor: float
    shift: float


@dataclass(frozen=True)
class Sensitivity:
    """How a figure follows one input.

    Attributes
    ----------
    input, label, unit, source
        Name of the input row, what it says, its unit, and the line of the deal file or the catalogue it comes from.
    value
        Its value; None for a series or a table. [unit]
    move
        The move the effects are told for.
    exact
        Slope times the move, in the reading that leads. [unit of the figure]
    signed, resized
        Slope times the move, on the signed schedule and with the debt sized afresh; None in a reading that cannot be
        run. [unit of the figure]
    elasticity
        Share of the figure gained per share of the input, in the reading that leads; None where either is 0.
    slope
        Derivative in the reading that leads, in the shape of the input. [figure / input]
    up, down
        What a run with the input moved up or down by `move` changes; None where it was not run or the deal cannot be
        run so (`refused` says why). [unit of the figure]
    above, below
        Slopes just above and just below the input by a step of a hundred-thousandth of the move, times the move; None
        where the figure jumps or was not run. [unit of the figure]
    jump_up, jump_down
        Where the figure jumps at the input: by how much, just above and just below. [unit of the figure]
    corners
        What turns there, where they differ.
    refused
        Why a run with the input moved has no figure.
    """

    input: str
    label: str
    unit: str
    source: str
    value: float | None
    move: Move
    exact: float
    signed: float | None
    resized: float | None
    elasticity: float | None
    slope: Any
    up: float | None = None
    down: float | None = None
    above: float | None = None
    below: float | None = None
    jump_up: float | None = None
    jump_down: float | None = None
    corners: tuple[Corner, ...] = ()
    refused: str = ""

    @property
    def one_sided(self) -> bool:
        """Whether the figure turns or jumps at the input, so that one slope does not tell both ways."""
        if self.jump_up is not None or self.jump_down is not None:
            return True
        if self.above is None or self.below is None:
            return False
        return not (_one(self.above, self.below, self.size) and _one(self.above, self.exact, self.size))

    @property
    def gap(self) -> float:
        """Share by which the exact slope and the one-step slope differ; 0 where there is no one slope."""
        if self.one_sided or self.above is None or self.below is None or abs(self.exact) < 1e-6 * self.size:
            return 0.0
        middle = 0.5 * (self.above + self.below)
        return abs(middle - self.exact) / max(abs(self.exact), abs(middle), 1e-300)

    @property
    def size(self) -> float:
        """Largest effect of the move in the reading that leads; of a date by runs alone. [unit of the figure]

        A date moves a figure in jumps, from one period into the next; its slope holds between two of them.
        """
        runs = [abs(effect) for effect in (self.up, self.down) if effect is not None]
        return max(runs) if self.unit == "month" and runs else max([abs(self.exact), *runs])


@dataclass(frozen=True, repr=False)
class Sensitivities:
    """What moves a figure of a deal.

    Attributes
    ----------
    of
        The measure or cell.
    value, unit
        Its value in the reading that leads.
    reading
        ``signed`` or ``re-sized``: the reading that leads, in which the check runs were made.
    values
        The value in each reading, None where it has none.
    rows
        Inputs, the weightiest first; the first ones with their check runs.
    labels
        Label of each period.
    deal
        Name of the deal.
    left
        How many inputs have no effect at all.
    notes
        What stands in the way of the other reading.
    """

    of: str
    value: float
    unit: str
    reading: str
    values: Mapping[str, float | None]
    rows: tuple[Sensitivity, ...]
    labels: tuple[str, ...]
    deal: str
    left: int
    notes: tuple[str, ...] = ()

    def __getitem__(self, name: str) -> Sensitivity:
        for row in self.rows:
            if row.input == name:
                return row
        from ringfence.errors import meant

        near = meant(name, [row.input for row in self.rows])
        raise RingfenceError(f"no input {name} moves {self.of}{near}")

    def __len__(self) -> int:
        return len(self.rows)

    def tables(self, top: int = TOP) -> list[Table]:
        """Return the page: the tornado, and the corners met.

        Parameters
        ----------
        top
            How many inputs to show.
        """
        from ringfence.desk.sensitivities.page import page

        return page(self, top)

    def __repr__(self) -> str:
        return "\n\n".join(table.text() for table in self.tables())

    def _repr_html_(self) -> str:
        return "".join(table._repr_html_() for table in self.tables())


def sensitivities(deal: Deal, of: str, *, resize: bool = False, top: int = TOP, by: str = "") -> Sensitivities:
    """Find what moves a measure of a deal, and by how much.

    Parameters
    ----------
    deal
        A deal, as read.
    of
        Name of the measure; or a cell, as ``senior.dscr@2027-06``.
    resize
        Lead with the deal sized afresh for every move, instead of the signed schedule.
    top
        How many inputs get check runs.
    by
        Shell patterns of input names, with commas between: ``senior.*,rent.*``. Left out: every term of the deal and
        figure of the catalogue; the clock, codes and signed figures only if a pattern names them.

    Returns
    -------
    Sensitivities
        Every input that moves the measure, the weightiest first.

    Raises
    ------
    RingfenceError
        If there is no such measure or input, or the measure has no value.
    """
    from ringfence.desk.sensitivities.runs import Question

    return Question(deal, of, resize=resize).answer(top, by)


def _one(above: float, below: float, size: float) -> bool:
    return abs(above - below) <= ONE_SLOPE * max(abs(above), abs(below)) + 1e-6 * size
