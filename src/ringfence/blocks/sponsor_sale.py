"""A sale to the vehicle that succeeds, in the sponsor's books: what it gives up, what it keeps, what is not earned yet.

The sponsor had the GPUs first. The vehicle pays it the hardware price as it pays for the fleet; on the day a tranche is
leased back control passes. Rows of the deal, all [USD]:

    sponsor.sale.price, .given_up           price, and carrying amount that leaves, on the day of transfer
    sponsor.sale.received, .advance         paid by the vehicle; paid ahead of the transfer (negative: still owed)

Rows of a framework, `<f>` being ``ifrs`` or ``us``, `<t>` a tranche, all [USD] unless said:

    sponsor.<f>.sale.<t>.present            PV of the leaseback on the day
    sponsor.<f>.sale.<t>.financing          price above fair value: lent by the buyer (IFRS 16.101(b), 842-40-30-2(b))
    sponsor.<f>.sale.<t>.prepaid            price below fair value: rent paid ahead (16.101(a), 842-40-30-2(a))
    sponsor.<f>.sale.<t>.financed           part of the leaseback's payments that repays the financing     [ratio]
    sponsor.<f>.sale.<t>.gain               IFRS: of the rights transferred only (16.100(a)); US: all of it
    sponsor.<f>.sale.<t>.rou.*              what the right of use is more, or less, than that of a plain lease
    sponsor.<f>.sale.<column>.*             gain the sponsor has not earned yet: its share, or all of it in the group
    sponsor.expected_ifrs.<t>.*             rent by use expected beyond take-or-pay, as a payment (IFRS 16.102A)

Payments are measured once, by the lease's own schedule; the financing is a constant part of that liability, because
both run at the same rate and are repaid by the same payments.

An unearned gain is worn off with the asset in the buyer's books: the part of the carrying amount that goes in a period
takes the same part of the gain with it, so nothing is left of it when the asset is gone (IAS 28.28, ASC 323-10-35-7).
"""

from __future__ import annotations

from dataclasses import dataclass

from ringfence.blocks.books import AssetAccount
from ringfence.blocks.context import Build
from ringfence.blocks.lessee_schedule import Phase, add_lessee_schedule
from ringfence.blocks.sponsor_ledger import running
from ringfence.sheet import NIL, Expr, Row, Sheet, choose, constant, least, less_than, positive, previous, sum_of, total
from ringfence.terms.contract.lease import Lease
from ringfence.units import RATIO, USD, Unit

BY_USE = "IFRS 16.102A [verify]"
SOURCE = {
    "ifrs": "IFRS 16.100; IFRS 16.101",
    "us": "ASC 842-40-25-4; ASC 842-40-30-2 [verify]",
}
UNEARNED = "IAS 28.28 [verify]; ASC 323-10-35-7 [verify]"
GROUP = "IFRS 10.B86 [verify]; ASC 810-10-45-1 [verify]"
ONE = constant(1.0, USD)


@dataclass(frozen=True)
class SalePlan:
    """A sale as the deal states it, and as the tests above answer.

    Attributes
    ----------
    carrying, fair
        Carrying amount on the day, and fair value, share of the price. [ratio]
    leased_back
        Frameworks (``ifrs``, ``us``) under which transfer and leaseback are a sale.
    transferred
        Frameworks under which it is a sale if no lease follows.
    opening
        Whether the sponsor's opening property holds the GPUs; else they come in on the day, for their carrying amount.
    """

    carrying: float
    fair: float
    leased_back: frozenset[str] = frozenset()
    transferred: frozenset[str] = frozenset()
    opening: bool = False


@dataclass(frozen=True)
class Transfer:
    """What every column that sells shares. [USD]"""

    price: Row
    given_up: Row
    received: Row
    advance: Row
    left: Row | None

    @property
    def profit(self) -> Expr:
        """Price less carrying amount, on the day. [USD]"""
        return self.price - self.given_up


@dataclass(frozen=True)
class LeasedBack:
    """A sale with leaseback, all tranches, beside the plain lease. [USD]

    Attributes
    ----------
    gain
        Recognised on the day.
    financing, interest
        Owed beside the lease, and its interest: both are part of the plain lease's.
    rou, worn
        Right of use and its amortisation, to be added to the plain lease's.
    """

    gain: Expr
    financing: Expr
    interest: Expr
    rou: Expr
    worn: Expr


@dataclass(frozen=True)
class ByUse:
    """Rent by use in a seller's lease: no gain is recognised on the right it keeps (IFRS 16.102A). [USD]

    Attributes
    ----------
    liability, rou, interest, amortisation
        Of the schedule, beside the lease's.
    paid, earned
        What the schedule holds of the rent: as it is paid, and as it is earned.
    """

    liability: Expr
    rou: Expr
    interest: Expr
    amortisation: Expr
    paid: Expr
    earned: Expr


@dataclass(frozen=True)
class Unearned:
    """A gain not earned yet. [USD]"""

    closing: Row
    added: Row
    released: Row


