"""Control lost on a date: the vehicle leaves the group, and what the sponsor keeps is measured anew.

Eliminations reverse exactly, but losing control is an event of its own: assets, liabilities and other holders' part go
at what they stand at, the interest kept comes in at fair value, and the difference is income. Gains that waited in
equity follow. The lease, eliminated until then, is shown from that day.

Source: IFRS 10.25, B98-B99; ASC 810-10-40-4, 40-5.
"""

from __future__ import annotations

from dataclasses import dataclass

from ringfence.accounting.citations import cite
from ringfence.accounting.refusals import refused
from ringfence.accounting.schedule import NEAR
from ringfence.accounting.sponsor_books import SponsorBooks, SponsorSheet, Tag, lease_interest
from ringfence.blocks.sponsor_vehicle import slug_of


@dataclass(frozen=True)
class LossOfControl:
    """What losing control on a date books. [USD]

    Attributes
    ----------
    net_assets, others
        Of the vehicle, and other holders' part of them: both leave.
    kept
        Fair value of the interest that is kept.
    received
        Paid to the sponsor for the interest it gave up.
    reclassified
        Sponsor's part of gains that waited in equity, now income.
    lease
        What showing the lease does to equity: right of use against liability, for rent as it was earned; of a sale, the
        gain that stays in the right of use.
    """

    net_assets: float
    others: float
    kept: float
    received: float
    reclassified: float
    lease: float

    @property
    def gain(self) -> float:
        """In income; negative is a loss. [USD]"""
        return self.kept + self.received + self.others + self.reclassified - self.net_assets

    @property
    def remeasured(self) -> float:
        """Of the gain: fair value above the sponsor's part of the net assets, what was received included. [USD]"""
        return self.gain - self.reclassified


def lose_control(
    books: SponsorBooks, sheet: SponsorSheet, tag: Tag, *, fair_value: float, received: float = 0.0
) -> LossOfControl:
    """Return what losing control on a date books.

    Parameters
    ----------
    books, sheet
        The sponsor's books, and the date.
    tag
        Framework.
    fair_value
        Of the interest kept. [USD]
    received
        For the interest given up. [USD]
    """
    if fair_value < 0 or received < 0:
        raise refused(
            "residual",
            f"the interest kept is worth {fair_value:,.0f}, and {received:,.0f} was received for the rest.",
            paragraph=cite("IFRS 10.25", "IFRS 10.B98"),
            fix="state amounts of nothing or more",
        )
    k = books.at(sheet.month)
    waiting = 0.0
    for silo in books.model.books.of(books.plan.vehicle.vehicle):
        row = f"sponsor.{tag}.vehicle.{slug_of(silo)}"
        waiting += books.line(f"{row}.share")[k] * books.line(f"{row}.hedge_reserve")[k]
    group = sheet["consolidated"]["non-controlling interests"] - sheet["as_is"]["non-controlling interests"]
    unearned = {x: books.line(f"sponsor.{tag}.sale.{x}.unearned.closing")[k] for x in ("lease", "service")}
    rows = [f"sponsor.{tag}.vehicle.{slug_of(s)}" for s in books.model.books.of(books.plan.vehicle.vehicle)]
    own = sum(lease_interest(books, row)[k] - books.line(f"{row}.interest.closing")[k] for row in rows)
    lease = sheet["lease"]["equity"] - own + unearned["lease"] - sheet["service"]["equity"] - unearned["service"]
    profit = books.line(f"sponsor.{tag}.sale.consolidated.unearned.closing")[k]
    return LossOfControl(sheet.vehicle["equity"] - profit, group, fair_value, received, waiting, lease)


def worth_of_interest(books: SponsorBooks, month: float, rate: float) -> float:
    """Return the PV of what the sponsor will still receive from the vehicle as an owner, less what it will pay in.

    Parameters
    ----------
    books
        The sponsor's books.
    month
        The date. [month]
    rate
        [1/year effective]

    Returns
    -------
    float
        An estimate of fair value on this run, never below nothing. [USD]
    """
    worth = 0.0
    for silo in books.model.books.of(books.plan.vehicle.vehicle):
        row = f"sponsor.ifrs.vehicle.{slug_of(silo)}.interest"
        flows = zip(books.ends, books.line(f"{row}.received"), books.line(f"{row}.contributed"), strict=True)
        worth += sum((got - paid) / (1 + rate) ** ((e - month) / 12) for e, got, paid in flows if e > month + NEAR)
    return max(worth, 0.0)
