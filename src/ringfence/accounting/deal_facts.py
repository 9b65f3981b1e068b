"""What a deal says about a vehicle, put as the facts the consolidation tests ask for.

Three rules carry it. What the deal file states is a fact; what only a person can know is the attested answer to a
question; where neither speaks the fact is open. An independent decision maker counts as independent only if it is
attested that the sponsor does not appoint it (A1) and that nobody acts for the sponsor (A8).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ringfence.accounting.attest import Scope, related_to
from ringfence.accounting.cash_evidence import RunDeal, assets_of, interest_contracts
from ringfence.accounting.power import Activity
from ringfence.accounting.related import SiloFacts
from ringfence.accounting.variable_interests import Interest
from ringfence.accounting.vie_asc810 import ScopeFacts, Stake, VieFacts, vie
from ringfence.terms.asset import GpuFleet
from ringfence.terms.contract.lease import Lease

if TYPE_CHECKING:
    from ringfence.terms.deal import Deal

Values = Mapping[str, bool | None]
"""Answers by question; None while open or contradicted."""

MANAGER = "the manager of {vehicle}"
OUTSIDER = "the party that may replace the manager"
ACTIVITIES = {"remarketing": "A2", "operation": "A3", "refinancing": "A10"}
"""Relevant activities of a lease vehicle, and the question that says whether the sponsor directs each."""


@dataclass(frozen=True)
class Subject:
    """What is under test: the run, the vehicle and sponsor, and their lease.

    Parameters
    ----------
    result
        The base case.
    scope
        Vehicle, sponsor, lease.
    drivers
        Influence of each activity; empty where it was not computed. [ratio]
    shares
        Share of expected losses or returns by interest holder; empty where it was not computed. [ratio]
    expected_losses
        Of the vehicle. [USD]
    """

    result: RunDeal
    scope: Scope
    drivers: Mapping[str, float] = field(default_factory=dict)
    shares: Mapping[str, float] = field(default_factory=dict)
    expected_losses: float | None = None

    @property
    def deal(self) -> Deal:
        """The deal."""
        return self.result.deal

    @property
    def lease(self) -> Lease | None:
        """The lease between the two."""
        found = self.deal.contracts.get(self.scope.lease)
        return found if isinstance(found, Lease) else None

    @property
    def fleet(self) -> GpuFleet | None:
        """The fleet leased."""
        found = self.deal.assets.get(self.scope.asset)
        return found if isinstance(found, GpuFleet) else None

    @property
    def interests(self) -> dict[str, Any]:
        """Contracts by which somebody holds an interest in the vehicle."""
        return interest_contracts(self.deal, self.scope.vehicle)

    @property
    def holders(self) -> tuple[str, ...]:
        """Interest holders, the sponsor first."""
        at = {"loan": "lender", "equity": "holder", "swap": "counterparty", "guarantee": "guarantor"}
        at["letter_of_credit"] = "issuer"
        found = dict.fromkeys(str(getattr(c, at[c.type])) for c in self.interests.values())
        return tuple(dict.fromkeys((self.scope.sponsor, *found)))


def contradicting(s: Subject) -> dict[str, str]:
    """What the deal file says against a helpful answer, by question."""
    found = {
        "A1": _majority(s),
        "A4": _majority(s),
        "A5": _fixed_options(s),
        "A8": [f"{x} is related to {s.scope.sponsor}" for x in related_holders(s)],
        "A6": _support(s),
        "A12": _shared_equity(s),
        "A13": _silent_equity(s),
        "S1": _own_orders(s),
    }
    return {question: f"{', '.join(facts)}." for question, facts in found.items() if facts}


def activities(s: Subject, values: Values) -> tuple[Activity, ...]:
    """Relevant activities of the vehicle and who directs each, by the answers (IFRS 10.B11; ASC 810-10-25-38B).

    Parameters
    ----------
    s
        The subject.
    values
        Answers.
    """
    manager = _manager(s, values)
    names = dict(ACTIVITIES) if s.lease is not None else {"refinancing": "A10"}
    found = [Activity(n, _director(s, values.get(q), manager), s.drivers.get(n)) for n, q in names.items()]
    rest = [n for n in s.drivers if n not in names]
    if s.lease is None or _holds_others(s):
        rest = list(dict.fromkeys(["energy investments" if s.lease is not None else "operation", *rest]))
    return (*found, *(Activity(n, manager, s.drivers.get(n)) for n in rest))


def scope_facts(s: Subject, values: Values) -> ScopeFacts:
    """What decides whether the VIE model applies."""
    return ScopeFacts(
        business=None if s.lease is None else False,
        designed=values.get("A7"),
        support=_support_share(s),
        single_lessee=single_lessee(s),
    )


def single_lessee(s: Subject) -> bool:
    """Whether the vehicle leases to one lessee."""
    lessees = {c.lessee for c in s.deal.of_type("lease").values() if c.lessor == s.scope.vehicle}
    return len(lessees) == 1


def stakes(s: Subject) -> tuple[Stake, ...]:
    """Equity of the vehicle; a subordinated note is support and no equity (ASC 810-10-15-14(a))."""
    return tuple(
        Stake(c.holder, _total(s, f"{x}.contribution"))
        for x, c in s.interests.items()
        if c.type == "equity" and c.kind != "note"
    )


def vie_facts(s: Subject, values: Values) -> VieFacts:
    """What decides whether the vehicle is a VIE."""
    lease = s.lease
    shields = [x for x, c in s.interests.items() if c.type == "guarantee"]
    if lease is not None and lease.residual_value_guarantee is not None:
        shields.append(f"{s.scope.lease}.residual_value_guarantee")
    caps = [f"{s.scope.lease}.purchase_option"] if _fixed_options(s) else []
    return VieFacts(
        entity=s.scope.vehicle,
        stakes=stakes(s),
        assets=float(assets_of(s.result, s.scope.vehicle).max()),
        expected_losses=s.expected_losses,
        equity_has_power=False if _silent_equity(s) else values.get("A13"),
        loss_protection=tuple(shields),
        return_caps=tuple(caps),
        shielded=values.get("A6"),
        capped=values.get("A5"),
        votes_proportional=values.get("A14"),
        for_minor_voter=True if single_lessee(s) else None,
    )


def variable_interest_list(s: Subject, values: Values) -> tuple[Interest, ...]:
    """Every contract of the vehicle that may be a variable interest in it."""
    kinds: dict[str, Any] = {"loan": "debt", "guarantee": "guarantee", "letter_of_credit": "liquidity"}
    found: list[Interest] = []
    for x, c in s.interests.items():
        if c.type == "equity":
            found.append(Interest(x, c.holder, "subordinated_note" if c.kind == "note" else "equity"))
        elif c.type == "swap":
            found.append(Interest(x, c.counterparty, "interest_rate_swap", plain=True))
        else:
            holder = c.lender if c.type == "loan" else c.guarantor if c.type == "guarantee" else c.issuer
            found.append(Interest(x, holder, kinds[c.type]))
    return (*found, *_lease_interests(s), *_other_contracts(s, values.get("A11")))


def silo_facts(s: Subject, values: Values) -> tuple[SiloFacts, ...]:
    """Each business of the vehicle, where it has several."""
    books = s.deal.parties[s.scope.vehicle].books
    if len(books) < 2:
        return ()
    ringed = values.get("A12")
    crossed = bool(_shared_equity(s))
    rest = None if ringed is None else not ringed
    host = vie(vie_facts(s, values)).outcome
    others = True if crossed else rest
    return tuple(SiloFacts(f"{s.scope.vehicle}.{name}", ringed, others, rest, host_is_vie=host) for name in books)


def related_holders(s: Subject) -> tuple[str, ...]:
    """Interest holders that the deal says are related to the sponsor, or act for it."""
    named = related_to(s.deal, s.scope.sponsor)
    return tuple(x for x in s.holders if x in named)


def _manager(s: Subject, values: Values) -> str | None:
    """Who directs what the manager decides: the sponsor, an independent party, or nobody knows."""
    if values.get("A1"):
        return s.scope.sponsor
    if values.get("A1") is None or values.get("A8") is not False:
        return None
    return OUTSIDER if values.get("A4") else s.scope.fill(MANAGER)


def _director(s: Subject, sponsor_decides: bool | None, manager: str | None) -> str | None:
    if sponsor_decides:
        return s.scope.sponsor
    return None if sponsor_decides is None else manager


def _fixed_options(s: Subject) -> list[str]:
    option = s.lease.purchase_option if s.lease is not None else None
    if option is None or option.price == "market":
        return []
    return [f"{s.scope.lease} has a purchase option at {option.price:g}"]


def _support(s: Subject) -> list[str]:
    sponsor, vehicle = s.scope.sponsor, s.scope.vehicle
    found = [
        f"{x} is a guarantee of {sponsor}" for x, c in s.interests.items() if getattr(c, "guarantor", "") == sponsor
    ]
    found += [f"{x} has recourse to {sponsor}" for x, c in s.interests.items() if sponsor in getattr(c, "recourse", ())]
    guarantee = s.lease.residual_value_guarantee if s.lease is not None else None
    if guarantee is not None and s.lease is not None and (guarantee.guarantor or s.lease.lessee) == sponsor:
        found.append(f"{sponsor} guarantees the residual value")
    held = {c.backed_by for c in s.deal.of_type("equity").values() if c.holder == vehicle and c.backed_by}
    letters = s.deal.of_type("letter_of_credit")
    found += [f"{sponsor} backs capital that {vehicle} owes ({x})" for x in held if letters[x].applicant == sponsor]
    found += [
        f"{x} of {sponsor} closes the sources without a limit"
        for x, c in s.interests.items()
        if c.type == "equity" and c.holder == sponsor and c.commitment is None
    ]
    return found


def _shared_equity(s: Subject) -> list[str]:
    books = set(s.deal.parties[s.scope.vehicle].books)
    if len(books) < 2:
        return []
    return [
        f"{x} of {c.holder} shares in {' and '.join(c.businesses or sorted(books))}"
        for x, c in s.interests.items()
        if c.type == "equity" and len(c.businesses or books) > 1
    ]


def _majority(s: Subject) -> list[str]:
    """Equity with votes of which the sponsor has more than half: it appoints the manager, whatever else is said."""
    if _silent_equity(s):
        return []
    held = stakes(s)
    whole = sum(x.amount for x in held)
    share = sum(x.amount for x in held if x.holder == s.scope.sponsor) / whole if whole > 0 else 0.0
    return [f"{s.scope.sponsor} holds {share:.1%} of the equity and its votes (IFRS 10.B35 [verify])"] * (share > 0.5)


def _silent_equity(s: Subject) -> list[str]:
    """Tracking (TK) interests are silent: their holders take no part in management. [general knowledge]"""
    kinds = {c.kind for c in s.interests.values() if c.type == "equity"} - {"note"}
    return (
        ["its equity is tracking interests, whose holders take no part in management"] if kinds == {"tracking"} else []
    )


def _own_orders(s: Subject) -> list[str]:
    return [
        f"{x} has {s.scope.sponsor} as the buyer of {c.asset}"
        for x, c in s.deal.of_type("purchase").items()
        if c.buyer == s.scope.sponsor and c.asset == s.scope.asset
    ]


def _holds_others(s: Subject) -> bool:
    return any(c.holder == s.scope.vehicle for c in s.deal.of_type("equity").values())


def _support_share(s: Subject) -> float | None:
    """The sponsor's part of equity, notes and loans below the first rank, at face. [ratio]"""
    loans = [c for c in s.interests.values() if c.type == "loan"]
    first = min((c.rank for c in loans), default=1)
    own = whole = 0.0
    for x, c in s.interests.items():
        if c.type == "equity" or (c.type == "loan" and c.rank > first):
            amount = _total(s, f"{x}.contribution" if c.type == "equity" else f"{x}.drawdown")
            whole += amount
            own += amount * ((c.holder if c.type == "equity" else c.lender) == s.scope.sponsor)
    return own / whole if whole > 0 else None


