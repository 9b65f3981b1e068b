"""A sale to the vehicle on the accounting page: is it one, what it books on its day, what becomes of it by year."""

from __future__ import annotations

from ringfence.accounting.citations import cite
from ringfence.accounting.deal_sale import DealSale, deal_sale
from ringfence.accounting.income_statement import year_ends
from ringfence.accounting.lessee import Framework
from ringfence.accounting.outcome import Outcome
from ringfence.accounting.sponsor_books import SponsorBooks, Tag
from ringfence.desk.accounting.answers import FRAMEWORKS, Accounts, usd_m
from ringfence.desk.table import Cell, Figure, Rows, Table

NAMES: dict[Tag, str] = {"ifrs": "IFRS", "us": "US GAAP"}


def sale_tables(a: Accounts, books: SponsorBooks) -> list[Table]:
    """Return the tests of a sale, and its books where the deal states one.

    Parameters
    ----------
    a, books
        The accounts, and the sponsor's rows.
    """
    stated = a.lease.facts.accounting.sale is not None
    key = a.consolidation.answers.scope.key("S1")
    if not stated and any(t.id == key and t.outcome is Outcome.PASS for t in a.consolidation.attested):
        return []
    found = {f: deal_sale(a.lease, f) for f in FRAMEWORKS}
    return [_tests(found), *([_on_the_day(books), _by_year(a, books)] if stated else [])]


def _tests(found: dict[Framework, DealSale]) -> Table:
    rows: list[tuple[Cell, ...]] = []
    notes = []
    for framework, sale in found.items():
        rows += [(f"{framework}: {t.id}", str(t.outcome), t.sentence, t.paragraph) for t in sale.test.tests]
        if sale.measured is not None:
            m = sale.measured
            notes.append(
                f"{framework}: a sale. Liability {usd_m(m.total_liability)}, right retained {usd_m(m.rou)}, gain "
                f"{usd_m(m.gain)}, and {usd_m(m.gain_retained)} left in the right ({m.paragraphs})."
            )
        elif not sale.test.sale:
            notes.append(
                f"{framework}: no sale beyond doubt. Proceeds of {usd_m(sale.obligation)} are a financing obligation "
                "and the GPUs stay in the books: the column failed sale."
            )
    heads = ("test", "answer", "why", "paragraph")
    title = "Had the sponsor controlled the GPUs first (S1): is the transfer a sale?"
    return Table("sale", title, heads, tuple(rows), notes=tuple(notes), left=frozenset(range(4)))


def _sold(books: SponsorBooks) -> list[Tag]:
    plan = books.plan.sale
    return [] if plan is None else [x for x in NAMES if x in plan.leased_back]


def _total(books: SponsorBooks, tag: Tag, item: str) -> float:
    """Sum of a row of every tranche, over all periods. [USD]"""
    return sum(sum(books.line(f"sponsor.{tag}.sale.{t}.{item}")) for t in books.plan.tranches)


