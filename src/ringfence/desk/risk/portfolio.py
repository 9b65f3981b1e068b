"""Several deals, or scenarios of one, on the same random paths.

Path n of every deal is drawn from the same seed, and factors of the same name are the same noise, so what two deals
share moves together. The blocks of all deals are taken in step: what lenders lose and what equity is worth is added up
path by path, in the order of the deals, and the sums have the same bits on one machine and on a cluster.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
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

if TYPE_CHECKING:
    from ringfence.risk.job import Array, Block

_LOSS = 1.0


@dataclass(frozen=True)
class Portfolio:
    """Deals on the same paths.

    Parameters
    ----------
    results
        Name -> run.
    losses
        Of all lenders of all deals together, by path. [USD]
    values
        NPV of all equity of all deals together, by path. [USD]
    """

    results: dict[str, RiskResult]
    losses: Distribution
    values: Distribution

    def tables(self) -> list[Table]:
        """Return one table with a line for each deal and one for all."""
        rows: list[tuple[Cell, ...]] = [_row(name, result) for name, result in self.results.items()]
        rows.append(("all together", *_whole(self)))
        heads = ("deal", "lent", "a lender loses", "expected loss", "99% loss", "mean NPV", "VaR 95%", "ES 95%")
        first = next(iter(self.results.values()))
        notes = (
            f"{first.totals.paths:,} paths, seed {first.job.seed}; factors of the same name move together. Loss: at "
            f"default, {USUAL_WAY}; 99% loss: not exceeded on 99% of paths. NPV of equity held outside the vehicles.",
        )
        title = "Portfolio on the same paths, USD m"
        return [Table("portfolio", title, heads, tuple(rows), frozenset({len(rows) - 1}), notes)]


def run_portfolio(
    deals: Sequence[tuple[str, Prepared]],
    *,
    paths: int,
    seed: int = 0,
    backend: Backend | None = None,
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
    tell
        Called with paths done and in all, over all deals.
    """
    from time import perf_counter

    start = perf_counter()
    jobs = [p.job(paths, seed=seed) for _, p in deals]
    totals = [Totals(job, p.periods) for job, (_, p) in zip(jobs, deals, strict=True)]
    losses, values = Distribution(paths <= EXACT), Distribution(paths <= EXACT)
    done = 0
    streams = [run_blocks(job, backend or threads()) for job in jobs]
    for blocks in zip(*streams, strict=True):
        for total, block in zip(totals, blocks, strict=True):
            total.add(block)
        losses.add(_summed([_loss(p, b) for (_, p), b in zip(deals, blocks, strict=True)]))
        values.add(_summed([_value(p, b) for (_, p), b in zip(deals, blocks, strict=True)]))
        done += sum(len(b) for b in blocks)
        if tell is not None:
            tell(done, paths * len(deals))
    seconds = perf_counter() - start
    results = {name: RiskResult(p, t, (), seconds) for (name, p), t in zip(deals, totals, strict=True)}
    if len(results) < len(deals):
        raise RunError("a deal is named twice; give each deal, or scenario, once")
    return Portfolio(results, losses, values)


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


def _row(name: str, r: RiskResult) -> tuple[Cell, ...]:
    lent = sum(r.prepared.signed.measures[f"{x}.amount"].value or 0.0 for x in r.prepared.loans)
    worst = max(
        (r.probability(x, "missed") or Share(0.0, 0.0, r.good) for x in r.prepared.loans), key=lambda s: s.value
    )
    loss = sum(r.loss(x)[0] for x in r.prepared.loans)
    values = [r.totals.distributions[f"{x}.npv"].moments.mean for x in r.prepared.equity]
    return (name, Figure(lent), said(worst), Figure(loss), None, Figure(sum(values)), None, None)


def _whole(p: Portfolio) -> tuple[Cell, ...]:
    lent = sum(
        r.prepared.signed.measures[f"{x}.amount"].value or 0.0 for r in p.results.values() for x in r.prepared.loans
    )
    hit = Share.of(round((1 - p.losses.share_under(_LOSS)) * p.losses.count), p.losses.count)
    low, tail = p.values.quantile(0.05), p.values.tail_mean(0.05)
    return (
        Figure(lent),
        said(hit),
        f"{p.losses.moments.mean / 1e6:,.1f} ±{p.losses.moments.error / 1e6:,.1f}",
        Figure(p.losses.quantile(0.99)),
        f"{p.values.moments.mean / 1e6:,.1f} ±{p.values.moments.error / 1e6:,.1f}",
        Figure(None if low is None else -low),
        Figure(None if tail is None else -tail),
    )
