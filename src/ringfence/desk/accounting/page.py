"""The accounting page on one page: the answer, its reasons in a few lines, what to attest next, what contradicts it.

    headline        what leaves, comes back and hangs, with amounts
    lease           is it a lease, and how is it classified
    vehicle         who consolidates, and why
    columns         the sponsor's balance sheet in six columns
    next            the judgements that would settle it
    contradicted    claims that the deal's own figures speak against

The evidence behind every line is in the full page (``accounting.py``).
"""

from __future__ import annotations

from dataclasses import replace

from ringfence.accounting.attest import Answer
from ringfence.accounting.classification import Classification
from ringfence.accounting.consolidation_answer import ConsolidationReport, Framework
from ringfence.accounting.outcome import CONTRADICTED, FAIL, PASS
from ringfence.desk.accounting.answers import Accounts, usd_m
from ringfence.desk.accounting.headline import headline_table
from ringfence.desk.accounting.sponsor import sponsor_table
from ringfence.desk.accounting.vehicle import fallen
from ringfence.desk.table import Cell, Figure, Table

CONTROL_FIRST = ("S1", "S2")
"""Questions without which nothing counts as leaving, whoever consolidates."""


def one_page(a: Accounts) -> list[Table]:
    """Return the answer on one page.

    Parameters
    ----------
    a
        The accounts.

    Returns
    -------
    list[Table]
        Six tables.
    """
    return [_headline(a), _lease(a), _vehicle(a.consolidation), _columns(a), _next(a), _contradicted(a.consolidation)]


def _headline(a: Accounts) -> Table:
    """One sentence where both frameworks say the same."""
    found = headline_table(a)
    texts = {row[1] for row in found.rows}
    return found if len(texts) > 1 else replace(found, rows=(("IFRS and US GAAP", *found.rows[0][1:]),))


def _lease(a: Accounts) -> Table:
    r = a.lease
    opened = [t.id for t in r.identification.tests if t.outcome not in (PASS, FAIL)]
    rows: list[tuple[Cell, ...]] = [
        ("is it a lease?", _verdict(a), ", ".join(opened) or None, None, None),
        _classified("lessee, ASC 842", r.lessee_us),
        _classified("lessor, IFRS 16", r.lessor_ifrs),
        _classified("lessor, ASC 842", r.lessor_us),
    ]
    marks = r.facts.accounting.marks
    notes = (
        f"An IFRS lessee classifies nothing. Term {r.term.months:g} months; lessee's rate {r.rate.rate.effective:.2%}, "
        f"implicit {r.implicit.rate.effective:.2%}; marks {marks.substantially_all:.0%}, {marks.major_part:.0%}.",
    )
    heads = ("", "answer", "open", "PV / fair value", "term / life")
    return Table("lease", "The lease", heads, tuple(rows), notes=notes, left=frozenset({0, 1, 2}))


def _verdict(a: Accounts) -> str:
    return {"lease": "yes", "no lease": "no: a service"}.get(
        a.lease.identification.verdict, "yes, unless attested otherwise"
    )


def _classified(side: str, c: Classification) -> tuple[Cell, ...]:
    kind = c.kind.replace("_", "-")
    if not c.settled:
        kind += f" (if attested: {c.if_attested.replace('_', '-')})"
    opened = ", ".join(t.id.rpartition("-")[2] for t in c.open) or None
    return side, kind, opened, Figure(c.ratio, "percent"), Figure(c.life_share, "percent")


def _vehicle(c: ConsolidationReport) -> Table:
    rows = tuple(_answered(f) for f in (c.ifrs, c.us))
    heads = ("", "consolidated", "why", "settled by")
    title = f"Does {c.sponsor} consolidate {c.vehicle}?"
    return Table("vehicle", title, heads, rows, left=frozenset(range(4)))


def _answered(f: Framework) -> tuple[Cell, ...]:
    open_ = "until attested otherwise" if f.best is FAIL else "yes, whatever is still attested"
    words = {PASS: "yes", FAIL: "no"}.get(f.conclusion.outcome, open_)
    return f.conclusion.framework, words, f.conclusion.sentence, ", ".join(f.hangs_on) or None


def _columns(a: Accounts) -> Table:
    sheet = a.sheets["IFRS 16"][0]
    note = "Effects of the deal alone; cash is what the sponsor paid. Later years and US GAAP: --full."
    return replace(sponsor_table(a, sheet), key="columns", notes=(note,))


def _next(a: Accounts) -> Table:
    c = a.consolidation
    keys = {*c.ifrs.hangs_on, *c.us.hangs_on, *(c.answers.scope.key(q) for q in (*a.open_lease, *CONTROL_FIRST))}
    asked: list[Answer] = [x for x in c.answers.open if x.key in keys]
    rows = tuple((x.key, x.text, x.question.helps) for x in asked)
    heads = ("", "judgement", "less debt if") if rows else ()
    notes = (_what_for(a, asked), *fallen(c))
    return Table("next", "To be attested next", heads, rows, notes=notes, left=frozenset({0, 1, 2}))


def _what_for(a: Accounts, asked: list[Answer]) -> str:
    """What the next judgements would bring, and how many are open in all."""
    c, w = a.consolidation, a.split("IFRS 16", helped=True)
    if not c.answers.open:
        return "Every judgement the deal asks is attested."
    left = f"{len(c.answers.open)} of {len(c.answers)} judgements are open (--attest)."
    if not asked:
        return f"Nothing that is open could change what leaves. {left}"
    return f"Attested so, {usd_m(w.leaves)} would leave, {usd_m(w.back)} come back as lease liability. {left}"


def _contradicted(c: ConsolidationReport) -> Table:
    found = [t for t in c.contradictions if t.outcome is CONTRADICTED]
    rows = tuple((t.id, t.sentence) for t in found)
    quiet = len(c.contradictions) - len(found)
    notes = (f"The other {quiet} of X1 to X12 find nothing. Evidence: --full; other structures: --structures.",)
    title = "What the deal's own figures speak against" if found else "No contradictions"
    return Table("contradicted", title, ("", "") if found else (), rows, notes=notes, left=frozenset({0, 1}))
