"""Attested judgements: which a deal needs, which stand, and which are open again.

A judgement stands while everything it leaned on has the value it had when it was made. Otherwise it is open, with the
reason, and counts as not attested. :func:`needed` lists the questions of a deal with their standing; :func:`yaml_of`
gives the text to paste for one that is open.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ringfence.accounting.citations import cite
from ringfence.accounting.leaning import exists, measure_like, paths, reopened, written_at
from ringfence.accounting.outcome import CONTRADICTED, FAIL, NOT_ATTESTED, PASS, Figure, Test
from ringfence.accounting.questions import QUESTIONS, Question
from ringfence.errors import DealError, Finding, did_you_mean, nearest
from ringfence.terms.attestation import Attestation
from ringfence.terms.findings import finding

if TYPE_CHECKING:
    from ringfence.run.result import Measure
    from ringfence.terms.contract.lease import Lease
    from ringfence.terms.deal import Deal

ID_RULE = "attestation-id: an attestation answers a question of the list, as A2, or A2-solar_co for another vehicle"
PATH_RULE = "attestation-path: a judgement leans on places the deal has, or on measures of its run"
DATE_RULE = "attestation-date: a judgement is dated no later than the day it is relied on"


@dataclass(frozen=True)
class Scope:
    """What the questions are asked about.

    Parameters
    ----------
    vehicle, sponsor
        The entity under test and the party that wants its debt elsewhere.
    lease
        Id of the lease between them, empty where there is none.
    asset
        Id of the asset leased.
    suffix
        Ending of the keys of its attestations, empty for the deal's main vehicle.
    """

    vehicle: str
    sponsor: str
    lease: str = ""
    asset: str = ""
    suffix: str = ""

    def key(self, question: str) -> str:
        """Key of a question's attestation."""
        return f"{question}-{self.suffix}" if self.suffix else question

    def fill(self, text: str) -> str:
        """Fill the names of the deal into a text."""
        names = {"vehicle": self.vehicle, "sponsor": self.sponsor, "lease": self.lease, "asset": self.asset or "assets"}
        for name, value in names.items():
            text = text.replace("{" + name + "}", value)
        return text


@dataclass(frozen=True)
class Answer:
    """A question with its standing.

    Parameters
    ----------
    question, key
        The question, and where its attestation is written.
    text
        The question with the names of the deal.
    attestation
        As written, or None.
    open_because
        Why it is open; empty while the attestation stands.
    """

    question: Question
    key: str
    text: str
    attestation: Attestation | None = None
    open_because: str = ""

    @property
    def value(self) -> bool | None:
        """Whether the answer is yes; None while it is open."""
        return None if self.attestation is None or self.open_because else self.attestation.holds

    @property
    def helps(self) -> bool:
        """Whether it is attested as the answer that leaves less debt with the sponsor."""
        return self.value is not None and self.value == (self.question.helps == "yes")

    def test(self, contradicted: str = "", evidence: Mapping[str, Figure] | None = None) -> Test:
        """Return it as a test of the favourable statement: ``PASS`` only if attested so and not contradicted.

        Parameters
        ----------
        contradicted
            What the computed evidence says against the attested answer, if anything.
        evidence
            Figures shown beside it.
        """
        shown = dict(evidence or {})
        paragraph = cite(*self.question.paragraphs)
        if self.attestation is None or self.open_because:
            return Test(self.key, paragraph, NOT_ATTESTED, shown, f"{self.text} {self.open_because}")
        signed = f"{self.attestation.person}, {self.attestation.date}: {self.attestation.reason}"
        shown |= {"answer": self.attestation.answer, "signed": signed}
        if contradicted and self.helps:
            words = f"{self.text} Attested {self.attestation.answer}, but {contradicted}"
            return Test(self.key, paragraph, CONTRADICTED, shown, words)
        outcome = PASS if self.helps else FAIL
        return Test(self.key, paragraph, outcome, shown, f"{self.text} Attested {self.attestation.answer}: {signed}.")


@dataclass(frozen=True)
class Answers:
    """The questions a deal needs, by id."""

    scope: Scope
    items: Mapping[str, Answer]

    def __getitem__(self, question: str) -> Answer:
        if question in self.items:
            return self.items[question]
        return _unasked(QUESTIONS[question], self.scope)

    def __iter__(self) -> Iterator[Answer]:
        return iter(self.items.values())

    def __len__(self) -> int:
        return len(self.items)

    def value(self, question: str) -> bool | None:
        """Answer to a question; None while it is open or was not asked."""
        return self[question].value

    @property
    def open(self) -> tuple[Answer, ...]:
        """Questions without a standing answer."""
        return tuple(a for a in self if a.value is None)


