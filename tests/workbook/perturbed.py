"""Changed inputs typed into a book, recalculated, and every formula cell compared with a fresh run.

    typed = Recalculated(book.layout, path)
    disagreements(book, typed, {"gpus.unit_price": 60_500.0})      []

Where the book holds solved inputs, two runs are compared: first with the solved inputs held where the book holds them
(their residual must then be non-zero and the master check red, unless the change leaves them solved), then with the
freshly solved values typed in as well.
"""

from __future__ import annotations

import numpy as np

from ringfence.errors import RunError
from ringfence.run import reference
from ringfence.solve.fixed_point import solve_inputs

SIGNED = "deal.signed"


def live(book):
    """Scalar inputs a reader may edit, but those an IRR is searched from."""
    return [x for x in book.layout.input_at if not book.layout.fixed(x) and x not in book.expanded.starts]


def lines(book):
    """Series and tables a reader may edit."""
    rows = (row for row in book.expanded.sheet if row.kind in ("series", "table"))
    return [row.name for row in rows if not book.layout.fixed(row.name)]


def one_at_a_time(book):
    """Every numeric input, a tenth up and a tenth down; a zero becomes a tenth, the switch is thrown."""
    for change in (0.1, -0.1):
        for name in live(book):
            value = float(book.values[name])
            if name == SIGNED:
                yield {name: float(change > 0)}
            else:
                yield {name: value * (1 + change) if value else max(change, 0.0)}
        for name in lines(book):
            yield {name: scaled(book.values[name], 1 + change)}


def joint(book, rng):
    """A third of all inputs drawn at once, on the signed schedule or off it."""
    drawn = {x: float(book.values[x]) * rng.uniform(0.9, 1.1) for x in live(book) if rng.random() < 0.3}
    drawn.update({x: scaled(book.values[x], rng.uniform(0.9, 1.1)) for x in lines(book) if rng.random() < 0.3})
    return {**drawn, SIGNED: float(rng.random() < 0.5)}


def scaled(value, share):
    """A series or a table times a number; the knots of a table stay where they are."""
    if isinstance(value, tuple):
        return value[0], tuple(float(y) * share for y in value[1])
    return np.asarray(value) * share


def disagreements(book, typed, inputs):
    """Type inputs, recalculate, and list what differs; then solve what must be solved, and again."""
    solved = book.result.model.sheet.solved_inputs
    wrong = _compared(book, typed, inputs, inputs)
    if solved and not inputs.get(SIGNED):  # once signed, what was solved is a term of the deal
        wrong += _unsolved(book, typed, inputs)
        given = {**_known(book, book.inputs), **inputs}
        fresh = {**inputs, **solve_inputs(book.result.model.sheet, given)}
        wrong += _compared(book, typed, {name: fresh[name] for name in solved}, fresh)
        left = [name for name in solved if _open(book, fresh, name)]
        wrong += [f"{name} is solved, and off by {_residual(book, fresh, name)}" for name in left]
    for name in {**inputs, **solved}:
        typed.type(name, book.values[name])
    return wrong


def _compared(book, typed, edits, inputs):
    """Type edits; compare the whole book with a run on all inputs, and that run with the sheet as it was built."""
    values = book.recomputed(inputs)
    fresh = reference.run(book.result.model.sheet, {**_known(book, book.inputs), **inputs})
    for name, value in edits.items():
        typed.type(name, value)
    typed.evaluate()
    return typed.differences(values)[0] + _against_the_sheet(book, values, fresh)


def is_open(book, inputs):
    """Whether a change leaves a solved input of the book further from its target than a check forgives."""
    return any(_open(book, inputs, name) for name in book.result.model.sheet.solved_inputs)


def _unsolved(book, typed, inputs):
    """Solved inputs held where they were: any residual a check would see must turn the master check red."""
    left = [name for name in book.result.model.sheet.solved_inputs if _open(book, inputs, name)]
    if left and typed.master() != 0.0:
        return [f"{name} is off by {_residual(book, inputs, name)} and the master check passes" for name in left]
    return []


def _residual(book, inputs, name):
    return float(np.max(np.abs(np.asarray(book.recomputed(inputs)[f"{name}.residual"]))))


def _open(book, inputs, name):
    return _residual(book, inputs, name) > book.recomputed(inputs)["check:tolerance"]


def _known(book, inputs):
    return {name: value for name, value in inputs.items() if name in book.result.model.sheet}


def _against_the_sheet(book, values, fresh):
    """The steps of the book against the sheet as it was built, and its IRRs against the root finder."""
    wrong = []
    for name in fresh:
        size = 1e5 if str(book.result.model.sheet[name].unit) == "USD" else 1e-3
        gap = np.max(np.abs(np.asarray(fresh[name]) - values[name]) / np.maximum(np.abs(fresh[name]), size))
        if gap > 1e-9:
            wrong.append(f"row {name}: {gap:.1e}")
    for name, measure in fresh.measures.items():
        got = values[f"measure:{name}"]
        if measure.status == "ok" and not np.isclose(got, measure.value, rtol=1e-9, atol=1e-12):
            wrong.append(f"measure {name}: {got} against {measure.value}")
    return wrong


def proved(book, typed, draws):
    """Number of draws that agree; fails on the first that does not, skips what the engine refuses."""
    agreed = 0
    for inputs in draws:
        try:
            wrong = disagreements(book, typed, inputs)
        except RunError:
            for name in inputs:
                typed.type(name, book.values[name])
            continue
        assert wrong == [], {name: value for name, value in inputs.items() if not isinstance(value, tuple)}
        agreed += 1
    return agreed
