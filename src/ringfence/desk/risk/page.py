"""The risk page: what a credit committee reads of a run on random paths.

    headline      what was run, and the one sentence of each loan
    lenders       covers, probabilities of lock-up, breach, default, missed payment
    losses        owed at default, loss given default by way of selling, expected loss
    dates         probabilities by year
    tranches      attachment and detachment, probability of loss
    equity        IRR, probability of losing money, value at risk, expected shortfall
    slotting      Basel category, return on the bank's capital
    fans          percentiles over time
    (drivers, stress, reverse: ``more``)
    convergence   how the figures settled
    factors       what moved, in which measure, where it is declared

P90 is what is exceeded with 90 % probability: the tenth percentile. Every probability carries its standard error.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ringfence.desk.risk.fans import fan_table
from ringfence.desk.risk.slots import slot_table
from ringfence.desk.table import Cell, Figure, Kind, Table
from ringfence.desk.tables import kind_of
from ringfence.risk.credit import LIQUIDATION, LIQUIDATION_SOURCE, USUAL_WAY
from ringfence.risk.reduce import Share
from ringfence.risk.replay import why_failed

if TYPE_CHECKING:
    from ringfence.desk.risk.run import RiskResult
    from ringfence.risk.fans import Fan

Rows = tuple[tuple[Cell, ...], ...]
EVENT_WORDS = {"lock_up": "lock-up", "breach": "breach", "default": "DSCR default", "missed": "missed"}
#: P-values and the share of paths that lie under them.
P_VALUES = {"P50": 0.50, "P90": 0.10, "P99": 0.01}
_LOSS = 1.0
#: Years shown; of a longer life, so many from first to last.
_MOST_YEARS = 10


def risk_page(r: RiskResult) -> list[Table]:
    """Return the page, in order.

    Parameters
    ----------
    r
        The run.
    """
    tables = [_headline(r), _lenders(r), _losses(r), *_dates(r), _tranches(r), _equity(r), slot_table(r)]
    tables += [_others(r)] if r.prepared.extra else []
    tables += [fan_table(_telling(r))] if r.fans else []
    tables += list(r.more.tables()) if r.more is not None else []
    return [t for t in [*tables, _convergence(r), _factors(r)] if t.rows]


def _telling(r: RiskResult) -> list[Fan]:
    """Fans for the page: the cover of every loan, one LTV, one equity; the rest is in the files of the run."""
    first = next(iter(r.prepared.equity), None)
    ltv = next((fan for fan in r.fans if ".ltv." in fan.of.row), None)
    names = {f"{x}.dscr" for x in r.prepared.loans} | {f"{first}.so_far"}
    return [fan for fan in r.fans if fan is ltv or fan.of.row in names]


def said(share: Share | None) -> str:
    """Return a probability as it is printed: ``3.10% ±0.02``.

    Parameters
    ----------
    share
        The probability; None where it does not apply.
    """
    if share is None:
        return ""
    hits = round(share.value * share.paths)
    if hits in (0, share.paths):
        return f"{'0' if not hits else 'all'} of {share.paths:,}"
    digits = 2 if share.error >= 0.0001 else 3
    return f"{share.value * 100:.{digits}f}% ±{share.error * 100:.{digits}f}"


def _headline(r: RiskResult) -> Table:
    measures: dict[str, list[str]] = {}
    for factor in r.prepared.model.factors:
        measures.setdefault(factor.measure, []).append(factor.id)
    listed = "; ".join(f"{m}: {', '.join(ids)}" for m, ids in sorted(measures.items()))
    failed = "none failed" if not r.totals.failed else f"{r.totals.failed:,} failed and are left out"
    rows: list[tuple[Cell, ...]] = [
        (
            "What was run",
            f"{r.totals.paths:,} path{'s' * (r.totals.paths != 1)}, seed {r.job.seed}, on the debt as signed; {failed}",
        ),
        ("Which measure", f"{listed}. Real-world means are expectations, risk-neutral ones are prices"),
    ]
    rows += [(x, _sentence(r, x)) for x in r.prepared.loans]
    rows += [("note", notice) for notice in r.prepared.model.notices]
    if (path := r.totals.first_failed) is not None:
        rows.append(("note", f"Path {path:,} has no value: {why_failed(r.job, path)}."))
    deal = r.prepared.deal
    title = f"Risk of {deal.title or deal.deal}" + (f", scenario {deal.scenario}" if deal.scenario else "")
    return Table("headline", title, ("", ""), tuple(rows), left=frozenset({0, 1}))


def _sentence(r: RiskResult, loan: str) -> str:
    missed = r.probability(loan, "missed")
    mean, _, given, _ = r.loss(loan)
    amount = r.prepared.signed.measures[f"{loan}.amount"].value or 0.0
    wait = _waits(r, loan)
    if missed is None or not missed.value:
        return f"{wait}no payment is missed on any of {r.good:,} paths" if wait else _always_paid(r)
    words = f"{wait}a payment is missed on {said(missed)} of paths{'' if wait else _how_late(r, loan, missed)}"
    if not mean or not amount:
        return f"{words}; nothing is lost"
    return f"{words}; then {given:.0%} of what is owed is lost in an {USUAL_WAY}: expected loss {mean / amount:.3%}"


def _always_paid(r: RiskResult) -> str:
    return f"paid in full and on time on every one of {r.good:,} paths"


def _waits(r: RiskResult, loan: str) -> str:
    """Say on how many paths payments wait for late assets, for how long and to which date at the latest."""
    term, waits = r.prepared.deal.contracts[loan], r.probability(loan, "waits")
    if waits is None or not waits.value:
        return ""
    stop = r.prepared.model.timeline.to_date(float(r.job.sheet[f"{loan}.long_stop"].value))
    assets = ", ".join(getattr(term, "waits_for", ()))
    late = f"{_months(_median_wait(r, loan, waits))} on half of them or less"
    return f"waits for {assets} on {said(waits)} of paths, {late}, to {stop} at the latest; "


def _how_late(r: RiskResult, loan: str, missed: Share) -> str:
    """Say after how long half of what was missed was paid."""
    months, whole = _median_wait(r, loan, missed), r.prepared.model.timeline.periods[-1].end_month
    return "" if months > whole / 2 else f", overdue for {_months(months)} on half of them or less"


def _months(length: float) -> str:
    return f"{length:.0f} month{'s' * (round(length) != 1)}"


def _median_wait(r: RiskResult, loan: str, happened: Share) -> float:
    """Median of the longest wait over the paths on which something was overdue. [month]"""
    found = r.totals.distributions[r.prepared.loans[loan].wait]
    return found.quantile(1.0 - happened.value / 2.0) or 0.0


def _lenders(r: RiskResult) -> Table:
    events = [e for e in EVENT_WORDS if any(e in loan.events for loan in r.prepared.loans.values())]
    rows: list[tuple[Cell, ...]] = []
    for x in r.prepared.loans:
        amount = r.prepared.signed.measures[f"{x}.amount"].value
        covers = [Figure(_quantile(r, f"{x}.dscr.min", share), "times") for share in P_VALUES.values()]
        rows.append((x, Figure(amount), *covers, *(said(r.probability(x, e)) for e in events)))
    heads = ("loan", "amount", *(f"DSCR {p}" for p in P_VALUES), *(EVENT_WORDS[e] for e in events))
    notes = (
        "DSCR: lowest of the life; P90 is exceeded with 90% probability (the 10th percentile). Breach, DSCR default: "
        "under the minimum, under the default level. Missed: interest or principal not paid in full on its date, after "
        "reserves and letters of credit. ±: standard error; 0 of n paths: under 3 in n, with 95% confidence.",
    )
    return Table("lenders", "Are the lenders paid? USD m", heads, tuple(rows), notes=notes)


def _losses(r: RiskResult) -> Table:
    rows = []
    for x, loan in r.prepared.loans.items():
        owed = r.totals.distributions[loan.exposure].moments.mean
        amount = r.prepared.signed.measures[f"{x}.amount"].value or 0.0
        happened = _defaulted(r, x)
        mean, error, _, _ = r.loss(x)
        given = {way: r.totals.distributions[loan.lgds[way]].moments for way in LIQUIDATION}
        usual = given[USUAL_WAY]
        others = " / ".join(f"{m.mean * 100:.0f}%" for m in given.values()) if usual.count else ""
        life = r.prepared.signed.measures[f"{x}.average_life"].value or 0.0
        yearly = mean / amount / life * 1e4 if amount and life else 0.0
        share = f"{mean / amount * 100:.3f}% ±{error / amount * 100:.3f}" if amount else ""
        lgd = f"{usual.mean * 100:.1f}% ±{usual.error * 100:.1f}" if usual.count else "no default"
        then = Figure(owed / happened.value if happened.value else None)
        rows.append((x, said(happened), then, lgd, others, share, f"{yearly:.1f}bp"))
    ways = " / ".join(f"{share:.0%}" for share, _ in LIQUIDATION.values())
    heads = ("loan", "defaults", "owed then", f"LGD {USUAL_WAY}", f"at {ways}", "expected loss", "a year")
    words = ", ".join(f"{way} {share:.0%} in {time}" for way, (share, time) in LIQUIDATION.items())
    notes = (
        "A lender with nothing owed ahead of it enforces at its first missed payment: the assets of the business are "
        f"sold at a share of market value ({words}; {LIQUIDATION_SOURCE}), those without a resale curve at that share "
        "of their carrying amount; claims on a lessee count nothing. A lender behind stands still; without a sale it "
        f"loses what is never paid. Expected loss: {USUAL_WAY}, share of the amount; a year: over the average life.",
    )
    return Table("losses", "What do they lose? USD m", heads, tuple(rows), notes=notes)


def _defaulted(r: RiskResult, loan: str) -> Share:
    """Probability of a missed payment, or a sale, while the loan is owed: where a loss given default is known."""
    found = r.totals.distributions[r.prepared.loans[loan].lgds[USUAL_WAY]]
    return Share.of(found.moments.count, r.good)


def _dates(r: RiskResult) -> list[Table]:
    """Probabilities by the end of each year, for loans to which something happens."""
    years, first = _year_ends(r), next(iter(r.prepared.loans), "")
    columns = [
        (f"{x} {EVENT_WORDS[event]}", x, event)
        for x, loan in r.prepared.loans.items()
        for event in ("lock_up", "missed")
        if event in loan.events
        and (event == "missed" or x == first)
        and (found := r.probability(x, event)) is not None
        and found.value > 0
    ]
    rows: list[tuple[Cell, ...]] = []
    for year, period in years.items():
        cells = [r.probability(x, event, period) for _, x, event in columns]
        rows.append((year, *(said(c) for c in cells)))
    while len(rows) > 1 and rows[-1][1:] == rows[-2][1:]:
        rows.pop()
    if len(rows) > _MOST_YEARS:
        rows = [rows[round(k * (len(rows) - 1) / (_MOST_YEARS - 1))] for k in range(_MOST_YEARS)]
    heads = ("by the end of", *(head for head, _, _ in columns))
    return [Table("dates", "When? Probability that it has happened", heads, tuple(rows))] if columns else []


def _year_ends(r: RiskResult) -> dict[str, int]:
    """Last period of each calendar year."""
    found: dict[str, int] = {}
    for k, period in enumerate(r.prepared.model.timeline.periods):
        found[str(period.end)[:4]] = k
    return found


def _tranches(r: RiskResult) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for silo in r.prepared.model.model.books.silos.values():
        if silo.loans:
            rows += _silo_tranches(r, silo)
    heads = ("tranche", "size", "attaches", "detaches", "loses", "expected loss")
    notes = (
        "Attaches, detaches: share of the business's capital that is lost before the tranche, and when it is gone. "
        "Loses: loans, any loss at default; equity, less back than paid in. Expected loss: share of the tranche.",
    )
    return Table("tranches", "Who stands where? USD m", heads, tuple(rows), notes=notes)


def _silo_tranches(r: RiskResult, silo: Any) -> list[tuple[Cell, ...]]:
    """The capital of a business, first loss first; each equity contract shares the first tranche."""
    signed = r.prepared.signed
    paid = {x: float(sum(_line(signed, f"{x}.{silo.key}.contribution"))) for x in silo.equity}
    drawn = {x: signed.measures[f"{x}.drawn"].value or 0.0 for x, _ in reversed(silo.ranked())}
    equity, whole = sum(paid.values()), sum(paid.values()) + sum(drawn.values())
    if not whole:
        return []
    rows: list[tuple[Cell, ...]] = []
    top = equity / whole
    for x, amount in paid.items():
        found = r.totals.distributions.get(f"{x}.moic")
        loses = "" if found is None else said(_loses_money(r, x))
        share = "" if found is None else f"{found.mean_under(1.0):.2%}"
        rows.append((f"{silo.key}: {x}", Figure(amount), Figure(0.0, "percent"), Figure(top, "percent"), loses, share))
    for x, amount in drawn.items():
        losses = r.totals.distributions[r.prepared.loans[x].losses[USUAL_WAY]]
        hit = Share.of(round((1 - losses.share_under(_LOSS)) * losses.count), losses.count)
        base, top = top, top + amount / whole
        share = f"{losses.moments.mean / amount:.3%}" if amount else ""
        ends = Figure(base, "percent"), Figure(top, "percent")
        rows.append((f"{silo.key}: {x}", Figure(amount), *ends, said(hit), share))
    return rows


def _line(run: Any, name: str) -> Sequence[float]:
    if name not in run:
        return ()
    value = run[name]
    return [value] if isinstance(value, float) else [float(v) for v in value]


def _loses_money(r: RiskResult, x: str) -> Share:
    found = r.totals.distributions[f"{x}.moic"]
    return Share.of(round(found.share_under(1.0) * found.count), found.count)


def _equity(r: RiskResult) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for x in r.prepared.equity:
        npv = r.totals.distributions[f"{x}.npv"]
        irrs = [_quantile(r, f"{x}.irr", share) for share in P_VALUES.values()]
        tails = [_loss(value) for share in (0.05, 0.01) for value in (npv.quantile(share), npv.tail_mean(share))]
        rows.append(
            (x, *(Figure(v, "percent", "none") for v in irrs), said(_loses_money(r, x)), _plus_minus(npv), *tails)
        )
    risks = ("VaR 95%", "ES 95%", "VaR 99%", "ES 99%")
    heads = ("contract", *(f"IRR {p}" for p in P_VALUES), "loses money", "mean NPV", *risks)
    rate = r.prepared.deal.returns.discount_rate
    notes = (
        f"NPV at {rate:.1%}. VaR 95%: the loss of NPV that is not exceeded with 95% probability, negative if a gain; "
        "ES: its mean beyond. IRR none: nothing is paid back on the path; such paths rank under all others.",
    )
    return Table("equity", "What does the equity earn? USD m", heads, tuple(rows), notes=notes)


def _loss(value: float | None) -> Figure:
    return Figure(None if value is None else -value)


def _plus_minus(found: Any) -> str:
    return f"{found.moments.mean / 1e6:,.1f} ±{found.moments.error / 1e6:,.1f}"


def _others(r: RiskResult) -> Table:
    """Measures asked for by name."""
    rows: list[tuple[Cell, ...]] = []
    for name in r.prepared.extra:
        found = r.totals.distributions[name]
        kind: Kind = kind_of(str(r.job.sheet.measures[name].unit), name)
        values = [found.quantile(s) for s in (0.01, 0.10, 0.50, 0.90, 0.99)]
        mean = found.moments.mean if found.moments.count else None
        rows.append((name, Figure(mean, kind), Figure(found.moments.error, kind), *(Figure(v, kind) for v in values)))
    heads = ("measure", "mean", "std error", "1st pct", "10th", "50th", "90th", "99th")
    return Table("measures", "Distributions of the measures asked for", heads, tuple(rows))


def _quantile(r: RiskResult, name: str, share: float) -> float | None:
    found = r.totals.distributions.get(name)
    return None if found is None else found.quantile(share)


def _convergence(r: RiskResult) -> Table:
    """How the figures settled as paths were added."""
    shown: list[tuple[str, str, Kind]] = []
    for x, loan in list(r.prepared.loans.items())[:2]:
        shown.append((loan.events["missed"], f"{x} missed", "percent"))
        shown.append((loan.losses[USUAL_WAY], f"{x} loss", "usd_m"))
    shown += [(f"{x}.npv", f"{x} NPV", "usd_m") for x in r.prepared.equity[:1]]
    rows = []
    for stage in r.totals.stages[-6:]:
        cells = [_settled(*stage.means[name], kind) for name, _, kind in shown]
        rows.append((f"{stage.paths:,}", *cells))
    heads = ("paths", *(words for _, words, _ in shown))
    if r.totals.distributions and not next(iter(r.totals.distributions.values())).exact:
        notes: tuple[str, ...] = (
            "Percentiles are known to 1 part in 8,192; means, probabilities and errors are exact.",
        )
    else:
        notes = ("Every value is kept; percentiles are exact.",)
    return Table("convergence", "How it settled: value and standard error, USD m", heads, tuple(rows), notes=notes)


def _settled(mean: float, error: float, kind: Kind) -> str:
    scale, unit = (100, "%") if kind == "percent" else (1e-6, "")
    return f"{mean * scale:,.3f}{unit} ±{error * scale:,.3f}"


def _factors(r: RiskResult) -> Table:
    rows = tuple(
        (f.id, f.label, f.measure, ", ".join(_short(f.feeds)), f.source.partition(" ")[0])
        for f in r.prepared.model.factors
    )
    heads = ("factor", "what moves", "measure", "acts on", "declared")
    return Table("factors", "What moved", heads, rows, left=frozenset(range(5)))


def _short(feeds: Sequence[str]) -> list[str]:
    return [name.removesuffix(".shock") for name in feeds]
