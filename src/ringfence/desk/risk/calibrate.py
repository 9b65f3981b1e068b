"""Parameters of a deal's risk factors from a history that its user brings, as tables and as an overlay of the deal.

    found = calibrate_deal(deal, "rents.csv", ["gpu_market=h100", "energy"])
    found.tables()                                  # fitted, error, what the deal has now, the catalogue's default
    write_overlay(found, "deal.yaml", Path("fitted.yaml"))

A history is read by ``risk/levels.py``, a factor fitted by ``risk/calibrate.py``. Several columns of one file also give
the correlations of their factors, of what each date brought unexpected. Whatever is wrong with any column is told at
once.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ringfence.desk.table import Cell, Figure, Table
from ringfence.errors import DealError, Finding, RingfenceError, did_you_mean, nearest
from ringfence.risk.calibrate import FITTED, Z95, Calibration, Parameter, calibrate
from ringfence.risk.goodness import Together, together
from ringfence.risk.levels import RULE, Levels, column_names, read_levels
from ringfence.terms.findings import finding, listed

if TYPE_CHECKING:
    from ringfence.catalogue.facts import Fact
    from ringfence.terms.deal import Deal

MONTHS = ("half_life",)
COUNTS = ("generations",)


@dataclass(frozen=True)
class Compared:
    """A fitted parameter beside what the deal has and the catalogue's default.

    Attributes
    ----------
    fitted
        The estimate.
    present
        What the deal uses now. [unit of the parameter]
    where
        Line of the deal, or the catalogue.
    default
        The catalogue's entry.
    """

    fitted: Parameter
    present: float
    where: str
    default: Fact

    @property
    def outside(self) -> bool:
        """Whether the estimate lies outside the range that the catalogue has seen."""
        low, high = self.default.low, self.default.high
        return (low is not None and self.fitted.value < low) or (high is not None and self.fitted.value > high)


@dataclass(frozen=True)
class Fitted:
    """What a history says of some factors of a deal.

    Attributes
    ----------
    deal
        The deal.
    factors
        Factor -> its calibration.
    parameters
        Factor -> its parameters, compared.
    pairs
        Two factors -> how they move together.
    findings
        Warnings: gaps in a history.
    """

    deal: Deal
    factors: Mapping[str, Calibration]
    parameters: Mapping[str, tuple[Compared, ...]]
    pairs: Mapping[tuple[str, str], Together]
    findings: tuple[Finding, ...]

    def tables(self) -> list[Table]:
        """Return parameters, fits and correlations."""
        return [_parameter_table(self), _fit_table(self), *([_pair_table(self)] if self.pairs else [])]


def calibrate_deal(deal: Deal, path: str | os.PathLike[str], factors: Sequence[str]) -> Fitted:
    """Fit factors of a deal to the columns of a history.

    Parameters
    ----------
    deal
        The deal; its `risk:` block declares the factors.
    path
        The CSV.
    factors
        ``id`` or ``id=column``. Without a column it is the only one of the file, or the one named as the factor.

    Raises
    ------
    DealError
        With every finding on factors and file.
    """
    columns = column_names(path)
    wanted = [_asked(deal, text, columns) for text in factors]
    _refuse_twice(wanted)
    found: list[Finding] = []
    histories: dict[str, Levels] = {}
    fits: dict[str, Calibration] = {}
    for id, column in wanted:
        kind = deal.risk.factors[id].type  # type: ignore[union-attr]
        try:
            histories[id] = read_levels(path, column, positive=kind != "base_rate")
            fits[id] = calibrate(histories[id], kind)  # type: ignore[arg-type]
        except DealError as error:
            found += [one for one in error.findings if one not in found]
    if found:
        raise DealError(found)
    pairs = {(a, b): both for a, b in combinations(fits, 2) if (both := _both(fits[a], fits[b])) is not None}
    gaps = tuple(gap for levels in histories.values() for gap in _gaps(levels))
    compared = {id: tuple(_compare(deal, id, p) for p in fit.parameters) for id, fit in fits.items()}
    return Fitted(deal, fits, compared, pairs, gaps)


# ---- what was asked -------------------------------------------------------------------------------


def _asked(deal: Deal, text: str, columns: Sequence[str]) -> tuple[str, str]:
    """Return factor and column; a finding where the deal has no such factor or no history fits it."""
    id, parted, column = (part.strip() for part in text.partition("="))
    known = deal.risk.factors if deal.risk is not None else {}
    if id not in known:
        near = nearest(id, known)
        message = f"There is no factor {id or 'without a name'}" + did_you_mean(near)
        fix = f"name one of: {listed(known)}" if known else "declare it: risk: {factors: {rent: {type: gpu_rent, ...}}}"
        raise DealError([finding("risk-factor", message, fix=fix)])
    kind = known[id].type
    if kind not in FITTED:
        fits = [x for x, term in known.items() if term.type in FITTED]
        message = f"{id} is a {kind} factor, which no history of levels fits."
        fix = f"name one of: {listed(fits)}" if fits else f"a history fits factors of the types {listed(FITTED)}"
        raise DealError([finding("risk-factor", message, where=[deal.where(f"risk.factors.{id}")], fix=fix)])
    if not parted and len(columns) > 1:
        column = id if id in columns else ""
        if not column:
            message = f"{id} has no column of its name among {listed(columns)}."
            raise DealError([finding(RULE, message, fix=f"name the column: --factor {id}={columns[0]}")])
    return id, column or columns[0]


def _refuse_twice(wanted: Sequence[tuple[str, str]]) -> None:
    ids = [id for id, _ in wanted]
    twice = next((id for k, id in enumerate(ids) if id in ids[:k]), None)
    if twice is not None:
        raise DealError([finding("risk-factor", f"{twice} is asked for twice.", fix="name each factor once")])


def _gaps(levels: Levels) -> Iterator[Finding]:
    """Yield a warning for each stretch without levels."""
    for k in levels.gaps:
        before, after = levels.days[k - 1], levels.days[k]
        message = f"{levels.source} has no level between {before} and {after}, {(after - before).days} days."
        fix = "none is needed: the fit allows for it, and fills in nothing; add the levels if there are some"
        line = f"{levels.source.partition(', column')[0]}:{levels.lines[k]}" if levels.lines else levels.source
        yield finding(RULE, message, where=[line], fix=fix, level="warning")


def _both(a: Calibration, b: Calibration) -> Together | None:
    return together(a.days, a.innovations, b.days, b.innovations)


def _compare(deal: Deal, id: str, fitted: Parameter) -> Compared:
    from ringfence.catalogue import risk

    term = deal.risk.factors[id]  # type: ignore[union-attr]
    entry = risk(term.type)
    default = entry.fact(fitted.name)
    given = getattr(term, fitted.name)
    where = "catalogue" if given is None else _line_of(deal.where(f"risk.factors.{id}.{fitted.name}"))
    present = default.value if given is None else given
    return Compared(fitted, float(present), where, default)  # type: ignore[arg-type]


def _line_of(where: str) -> str:
    """Return file and line of a place, without folder and value."""
    return where.partition("  ")[0].rpartition("/")[2]


# ---- tables ---------------------------------------------------------------------------------------


def _parameter_table(f: Fitted) -> Table:
    heads = ("factor", "parameter", "fitted", "error", "the deal has", "written in", "catalogue", "its range")
    rows: list[tuple[Cell, ...]] = []
    for id, parameters in f.parameters.items():
        for n, p in enumerate(parameters):
            rows.append((id if n == 0 else "", *_line(p)))
    far = [f"{id}.{p.fitted.name}" for id, all_ in f.parameters.items() for p in all_ if p.outside]
    notes = [
        "Error: standard error of the fit. Half-lives in months; rates per year, volatilities per root of a year.",
        *([f"Outside the catalogue's range: {', '.join(far)}."] if far else []),
        *(f"{id}.{p.fitted.name}, catalogue: {p.default}." for id, all_ in f.parameters.items() for p in all_),
    ]
    return Table("calibration", "Parameters", heads, tuple(rows), frozenset(), tuple(notes), frozenset({0, 1, 5}))


def _line(p: Compared) -> tuple[Cell, ...]:
    name, low, high = p.fitted.name, p.default.low, p.default.high
    seen = "" if low is None or high is None else f"{_said(name, low)} to {_said(name, high)}"
    error = "" if name in COUNTS else _said(name, p.fitted.error)
    default = p.default.value
    now, usual = _said(name, p.present), _said(name, float(default))  # type: ignore[arg-type]
    return (name, _said(name, p.fitted.value), error, now, p.where, usual, seen)


def _said(name: str, value: float) -> str:
    if not isfinite(value):
        return "unknown"
    if name in COUNTS:
        return f"{value:.0f}"
    return f"{value:.2f}m" if name in MONTHS else f"{value:.2%}"


def _fit_table(f: Fitted) -> Table:
    heads = ("factor", "type", "column", "levels", "from", "to", "drift or mean", "error", "normal", "independent")
    rows = tuple(
        (
            id,
            c.kind,
            c.source.partition(", column ")[2],
            Figure(float(c.observations), "count"),
            str(c.days[0]),
            str(c.days[-1]),
            *((_said("drift", c.drift.value), _said("drift", c.drift.error)) if known else ("unknown", "unknown")),
            f"{c.goodness.normal:.2f}",
            f"{c.goodness.independent:.2f}",
        )
        for id, c in f.factors.items()
        for known in [isfinite(c.drift.error)]
    )
    notes = [
        "Drift: of the trend, in logs a year; of a base rate the mean. Normal, independent: chance (p) that moves of "
        "the model itself look as little so; under 0.01 the model is wrong in a way that is said below.",
        *(f"{id}: {text}." for id, c in f.factors.items() for text in c.notices),
    ]
    return Table("fit", "Fit", heads, rows, frozenset(), tuple(notes), frozenset({0, 1, 2, 4, 5}))


def _pair_table(f: Fitted) -> Table:
    heads = ("factors", "correlation", "error", "steps", "the deal has")
    rows: list[tuple[Cell, ...]] = []
    for (a, b), t in f.pairs.items():
        now = _written(f.deal, a, b)
        told = "0%" if now is None else f"{now[2]:.0%}"
        rows.append((f"{a} with {b}", f"{t.value:.0%}", f"{t.error:.0%}", Figure(float(t.count), "count"), told))
    note = (
        "Of what each date brought unexpected, over steps from the same date to the same date. One whose band of 95% "
        "holds zero is written only in the place of one that the deal has."
    )
    return Table("correlations", "Correlations", heads, tuple(rows), frozenset(), (note,))


def _written(deal: Deal, a: str, b: str) -> tuple[str, str, float] | None:
    """Return a correlation as the deal writes it, in the deal's own order, or None."""
    table = deal.risk.correlation if deal.risk is not None else {}
    for x, y in ((a, b), (b, a)):
        if y in table.get(x, {}):
            return x, y, table[x][y]
    return None


