"""A data centre: how many GPUs it powers, what the rest do meanwhile, who pays for site and electricity.

Rows added by :func:`add_data_centre`, `<d>` being the id of the site:

    <d>.step_<n>.from, .gpus    a step of power: date with delay, GPUs it carries      [month], [GPU]
    <d>.facility_power          average over the period                                [MW]
    <d>.it_power                facility power kept for the fleet / PUE                [MW]
    <d>.capacity                GPUs that IT power carries                             [GPU]

Rows added by :func:`add_power_use`, `<f>` being the id of the fleet:

    <f>.powered_here, .powered_elsewhere, .powered, .unpowered                         [GPU]
    <f>.available_hours         powered x hours x availability                         [GPU-h]
    <f>.working_share           share of the leased (else accepted) hours that can be worked   [ratio]
    <f>.waits_for.<reason>      1 where this reason idles most GPUs: delivery, acceptance, power, lease
    <f>.constraint              0 none, 1 delivery, 2 acceptance, 3 power, 4 lease not running
    <f>.constraint_bearer       who bears it: 0 nobody, 1 the lessee, 2 the vehicle
    <d>.energy, <d>.rent, <d>.electricity_cost, <d>.elsewhere_cost                     [MWh], [USD]

A lessee under a hell-or-high-water lease bears GPUs without power whose rent has started; else the vehicle does.
Under a triple-net lease site and electricity are the lessee's to pay, under a gross lease the lessor's.
"""

from __future__ import annotations

from dataclasses import dataclass

from ringfence.blocks.clock import latest, share_since
from ringfence.blocks.context import Build, Stream
from ringfence.blocks.fleet_operation import Operation
from ringfence.blocks.gpu_fleet import Fleet
from ringfence.blocks.shocks import later, times
from ringfence.sheet import (
    NIL,
    Expr,
    Row,
    at_most,
    both,
    choose,
    constant,
    either,
    least,
    less_than,
    most,
    negate,
    sum_of,
)
from ringfence.terms.asset.data_centre import DataCentre, Overflow
from ringfence.units import GPU, GPU_HOUR, MONTH, MW, MWH, RATIO, USD

REASONS = ("delivery", "acceptance", "power", "lease")


@dataclass(frozen=True)
class PowerStep:
    """Power from a date on.

    Attributes
    ----------
    start
        Date, delay included. [month]
    gpus
        GPUs that the whole power of the site carries from then on. [GPU]
    """

    start: Row
    gpus: Row


@dataclass(frozen=True)
class Site:
    """A data centre and its capacity.

    Attributes
    ----------
    steps
        In the order of the deal, power rising.
    overflow_start
        Date from which GPUs beyond the site can be powered elsewhere, or None. [month]
    it_power, capacity
        Average over the period. [MW], [GPU]
    """

    id: str
    term: DataCentre
    steps: tuple[PowerStep, ...]
    overflow_start: Row | None
    pue: Row
    it_power: Row
    capacity: Row


@dataclass(frozen=True)
class PowerUse:
    """What the fleet does with the power.

    Attributes
    ----------
    powered_here, powered_elsewhere, powered, unpowered
        GPUs, average over the period. [GPU]
    available_hours
        Hours that powered GPUs can work. [GPU-h]
    constraint, bearer
        Codes of the module's head.
    streams
        Payments for site and electricity.
    working_share
        Share of the leased (else accepted) hours that can be worked. [ratio]
    site_cost
        Site, electricity and hosting together, whoever pays. [USD]
    """

    powered_here: Row
    powered_elsewhere: Row
    powered: Row
    unpowered: Row
    available_hours: Row
    working_share: Row
    constraint: Row
    bearer: Row
    streams: tuple[Stream, ...]
    site_cost: Row


