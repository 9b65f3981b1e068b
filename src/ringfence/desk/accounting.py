"""The accounting page: what a finance director would discuss before anything is signed.

    headline        of the vehicle's debt: what leaves, what comes back as lease liability, what hangs
    identification  is it a lease
    classification  lessee and lessor, IFRS 16 and ASC 842, with the marks
    year_ends       the vehicle's debt beside the lessee's liability and right of use
    consolidation   who consolidates, test by test with paragraphs
    sponsor         the sponsor's balance sheet in six columns
    exposure        the most the sponsor could lose by the vehicle
    open            judgements still to be attested
    contradictions  claims that the deal's own figures speak against

Every amount is a row of the run, a line of the lease report or of the sponsor's sheets; this page adds nothing up.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ringfence.accounting.activity_scenarios import activity_scenarios
from ringfence.accounting.attest import scope_of, yaml_of_open
from ringfence.accounting.cash_evidence import Scenario
from ringfence.accounting.citations import cite
from ringfence.accounting.classification import Classification
from ringfence.accounting.consolidation import consolidation_report
from ringfence.accounting.consolidation_answer import ConsolidationReport
from ringfence.accounting.consolidation_answer import Framework as Answered
from ringfence.accounting.deal_claims import LeaseView
from ringfence.accounting.lease_report import LeaseReport, lease_report
from ringfence.accounting.lessee import Framework
from ringfence.accounting.outcome import CONTRADICTED, NOT_ATTESTED, Outcome, Test
from ringfence.accounting.sponsor_books import (
    ASSETS,
    CLAIMS,
    TITLES,
    SponsorSheet,
    completion,
    exposure,
    sponsor_sheets,
)
from ringfence.accounting.what_leaves import WhatLeaves, what_leaves
from ringfence.desk.session import run
from ringfence.desk.table import Cell, Figure, Table

Rows = tuple[tuple[Cell, ...], ...]
FRAMEWORKS: tuple[Framework, ...] = ("IFRS 16", "ASC 842")


@dataclass(frozen=True)
class Accounts:
    """Everything the page prints.

    Parameters
    ----------
    result
        The run.
    lease, consolidation
        Reports on its lease and its vehicle.
    sheets
        The sponsor's sheets by framework, at completion and at each later year of the lease.
    """

    result: Any
    lease: LeaseReport
    consolidation: ConsolidationReport
    sheets: dict[Framework, tuple[SponsorSheet, ...]]

    def answered(self, framework: Framework) -> Answered:
        """Return the answer on consolidation that goes with a lease standard."""
        return self.consolidation.ifrs if framework == "IFRS 16" else self.consolidation.us

    def split(self, framework: Framework, sheet: SponsorSheet | None = None, *, helped: bool = False) -> WhatLeaves:
        """Return what becomes of the vehicle's debt.

        Parameters
        ----------
        framework
            IFRS 16 with IFRS 10, or ASC 842 with ASC 810.
        sheet
            Date; left out: completion.
        helped
            As if every open question on consolidation were attested as helps the sponsor.
        """
        at, answered = sheet or self.sheets[framework][0], self.answered(framework)
        outcome = answered.best if helped else answered.conclusion.outcome
        kept, released = self._standing("S1"), self._standing("S2")
        liability = self.liability(framework, at)
        if kept is Outcome.FAIL:
            liability = max(liability, at["failed_sale"]["financing obligation"])
        if released is Outcome.FAIL:
            outcome = Outcome.PASS
        elif outcome is Outcome.FAIL and not helped and any(x is not Outcome.PASS for x in (kept, released)):
            outcome = Outcome.NOT_ATTESTED
        return what_leaves(at.vehicle["debt"], liability, outcome, answered.best)

    @property
    def control_open(self) -> bool:
        """Whether it is not attested, one way or the other, that the sponsor controlled the assets first (S1)."""
        return self._standing("S1") not in (Outcome.PASS, Outcome.FAIL)

    def _standing(self, question: str) -> Outcome:
        """Whether a question is attested as helps; one that the deal does not ask stands in nobody's way."""
        key = self.consolidation.answers.scope.key(question)
        return next((t.outcome for t in self.consolidation.attested if t.id == key), Outcome.PASS)

    def liability(self, framework: Framework, sheet: SponsorSheet) -> float:
        """Lease liability on a date; none only where the contract is attested to be no lease. [USD]"""
        same = next(s for s in self.sheets[framework] if s.month == sheet.month)
        return same["lease"]["lease liability"] if self.lease.identification.is_lease else 0.0


