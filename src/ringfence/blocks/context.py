"""What every block is handed: the sheet being built, the clock, the deal, and the book of who pays whom.

A block is a function ``add_<something>(b, id, term)`` that reads frozen terms, adds rows to ``b.sheet`` and returns a
frozen dataclass of the rows its neighbours need. Inputs are added through :meth:`Build.scalar`, which names the cell
after the term's path and remembers the line of the deal file it came from.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from ringfence.sheet import Expr, Row, Sheet, less_than
from ringfence.units import MONTH, RATIO, USD, Unit

if TYPE_CHECKING:
    from ringfence.blocks.books import Books
    from ringfence.blocks.clock import Clock
    from ringfence.blocks.shocks import Shock
    from ringfence.terms.deal import Deal
    from ringfence.timeline import Timeline

GROUPS = ("assets.", "contracts.", "parties.")


def cell_name(path: str) -> str:
    """Name of the input cell of a term: its path without the leading group."""
    for group in GROUPS:
        path = path.removeprefix(group)
    return path.lower().replace("-", "_")


@dataclass(frozen=True)
class Stream:
    """A payment stream a contract or asset creates.

    Attributes
    ----------
    label
        What a statement line would call it.
    payer, payee
        Ids of the two parties.
    cash
        Paid in the period. [USD]
    earned
        Earned or incurred in the period (accrual). [USD]
    contract
        Id of the contract or asset it belongs to; decides the business that carries it.
    firm
        Whether a contract obliges the payer for the whole term (lenders count it as contracted).
    sale
        Whether it is the sale of an asset: cash for the waterfall, but no cash flow available for debt service.
    last
        Whether it is listed after all others: only a sheet open to shocks has it, and other rows keep their names.
    """

    label: str
    payer: str
    payee: str
    cash: Row
    earned: Row
    contract: str
    firm: bool = True
    sale: bool = False
    last: bool = False


@dataclass(frozen=True)
class Build:
    """The sheet under construction and everything a block may read.

    `open_to` names the shocks the sheet is open to, and `shocks` collects all that the deal has; see ``shocks.py``.
    """

    sheet: Sheet
    clock: Clock
    timeline: Timeline
    deal: Deal
    where: Callable[[str], str]
    books: Books = field(repr=False)
    open_to: frozenset[str] = frozenset()
    shocks: dict[str, Shock] = field(default_factory=dict, repr=False)

    def scalar(self, path: str, value: float, unit: Unit = RATIO, label: str = "") -> Row:
        """Add the input cell of the term at `path`, e.g. ``contracts.senior.margin`` -> row ``senior.margin``.

        Parameters
        ----------
        path
            Dotted path in the deal file.
        value
            Base-case value, in base units.
        unit
            Unit of the value.
        label
            What the cell means, in a few words.

        Returns
        -------
        Row
            The input row; a second call with the same path returns the same row.
        """
        name = cell_name(path)
        if name in self.sheet:
            return self.sheet[name]
        return self.sheet.scalar(name, float(value), unit=unit, source=self.where(path), label=label)

    def when(self, path: str, value: float | date, label: str = "") -> Row:
        """Add a date input as months since close; durations count from close. [month]"""
        months = self.timeline.to_month(value) if isinstance(value, date) else value
        return self.scalar(path, months, MONTH, label)


def outstanding(b: Build, balance: Expr) -> Expr:
    """Flag: a balance is above one dollar. A repaid loan of billions leaves the last bits of its sums behind."""
    least = b.scalar("deal.one_dollar", 1.0, USD, "amount under which a balance counts as nothing")
    return less_than(least, balance)
