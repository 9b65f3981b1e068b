"""The lessor's books: net investment and profit on day one, income over the term; or rent, straight line.

    kind                asset           profit on day one                     income
    finance (IFRS)      derecognised    net investment less carrying amount   constant rate on the net investment
    sales_type          derecognised    at commencement                       constant rate
    direct_financing    derecognised    deferred, losses at once              constant rate, solved again
    operating           kept            none                                  straight line, costs spread with it

Source: IFRS 16.67-83; ASC 842-30-25-1, 25-7, 25-11, 842-30-30-1, 30-2. Expected credit losses come off the net
investment (IFRS 9.5.5; ASC 326-20): ``lessor_losses.py``.
"""

from __future__ import annotations

from dataclasses import dataclass

from ringfence.accounting.citations import cite
from ringfence.accounting.classification import Kind
from ringfence.accounting.payments import Payment, Payments, Timing, level
from ringfence.accounting.rates import Rate, solve_rate
from ringfence.accounting.refusals import finite, magnitudes, one_of, refused
from ringfence.accounting.schedule import NEAR, Grid, Schedule, open_grid, present_value
from ringfence.blocks.lessor_schedule import Receipts, add_net_investment, add_operating_rent
from ringfence.sheet import constant
from ringfence.units import USD

PARAGRAPHS: dict[Kind, tuple[str, ...]] = {
    "finance": ("IFRS 16.67", "IFRS 16.68", "IFRS 16.75"),
    "sales_type": ("ASC 842-30-25-1", "ASC 842-30-30-1"),
    "direct_financing": ("ASC 842-30-25-7", "ASC 842-30-30-2"),
    "operating": ("IFRS 16.81", "ASC 842-30-25-11"),
}


@dataclass(frozen=True)
class LessorLease:
    """A lease as the lessor measures it.

    Parameters
    ----------
    payments
        Lease payments without residual guarantees.
    rate
        Rate implicit in the lease; it counts direct costs that are deferred, not those that are expensed.
    term
        [month]
    kind
        The lessor's classification.
    fair_value, carrying_amount
        Of the asset at commencement. [USD]
    residual
        Expected value of the asset at the end, guaranteed or not. [USD]
    guaranteed
        Value guaranteed by the lessee or an able third party: received whatever the asset is worth, so that it counts
        whole even above `residual` (16.70(c); 842-30-30-1). [USD]
    initial_direct_costs
        [USD]
    prepaid
        Received before the commencement day. [USD]
    dealer
        IFRS: a manufacturer or dealer books revenue and cost of sales, and expenses its direct costs (16.71-74).
    """

    payments: Payments
    rate: Rate
    term: float
    kind: Kind
    fair_value: float
    carrying_amount: float
    residual: float = 0.0
    guaranteed: float = 0.0
    initial_direct_costs: float = 0.0
    prepaid: float = 0.0
    dealer: bool = False

    def __post_init__(self) -> None:
        one_of("kind", self.kind, PARAGRAPHS)
        finite("life", term=self.term)
        finite("residual", fair_value=self.fair_value, carrying_amount=self.carrying_amount)
        magnitudes("residual", residual=self.residual, guaranteed=self.guaranteed, carrying_amount=self.carrying_amount)
        magnitudes("lease-amounts", initial_direct_costs=self.initial_direct_costs, prepaid=self.prepaid)
        if min(self.residual, self.guaranteed, self.fair_value, self.carrying_amount, self.initial_direct_costs) < 0:
            raise refused(
                "residual",
                f"the residual is {self.residual:,.2f}, its guarantee {self.guaranteed:,.2f}, fair value "
                f"{self.fair_value:,.2f}.",
                paragraph=cite("IFRS 16.70"),
                fix="state magnitudes",
            )
        late = [p.month for p in self.payments if p.month > self.term + NEAR]
        if self.term <= 0 or late:
            raise refused(
                "lease-dates", f"a payment in month {max(late, default=0.0):g} of a term of {self.term:g} months."
            )

    @property
    def assured(self) -> float:
        """Residual that is guaranteed. [USD]"""
        return self.guaranteed

    @property
    def unguaranteed(self) -> float:
        """Residual that nobody guarantees. [USD]"""
        return max(self.residual - self.assured, 0.0)

    @property
    def receivable(self) -> Payments:
        """Payments and guaranteed residual."""
        if not self.assured:
            return self.payments
        return (*self.payments, Payment(self.term, self.assured, "arrears", "guarantee"))


@dataclass(frozen=True)
class LessorMeasurement:
    """A lease in the lessor's books. [USD]

    Attributes
    ----------
    lease
        As given.
    present_value
        Of payments and guaranteed residual, the payment of the commencement day included.
    residual_value
        PV of the unguaranteed residual.
    receivable
        Lease receivable after the payment of the commencement day.
    net_investment
        With the residual, less what is deferred, after that payment.
    gross_investment
        The same before that payment.
    revenue, cost_of_sales, profit
        Of the day; profit less than 0 is a loss.
    expensed_costs
        Initial direct costs in profit or loss of the day.
    deferred
        Profit less direct costs deferred in the net investment.
    net_rate
        Rate on the net investment. [1/year effective]
    schedule
        All rows.
    paragraphs
        Of the kind.
    """

    lease: LessorLease
    present_value: float
    residual_value: float
    receivable: float
    net_investment: float
    gross_investment: float
    revenue: float
    cost_of_sales: float
    profit: float
    expensed_costs: float
    deferred: float
    net_rate: Rate
    schedule: Schedule
    paragraphs: str

    @property
    def income(self) -> tuple[float, ...]:
        """Interest on the net investment, or straight-line rent, by year. [USD]"""
        return self.schedule.yearly("income" if self.lease.kind == "operating" else "net.income")