def accounts(result: Any, scenarios: Sequence[Scenario] = ()) -> Accounts:
    """Account for a run.

    Parameters
    ----------
    result
        What :func:`ringfence.run` returned.
    scenarios
        Runs with probabilities, for expected losses; see :func:`evidence`.

    Returns
    -------
    Accounts
        Lease, consolidation and the sponsor's sheets.
    """
    first = completion(result, lease_report(result))
    lease = lease_report(result, dates=[first])
    recognised = lease.guarantee.expected_payable if lease.guarantee else None
    view = LeaseView(lease.facts.fair_value, lease.facts.life, lease.rate.rate.effective, recognised)
    found = consolidation_report(result, scenarios, vehicle=lease.facts.terms.lessor, view=view)
    return Accounts(result, lease, found, {f: sponsor_sheets(result, lease, framework=f) for f in FRAMEWORKS})


def evidence(result: Any) -> list[Scenario]:
    """Run the scenarios that each move one activity of the vehicle, probabilities illustrative.

    Parameters
    ----------
    result
        The base case.
    """
    terms = activity_scenarios(result.deal, scope_of(result.deal).vehicle)
    return [
        Scenario(t.name, run(result.deal, changes=t.changes) if t.changes else result, t.probability, t.activity)
        for t in terms
    ]


def accounting_page(result: Any, scenarios: Sequence[Scenario] = ()) -> list[Table]:
    """Return the accounting page, in order.

    Parameters
    ----------
    result
        What :func:`ringfence.run` returned.
    scenarios
        Runs with probabilities, for expected losses; see :func:`evidence`.

    Returns
    -------
    list[Table]
        Tables that print themselves.
    """
    return page_of(accounts(result, scenarios))


def page_of(a: Accounts) -> list[Table]:
    """Return the tables of accounts already made.

    Parameters
    ----------
    a
        The accounts.
    """
    return [
        _headline(a),
        _parts(a),
        _identification(a.lease),
        _classification(a.lease),
        _year_ends(a),
        *_consolidation(a.consolidation),
        _sponsor(a, a.sheets["IFRS 16"][0]),
        _relief(a),
        _exposure(a),
        _open(a.consolidation),
        _contradictions(a.consolidation),
    ]


def attest_text(result: Any, a: Accounts) -> str:
    """Return the block to paste into the deal file for everything that is open.

    Parameters
    ----------
    result, a
        The run and its accounts.
    """
    return yaml_of_open(a.consolidation.answers, result.deal)


def page_object(tables: Sequence[Table]) -> dict[str, Any]:
    """Return tables as one JSON-ready object: by key, title, heads, rows with amounts in USD, notes.

    Parameters
    ----------
    tables
        Of the page.
    """
    return {
        t.key: {
            "title": t.title,
            "heads": list(t.heads),
            "rows": [[c.value if isinstance(c, Figure) else c for c in row] for row in t.rows],
            "notes": list(t.notes),
        }
        for t in tables
    }