def add_transfer(b: Build, plan: SalePlan, lease: str, asset: str, tranches: tuple[str, ...]) -> Transfer:
    """Add what the sponsor gives up and what the vehicle pays for it.

    Parameters
    ----------
    b, plan
        The build, the lease's books in it; the sale.
    lease, asset, tranches
        Ids of the leaseback and its fleet; its tranches.
    """
    s = b.sheet
    live = {t: less_than(NIL, s[f"{lease}.{t}.units"]) * s[f"{lease}.{t}.hardware"] for t in tranches}
    carrying = s.scalar("sponsor.sale.carrying", plan.carrying, unit=RATIO, label="carrying amount, share of the price")
    s.scalar("sponsor.sale.fair", plan.fair, unit=RATIO, label="fair value, share of the price")
    moved = sum_of([s[f"{lease}.{t}.commences"] * live[t] for t in tranches])
    price = s.row("sponsor.sale.price", moved, unit=USD, label="price of the GPUs transferred")
    given = s.row("sponsor.sale.given_up", price * carrying, unit=USD, label="their carrying amount")
    whole = s[f"{asset}.hardware"]
    part = sum_of(live.values()) / choose(less_than(NIL, whole), whole, ONE)
    got = s.row("sponsor.sale.received", s[f"{asset}.capex.hardware"] * part, unit=USD, label="paid by the vehicle")
    ahead = running(b, "sponsor.sale.advance", got - price, label="paid ahead of the transfer; negative: owed")
    left = running(b, "sponsor.sale.left_opening", given, label="left opening property") if plan.opening else None
    return Transfer(price, given, got, ahead, left)


def add_leased_back(b: Build, lease: str, tag: str, tranches: tuple[str, ...], *, operating: bool) -> LeasedBack:
    """Add what a sale makes of the leaseback.

    Parameters
    ----------
    b
        The build; the columns' schedules of the lease and :func:`add_transfer` are in its sheet.
    lease, tag, tranches
        Id of the leaseback, framework, tranches.
    operating
        Whether its cost is straight line.
    """
    parts = [_add_tranche(b, lease, tag, t, operating=operating) for t in tranches]
    return LeasedBack(*(sum_of([getattr(p, x) for p in parts]) for x in LeasedBack.__dataclass_fields__))


def add_by_use(b: Build, lease: str, tranches: tuple[str, ...], renewals: int, lease_share: float) -> ByUse | None:
    """Add rent by use that is expected beyond take-or-pay as payments of the leaseback, or nothing where there is none.

    Parameters
    ----------
    b
        The build; the lease's books are in its sheet.
    lease, tranches, renewals
        Id of the leaseback, its tranches, how many renewals are in its term.
    lease_share
        Part of the rent that is for the lease. [ratio]
    """
    s, term = b.sheet, b.deal.contracts[lease]
    assert isinstance(term, Lease)
    if term.usage is None or term.usage.expected <= term.usage.take_or_pay:
        return None
    path = f"contracts.{lease}.usage"
    floor = b.scalar(f"{path}.take_or_pay", term.usage.take_or_pay, RATIO, "share of the rent owed whatever is used")
    used = b.scalar(f"{path}.expected", term.usage.expected, RATIO, "use expected, share of the contracted hours")
    more, nothing = (used - floor) * lease_share, s[f"{lease}.no_payment"]
    rows, paid, earned = [], [], []
    for t in tranches:
        name, key = f"sponsor.expected_ifrs.{t}", f"{lease}.{t}"
        parts = [key, *(f"{key}.renewal_{n + 1}" for n in range(renewals))]
        rents = sum_of([s[f"{x}.due"] for x in parts]) * more
        due = s.row(f"{name}.due", rents, unit=USD, label="rent by use expected", source=BY_USE)
        payments = (due, nothing) if term.due == "in_advance" else (nothing, due)
        phase = Phase(s[f"{key}.commences"], *payments, s[f"{lease}.lessee_growth"], s[f"{key}.share_of_term"])
        rows.append(add_lessee_schedule(s, name, [phase], hindsight=term.index is not None, source=BY_USE))
        paid.append(s[f"{name}.liability.{'advance' if term.due == 'in_advance' else 'arrears'}"])
        earned.append(sum_of([s[f"{x}.earned"] for x in parts]) * more)
    return ByUse(
        liability=sum_of([r.liability for r in rows]),
        rou=sum_of([r.rou for r in rows]),
        interest=sum_of([r.interest for r in rows]),
        amortisation=sum_of([r.amortisation for r in rows]),
        paid=sum_of(paid),
        earned=sum_of(earned),
    )


