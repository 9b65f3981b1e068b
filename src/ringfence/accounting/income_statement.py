"""Income, cash and leverage of the sponsor by year in each column, read off the rows of its books.

A year is twelve months from close; the day of close belongs to the first. Nothing is scheduled here: a year is the sum
of its periods, its balances those of its last one. Ratios need the sponsor's own EBITDA, which the deal states or not.

Source: IAS 1.82 (IFRS 18 from 2027), IFRS 16.49, ASC 842-20-45-4.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil

from ringfence.accounting.schedule import NEAR
from ringfence.accounting.sponsor_books import INCOME, SponsorBooks, Structure, Tag

YEAR = 12.0


@dataclass(frozen=True)
class Year:
    """A year of the sponsor under one structure. [USD]

    Attributes
    ----------
    label
        Of its last period.
    income
        By line of the income statement, as magnitudes: :data:`INCOME` has the signs.
    ebitda, net_income, minority, oci, distributions
        Of the year.
    opening_equity, equity, debt, cash
        Equity at both ends; debt and cash at the end.
    own_ebitda
        Of the sponsor's own business, in `ebitda`; 0 where the deal states none.
    """

    label: str
    income: Mapping[str, float]
    ebitda: float
    net_income: float
    minority: float
    oci: float
    distributions: float
    opening_equity: float
    equity: float
    debt: float
    cash: float
    own_ebitda: float

    def __getitem__(self, line: str) -> float:
        return self.income.get(line, 0.0)

    @property
    def pre_tax(self) -> float:
        """Net income before tax. [USD]"""
        return self.net_income + self["tax"]

    @property
    def net_debt(self) -> float:
        """Debt less cash. [USD]"""
        return self.debt - self.cash

    @property
    def leverage(self) -> float | None:
        """Net debt over EBITDA; None without the sponsor's own, or where EBITDA is not above nothing. [ratio]"""
        return self.net_debt / self.ebitda if self.own_ebitda and self.ebitda > 0 else None

    @property
    def cover(self) -> float | None:
        """EBITDA over interest; None without the sponsor's own EBITDA, or without interest. [ratio]"""
        return self.ebitda / self["interest"] if self.own_ebitda and self["interest"] > 0.005 else None

    @property
    def unexplained(self) -> float:
        """Closing equity less opening equity, income, OCI and distributions: nothing. [USD]"""
        earned = self.net_income - self.minority + self.oci - self.distributions
        return self.equity - self.opening_equity - earned


def year_ends(books: SponsorBooks) -> list[float]:
    """Return the years of the lease and of renewals used: ends of periods, the last one past its end. [month]

    Parameters
    ----------
    books
        The sponsor's books.
    """
    wanted = [YEAR * (n + 1) for n in range(ceil((max(books.over) - NEAR) / YEAR))]
    ends = books.ends
    found = [next((e for e in ends if e >= d - NEAR), ends[-1]) for d in wanted]
    return list(dict.fromkeys(found))


def income_years(books: SponsorBooks, tag: Tag, structure: Structure) -> tuple[Year, ...]:
    """Return the income statement of a column by year.

    Parameters
    ----------
    books
        The sponsor's books.
    tag, structure
        Framework and column.

    Returns
    -------
    tuple of Year
        From close to the year in which the lease ends.
    """
    ends = books.ends
    rows = {x: books.row(tag, structure, f"income.{x}") for x in INCOME}
    flows = {x: books.row(tag, structure, x) for x in ("ebitda", "net_income", "minority", "oci", "distributions")}
    held = {x: books.row(tag, structure, x) for x in ("equity", "debt", "cash")}
    own, start = books.line("sponsor.own.ebitda"), books.plan.own.start["equity"]
    found, after, before = [], -1.0, start
    for end in year_ends(books):
        inside = [k for k, e in enumerate(ends) if after + NEAR < e <= end + NEAR]
        k = inside[-1]
        sums = {x: _sum(values, inside) for x, values in flows.items()}
        found.append(
            Year(
                books.labels[k],
                {x: _sum(values, inside) for x, values in rows.items()},
                opening_equity=before,
                **sums,
                **{x: values[k] for x, values in held.items()},
                own_ebitda=_sum(own, inside),
            )
        )
        after, before = end, held["equity"][k]
    return tuple(found)


def _sum(values: Sequence[float], inside: Sequence[int]) -> float:
    return sum(values[k] for k in inside)
