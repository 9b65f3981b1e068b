"""Random futures of a deal, on the schedule it signed: what is run, and what is kept.

    prepared = prepare(deal)                         # factors in front of the deal, what a lender loses behind it
    result = run_risk(prepared, paths=1_000_000)     # distributions, block by block
    print(result)                                    # the page

The page is made in ``page``; stresses, explained variance and reverse stress in ``more``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ringfence.errors import DealError, RunError, meant
from ringfence.risk.backends import Backend
from ringfence.risk.credit import USUAL_WAY, LoanOutputs, add_credit
from ringfence.risk.fans import Fan, FanRow, fans
from ringfence.risk.job import BLOCK, Job
from ringfence.risk.reduce import Share
from ringfence.risk.runner import Tell, Totals, run
from ringfence.risk.store import Store
from ringfence.terms.findings import finding
from ringfence.units import MONTH

if TYPE_CHECKING:
    from ringfence.blocks.build import Model
    from ringfence.desk.risk.more import More
    from ringfence.risk.model import RiskModel
    from ringfence.run.result import Run
    from ringfence.solve import SignedTerms
    from ringfence.terms.deal import Deal

MEASURE_RULE = "risk-measure: a distribution is asked for of a measure the deal has"
ENDLESS_RULE = "risk-spread: figures of paths have a mean and a spread"
#: Figures of a loan and of an equity contract that are kept, where the deal has them.
LOAN_FIGURES = ("dscr.min", "llcr.min", "repaid_short")
EQUITY_FIGURES = ("irr", "moic", "npv")
#: Asks for every measure of the deal.
EVERY = "all"


@dataclass(frozen=True)
class Prepared:
    """A deal ready for random paths.

    Parameters
    ----------
    deal
        The deal.
    signed
        Its run on its own terms.
    terms
        What was signed.
    model
        The deal behind its factors.
    loans
        What the sheet says of each loan's default and loss.
    equity
        Contracts of equity held by parties that are no vehicle.
    extra
        Further measures asked for.
    """

    deal: Deal
    signed: Run
    terms: SignedTerms
    model: RiskModel
    loans: Mapping[str, LoanOutputs]
    equity: tuple[str, ...]
    extra: tuple[str, ...] = ()

    @property
    def outputs(self) -> tuple[str, ...]:
        """Everything kept by path."""
        measures = self.model.sheet.measures
        names = [f"{x}.{figure}" for x in self.loans for figure in LOAN_FIGURES]
        names += [f"{x}.{figure}" for x in self.equity for figure in EQUITY_FIGURES]
        credit = [name for loan in self.loans.values() for name in loan.names]
        return tuple(dict.fromkeys([*(n for n in names if n in measures), *credit, *self.extra]))

    @property
    def periods(self) -> frozenset[str]:
        """Outputs that are the number of a period."""
        return frozenset(name for loan in self.loans.values() for name in loan.events.values())

    @property
    def draws_of(self) -> dict[str, list[int]]:
        """Factor -> numbers of its draws."""
        draws = self.model.draws
        return {f.id: sorted({draws[name].factor for name in f.draws}) for f in self.model.factors}

    def job(self, paths: int, *, seed: int = 0, outputs: Sequence[str] = (), block: int = BLOCK) -> Job:
        """Return the run as plain data.

        Parameters
        ----------
        paths, seed, block
            As for :class:`ringfence.risk.job.Job`.
        outputs
            What to keep; all of :attr:`outputs` if left out.
        """
        return Job(self.model.sheet, self.model.draws, tuple(outputs) or self.outputs, paths, seed=seed, block=block)

    def fan_rows(self) -> list[FanRow]:
        """Rows whose spread over time is worth a picture: covers, LTV, factors."""
        sheet, found = self.model.sheet, []
        for x in self.loans:
            found.append(FanRow(f"{x}.dscr", f"DSCR {x}", f"{x}.dscr.applies"))
            ltv = next((n for n in sheet.rows if n.startswith(f"{x}.ltv.") and f"{n}.applies" in sheet), None)
            if ltv:
                found.append(FanRow(ltv, f"LTV {x}", f"{ltv}.applies"))
        found += [FanRow(f"{x}.so_far", f"net cash {x}") for x in self.equity if f"{x}.so_far" in sheet]
        for factor in self.model.factors:
            if factor.rows and _spreads_over_time(sheet, factor.rows[0]):
                found.append(FanRow(factor.rows[0], f"factor {factor.id}"))
        return found


def _spreads_over_time(sheet: Any, name: str) -> bool:
    """Whether a row has a value a period, and it is no date."""
    from ringfence.sheet.plan import plan

    row = sheet[name]
    return row.unit != MONTH and not plan(sheet).is_scalar(row)


def prepare(deal: Deal, *, factors: Iterable[str] | None = None, of: Sequence[str] = ()) -> Prepared:
    """Sign a deal, put its factors in front and what a lender loses behind it.

    Parameters
    ----------
    deal
        The deal, as read; under a scenario its terms are tested on the schedule of the deal as agreed.
    factors
        Factors that move; all of the deal's if left out.
    of
        Measures to keep beside the usual ones; ``["all"]`` for every one.

    Raises
    ------
    DealError
        If the deal has no risks, no such factor, or no such measure.
    """
    from ringfence.blocks.build import build
    from ringfence.desk.signed import signed
    from ringfence.risk.model import risk_model
    from ringfence.solve import complete, run_signed

    base = signed(deal)
    model: Model = base.model if deal._agreed is None else build(deal)
    terms = base.terms if deal._agreed is None else complete(base.terms, model.sheet, model.books.signed)
    run_of = base.run if deal._agreed is None else run_signed(model.sheet, terms)
    risks = risk_model(model, terms, factors)
    loans = add_credit(risks.sheet, risks.model)
    known = [name for name in risks.sheet.measures if not name.startswith("risk.")]
    wanted = known if EVERY in of else list(of)
    check_measures(risks.sheet, wanted)
    parties = deal.parties
    equity = tuple(
        x
        for x, e in deal.of_type("equity").items()
        if parties[e.holder].role != "vehicle" and f"{x}.irr" in risks.sheet.measures
    )
    return Prepared(deal, run_of, terms, risks, loans, equity, tuple(wanted))


def check_measures(sheet: Any, names: Sequence[str]) -> None:
    """Refuse measures the deal does not have, naming the nearest.

    Parameters
    ----------
    sheet
        With the measures.
    names
        As asked for.
    """
    known = [name for name in sheet.measures if not name.startswith("risk.")]
    wrong = [name for name in names if name not in sheet.measures]
    if wrong:
        hint = "ringfence run DEAL --json lists them all"
        raise DealError(
            [finding(MEASURE_RULE, f"There is no measure {name}{meant(name, known, '.')}", fix=hint) for name in wrong]
        )


@dataclass(frozen=True, repr=False)
class RiskResult:
    """Distributions of a deal's figures over its paths.

    Parameters
    ----------
    prepared
        What was run.
    totals
        What is kept of the paths.
    fans
        Spread of rows over time.
    seconds
        Taken by the paths. [s]
    more
        Stresses, explained variance, reverse stress, as far as asked for.
    spoilt
        Finished blocks that were torn or altered, and were computed again.
    """

    prepared: Prepared
    totals: Totals
    fans: tuple[Fan, ...]
    seconds: float
    more: More | None = field(default=None)
    spoilt: tuple[int, ...] = ()

    @property
    def job(self) -> Job:
        """The run."""
        return self.totals.job

    @property
    def good(self) -> int:
        """Paths that have a value."""
        return self.totals.paths - self.totals.failed

    def probability(self, loan: str, event: str, period: int | None = None) -> Share | None:
        """Return the probability that an event of a loan has happened; None where the loan has no such test. [ratio]

        Parameters
        ----------
        loan
            Its id.
        event
            ``lock_up``, ``breach``, ``default`` or ``missed``.
        period
            By this period; over the whole life if left out.
        """
        name = self.prepared.loans[loan].events.get(event)
        if name is None:
            return None
        found = self.totals.counts[name]
        last = len(found.counts) - 2 if period is None else period
        return Share.of(int(found.counts[: last + 1].sum()), found.total)

    def loss(self, loan: str, way: str = USUAL_WAY) -> tuple[float, float, float, float]:
        """Return expected loss and its error [USD], loss given default and its error [ratio].

        Parameters
        ----------
        loan
            Its id.
        way
            Of selling the security.
        """
        outputs = self.prepared.loans[loan]
        mean = self.totals.distributions[outputs.losses[way]].moments
        given = self.totals.distributions[outputs.lgds[way]].moments
        return mean.mean, mean.error, given.mean, given.error

    def tables(self) -> list[Any]:
        """Return the page."""
        from ringfence.desk.risk.page import risk_page

        return risk_page(self)

    def __repr__(self) -> str:
        return "\n\n".join(table.text() for table in self.tables())

    def _repr_html_(self) -> str:
        return "".join(table._repr_html_() for table in self.tables())


def _refuse_the_endless(totals: Totals) -> None:
    """Refuse figures so large that their spread is no number any more."""
    for name, found in totals.distributions.items():
        if not isfinite(found.moments.variance):
            most = max(abs(found.lowest), abs(found.highest))
            fix = "calm the factors down: no market multiplies by so much"
            raise DealError([finding(ENDLESS_RULE, f"{name} reaches {most:.1e} on a path.", fix=fix)])


def run_risk(
    prepared: Prepared | Deal,
    *,
    paths: int,
    seed: int = 0,
    backend: Backend | None = None,
    out: Path | None = None,
    resume: bool = False,
    tell: Tell | None = None,
    threads: int = 2,
) -> RiskResult:
    """Run a deal on random paths.

    Parameters
    ----------
    prepared
        What to run; a deal stands for itself prepared with all its factors.
    paths, seed
        How many, and which.
    backend
        Where; threads of this process if left out.
    out
        Folder in which finished blocks are kept.
    resume
        Go on with the blocks that are there.
    tell
        Called with paths done and in all.
    threads
        Threads of this process.
    """
    from time import perf_counter

    from ringfence.risk.backends import threads as local
    from ringfence.risk.replay import why_failed

    prepared = prepared if isinstance(prepared, Prepared) else prepare(prepared)
    job = prepared.job(paths, seed=seed)
    store = None if out is None else Store(out, job, resume=resume)
    start = perf_counter()
    totals = run(job, backend or local(threads), periods=prepared.periods, store=store, tell=tell)
    seconds = perf_counter() - start
    if totals.failed == totals.paths:
        raise RunError(f"none of {totals.paths:,} paths has a value: {why_failed(job, totals.first_failed or 0)}")
    _refuse_the_endless(totals)
    spoilt = () if store is None else tuple(store.spoilt)
    return RiskResult(prepared, totals, tuple(fans(job, prepared.fan_rows(), threads)), seconds, spoilt=spoilt)
