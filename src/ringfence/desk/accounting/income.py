"""The sponsor's income by year on the accounting page: each column's statement, what it does to equity and leverage."""

from __future__ import annotations

from ringfence.accounting.income_statement import Year, income_years
from ringfence.accounting.sponsor_books import INCOME, TITLES, SponsorBooks, Structure, Tag, sponsor_books
from ringfence.blocks.sponsor_ledger import BEFORE_DEPRECIATION
from ringfence.desk.accounting.answers import Accounts
from ringfence.desk.table import Cell, Figure, Table

SHOWN: tuple[Structure, ...] = ("buy", "consolidated", "lease", "service", "failed_sale")
FRAMEWORKS: dict[Tag, str] = {"ifrs": "IFRS", "us": "US GAAP"}


def income_tables(a: Accounts) -> list[Table]:
    """Return the income statement of the first full year in each column, then the years, under each framework."""
    books = sponsor_books(a.result, a.lease)
    years = {tag: {x: income_years(books, tag, x) for x in TITLES} for tag in FRAMEWORKS}
    apart = [TITLES[x] for x in SHOWN if not _same(years["ifrs"][x], years["us"][x])]
    found = []
    for tag, name in FRAMEWORKS.items():
        if tag == "us" and apart in ([], [TITLES["failed_sale"]]):
            continue
        extra = "" if tag == "us" else _us(years, apart)
        found += [_statement(a, books, years[tag], tag, name), _by_year(books, years[tag], tag, name, extra)]
    return found


def _us(years: dict[Tag, dict[Structure, tuple[Year, ...]]], apart: list[str]) -> str:
    """What US GAAP shows where it has no tables of its own."""
    if not apart:
        return " US GAAP shows the same in every column."
    if apart != [TITLES["failed_sale"]]:
        return ""
    ifrs, us = (years[tag]["failed_sale"][0]["interest"] / 1e6 for tag in ("ifrs", "us"))
    return (
        " US GAAP shows the same but for a failed sale, whose rate it adjusts (ASC 842-40-30-6): interest of the first "
        f"year is {us:,.1f} for {ifrs:,.1f}."
    )


def _same(one: tuple[Year, ...], other: tuple[Year, ...]) -> bool:
    return all(
        abs(x.ebitda - y.ebitda) < 1.0 and abs(x.net_income - y.net_income) < 1.0
        for x, y in zip(one, other, strict=True)
    )


def _statement(
    a: Accounts, books: SponsorBooks, years: dict[Structure, tuple[Year, ...]], tag: Tag, name: str
) -> Table:
    """The first year in which every delivery is leased from its start, or the second year."""
    n = min(1, len(years["lease"]) - 1) if a.sheets["IFRS 16"][0].month > 0.5 else 0
    at = {x: years[x][n] for x in SHOWN}
    rows: list[tuple[Cell, ...]] = []
    for line, sign in INCOME.items():
        values = [sign * at[x][line] for x in SHOWN]
        if any(abs(v) > 0.5 for v in values):
            rows.append((line, *(Figure(v) for v in values)))
        if line == BEFORE_DEPRECIATION[-1]:
            rows.append(("EBITDA", *(Figure(at[x].ebitda) for x in SHOWN)))
    rows.append(("Net income", *(Figure(at[x].net_income) for x in SHOWN)))
    for label, item in (
        ("of other holders", "minority"),
        ("OCI", "oci"),
        ("distributed by the sponsor", "distributions"),
    ):
        if any(abs(getattr(at[x], item)) > 0.5 for x in SHOWN):
            rows.append((label, *(Figure(getattr(at[x], item)) for x in SHOWN)))
    rows.append(("Equity at the start", *(Figure(at[x].opening_equity) for x in SHOWN)))
    rows.append(("Equity at the end", *(Figure(at[x].equity) for x in SHOWN)))
    totals = frozenset(k for k, r in enumerate(rows) if r[0] in ("EBITDA", "Net income", "Equity at the start"))
    label = at["lease"].label
    title = f"{a.consolidation.sponsor}'s income, year to {label}, {name}, USD m"
    return Table(
        f"income:{tag}", title, ("", *(TITLES[x] for x in SHOWN)), tuple(rows), totals, _notes(books), decimals=0
    )


def _notes(books: SponsorBooks) -> tuple[str, ...]:
    words = "The deal's own effect: what the GPUs earn the sponsor is no part of it."
    if books.plan.own.ebitda:
        words = "The sponsor's own business, carried on as it opened, and the deal; what the GPUs earn it is left out."
    notes = [words]
    if books.plan.tax_rate is not None:
        notes.append(
            "Tax: saved at once on what the deal costs; on a lease, rent is deducted when paid, the rest deferred."
        )
    return tuple(notes)


def _by_year(
    books: SponsorBooks,
    years: dict[Structure, tuple[Year, ...]],
    tag: Tag,
    name: str,
    extra: str,
) -> Table:
    rows: list[tuple[Cell, ...]] = []
    own = bool(books.plan.own.ebitda)
    lines: list[tuple[str, str]] = [("EBITDA", "ebitda"), ("interest", "interest"), ("net income", "net_income")]
    lines += [("equity", "equity"), ("debt", "debt")]
    for n, year in enumerate(years["lease"]):
        for label, item in lines:
            cells = [Figure(_value(years[x][n], item)) for x in SHOWN]
            rows.append((f"{year.label} {label}", *cells))
        if own:
            rows.append((f"{year.label} net debt / EBITDA", *(Figure(years[x][n].leverage, "times") for x in SHOWN)))
            rows.append((f"{year.label} EBITDA / interest", *(Figure(years[x][n].cover, "times") for x in SHOWN)))
    step = len(lines) + (2 if own else 0)
    totals = frozenset(range(step, len(rows), step))
    notes = [
        "Equity at the end is that at the start, net income less other holders' part and OCI, less what is distributed."
        " It is so in every column."
    ]
    before = years["as_is"][0]
    if own and before.leverage is not None:
        cover = "" if before.cover is None else f", EBITDA / interest {before.cover:.2f}x"
        notes.append(f"Before the deal: net debt / EBITDA {before.leverage:.2f}x{cover}.")
    if not own:
        notes.append(
            "No leverage ratio: the deal states no opening of the sponsor (accounting.opening, with ebitda), and none "
            "is made up."
        )
    notes[-1] += extra
    title = f"Income, equity and debt by year, {name}, USD m"
    heads = ("year to", *(TITLES[x] for x in SHOWN))
    return Table(f"income_years:{tag}", title, heads, tuple(rows), totals, tuple(notes), decimals=0)


def _value(year: Year, item: str) -> float:
    return year["interest"] if item == "interest" else float(getattr(year, item))