def sentence(a: Accounts, framework: Framework) -> str:
    """Return the headline of a framework in one sentence, every word with its amount.

    Parameters
    ----------
    a, framework
        The accounts; IFRS 16 or ASC 842.
    """
    w, c, at = a.split(framework), a.consolidation, a.sheets[framework][0]
    words = (
        f"Of {c.vehicle}'s debt of {_m(w.debt)} ({at.label}), {_m(w.leaves)} really leaves {c.sponsor}'s balance "
        f"sheet, {_m(w.back)} comes back as lease liability, {_m(w.hangs)} hangs on judgements not yet attested"
    )
    words += f", {_m(w.stays)} stays because {c.vehicle} is consolidated." if w.stays else "."
    if w.beyond and not w.stays:
        words += f" The lease liability is {_m(w.liability)}: {_m(w.beyond)} more than the debt, for rent"
        words += " pays the equity too."
    if a.answered(framework).hanging:
        settled = ", ".join(a.answered(framework).hangs_on) or "no one set of answers is enough"
        words += f" Until attested otherwise ({settled}), {c.vehicle} counts as consolidated"
        words += f", its {_m(w.debt)} as the group's borrowings."
    return words


# --- the tables --------------------------------------------------------------------------------------------------


def _headline(a: Accounts) -> Table:
    rows: Rows = (("IFRS", sentence(a, "IFRS 16")), ("US GAAP", sentence(a, "ASC 842")))
    title = f"What really leaves {a.consolidation.sponsor}'s balance sheet, USD m"
    return Table("headline", title, ("", ""), rows, left=frozenset({0, 1}))


def _parts(a: Accounts) -> Table:
    found = [a.split(f, helped=h) for h in (False, True) for f in FRAMEWORKS]
    lines = (
        ("really leaves", "leaves"),
        ("comes back as lease liability, whoever consolidates", "back"),
        ("hangs on judgements not yet attested", "hangs"),
        ("stays: consolidated for certain", "stays"),
        ("the SPV's debt", "debt"),
        ("lease liability beyond the debt", "beyond"),
    )
    rows: Rows = tuple((label, *(Figure(getattr(w, name)) for w in found)) for label, name in lines)
    heads = ("", "IFRS", "US GAAP", "IFRS, if attested", "US GAAP, if attested")
    notes = ["If attested: every open question on consolidation answered as helps; the lease stays as it is."]
    if a.lease.identification.verdict == "open":
        notes.append(
            "That the contract is a lease is itself not attested (L1, L5); until it is, it counts as one. Attested "
            f"to be none, the liability of {_m(found[0].liability)} would not be shown, and {_m(_rents(a))} of firm "
            "rent would be a commitment in the notes."
        )
    if a.control_open:
        kept = a.sheets["IFRS 16"][0]["failed_sale"]["financing obligation"]
        notes.append(
            f"Whether the sponsor controlled the GPUs first is not attested (S1): if it did, a financing obligation of "
            f"{_m(kept)} stands in place of the lease. Until S1 and S2 are attested nothing counts as leaving."
        )
    return Table("parts", "The parts of the debt, USD m", heads, rows, frozenset({4}), tuple(notes))


def _rents(a: Accounts) -> float:
    return exposure(a.result, a.lease, a.sheets["IFRS 16"][0]).rents


def _identification(r: LeaseReport) -> Table:
    rows = tuple(_tested(t) for t in r.identification.tests)
    heads = ("test", "answer", "why", "paragraph")
    notes = (f"{r.identification.sentence} Term {r.term.months:g} months.",)
    return Table("identification", "Is it a lease?", heads, rows, notes=notes, left=frozenset(range(4)))


def _classification(r: LeaseReport) -> Table:
    marks = r.facts.accounting.marks
    rows: list[tuple[Cell, ...]] = [
        ("lessee, IFRS 16", "one model", None, cite("IFRS 16.22"), None, None),
        _classified("lessee, ASC 842", r.lessee_us, cite("ASC 842-10-25-2")),
        _classified("lessor, IFRS 16", r.lessor_ifrs, cite("IFRS 16.61", "IFRS 16.63(c)", "IFRS 16.63(d)")),
        _classified("lessor, ASC 842", r.lessor_us, cite("ASC 842-10-25-2", "ASC 842-10-25-3")),
    ]
    heads = ("side", "classified", "open tests", "paragraph", "ratio (d)", "term / life")
    notes = (
        f"Marks, a policy: term {marks.major_part:.0%} of remaining life, PV {marks.substantially_all:.0%} of fair "
        f"value, life test not in the last {marks.end_of_life:.0%} of life.",
        f"Lessee's rate {r.rate.rate.effective:.2%}; rate implicit in the lease {r.implicit.rate.effective:.2%}.",
    )
    return Table("classification", "How is it classified?", heads, tuple(rows), notes=notes, left=frozenset(range(4)))


