"""The reverse pass through rows that lean on their own past, or their own future.

A recursion is cut at what it reads of itself in other periods. Without those reads it is a plain run of lines, so
what each read is worth comes from one sweep over whole lines; between periods remains a short linear recurrence in the
reads alone, run backwards in time for a forward recursion and forwards for a backward one. A second sweep over lines,
with the worth of the reads added, gives the rest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ringfence.run.gradient.formula import Use
from ringfence.sheet.row import Row

Lines = NDArray[np.float64]  # (targets, periods)
Read = tuple[int, int]


class Recursion:
    """One recursion, its slopes known.

    Parameters
    ----------
    rows
        In the order of one period.
    uses
        id of each row -> what it reads.
    backward
        Whether it leans on its own future.
    periods
        Number of periods.
    """

    def __init__(self, rows: Sequence[Row], uses: Mapping[int, list[Use]], *, backward: bool, periods: int) -> None:
        self.rows = rows
        self.uses = uses
        self.periods = periods
        self.backward = backward
        self.inside = {id(row) for row in rows}
        across = "lead" if backward else "lag"
        found = {(id(u.row), u.shift): None for row in rows for u in uses[id(row)] if self._crosses(u, across)}
        self.across = across
        self.reads: list[Read] = list(found)
        self.states = list(dict.fromkeys(key for key, _ in self.reads))
        self.turns = self._turns()

    def _crosses(self, use: Use, across: str) -> bool:
        return use.kind == across and id(use.row) in self.inside

    def _turns(self) -> Lines:
        """What a read is worth to each state in the same period: (periods, states, reads)."""
        ones = np.ones(self.periods)
        seeds: dict[int, Lines] = {}
        for place, key in enumerate(self.states):
            seeds[key] = np.zeros((len(self.states), self.periods))
            seeds[key][place] = ones
        worth, _ = self._sweep(seeds, len(self.states))
        return np.ascontiguousarray(worth.transpose(2, 1, 0))

    def pull(self, worth: Mapping[int, Lines], targets: int) -> dict[int, Lines]:
        """Complete what each row is worth to the targets.

        Parameters
        ----------
        worth
            id of a row -> what it is worth through rows outside the recursion, (targets, periods).
        targets
            Number of targets.

        Returns
        -------
        dict
            id of a row -> all it is worth.
        """
        seeds = {key: lines for key, lines in worth.items() if key in self.inside}
        direct, _ = self._sweep(seeds, targets)
        through = self._recur(np.ascontiguousarray(direct.transpose(2, 1, 0)))
        total = dict(seeds)
        for place, key in enumerate(self.states):
            more = through[:, :, place].T
            total[key] = total[key] + more if key in total else more
        _, complete = self._sweep(total, targets)
        return complete

    def _sweep(self, seeds: Mapping[int, Lines], targets: int) -> tuple[Lines, dict[int, Lines]]:
        """One pass over whole lines: what each read is worth (reads, targets, periods), and each row."""
        reads = np.zeros((len(self.reads), targets, self.periods))
        place = {read: k for k, read in enumerate(self.reads)}
        worth = dict(seeds)
        for row in reversed(self.rows):
            mine = worth.get(id(row))
            if mine is None:
                continue
            for use in self.uses[id(row)]:
                if id(use.row) not in self.inside:
                    continue
                if use.kind == self.across:
                    reads[place[id(use.row), use.shift]] += self._within(mine * use.slope, use.shift)
                else:
                    before = worth.get(id(use.row))
                    more = mine * use.slope
                    worth[id(use.row)] = more if before is None else before + more
        return reads, worth

    def _within(self, lines: Lines, shift: int) -> Lines:
        """Nothing is read from beyond the first or the last period."""
        if self.backward:
            lines[:, max(self.periods - shift, 0) :] = 0.0
        else:
            lines[:, :shift] = 0.0
        return lines

    def _recur(self, reads: Lines) -> Lines:
        """What each state is worth through reads of other periods: (periods, targets, states)."""
        turns = self.turns
        if self.backward:
            reads, turns = reads[::-1], turns[::-1]
        through = np.zeros((self.periods, reads.shape[1], len(self.states)))
        if self._plain():
            _one_step(reads, turns, through)
        else:
            self._several_steps(reads.copy(), turns, through)
        return through[::-1] if self.backward else through

    def _plain(self) -> bool:
        """Whether each state is read once, one period away, in the order of the states."""
        return all(shift == 1 for _, shift in self.reads)

    def _several_steps(self, reads: Lines, turns: Lines, through: Lines) -> None:
        by_shift: dict[int, tuple[list[int], list[int]]] = {}
        for k, (key, shift) in enumerate(self.reads):
            columns, states = by_shift.setdefault(shift, ([], []))
            columns.append(k)
            states.append(self.states.index(key))
        for t in range(self.periods - 1, -1, -1):
            for shift, (columns, states) in by_shift.items():
                if t + shift < self.periods:
                    through[t][:, states] += reads[t + shift][:, columns]
            reads[t] += through[t] @ turns[t]


def _one_step(reads: Lines, turns: Lines, through: Lines) -> None:
    now: Any = np.zeros(reads.shape[1:])
    last = len(reads) - 1
    if reads.shape[1:] == (1, 1):
        _one_number(reads[:, 0, 0].tolist(), turns[:, 0, 0].tolist(), through)
        return
    for t in range(last, -1, -1):
        through[t] = now
        now = reads[t] + now @ turns[t]


def _one_number(reads: list[float], turns: list[float], through: Lines) -> None:
    now, kept = 0.0, []
    for read, turn in zip(reversed(reads), reversed(turns), strict=True):
        kept.append(now)
        now = read + now * turn
    through[:, 0, 0] = kept[::-1]
