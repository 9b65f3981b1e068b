"""``ringfence optimise``: the best structure within the limits, what binds it and what that costs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ringfence.cli.app import AsJson, DealFile, Scenario, Sets, _asked, _dump, _read, _say_written, app
from ringfence.cli.places import new_file


@app.command()
def optimise(
    deal: DealFile,
    by: Annotated[
        list[str],
        typer.Option("--by", help="Terms that may vary: senior.margin=200bp..450bp,rent.term=4y|5y", metavar="TERMS"),
    ],
    maximise: Annotated[str | None, typer.Option("--maximise", help="Make it large.", metavar="MEASURE")] = None,
    minimise: Annotated[str | None, typer.Option("--minimise", help="Make it small.", metavar="MEASURE")] = None,
    subject_to: Annotated[
        list[str] | None,
        typer.Option("--subject-to", help='A limit: "senior.dscr.min >= 1.15". Repeatable.', metavar="LIMIT"),
    ] = None,
    frontier: Annotated[
        str | None,
        typer.Option("--frontier", help="Trade-off with a second aim: max:MEASURE or min:MEASURE.", metavar="AIM"),
    ] = None,
    points: Annotated[int, typer.Option("--points", help="Points of the frontier.", min=2, max=50)] = 7,
    paths: Annotated[int, typer.Option("--paths", help="Random futures behind a P(...) limit.", min=1)] = 4_000,
    seed: Annotated[int, typer.Option("--seed", help="Seed of the random futures.", min=0)] = 0,
    scenario: Scenario = None,
    set_: Sets = None,
    signed: Annotated[
        bool, typer.Option("--signed", help="Hold the debt as signed; left out, it is sized for every structure.")
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            "-o",
            help="Write the best structure as a deal.",
            metavar="DEAL",
            callback=new_file(".yaml", ".yml"),
        ),
    ] = None,
    json: AsJson = False,
) -> None:
    """Find the terms that serve an aim best within limits.

    It says what binds, what that costs, and which limits conflict.

    TERMS are names with commas between: an id and the last word of a term, alone (half to one and a half times what is
    agreed), with bounds, =LOW..HIGH, or with values, =A|B|C. Durations and counts are stepped, =4y..6y step 6m.
    """
    from ringfence.cli.progress import progress
    from ringfence.desk.optimise import optimise as find

    base = deal.rpartition("@")[0] if "@" in deal and not Path(deal).exists() else deal
    if out is not None:
        from ringfence.desk.optimise.overlay import check_place

        _asked(check_place, base, out)
    read = _read(deal, scenario, set_)
    terms = [text.strip() for part in by for text in part.split(",") if text.strip()]
    with progress(f"searching the structures of {deal}", quiet=json):
        answer = find(
            read,
            maximise=maximise,
            minimise=minimise,
            by=terms,
            subject_to=subject_to or (),
            frontier_with=frontier,
            points=points,
            resize=not signed,
            paths=paths,
            seed=seed,
        )
    if out is not None:
        from ringfence.desk.optimise.overlay import write_overlay

        _asked(write_overlay, answer, base, out)
        _say_written([out])
    if json:
        from ringfence.desk.optimise.object import answer_object

        _dump(answer_object(answer))
    else:
        from ringfence.cli.show import show
        from ringfence.desk.optimise.tables import tables

        show(tables(answer))
