"""The market's rent of GPUs: log, mean-reverting to a falling trend, with a drop whenever a new generation ships.

Rows added for a factor ``g``, besides those of its noise:

    g.trend              what a falling trend leaves of the rent at close                    [ratio]
    g.generation_<n>     date on which generation n ships; .drop what it takes off rents     [month], [ratio]
    g.shipped            what the generations shipped so far leave of the rent               [ratio]
    g.planned            trend and generations on their planned dates, with the mean drop    [ratio]
    g.over_plan          the path's rent over that plan                                      [ratio]
    g.level              the path's rent over the rent at close                              [ratio]
    g.market             the same, let at the market's occupancy, over the contract's rent   [ratio]

The contract's rent is fixed, so the market acts where the contract does not: on GPUs let again after a default, on
GPUs that serve on after the term, on rents that follow an index, and through ``resale`` on what GPUs are worth. A gap
between two generations is never under a month. What is planned for before close is in the rent at close.
"""

from __future__ import annotations

from ringfence.risk.factors.reverting import add_reverting, lognormal, speed_of
from ringfence.risk.factors.sheet import FactorSheet
from ringfence.sheet import Expr, Row, at_most, constant, exp, floor, least, log, most
from ringfence.terms.asset import GpuFleet
from ringfence.terms.risk import MOST_DROP, GpuRent
from ringfence.units import MONTH, PER_YEAR, RATIO, YEAR

LABEL = "market rent of GPUs"
ENTRY = "gpu_rent"


def add_gpu_rent(f: FactorSheet, id: str, term: GpuRent) -> tuple[Row, ...]:
    """Add the rows of a market rent.

    Parameters
    ----------
    f, id, term
        Factor sheet, id and parameters.
    """
    from ringfence.blocks.context import cell_name

    s = f.sheet
    volatility = f.parameter(id, term, "volatility", RATIO, entry=ENTRY, label="per root of a year")
    half_life = f.parameter(id, term, "half_life", MONTH, entry=ENTRY, label="half of a departure is gone")
    speed = speed_of(half_life, s["period.months_per_year"])
    y = add_reverting(f, id, f.main_normal(id, series=True), speed=speed, volatility=volatility)
    trend, launch = _add_trend(f, id, term)
    shipped, planned = _add_generations(f, id, term, launch)
    plan = s.row(f"{id}.planned", trend * planned, label="trend, generations on their planned dates")
    over = s.row(f"{id}.over_plan", lognormal(y) * (shipped / planned), label="market rent over plan")
    level = s.row(f"{id}.level", over * plan, label="market rent over the rent at close")
    opening = f.parameter(id, term, "opening", RATIO, entry=ENTRY, label="market over contract rent at close")
    let = f.parameter(id, term, "occupancy", RATIO, entry=ENTRY, label="share of hours let at market")
    market = s.row(f"{id}.market", level * (opening * let), label="market rent when let, over the contract's")
    f.market[term.fleet] = over
    for x, lease in f.deal.of_type("lease").items():
        if lease.asset == term.fleet:
            f.feed(f"{x}.market.shock", market)
            if term.after_term:
                f.feed(f"{x}.after.shock", market)
            if lease.index is not None:
                f.feed(f"curve.{cell_name(lease.index.curve)}.shock", over)
    return level, over, market


def _add_trend(f: FactorSheet, id: str, term: GpuRent) -> tuple[Row, Row]:
    """Add what the trend leaves of the rent at close, and the launch it counts from. [ratio], [month]"""
    s, per_year = f.sheet, f.sheet["period.months_per_year"]
    launch = _add_launch(f, id, term)
    young = f.parameter(id, term, "young", MONTH, entry=ENTRY, label="how long a GPU is young")
    early = f.parameter(id, term, "fall", PER_YEAR, entry=ENTRY, label="fall of the trend while young")
    late = f.parameter(id, term, "fall_later", PER_YEAR, entry=ENTRY, label="fall of the trend after")
    end = s["period.end"]
    turn = s.row(f"{id}.turn", most(launch + young, 0), unit=MONTH, label="date on which the trend flattens")

    def falls(rate: Row, months: Expr) -> Expr:
        return log(1 - rate * constant(1.0, YEAR)) * (months / per_year / constant(1.0, YEAR))

    log_trend = falls(early, least(end, turn)) + falls(late, most(end - turn, 0))
    return s.row(f"{id}.trend", exp(log_trend), label="what the trend leaves of the rent at close"), launch


def _add_launch(f: FactorSheet, id: str, term: GpuRent) -> Row:
    label = "volume launch of the GPU"
    fleet = f.deal.assets.get(term.fleet)
    if term.launch is None and isinstance(fleet, GpuFleet):
        from ringfence.catalogue import gpu, names

        if fleet.model in names("gpus"):
            entry = gpu(fleet.model)
            return f.cell(f"{id}.launch", entry.launch, MONTH, entry.source("launch"), label)
    value = 0.0 if term.launch is None else term.launch
    return f.cell(f"{id}.launch", value, MONTH, f.deal.where(f"risk.factors.{id}.launch"), label)


def _add_generations(f: FactorSheet, id: str, term: GpuRent, launch: Row) -> tuple[Row, Row]:
    """Add the generations to come: what they leave of rents on the path, and as planned. [ratio]"""
    s, end = f.sheet, f.sheet["period.end"]
    every = f.parameter(id, term, "every", MONTH, entry=ENTRY, label="planned time between generations")
    spread = f.parameter(id, term, "every_spread", MONTH, entry=ENTRY, label="standard deviation of that time")
    drop = f.parameter(id, term, "drop", RATIO, entry=ENTRY, label="mean fall of rents at a generation")
    around = f.parameter(id, term, "drop_spread", RATIO, entry=ENTRY, label="standard deviation of that fall")
    count = f.parameter(id, term, "generations", RATIO, entry=ENTRY, label="generations to come")
    if term.first_generation is None:
        passed = floor(most(-launch, 0) / every) + 1
        first: Expr = launch + every * passed
    else:
        where = f.deal.where(f"risk.factors.{id}.first_generation")
        first = f.cell(f"{id}.first_generation", term.first_generation, MONTH, where, "planned launch of the next")
    day, plan = first, first
    shipped: Expr = constant(1.0)
    planned: Expr = constant(1.0)
    for n in range(1, int(count.value) + 1):
        gap = f.normal(id, f"generation_{n}.when", series=False) * spread
        size = f.normal(id, f"generation_{n}.size", series=False) * around
        day = s.row(f"{id}.generation_{n}", day + (gap if n == 1 else most(every + gap, MONTH_)), label="ships")
        plan = plan if n == 1 else plan + every
        own = s.row(f"{id}.generation_{n}.drop", least(most(drop + size, 0), MOST_DROP), label="fall of rents")
        shipped = shipped * (1 - own * at_most(day, end))
        planned = planned * (1 - drop * at_most(plan, end))
    left = s.row(f"{id}.shipped", shipped, label="what the generations shipped leave of rents")
    return left, s.row(f"{id}.shipped.planned", planned, label="the same, as planned")


MONTH_ = constant(1.0, MONTH)