# ---- what is written ------------------------------------------------------------------------------


def overlay_text(f: Fitted, base: str, out: Path) -> str:
    """Return a deal that extends another and has the fitted parameters.

    Parameters
    ----------
    f
        The calibration.
    base
        The deal file.
    out
        The file the text is for; paths are relative to it.
    """
    lines = [
        f"extends: {os.path.relpath(Path(base).resolve(), out.resolve().parent)}",
        f"deal: {f.deal.deal}-fitted",
        "risk:",
        "  factors:",
    ]
    for id, parameters in f.parameters.items():
        lines.append(f"    {id}:")
        lines += [f"      {f'{p.fitted.name}: {p.fitted.text}':<30}# {p.fitted.words}" for p in parameters]
        lines.append(f"      note: {_quoted(f.factors[id].origin)}")
    return "\n".join([*lines, *_correlations(f)]) + "\n"


def _correlations(f: Fitted) -> list[str]:
    by: dict[str, list[str]] = {}
    for (a, b), t in f.pairs.items():
        there = _written(f.deal, a, b)
        if there is None and abs(t.value) <= Z95 * t.error:
            continue
        x, y, _ = there or (a, b, 0.0)
        by.setdefault(x, []).append(f"      {f'{y}: {t.value:.1%}':<30}# standard error {t.error:.1%}, {t.count} steps")
    return ["  correlation:", *(line for x, rows in by.items() for line in (f"    {x}:", *rows))] if by else []


