"""The command of random paths: a deal on a million futures, one page for a credit committee."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ringfence.cli.app import AsJson, Sets, _asked, _dump, _read, _say_written, app
from ringfence.cli.places import new_file
from ringfence.cli.progress import PATIENCE, progress
from ringfence.cli.refusals import UsageError

if TYPE_CHECKING:
    from ringfence.desk.risk import Prepared, RiskResult

#: What a shell expects of a command that was interrupted.
INTERRUPTED = 130
Deals = Annotated[
    list[str], typer.Argument(metavar="DEAL...", help="Deal file, or DEAL@SCENARIO; several: a portfolio.")
]


@app.command()
def risk(
    deals: Deals,
    paths: Annotated[int, typer.Option("--paths", "-n", help="Random paths.")] = 100_000,
    seed: Annotated[int, typer.Option("--seed", help="Same seed, same bits.")] = 0,
    factors: Annotated[str, typer.Option("--factors", help="Let only these move: rent,sofr", metavar="IDS")] = "",
    of: Annotated[
        str, typer.Option("--of", help="Further measures, with commas between; or all.", metavar="MEASURES")
    ] = "",
    stress: Annotated[bool, typer.Option("--stress", help="Add the named lender cases.")] = False,
    reverse: Annotated[bool, typer.Option("--reverse", help="Add the most probable move that breaks a loan.")] = False,
    sobol: Annotated[bool, typer.Option("--sobol", help="Add which factor explains which variance.")] = False,
    out: Annotated[Path | None, typer.Option("--out", help="Keep finished blocks and results.", metavar="DIR")] = None,
    parties: Annotated[
        Path | None,
        typer.Option("--parties", help="Write party cash flows for the accounts.", metavar="FILE", callback=new_file()),
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the blocks in --out.")] = False,
    blocks: Annotated[str, typer.Option("--blocks", help="Compute only these, for an array job.", metavar="A:B")] = "",
    threads: Annotated[int, typer.Option("--threads", help="Threads of this process.", min=1, max=512)] = 2,
    workers: Annotated[int, typer.Option("--workers", help="Processes instead of threads.", min=0, max=512)] = 0,
    cluster: Annotated[str, typer.Option("--cluster", help="Dask scheduler: tcp://host:8786", metavar="ADDRESS")] = "",
    set_: Sets = None,
    json: AsJson = False,
) -> None:
    """Run a deal on random paths: breaches, losses, returns.

    Every path is on the schedule the deal signed. Probabilities of lock-up, breach and missed payment by date,
    losses, returns, slotting; each with its error. What may come is in the risk block of the deal. The same seed
    gives the same bits on any machine, threads or cluster.
    """
    if len(deals) > 1:
        _refuse_of_a_portfolio(deals, blocks=blocks, parties=parties, reverse=reverse, sobol=sobol, of=of)
    if resume and out is None:
        raise UsageError("--resume goes on with the blocks of a folder: add --out DIR")
    with progress(f"preparing {', '.join(deals)}", quiet=json):
        prepared = [(deal, _prepared(deal, set_, factors, of)) for deal in deals]
    backend, close = _backend(threads, workers, cluster)
    try:
        if len(prepared) > 1:
            _portfolio(prepared, paths, seed, backend, stress, out, resume, json)
        elif blocks:
            _some_blocks(prepared[0][1], paths, seed, blocks, out, backend)
        else:
            result = _one(prepared[0][1], paths, seed, threads, backend, out, resume, json)
            _report(result, stress, reverse, sobol, backend, out, json)
            if parties is not None:
                _write_parties(result, backend, parties, json)
    finally:
        close()


def _refuse_of_a_portfolio(deals: list[str], **asked: object) -> None:
    """Refuse, before anything is run, what a portfolio cannot give, and deals that would be told apart by nothing."""
    from ringfence.desk.risk.portfolio import folder_names

    reasons = {
        "blocks": "an array job computes the blocks of one deal; run it for each, into folders of one --out",
        "parties": "the accounts ask for the parties of one vehicle",
        "reverse": "the move that breaks a loan is looked for within the factors of one deal",
        "sobol": "variance is explained by the factors of one deal",
        "of": "a portfolio adds up losses and values; other measures are asked for of one deal",
    }
    for name, reason in reasons.items():
        if asked[name]:
            raise UsageError(f"--{name} takes one deal, and {len(deals)} are named: {reason}")
    _asked(folder_names, deals)


def _prepared(deal: str, sets: list[str] | None, factors: str, of: str) -> Prepared:
    from ringfence.desk.risk import prepare

    return prepare(_read(deal, None, sets), factors=_words(factors) or None, of=_words(of))


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]


def _backend(threads: int, workers: int, cluster: str) -> tuple[Any, Callable[[], None]]:
    """Return where blocks are computed, and how to end it."""
    from ringfence.risk import backends

    if cluster and workers:
        raise UsageError("--cluster and --workers exclude each other")
    if cluster:
        return backends.cluster(cluster), lambda: None
    if workers:
        pool = backends.Pool(workers)
        return pool, pool.close
    return backends.threads(threads), lambda: None


def _one(
    prepared: Prepared, paths: int, seed: int, threads: int, backend: Any, out: Path | None, resume: bool, quiet: bool
) -> RiskResult:
    from ringfence.desk.risk import run_risk

    with interruptible(out), counting("paths", quiet=quiet) as tell:
        return run_risk(
            prepared, paths=paths, seed=seed, backend=backend, out=out, resume=resume, tell=tell, threads=threads
        )


@contextmanager
def interruptible(out: Path | None) -> Iterator[None]:
    """Say what was kept where a run is interrupted.

    Parameters
    ----------
    out
        Folder of finished blocks.
    """
    try:
        yield
    except KeyboardInterrupt:
        kept = (
            f"finished blocks are in {out}; go on with --resume"
            if out
            else "nothing was kept: name a folder with --out"
        )
        typer.echo(f"interrupted; {kept}", err=True)
        raise typer.Exit(INTERRUPTED) from None


def _report(
    result: RiskResult, stress: bool, reverse: bool, sobol: bool, backend: Any, out: Path | None, json: bool
) -> None:
    from dataclasses import replace

    from ringfence.desk.risk import more
    from ringfence.desk.risk.export import risk_object, write_risk

    prepared, seed = result.prepared, result.job.seed
    if result.spoilt:
        numbers = ", ".join(str(number) for number in result.spoilt)
        typer.echo(f"torn or altered in {out}, and computed again: block {numbers}", err=True)
    with progress("running the named cases", quiet=json or not stress):
        cases = more.stress(prepared) if stress else None
    with counting("paths that explain variance", quiet=json or not sobol) as tell:
        names = list(prepared.extra)
        explained = more.explain(prepared, names, seed=seed, backend=backend, tell=tell) if sobol else ()
    with progress("looking for the most probable break", quiet=json or not reverse):
        broken = more.reverse(prepared, seed=seed) if reverse else ()
    result = replace(result, more=more.More(prepared, cases, explained, broken))
    if json:
        _dump(risk_object(result))
    else:
        from ringfence.cli.show import show

        show(result.tables())
    written = [] if out is None else _asked(write_risk, result, out)
    _say_written([] if json else written)


def _write_parties(result: RiskResult, backend: Any, path: Path, json: bool) -> None:
    from ringfence.desk.risk.parties import expected_loss_table, party_sample, vehicle_of, write_sample

    vehicle = vehicle_of(result.prepared)
    with counting("paths for the accounts", quiet=json) as tell:
        paths, seed = result.totals.paths, result.job.seed
        sample, failed = party_sample(result.prepared, vehicle, paths=paths, seed=seed, backend=backend, tell=tell)
    written = _asked(write_sample, sample, path)
    if not json:
        from ringfence.cli.show import show

        print()
        show([expected_loss_table(sample, vehicle, left_out=failed, seed=seed)])
    _say_written([written])


def _some_blocks(prepared: Prepared, paths: int, seed: int, blocks: str, out: Path | None, backend: Any) -> None:
    from ringfence.risk.runner import run_blocks
    from ringfence.risk.store import Store

    if out is None:
        raise UsageError("--blocks writes blocks into a folder that all parts share: add --out DIR")
    job = prepared.job(paths, seed=seed)
    first, last = _span(blocks, job.blocks)
    store = Store(out, job, resume=True)
    with counting("paths") as tell:
        for _ in run_blocks(job, backend, store=store, only=range(first, last), tell=tell):
            pass
    there = len(store.finished())
    words = "all are there" if there == job.blocks else f"{job.blocks - there} are missing"
    print(f"blocks {first} to {last - 1} of {job.blocks} are in {out}; {words}.")
    if there == job.blocks:
        print("Leave out --blocks and add --resume to read them all and print the page.")


def _span(text: str, blocks: int) -> tuple[int, int]:
    first, _, last = text.partition(":")
    if not (first.isdigit() and last.isdigit() and 0 <= int(first) < int(last)):
        raise UsageError(f"--blocks {text} is no span; write 0:10 for the first ten of {blocks}")
    if int(first) >= blocks:
        raise UsageError(f"--blocks {text} begins after the last of {blocks} blocks, 0 to {blocks - 1}")
    return int(first), min(int(last), blocks)


def _portfolio(
    prepared: list[tuple[str, Prepared]],
    paths: int,
    seed: int,
    backend: Any,
    stress: bool,
    out: Path | None,
    resume: bool,
    json: bool,
) -> None:
    from ringfence.desk.accounting import page_object
    from ringfence.desk.risk.portfolio import run_portfolio, with_stress, write_portfolio

    with interruptible(out), counting("paths", quiet=json) as tell:
        found = run_portfolio(prepared, paths=paths, seed=seed, backend=backend, out=out, resume=resume, tell=tell)
    with progress("running the named cases", quiet=json or not stress):
        found = with_stress(found) if stress else found
    if json:
        _dump(page_object(found.tables()))
    else:
        from ringfence.cli.show import show

        show(found.tables())
    _say_written([] if out is None else _asked(write_portfolio, found, out))


@contextmanager
def counting(words: str, *, quiet: bool = False) -> Iterator[Callable[[int, int], None] | None]:
    """Show how many of how many are done, on a terminal, once it takes longer than a second.

    Parameters
    ----------
    words
        What is counted.
    quiet
        Never show it.
    """
    if quiet or not sys.stderr.isatty():
        yield None
        return
    from time import monotonic

    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    columns = (TextColumn("{task.completed:,} of {task.total:,} {task.description}"), BarColumn())
    start = monotonic()
    with Progress(
        *columns, TimeElapsedColumn(), TimeRemainingColumn(), console=Console(stderr=True), transient=True
    ) as bars:
        task = bars.add_task(words, total=1, visible=False)

        def tell(done: int, whole: int) -> None:
            bars.update(task, completed=done, total=whole, visible=monotonic() - start > PATIENCE)

        yield tell
