"""The command of the report: what an investment committee reads, as PDF and as a page of HTML."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ringfence.cli.app import DealFile, Resize, Scenario, Sets, _asked, _exit_on_failed_checks, _run, _say_written, app
from ringfence.cli.places import new_file

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ringfence.desk.compare import Comparison
    from ringfence.desk.report import Contributor
    from ringfence.desk.session import Result
    from ringfence.terms.deal import Deal


@app.command()
def report(
    deal: DealFile,
    out: Annotated[
        Path, typer.Option("--out", "-o", help="PDF to write.", metavar="FILE", callback=new_file(".pdf"))
    ] = Path("deal.pdf"),
    html: Annotated[
        Path | None,
        typer.Option("--html", help="Write a page of HTML too.", metavar="FILE", callback=new_file(".html", ".htm")),
    ] = None,
    statements: Annotated[bool, typer.Option("--statements", help="Add annual statements of every business.")] = False,
    paths: Annotated[int, typer.Option("--paths", "-n", help="Add a run on random paths: how many.", min=0)] = 0,
    seed: Annotated[int, typer.Option("--seed", help="Of the random paths.", min=0)] = 0,
    scenario: Scenario = None,
    set_: Sets = None,
    resize: Resize = False,
) -> None:
    """Write a report for an investment committee.

    PDF/A, and on request a self-contained page of HTML. The answer in a paragraph; cash between parties; sources and
    uses; timetable; debt and cover; waterfall; loan to value; returns; sponsor; power; accounting; checks; every
    assumption with its source. With --paths, a section on risk: the deal on random futures, on the schedule it
    signed.
    """
    from ringfence.cli.progress import progress
    from ringfence.desk.report import make_report, write_html, write_pdf
    from ringfence.desk.report.extra import all_needed

    all_needed()
    result = _run(deal, scenario, set_, resize)
    file, at, _ = deal.rpartition("@")
    source = file if at and not Path(deal).exists() else deal
    risks = _risks(result.deal, paths, seed)
    with progress("drawing the report"):
        made = _asked(make_report, result, source, contributors=risks, annual=statements)
    with progress(f"writing {out}"):
        _asked(write_pdf, made, out)
        if html is not None:
            _asked(write_html, made, html)
    _say_written([out, *([html] if html else [])])
    _exit_on_failed_checks(result)


def _risks(deal: Deal, paths: int, seed: int) -> list[Contributor]:
    """Run the deal on random paths where they are asked for."""
    if not paths:
        return []
    from ringfence.cli.progress import progress
    from ringfence.desk.report.sections.risk import RiskPages
    from ringfence.desk.risk import prepare, run_risk

    with progress(f"running {paths:,} random paths"):
        return [RiskPages(run_risk(prepare(deal), paths=paths, seed=seed))]


def write_comparison(
    found: Comparison, runs: tuple[Result, Result], names: tuple[str, str], of: Sequence[str], path: Path
) -> None:
    """Write a comparison as a report: a PDF, or a page of HTML where the file is called so.

    Parameters
    ----------
    found, runs
        The comparison, and the two results.
    names
        What they are called.
    of
        Measures to attribute.
    path
        File to write.
    """
    from ringfence.cli.progress import progress
    from ringfence.desk.report import write_html, write_pdf
    from ringfence.desk.report.comparison import comparison_report

    with progress(f"writing {path}"):
        made = comparison_report(found, *runs, names, of)
        _asked(write_pdf if path.suffix.lower() == ".pdf" else write_html, made, path)
    _say_written([path])
