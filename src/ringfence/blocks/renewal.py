"""What a lease pays beyond its firm rent: renewals, and use.

Rows added, `<l>` being the lease, `<t>` a tranche and `<n>` the number of a renewal:

    <t>.renewal_<n>.*                          dates and rent of the renewal, whether it is exercised or not (rent.py)
    <l>.renewal_<n>.due, .earned, .earning     sums over the tranches                        [USD], [USD], [GPU]
    <l>.renewed                                length of the renewals that are exercised     [month]
    <l>.used                                   share of the contracted rent that is paid     [ratio]

A renewal follows on the term before it. Its rent accrues in rows of its own and reaches cash only where it is
exercised, an input of 0 or 1. Rent by use pays for what is used, and at least for the share that is take-or-pay.
Lenders count neither renewals nor use above that share as contracted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ringfence.blocks.context import Build
from ringfence.blocks.gpu_fleet import Fleet
from ringfence.blocks.rent import RentRows, Tranche, add_rent
from ringfence.sheet import Expr, Row, most, sum_of
from ringfence.terms.contract.lease import Lease
from ringfence.units import GPU, MONTH, RATIO, USD


@dataclass(frozen=True)
class Renewed:
    """A renewal of every tranche.

    Attributes
    ----------
    taken
        1 where it is exercised, else 0. [ratio]
    length
        [month]
    due, earned
        Rent if it is exercised. [USD]
    earning
        GPUs under it if it is exercised, average over the period. [GPU]
    """

    taken: Row
    length: Row
    due: Row
    earned: Row
    earning: Row


def add_renewals(
    b: Build, id: str, term: Lease, fleet: Fleet, tranches: Sequence[Tranche], index: Row | None
) -> list[Renewed]:
    """Add every renewal of a lease, in order.

    Parameters
    ----------
    b
        The build.
    id, term
        Id and terms of the lease.
    fleet
        The fleet leased.
    tranches
        Of the firm term, their rent added.
    index
        Level of the index by period, if the rent follows one. [ratio]

    Returns
    -------
    list[Renewed]
        One a renewal.
    """
    found, before = [], list(tranches)
    for n, renewal in enumerate(term.renewal):
        path = f"contracts.{id}.renewal.{n}"
        taken = b.scalar(f"{path}.exercised", float(renewal.exercised), RATIO, "1: the renewal is exercised")
        length = b.scalar(f"{path}.term", renewal.term, MONTH, "length of the renewal")
        now = [
            _follow(b, n, t, last, length, same=isinstance(renewal.rent, str))
            for t, last in zip(tranches, before, strict=True)
        ]
        rents = [add_rent(b, id, term, fleet, t, index) for t in now]
        found.append(_summed(b, f"{id}.renewal_{n + 1}", taken, length, rents))
        before = now
    return found


def _follow(b: Build, n: int, firm: Tranche, last: Tranche, length: Row, *, same: bool) -> Tranche:
    """The tranche under a renewal, from the end of the term before it."""
    s, name = b.sheet, f"{firm.name}.renewal_{n + 1}"
    units = s.row(f"{name}.units", firm.units + 0, unit=GPU, label="GPUs under the renewal")
    start = s.row(f"{name}.start", last.end + 0, unit=MONTH, label="start of the renewal")
    end = s.row(f"{name}.end", start + length, unit=MONTH, label="end of the renewal")
    since = s[f"{firm.name}.first_rent"] if same else None
    return Tranche(name, firm.batch, units, start, end, renewal=n, since=since)


def _summed(b: Build, name: str, taken: Row, length: Row, rents: Sequence[RentRows]) -> Renewed:
    s = b.sheet
    return Renewed(
        taken,
        length,
        s.row(f"{name}.due", sum_of(r.due for r in rents), unit=USD, label="instalments due under the renewal"),
        s.row(f"{name}.earned", sum_of(r.earned for r in rents), unit=USD, label="rent that accrues under the renewal"),
        s.row(f"{name}.earning", sum_of(r.earning for r in rents), unit=GPU, label="GPUs under the renewal"),
    )


def add_renewed_time(b: Build, id: str, renewals: Sequence[Renewed]) -> Row:
    """Add the length of the renewals that are exercised. [month]"""
    longer = sum_of(r.taken * r.length for r in renewals)
    return b.sheet.row(f"{id}.renewed", longer, unit=MONTH, label="length of the renewals exercised")


def add_use(b: Build, id: str, term: Lease) -> tuple[Expr, Expr]:
    """Add use; return the share of rent that is paid, and the share that is owed whatever is used. [ratio]"""
    if term.usage is None:
        raise ValueError(f"{id} has no usage")
    path = f"contracts.{id}.usage"
    floor = b.scalar(f"{path}.take_or_pay", term.usage.take_or_pay, RATIO, "share of rent owed whatever is used")
    use = b.scalar(f"{path}.expected", term.usage.expected, RATIO, "use, share of the contracted hours")
    return b.sheet.row(f"{id}.used", most(use, floor), unit=RATIO, label="share of the contracted rent paid"), floor
