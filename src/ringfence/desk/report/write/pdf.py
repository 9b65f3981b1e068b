"""A report in print: PDF/A-2a and PDF/UA-1 by Typst, the same bytes each time.

The page is laid out by ``page.typ``, which never changes; what a report says goes in as data. So a name such as
``#eval("1")`` or ``$x$`` is text there and nothing else. Fonts are those inside Typst, the date is the report's own.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.resources import files
from os import PathLike
from pathlib import Path
from typing import Any, Literal

from ringfence.desk.report.extra import needed
from ringfence.desk.report.model import Block, Chart, KeyFigures, Paragraph, Report
from ringfence.desk.report.text import MISSING, printed, signs
from ringfence.desk.report.write.layout import Laid, lay_out
from ringfence.errors import RingfenceError

STANDARDS: list[Literal["a-2a", "ua-1"]] = ["a-2a", "ua-1"]
_NOTE = f" Letters that the printed fonts lack are shown as {MISSING}; the web page shows them."


def write_pdf(report: Report, path: str | PathLike[str]) -> None:
    """Write a report as PDF.

    Parameters
    ----------
    report
        What :func:`make_report` returned.
    path
        File to write.

    Raises
    ------
    MissingExtraError
        If Typst is not installed.
    RingfenceError
        If the file cannot be written.
    """
    content = pdf_bytes(report)
    try:
        Path(path).write_bytes(content)
    except OSError as error:
        raise RingfenceError(f"cannot write {path}: {error.strerror}") from None


def pdf_bytes(report: Report) -> bytes:
    """Return a report as PDF.

    Parameters
    ----------
    report
        What :func:`make_report` returned.

    Raises
    ------
    MissingExtraError
        If Typst is not installed.
    """
    typst = needed("typst")
    page = files(__package__).joinpath("page.typ").read_bytes()
    moment = datetime(report.dated.year, report.dated.month, report.dated.day, tzinfo=UTC)
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=True)
    made = typst.compile(
        page,
        format="pdf",
        sys_inputs={"content": json.dumps(content_of(report), ensure_ascii=True)},
        font_paths=fonts,
        pdf_standards=[*STANDARDS],
        timestamp=moment,
    )
    return bytes(made)


def content_of(report: Report) -> dict[str, Any]:
    """Return a report as the plain data that ``page.typ`` lays out.

    Parameters
    ----------
    report
        What :func:`make_report` returned.
    """
    facts = dict(report.facts)
    sections = [
        {"title": printed(s.title), "blocks": [b for block in s.blocks for b in _blocks(block)]}
        for s in report.sections
    ]
    title, subtitle = printed(report.title), printed(report.subtitle)
    lacks = MISSING in title + subtitle + json.dumps(sections, ensure_ascii=False)
    return {
        "title": title,
        "subtitle": subtitle,
        "facts": [[printed(label), printed(text)] for label, text in report.facts],
        "run": printed(facts.get("Run", "")),
        "foot": printed(f"{facts.get('Written by', '')}, {report.dated}"),
        "units": report.units + (_NOTE if lacks else ""),
        "sections": sections,
    }


def _blocks(block: Block) -> Iterator[dict[str, Any]]:
    if isinstance(block, Paragraph):
        runs = [[signs(printed(text)), strong] for text, strong in block.runs]
        yield {"kind": "paragraph", "style": block.style, "runs": runs}
    elif isinstance(block, KeyFigures):
        yield {"kind": "keyfigures", "items": [[signs(printed(text)) for text in item] for item in block.items]}
    elif isinstance(block, Chart):
        yield _chart(block)
    else:
        yield from (_table(laid) for laid in lay_out(block))


def _chart(c: Chart) -> dict[str, Any]:
    notes = [printed(note) for note in c.notes]
    return {"kind": "chart", "title": printed(c.title), "svg": c.svg, "alt": printed(c.words), "notes": notes}


def _table(laid: Laid) -> dict[str, Any]:
    t = laid.table
    rows = [
        {
            "cells": [signs(printed(cell)) for cell in row],
            "indent": laid.indents[k],
            "total": k in t.totals,
            "title": laid.is_title(k),
            "ruled": laid.is_ruled(k),
        }
        for k, row in enumerate(laid.cells)
    ]
    return {
        "kind": "table",
        "title": signs(printed(t.title)),
        "heads": [printed(head) for head in t.heads],
        "headed": any(t.heads),
        "left": [k in t.left for k in range(len(t.heads))],
        "shares": laid.shares,
        "full": laid.full,
        "together": laid.together,
        "rows": rows,
        "notes": [signs(printed(note)) for note in t.notes],
    }