def measure_lessor(lease: LessorLease, *, name: str = "lessor") -> LessorMeasurement:
    """Measure a lease in the lessor's books.

    Parameters
    ----------
    lease
        Payments, implicit rate, classification, asset.
    name
        Prefix of the rows.

    Returns
    -------
    LessorMeasurement
        Day one and schedule.
    """
    if lease.kind == "operating":
        return _operating(lease, name)
    present = present_value(lease.receivable, lease.rate)
    worth = _worth(lease)
    revenue = min(lease.fair_value, present + lease.prepaid - _costs_in_rate(lease))
    cost = lease.carrying_amount - worth
    profit, expensed, deferred = _profit(lease, present, worth, revenue - cost)
    net_rate = lease.rate
    if lease.kind == "direct_financing" and deferred:
        flows = (*lease.receivable, *_returned(lease))
        net_rate = solve_rate(flows, present + worth - deferred, like=lease.rate).rate
    grid = _grid(lease, name)
    receipts = _receipts(grid, lease)
    net_growth = grid.growth("net_rate", net_rate) if net_rate is not lease.rate else None
    add_net_investment(
        grid.sheet,
        name,
        receipts,
        net_growth=net_growth,
        deferred=constant(deferred, USD),
        source=cite(*PARAGRAPHS[lease.kind]),
    )
    s = grid.finish()
    return LessorMeasurement(
        lease,
        present,
        worth,
        s["receivable.closing"][0],
        s["net.closing"][0],
        s["net.recognised"][0],
        revenue,
        cost,
        profit,
        expensed,
        deferred,
        net_rate,
        s,
        cite(*PARAGRAPHS[lease.kind]),
    )


def _profit(lease: LessorLease, present: float, worth: float, selling: float) -> tuple[float, float, float]:
    """Profit of the day, direct costs expensed, and what is deferred. [USD]"""
    costs = lease.initial_direct_costs
    if lease.kind == "finance":
        if lease.dealer:
            return selling, costs, 0.0
        return present + worth + lease.prepaid - lease.carrying_amount - costs, 0.0, 0.0
    if lease.kind == "sales_type":
        return selling, costs - _costs_in_rate(lease), 0.0
    if selling <= 0:
        return selling, 0.0, -costs
    return 0.0, 0.0, present + worth + lease.prepaid - lease.carrying_amount - costs


def _costs_in_rate(lease: LessorLease) -> float:
    """Initial direct costs that a sales-type lease defers: those of an asset carried at fair value (842-30-25-1(c))."""
    at_fair_value = abs(lease.fair_value - lease.carrying_amount) <= 0.005
    return lease.initial_direct_costs if lease.kind == "sales_type" and at_fair_value else 0.0


def _worth(lease: LessorLease) -> float:
    flows = _returned(lease)
    return present_value(flows, lease.rate) if flows else 0.0


def _returned(lease: LessorLease) -> Payments:
    return (Payment(lease.term, lease.unguaranteed, "arrears", "residual"),) if lease.unguaranteed else ()


def _grid(lease: LessorLease, name: str) -> Grid:
    return open_grid(name, [*(p.month for p in lease.payments), lease.term])


def _receipts(grid: Grid, lease: LessorLease) -> Receipts:
    values = [0.0] * len(grid.months)
    values[grid.number(lease.term)] = lease.unguaranteed
    return Receipts(
        grid.flag("starts", 0.0),
        grid.paid("advance", lease.receivable, "advance"),
        grid.paid("arrears", lease.receivable, "arrears"),
        grid.series("returned", values, "unguaranteed residual"),
        grid.growth("rate", lease.rate),
        grid.share("term", lease.term),
    )


def _operating(lease: LessorLease, name: str) -> LessorMeasurement:
    grid = _grid(lease, name)
    bare = LessorLease(lease.payments, lease.rate, lease.term, "operating", lease.fair_value, lease.carrying_amount)
    paragraphs = cite(*PARAGRAPHS["operating"])
    costs = constant(lease.initial_direct_costs, USD)
    add_operating_rent(grid.sheet, name, _receipts(grid, bare), costs=costs, source=paragraphs)
    return LessorMeasurement(
        lease,
        present_value(lease.payments, lease.rate),
        0.0,
        0.0,
        0.0,
        0.0,
        0.0,
        0.0,
        0.0,
        0.0,
        0.0,
        lease.rate,
        grid.finish(),
        paragraphs,
    )


# --- sizing ----------------------------------------------------------------------------------------------------


def rent_for(
    amount: float,
    n: int,
    *,
    rate: Rate,
    timing: Timing,
    every: float = 12.0,
    residual: float = 0.0,
    growth: float = 0.0,
    initial_direct_costs: float = 0.0,
) -> float:
    """Size the first of n regular rents so that the lessor earns a rate.

    Parameters
    ----------
    amount
        Fair value to recover. [USD]
    n, timing, every, growth
        As for :func:`payments.level`.
    rate
        To earn.
    residual
        Value at the end. [USD]
    initial_direct_costs
        To recover as well. [USD]

    Returns
    -------
    float
        [USD per rental period]
    """
    magnitudes("residual", amount=amount, residual=residual, initial_direct_costs=initial_direct_costs)
    unit = present_value(level(1.0, n, timing=timing, every=every, growth=growth), rate)
    left = present_value([Payment(n * every, residual)], rate) if residual else 0.0
    if left > amount + initial_direct_costs:
        raise refused(
            "residual",
            f"the residual is worth {left:,.2f} today, more than the {amount + initial_direct_costs:,.2f} to recover.",
            paragraph=cite("IFRS 16.68"),
            fix="check the residual and the rate: no rent would be due",
        )
    return (amount + initial_direct_costs - left) / unit
