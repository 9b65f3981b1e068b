"""The commands. Each parses, calls the desk and prints."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ringfence.cli.overview import Overview
from ringfence.cli.places import new_file
from ringfence.cli.refusals import CHECK_FAILED, EXIT_CODES, UsageError

if TYPE_CHECKING:
    from ringfence.terms.deal import Deal

_CODES = "\b\nExit codes:\n" + "\n".join(f"  {code}  {words}" for code, words in EXIT_CODES.items())
app = typer.Typer(
    cls=Overview,
    name="ringfence",
    help="Structure, test and explain an AI-infrastructure vehicle from one deal file.",
    epilog=_CODES,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)

DealFile = Annotated[str, typer.Argument(metavar="DEAL", help="Deal file (YAML), or DEAL@SCENARIO.")]
Scenario = Annotated[str | None, typer.Option("--scenario", "-s", help="Run under a scenario.", metavar="NAME")]
Sets = Annotated[
    list[str] | None,
    typer.Option("--set", help="Change a term: contracts.senior.pricing=7.5%. Repeatable.", metavar="PATH=VALUE"),
]
Resize = Annotated[bool, typer.Option("--resize", help="Size the debt afresh, not as signed.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]


class Format(StrEnum):
    """How rows are written."""

    table = "table"
    csv = "csv"
    parquet = "parquet"


@app.command()
def run(
    deal: DealFile,
    scenario: Scenario = None,
    set_: Sets = None,
    resize: Resize = False,
    json: AsJson = False,
    statements: Annotated[bool, typer.Option("--statements", help="Add annual statements of every business.")] = False,
    only: Annotated[
        str | None, typer.Option("--only", help="Print these parts alone: loans,investors", metavar="PARTS")
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", help="Write the run into a folder too.", metavar="DIR")] = None,
) -> None:
    """Run a deal and print its credit memo.

    Lenders, investors and sponsor first; then sources and uses, loans, investors, power, checks, alerts, findings.
    """
    parts = _parts(only)
    result = _run(deal, scenario, set_, resize, quiet=json)
    written = _write(result, out)
    if json:
        _print_json(result)
    else:
        from ringfence.cli.show import show
        from ringfence.desk.memo import memo

        base = _as_signed(result) if not parts or "signed" in parts else None
        tables = memo(result, base=base, statements=statements or "statements" in parts)
        show([t for t in tables if not parts or t.part in parts])
        _say_written(written)
    _exit_on_failed_checks(result)


@app.command()
def check(deal: DealFile, scenario: Scenario = None, set_: Sets = None, json: AsJson = False) -> None:
    """Read and run a deal; print findings, checks and alerts.

    It prints no figures; use it while a deal is being written.
    """
    result = _run(deal, scenario, set_, resize=False, quiet=json)
    if json:
        _print_json(result, without=("measures",))
    else:
        from ringfence.cli.show import show
        from ringfence.desk.memo.proof import proof_tables

        for finding in result.findings:
            print(f"{finding.level}: {finding}\n")
        show(proof_tables(result))
    _exit_on_failed_checks(result)


@app.command()
def rows(
    deal: DealFile,
    pattern: Annotated[str, typer.Argument(help="Row names, as in a shell: senior.*, *.closing")] = "*",
    format: Annotated[Format, typer.Option("--format", "-f", help="table, csv or parquet.")] = Format.table,
    out: Annotated[
        Path | None, typer.Option("--out", help="File to write.", metavar="FILE", callback=new_file())
    ] = None,
    start: Annotated[str | None, typer.Option("--from", help="First period, as 2027-06.", metavar="PERIOD")] = None,
    end: Annotated[str | None, typer.Option("--to", help="Last period.", metavar="PERIOD")] = None,
    scenario: Scenario = None,
    set_: Sets = None,
    resize: Resize = False,
) -> None:
    """Print or write rows period by period."""
    from ringfence.desk.accounting.rows import with_accounts
    from ringfence.desk.export import rows_csv, write_rows

    if format is Format.parquet and out is None:
        raise UsageError("parquet is written to a file: add --out FILE")
    if out is not None and format is Format.table:
        format = Format.parquet if out.suffix == ".parquet" else Format.csv
    result = with_accounts(_run(deal, scenario, set_, resize, quiet=format is not Format.table), pattern)
    found = _asked(result.rows, pattern)
    periods = _periods(result, start, end)
    if out is not None:
        _say_written([_asked(write_rows, result, found, out, format.value, periods)])
    elif format is Format.csv:
        print(rows_csv(result, found, periods), end="")
    else:
        from ringfence.cli.show import show
        from ringfence.desk.tables import row_tables

        show(row_tables(found, periods))


@app.command()
def explain(
    deal: DealFile,
    row: Annotated[str, typer.Argument(help="Row or measure: senior.dscr, senior.dscr.min")],
    period: Annotated[str | None, typer.Argument(help="Period, as 2027-06; left out: the most telling one.")] = None,
    depth: Annotated[int, typer.Option("--depth", help="Levels of precedents to open.", min=1, max=9)] = 2,
    scenario: Scenario = None,
    set_: Sets = None,
    resize: Resize = False,
) -> None:
    """Say why a number is what it is: formula, inputs, sources."""
    import ringfence as rf
    from ringfence.desk.accounting.rows import with_accounts
    from ringfence.desk.telling import telling_period

    result = with_accounts(_run(deal, scenario, set_, resize), row)
    only_measure = row in result.measures and row not in result.run
    label, why = (period, "") if period and not only_measure else telling_period(result, row)
    print(_asked(rf.explain, result, row, label, depth=depth))
    if why:
        print(f"\n  ({why}; name another period after {row})")


@app.command()
def scenarios(
    deal: Annotated[str, typer.Argument(metavar="DEAL", help="Deal file (YAML).")],
    of: Annotated[str, typer.Option("--of", help="Measures, with commas between.", metavar="MEASURES")] = "",
    resize: Resize = False,
) -> None:
    """Run every scenario of a deal; print measures side by side."""
    from ringfence.cli.progress import progress
    from ringfence.cli.show import show
    from ringfence.desk.scenarios import USUAL, run_scenarios, scenario_table

    with progress(f"running the scenarios of {deal}"):
        runs = list(run_scenarios(deal, resize=resize))
    names = [name.strip() for name in of.split(",") if name.strip()] or [n for n in USUAL if n in runs[0][2].measures]
    show([_asked(scenario_table, runs, names, resize=resize)])


@app.command()
def new(
    path: Annotated[Path, typer.Argument(help="File to write.")] = Path("deal.yaml"),
    kind: Annotated[str, typer.Option("--kind", "-k", help="gpu-lease, solar or two-vehicles.")] = "gpu-lease",
) -> None:
    """Write a commented deal that runs as it is."""
    from ringfence.desk.scaffold import write_template

    written = _asked(write_template, path, kind)
    print(f"wrote {written}; run it with: ringfence run {written}")


@app.command()
def schema() -> None:
    """Print the JSON Schema of a deal file, for editors."""
    from ringfence.terms.schema import json_schema

    _dump(json_schema())


@app.command()
def version() -> None:
    """Print the version."""
    from ringfence import __version__

    print(f"ringfence {__version__}")


# ---- between parsing and printing ---------------------------------------------------------------


def _run(deal: str, scenario: str | None, sets: list[str] | None, resize: bool, *, quiet: bool = False) -> Any:
    from ringfence.cli.progress import progress

    with progress(f"running {deal}", quiet=quiet):
        import ringfence as rf

        return rf.run(_read(deal, scenario, sets), resize=resize)


def _parts(only: str | None) -> tuple[str, ...]:
    """Return the parts of the memo that were asked for, all known; none asks for all."""
    if not only:
        return ()
    from ringfence.desk.memo import KEYS
    from ringfence.errors import nearest

    parts = tuple(word.strip() for word in only.split(",") if word.strip())
    for part in parts:
        if part not in KEYS:
            near = nearest(part, KEYS)
            hint = f"did you mean {near}?" if near else f"the parts are {', '.join(KEYS)}"
            raise UsageError(f"the memo has no part {part}; {hint}")
    return parts


def _as_signed(result: Any) -> Any:
    """Run the deal as agreed where the result is a variant of it on the signed schedule."""
    if not result.signed:
        return None
    import ringfence as rf
    from ringfence.cli.progress import progress

    with progress("running the deal as signed"):
        return rf.run(rf.agreed(result.deal))


def _read(deal: str, scenario: str | None, sets: list[str] | None) -> Deal:
    """Read DEAL or DEAL@SCENARIO."""
    import ringfence as rf

    path, at, named = deal.rpartition("@")
    if at and not Path(deal).exists():
        if scenario is not None:
            raise UsageError(f"the scenario is named twice: {named} and {scenario}")
        deal, scenario = path, named
    return rf.read(deal, scenario=scenario, set=sets or ())


def _asked(function: Any, *args: Any, **kwargs: Any) -> Any:
    """Call, making a refusal an error of usage: the deal is fine, the question was not."""
    from ringfence.errors import MissingExtraError, RingfenceError

    try:
        return function(*args, **kwargs)
    except MissingExtraError:
        raise
    except RingfenceError as error:
        raise UsageError(str(error)) from None


def _periods(result: Any, start: str | None, end: str | None) -> range:
    find = result.model.timeline.find
    first = 0 if start is None else _asked(find, start)
    last = len(result.labels) - 1 if end is None else _asked(find, end)
    if last < first:
        raise UsageError(f"--from {start} lies after --to {end}")
    return range(first, last + 1)


def _write(result: Any, out: Path | None) -> list[Path]:
    if out is None:
        return []
    from ringfence.desk.export import write_run

    return list(_asked(write_run, result, out))


def _say_written(paths: list[Path]) -> None:
    for path in paths:
        typer.echo(f"wrote {path}", err=True)


def _print_json(result: Any, without: tuple[str, ...] = ()) -> None:
    from ringfence.desk.export import as_object

    _dump({key: value for key, value in as_object(result).items() if key not in without})


def _dump(value: Any) -> None:
    from json import dumps

    print(dumps(value, indent=2, ensure_ascii=False, allow_nan=False))


def _exit_on_failed_checks(result: Any) -> None:
    if not all(c.ok for c in result.checks):
        raise typer.Exit(CHECK_FAILED)
