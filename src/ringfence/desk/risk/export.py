"""A run on random paths as files and as one JSON-ready object.

A folder of a run holds, beside its blocks,

    risk.json        the object that ``ringfence risk --json`` prints
    risk.txt         the page
    fans.parquet     percentiles by period of every row that was spread
    fans.svg, .png   the same as pictures, where matplotlib is installed
"""

from __future__ import annotations

import json
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ringfence.desk.export import engine
from ringfence.desk.risk.fans import fan_lines, write_fans
from ringfence.desk.risk.slots import slots
from ringfence.errors import RingfenceError
from ringfence.risk.credit import LIQUIDATION
from ringfence.risk.files import write_table, write_text
from ringfence.risk.reduce import Share

if TYPE_CHECKING:
    from ringfence.desk.risk.run import RiskResult
    from ringfence.risk.reduce import Distribution

_SHARES = (0.01, 0.05, 0.10, 0.25, 0.50, 0.75, 0.90, 0.95, 0.99)


def risk_object(r: RiskResult) -> dict[str, Any]:
    """Return a run as one JSON-ready object.

    Parameters
    ----------
    r
        The run.
    """
    return {
        "deal": {"name": r.prepared.deal.deal, "scenario": r.prepared.deal.scenario},
        "engine": engine(),
        "paths": r.totals.paths,
        "failed": r.totals.failed,
        "seed": r.job.seed,
        "fingerprint": r.job.fingerprint,
        "factors": [
            {"id": f.id, "label": f.label, "measure": f.measure, "acts_on": list(f.feeds), "declared": f.source}
            for f in r.prepared.model.factors
        ],
        "notices": list(r.prepared.model.notices),
        "loans": {x: _loan(r, x) for x in r.prepared.loans},
        "measures": {name: _distribution(r, name, d) for name, d in r.totals.distributions.items()},
        "explained": [] if r.more is None else [_explained(e) for e in r.more.explained],
        "stress": [] if r.more is None or r.more.stress is None else _stress(r),
        "reverse": [] if r.more is None else [_reverse(x) for x in r.more.reverse],
    }


def _loan(r: RiskResult, x: str) -> dict[str, Any]:
    outputs, slot = r.prepared.loans[x], slots(r)[x]
    ends = [str(p.end) for p in r.prepared.model.timeline.periods]
    by = {e: [r.probability(x, e, k) for k in range(len(ends))] for e in outputs.events}
    losses = {
        way: dict(zip(("loss", "loss_error", "lgd", "lgd_error"), r.loss(x, way), strict=True)) for way in LIQUIDATION
    }
    return {
        "events": {e: _share(r.probability(x, e)) for e in outputs.events},
        "by_date": {"end": ends} | {e: [s.value if s else None for s in found] for e, found in by.items()},
        "at_default": losses,
        "slotting": {
            "category": slot.category,
            "score": slot.score,
            "headings": {name: score for name, (score, _) in slot.headings.items()},
            "risk_weight": slot.risk_weight,
            "return_on_capital": slot.return_on_capital,
        },
    }


def _share(share: Share | None) -> dict[str, Any] | None:
    return None if share is None else {"probability": share.value, "standard_error": share.error}


def _distribution(r: RiskResult, name: str, d: Distribution) -> dict[str, Any]:
    row = r.job.sheet.measures.get(name)
    return {
        "unit": str(row.unit if row is not None else r.job.sheet[name].unit),
        "paths": d.count,
        "without_value": d.none,
        "without_root": d.worst,
        "mean": _finite(d.moments.mean) if d.moments.count else None,
        "standard_error": _finite(d.moments.error) if d.moments.count else None,
        "percentiles": {f"{share:g}": d.quantile(share) for share in _SHARES},
    }


def _finite(value: float) -> float | None:
    return value if isfinite(value) else None


def _explained(e: Any) -> dict[str, Any]:
    indices = [
        {
            "factor": i.factor,
            "first": i.first,
            "first_error": i.first_error,
            "total": i.total,
            "total_error": i.total_error,
        }
        for i in e.indices
    ]
    return {"of": e.output, "paths": e.paths, "variance": e.variance, "indices": indices}


def _stress(r: RiskResult) -> list[dict[str, Any]]:
    found = r.more.stress if r.more is not None else None
    assert found is not None
    names = [n for n in r.prepared.outputs if n in found.model.sheet.measures]
    return [
        {"case": s.case.id, "label": s.case.label, "measures": {n: s.run.measures[n].value for n in names}}
        for s in found.runs
    ]


def _reverse(x: Any) -> dict[str, Any]:
    return {
        "breaks": x.breaks.words,
        "beta": x.beta,
        "probability": x.probability if x.beta is not None else None,
        "moves": [{"factor": m.factor, "share": m.share, "distance": m.distance} for m in x.moves],
        "before": _finite(x.before),
        "after": _finite(x.after),
        "alone": dict(x.alone),
    }


def write_risk(r: RiskResult, folder: Path) -> list[Path]:
    """Write object, page and fans into the folder of a run.

    Parameters
    ----------
    r
        The run.
    folder
        The folder given as ``--out``.
    """
    texts = {
        "risk.json": json.dumps(risk_object(r), indent=2, allow_nan=False) + "\n",
        "risk.txt": "\n\n".join(t.text() for t in r.tables()) + "\n",
    }
    try:
        paths = [write_text(folder / name, text) for name, text in texts.items()]
        if r.fans:
            paths += [write_table(folder / "fans.parquet", *fan_lines(r)), *write_fans(r, folder)]
    except OSError as error:
        raise RingfenceError(f"cannot write into {folder}: {error.strerror}") from None
    return paths
