"""A set of the sponsor's books as rows: balances, income, cash, and the row that proves that they tell one story.

Rows added by :func:`add_ledger` for books called `<c>` (``sponsor.ifrs.lease``), all [USD]:

    <c>.<asset>, <c>.<claim>               balances at the end of the period
    <c>.cash                               opening cash and what the period moved
    <c>.income.<line>                      income statement; what can be either sign may be negative
    <c>.ebitda, .net_income, .minority     before depreciation and interest; after everything; of other holders
    <c>.oci, .distributions                other comprehensive income; paid to the sponsor's own shareholders
    <c>.equity                             opening equity + net income + OCI - distributions - of other holders
    <c>.assets, .claims, .debt             totals; debt is what leverage counts
    <c>.difference                         assets - claims: zero in every period

Equity is added up from income and cash from flows, while every other balance comes from the account that made it. A
difference of zero is therefore a proof and not a definition.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ringfence.blocks.context import Build
from ringfence.sheet import NIL, Expr, Row, constant, previous, sum_of
from ringfence.units import USD

ASSETS = ("cash", "property", "right of use", "equity method", "prepaid rent", "deferred tax asset", "other assets")
DEBT = ("borrowings", "lease liability", "financing obligation", "provisions")
CLAIMS = (*DEBT, "deferred tax liability", "other liabilities", "non-controlling interests", "equity")
INCOME = {
    "revenue": 1,
    "running costs": -1,
    "rent": -1,
    "depreciation": -1,
    "impairment": -1,
    "disposal": 1,
    "interest": -1,
    "equity method": 1,
    "tax": -1,
}
"""Lines of the income statement and their sign in net income; EBITDA is the first three."""
BEFORE_DEPRECIATION = ("revenue", "running costs", "rent")


@dataclass(frozen=True)
class Entries:
    """What a set of books is made of.

    Attributes
    ----------
    balances
        Closing balance by line of :data:`ASSETS` and :data:`CLAIMS`, without cash and equity. [USD]
    cash
        Cash received less paid in the period. [USD]
    income
        By line of :data:`INCOME`. [USD]
    minority
        Part of net income that belongs to other holders. [USD]
    oci
        Other comprehensive income of the sponsor's holders. [USD]
    given_out
        Paid to the sponsor's own shareholders. [USD]
    """

    balances: Mapping[str, Expr] = field(default_factory=dict)
    cash: Expr = NIL
    income: Mapping[str, Expr] = field(default_factory=dict)
    minority: Expr = NIL
    oci: Expr = NIL
    given_out: Expr = NIL


@dataclass(frozen=True)
class Start:
    """Where books start: amounts by line, held to the end. [USD]"""

    amounts: Mapping[str, float] = field(default_factory=dict)

    def __getitem__(self, line: str) -> float:
        return self.amounts.get(line, 0.0)


def slug(line: str) -> str:
    """Name of a line in a row: ``lease liability`` to ``lease_liability``."""
    return line.replace(" ", "_").replace("-", "_")


def running(b: Build, name: str, change: Expr, *, label: str, first: float = 0.0, source: str = "") -> Row:
    """Add a balance that starts at an amount and moves by `change`. [USD]"""
    before = previous(b.sheet.ref(name, unit=USD), 1, first=constant(first, USD))
    return b.sheet.row(name, before + change, unit=USD, label=label, source=source)


def add_ledger(b: Build, name: str, e: Entries, start: Start, *, source: str = "") -> Row:
    """Add a set of books.

    Parameters
    ----------
    b
        The build.
    name
        Prefix of the rows.
    e
        Balances, cash and income.
    start
        Opening balances.
    source
        Paragraphs.

    Returns
    -------
    Row
        The difference.
    """
    s = b.sheet

    def row(item: str, expr: Expr, label: str) -> Row:
        return s.row(f"{name}.{item}", expr, unit=USD, label=label, source=source)

    income = {x: row(f"income.{slug(x)}", y + NIL, x) for x, y in e.income.items()}
    net = row("net_income", _signed(income, tuple(INCOME)), "net income")
    row("ebitda", _signed(income, BEFORE_DEPRECIATION), "EBITDA")
    minority = row("minority", e.minority + NIL, "net income of other holders")
    oci = row("oci", e.oci + NIL, "other comprehensive income")
    given = row("distributions", e.given_out + NIL, "distributed to the sponsor's shareholders")
    lines = {x: row(slug(x), e.balances.get(x, NIL) + constant(start[x], USD), x) for x in _lines(e, start)}
    lines["cash"] = running(b, f"{name}.cash", e.cash, label="cash", first=start["cash"], source=source)
    lines["equity"] = running(
        b,
        f"{name}.equity",
        net - minority + oci - given,
        label="equity: opening + net income + OCI - distributions",
        first=start["equity"],
        source=source,
    )
    assets = row("assets", sum_of(lines[x] for x in ASSETS if x in lines), "assets")
    claims = row("claims", sum_of(lines[x] for x in CLAIMS if x in lines), "liabilities and equity")
    row("debt", sum_of(lines[x] for x in DEBT if x in lines), "borrowings, leases, financing and provisions")
    return row("difference", assets - claims, "assets - liabilities - equity")


def _lines(e: Entries, start: Start) -> list[str]:
    return [x for x in (*ASSETS, *CLAIMS) if x not in ("cash", "equity") and (x in e.balances or start[x])]


def _signed(income: Mapping[str, Row], lines: tuple[str, ...]) -> Expr:
    return sum_of([income[x] if INCOME[x] > 0 else NIL - income[x] for x in lines if x in income])


def before_tax(income: Mapping[str, Expr]) -> Expr:
    """Income before tax; a share of another company's income is not taxed. [USD]"""
    lines = [x for x in income if x not in ("tax", "equity method")]
    return sum_of([income[x] if INCOME[x] > 0 else NIL - income[x] for x in lines])


def in_order(lines: Mapping[str, Expr]) -> list[str]:
    """Lines of an income statement in its order."""
    return [x for x in INCOME if x in lines]
