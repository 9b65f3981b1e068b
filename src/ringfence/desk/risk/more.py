"""Beside the paths: named lender cases, which factor explains what, and the most probable way to break a loan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ringfence.desk.table import Cell, Figure, Table
from ringfence.risk.credit import USUAL_WAY, LoanOutputs, add_credit, unpaid_measure
from ringfence.risk.reverse import FARTHEST, Breaks, ReverseStress, reverse_stress
from ringfence.risk.sobol import Explained, explain_variance
from ringfence.risk.stress import StressCase, StressRun, run_stress, shocks_of

if TYPE_CHECKING:
    from ringfence.blocks.build import Model
    from ringfence.desk.risk.run import Prepared
    from ringfence.risk.backends import Backend
    from ringfence.risk.runner import Tell
    from ringfence.run.result import Run

#: Paths of each sample that explains variance.
SOBOL_PATHS = 16_384
_SHOWN = 6
#: Moves that carry less of the squared distance are not told.
_TELLING = 0.005
#: A date later than this does not come. [month]
_NEVER = 10_000.0
#: A loan is not paid in full from here on. [USD]
OVERDUE = 1e4


@dataclass(frozen=True)
class Stressed:
    """The named cases of a deal.

    Parameters
    ----------
    model
        The deal on its signed terms, open to every shock.
    loans
        What its sheet says of each loan.
    runs
        One for each case that moves something.
    silent
        Cases that find nothing to move.
    """

    model: Model
    loans: dict[str, LoanOutputs]
    runs: tuple[StressRun, ...]
    silent: tuple[StressCase, ...]

    def missed(self, run: Run, loan: str) -> int | None:
        """Return the first period in which a loan is not paid in full, or None."""
        value = run.measures[self.loans[loan].events["missed"]].value
        return None if value is None or value > self.model.sheet.periods - 0.5 else int(value)


@dataclass(frozen=True)
class More:
    """What was asked for beside the paths.

    Parameters
    ----------
    prepared
        The deal.
    stress, explained, reverse
        As far as asked for.
    """

    prepared: Prepared
    stress: Stressed | None = None
    explained: tuple[Explained, ...] = ()
    reverse: tuple[ReverseStress, ...] = ()

    def share_missed(self, loan: str) -> float | None:
        """Return the share of the single named cases in which a loan is not paid in full; None if none was run."""
        if self.stress is None:
            return None
        single = [r.run for r in self.stress.runs if r.case.id != "all"]
        missed = [run for run in single if self.stress.missed(run, loan) is not None]
        return len(missed) / len(single) if single else None

    def tables(self) -> list[Table]:
        """Return the tables of what was asked for."""
        found = [_stress_table(self.prepared, self.stress)] if self.stress is not None else []
        found += [_reverse_table(self.prepared, self.reverse)] if self.reverse else []
        return found + ([_explained_table(self.explained)] if self.explained else [])


# -- named cases ---------------------------------------------------------------------------------------------


def stress(prepared: Prepared, names: Sequence[str] = ()) -> Stressed:
    """Run the named lender cases on the signed schedule.

    Parameters
    ----------
    prepared
        The deal.
    names
        Of cases; all if empty.
    """
    from ringfence.risk.model import open_model

    model = open_model(prepared.deal, prepared.terms)
    loans = add_credit(model.sheet, model)
    cases = shocks_of(model, prepared.signed, names)
    runs = run_stress(model.sheet, prepared.terms.inputs, cases)
    return Stressed(model, loans, tuple(runs), tuple(case for case, inputs in cases if not inputs))


def _stress_table(prepared: Prepared, found: Stressed) -> Table:
    rows: list[tuple[Cell, ...]] = [_stress_row(prepared, found, "as signed", prepared.signed)]
    rows += [_stress_row(prepared, found, r.case.label, r.run) for r in found.runs]
    heads = ["case", *(f"{x}" for x in found.loans), *("equity IRR" for _ in prepared.equity[:1]), "lost"]
    notes = [f"{r.case.label}: {r.case.note}." for r in found.runs if r.case.note]
    if found.silent:
        notes.append(f"Nothing to move in this deal: {', '.join(c.label for c in found.silent)}.")
    notes.append(
        f"Lowest DSCR, and the first month in which a payment is missed; IRR of {', '.join(prepared.equity[:1])}; "
        f"lost: by all lenders at default, {USUAL_WAY}."
    )
    return Table(
        "stress", "What if? Named cases on the debt as signed, USD m", tuple(heads), tuple(rows), notes=tuple(notes)
    )


def _stress_row(prepared: Prepared, found: Stressed, label: str, run: Run) -> tuple[Cell, ...]:
    signed = run is prepared.signed
    cells: list[Cell] = [label]
    for x in found.loans:
        cover = run.measures[f"{x}.dscr.min"].value
        text = "n/a" if cover is None else f"{cover:.2f}x"
        when = None if signed else found.missed(run, x)
        cells.append(text if when is None else f"{text} {_month(prepared, when)}")
    for x in prepared.equity[:1]:
        cells.append(Figure(run.measures[f"{x}.irr"].value, "percent", "none"))
    lost = 0.0 if signed else sum(run.measures[o.losses[USUAL_WAY]].value or 0.0 for o in found.loans.values())
    return (*cells, Figure(lost))


def _month(prepared: Prepared, period: int) -> str:
    return str(prepared.model.timeline.periods[period].end)[:7]


# -- which factor --------------------------------------------------------------------------------------------


def explain(
    prepared: Prepared,
    outputs: Sequence[str] = (),
    *,
    seed: int = 0,
    paths: int = SOBOL_PATHS,
    backend: Backend | None = None,
    tell: Tell | None = None,
) -> tuple[Explained, ...]:
    """Return which factor explains which share of the variance of some figures.

    Parameters
    ----------
    prepared
        The deal.
    outputs
        Figures; if left out the lowest DSCR of each loan and the NPV of each equity contract, as far as they vary.
    seed, paths
        Of each of the samples, two and one more for each factor.
    backend, tell
        Where, and whom to tell.
    """
    names = list(outputs) or _usual(prepared)
    job = prepared.job(paths, seed=seed, outputs=names)
    floors = {name: -1.0 for name in names if name.endswith(".irr")}
    return tuple(explain_variance(job, prepared.draws_of, backend, tell=tell, floors=floors))


def _usual(prepared: Prepared) -> list[str]:
    known = prepared.outputs
    names = [f"{x}.dscr.min" for x in prepared.loans] + [f"{x}.npv" for x in prepared.equity]
    return [name for name in names if name in known]


def _explained_table(found: Sequence[Explained]) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for one in found:
        for n, index in enumerate(one.indices[:_SHOWN]):
            if index.total < 0.005 and n:
                continue
            first = f"{index.first * 100:.1f}% ±{index.first_error * 100:.1f}"
            whole = f"{index.total * 100:.1f}% ±{index.total_error * 100:.1f}"
            rows.append((one.output if not n else "", index.factor, first, whole, f"{one.paths:,}" if not n else ""))
    still = [one.output for one in found if not one.indices]
    notes = [
        "Sobol indices. Alone: share of the variance that would go if the factor were known. In all: what would stay "
        "if all others were; the difference is what it does together with others. Where factors are correlated, what "
        "they share counts with the one named first in the risk block.",
    ]
    notes += [f"Does not vary: {', '.join(still)}."] if still else []
    heads = ("figure", "factor", "alone", "in all", "paths")
    return Table(
        "drivers", "What explains the variance?", heads, tuple(rows), notes=tuple(notes), left=frozenset({0, 1})
    )


# -- what breaks it ------------------------------------------------------------------------------------------


def reverse(prepared: Prepared, loans: Sequence[str] = (), *, seed: int = 0) -> tuple[ReverseStress, ...]:
    """Find the most probable joint moves that break each loan: its DSCR under 1, and a payment missed.

    Parameters
    ----------
    prepared
        The deal.
    loans
        Which; all if empty.
    seed
        Of the directions that are tried.
    """
    found = []
    model = prepared.model
    for x in loans or prepared.loans:
        breaks = Breaks(f"{x}.dscr.min", 1.0, False, f"{x}: DSCR under 1")
        unpaid = Breaks(unpaid_measure(x), OVERDUE, True, f"{x}: a payment missed")
        for one in (breaks, unpaid):
            found.append(reverse_stress(model.sheet, model.draws, prepared.draws_of, one, seed=seed))
    return tuple(found)


def _reverse_table(prepared: Prepared, found: Sequence[ReverseStress]) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for one in found:
        if one.beta is None:
            rows.append((one.breaks.words, f"no move within {FARTHEST:g} standard deviations", "none", "", ""))
            continue
        moves = "; ".join(_moves(prepared, one)) or "as signed"
        after = f"{one.after / 1e6:,.2f} m" if one.breaks.above else f"{one.after:.3f}x"
        rows.append((one.breaks.words, moves, f"{one.beta:.2f}", f"{one.probability:.2%}", after))
    heads = ("what breaks", "the most probable move", "beta", "Phi(-beta)", "run again")
    notes = (
        "The move: each factor's share of the squared distance, and the level of its first row where the cover is "
        "lowest or the first payment missed, at the centre -> in the move. Beta: distance from the centre in standard "
        f"deviations of the factors' own normals, at most {FARTHEST:g}; Phi(-beta): a first-order estimate of the "
        "probability, where the share of paths above is the figure. Run again: lowest cover, or USD overdue, by a run "
        "of its own under the move.",
    )
    title = "What breaks it? The most probable joint move"
    return Table("reverse", title, heads, tuple(rows), notes=notes, left=frozenset({0, 1}))


def _moves(prepared: Prepared, one: ReverseStress) -> list[str]:
    """What each factor does in the move: its level at the centre and in the move, when the cover is lowest."""
    from ringfence.run import reference

    model = prepared.model
    centre = {name: 0.0 if model.draws[name].kind == "normal" else 0.5 for name in one.inputs}
    before, moved = (reference.run(model.sheet, inputs) for inputs in (centre, one.inputs))
    loan = one.breaks.words.partition(":")[0]
    k = _lowest(moved, f"{loan}.dscr") if not one.breaks.above else _first(moved, f"risk.{loan}.missed")
    said = []
    for move in one.moves[:4]:
        factor = next(f for f in model.factors if f.id == move.factor)
        if move.share < _TELLING or not factor.rows:
            continue
        levels = [_level(_at(run, factor.rows[0], k), str(factor.unit)) for run in (before, moved)]
        unit = "" if str(factor.unit) == "ratio" else f" {factor.unit}"
        said.append(f"{move.factor} {move.share:.0%}, {levels[0]} -> {levels[1]}{unit}")
    return [*said, f"in {_month(prepared, k)}"] if said else []


def _level(value: float, unit: str) -> str:
    return "never" if unit == "month" and value > _NEVER else f"{value:.3g}"


def _lowest(run: Run, row: str) -> int:
    """Period in which a ratio is lowest where it applies."""
    applies = np.asarray(run[f"{row}.applies"], dtype=float) > 0.5
    return int(np.argmin(np.where(applies, np.asarray(run[row], dtype=float), np.inf)))


def _first(run: Run, row: str) -> int:
    """First period of a flag."""
    return int(np.argmax(np.asarray(run[row], dtype=float) > 0.5))


def _at(run: Run, row: str, period: int) -> float:
    value = run[row]
    return value if isinstance(value, float) else float(value[period])
