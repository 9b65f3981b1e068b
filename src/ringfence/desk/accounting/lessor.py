"""The vehicle on the accounting page where it is a finance lessor: its own books, and the way to the group."""

from __future__ import annotations

from ringfence.accounting.citations import cite
from ringfence.accounting.income_statement import year_ends
from ringfence.accounting.sponsor_books import SponsorBooks, Tag, sponsor_books
from ringfence.blocks.sponsor_vehicle import slug_of
from ringfence.desk.accounting.answers import Accounts
from ringfence.desk.accounting.sponsor import at_end
from ringfence.desk.table import Cell, Figure, Table

NAMES: dict[Tag, str] = {"ifrs": "IFRS", "us": "US GAAP"}


def lessor_tables(a: Accounts) -> list[Table]:
    """Return the vehicle's own balance sheet with its eliminations, and its years; none where it keeps the GPUs."""
    books = sponsor_books(a.result, a.lease)
    found = _places(books)
    if not found:
        return []
    return [_eliminations(a, books, found), _years(a, books, found)]


def _places(books: SponsorBooks) -> dict[Tag, tuple[str, str]]:
    """By framework: the business that leases, and the prefix of its rows."""
    found: dict[Tag, tuple[str, str]] = {}
    for tag in NAMES:
        for silo in books.model.books.of(books.plan.vehicle.vehicle):
            row = f"sponsor.{tag}.vehicle.{slug_of(silo)}"
            if f"{row}.lessor.net_income" in books.run:
                found[tag] = (silo.key, row)
    return found


def _eliminations(a: Accounts, books: SponsorBooks, places: dict[Tag, tuple[str, str]]) -> Table:
    """Own books, GPUs put back, lease taken out, group; on completion."""
    tag, (key, row) = next(iter(places.items()))
    sheet = a.sheets["IFRS 16"][0]
    k = books.at(sheet.month)

    def at(name: str) -> float:
        return books.line(name)[k]

    gpus, accrued = at(f"{row}.lessor.gpus"), at(f"{row}.lessor.accrued")
    back = sum(at(f"{row}.lessor.{t}.back.closing") for t in books.plan.tranches)
    net = gpus + accrued - at(f"{row}.lessor.written_down") - back
    fixed = at(f"{key}.fixed_assets")
    group = {
        "GPUs and other property": fixed,
        "net investment in the lease": 0.0,
        "rent accrued, or received ahead": at(f"{key}.receivable") - at(f"{key}.deferred_income"),
        "other assets, liabilities and debt": 0.0,
    }
    equity = at(f"{row}.equity")
    group["other assets, liabilities and debt"] = equity - sum(group.values())
    own = dict(group)
    own["GPUs and other property"] += back - gpus
    own["net investment in the lease"] += net
    own["rent accrued, or received ahead"] -= accrued
    rows: list[tuple[Cell, ...]] = []
    put = {"GPUs and other property": gpus - back, "net investment in the lease": -net}
    for line in group:
        change = put.get(line, 0.0)
        rest = group[line] - own[line] - change
        rows.append((line, *(Figure(x) for x in (own[line], change, rest, group[line]))))
    rows.append(
        ("Equity", *(Figure(x) for x in (sum(own.values()), gpus - back - net, accrued, equity))),
    )
    notes = (
        f"{NAMES[tag]}. A finance lease for {a.consolidation.vehicle}: the GPUs leave its own books, a net investment "
        f"comes in ({cite('IFRS 16.67', 'ASC 842-30-25-1')}). In the group the lease is eliminated and the "
        f"GPUs are property ({cite('IFRS 10.B86', 'ASC 810-10-45-1')}).",
    )
    title = f"{key}'s own books and the way to the group, {at_end(sheet.label)}, USD m"
    heads = ("", "own books", "GPUs for the net investment", "rent accrued", "in the group")
    return Table("lessor_group", title, heads, tuple(rows), frozenset({len(rows) - 1}), notes)


def _same(books: SponsorBooks, rows: list[str]) -> bool:
    """Whether both frameworks show the same income, in the vehicle's own books and in the group's view."""
    for item in ("lessor.net_income", "lessor.profit", "net_income"):
        one, other = (books.line(f"{row}.{item}") for row in rows)
        if any(abs(x - y) > 0.5 for x, y in zip(one, other, strict=True)):
            return False
    return True


def _years(a: Accounts, books: SponsorBooks, places: dict[Tag, tuple[str, str]]) -> Table:
    ends = [books.at(month) for month in year_ends(books)]
    starts = [0, *(k + 1 for k in ends)]
    rows: list[tuple[Cell, ...]] = []
    kinds = {x: str(books.plan.vehicle.lessor.kinds[x]) if books.plan.vehicle.lessor else "" for x in places}

    def flow(name: str) -> list[Figure]:
        values = books.line(name)
        return [Figure(sum(values[i : k + 1])) for i, k in zip(starts, ends, strict=False)]

    def held(name: str) -> list[Figure]:
        values = books.line(name)
        return [Figure(values[k]) for k in ends]

    totals = []
    same = len(places) > 1 and _same(books, [row for _, row in places.values()])
    for tag, (_, row) in list(places.items())[: 1 if same else None]:
        name, own = "both" if same else NAMES[tag], f"{row}.lessor"
        rows.append((f"{name}: interest on the net investment", *flow(f"{own}.income")))
        rows.append((f"{name}: profit of the days it begins", *flow(f"{own}.profit")))
        totals.append(len(rows))
        rows.append((f"{name}: net income, own books", *flow(f"{own}.net_income")))
        rows.append((f"{name}: as the group sees it", *flow(f"{row}.net_income")))
        rows.append((f"{name}: equity, own books", *held(f"{own}.equity")))
        rows.append((f"{name}: as the group sees it", *held(f"{row}.equity")))
        if any(books.line(f"{row}.share")):
            rows.append((f"{name}: {a.consolidation.sponsor}'s interest", *held(f"{own}.interest.closing")))
            rows.append((f"{name}: on the group's view", *held(f"{row}.interest.closing")))
    said = ", ".join(f"{NAMES[x]} {kind.replace('_', '-')}" for x, kind in kinds.items())
    notes = (
        f"Classified {said}. Over its life both views earn the same; the lease column takes up the vehicle's own "
        "profit, service and failed sale the other, for there it is no lessor.",
        "A profit of the day is earned by an investor who is the lessee as it uses its right, a loss at once "
        f"({cite('IAS 28.28', 'IAS 28.29', 'ASC 323-10-35-7')}).",
    )
    heads = ("year to", *(books.labels[k] for k in ends))
    title = f"{a.consolidation.vehicle} as a finance lessor, by year, USD m"
    return Table("lessor_years", title, heads, tuple(rows), frozenset(totals), notes)