def add_data_centre(b: Build, id: str, term: DataCentre, fleet: Fleet) -> Site:
    """Add the power of a site and the GPUs it carries.

    Parameters
    ----------
    b
        The build.
    id
        Id of the site.
    term
        What was agreed.
    fleet
        The fleet it powers.

    Returns
    -------
    Site
        Steps and capacity.
    """
    s, path = b.sheet, f"assets.{id}"
    pue = b.scalar(f"{path}.pue", term.pue, RATIO, "facility energy / IT energy")
    kept = b.scalar(f"{path}.share", term.share, RATIO, "share of the power kept for the fleet")
    agreed = b.scalar(f"{path}.delay", term.delay, MONTH, "delay of every step")
    delay = later(b, f"{id}.delay", agreed, "delay of every step of power")
    steps, powers = [], []
    for n, step in enumerate(term.power):
        day = b.when(f"{path}.power.{n}.date", step.date, "power available")
        power = b.scalar(f"{path}.power.{n}.power", step.power, MW, "facility power from then on")
        start = s.row(f"{id}.step_{n + 1}.from", day + delay, unit=MONTH, label="power available")
        gpus = s.row(f"{id}.step_{n + 1}.gpus", power * kept / pue / fleet.power, unit=GPU, label="GPUs it carries")
        steps.append(PowerStep(start, gpus))
        powers.append(power)
    before: Expr = NIL
    facility: Expr = NIL
    for power, laid in zip(powers, steps, strict=True):
        facility = facility + (power - before) * share_since(b.clock, laid.start)
        before = power
    facility_power = s.row(f"{id}.facility_power", facility, unit=MW, label="average facility power")
    it_power = s.row(f"{id}.it_power", facility_power * kept / pue, unit=MW, label="power for IT")
    elsewhere = None
    if term.overflow:
        elsewhere = b.when(f"{path}.overflow.start", term.overflow.start, "power elsewhere from")
    return Site(
        id=id,
        term=term,
        steps=tuple(steps),
        overflow_start=elsewhere,
        pue=pue,
        it_power=it_power,
        capacity=s.row(f"{id}.capacity", it_power / fleet.power, unit=GPU, label="GPUs the site can power"),
    )


def add_power_use(
    b: Build,
    fleet: Fleet,
    operation: Operation,
    *,
    site: Site | None,
    earning: Row | None,
    payer: str,
    lessee_bears: bool,
) -> PowerUse:
    """Add which GPUs are powered, which constraint binds, and what power and site cost.

    Parameters
    ----------
    b
        The build.
    fleet, operation
        The fleet as bought and at work.
    site
        Its data centre; None powers every accepted GPU at no cost here.
    earning
        GPUs whose rent has started. [GPU]
    payer
        Party that pays for site and electricity.
    lessee_bears
        Whether the lessee pays rent for a GPU without power.

    Returns
    -------
    PowerUse
        Counts, hours, codes and payments.
    """
    s, id = b.sheet, fleet.id
    accepted = operation.accepted
    here = s.row(f"{id}.powered_here", least(accepted, site.capacity) if site else accepted, unit=GPU)
    elsewhere = s.row(f"{id}.powered_elsewhere", _elsewhere(b, site, accepted, here), unit=GPU)
    powered = s.row(f"{id}.powered", here + elsewhere, unit=GPU, label="GPUs with power")
    unpowered = s.row(f"{id}.unpowered", accepted - powered, unit=GPU, label="GPUs accepted and without power")
    hours = s.row(
        f"{id}.available_hours",
        powered * b.clock.hours * operation.availability,
        unit=GPU_HOUR,
        label="hours that powered GPUs can work",
    )
    wanted = accepted if earning is None else earning
    nobody = at_most(wanted, NIL)
    share = choose(nobody, 1, least(powered, wanted) / choose(nobody, constant(1.0, GPU), wanted))
    constraint, bearer = _add_constraint(b, fleet, operation, powered, earning, lessee_bears)
    cost, streams = _add_costs(b, fleet, site, here, elsewhere, payer)
    return PowerUse(
        powered_here=here,
        powered_elsewhere=elsewhere,
        powered=powered,
        unpowered=unpowered,
        available_hours=hours,
        working_share=s.row(
            f"{id}.working_share", share * operation.availability, label="share of the hours wanted that can be worked"
        ),
        constraint=constraint,
        bearer=bearer,
        streams=streams,
        site_cost=cost,
    )


def _elsewhere(b: Build, site: Site | None, accepted: Row, here: Row) -> Expr:
    if site is None or site.overflow_start is None:
        return NIL * accepted
    return (accepted - here) * share_since(b.clock, site.overflow_start)


