"""Command compare: two deals, scenarios or changes side by side, and by how much each term moved each figure."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ringfence.cli.app import AsJson, Resize, Sets, _asked, _dump, _run, app
from ringfence.cli.places import new_file
from ringfence.cli.refusals import UsageError


@app.command()
def compare(
    a: Annotated[str, typer.Argument(metavar="A", help="Deal file, or DEAL@SCENARIO.")],
    b: Annotated[
        str, typer.Argument(metavar="[B]", help="Deal file, DEAL@SCENARIO, or @SCENARIO of A; left out: A with --set.")
    ] = "",
    set_: Sets = None,
    resize: Resize = False,
    of: Annotated[str, typer.Option("--of", help="Measures to attribute, with commas between.", metavar="NAMES")] = "",
    quick: Annotated[bool, typer.Option("--quick", help="Leave out by how much each term moved what.")] = False,
    report: Annotated[
        Path | None,
        typer.Option(
            "--report",
            help="Write it as a report too: .pdf or .html.",
            metavar="FILE",
            callback=new_file(".pdf", ".html", ".htm"),
        ),
    ] = None,
    json: AsJson = False,
) -> None:
    """Compare two deals: terms, figures, and who moved what.

    The terms that differ, the measures that moved, and by how much each term moved them. Every number is a difference
    of two runs. A --set changes B.
    """
    from ringfence.cli.progress import progress
    from ringfence.desk.compare import compare as compare_results

    if report is not None:
        from ringfence.desk.report.extra import all_needed

        all_needed()
    first, second = _named(a, b, set_)
    names = tuple(name.strip() for name in of.split(",") if name.strip())
    runs = _run(first, None, None, resize, quiet=json), _run(second, None, set_, resize, quiet=json)
    with progress("running the terms one at a time", quiet=json or quick):
        found = _asked(compare_results, *runs, attribute=not quick, resize=resize, of=names)
    if report is not None:
        from ringfence.cli.report import write_comparison

        write_comparison(found, runs, _titles(first, second, set_), names, report)
    if json:
        from ringfence.cli.written import compared

        _dump(compared(found, first, second))
        return
    from ringfence.cli.show import show

    show(found.tables(*_titles(first, second, set_), names))


def _named(a: str, b: str, sets: list[str] | None) -> tuple[str, str]:
    """Both deals in full: ``@scenario`` is one of A's, and no B at all is A with its changes."""
    if not b and not sets:
        raise UsageError("compare needs something to compare with: name B, as @SCENARIO, or change A with --set")
    if b.startswith("@"):
        return a, (a.rpartition("@")[0] if "@" in a else a) + b
    return a, b or a


def _titles(a: str, b: str, sets: list[str] | None) -> tuple[str, str]:
    """What the two columns are called, unlike each other."""
    first, second = _short(a), _short(b)
    if sets:
        second = "changed" if a == b else f"{second}, changed"
    return (first, second) if first != second else (f"{first} (A)", f"{second} (B)")


def _short(deal: str) -> str:
    path, at, scenario = deal.rpartition("@")
    return scenario if at else Path(path or deal).stem
