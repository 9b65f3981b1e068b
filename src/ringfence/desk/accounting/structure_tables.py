"""The search over structures as tables and as plain data: the trade-off on one table, and where it flips."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ringfence.accounting.lessee import Framework
from ringfence.accounting.structure_flips import TermFlip
from ringfence.accounting.structures import lease_terms, value_by_age
from ringfence.accounting.what_leaves import WhatLeaves
from ringfence.desk.accounting.answers import FRAMEWORKS, usd_m
from ringfence.desk.accounting.structures import Cover, Search, Study
from ringfence.desk.table import Cell, Figure, Rows, Table
from ringfence.run.result import Measure

NAMES: dict[Framework, str] = {"IFRS 16": "IFRS", "ASC 842": "US GAAP"}


def structure_tables(found: Search, frameworks: Sequence[Framework] = FRAMEWORKS) -> list[Table]:
    """Return the trade-off, and where the tests trip.

    Parameters
    ----------
    found
        What was tried.
    frameworks
        Under which; where both give the same amounts there is one table for both.

    Returns
    -------
    list[Table]
        Tables that print themselves.
    """
    shown = list(frameworks)
    if len(shown) == 2 and _same(found):
        trades = [_trade(found, shown[0], "IFRS and US GAAP")]
    else:
        trades = [_trade(found, f, NAMES[f]) for f in shown]
    return [*trades, _terms(found), _flips(found)]


def _same(found: Search) -> bool:
    """Whether both frameworks give the same amounts under every structure."""
    pairs = [[(s.split(f).liability, s.split(f, helped=True).leaves) for f in FRAMEWORKS] for s in found.studies]
    return all(abs(x - y) < 0.5 for one, other in pairs for x, y in zip(one, other, strict=True))


def _trade(found: Search, framework: Framework, name: str) -> Table:
    rows = [_line(s, framework) for s in found.studies]
    first = found.studies[0]
    sheet = first.accounts.sheets[framework][0]
    rows.append(("borrow and buy", Figure(sheet["buy"].debt), None, *[None] * 8))
    title = f"Structures of {found.deal.deal}: what leaves, and what it costs; {name}, end of {sheet.label}, USD m"
    heads = (
        "structure", "lease", "leaves", "lessee", "DSCR", "renewed", "IRR", "renewed", "sized", "leaves", "IRR",
    )  # fmt: skip
    return Table(
        "structures",
        title,
        heads,
        tuple(rows),
        totals=frozenset({len(rows) - 1}),
        notes=tuple(_notes(found, framework)),
        left=frozenset({0, 3}),
        decimals=0,
    )


def _line(s: Study, framework: Framework) -> tuple[Cell, ...]:
    w, sized = s.split(framework, helped=True), s.split(framework, helped=True, sized=True)
    return (
        s.label + (" +" if s.needs_renewals else ""),
        Figure(w.liability),
        Figure(w.leaves),
        _kind(s),
        _times(s.firm),
        _times(s.expected),
        _irr(s.firm),
        _irr(s.expected),
        Figure(s.sized.debt),
        Figure(sized.leaves),
        _irr(s.sized),
    )


def _kind(s: Study) -> str:
    if not s.accounts.lease.identification.is_lease:
        return "no lease"
    kind, attested = s.kinds["lessee, ASC 842"]
    return kind if kind == attested else f"{kind} *"


def _times(c: Cover) -> Figure:
    return Figure(c.dscr.value, "times", "-")


def _irr(c: Cover) -> str:
    value = c.irr.value
    return "unpaid" if c.unpaid else "n/a" if value is None else f"{value:.1%}"


def _notes(found: Search, framework: Framework) -> list[str]:
    studies = found.studies
    debt = studies[0].split(framework).debt
    notes = [
        f"Lease: lease liability. Leaves: of the debt as signed, {usd_m(debt)}. DSCR: lowest of {found.senior}; IRR: "
        f"of {found.equity}. First by firm rents alone, then with renewals exercised and use as expected.",
        "Sized: debt the deal's own constraints give on the firm rents alone; what of it leaves; IRR as expected.",
    ]
    if any(s.split(framework).leaves < s.split(framework, helped=True).leaves - 0.5 for s in studies):
        answers = [x for s in studies for x in s.accounts.consolidation.answers.open]
        keys = dict.fromkeys(x.key for x in answers if x.question.topic in ("consolidation", "sale"))
        today = max(s.split(framework).leaves for s in studies)
        notes.append(
            f"Leaves counts as if all that is open on consolidation were attested as helps; today at most "
            f"{usd_m(today)} leaves. Open: {', '.join(keys)}."
        )
    if any(_kind(s).endswith("*") for s in studies):
        notes.append("* finance until the open tests of the classification are attested no; operating then.")
    if any(s.structure.certain for s in studies):
        notes.append("Sure: the renewals are reasonably certain, so that they are in the lease term.")
    if any(s.needs_renewals for s in studies):
        notes.append("+ the debt outlasts the firm term although renewal is said not to be reasonably certain (X2).")
    if any(c.unpaid for s in studies for c in (s.firm, s.expected, s.sized)):
        notes.append(
            "Unpaid: loans are not repaid by the end of the deal; what equity earns then is no return to quote."
        )
    if all(abs(s.sized.debt - s.expected.debt) < 0.5 for s in studies):
        notes.append("Re-sizing changes nothing: no constraint on the size of the debt looks at the rent.")
    if any(s.structure.guarantee for s in studies):
        notes.append("RVG: the lessee guarantees the value at the end of the lease, renewed or not; share of price.")
    return [*notes, *(_why(s) for s in studies if s.structure.why), _sold(found)]


def _why(s: Study) -> str:
    share = s.structure.guarantee or 0.0
    return f"RVG {share * 100:.3g}%: {s.structure.why}, {usd_m(share * s.accounts.lease.facts.hardware)}."


def _sold(found: Search) -> str:
    by_age = next((v for v in value_by_age(found.deal).values() if v is not None), None)
    if by_age is not None:
        return f"At the end of each lease the GPUs are worth what the resale curve {by_age} says for their age."
    _, terms = lease_terms(found.deal)
    sale = getattr(found.deal.assets[terms.asset], "sale", None)
    if sale is not None and sale.share is not None:
        return f"The GPUs are sold at {sale.share:.0%} of their price whenever the lease ends: no curve agrees with it."
    return "The value of the GPUs at the end of each lease is what the deal says."


def _terms(found: Search) -> Table:
    """Firm terms against the marks, each with the largest guarantee that passes."""
    rows: Rows = tuple(
        (
            f"{p.term:g} months",
            Figure(p.life_share, "percent"),
            Figure(p.ratio, "percent"),
            Figure(p.lessor_ratio, "percent"),
            "none" if p.highest is None else "any" if p.highest >= 1 else f"{p.highest:.2%}",
            None if p.highest is None else Figure(p.highest * p.hardware),
        )
        for p in found.points
    )
    marks = found.studies[0].accounts.lease.facts.accounting.marks
    heads = ("firm term", "term / life", "lessee PV / FV", "lessor PV / FV", "largest guarantee", "USD m")
    notes = (
        f"Marks {marks.major_part:.0%} and {marks.substantially_all:.0%}. Largest guarantee: the most the lessee may "
        "guarantee of the hardware price before its own test (d) is met, the whole cap counting.",
    )
    return Table("terms", "Firm terms against the marks, no renewal counted", heads, rows, notes=notes)


def _flips(found: Search) -> Table:
    rows: list[tuple[Cell, ...]] = [(f"firm term: {f.test}", _met(f)) for f in found.flips]
    u = found.usage
    rows += [
        ("take-or-pay: nothing leaves", _share(u.nothing_leaves)),
        ("take-or-pay: no relief against borrowing and buying", _share(u.no_relief)),
        ("take-or-pay: lessee, ASC 842 (d): PV / fair value", _share(u.test_d)),
    ]
    notes = (
        "Firm term without renewals; take-or-pay over the firm term as agreed. Found by bisection, each trial a "
        "variant of the deal.",
    )
    return Table("flips", "Where it flips", ("", "from"), tuple(rows), notes=notes, left=frozenset({0, 1}))


def _met(f: TermFlip) -> str:
    if f.month is None:
        return "at no term"
    found = f"{f.month} months"
    if f.instalments is not None:
        found += f"; in whole rental periods {f.instalments} ({f.instalments * f.every:g} months)"
    return found


def _share(share: float | None) -> str:
    return "at no share" if share is None else f"{share:.2%} of the rent"


# --- plain data --------------------------------------------------------------------------------------------------


def search_object(found: Search) -> dict[str, Any]:
    """Return a search as one JSON-ready object: every structure with its changes, amounts in USD, and the flip points.

    Parameters
    ----------
    found
        What was tried.
    """
    return {
        "deal": found.deal.deal,
        "senior": found.senior,
        "equity": found.equity,
        "structures": [_object(s) for s in found.studies],
        "firm_terms": [vars(p) for p in found.points],
        "flips": {"firm_term": [vars(f) for f in found.flips], "take_or_pay": vars(found.usage)},
    }


def _object(s: Study) -> dict[str, Any]:
    x = s.structure
    return {
        "label": s.label,
        "term": x.term,
        "renewals": None if x.renewals is None else list(x.renewals),
        "certain": x.certain,
        "guarantee": x.guarantee,
        "take_or_pay": x.usage,
        "changes": s.changes,
        "changes_firm_only": s.firm_changes,
        "classification": {side: {"kind": k, "if_attested": i} for side, (k, i) in s.kinds.items()},
        "frameworks": {NAMES[f]: _amounts(s, f) for f in FRAMEWORKS},
        "signed": {"firm": _cover(s.firm), "expected": _cover(s.expected)},
        "re_sized": {"firm": _cover(s.sized_firm), "expected": _cover(s.sized)},
        "contradictions": [t.id for t in s.accounts.consolidation.contradictions if str(t.outcome) == "contradicted"],
    }


def _amounts(s: Study, framework: Framework) -> dict[str, Any]:
    return {
        "today": _parts(s.split(framework)),
        "if_attested": _parts(s.split(framework, helped=True)),
        "re_sized_if_attested": _parts(s.split(framework, helped=True, sized=True)),
        "borrow_and_buy": s.accounts.sheets[framework][0]["buy"].debt,
    }


def _parts(w: WhatLeaves) -> dict[str, float]:
    return {k: getattr(w, k) for k in ("debt", "liability", "leaves", "back", "hangs", "stays")}


def _cover(c: Cover) -> dict[str, Any]:
    return {"debt": c.debt, "dscr_min": _value(c.dscr), "irr": _value(c.irr), "unpaid": c.unpaid}


def _value(m: Measure) -> float | str:
    return m.status if m.value is None else m.value


def search_csv(found: Search) -> str:
    """Return a search as CSV, a line a structure, amounts in USD.

    Parameters
    ----------
    found
        What was tried.
    """
    import csv
    import io

    lines = [_flat(_object(s)) for s in found.studies]
    out = io.StringIO()
    writer = csv.DictWriter(out, fieldnames=list(dict.fromkeys(k for line in lines for k in line)), lineterminator="\n")
    writer.writeheader()
    writer.writerows(lines)
    return out.getvalue()


def _flat(value: dict[str, Any], path: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, item in value.items():
        if key.startswith("changes"):
            continue
        name = f"{path}{key}".lower().replace(" ", "_").replace(",", "")
        if isinstance(item, dict):
            found |= _flat(item, f"{name}.")
        else:
            found[name] = " ".join(map(str, item)) if isinstance(item, list) else item
    return found
