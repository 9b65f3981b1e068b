"""Several deals, or scenarios of one, on the same random paths.

Path n of every deal is drawn from the same seed, and factors of the same name are the same noise, so what two deals
share moves together. The blocks of all deals are taken in step: what lenders lose and what equity is worth is added up
path by path, in the order of the deals, and the sums have the same bits on one machine and on a cluster.

A portfolio that is kept has a folder, and in it one for each deal and scenario, which is that of a run of its own:
``a@late`` for ``deals/a.yaml@late``. Any of them can be taken up by ``ringfence risk`` alone, and the other way round.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ringfence.desk.risk.page import said
from ringfence.desk.risk.run import Prepared, RiskResult
from ringfence.desk.table import Cell, Figure, Table
from ringfence.errors import RunError
from ringfence.risk.backends import Backend, threads
from ringfence.risk.credit import USUAL_WAY
from ringfence.risk.reduce import EXACT, Distribution, Share
from ringfence.risk.runner import Tell, Totals, run_blocks
from ringfence.risk.store import Store

if TYPE_CHECKING:
    from ringfence.risk.fans import Fan
    from ringfence.risk.job import Array, Block, Job

_LOSS = 1.0


@dataclass(frozen=True)
class Sums:
    """What the lenders of some deals lose, and what their equity is worth, path by path.

    Parameters
    ----------
    losses
        Of all lenders together. [USD]
    values
        NPV of all equity held outside the vehicles. [USD]
    """

    losses: Distribution
    values: Distribution

    @classmethod
    def over(cls, paths: int) -> Sums:
        """Start with nothing."""
        return cls(Distribution(paths <= EXACT), Distribution(paths <= EXACT))


@dataclass(frozen=True)
class Portfolio:
    """Deals on the same paths.

    Parameters
    ----------
    results
        Name -> run.
    sums
        Name -> what is added up of it.
    whole
        The same of all deals together.
    """

    results: dict[str, RiskResult]
    sums: dict[str, Sums]
    whole: Sums

    def tables(self) -> list[Table]:
        """Return a line for each deal and one for all; and the named cases side by side, if they were run."""
        short = folder_names(list(self.results))
        rows: list[tuple[Cell, ...]] = [
            (word, *_row([result], self.sums[name]))
            for word, (name, result) in zip(short, self.results.items(), strict=True)
        ]
        rows.append(("all together", *_row(list(self.results.values()), self.whole)))
        heads = ("deal", "lent", "a lender loses", "expected loss", "99% loss", "mean NPV", "VaR 95%", "ES 95%")
        first = next(iter(self.results.values()))
        notes = (
            f"{first.totals.paths:,} paths, seed {first.job.seed}; factors of the same name move together. Loss: at "
            f"default, {USUAL_WAY}; 99% loss: not exceeded on 99% of paths. NPV of equity held outside the vehicles.",
        )
        title = "Portfolio on the same paths, USD m"
        table = Table("portfolio", title, heads, tuple(rows), frozenset({len(rows) - 1}), notes)
        return [table, *_stress_tables(self)]


def folder_names(deals: Sequence[str]) -> list[str]:
    """Return the folder of each deal within that of a portfolio.

    Parameters
    ----------
    deals
        As named: ``deals/a.yaml``, ``deals/a.yaml@late``.

    Raises
    ------
    RunError
        If two are the same, or would share a folder.

    Examples
    --------
    >>> folder_names(["deals/a.yaml", "deals/a.yaml@late", "b.yml"])
    ['a', 'a@late', 'b']
    """
    found: dict[str, str] = {}
    for deal in deals:
        stem, at, scenario = deal.rpartition("@") if not Path(deal).exists() else (deal, "", "")
        name = Path(stem or scenario).stem + (f"@{scenario}" if at and stem else "")
        if found.get(name) == deal:
            raise RunError(f"{deal} is named twice; give each deal, or scenario, once")
        if name in found:
            raise RunError(f"{found[name]} and {deal} would share the folder {name}; copy one under another name")
        found[name] = deal
    return list(found)


def run_portfolio(
    deals: Sequence[tuple[str, Prepared]],
    *,
    paths: int,
    seed: int = 0,
    backend: Backend | None = None,
    out: Path | None = None,
    resume: bool = False,
    tell: Tell | None = None,
) -> Portfolio:
    """Run several deals on the same paths.

    Parameters
    ----------
    deals
        Name and deal.
    paths, seed
        How many, and which.
    backend
        Where; threads of this process if left out.
    out
        Folder in which finished blocks are kept, a folder for each deal.
    resume
        Go on with the blocks that are there.
    tell
        Called with paths done and in all, over all deals.
    """
    from time import perf_counter

    start = perf_counter()
    folders = folder_names([name for name, _ in deals])
    jobs = [p.job(paths, seed=seed) for _, p in deals]
    stores = [None if out is None else Store(out / f, job, resume=resume) for f, job in zip(folders, jobs, strict=True)]
    totals = [Totals(job, p.periods) for job, (_, p) in zip(jobs, deals, strict=True)]
    sums, whole = {name: Sums.over(paths) for name, _ in deals}, Sums.over(paths)
    done = 0
    streams = [run_blocks(job, backend or threads(), store=s) for job, s in zip(jobs, stores, strict=True)]
    for blocks in zip(*streams, strict=True):
        losses = [_loss(p, b) for (_, p), b in zip(deals, blocks, strict=True)]
        values = [_value(p, b) for (_, p), b in zip(deals, blocks, strict=True)]
        for k, (name, _) in enumerate(deals):
            totals[k].add(blocks[k])
            sums[name].losses.add(losses[k])
            sums[name].values.add(values[k])
        whole.losses.add(_summed(losses))
        whole.values.add(_summed(values))
        done += sum(len(b) for b in blocks)
        if tell is not None:
            tell(done, paths * len(deals))
    seconds = perf_counter() - start
    results = {
        name: RiskResult(p, t, _fans(p, t.job) if out is not None else (), seconds)
        for (name, p), t in zip(deals, totals, strict=True)
    }
    return Portfolio(results, sums, whole)


def with_stress(found: Portfolio) -> Portfolio:
    """Return a portfolio with the named lender cases of each deal.

    Parameters
    ----------
    found
        The portfolio.
    """
    from ringfence.desk.risk.more import More, stress

    return replace(
        found,
        results={x: replace(r, more=More(r.prepared, stress(r.prepared))) for x, r in found.results.items()},
    )


def write_portfolio(found: Portfolio, out: Path) -> list[Path]:
    """Write the files of each deal into its folder, and the portfolio's own beside them.

    Parameters
    ----------
    found
        The portfolio.
    out
        The folder given as ``--out``.
    """
    from json import dumps

    from ringfence.desk.accounting import page_object
    from ringfence.desk.risk.export import write_risk
    from ringfence.risk.files import write_text

    written = []
    for folder, result in zip(folder_names(list(found.results)), found.results.values(), strict=True):
        written += write_risk(result, out / folder)
    tables = found.tables()
    texts = {
        "portfolio.txt": "\n\n".join(table.text() for table in tables) + "\n",
        "portfolio.json": dumps(page_object(tables), indent=2, allow_nan=False) + "\n",
    }
    for name, text in texts.items():
        try:
            written.append(write_text(out / name, text))
        except OSError as error:
            raise RunError(f"cannot write into {out}: {error.strerror}") from None
    return written


def _fans(p: Prepared, job: Job) -> tuple[Fan, ...]:
    from ringfence.risk.fans import fans

    return tuple(fans(job, p.fan_rows(), 2))


def _loss(p: Prepared, block: Block) -> Array:
    """What all lenders of a deal lose, by path; nan where the path failed. [USD]"""
    parts = [block.values[loan.losses[USUAL_WAY]] for loan in p.loans.values()]
    return _summed([np.where(block.failed, np.nan, 0.0), *parts])


def _value(p: Prepared, block: Block) -> Array:
    """NPV of the equity of a deal, by path. [USD]"""
    return _summed([np.where(block.failed, np.nan, 0.0), *(block.values[f"{x}.npv"] for x in p.equity)])


def _summed(parts: Sequence[Array]) -> Array:
    whole = parts[0].copy()
    for part in parts[1:]:
        whole += part
    return whole


def _row(results: Sequence[RiskResult], sums: Sums) -> tuple[Cell, ...]:
    """Lent, and what is lost and earned of it."""
    lent = sum(r.prepared.signed.measures[f"{x}.amount"].value or 0.0 for r in results for x in r.prepared.loans)
    losses, values = sums.losses, sums.values
    hit = Share.of(round((1 - losses.share_under(_LOSS)) * losses.count), losses.count)
    low, tail = values.quantile(0.05), values.tail_mean(0.05)
    return (
        Figure(lent),
        said(hit),
        _plus_minus(losses),
        Figure(losses.quantile(0.99)),
        _plus_minus(values),
        Figure(None if low is None else -low),
        Figure(None if tail is None else -tail),
    )


def _plus_minus(found: Distribution) -> str:
    return f"{found.moments.mean / 1e6:,.1f} ±{found.moments.error / 1e6:,.1f}"


def _stress_tables(found: Portfolio) -> list[Table]:
    """The named cases, deal by deal: what all its lenders lose, and when the first payment is missed."""
    from ringfence.risk.stress import CASES

    stressed = {x: r for x, r in found.results.items() if r.more is not None and r.more.stress is not None}
    if not stressed:
        return []
    lines = {x: _stress_lines(r) for x, r in stressed.items()}
    rows: list[tuple[Cell, ...]] = []
    for case in CASES:
        if any(case.id in line for line in lines.values()):
            cells = [line.get(case.id, (0.0, "nothing to move")) for line in lines.values()]
            whole = sum(lost for lost, _ in cells)
            rows.append((case.label, *(word for _, word in cells), Figure(whole)))
    notes = (
        f"Lost by all lenders at default, {USUAL_WAY}, and the first month in which any of them is not paid; on the "
        "debt as signed.",
        *(f"{case.label}: {case.note}." for case in CASES if case.note),
    )
    heads = ("case", *folder_names(list(stressed)), "lost, all together")
    return [Table("stress", "What if? Named cases, USD m", heads, tuple(rows), notes=notes, decimals=1)]


def _stress_lines(r: RiskResult) -> dict[str, tuple[float, str]]:
    """Case -> lost [USD], and the same in words with the first month missed."""
    assert r.more is not None and r.more.stress is not None
    found, periods, lines = r.more.stress, r.prepared.model.timeline.periods, {}
    for one in found.runs:
        lost = sum(one.run.measures[loan.losses[USUAL_WAY]].value or 0.0 for loan in found.loans.values())
        missed = [k for x in found.loans if (k := found.missed(one.run, x)) is not None]
        when = f" {str(periods[min(missed)].end)[:7]}" if missed else ""
        lines[one.case.id] = (lost, f"{Figure(lost).text()}{when}")
    return lines
