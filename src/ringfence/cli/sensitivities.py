"""Command sensitivities: what moves a figure, exactly, and where it turns."""

from __future__ import annotations

from typing import Annotated

import typer

from ringfence.cli.app import AsJson, DealFile, Resize, Scenario, Sets, _asked, _dump, _read, app


@app.command()
def sensitivities(
    deal: DealFile,
    of: Annotated[
        str, typer.Option("--of", help="Measure: gpu_equity.irr; or a cell: senior.dscr@2027-06", metavar="MEASURE")
    ],
    top: Annotated[int, typer.Option("--top", help="Inputs to show.", min=1, max=1000)] = 12,
    by: Annotated[
        str,
        typer.Option("--by", help="Inputs, as shell patterns with commas between: senior.*,rent.*", metavar="PATTERN"),
    ] = "",
    scenario: Scenario = None,
    set_: Sets = None,
    resize: Resize = False,
    json: AsJson = False,
) -> None:
    """Print what moves a figure: its slope by every input.

    Slopes are exact, checked by runs, and corners are named. Both readings are given: on the signed schedule, and with
    the debt sized afresh; --resize makes the check runs in the second.
    """
    from ringfence.cli.progress import progress
    from ringfence.desk.sensitivities import sensitivities as ask

    with progress(f"differentiating {deal}", quiet=json):
        found = _asked(ask, _read(deal, scenario, set_), of, resize=resize, top=top, by=by)
    if json:
        from ringfence.desk.sensitivities.page import as_object

        _dump(as_object(found, top))
        return
    from ringfence.cli.show import show

    show(found.tables(top))
