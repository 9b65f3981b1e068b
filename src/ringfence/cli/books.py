"""Commands of the workbook: the deal as live Excel formulas, and a banker's edits back into the deal file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ringfence.cli.app import DealFile, Resize, Scenario, Sets, _asked, _run, _say_written, app
from ringfence.cli.places import new_file


@app.command()
def workbook(
    deal: DealFile,
    out: Annotated[
        Path, typer.Option("--out", "-o", help="Book to write.", metavar="FILE", callback=new_file(".xlsx"))
    ] = Path("deal.xlsx"),
    scenario: Scenario = None,
    set_: Sets = None,
    resize: Resize = False,
    accounting: Annotated[
        bool | None,
        typer.Option("--accounting/--no-accounting", help="Accounts of lease and sponsor; left out: as the deal says."),
    ] = None,
) -> None:
    """Write the deal as live Excel formulas.

    Change an input in it and everything follows, the debt sizing included.
    """
    from ringfence.cli.progress import progress
    from ringfence.desk.workbook import make_book

    result = _run(deal, scenario, set_, resize)
    path, at, _ = deal.rpartition("@")
    source = path if at and not Path(deal).exists() else deal
    with progress(f"writing {out}"):
        _asked(_asked(make_book, result, source, accounting=accounting).write, out)
    _say_written([out])


@app.command("read-workbook")
def read_workbook(
    book: Annotated[Path, typer.Argument(metavar="FILE", help="Book written by ringfence workbook.")],
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="Deal file to write.", metavar="DEAL", callback=new_file(".yaml", ".yml")),
    ] = None,
) -> None:
    """Take the Inputs page of a book back into its deal.

    Only edited values change in the file; comments and the way values are written stay.
    """
    from ringfence.desk.workbook.read import read_workbook as read_back
    from ringfence.desk.workbook.read import write_back

    back = _asked(read_back, book)
    for change in back.changes:
        print(f"{change.path}: {change.before} -> {change.after}")
    for line in back.left:
        print(f"not returned: {line}")
    if not back.changes and not back.left:
        print("nothing was edited")
    if out is not None:
        _asked(write_back, back, out)
        _say_written([out])