def _quoted(text: str) -> str:
    return "'" + "".join(c if c.isprintable() else " " for c in text).replace("'", "''") + "'"


def write_overlay(f: Fitted, base: str, out: Path) -> Path:
    """Write the overlay and read it back.

    Parameters
    ----------
    f
        The calibration.
    base
        The deal file.
    out
        File to write.

    Raises
    ------
    RingfenceError
        If the place is no good or the deal with these parameters is refused; then nothing is left behind.
    """
    from ringfence.desk.optimise.overlay import check_place
    from ringfence.desk.session import read

    check_place(base, out)
    before = out.read_bytes() if out.exists() else None
    try:
        out.write_text(overlay_text(f, base, out), encoding="utf-8")
        read(out)
    except OSError as error:
        raise RingfenceError(f"{out} cannot be written: {error.strerror}") from None
    except RingfenceError:
        out.unlink()
        if before is not None:
            out.write_bytes(before)
        raise
    return out


def fitted_object(f: Fitted) -> dict[str, Any]:
    """Return a calibration as one object.

    Parameters
    ----------
    f
        The calibration.
    """
    return {
        "deal": f.deal.deal,
        "factors": {id: _factor_object(f.factors[id], f.parameters[id]) for id in f.factors},
        "correlations": [
            {"factors": [a, b], "value": t.value, "error": t.error, "steps": t.count} for (a, b), t in f.pairs.items()
        ],
        "findings": [
            {"level": x.level, "rule": x.rule, "message": x.message, "where": list(x.where), "fix": x.fix}
            for x in f.findings
        ],
    }


def _factor_object(c: Calibration, parameters: Iterable[Compared]) -> dict[str, Any]:
    return {
        "type": c.kind,
        "source": c.source,
        "levels": c.observations,
        "from": str(c.days[0]),
        "to": str(c.days[-1]),
        "parameters": {
            p.fitted.name: {
                "fitted": p.fitted.value,
                "error": p.fitted.error if isfinite(p.fitted.error) else None,
                "deal": p.present,
                "where": p.where,
                "catalogue": p.default.value,
                "source": str(p.default),
            }
            for p in parameters
        },
        "normal_p": c.goodness.normal,
        "independent_p": c.goodness.independent,
        "notices": list(c.notices),
    }