def _on_the_day(books: SponsorBooks) -> Table:
    """What each delivery books as it is transferred, added up."""
    plan, tags = books.plan.sale, _sold(books)
    assert plan is not None
    price, given = sum(books.line("sponsor.sale.price")), sum(books.line("sponsor.sale.given_up"))
    right = {x: _total(books, x, "present") + _total(books, x, "rou.recognised") for x in tags}
    for x in tags:
        if x == "us":
            right[x] -= _total(books, x, "financing")
    gain = {x: _total(books, x, "gain") for x in tags}
    lines: list[tuple[str, dict[Tag, float]]] = [
        ("price received from the vehicle", dict.fromkeys(tags, price)),
        ("fair value", dict.fromkeys(tags, price * plan.fair)),
        ("carrying amount given up", dict.fromkeys(tags, given)),
        ("price above fair value: financing", {x: _total(books, x, "financing") for x in tags}),
        ("price below fair value: rent paid ahead", {x: _total(books, x, "prepaid") for x in tags}),
        ("lease liability", {x: _total(books, x, "present") - _total(books, x, "financing") for x in tags}),
        ("right of use kept", right),
        ("Gain recognised", gain),
        ("of it not earned: the sponsor's own share", {x: sum(_line(books, x, "lease", "added")) for x in tags}),
        ("gain left in the right of use", {x: price * plan.fair - given - gain[x] for x in tags}),
        ("in the group: profit eliminated", dict.fromkeys(tags, price - given)),
    ]
    rows: Rows = tuple((words, *(Figure(v.get(x)) for x in NAMES)) for words, v in lines)
    notes = [
        f"IFRS: gain on the rights transferred only, the right kept at its part of the carrying amount "
        f"({cite('IFRS 16.100', 'IFRS 16.101')}). US GAAP: the whole gain, the right as the liability measures it "
        f"({cite('ASC 842-40-25-4', 'ASC 842-40-30-2')}).",
        f"The sponsor's share of the gain comes off its interest ({cite('IAS 28.28', 'ASC 323-10-35-7')}); in the "
        f"group nothing was sold ({cite('IFRS 10.B86', 'ASC 810-10-45-1')}).",
        "Amounts before direct costs, and before the rent of the day."
        if tags
        else "No sale beyond doubt under either framework: the columns lease and service are those of GPUs that the "
        "vehicle bought elsewhere, the column failed sale is what would be booked.",
    ]
    missing = [NAMES[x] for x in NAMES if x not in tags]
    if tags and missing:
        notes.append(
            f"{', '.join(missing)}: no sale. Its column lease is that of GPUs the vehicle bought elsewhere; what would "
            "be booked is the column failed sale."
        )
    if not plan.opening:
        notes.append(
            "The GPUs come into the sponsor's books on the day, for their carrying amount in cash; "
            "accounting.sale.in_opening takes them out of opening property instead."
        )
    heads = ("", *NAMES.values())
    return Table("sale_day", "The sale on the day of transfer, USD m", heads, rows, frozenset({7}), tuple(notes))


def _line(books: SponsorBooks, tag: Tag, column: str, item: str) -> list[float]:
    return books.line(f"sponsor.{tag}.sale.{column}.unearned.{item}")


def _by_year(a: Accounts, books: SponsorBooks) -> Table:
    at = [books.at(month) for month in year_ends(books)]
    rows: list[tuple[Cell, ...]] = []

    def flow(values: list[float]) -> list[Figure]:
        starts = [0, *(k + 1 for k in at)]
        return [Figure(sum(values[i : k + 1])) for i, k in zip(starts, at, strict=False)]

    for x in _sold(books):
        name = NAMES[x]
        for line in ("right of use", "lease liability", "financing obligation"):
            values, start = books.row(x, "lease", line), books.plan.own.start[line]
            if any(abs(v - start) > 0.5 for v in values):
                rows.append((f"{name}: {line}", *(Figure(values[k]) for k in at)))
        rows.append((f"{name}: gain of the year", *flow(books.row(x, "lease", "income.disposal"))))
        if any(_line(books, x, "lease", "added")):
            rows.append((f"{name}: gain not earned yet", *(Figure(_line(books, x, "lease", "closing")[k]) for k in at)))
            rows.append((f"{name}: earned, by the interest", *flow(_line(books, x, "lease", "released"))))
    held, back = _line(books, "ifrs", "consolidated", "closing"), _line(books, "ifrs", "consolidated", "released")
    rows.append(("group: profit not earned yet", *(Figure(held[k]) for k in at)))
    rows.append(("group: earned by lower depreciation", *flow(back)))
    label = tuple(books.labels[k] for k in at)
    notes = (
        f"What is not earned leaves with the GPUs in {a.consolidation.vehicle}'s books: as they are depreciated, the "
        "rest when they are sold.",
    )
    return Table("sale_years", "The sale by year, USD m", ("end of", *label), tuple(rows), notes=notes)
