"""An interest in an investee under significant influence, year by year (IAS 28.10, 28, 38-43; ASC 323-10-35).

    carrying amount = cost + share of profit and of other comprehensive income - dividends
                      - share of the holder's own profit on what it sold to the investee, released as the asset is used

It stops at nothing. Losses beyond first reduce the holder's other long-term interests, then become a provision as far
as it answers for the investee, and then wait for later profits. The rows are those of ``blocks/equity_interest.py``,
which the sponsor's books of a deal have as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ringfence.accounting.citations import cite
from ringfence.accounting.refusals import finite, magnitudes, refused, shares
from ringfence.accounting.schedule import Schedule, open_grid
from ringfence.blocks.equity_interest import add_equity_interest
from ringfence.sheet import NIL, Row, constant
from ringfence.units import USD


@dataclass(frozen=True)
class DownstreamSale:
    """An asset the holder sold to the investee on the first day, at a profit it has not earned whole.

    Parameters
    ----------
    profit
        Of the sale. [USD]
    life
        Years over which the investee uses the asset. [year]
    """

    profit: float
    life: float

    def __post_init__(self) -> None:
        magnitudes("lease-amounts", profit=self.profit)
        finite("life", life=self.life)
        if self.life <= 0:
            raise refused("life", f"the asset sold is used for {self.life:g} years.", fix="state a life above 0")


@dataclass(frozen=True)
class EquityMethod:
    """An interest by the equity method, at the end of each year. [USD]

    Attributes
    ----------
    carrying
        Carrying amount.
    share_of_profit, dividends
        Of the year, before eliminations.
    eliminated, released
        Share of the holder's profit on a sale to the investee: taken off on the day, and earned in the year.
    result
        In profit or loss of the year; that of the first year holds what is eliminated on the day.
    absorbed
        Losses that other long-term interests and obligations bear, so far.
    unrecognised
        Losses that wait, so far.
    schedule
        All rows.
    paragraphs
        Of the rule.
    """

    carrying: tuple[float, ...]
    share_of_profit: tuple[float, ...]
    dividends: tuple[float, ...]
    eliminated: float
    released: tuple[float, ...]
    result: tuple[float, ...]
    absorbed: tuple[float, ...]
    unrecognised: tuple[float, ...]
    schedule: Schedule
    paragraphs: str


def equity_method(
    share: float,
    cost: float,
    profits: Sequence[float],
    *,
    dividends: Sequence[float] = (),
    oci: Sequence[float] = (),
    sale: DownstreamSale | None = None,
    other_interests: float = 0.0,
    obligations: float = 0.0,
    name: str = "associate",
) -> EquityMethod:
    """Carry an interest by the equity method.

    Parameters
    ----------
    share
        Of the investee held. [ratio]
    cost
        Paid for it. [USD]
    profits
        Of the investee by year, whole; negative is a loss. A single amount may stand for all years since acquisition.
        [USD]
    dividends
        Paid by the investee by year, whole; none if left out. [USD]
    oci
        Its other comprehensive income by year, whole. [USD]
    sale
        Asset sold to it on the first day.
    other_interests
        Long-term interests that are part of the net investment, such as a loan without planned repayment (IAS 28.38).
        [USD]
    obligations
        What the holder must pay for the investee: guarantees, commitments (IAS 28.39). [USD]
    name
        Prefix of the rows.

    Returns
    -------
    EquityMethod
        Year by year.

    Examples
    --------
    >>> equity_method(0.4, 120.0, [300.0]).carrying
    (240.0,)
    """
    years = len(profits)
    _check(share, cost, profits, dividends, oci, other_interests, obligations)
    grid = open_grid(name, [12.0 * (k + 1) for k in range(years)])
    s, part = grid.sheet, constant(share)

    def by_year(item: str, values: Sequence[float], label: str) -> Row:
        return grid.series(item, (0.0, *values, *[0.0] * (years - len(values))), label)

    paid = grid.series("cost", (cost, *[0.0] * years), "paid for the interest")
    earned = by_year("profit", profits, "profit of the investee")
    given = by_year("dividends", dividends, "dividends of the investee")
    other = by_year("oci_whole", oci, "other comprehensive income of the investee")
    profit = constant(0.0 if sale is None else sale.profit, USD)
    first = grid.flag("starts", 0.0)
    off = s.row(f"{name}.eliminated", first * profit * part, unit=USD, label="share of own profit, not earned")
    waiting = s.opening(f"{name}.unearned", unit=USD)
    used = waiting * grid.share("use", 12.0 * (1.0 if sale is None else sale.life))
    back = s.row(f"{name}.released", used, unit=USD, label="earned as the asset is used")
    s.close(f"{name}.unearned", waiting, add=[off], less=[back], label="share of own profit not earned yet")
    mine = s.row(f"{name}.share_of_profit", earned * part, unit=USD, label="share of profit")
    got = s.row(f"{name}.received", given * part, unit=USD, label="share of dividends")
    add_equity_interest(
        s,
        name,
        paid=paid + NIL,
        received=got + NIL,
        earned=mine - off + back,
        other=other * part,
        beyond=constant(other_interests + obligations, USD),
    )
    done = grid.finish()
    return EquityMethod(
        done.year_ends("closing"),
        done.yearly("share_of_profit"),
        done.yearly("received"),
        done["eliminated"][0],
        done.yearly("released"),
        _with_day_one(done),
        done.year_ends("absorbed"),
        done.year_ends("unrecognised"),
        done,
        cite("IAS 28.10", "IAS 28.28", "IAS 28.38", "IAS 28.39", "ASC 323-10-35"),
    )


def _with_day_one(s: Schedule) -> tuple[float, ...]:
    """Result by year, that of the day with the first. [USD]"""
    found = list(s.yearly("result"))
    found[0] += s["result"][0]
    return tuple(found)


def _check(
    share: float,
    cost: float,
    profits: Sequence[float],
    dividends: Sequence[float],
    oci: Sequence[float],
    other_interests: float,
    obligations: float,
) -> None:
    shares("share", share=share)
    magnitudes("lease-amounts", cost=cost, other_interests=other_interests, obligations=obligations)
    finite("lease-amounts", **{f"profit_of_year_{k + 1}": x for k, x in enumerate(profits)})
    finite("lease-amounts", **{f"oci_of_year_{k + 1}": x for k, x in enumerate(oci)})
    magnitudes("lease-amounts", **{f"dividends_of_year_{k + 1}": x for k, x in enumerate(dividends)})
    if not profits or max(len(dividends), len(oci)) > len(profits):
        raise refused(
            "lease-dates",
            f"there are {len(profits)} years of profit, {len(dividends)} of dividends and {len(oci)} of other "
            "comprehensive income.",
            paragraph=cite("IAS 28.10"),
            fix="give one amount a year, for one year or more",
        )
