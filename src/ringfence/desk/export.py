"""Results as files: one JSON object, CSV and Parquet tables, the memo as text.

A folder of a run holds

    measures.json     the object that ``ringfence run --json`` prints
    rows.parquet      every row by period (rows.csv where DuckDB is not installed)
    index.csv         name, unit, formula, meaning and source of every row
    statements.csv    annual statements of every business and vehicle, accounts of every loan
    run.txt           the memo

Text that a user wrote and that a spreadsheet would take for a formula gets an apostrophe before it.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Sequence
from io import StringIO
from math import isfinite
from pathlib import Path
from typing import Any

from ringfence.desk.memo import memo
from ringfence.desk.memo.statements import all_statements
from ringfence.desk.view import View
from ringfence.errors import Finding, MissingExtraError, RingfenceError

FILES = ("measures.json", "rows.csv", "rows.parquet", "index.csv", "statements.csv", "run.txt")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def as_object(result: Any) -> dict[str, Any]:
    """Return a result as one JSON-ready object.

    Parameters
    ----------
    result
        What :func:`ringfence.run` returned.

    Returns
    -------
    dict
        ``measures`` {name: {value, unit}} with a ``status`` where there is no one value, ``checks``, ``alerts``,
        ``findings``, ``deal``, ``engine``.
    """
    return {
        "deal": _deal(result),
        "engine": engine(),
        "measures": {name: _measure(m) for name, m in result.measures.items()},
        "checks": [_check(c) for c in result.checks],
        "alerts": [{"name": a.name, "label": a.label, "count": a.count, "first": a.first} for a in result.alerts],
        "findings": [finding_object(f) for f in result.findings],
    }


def refusal_object(findings: Iterable[Finding], deal: str) -> dict[str, Any]:
    """Return the object of a deal that could not be run: the same keys, with its findings.

    Parameters
    ----------
    findings
        Why not.
    deal
        The file that was asked for.
    """
    found = [finding_object(f) for f in findings]
    return {"deal": {"file": deal}, "engine": engine(), "measures": {}, "checks": [], "alerts": [], "findings": found}


def engine() -> dict[str, str]:
    """Return name and version of this engine."""
    from ringfence import __version__

    return {"name": "ringfence", "version": __version__}


def finding_object(f: Finding) -> dict[str, Any]:
    """Return a finding as a JSON-ready object.

    Parameters
    ----------
    f
        The finding.
    """
    return {"level": f.level, "rule": f.rule, "message": f.message, "where": list(f.where), "fix": f.fix}


def _check(c: Any) -> dict[str, Any]:
    return {"name": c.name, "ok": bool(c.ok), "worst": _finite(c.worst), "label": c.label}


def _deal(result: Any) -> dict[str, Any]:
    deal = result.deal
    about = {"name": deal.deal, "title": deal.title, "currency": deal.currency}
    return about | {"scenario": result.scenario, "signed": result.signed}


def _measure(m: Any) -> dict[str, Any]:
    out: dict[str, Any] = {"value": _finite(m.value), "unit": str(m.unit)}
    if m.status != "ok":
        out |= {"status": m.status, "reason": m.reason}
    if len(m.roots) > 1:
        out["roots"] = list(m.roots)
    return out


def _finite(value: float | None) -> float | None:
    return None if value is None or not isfinite(value) else float(value)


def write_run(result: Any, folder: Path) -> list[Path]:
    """Write a run into a folder; see the head of this file.

    Parameters
    ----------
    result
        What :func:`ringfence.run` returned.
    folder
        Made if missing. Files of an earlier run are replaced, anything else of these names is not.

    Returns
    -------
    list[Path]
        Files written.

    Raises
    ------
    RingfenceError
        If the folder holds files of these names that no run of ringfence wrote.
    """
    _may_write(folder)
    for name in FILES:
        (folder / name).unlink(missing_ok=True)
    rows = _rows_file(result, folder)
    texts = {
        "index.csv": index_csv(result),
        "statements.csv": statements_csv(result),
        "run.txt": "\n\n".join(t.text() for t in memo(result, statements=True)) + "\n",
        "measures.json": json.dumps(as_object(result), indent=2, allow_nan=False) + "\n",
    }
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    return [rows, *(folder / name for name in texts)]


def _rows_file(result: Any, folder: Path) -> Path:
    try:
        return write_rows(result, result.rows("*"), folder / "rows.parquet", "parquet")
    except MissingExtraError:
        return write_rows(result, result.rows("*"), folder / "rows.csv", "csv")


def _may_write(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise RingfenceError(f"{folder} is a file; name a folder for --out")
    theirs = [name for name in FILES if (folder / name).exists()]
    if theirs and not _is_run(folder / "measures.json"):
        text = f"{folder} holds {', '.join(theirs)} that no run of ringfence wrote; name another folder for --out"
        raise RingfenceError(text)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RingfenceError(f"cannot make {folder}: {error.strerror}") from None


def _is_run(path: Path) -> bool:
    try:
        return bool(json.loads(path.read_text(encoding="utf-8"))["engine"]["name"] == "ringfence")
    except (OSError, ValueError, KeyError, TypeError):
        return False


def cell(text: str) -> str:
    """Return text that no spreadsheet takes for a formula.

    Parameters
    ----------
    text
        As the user wrote it.
    """
    return f"'{text}" if text.startswith(_FORMULA) else text


def _csv(head: Sequence[str], lines: Iterable[Sequence[Any]]) -> str:
    out = StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([cell(h) for h in head])
    writer.writerows([cell(x) if isinstance(x, str) else x for x in line] for line in lines)
    return out.getvalue()


def rows_csv(result: Any, rows: Any, periods: range | None = None) -> str:
    """Return rows as CSV: one line a period; base units; a one-cell row repeats in every line.

    Parameters
    ----------
    result, rows
        The result, and what its :meth:`rows` returned.
    periods
        Periods to write; all where it is left out.
    """
    head, lines = _grid(result, rows, periods)
    return _csv(head, lines)


def _grid(result: Any, rows: Any, periods: range | None) -> tuple[list[str], list[list[Any]]]:
    names = list(rows)
    columns = [rows.cells(name) for name in names]
    grid = result.model.timeline.periods
    chosen = periods if periods is not None else range(len(grid))
    lines = [[rows.labels[k], str(grid[k].start), str(grid[k].end), *(c[k] for c in columns)] for k in chosen]
    return ["period", "start", "end", *names], lines


def write_rows(result: Any, rows: Any, path: Path, form: str, periods: range | None = None) -> Path:
    """Write rows as CSV or Parquet.

    Parameters
    ----------
    result, rows
        The result, and what its :meth:`rows` returned.
    path
        File to write.
    form
        ``csv`` or ``parquet``.
    periods
        Periods to write; all where it is left out.

    Returns
    -------
    Path
        `path`.

    Raises
    ------
    MissingExtraError
        If Parquet is asked for and DuckDB is not installed.
    """
    try:
        if form == "csv":
            path.write_text(rows_csv(result, rows, periods), encoding="utf-8")
        else:
            _write_parquet(*_grid(result, rows, periods), path)
    except OSError as error:
        raise RingfenceError(f"cannot write {path}: {error.strerror}") from None
    return path


def _write_parquet(head: list[str], lines: list[list[Any]], path: Path) -> None:
    try:
        import duckdb
    except ImportError:
        text = "Parquet needs DuckDB, which is not installed: pip install 'ringfence[parquet]'"
        raise MissingExtraError(text) from None
    import numpy as np

    kinds = [object, object, object, *([np.float64] * (len(head) - 3))]
    columns = {name: np.array([line[k] for line in lines], dtype=kinds[k]) for k, name in enumerate(head)}
    dates = 'select * replace (cast("start" as date) as "start", cast("end" as date) as "end") from run'
    target = str(path).replace("'", "''")
    with duckdb.connect() as database:
        database.register("run", columns)
        database.execute(f"copy ({dates}) to '{target}' (format parquet)")


def index_csv(result: Any) -> str:
    """Return name, unit, meaning, formula and source of every row and measure.

    Parameters
    ----------
    result
        What :func:`ringfence.run` returned.
    """
    from ringfence.sheet.formula import formula_text

    sheet = result.model.sheet
    lines = []
    for r in sheet:
        formula = "input" if r.expr is None else formula_text(r.expr)
        lines.append([r.name, "row", str(r.unit), r.label, formula, r.source])
    for m in sheet.measures.values():
        lines.append([m.name, "measure", str(m.unit), m.label, formula_text(m.expr), m.source])
    return _csv(["name", "kind", "unit", "meaning", "formula", "source"], lines)


def statements_csv(result: Any) -> str:
    """Return the annual statements of every business, one line per statement line and year. [USD]

    Parameters
    ----------
    result
        What :func:`ringfence.run` returned.
    """
    view = View(result)
    lines = [
        [s.of, s.key, line.label, year, amount]
        for s in all_statements(view)
        for line in s.lines
        for year, amount in line.amounts.items()
    ]
    return _csv(["of", "statement", "line", "year", "usd"], lines)