def scope_of(deal: Deal, vehicle: str | None = None) -> Scope:
    """Return what the questions of a deal are asked about.

    Parameters
    ----------
    deal
        The deal.
    vehicle
        Vehicle under test; left out: the lessor of the sponsor's lease, else the first vehicle.

    Raises
    ------
    DealError
        Where the vehicle is unknown, or the deal has neither vehicle nor sponsor.
    """
    main = _main_lease(deal)
    first = _main_vehicle(deal)
    chosen = vehicle or first
    sponsor = _sponsor(deal, main)
    if chosen not in deal.vehicles or not sponsor:
        raise DealError([_no_scope(deal, chosen, sponsor)])
    lease = next(((x, c) for x, c in deal.of_type("lease").items() if c.lessor == chosen), None)
    suffix = "" if chosen == first else chosen
    return Scope(chosen, sponsor, lease[0] if lease else "", lease[1].asset if lease else "", suffix)


def needed(
    deal: Deal,
    *,
    vehicle: str | None = None,
    measures: Mapping[str, Measure] | None = None,
    as_of: dt.date | None = None,
) -> Answers:
    """Return every question the accounting of a deal asks, with its standing.

    Parameters
    ----------
    deal
        The deal.
    vehicle
        Vehicle under test; see :func:`scope_of`.
    measures
        Measures of the run, for judgements that lean on them; without them those are not looked at.
    as_of
        Reporting date: a judgement made later, or lapsed by then, does not stand.

    Returns
    -------
    Answers
        In the order of the questions.
    """
    scope = scope_of(deal, vehicle)
    asked = [q for q in QUESTIONS.values() if _applies(q, deal, scope)]
    return Answers(scope, {q.id: _answer(q, deal, scope, measures, as_of) for q in asked})


def yaml_of(answer: Answer, deal: Deal) -> str:
    """Return the text to paste into the deal file for a question, its `leans_on` filled with today's values.

    Parameters
    ----------
    answer
        An open question.
    deal
        The deal.
    """
    lines = [f"  # {answer.text}", f"  # {cite(*answer.question.paragraphs)}; less debt if: {answer.question.helps}"]
    lines += [f"  # {answer.open_because}"] if answer.attestation is not None else []
    lines += [f"  {answer.key}:", "    answer:      # yes or no", "    reason:", "    person:"]
    lines += ["    date:        # as in 2026-03-31", "    evidence: []"]
    leans = _leans_on(answer, deal)
    lines += ["    leans_on:", *(f"      {path}: {value}" for path, value in leans.items())] if leans else []
    return "\n".join(lines)


def yaml_of_open(answers: Answers, deal: Deal) -> str:
    """Return the ``attestations:`` block to paste for everything that is open."""
    return "\n".join(["attestations:", *(yaml_of(a, deal) for a in answers.open)])


def check_attestations(
    deal: Deal, *, measures: Mapping[str, Measure] | None = None, as_of: dt.date | None = None
) -> list[Finding]:
    """Return what is wrong with the attestations of a deal, and a warning for each that is open again.

    Parameters
    ----------
    deal
        The deal.
    measures
        Measures of the run, if it was run.
    as_of
        Reporting date.

    Returns
    -------
    list of Finding
        Errors: unknown ids and paths. Warnings: judgements that no longer stand, or are dated after `as_of`.
    """
    found: list[Finding] = []
    for key, attestation in deal.attestations.items():
        place = deal.where(f"attestations.{key}")
        found += _wrong_id(deal, key, place)
        for path in attestation.leans_on:
            if not exists(deal, path) and (measures is None or path not in measures) and not measure_like(deal, path):
                near = nearest(path, paths(deal) + list(measures or ()))
                text = f"attestations.{key} leans on {path}, which the deal does not have"
                text += did_you_mean(near)
                found.append(finding(PATH_RULE, text, where=[place], fix=f"write {near}" if near else "correct it"))
        because = reopened(deal, attestation, measures, as_of)
        if because:
            fix = f"look at {key} again, then bring answer, date and leans_on up to date"
            rule = DATE_RULE if as_of and attestation.date > as_of else PATH_RULE
            found.append(finding(rule, f"{key} is open: {because}", where=[place], fix=fix, level="warning"))
    return found


def _answer(
    q: Question, deal: Deal, scope: Scope, measures: Mapping[str, Measure] | None, as_of: dt.date | None
) -> Answer:
    key, text = scope.key(q.id), scope.fill(q.text)
    attestation = deal.attestations.get(key)
    if attestation is None:
        return _unasked(q, scope)
    return Answer(q, key, text, attestation, reopened(deal, attestation, measures, as_of))


