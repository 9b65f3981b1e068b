"""The vehicle on the accounting page: who consolidates it, what is still to be attested, what contradicts what."""

from __future__ import annotations

from ringfence.accounting.citations import cite
from ringfence.accounting.consolidation_answer import ConsolidationReport
from ringfence.accounting.outcome import CONTRADICTED, NOT_ATTESTED, Outcome
from ringfence.desk.accounting.answers import Accounts
from ringfence.desk.table import Cell, Figure, Rows, Table
from ringfence.risk.sobol import Index


def consolidation_table(c: ConsolidationReport) -> Table:
    """Return who consolidates, test by test with paragraphs."""
    rows: list[tuple[Cell, ...]] = []
    for framework in (c.ifrs, c.us):
        name = framework.conclusion.framework
        rows += [(f"{name}: {t.id}", str(t.outcome), t.sentence, t.paragraph) for t in framework.conclusion.tests]
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
    notes = [
        f"Not shown under {f.conclusion.framework} for want of a certain yes: {', '.join(silent)}."
        for f in (c.ifrs, c.us)
        if (silent := [o.party for o in f.others if o.outcome is not Outcome.PASS])
    ]
    if c.coverage is not None and c.coverage.least is not None:
        peak = c.coverage.at_peak or 0.0
        notes.append(
            f"Firm rents and guarantees of {c.sponsor} cover {c.vehicle}'s debt {peak:.2f} times when it is largest "
            f"and {c.coverage.least:.2f} times at the least."
        )
    heads = ("test", "answer", "why", "paragraph")
    title = f"Who consolidates {c.vehicle}?"
    return Table("consolidation", title, heads, tuple(rows), notes=(*notes, *c.notes), left=frozenset(range(4)))


def activities_table(a: Accounts) -> list[Table]:
    """Return which activity drives the vehicle's value, and what says so; nothing where nothing does."""
    c, moved = a.consolidation, a.moved
    if not c.drivers:
        return []
    order = sorted(c.drivers.items(), key=lambda item: -item[1])
    cited = cite("IFRS 10.B11", "ASC 810-10-25-38B")
    missing = "An activity that nothing moves is weighed as the average of those that something does."
    heads: tuple[str, ...] = ("activity", "influence")
    rows: Rows = tuple((name, Figure(share, "percent")) for name, share in order)
    notes: tuple[str, ...] = (
        f"From hand-made scenarios that each move one activity, no random paths (--paths N). {missing} {cited}.",
    )
    if moved is not None:
        at, heads = {i.factor: i for i in moved.indices}, ("activity", "influence", "in all", "alone")
        rows = tuple((name, Figure(share, "percent"), *_index(at[name])) for name, share in order)
        notes = (
            f"From {moved.paths:,} random paths (seed {moved.seed}), on which the equity is worth "
            f"{moved.mean / 1e6:,.0f} ± {moved.spread / 1e6:,.0f} USD m. Influence: shares in all, made to add to one.",
            "Random factors: " + "; ".join(f"{x}: {', '.join(of)}" for x, of in moved.factors.items()) + ".",
            "In all: part of the variance that stays if every other activity were known; alone: what goes if this one "
            f"were. {missing} {cited}.",
        )
    title = f"Which activity drives {c.vehicle}'s value?"
    return [Table("activities", title, heads, rows, notes=notes)]


def _index(i: Index) -> tuple[str, str]:
    """Total and first index with standard errors, in percent."""
    return f"{i.total * 100:.1f}% ±{i.total_error * 100:.1f}", f"{i.first * 100:.1f}% ±{i.first_error * 100:.1f}"


def open_table(c: ConsolidationReport) -> Table:
    """Return the judgements still to be attested."""
    key = set(c.ifrs.hangs_on) | set(c.us.hangs_on)
    rows = tuple(
        (x.key + (" *" if x.key in key else ""), x.text, x.question.helps, cite(*x.question.paragraphs))
        for x in c.answers.open
    )
    notes = ["* attested as helps, these settle consolidation in the sponsor's favour while the others stay open."]
    notes.append("--attest prints the text to paste into the deal file.")
    if not rows:
        notes = ["Every judgement the deal asks is attested."]
    heads = ("", "judgement", "less debt if", "paragraph") if rows else ()
    title = f"Still to be attested: {len(rows)} of {len(c.answers)}"
    return Table("open", title, heads, rows, notes=(*notes, *fallen(c)), left=frozenset(range(4)))


def fallen(c: ConsolidationReport) -> tuple[str, ...]:
    """Return the judgements that were attested and do not stand, and why."""
    return tuple(
        f"{f.message} {f.fix[:1].upper()}{f.fix[1:]}." for f in c.findings if f.name.startswith("attestation-")
    )


def contradictions_table(c: ConsolidationReport) -> Table:
    """Return the claims that the deal's own figures speak against."""
    shown = [t for t in c.contradictions if t.outcome in (CONTRADICTED, NOT_ATTESTED)]
    quiet = [t.id for t in c.contradictions if t not in shown]
    rows = tuple((t.id, str(t.outcome), t.sentence) for t in shown)
    notes = (f"Nothing against: {', '.join(quiet)}.",) if quiet else ()
    heads = ("", "answer", "what the deal's own figures say")
    return Table("contradictions", "Contradictions", heads, rows, notes=notes, left=frozenset(range(3)))