def _lease_interests(s: Subject) -> list[Interest]:
    lease, x = s.lease, s.scope.lease
    if lease is None:
        return []
    part = _asset_share(s)
    found = [Interest(x, lease.lessee, "operating_lease")]
    guarantee = lease.residual_value_guarantee
    if guarantee is not None:
        giver = guarantee.guarantor or lease.lessee
        found.append(Interest(f"{x}.residual_value_guarantee", giver, "residual_value_guarantee", asset_share=part))
    if lease.purchase_option is not None:
        fixed = lease.purchase_option.price != "market"
        kind = Interest(f"{x}.purchase_option", lease.lessee, "purchase_option", fixed_price=fixed, asset_share=part)
        found.append(kind)
    for k, renewal in enumerate(lease.renewal):
        fixed = renewal.rent != "market"
        name = f"{x}.renewal.{k}"
        found.append(Interest(name, lease.lessee, "renewal_option", fixed_price=fixed, asset_share=part))
    return found


def _other_contracts(s: Subject, usual: bool | None) -> list[Interest]:
    found = []
    for x, c in s.deal.contracts.items():
        if c.type in ("services", "management", "hosting") and c.payer == s.scope.vehicle:
            other = s.shares.get(c.payee, 0.0)
            found.append(Interest(x, c.payee, "fee", commensurate=usual, market_terms=usual, other_share=other))
        elif c.type in ("ppa", "tolling") and c.seller == s.scope.vehicle:
            found.append(Interest(x, c.buyer, "offtake", fixed_price=True))
    return found


def _asset_share(s: Subject) -> float:
    """Cost of the leased asset over the vehicle's largest total assets, at most 1. [ratio]"""
    whole = float(assets_of(s.result, s.scope.vehicle).max())
    return min(1.0, _total(s, f"{s.scope.asset}.capex") / whole) if whole > 0 else 1.0


def _total(s: Subject, row: str) -> float:
    import numpy as np

    return float(np.sum(np.asarray(s.result.run[row], float))) if row in s.result.run else 0.0
