"""Command calibrate: parameters of risk factors from a history."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ringfence.cli.app import AsJson, DealFile, Scenario, Sets, _asked, _dump, _read, _say_written, app
from ringfence.cli.places import new_file


@app.command()
def calibrate(
    deal: DealFile,
    csv: Annotated[
        Path, typer.Option("--csv", help="History: a line of names, then a date and levels.", metavar="FILE")
    ],
    factor: Annotated[
        list[str],
        typer.Option("--factor", help="Factor to fit, and its column: rents=h100. Repeatable.", metavar="ID[=COLUMN]"),
    ],
    scenario: Scenario = None,
    set_: Sets = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            "-o",
            help="Write the parameters as a deal that extends this.",
            metavar="DEAL",
            callback=new_file(".yaml", ".yml"),
        ),
    ] = None,
    json: AsJson = False,
) -> None:
    """Fit risk factors of a deal to a history.

    Parameters, standard errors, how well they fit, and correlations. Levels fit base rates, GPU rents, power prices
    and exchange rates. Beside each stands what the deal has now and the catalogue's default.
    """
    from ringfence.desk.risk.calibrate import calibrate_deal, fitted_object, write_overlay

    found = calibrate_deal(_read(deal, scenario, set_), csv, factor)
    if json:
        _dump(fitted_object(found))
    else:
        from ringfence.cli.show import show

        for finding in found.findings:
            typer.echo(f"{finding.level}: {finding}\n", err=True)
        show(found.tables())
    if out is not None:
        base = deal.rpartition("@")[0] if "@" in deal and not Path(deal).exists() else deal
        _say_written([_asked(write_overlay, found, base, out)])