def _unasked(q: Question, scope: Scope) -> Answer:
    return Answer(q, scope.key(q.id), scope.fill(q.text), None, "Nobody has attested it.")


def _leans_on(answer: Answer, deal: Deal) -> dict[str, str]:
    lease = _main_lease(deal)
    out = {}
    for template in answer.question.leans_on:
        path = template.replace("{lease}", lease[0] if lease else "")
        value = written_at(deal, path) if exists(deal, path) else None
        if value is None or isinstance(value, str | int | float | bool):
            out[path] = "null" if value is None else str(value)
    return out


def _applies(q: Question, deal: Deal, scope: Scope) -> bool:
    """Whether a deal needs a question."""
    lease = deal.contracts.get(scope.lease)
    if q.topic == "lease" and lease is None:
        return False
    if q.id in ("A2", "A3", "A9", "S1", "S2"):
        return lease is not None
    if q.id == "A11":
        return any(c.payer == scope.vehicle for c in deal.of_type("management", "services").values())
    if q.id == "A15":
        return bool(related_to(deal, scope.sponsor))
    if q.id == "M1":
        return lease is not None and any(
            c.borrower == scope.vehicle and c.idc == "funded" for c in deal.of_type("loan").values()
        )
    if q.id == "A12":
        return len(deal.parties[scope.vehicle].books) > 1
    return _has_option(q.id, lease)


def related_to(deal: Deal, sponsor: str) -> tuple[str, ...]:
    """Parties that the deal says are related to the sponsor, or act for it.

    Parameters
    ----------
    deal
        The deal.
    sponsor
        Party.
    """
    return tuple(x for x, p in deal.parties.items() if p.related_to == sponsor and x != sponsor)


def _has_option(id: str, lease: Any) -> bool:
    if id == "L6":
        return bool(lease.renewal)
    if id == "L7":
        return lease.purchase_option is not None
    if id == "L10":
        return any(t.by == "lessee" for t in lease.termination)
    return lease.residual_value_guarantee is not None if id == "L9" else True


def _wrong_id(deal: Deal, key: str, place: str) -> list[Finding]:
    id, _, vehicle = key.partition("-")
    if id not in QUESTIONS:
        near = nearest(id, QUESTIONS)
        text = f"attestations.{key} answers {id}, which is no question" + did_you_mean(near)
        return [finding(ID_RULE, text, where=[place], fix=f"ask one of {', '.join(QUESTIONS)}")]
    if vehicle and vehicle == _main_vehicle(deal):
        text = f"attestations.{key} names {vehicle}, the vehicle that {id} alone asks about: nothing reads it"
        return [finding(ID_RULE, text, where=[place], fix=f"write it as attestations.{id}")]
    if vehicle and vehicle not in deal.vehicles:
        near = nearest(vehicle, deal.vehicles)
        text = f"attestations.{key} is about {vehicle}, which is no vehicle" + did_you_mean(near)
        return [finding(ID_RULE, text, where=[place], fix=f"name one of {', '.join(deal.vehicles)}")]
    return []


def _main_lease(deal: Deal) -> tuple[str, Lease] | None:
    """The lease to the sponsor, else the first."""
    leases: Iterable[tuple[str, Lease]] = deal.of_type("lease").items()
    sponsors = {p for p, party in deal.parties.items() if party.role == "sponsor"}
    if deal.sponsor is not None:
        sponsors = {deal.sponsor.party}
    return min(leases, key=lambda item: item[1].lessee not in sponsors, default=None)


def _main_vehicle(deal: Deal) -> str:
    """The lessor of the sponsor's lease, else the first vehicle; its questions carry no ending."""
    main = _main_lease(deal)
    return main[1].lessor if main else next(iter(deal.vehicles), "")


def _sponsor(deal: Deal, main: tuple[str, Lease] | None) -> str:
    if deal.sponsor is not None:
        return deal.sponsor.party
    if main is not None:
        return main[1].lessee
    return next((x for x, p in deal.parties.items() if p.role == "sponsor"), "")


def _no_scope(deal: Deal, vehicle: str, sponsor: str) -> Finding:
    if not sponsor:
        text = "The deal has no sponsor, so there is nobody whose balance sheet is asked about."
        return finding("scope: consolidation is asked for one vehicle and one sponsor", text, fix="add a sponsor")
    near = nearest(vehicle, deal.vehicles)
    text = f"{vehicle or 'nothing'} is no vehicle of the deal" + did_you_mean(near)
    fix = f"name one of {', '.join(deal.vehicles)}" if deal.vehicles else "add a vehicle"
    return finding("scope: consolidation is asked for one vehicle and one sponsor", text, fix=fix)
