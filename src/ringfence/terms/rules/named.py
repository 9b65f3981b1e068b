"""Every place of a deal that names something by its id, and what it may name there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ringfence.terms.asset import DataCentre, Gas, Generator, GpuFleet, Nuclear, Plant
from ringfence.terms.contract import (
    Equity,
    Guarantee,
    Lease,
    LetterOfCredit,
    Loan,
    Ppa,
    Purchase,
    Services,
    Swap,
    TaxCredit,
    Tolling,
)
from ringfence.terms.rules.reach import OUTSIDE, Silo, financed, silos

if TYPE_CHECKING:
    from ringfence.terms.deal import Deal


@dataclass(frozen=True)
class Named:
    """One place that names something.

    Attributes
    ----------
    path, word
        Where it is named, and the id.
    kind
        What is expected, with its article: ``a vehicle``.
    fitting
        Ids that fit.
    others
        Ids that exist but do not fit, with what they are: ``bank`` -> ``a lender``.
    places
        Where each of `others` says what it is.
    hint
        The way out where the deal has nothing that fits.
    """

    path: str
    word: str
    kind: str
    fitting: tuple[str, ...]
    others: Mapping[str, str] = field(default_factory=dict)
    places: Mapping[str, str] = field(default_factory=dict)
    hint: str = ""


def a(word: str) -> str:
    """Return a word with its article."""
    word = word.replace("_", " ")
    return f"{'an' if word[:1] in 'aeiou' else 'a'} {word}"


class _Names:
    """Makes :class:`Named` for one deal."""

    def __init__(self, deal: Deal) -> None:
        self.deal = deal
        self.silos = silos(deal)

    def party(self, path: str, word: str | None, kind: str = "a party") -> Iterator[Named]:
        if word is not None:
            hint = "declare it under parties"
            yield Named(path, word, kind, (*self.deal.parties, *OUTSIDE), hint=hint)

    def lender(self, path: str, word: str) -> Iterator[Named]:
        fitting = tuple(x for x, p in self.deal.parties.items() if p.role != "vehicle")
        yield from self._party_of_role(path, word, "a lender", fitting)

    def vehicle(self, path: str, word: str) -> Iterator[Named]:
        yield from self._party_of_role(path, word, "a vehicle", tuple(self.deal.vehicles))

    def _party_of_role(self, path: str, word: str, kind: str, fitting: tuple[str, ...]) -> Iterator[Named]:
        rest = {x: a(p.role) for x, p in self.deal.parties.items() if x not in fitting}
        places = {x: f"parties.{x}.role" for x in rest}
        yield Named(path, word, kind, fitting, rest, places, f"declare {kind} under parties")

    def business(self, path: str, vehicle: str, word: str | None) -> Iterator[Named]:
        party = self.deal.vehicles.get(vehicle)
        if word is not None and party is not None:
            yield Named(
                path, word, f"a business of {vehicle}", tuple(party.businesses), hint=f"{vehicle} has no businesses"
            )

    def asset(self, path: str, word: str | None, kind: str, *types: type) -> Iterator[Named]:
        if word is None:
            return
        fitting = tuple(x for x, y in self.deal.assets.items() if isinstance(y, types))
        rest = {x: a(y.type) for x, y in self.deal.assets.items() if x not in fitting}
        yield Named(path, word, kind, fitting, rest, {x: f"assets.{x}.type" for x in rest}, "declare it under assets")

    def contract(self, path: str, word: str | None, kind: str, *types: type) -> Iterator[Named]:
        if word is None:
            return
        fitting = tuple(x for x, y in self.deal.contracts.items() if isinstance(y, types))
        rest = {x: a(y.type) for x, y in self.deal.contracts.items() if x not in fitting}
        places = {x: f"contracts.{x}.type" for x in rest}
        yield Named(path, word, kind, fitting, rest, places, "declare it under contracts")

    def either(self, path: str, words: Iterable[str]) -> Iterator[Named]:
        fitting = (*self.deal.assets, *self.deal.contracts)
        for k, word in enumerate(words):
            yield Named(f"{path}.{k}", word, "an asset or contract", fitting)

    def curve(self, path: str, word: str | None) -> Iterator[Named]:
        if word is not None:
            hint = f"add curves: {{{word}: {{points: {{{self.deal.timeline.close}: 4.10}}}}}}"
            yield Named(path, word, "a curve", tuple(self.deal.curves), hint=hint)

    def silo_assets(self, path: str, silo: Silo | None, words: Iterable[str]) -> Iterator[Named]:
        if silo is None:
            return
        rest = {x: f"an asset of {y.owner}" for x, y in self.deal.assets.items() if x not in silo.assets}
        places = {x: f"assets.{x}.owner" for x in rest}
        homeless = {x for x, y in self.deal.assets.items() if y.owner not in self.deal.parties}
        for k, word in enumerate(words):
            if word not in homeless:
                yield Named(f"{path}.{k}", word, f"an asset of {silo.key}", tuple(silo.assets), rest, places)


def names_of(deal: Deal) -> Iterator[Named]:
    """Every place of the deal that names something."""
    n = _Names(deal)
    for x, party in deal.parties.items():
        yield from n.party(f"parties.{x}.related_to", party.related_to)
    for x, asset in deal.assets.items():
        yield from _in_asset(n, f"assets.{x}", asset)
    for x, contract in deal.contracts.items():
        yield from _in_contract(n, f"contracts.{x}", x, contract)
    for v, party in deal.vehicles.items():
        for name, business in party.businesses.items():
            for k, word in enumerate(business.assets):
                yield from n.asset(f"parties.{v}.businesses.{name}.assets.{k}", word, "an asset", GpuFleet, Plant)
    if deal.sponsor is not None:
        yield from n.party("sponsor.party", deal.sponsor.party)
    if deal.uses is not None:
        keys = tuple(s.key for s in n.silos)
        yield Named("uses.plug", deal.uses.plug, "a business", keys, hint="declare a vehicle under parties")


def _in_asset(n: _Names, path: str, asset: object) -> Iterator[Named]:
    for key in ("vendor", "operator", "supplier"):
        yield from n.party(f"{path}.{key}", getattr(asset, key, None))
    if isinstance(asset, DataCentre):
        yield from n.asset(f"{path}.fleet", asset.fleet, "a GPU fleet", GpuFleet)
        if asset.overflow is not None:
            yield from n.party(f"{path}.overflow.operator", asset.overflow.operator)
    if isinstance(asset, Gas | Nuclear) and asset.fuel is not None:
        yield from n.party(f"{path}.fuel.supplier", asset.fuel.supplier)


def _in_contract(n: _Names, path: str, x: str, c: object) -> Iterator[Named]:
    """What one contract names, by its type."""
    if isinstance(c, Loan):
        yield from _in_loan(n, path, x, c)
    elif isinstance(c, Equity):
        yield from _in_equity(n, path, c)
    elif isinstance(c, Lease):
        yield from _in_lease(n, path, c)
    elif isinstance(c, Ppa | Tolling | TaxCredit):
        yield from _in_offtake(n, path, c)
    elif isinstance(c, Services):
        yield from n.party(f"{path}.payer", c.payer)
        yield from n.party(f"{path}.payee", c.payee)
        yield from n.asset(f"{path}.asset", c.asset, "an asset", GpuFleet, Plant)
    elif isinstance(c, Purchase):
        yield from n.party(f"{path}.vendor", c.vendor)
        yield from n.vehicle(f"{path}.buyer", c.buyer)
        yield from n.asset(f"{path}.asset", c.asset, "an asset", GpuFleet, Plant)
    else:
        yield from _in_support(n, path, c)


def _in_loan(n: _Names, path: str, x: str, c: Loan) -> Iterator[Named]:
    yield from n.lender(f"{path}.lender", c.lender)
    yield from n.vehicle(f"{path}.borrower", c.borrower)
    yield from n.business(f"{path}.business", c.borrower, c.business)
    yield from n.curve(f"{path}.pricing", c.pricing.index)
    yield from n.either(f"{path}.security", c.security)
    yield from n.either(f"{path}.cfads.only", c.cfads.only)
    yield from n.either(f"{path}.cfads.without", c.cfads.without)
    for k, word in enumerate(c.recourse):
        yield from n.party(f"{path}.recourse.{k}", word)
    if c.reserve is not None:
        yield from n.contract(
            f"{path}.reserve.letter_of_credit", c.reserve.letter_of_credit, "a letter of credit", LetterOfCredit
        )
    for k, word in enumerate(c.waits_for):
        yield from n.asset(f"{path}.waits_for.{k}", word, "a GPU fleet or power plant", GpuFleet, Plant)
    silo = next((s for s in n.silos if x in s.loans), None)
    curves = tuple(_curves(silo, c))
    for k, limit in enumerate(c.size.min):
        inner = f"{path}.size.min.{k}"
        yield from n.silo_assets(f"{inner}.of", silo, limit.of)
        yield from _case(n, f"{inner}.case", limit.case)
        if limit.curve is not None and limit.test == "ltv":
            yield Named(f"{inner}.curve", limit.curve, "a resale curve of the assets", curves, hint=RESALE)
    if c.covenants.ltv is not None:
        yield from n.silo_assets(f"{path}.covenants.ltv.of", silo, c.covenants.ltv.of)
        word = c.covenants.ltv.curve
        yield Named(f"{path}.covenants.ltv.curve", word, "a resale curve of the assets", curves, hint=RESALE)


RESALE = "give a GPU fleet that the loan finances a curve under resale"


def _curves(silo: Silo | None, loan: Loan) -> list[str]:
    assets = financed(silo, loan).values() if silo is not None else ()
    return list(dict.fromkeys(curve for y in assets if isinstance(y, GpuFleet) for curve in y.resale))


def _case(n: _Names, path: str, word: str | None) -> Iterator[Named]:
    if word is not None:
        yields = (case for y in n.deal.assets.values() if isinstance(y, Generator) for case in y.yield_cases)
        known = dict.fromkeys(("base", "p50", *n.deal.cases, *yields))
        yield Named(path, word, "a case", tuple(known))


def _in_equity(n: _Names, path: str, c: Equity) -> Iterator[Named]:
    yield from n.party(f"{path}.holder", c.holder)
    yield from n.business(f"{path}.holder_business", c.holder, c.holder_business)
    yield from n.vehicle(f"{path}.vehicle", c.vehicle)
    for k, word in enumerate(c.businesses):
        yield from n.business(f"{path}.businesses.{k}", c.vehicle, word)
    yield from n.contract(f"{path}.backed_by", c.backed_by, "a letter of credit", LetterOfCredit)


def _in_lease(n: _Names, path: str, c: Lease) -> Iterator[Named]:
    yield from n.vehicle(f"{path}.lessor", c.lessor)
    yield from n.party(f"{path}.lessee", c.lessee)
    yield from n.asset(f"{path}.asset", c.asset, "a GPU fleet", GpuFleet)
    if c.index is not None:
        yield from n.curve(f"{path}.index.curve", c.index.curve)
    if c.residual_value_guarantee is not None:
        yield from n.party(f"{path}.residual_value_guarantee.guarantor", c.residual_value_guarantee.guarantor)


def _in_offtake(n: _Names, path: str, c: Ppa | Tolling | TaxCredit) -> Iterator[Named]:
    yield from n.vehicle(f"{path}.seller", c.seller)
    yield from n.party(f"{path}.buyer", c.buyer)
    makes_energy = isinstance(c, Ppa) or (isinstance(c, TaxCredit) and c.production is not None)
    kind = "a plant that makes energy" if makes_energy else "a power plant"
    yield from n.asset(f"{path}.asset", c.asset, kind, Generator if makes_energy else Plant)
    if isinstance(c, Ppa) and c.merchant is not None:
        yield from n.party(f"{path}.merchant.buyer", c.merchant.buyer)


def _in_support(n: _Names, path: str, c: object) -> Iterator[Named]:
    if isinstance(c, Swap):
        yield from n.party(f"{path}.counterparty", c.counterparty)
        yield from n.vehicle(f"{path}.vehicle", c.vehicle)
        yield from n.contract(f"{path}.hedges", c.hedges, "a loan", Loan)
    elif isinstance(c, LetterOfCredit):
        yield from n.lender(f"{path}.issuer", c.issuer)
        yield from n.party(f"{path}.applicant", c.applicant)
        yield from n.business(f"{path}.business", c.applicant, c.business)
    elif isinstance(c, Guarantee):
        for key in ("guarantor", "obligor", "beneficiary"):
            yield from n.party(f"{path}.{key}", getattr(c, key))
        for k, word in enumerate(c.covers):
            yield from n.contract(f"{path}.covers.{k}", word, "a contract", object)


__all__ = ["Named", "a", "names_of"]