def _add_tranche(b: Build, lease: str, tag: str, tranche: str, *, operating: bool) -> LeasedBack:
    s, own, key = b.sheet, f"sponsor.{tag}.sale.{tranche}", f"{lease}.{tranche}"
    own_rent = (f"{lease}.lessee_{tag}", f"sponsor.dated_{tag}", f"sponsor.guaranteed_{tag}", f"sponsor.expected_{tag}")
    schedules = [f"{x}.{tranche}" for x in own_rent]
    held = [x for x in schedules if f"{x}.liability.recognised" in s]

    def row(item: str, expr: Expr, label: str, unit: Unit = USD) -> Row:
        return s.row(f"{own}.{item}", expr, unit=unit, label=label, source=SOURCE[tag])

    def every(item: str) -> Expr:
        return sum_of([s[f"{x}.{item}"] for x in held])

    day = s[f"{key}.commences"] * less_than(NIL, s[f"{key}.units"])
    price = day * s[f"{key}.hardware"]
    fair, given = price * s["sponsor.sale.fair"], price * s["sponsor.sale.carrying"]
    present = row("present", every("liability.recognised"), "PV of the leaseback on the day")
    financing = row("financing", positive(price - fair), "price above fair value: lent by the buyer")
    prepaid = row("prepaid", positive(fair - price), "price below fair value: rent paid ahead")
    whole = total(present)
    part = total(financing) / choose(less_than(NIL, whole), whole, ONE)
    financed = row("financed", part, "part of the payments that repays the financing", RATIO)
    right = present - financing + prepaid
    if operating or tag == "us":
        gain = row("gain", fair - given, "gain, all of it")
        adjusted: Expr = prepaid + NIL
    else:
        worth = choose(less_than(NIL, fair), fair, ONE)
        gain = row("gain", (fair - given) * (1 - right / worth), "gain on the rights transferred")
        adjusted = given / worth * right - present
    opening = s.opening(f"{own}.rou", unit=USD, source=SOURCE[tag])
    recognised = row("rou.recognised", adjusted, "right of use beside a plain lease's; may be negative")
    worn = row("rou.amortisation", opening * s[f"{key}.share_of_term"], "of it, straight line")
    rou = s.close(
        f"{own}.rou", opening, add=[recognised], less=[worn], source=SOURCE[tag], label="right beside a lease"
    )
    owed, interest = financed * every("liability.closing"), financed * _interest(s, held, tranche, tag)
    if not operating:
        return LeasedBack(gain + NIL, owed, interest, rou + NIL, worn + NIL)
    # A plain operating lease spreads all its payments; those that repay the financing are no cost of the lease.
    direct, spread = _direct_costs(b, lease, tag, tranche, own)
    less, off = financed * (every("rou.closing") - direct), financed * (every("rou.amortisation") - spread)
    return LeasedBack(gain + NIL, owed, interest, rou - less, worn - off)


def _interest(s: Sheet, held: list[str], tranche: str, tag: str) -> Expr:
    """Interest of the schedules; what rent on its own date saves is taken off. [USD]"""
    dated = f"sponsor.dated_{tag}.{tranche}"
    saved = NIL + NIL
    if dated in held:
        saved = s[f"{dated}.liability.advance"] + s[f"{dated}.liability.arrears"]
    return sum_of([s[f"{x}.liability.interest"] for x in held]) - saved


def _direct_costs(b: Build, lease: str, tag: str, tranche: str, own: str) -> tuple[Row, Row]:
    """Direct costs in a plain lease's right of use, and what is spread of them in the period. [USD]"""
    s, plain = b.sheet, f"{lease}.lessee_{tag}.{tranche}"
    opening = s.opening(f"{own}.direct", unit=USD)
    more = s[f"{plain}.rou.recognised"] - s[f"{plain}.liability.recognised"]
    added = s.row(f"{own}.direct.added", more, unit=USD, label="direct costs in the right of use")
    spread = s.row(f"{own}.direct.spread", opening * s[f"{lease}.{tranche}.share_of_term"], unit=USD, label="spread")
    return s.close(f"{own}.direct", opening, add=[added], less=[spread], label="direct costs not yet spread"), spread


def add_unearned(
    b: Build, name: str, gain: Expr, share: Expr, asset: AssetAccount, carrying: Row, source: str
) -> Unearned:
    """Add a gain that is not earned yet, and its release as the buyer's asset goes.

    Parameters
    ----------
    b, name
        The build, prefix of the rows.
    gain, share
        Of the day, and part of it that is not earned. [USD], [ratio]
    asset, carrying
        The asset in the buyer's books, and its carrying amount in the accounts. [USD]
    source
        Paragraphs.
    """
    s = b.sheet
    before = previous(carrying, 1, first=NIL) + asset.capex
    gone = choose(
        less_than(NIL, before), positive(before - carrying) / choose(less_than(NIL, before), before, ONE), NIL
    )
    part = s.row(f"{name}.gone", least(gone, constant(1.0)), unit=RATIO, source=source, label="part of the asset gone")
    opening = s.opening(f"{name}", unit=USD, source=source)
    added = s.row(f"{name}.added", gain * share, unit=USD, source=source, label="gain not earned on the day")
    released = s.row(f"{name}.released", opening * part, unit=USD, source=source, label="earned as the asset is used")
    closing = s.close(f"{name}", opening, add=[added], less=[released], source=source, label="gain not earned yet")
    return Unearned(closing, added, released)