def _add_constraint(
    b: Build, fleet: Fleet, operation: Operation, powered: Row, earning: Row | None, lessee_bears: bool
) -> tuple[Row, Row]:
    """Name the stage that idles most GPUs; of two equal stages the earlier."""
    s, id, clock = b.sheet, fleet.id, b.clock
    bought = operation.bought
    over = s.row(f"{id}.over", at_most(latest(operation.retired), clock.end), label="1 once every batch has left")
    rented = powered if earning is None else earning
    idle = {
        "delivery": operation.awaited,
        "acceptance": bought - operation.accepted,
        "power": operation.accepted - powered,
        "lease": most(powered - rented, NIL),
    }
    worst = s.row(f"{id}.idled", most(NIL, *idle.values()) * negate(over), unit=GPU, label="GPUs the worst stage idles")
    flags: list[Row] = []
    code: Expr = NIL
    for n, reason in enumerate(REASONS, start=1):
        binds = both(less_than(NIL, worst), at_most(worst, idle[reason]))
        flag = both(binds, *(negate(f) for f in flags))
        flags.append(s.row(f"{id}.waits_for.{reason}", flag, label=f"1 where {reason} idles most GPUs"))
        number = s.scalar(f"{id}.code.{reason}", float(n), source="docs/convention.md", label=f"code of {reason}")
        code = code + number * flags[-1]
    constraint = s.row(f"{id}.constraint", code, label="which constraint binds: 0 none, 1 to 4 the stages in order")
    lessee = both(flags[2], less_than(powered, rented)) if lessee_bears else NIL * worst
    anyone = either(*flags)
    bearer = s.row(f"{id}.constraint_bearer", anyone + anyone - lessee, label="0 nobody, 1 the lessee, 2 the vehicle")
    return constraint, bearer


def _add_costs(
    b: Build, fleet: Fleet, site: Site | None, here: Row, elsewhere: Row, payer: str
) -> tuple[Row, tuple[Stream, ...]]:
    s = b.sheet
    if site is None:
        return s.row(f"{fleet.id}.site_cost", NIL * here, unit=USD), ()
    term, id = site.term, site.id
    path = f"assets.{id}"
    operator = term.operator or term.owner
    rate: Expr = b.scalar(f"{path}.cost", term.cost, USD / MW / MONTH, "site cost on IT power in use")
    price: Expr = b.scalar(f"{path}.electricity", term.electricity, USD / MWH, "price of electricity")
    rate, price = times(b, f"{id}.cost", rate, "site cost"), times(b, f"{id}.electricity", price, "electricity price")
    load = b.scalar(f"assets.{fleet.id}.load", fleet.term.load, RATIO, "average load, share of power")
    energy_of = load * fleet.power * b.clock.hours
    energy = s.row(f"{id}.energy", here * energy_of * site.pue, unit=MWH, label="energy used on site")
    rent = s.row(f"{id}.rent", here * fleet.power * rate * b.clock.months, unit=USD, label="site cost")
    bill = s.row(f"{id}.electricity_cost", energy * price, unit=USD, label="electricity on site")
    streams = [
        Stream("site", payer, operator, rent, rent, id),
        Stream("electricity", payer, term.supplier or operator, bill, bill, id),
    ]
    costs = [rent, bill]
    if term.overflow:
        row = _overflow_cost(b, site, term.overflow, elsewhere, fleet.power, energy_of, price)
        streams.append(Stream("hosting elsewhere", payer, term.overflow.operator or operator, row, row, id))
        costs.append(row)
    total = s.row(f"{fleet.id}.site_cost", sum_of(costs), unit=USD, label="site, electricity and hosting, whoever pays")
    return total, tuple(streams)


def _overflow_cost(
    b: Build, site: Site, term: Overflow, elsewhere: Row, power: Row, energy_of: Expr, site_price: Expr
) -> Row:
    path = f"assets.{site.id}.overflow"
    rate: Expr = b.scalar(f"{path}.cost", term.cost, USD / MW / MONTH, "colocation cost on IT power")
    rate = times(b, f"{site.id}.overflow.cost", rate, "colocation cost")
    own = term.electricity
    price = site_price if own is None else b.scalar(f"{path}.electricity", own, USD / MWH, "price of electricity")
    pue = site.pue if term.pue is None else b.scalar(f"{path}.pue", term.pue, RATIO, "facility energy / IT energy")
    cost = elsewhere * power * rate * b.clock.months + elsewhere * energy_of * pue * price
    return b.sheet.row(f"{site.id}.elsewhere_cost", cost, unit=USD, label="colocation and electricity elsewhere")
