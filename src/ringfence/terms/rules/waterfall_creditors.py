"""A waterfall that is written pays every creditor, every cost and, in the end, the equity."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ringfence.terms.findings import finding
from ringfence.terms.rules.reach import Silo, silos
from ringfence.terms.rules.waterfall_objects import cash_reserves

if TYPE_CHECKING:
    from ringfence.errors import Finding
    from ringfence.terms.deal import Deal


VERBS = ("pay", "fund")


def check_waterfall_creditors(deal: Deal) -> list[Finding]:
    """Refuse a waterfall that leaves out something the business owes."""
    return [found for silo in silos(deal) if silo.steps for found in _forgotten(deal, silo)]


def _forgotten(deal: Deal, silo: Silo) -> list[Finding]:
    done = {(verb, getattr(step, verb)) for _, step in silo.steps for verb in VERBS}
    missing = [(verb, what, place) for verb, what, place in _owed(silo) if (verb, what) not in done]
    shared = {x for _, step in silo.steps for x in step.distribute or ()}
    missing += [("distribute", f"[{x}]", f"contracts.{x}") for x in silo.equity if x not in shared]
    return [_forgets(deal, silo, *item) for item in missing]


def _owed(silo: Silo) -> list[tuple[str, str, str]]:
    """Verb, object and place of everything a business owes."""
    owed: list[tuple[str, str, str]] = []
    owner = next((f"assets.{x}" for x in silo.assets), None) or next((f"contracts.{x}" for x in silo.services), None)
    if owner is not None:
        owed.append(("pay", "costs", owner))
    if silo.party.tax.status == "taxed":
        owed.append(("pay", "tax", f"parties.{silo.vehicle}.tax.status"))
    for x, loan in silo.loans.items():
        owed += [("pay", f"{x}.{what}", f"contracts.{x}") for what in ("interest", "repayment")]
        if loan.agency_fee:
            owed.append(("pay", f"{x}.fees", f"contracts.{x}.agency_fee"))
    owed += [("fund", x, f"contracts.{x.partition('.')[0]}.reserve") for x in cash_reserves(silo)]
    return owed + [("pay", f"{x}.reimbursement", f"contracts.{x}") for x in silo.letters]


def _forgets(deal: Deal, silo: Silo, verb: str, what: str, place: str) -> Finding:
    message = f"The waterfall of {silo.key} has {len(silo.steps)} steps, but none to {verb} {what}."
    where = [deal.where(f"{silo.path}.waterfall"), deal.where(place)]
    fix = f"add the step {verb}: {what}, or leave the waterfall out for the usual order"
    return finding("waterfall-forgets-creditor", message, where=where, fix=fix)
