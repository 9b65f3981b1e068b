"""A deal and its risks as one sheet: factors in front, the deal on its signed terms behind them.

    base = signed(deal)                                         # desk: model, run and terms as agreed
    risks = risk_model(base.model, base.terms)
    kernel = native.compile(risks.sheet, ["senior.dscr.min"], risks.draws)

The sheet runs on every engine. Its debt is as signed: what sizes the deal is cut off, so a path tests the schedule and
never cuts it anew (docs/convention.md 8). Deterministic stresses set the shocks of :func:`open_model` themselves.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ringfence.errors import DealError, did_you_mean, nearest
from ringfence.risk.correlation import add_normals
from ringfence.risk.factors import Factor, kind_of
from ringfence.risk.factors.sheet import PREFIX, FactorSheet
from ringfence.run.native.draws import Draw
from ringfence.run.native.join import join
from ringfence.sheet import Row, Sheet
from ringfence.terms.findings import finding, listed
from ringfence.units import RATIO

if TYPE_CHECKING:
    from ringfence.blocks.build import Model
    from ringfence.solve.signing import SignedTerms
    from ringfence.terms.deal import Deal
    from ringfence.terms.risk import RiskTerms
    from ringfence.timeline import Timeline

SWITCH = "deal.signed"


@dataclass(frozen=True)
class RiskModel:
    """A deal with its random factors.

    Attributes
    ----------
    sheet
        Factors and deal in one, on the signed terms.
    draws
        Draw input of the sheet -> how it is drawn.
    factors
        What they are.
    notices
        What a reader must know: a correlation that was repaired.
    model
        The deal alone, open to the shocks the factors feed, each at its neutral value, on the signed terms.
    timeline
        Its periods.
    """

    sheet: Sheet
    draws: Mapping[str, Draw]
    factors: tuple[Factor, ...]
    notices: tuple[str, ...]
    model: Model
    timeline: Timeline


def risk_model(model: Model, terms: SignedTerms, factors: Iterable[str] | None = None) -> RiskModel:
    """Put the factors of a deal in front of its sheet.

    Parameters
    ----------
    model
        The deal built as agreed.
    terms
        What was signed.
    factors
        Ids of the factors wanted; all of the deal's `risk:` block if not given.

    Raises
    ------
    DealError
        If the deal has no risk block, or no factor of that name.
    """
    risk = _risk_of(model.deal)
    wanted = _wanted(model.deal, risk, factors)
    f = FactorSheet.of(model.deal, model.timeline, model.shocks)
    repaired = add_normals(f, risk, wanted)
    made: dict[str, Factor] = {}
    for id in sorted(wanted, key=lambda x: kind_of(risk.factors[x]).follows):
        made[id] = _add(f, id, risk)
    feeds = f.fed()
    opened = open_model(model.deal, terms, feeds)
    sheet = join(opened.sheet, f.sheet, feeds, prefix=PREFIX)
    draws = {f"{PREFIX}:{name}": draw for name, draw in f.draws.items()}
    notices = (*repaired, *f.notices)
    return RiskModel(sheet, draws, tuple(made[id] for id in wanted), notices, opened, model.timeline)


def open_model(deal: Deal, terms: SignedTerms, shocks: Iterable[str] | None = None) -> Model:
    """Build a deal open to shocks, each at its neutral value, on its signed terms.

    Parameters
    ----------
    deal
        The deal, or a variant of it.
    terms
        What was signed.
    shocks
        Names of the shocks; all the deal has if not given.

    Returns
    -------
    Model
        Its cells hold the signed terms, and what would size the debt afresh is cut off.
    """
    from ringfence.blocks.build import build

    names = build(deal).shocks if shocks is None else shocks
    model = build(deal, open_to=names)
    hold(model.sheet, terms.inputs)
    return model


def hold(sheet: Sheet, inputs: Mapping[str, Any]) -> None:
    """Write signed figures into a sheet's cells, and let each row that may be sized or signed read the signed one.

    Parameters
    ----------
    sheet
        Changed in place.
    inputs
        Input -> signed figure. [its unit]
    """
    for name, value in inputs.items():
        row = sheet.rows.get(name)
        if row is not None and row.kind == "series":
            row.value = tuple(float(x) for x in value)
        elif row is not None and row.kind == "scalar":
            row.value = float(value)
    for row in sheet:
        expr = row.expr
        if expr is not None and expr.op == "choose" and _is_switch(expr.args[0]):
            row.expr = expr.args[1]
    sheet.version += 1
    sheet.cache.clear()


def _is_switch(expr: Any) -> bool:
    return isinstance(expr, Row) and expr.name == SWITCH


def _risk_of(deal: Deal) -> RiskTerms:
    if deal.risk is not None:
        return deal.risk
    fix = "add risk: {factors: {sofr: {type: base_rate, curve: SOFR}}}"
    raise DealError([finding("risk-factor", f"{deal.deal} has no risk block, so nothing moves.", fix=fix)])


def _wanted(deal: Deal, risk: RiskTerms, factors: Iterable[str] | None) -> list[str]:
    wanted = list(risk.factors if factors is None else dict.fromkeys(factors))
    for id in wanted:
        if id not in risk.factors:
            near = nearest(id, risk.factors)
            message = f"There is no factor {id}" + did_you_mean(near)
            fix = f"name one of: {listed(risk.factors) or 'none; the risk block is empty'}"
            raise DealError([finding("risk-factor", message, where=[deal.where("risk.factors")], fix=fix)])
    return wanted


def _add(f: FactorSheet, id: str, risk: RiskTerms) -> Factor:
    """Add the rows of one factor, and say what it is."""
    term = risk.factors[id]
    kind = kind_of(term)
    fed = {shock: len(rows) for shock, rows in f.feeds.items()}
    rows = kind.add(f, id, term)
    draws = tuple(f"{PREFIX}:{name}" for name in f.draws if name.partition(".")[0] == id)
    feeds = tuple(shock for shock, list_ in f.feeds.items() if len(list_) > fed.get(shock, 0))
    names = tuple(f"{PREFIX}:{row.name}" for row in rows)
    where = f.deal.where(f"risk.factors.{id}")
    return Factor(id, kind.label, rows[0].unit or RATIO, term.measure, where, draws, names, feeds)