def _classified(side: str, c: Classification, paragraph: str) -> tuple[Cell, ...]:
    kind = c.kind.replace("_", "-")
    if not c.settled:
        kind += f" (if attested: {c.if_attested.replace('_', '-')})"
    opened = ", ".join(t.id.rpartition("-")[2] for t in c.open)
    return side, kind, opened or "none", paragraph, Figure(c.ratio, "percent"), Figure(c.life_share, "percent")


def _year_ends(a: Accounts) -> Table:
    rows = []
    for ifrs, us in zip(a.sheets["IFRS 16"], a.sheets["ASC 842"], strict=True):
        lease, w = ifrs["lease"], a.split("IFRS 16", ifrs, helped=True)
        rows.append(
            (
                ifrs.label,
                Figure(ifrs.vehicle["debt"]),
                Figure(lease["lease liability"]),
                Figure(lease["right of use"]),
                Figure(us["lease"]["lease liability"]),
                Figure(us["lease"]["right of use"]),
                Figure(w.leaves),
                Figure(ifrs.interest),
            )
        )
    heads = (
        "end of", "SPV debt", "liability IFRS", "ROU IFRS", "liability US", "ROU US", "leaves at best", "equity method",
    )  # fmt: skip
    notes = (
        "First line: completion, the period in which the last delivery is leased; then each year. After the rent "
        "of the day. At best: under IFRS, with every open question on consolidation answered as helps.",
    )
    return Table("year_ends", "Lease liability and right of use, USD m", heads, tuple(rows), notes=notes)


def _consolidation(c: ConsolidationReport) -> list[Table]:
    rows: list[tuple[Cell, ...]] = []
    for framework in (c.ifrs, c.us):
        name = framework.conclusion.framework
        rows += [(f"{name}: {t.id}", *_tested(t)[1:]) for t in framework.conclusion.tests]
        rows.append((f"{name}: {c.sponsor}", str(framework.conclusion.outcome), framework.conclusion.sentence, None))
    rows.append(
        ("ASC 810: scope, VIE", str(c.scope.outcome), f"{c.scope.sentence} {c.vie.sentence}", c.scope.paragraph)
    )
    rows += [
        (f"{o.framework}: {o.party}", str(o.outcome), o.sentence, None)
        for f in (c.ifrs, c.us)
        for o in f.others
        if o.outcome is Outcome.PASS
    ]
    silent = [o.party for o in c.ifrs.others if o.outcome is not Outcome.PASS]
    notes = [f"Not shown for want of a certain answer: {', '.join(silent)}."] if silent else []
    if c.coverage is not None and c.coverage.least is not None:
        peak = c.coverage.at_peak or 0.0
        notes.append(
            f"Firm rents and guarantees of {c.sponsor} cover {c.vehicle}'s debt {peak:.2f} times when it is largest "
            f"and {c.coverage.least:.2f} times at the least."
        )
    heads = ("test", "answer", "why", "paragraph")
    title = f"Who consolidates {c.vehicle}?"
    return [Table("consolidation", title, heads, tuple(rows), notes=(*notes, *c.notes), left=frozenset(range(4)))]


