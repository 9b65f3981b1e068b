"""A report as one page of HTML: style and pictures inside, no script, nothing fetched, every text escaped.

The page forbids scripts and anything from outside to itself, so a browser refuses what the writer might have missed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape
from importlib.resources import files
from os import PathLike
from pathlib import Path

from ringfence.desk.report.model import Block, Chart, KeyFigures, Paragraph, Report, Section
from ringfence.desk.report.text import shown, signs
from ringfence.desk.report.write.layout import Laid, lay_out
from ringfence.desk.table import Table
from ringfence.errors import RingfenceError

POLICY = "default-src 'none'; style-src 'unsafe-inline'"
# Pictures stand on one page: what each defines for itself is named after it.
_IDS = re.compile(r' id="| href="#|:href="#|url\(#')
_CLASS = {"lead": "lead", "note": "note", "warning": "warning"}


def write_html(report: Report, path: str | PathLike[str]) -> None:
    """Write a report as a page of HTML.

    Parameters
    ----------
    report
        What :func:`make_report` returned.
    path
        File to write.

    Raises
    ------
    RingfenceError
        If the file cannot be written.
    """
    try:
        Path(path).write_bytes(html_text(report).encode("utf-8"))
    except OSError as error:
        raise RingfenceError(f"cannot write {path}: {error.strerror}") from None


def html_text(report: Report) -> str:
    """Return a report as a page of HTML.

    Parameters
    ----------
    report
        What :func:`make_report` returned.
    """
    return "\n".join(_page(report)) + "\n"


def _page(report: Report) -> Iterator[str]:
    style = files(__package__).joinpath("page.css").read_text(encoding="utf-8")
    yield '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">'
    yield f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield f"<title>{_text(report.title)}</title>\n<style>\n{style}</style>\n</head>\n<body>"
    yield f'<header>\n<h1>{_text(report.title)}</h1>\n<p class="case">{_text(report.subtitle)}</p>\n<dl class="facts">'
    yield from (f"<dt>{_text(label)}</dt><dd>{_text(said)}</dd>" for label, said in report.facts)
    yield '</dl>\n<nav aria-label="Contents">\n<ol>'
    yield from (f'<li><a href="#{_text(s.key)}">{_text(s.title)}</a></li>' for s in report.sections)
    yield f'</ol>\n</nav>\n<p class="units">{_text(report.units)}</p>\n</header>\n<main>'
    for number, section in enumerate(report.sections, 1):
        yield from _section(section, number)
    yield "</main>\n</body>\n</html>"


def _section(section: Section, number: int) -> Iterator[str]:
    yield f'<section id="{_text(section.key)}">\n<h2>{number}. {_text(section.title)}</h2>'
    for block in section.blocks:
        yield from _block(block)
    yield "</section>"


def _block(block: Block) -> Iterator[str]:
    if isinstance(block, Paragraph):
        kind = _CLASS.get(block.style)
        text = "".join(f"<strong>{_said(t)}</strong>" if strong else _said(t) for t, strong in block.runs)
        yield f'<p class="{kind}">{text}</p>' if kind else f"<p>{text}</p>"
    elif isinstance(block, KeyFigures):
        items = (f"<li><span>{_text(a)}</span><b>{_said(b)}</b><span>{_text(c)}</span></li>" for a, b, c in block.items)
        yield f'<ul class="figures">{"".join(items)}</ul>'
    elif isinstance(block, Chart):
        yield _figure(block)
    else:
        yield from (_table(laid) for laid in lay_out(block))


def _figure(c: Chart) -> str:
    key = f"chart-{c.key}"
    own = _IDS.sub(lambda m: f"{m[0]}{_text(key)}-", c.svg)
    svg = own.replace("<svg ", f'<svg role="img" aria-label="{_text(c.words)}" ', 1)
    caption = f"<figcaption>{_text(c.title)}</figcaption>"
    return f'<figure id="{_text(key)}">{caption}{svg}{_notes(c.notes)}</figure>'


def _table(laid: Laid) -> str:
    t = laid.table
    wide = {k for k, share in enumerate(laid.shares) if share is not None}
    head = ""
    if any(t.heads):
        cells = (f'<th scope="col"{_class(k, t)}>{_text(h)}</th>' for k, h in enumerate(t.heads))
        head = f"<thead><tr>{''.join(cells)}</tr></thead>"
    body = "".join(_row(laid, k, wide) for k in range(len(laid.cells)))
    full = ' class="full"' if laid.full else ""
    table = f"<table{full}><caption>{_said(t.title)}</caption>{head}<tbody>{body}</tbody></table>"
    return f'<div class="scroll">{table}{_notes(t.notes)}</div>'


def _row(laid: Laid, k: int, wide: set[int]) -> str:
    t, cells = laid.table, laid.cells[k]
    marks = {
        "total": k in t.totals,
        "title": laid.is_title(k),
        "ruled": laid.is_ruled(k),
    }
    kind = " ".join(name for name, is_so in marks.items() if is_so)
    opened = f'<tr class="{kind}">' if kind else "<tr>"
    indent = f"i{min(laid.indents[k], 2)}" if laid.indents[k] else ""
    if marks["title"]:
        return f'{opened}<th scope="rowgroup" colspan="{len(cells)}" class="l">{_said(cells[0])}</th></tr>'
    first = f'<th scope="row"{_class(0, t, indent)}>{_said(cells[0])}</th>'
    rest = (f"<td{_class(n, t, 'w' if n in wide else '')}>{_said(c)}</td>" for n, c in enumerate(cells[1:], 1))
    return f"{opened}{first}{''.join(rest)}</tr>"


def _class(column: int, table: Table, more: str = "") -> str:
    names = " ".join(n for n in ("l" if column in table.left else "", more) if n)
    return f' class="{names}"' if names else ""


def _notes(notes: tuple[str, ...]) -> str:
    return "".join(f'<p class="under">{_said(note)}</p>' for note in notes)


def _said(text: str) -> str:
    return escape(signs(shown(text)), quote=True)


def _text(text: str) -> str:
    return escape(shown(text), quote=True)
