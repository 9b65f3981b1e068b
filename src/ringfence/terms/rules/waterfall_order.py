"""A waterfall pays by rank: a senior loan before a junior one, and debt before equity."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ringfence.terms.findings import finding
from ringfence.terms.rules.reach import Silo, silos

if TYPE_CHECKING:
    from ringfence.errors import Finding, Level
    from ringfence.terms.deal import Deal
    from ringfence.terms.party import Step

SERVICE = ("interest", "repayment")


def check_waterfall_order(deal: Deal) -> list[Finding]:
    """Refuse a junior loan paid before a senior one, and a distribution before debt service."""
    return [found for silo in silos(deal) for found in _junior_first(deal, silo) + _equity_first(deal, silo)]


def _place(silo: Silo, verb: str, what: str) -> int | None:
    """Number of a step, counted from 1; None where there is none."""
    return next((k for k, (_, s) in enumerate(silo.steps, 1) if s.verb == verb and s.object == what), None)


def _junior_first(deal: Deal, silo: Silo) -> list[Finding]:
    """One finding for each pair of loans, the worse one: same kind of payment first, then the mixed ones."""
    found = []
    pairs = [
        (a, b) for a, x in silo.loans.items() for b, y in silo.loans.items() if x.rank < y.rank and not y.cfads.only
    ]
    for senior, junior in pairs:
        for early, late, level in _pairs(senior, junior):
            first, second = _place(silo, *early), _place(silo, *late)
            if first is not None and second is not None and first < second:
                found.append(_out_of_order(deal, silo, (senior, junior), (first, second), level))
                break
    return found


def _pairs(senior: str, junior: str) -> list[tuple[tuple[str, str], tuple[str, str], Level]]:
    """Steps of a junior loan that come after a step of the senior one, and how serious the reverse is."""
    rows: list[tuple[tuple[str, str], tuple[str, str], Level]] = []
    rows += [(("pay", f"{junior}.{what}"), ("pay", f"{senior}.{what}"), "error") for what in SERVICE]
    rows.append((("pay", f"{junior}.repayment"), ("pay", f"{senior}.interest"), "error"))
    for verb, what in (("sweep", junior), ("fund", f"{junior}.dsra")):
        rows += [((verb, what), ("pay", f"{senior}.{due}"), "error") for due in SERVICE]
    rows.append((("pay", f"{junior}.interest"), ("pay", f"{senior}.repayment"), "warning"))
    return rows


def _told(step: Step) -> str:
    return f"{step.verb}s {step.object}"


def _out_of_order(deal: Deal, silo: Silo, loans: tuple[str, str], places: tuple[int, int], level: Level) -> Finding:
    (senior, junior), (first, second) = loans, places
    steps = silo.steps
    ranks = f"{junior} ranks {silo.loans[junior].rank} and {senior} ranks {silo.loans[senior].rank}"
    told = f"{_told(steps[first - 1][1])} in step {first} and {_told(steps[second - 1][1])} only in step {second}"
    message = f"{silo.key} {told}, but {ranks}."
    where = [deal.where(f"{steps[k - 1][0]}.{steps[k - 1][1].verb}") for k in places]
    where += [deal.where(f"contracts.{x}.rank") for x in (junior, senior)]
    fix = f"move step {first} behind step {second}, or change the ranks"
    return finding("waterfall-order", message, where=where, fix=fix, level=level)


def _equity_first(deal: Deal, silo: Silo) -> list[Finding]:
    steps = silo.steps
    debt = [
        k
        for k, (_, s) in enumerate(steps, 1)
        if s.verb == "pay" and _loan(s) in silo.loans and s.object.endswith(SERVICE)
    ]
    early = [k for k, (_, s) in enumerate(steps, 1) if s.verb == "distribute" and debt and k < debt[-1]]
    if not early:
        return []
    (path, _), (after, paid) = steps[early[0] - 1], steps[debt[-1] - 1]
    message = f"{silo.key} distributes to equity in step {early[0]} and {_told(paid)} only in step {debt[-1]}."
    where = [deal.where(f"{path}.distribute"), deal.where(f"{after}.pay")]
    fix = f"move step {early[0]} to the end"
    return [finding("waterfall-order", message, where=where, fix=fix)]


def _loan(step: Step) -> str:
    return step.object.partition(".")[0]
