"""An amount that a deal stands on is above zero."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ringfence.terms.asset import DataCentre, Fusion, GpuFleet, Plant
from ringfence.terms.contract import Equity, Lease, LetterOfCredit, Loan
from ringfence.terms.findings import finding

if TYPE_CHECKING:
    from ringfence.errors import Finding
    from ringfence.terms.deal import Deal


def check_zero_amounts(deal: Deal) -> list[Finding]:
    """Refuse loans, assets, rents and commitments of nothing."""
    places = [place for x, a in deal.assets.items() for place in _in_asset(f"assets.{x}", a)]
    places += [place for x, c in deal.contracts.items() for place in _in_contract(f"contracts.{x}", c)]
    places += [("uses.total", "uses")] if deal.uses is not None and not deal.uses.total else []
    return [
        finding(
            "zero-amount", f"{path} is 0, but {what} is more than nothing.", where=[deal.where(path)], fix=_fix(path)
        )
        for path, what in places
    ]


def _fix(path: str) -> str:
    return f"write {path.rpartition('.')[2]} above 0, or take {'.'.join(path.split('.')[:2])} out"


def _in_asset(path: str, asset: object) -> Iterator[tuple[str, str]]:
    if isinstance(asset, GpuFleet):
        batches = asset.deliveries if isinstance(asset.deliveries, tuple) else ()
        if not asset.unit_price and not (batches and all(d.unit_price for d in batches)):
            yield f"{path}.unit_price", "the price of a GPU"
        for k, d in enumerate(batches):
            if not d.count:
                yield f"{path}.deliveries.{k}.count", "a delivery"
            if d.unit_price == 0:
                yield f"{path}.deliveries.{k}.unit_price", "the price of a GPU"
    elif isinstance(asset, Plant):
        if not asset.power:
            yield f"{path}.power", "the power of a plant"
        milestones = isinstance(asset, Fusion) and asset.payments
        if not asset.cost and not milestones and (asset.construction is not None or "cost" in asset.model_fields_set):
            yield f"{path}.cost", "the cost of a plant that is built"
        if not asset.share:
            yield f"{path}.share", "the owner's share of a plant"
    elif isinstance(asset, DataCentre) and not asset.power[-1].power * asset.share:
        yield f"{path}.power.{len(asset.power) - 1}.power" if asset.share else f"{path}.share", "the power of a site"


def _in_contract(path: str, c: object) -> Iterator[tuple[str, str]]:
    if isinstance(c, Loan):
        for k, limit in enumerate(c.size.min):
            if limit.amount == 0 or limit.gearing == 0:
                yield f"{path}.size.min.{k}.{'amount' if limit.amount == 0 else 'gearing'}", "the amount of a loan"
        if not c.repayment.every:
            yield f"{path}.repayment.every", "the interval between payments"
    elif isinstance(c, Equity) and c.commitment == 0:
        yield f"{path}.commitment", "a commitment"
    elif isinstance(c, LetterOfCredit) and not c.amount:
        yield f"{path}.amount", "the face of a letter of credit"
    elif isinstance(c, Lease) and not c.rent.amount:
        yield f"{path}.rent", "a rent"
    elif not getattr(c, "term", 1.0):
        yield f"{path}.term", "the term of a contract"
