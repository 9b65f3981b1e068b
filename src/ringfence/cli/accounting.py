"""The accounting command: the page, its evidence in full, the judgements to attest, and other structures."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ringfence.cli.app import AsJson, DealFile, Resize, Scenario, Sets, _asked, _dump, _read, _run, app
from ringfence.cli.refusals import UsageError
from ringfence.cli.samples import sampled

if TYPE_CHECKING:
    from ringfence.accounting.structures import Structure
    from ringfence.terms.deal import Deal


class Frameworks(StrEnum):
    """Whose amounts the search prints."""

    ifrs = "ifrs"
    us = "us"
    both = "both"


@app.command()
def accounting(
    deal: DealFile,
    scenario: Scenario = None,
    set_: Sets = None,
    resize: Resize = False,
    full: Annotated[bool, typer.Option("--full", help="Add the evidence: every test, paragraph and year.")] = False,
    attest: Annotated[bool, typer.Option("--attest", help="Print the judgements to attest, to paste.")] = False,
    structures: Annotated[
        bool, typer.Option("--structures", help="Try other structures: what leaves, cover, return, flip points.")
    ] = False,
    term: Annotated[str | None, typer.Option("--term", help="Firm terms to try: 24m,36m,5y.", metavar="LIST")] = None,
    renewals: Annotated[
        str | None,
        typer.Option("--renewals", help="Renewals: none, fill, 2x12m; :certain after one.", metavar="LIST"),
    ] = None,
    guarantee: Annotated[
        str | None, typer.Option("--guarantee", help="Residual guaranteed, of price: 0%,20%.", metavar="LIST")
    ] = None,
    usage: Annotated[
        str | None, typer.Option("--usage", help="Take-or-pay share of a rent by use: 0%,60%.", metavar="LIST")
    ] = None,
    framework: Annotated[
        Frameworks, typer.Option("--framework", help="Amounts of the search under ifrs, us or both.")
    ] = Frameworks.both,
    samples: Annotated[
        Path | None,
        typer.Option("--samples", help="Party cash flows, a line a path, in place of scenarios.", metavar="FILE"),
    ] = None,
    paths: Annotated[
        int | None,
        typer.Option("--paths", help="Expected losses and drivers of value from so many random paths.", metavar="N"),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", help="Of the paths.")] = 0,
    as_of: Annotated[
        datetime | None,
        typer.Option(
            "--as-of",
            help="Day on which attestations must stand; left out: of the first balance sheet.",
            formats=["%Y-%m-%d"],
            metavar="DATE",
        ),
    ] = None,
    json: AsJson = False,
    csv: Annotated[bool, typer.Option("--csv", help="Print the structures as CSV, a line each.")] = False,
) -> None:
    """Print what really leaves the sponsor's balance sheet.

    One page: the debt by what becomes of it, lease, consolidation, the sponsor in six columns, what to attest next.
    With --structures, other firm terms, renewals, guarantees and rents by use beside each other.
    """
    varied = {"--term": term, "--renewals": renewals, "--guarantee": guarantee, "--usage": usage}
    given = [name for name, text in varied.items() if text is not None]
    given += ["--csv"] * csv + ["--framework"] * (framework is not Frameworks.both)
    if given and not structures:
        raise UsageError(f"{given[0]} goes with --structures; add it")
    if structures:
        others: dict[str, object] = {
            "--full": full,
            "--attest": attest,
            "--resize": resize,
            "--samples": samples,
            "--paths": paths,
        }
        others["--as-of"] = as_of
        for name, asked in others.items():
            if asked:
                raise UsageError(f"{name} does not go with --structures; ask for one after the other")
        _structures(_read(deal, scenario, set_), varied, framework, json=json, csv=csv)
        return
    from ringfence.cli.progress import progress
    from ringfence.desk.accounting import accounts, attest_text, evidence, page_object, page_of
    from ringfence.desk.accounting.page import one_page

    result = _run(deal, scenario, set_, resize, quiet=json)
    sample, moved, losses = sampled(result, samples, paths, seed, quiet=json)
    with progress("running a scenario for each activity", quiet=json):
        day = None if as_of is None else as_of.date()
        found = accounts(result, () if attest else evidence(result), sample, moved, as_of=day)
    if attest:
        print(attest_text(result, found))
    elif json:
        _dump(page_object([*page_of(found), *losses]))
    else:
        from ringfence.cli.show import show

        show([*one_page(found), *(page_of(found)[1:] if full else ()), *losses])


def _structures(deal: Deal, varied: dict[str, str | None], framework: Frameworks, *, json: bool, csv: bool) -> None:
    from ringfence.cli.progress import counted
    from ringfence.desk.accounting.structure_tables import search_csv, search_object, structure_tables
    from ringfence.desk.accounting.structures import search

    asked = _asked(_grid, deal, varied) if any(text is not None for text in varied.values()) else None
    with counted("structures", quiet=json or csv) as told_of:
        found = search(deal, asked, told_of=told_of)
    if json:
        _dump(search_object(found))
    elif csv:
        print(search_csv(found), end="")
    else:
        from ringfence.cli.show import show

        chosen = {"ifrs": ("IFRS 16",), "us": ("ASC 842",), "both": ("IFRS 16", "ASC 842")}[framework.value]
        show(structure_tables(found, chosen))  # type: ignore[arg-type]


def _grid(deal: Deal, varied: dict[str, str | None]) -> Sequence[Structure]:
    """Every combination of what was given, after the deal as agreed."""
    from ringfence.accounting.structures import Structure, grid

    lists = {name.removeprefix("--"): _words(text) for name, text in varied.items()}
    return [Structure(), *grid(deal, **lists)]


def _words(text: str | None) -> tuple[str, ...]:
    return tuple(word.strip() for word in (text or "").split(",") if word.strip())
