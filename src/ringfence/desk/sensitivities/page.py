"""The page of a sensitivities question: a tornado, where each input is written, and what turns where."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, log10
from typing import TYPE_CHECKING, Any

from ringfence.desk.table import Cell, Figure, Kind, Table
from ringfence.desk.tables import kind_of

if TYPE_CHECKING:
    from ringfence.desk.sensitivities.slopes import Sensitivities, Sensitivity
    from ringfence.run.gradient.corners import Corner

#: Characters of a bar on either side of the line.
BAR = 5
_CORNERS = 2
_UNITS: dict[Kind, str] = {
    "percent": "effects in percentage points",
    "times": "effects in x",
    "usd_m": "effects in USD m",
    "years": "effects in years",
}
_WORDS = {"signed": "on the signed schedule", "re-sized": "with the debt sized afresh"}


def page(found: Sensitivities, top: int) -> list[Table]:
    """Return the tables of the page.

    Parameters
    ----------
    found
        The answer.
    top
        How many inputs to show.
    """
    shown = found.rows[:top]
    if not shown:
        return [Table("tornado", f"Nothing asked for moves {found.of}", (), ())]
    tables = [_tornado(found, shown), _inputs(shown)]
    turning = [row for row in shown if row.one_sided]
    return [*tables, _corners(found, turning)] if turning else tables


def _tornado(found: Sensitivities, shown: Sequence[Sensitivity]) -> Table:
    kind, none = _kind(found), 1e-9 * abs(found.value)
    largest = max(row.size for row in shown)
    heads = ("input", "now", "move", "", "signed", "re-sized", "run up", "run down", "elast.")
    rows: list[tuple[Cell, ...]] = [
        (
            row.input + ("*" if row.one_sided else ""),
            _now(row),
            row.move.words,
            _bar(row.up or 0.0 if row.unit == "month" else row.exact, largest),
            _change(row.signed, kind, none),
            _change(row.resized, kind, none),
            _change(row.up, kind, none),
            _change(row.down, kind, none),
            "-" if row.elasticity is None else _plain(f"{row.elasticity:+.2f}"),
        )
        for row in shown
    ]
    value = Figure(found.value, kind).text() + " USD m" * (kind == "usd_m")
    effects = _UNITS.get(kind, f"effects in {found.unit}")
    title = f"What moves {found.of}: {value} {_WORDS[found.reading]}; {effects}"
    return Table("tornado", title, heads, tuple(rows), notes=_notes(found, shown), left=frozenset({0, 3}))


def _notes(found: Sensitivities, shown: Sequence[Sensitivity]) -> tuple[str, ...]:
    notes = [
        "signed, re-sized: exact slope times the move, on the signed schedule and with the debt sized afresh. "
        f"run up, run down: the deal run {_WORDS[found.reading]} with the input moved that far. "
        "elast.: % of the figure per 1 % of the input."
    ]
    notes += _other_value(found)
    smooth = [row for row in shown if row.above is not None and not row.one_sided]
    if smooth:
        notes.append(
            f"One-step check: {len(smooth)} slope{'s' * (len(smooth) > 1)} as a run a hundred-thousandth of the move "
            f"away says, to {_within(max(row.gap for row in smooth))} of the slope."
        )
    if any(row.one_sided for row in shown):
        notes.append("*: the figure turns or jumps there, so the slope holds on one side only; see the last table.")
    notes += [f"{row.input}: {row.refused}" for row in shown if row.refused]
    rest = len(found.rows) - len(shown)
    notes.append(f"{rest} other inputs move it less, {found.left} not at all.")
    return (*notes, *found.notes)


def _within(gap: float) -> str:
    """The power of ten above a share, at least a billionth: ``1e-09``."""
    return f"{10.0 ** max(-9, ceil(log10(max(gap, 1e-300)))):.0e}"


def _other_value(found: Sensitivities) -> list[str]:
    other = "re-sized" if found.reading == "signed" else "signed"
    value = found.values[other]
    if value is None or abs(value - found.value) <= 1e-9 * max(1.0, abs(found.value)):
        return []
    return [f"{found.of} {_WORDS[other]}: {Figure(value, _kind(found)).text()}."]


def _bar(effect: float, largest: float) -> str:
    length = min(BAR, round(BAR * abs(effect) / largest)) if largest else 0
    if effect < 0:
        return ("#" * length).rjust(BAR) + "|"
    return " " * BAR + "|" + "#" * length


def _now(row: Sensitivity) -> str:
    if row.value is None:
        return "curve"
    if row.unit == "1/year" or (row.unit == "ratio" and abs(row.value) < 1):
        return f"{row.value:.2%}"
    if row.unit == "USD":
        return f"{row.value / 1e6:,.1f} m"
    return f"{row.value:,.6g}"


def _kind(found: Sensitivities) -> Kind:
    """How the figure is written, also where it is a cell: ``senior.dscr@2027-06``."""
    return kind_of(found.unit, found.of.partition("@")[0])


def _change(value: float | None, kind: Kind, none: float) -> str:
    """Write an effect; what is no more than `none`, the rounding of the figure, is 0."""
    if value is None:
        return "-"
    if abs(value) <= none:
        return "0"
    text = {
        "percent": lambda: f"{value * 100:+.2f}",
        "times": lambda: f"{value:+.3f}",
        "usd_m": lambda: f"{value / 1e6:+,.1f}",
        "price": lambda: f"{value:+.3f}",
    }.get(kind, lambda: f"{value:+,.3g}")()
    return _plain(text)


def _plain(text: str) -> str:
    return text if float(text.replace(",", "")) else "0"


def _inputs(shown: Sequence[Sensitivity]) -> Table:
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (row.input, row.label, row.unit, _where(row.source, row.input)) for row in shown
    )
    return Table(
        "inputs",
        "Where these inputs are written",
        ("input", "what", "unit", "where"),
        rows,
        left=frozenset({0, 1, 2, 3}),
    )


def _where(source: str, name: str) -> str:
    """The place without the path, which the name of the input says already: ``deal.yaml:85 = 55_000 USD``."""
    place, _, rest = source.partition("  ")
    path, equals, text = rest.partition(" = ")
    whole = name.startswith(f"{path.partition('.')[2]}.")  # part of a written value: the margin of SOFR + 3.00%
    if not path.endswith(name) and not (equals and whole):
        return f"{place}  (not written)" if rest.endswith(f"{name} (not written)") else source
    return f"{place} {equals.strip()} {text}".strip()


def _corners(found: Sensitivities, turning: Sequence[Sensitivity]) -> Table:
    kind, none = _kind(found), 1e-9 * abs(found.value)
    rows: list[tuple[Cell, ...]] = []
    for row in turning:
        first = (row.input, _side(row.below, row.jump_down, kind, none), _side(row.above, row.jump_up, kind, none))
        by_row = {corner.row: corner for corner in reversed(row.corners)}
        corners = sorted(by_row.values(), key=lambda corner: -corner.worth)[:_CORNERS]
        places = [_place(found, corner) for corner in corners] or [("", "", "")]
        rows += [(*(first if k == 0 else ("", "", "")), *place) for k, place in enumerate(places)]
    return Table(
        "corners",
        "Where the figure turns or jumps: effect of the move by the slope below and above the input",
        ("input", "below", "above", "turns at", "period", "which is"),
        tuple(rows),
        notes=("ringfence explain DEAL ROW PERIOD opens such a row.",),
        left=frozenset(range(6)),
    )


def _side(slope: float | None, jump: float | None, kind: Kind, none: float) -> str:
    return _change(slope, kind, none) if jump is None else f"jump {_change(jump, kind, none)}"


def _place(found: Sensitivities, corner: Corner) -> tuple[str, str, str]:
    return corner.row, "" if corner.period is None else found.labels[corner.period], corner.label


def as_object(found: Sensitivities, top: int) -> dict[str, Any]:
    """Return the page as one JSON-ready object.

    Parameters
    ----------
    found
        The answer.
    top
        How many inputs to give.
    """
    return {
        "deal": found.deal,
        "of": found.of,
        "unit": found.unit,
        "reading": found.reading,
        "values": dict(found.values),
        "inputs": [_object(found, row) for row in found.rows[:top]],
        "without_effect": found.left,
        "notes": list(found.notes),
    }


def _object(found: Sensitivities, row: Sensitivity) -> dict[str, Any]:
    plain = ("input", "label", "unit", "source", "value", "signed", "resized", "elasticity", "up", "down", "above",
             "below", "jump_up", "jump_down", "one_sided", "refused")  # fmt: skip
    slope = [part.tolist() for part in row.slope] if isinstance(row.slope, tuple) else row.slope
    return {
        **{name: getattr(row, name) for name in plain},
        "move": row.move.words,
        "slope": slope if isinstance(slope, float | list) else slope.tolist(),
        "corners": [
            {
                "row": corner.row,
                "label": corner.label,
                "period": None if corner.period is None else found.labels[corner.period],
                "operation": corner.operation,
            }
            for corner in row.corners
        ],
    }
