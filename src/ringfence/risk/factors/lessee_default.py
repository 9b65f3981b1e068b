"""A lessee that stops paying: a hazard from its rating, higher when the market's rent falls, and GPUs let again.

Rows added for a factor ``l``:

    l.patience     hazard that has to add up before the lessee defaults: -log of a chance      [ratio]
    l.hazard       defaults per year in the period                                             [1/year]
    l.cumulated    hazard added up to the end of the period                                    [ratio]
    l.date         date of the default from the period on in which it comes; never before      [month]

The default comes when the hazard added up reaches the patience, so that with a constant hazard h its chance within t
years is 1 - exp(-h t). The hazard is h x (market rent over plan) to the power -to_rent, with the rent at the start of
the period.
"""

from __future__ import annotations

from ringfence.risk.factors.sheet import FactorSheet
from ringfence.sheet import Expr, Row, at_most, choose, less_than, log, power, previous
from ringfence.terms.contract import Lease
from ringfence.terms.risk import RUNGS, LesseeDefault
from ringfence.units import MONTH, PER_YEAR, RATIO

LABEL = "default of the lessee"


def add_lessee_default(f: FactorSheet, id: str, term: LesseeDefault) -> tuple[Row, ...]:
    """Add the rows of a default of a lessee.

    Parameters
    ----------
    f, id, term
        Factor sheet, id and parameters.
    """
    s = f.sheet
    lease = f.deal.contracts[term.lease]
    assert isinstance(lease, Lease)
    patience = s.row(f"{id}.patience", 0 - log(f.uniform(id, "chance", series=False)), label="hazard it takes")
    hazard = s.row(f"{id}.hazard", _hazard(f, id, term, lease), label="defaults per year")
    cumulated = s.ref(f"{id}.cumulated", unit=RATIO)
    before = previous(cumulated)
    gained = hazard * s["period.years"]
    s.row(f"{id}.cumulated", before + gained, label="hazard added up to the end of the period")
    never, months = s["period.never"], s["period.end"] - s["period.start"]
    last = previous(s.ref(f"{id}.date", unit=MONTH), first=never)
    comes = at_most(patience, cumulated) * less_than(before, cumulated)
    within = s["period.start"] + months * ((patience - before) / choose(less_than(0, gained), gained, 1))
    now = choose(comes, within, never)
    date = s.row(f"{id}.date", choose(less_than(last, never), last, now), unit=MONTH, label=LABEL)
    void = f.parameter(id, term, "void", MONTH, entry="lessee_default", label="default to the next rent")
    if lease.asset not in f.market:
        text = (
            f"{id}: no gpu_rent factor moves the market of {lease.asset}, so its GPUs are let again at the agreed rent."
        )
        f.notices.append(text)
    f.feed(f"{term.lease}.default.shock", date)
    f.feed(f"{term.lease}.void.shock", void)
    return date, hazard


def _hazard(f: FactorSheet, id: str, term: LesseeDefault, lease: Lease) -> Expr:
    """Defaults per year in the period. [1/year]"""
    base = _base(f, id, term, lease)
    if lease.asset not in f.market:
        return base + 0
    share = f.parameter(id, term, "to_rent", RATIO, entry="lessee_default", label="rise per fall in rent, in logs")
    return base * power(previous(f.market[lease.asset], first=1), -share)


def _base(f: FactorSheet, id: str, term: LesseeDefault, lease: Lease) -> Row:
    """Defaults per year with rents on plan: as written, else by rating. [1/year]"""
    from ringfence.catalogue import hazard

    label = "defaults per year, rents on plan"
    if term.hazard is not None:
        return f.cell(f"{id}.base", term.hazard, PER_YEAR, f.deal.where(f"risk.factors.{id}.hazard"), label)
    rating = term.rating or f.deal.parties[lease.lessee].rating or ""
    entry = hazard(RUNGS.get(rating, rating))
    return f.cell(f"{id}.base", entry.hazard, PER_YEAR, f"{rating}: {entry.source('hazard')}", label)
