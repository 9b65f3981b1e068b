"""Impairment of a deal's fleet: when its carrying amount passes what can be recovered, and by how much.

Rows are those of ``blocks/recoverable.py``; :func:`impairment_rows` appends them to a deal's sheet.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ringfence.accounting.citations import cite
from ringfence.accounting.outcome import Test, computed
from ringfence.accounting.refusals import refused
from ringfence.blocks.assets_sheet import build_assets
from ringfence.blocks.recoverable import recoverable
from ringfence.terms.asset import GpuFleet

if TYPE_CHECKING:
    from ringfence.blocks.context import Build
    from ringfence.terms.deal import Deal


@dataclass(frozen=True)
class FleetImpairment:
    """The impairment test of a fleet over the deal. [USD]

    Attributes
    ----------
    fleet
        Its id.
    labels
        Periods.
    book, value_in_use, fair_value, carrying_ifrs, carrying_us
        At each period's end.
    loss_ifrs, reversal_ifrs, loss_us
        Of each period.
    tests
        IAS 36 and ASC 360: PASS if no loss is ever booked on these terms.
    """

    fleet: str
    labels: tuple[str, ...]
    book: tuple[float, ...]
    value_in_use: tuple[float, ...]
    fair_value: tuple[float, ...]
    carrying_ifrs: tuple[float, ...]
    carrying_us: tuple[float, ...]
    loss_ifrs: tuple[float, ...]
    reversal_ifrs: tuple[float, ...]
    loss_us: tuple[float, ...]
    tests: tuple[Test, ...]


def fleet_impairment(
    deal: Deal, fleet: str | None = None, *, rate: float | None = None, curve: str | None = None
) -> FleetImpairment:
    """Test a fleet for impairment in every period.

    Parameters
    ----------
    deal
        The deal.
    fleet
        Id; left out: the first fleet.
    rate
        Pre-tax rate; left out: ``accounting.impairment_rate``. [1/year effective]
    curve
        Resale curve for fair value; left out: value in use alone.

    Returns
    -------
    FleetImpairment
        Rows and answers.
    """
    from ringfence.run import reference

    id, add = _rows(deal, fleet, rate, curve)
    b = build_assets(deal, [add], monthly=False)
    run = reference.run(b.sheet)

    def line(item: str) -> tuple[float, ...]:
        value = run[f"{id}.{item}"]
        return (value,) * len(b.timeline.labels) if isinstance(value, float) else tuple(float(x) for x in value)

    loss, us, labels = line("ifrs.loss"), line("us.loss"), b.timeline.labels
    return FleetImpairment(
        id,
        labels,
        line("book.closing"),
        line("test.value_in_use"),
        line("test.fair_value"),
        line("ifrs.carrying"),
        line("us.closing"),
        loss,
        line("ifrs.reversal"),
        us,
        (
            _test("IAS 36", cite("IAS 36.12", "IAS 36.59"), loss, labels),
            _test("ASC 360", cite("ASC 360-10-35-17", "ASC 360-10-35-21"), us, labels),
        ),
    )


def impairment_rows(
    deal: Deal, fleet: str | None = None, *, rate: float | None = None, curve: str | None = None
) -> Callable[[Build], None]:
    """Return the function that appends the test's rows to a deal's sheet: ``build(deal, extra=[...])``.

    Parameters
    ----------
    deal, fleet, rate, curve
        As for :func:`fleet_impairment`.
    """
    return _rows(deal, fleet, rate, curve)[1]


def _rows(deal: Deal, fleet: str | None, rate: float | None, curve: str | None) -> tuple[str, Callable[[Build], None]]:
    fleets = {x: a for x, a in deal.assets.items() if isinstance(a, GpuFleet)}
    id = fleet or next(iter(fleets), "")
    if id not in fleets:
        raise refused("life", f"the deal has no fleet {id}.", paragraph=cite("IAS 36.66"), fix="name a gpu_fleet")
    stated = deal.accounting.impairment_rate if deal.accounting else None
    chosen = rate if rate is not None else stated
    if chosen is None:
        raise refused(
            "discount-rate",
            "no pre-tax rate is given for a value in use.",
            paragraph=cite("IAS 36.55"),
            where=[deal.where(f"assets.{id}")],
            fix="write accounting.impairment_rate: 10%",
        )
    if curve is not None and curve not in fleets[id].curves:
        raise refused("residual", f"{id} has no resale curve {curve}.", fix="name one of assets.*.resale")
    return id, recoverable(id, rate=chosen, curve=curve)


def _test(name: str, paragraph: str, losses: Sequence[float], labels: Sequence[str]) -> Test:
    whole = sum(losses)
    first = next((x for x, loss in zip(labels, losses, strict=True) if loss > 0.005), "")
    words = f"Losses of {whole:,.0f} in all, the first in {first}." if first else "Never above what is recoverable."
    return computed(f"impairment {name}", paragraph, not first, {"losses": whole, "first": first or "none"}, words)
