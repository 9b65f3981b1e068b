"""An asset whose parts have lives of their own: what each part stands at, and the asset with it.

Rows added by the function that :func:`components` returns, `<f>` being the fleet, `<c>` a part, all [USD]:

    <f>.component.<c>.depreciation, .sold, .closing     straight line over the part's own life from acceptance
    <f>.components.depreciation, .sold, .closing        all parts

Source: IAS 16.43-47, 51 (US GAAP allows it, and composite rates as well).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import count, takewhile

from ringfence.blocks.clock import clip, on, overlap
from ringfence.blocks.context import Build
from ringfence.sheet import NIL, Expr, Row, least, sum_of
from ringfence.terms.asset.gpu_fleet import GpuFleet
from ringfence.units import MONTH, RATIO, USD

SOURCE = "IAS 16.43, 16.47, 16.51 [verify]"


@dataclass(frozen=True)
class Part:
    """A part: share of cost, life [month], book value left at its end as a share of its cost."""

    share: float
    life: float
    residual: float = 0.0


def components(fleet: str, parts: Mapping[str, Part]) -> Callable[[Build], None]:
    """Return the function that appends a fleet's parts to a deal's sheet.

    Parameters
    ----------
    fleet
        Id of the fleet.
    parts
        By name; their shares add up to one.

    Returns
    -------
    Callable
        For ``build(deal, extra=[...])``.
    """

    def add(b: Build) -> None:
        if f"{fleet}.components.closing" in b.sheet:
            return
        rows = [_add_part(b, fleet, name, part) for name, part in parts.items()]
        for n, item in enumerate(("depreciation", "sold", "closing")):
            whole = sum_of([r[n] for r in rows])
            b.sheet.row(f"{fleet}.components.{item}", whole, unit=USD, source=SOURCE, label=f"all parts: {item}")

    return add


def _add_part(b: Build, fleet: str, name: str, part: Part) -> tuple[Row, Row, Row]:
    s, key = b.sheet, f"{fleet}.component.{name}"
    share = s.scalar(f"{key}.share", part.share, unit=RATIO, label="share of the asset's cost")
    life = s.scalar(f"{key}.life", part.life, unit=MONTH, label="life of the part")
    residual = s.scalar(f"{key}.residual", part.residual, unit=RATIO, label="book value left, share of its cost")
    worn, gone = _movements(b, fleet, share * (1 - residual), share, life)
    opening = s.opening(key, unit=USD, source=SOURCE)
    added = s.row(f"{key}.added", s[f"{fleet}.capex"] * share, unit=USD, label="paid for")
    used = s.row(f"{key}.depreciation", worn, unit=USD, source=SOURCE, label="depreciation over its own life")
    sold = s.row(f"{key}.sold", gone, unit=USD, label="book value sold")
    return used, sold, s.close(key, opening, add=[added], less=[used, sold], label="carrying amount", source=SOURCE)


def _movements(b: Build, fleet: str, falls: Expr, share: Row, life: Row) -> tuple[Expr, Expr]:
    """Depreciation, and what leaves with the sale, over the batches. [USD]"""
    s, term = b.sheet, b.deal.assets[fleet]
    assert isinstance(term, GpuFleet)
    worn: list[Expr] = []
    gone: list[Expr] = []
    batches = (f"{fleet}.batch_{n + 1}" for n in count())
    for key in takewhile(lambda x: f"{x}.accepted" in s, batches):
        accepted, cost = s[f"{key}.accepted"], s[f"{key}.cost"]
        sold = s[f"{key}.sold"]
        worn.append(cost * falls * overlap(b.clock, accepted, least(accepted + life, sold)) / life)
        left = cost * share - cost * falls * clip(sold - accepted, NIL, life) / life
        gone.append(on(b.clock, sold) * left)
    return sum_of(worn), sum_of(gone)