def _sponsor(a: Accounts, sheet: SponsorSheet) -> Table:
    columns = list(sheet.columns.values())
    rows: list[tuple[Cell, ...]] = []
    for lines, total, words in ((ASSETS, "assets", "Assets"), (CLAIMS, "claims", "Liabilities and equity")):
        rows += [(x, *(Figure(c[x]) for c in columns)) for x in lines if any(abs(c[x]) > 0.5 for c in columns)]
        rows.append((words, *(Figure(getattr(c, total)) for c in columns)))
    rows.append(("Debt, lease and financing", *(Figure(c.debt) for c in columns)))
    rows.append(("Less than borrow and buy", None, *(Figure(sheet.relief(c.structure)) for c in columns[1:])))
    totals = frozenset(k for k, row in enumerate(rows) if str(row[0])[0].isupper())
    share = ", ".join(f"{s:.1%} of {key}" for key, s in sheet.share.items())
    notes = (
        "Effects of the deal alone: what the sponsor has paid and received because of it (cash is below nothing), not "
        "what the GPUs earn it.",
        f"Equity method ({cite('IAS 28.10', 'ASC 323-10-35')}): {a.consolidation.sponsor} paid in {share}.",
        "Consolidated: the SPV line by line, the lease eliminated. Lease, service, failed sale: it is not.",
        "Borrow, buy: the hardware price at the sponsor's own rate, level over the lease term; the power projects are "
        "left out. Failed sale: at the implicit rate; the SPV's own income is left as it is.",
    )
    heads = ("", *(TITLES[c.structure] for c in columns))
    title = f"{a.consolidation.sponsor}'s balance sheet in six columns, end of {sheet.label}, IFRS, USD m"
    return Table("sponsor", title, heads, tuple(rows), totals, notes, decimals=0)


def _relief(a: Accounts) -> Table:
    sheets = a.sheets["IFRS 16"]
    names = [x for x in TITLES if x != "as_is"]
    rows: Rows = tuple((s.label, *(Figure(s[x].debt) for x in names)) for s in sheets)
    title = "Debt, lease and financing in each column, year by year, IFRS, USD m"
    return Table("leverage", title, ("end of", *(TITLES[x] for x in names)), rows, decimals=0)


def _exposure(a: Accounts) -> Table:
    sheet = a.sheets["IFRS 16"][0]
    e = exposure(a.result, a.lease, sheet)
    rows: Rows = (
        ("carrying amount of the interest", Figure(e.interest)),
        ("residual value guaranteed", Figure(e.guarantee)),
        ("letters of credit it answers for", Figure(e.letters)),
        ("Maximum exposure to loss", Figure(e.maximum)),
        ("beside it: firm rents still to be paid, undiscounted", Figure(e.rents)),
    )
    title = f"Exposure to {a.consolidation.vehicle}, end of {sheet.label}, USD m"
    return Table("exposure", title, ("", ""), rows, frozenset({3}), (cite("IFRS 12.29", "ASC 810-10-50-4"),))


def _open(c: ConsolidationReport) -> Table:
    key = set(c.ifrs.hangs_on) | set(c.us.hangs_on)
    rows = tuple(
        (x.key + (" *" if x.key in key else ""), x.text, x.question.helps, cite(*x.question.paragraphs))
        for x in c.answers.open
    )
    notes = ["* attested as helps, these settle consolidation in the sponsor's favour while the others stay open."]
    notes.append("--attest prints the text to paste into the deal file.")
    heads = ("", "judgement", "less debt if", "paragraph")
    title = f"Still to be attested: {len(rows)} of {len(c.answers)}"
    return Table("open", title, heads, rows, notes=tuple(notes) if rows else (), left=frozenset(range(4)))


def _contradictions(c: ConsolidationReport) -> Table:
    shown = [t for t in c.contradictions if t.outcome in (CONTRADICTED, NOT_ATTESTED)]
    quiet = [t.id for t in c.contradictions if t not in shown]
    rows = tuple((t.id, str(t.outcome), t.sentence) for t in shown)
    notes = (f"Nothing against: {', '.join(quiet)}.",) if quiet else ()
    heads = ("", "answer", "what the deal's own figures say")
    return Table("contradictions", "Contradictions", heads, rows, notes=notes, left=frozenset(range(3)))


def _tested(t: Test) -> tuple[Cell, ...]:
    return t.id, str(t.outcome), t.sentence, t.paragraph


def _m(amount: float) -> str:
    return f"USD {amount / 1e6:,.0f}m"
