"""The vehicle as a finance lessor: its GPUs leave its books, what it is owed comes in (IFRS 16.67, 842-30-25-1).

The engine's books of a vehicle keep what they own, and so does the group, in which the lease is eliminated. Where the
lease is classified finance, sales-type or direct financing the vehicle's *own* books show a net investment instead, and
a sponsor that does not consolidate takes up that profile of profit. This view is laid over the engine's books.

Rows added by :func:`add_lessor_view`, `<p>` being ``sponsor.<ifrs|us>.vehicle.<business>.lessor``, all [USD]:

    <p>.<t>.gpus                       what the engine still carries of a tranche's GPUs from its commencement on
    <p>.<t>.net.* (if not in the lease's books), <p>.<t>.back.*   net investment; GPUs that came back at its end
    <p>.<t>.dated.*                    the net investment of rent on its own date inside a period
    <p>.gpus, .derecognised, .kept_off   the same of all tranches; what depreciation and sales of them are left out
    <p>.profit                         of the days of commencement; negative is a loss
    <p>.deferred                       of a direct financing lease: profit not earned yet (842-30-25-8)
    <p>.income                         interest on the net investment
    <p>.rent_left_out, .accrued        rent that the net investment holds, and what the engine accrues of it
    <p>.written_down                   the view's assets stand so much under the engine's
    <p>.net_income, .equity            the vehicle's own
    <p>.difference                     net income by its lines less that by its balances: zero in every period
    <p>.upstream                       profit of the day that an investor who is the lessee has not earned (IAS 28.28)

At the end of the term the GPUs are back at the residual value that was expected, and wear until their life ends or they
are sold. A profit deferred in a direct financing lease is earned in proportion to interest, so that it ends at zero on
any grid. The vehicle's tax is what the engine charges.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ringfence.blocks.books import AssetAccount
from ringfence.blocks.clock import clip, on, overlap
from ringfence.blocks.context import Build
from ringfence.blocks.lessor_schedule import Receipts, add_net_investment
from ringfence.blocks.sponsor_dating import add_saved
from ringfence.blocks.sponsor_ledger import running
from ringfence.sheet import NIL, Expr, Row, choose, constant, less_than, most, positive, previous, sum_of, total
from ringfence.terms.asset.gpu_fleet import GpuFleet
from ringfence.terms.contract.lease import Lease
from ringfence.units import MONTH, RATIO, USD

SOURCE = "IFRS 16.67-77 [verify]; ASC 842-30-25-1 [verify]; ASC 842-30-25-7"
UPSTREAM = "IAS 28.28 [verify]; ASC 323-10-35-7 [verify]"
ONE, ONE_MONTH = constant(1.0, USD), constant(1.0, MONTH)


@dataclass(frozen=True)
class LessorPlan:
    """A lease in which the vehicle is a finance lessor under some framework.

    Attributes
    ----------
    lease, asset, tranches
        Ids of the lease and of its fleet; its tranches.
    kinds
        Classification by framework, ``operating`` left out.
    renewals
        How many renewals are in the lease term.
    residual, guaranteed
        Expected value at the end, and part of it guaranteed, share of the hardware price. [ratio]
    lease_share
        Part of the rent that is for the lease. [ratio]
    """

    lease: str
    asset: str
    tranches: Sequence[str]
    kinds: Mapping[str, str] = field(default_factory=dict)
    renewals: int = 0
    residual: float = 0.0
    guaranteed: float = 0.0
    lease_share: float = 1.0


@dataclass(frozen=True)
class LessorView:
    """The vehicle's own books. [USD]

    Attributes
    ----------
    net_income, equity
        After the view.
    earned
        Net income that an investor who is the lessee takes its share of: profit of the day as it is used.
    """

    net_income: Row
    equity: Row
    earned: Row


@dataclass(frozen=True)
class _Part:
    """A tranche. [USD]"""

    gpus: Expr
    derecognised: Expr
    net: Expr
    recognised: Expr
    income: Expr
    rents: Expr
    back: Expr
    back_off: Expr
    earned: Expr
    upstream: Expr


def add_lessor_view(
    b: Build, name: str, plan: LessorPlan, tag: str, books: tuple[Row, Row], asset: AssetAccount, carrying: Row
) -> LessorView:
    """Lay the view over the books of the business that owns the fleet.

    Parameters
    ----------
    b, name
        The build, the lease's books in it; prefix of the rows.
    plan, tag
        The lease, and the framework.
    books
        Net income and equity of the business as the group sees it. [USD]
    asset, carrying
        The fleet in the engine's books, and its carrying amount in the accounts. [USD]
    """
    s, kind = b.sheet, plan.kinds[tag]
    fleet = b.deal.assets[plan.asset]
    assert isinstance(fleet, GpuFleet)
    scale = _restated(asset, carrying)
    parts = [_add_part(b, name, plan, kind, fleet, t, scale) for t in plan.tranches]

    def row(item: str, expr: Expr, label: str) -> Row:
        return s.row(f"{name}.{item}", expr, unit=USD, label=label, source=SOURCE)

    def every(item: str) -> Expr:
        return sum_of([getattr(p, item) for p in parts])

    gpus = row("gpus", every("gpus"), "leased GPUs as the engine carries them")
    gone = row("derecognised", every("derecognised"), "GPUs that leave on commencement")
    kept_off = row("kept_off", _before(gpus) + gone - gpus, "their depreciation and book value sold, left out")
    income = row("income", every("income"), "interest on the net investment")
    selling = row("selling", every("recognised") - gone, "net investment less GPUs; negative is a loss")
    deferred, released = _add_deferred(b, name, kind, selling, income)
    profit = row("profit", selling - deferred[0], "profit of the day; negative is a loss")
    left_out = row("rent_left_out", every("earned"), "rent that the net investment holds, as earned")
    accrued = running(b, f"{name}.accrued", left_out - every("rents"), label="what the engine accrues of it")
    held = every("net") + every("back") - deferred[1]
    down = row("written_down", gpus + accrued - held, "assets stand under the engine's by this")
    net = row("net_income", books[0] - (down - _before(down)), "net income of the vehicle as a finance lessor")
    equity = row("equity", books[1] - down, "equity of the vehicle as a finance lessor")
    lines = profit + income + released + kept_off - left_out - every("back_off")
    row("difference", books[0] + lines - net, "net income by its lines less that by its balances")
    waiting = row("upstream", every("upstream"), "profit of the day not used yet")
    earned = row("earned", net - (waiting - _before(waiting)), "net income, profit of the day as it is used")
    return LessorView(net, equity, earned)


def _before(x: Expr) -> Expr:
    return previous(x, 1, first=NIL)


def _restated(asset: AssetAccount, carrying: Row) -> Expr:
    """What accounts carry of the fleet over what the engine does. [ratio]"""
    if carrying is asset.carrying:
        return constant(1.0)
    held = less_than(NIL, asset.carrying)
    return choose(held, carrying / choose(held, asset.carrying, ONE), constant(1.0))


def _add_part(b: Build, name: str, plan: LessorPlan, kind: str, fleet: GpuFleet, tranche: str, scale: Expr) -> _Part:
    s, own, key = b.sheet, f"{name}.{tranche}", f"{plan.lease}.{tranche}"
    last = f"{key}.renewal_{plan.renewals}" if plan.renewals else key
    starts, end, price = s[f"{key}.commences"], s[f"{last}.end"], s[f"{key}.hardware"]
    batch = f"{plan.asset}.{tranche.partition('.')[0]}"
    life = b.scalar(f"assets.{plan.asset}.life", fleet.life, MONTH, "economic life from acceptance")
    until, sold = s[f"{batch}.accepted"] + life, s[f"{batch}.sold"]

    gpus = s.row(
        f"{own}.gpus", _add_gpus(b, own, plan, fleet, batch, starts, price, life) * scale, unit=USD, label="leased GPUs"
    )
    net = _net_rows(b, own, plan, key, tranche)
    dated = _add_dated(b, own, plan, key, tranche)
    recognised = s[f"{net}.net.recognised"] + s[f"{dated}.net.recognised"]
    assured = on(b.clock, end) * price * plan.guaranteed * s[f"{net}.live"]
    returned = s[f"{net}.residual.returned"] + assured

    def row(item: str, expr: Expr, label: str) -> Row:
        return s.row(f"{own}.back.{item}", expr, unit=USD, label=label, source=SOURCE)

    opening = s.opening(f"{own}.back", unit=USD, source=SOURCE)
    came = row("returned", returned, "GPUs back at their expected residual value")
    time = until - most(end, b.clock.start)
    rest = less_than(NIL, time)
    worn = row(
        "worn",
        opening * choose(rest, overlap(b.clock, end, until) / choose(rest, time, ONE_MONTH), NIL),
        "depreciation",
    )
    out = row("sold", on(b.clock, sold) * (opening + came - worn), "book value that leaves with a sale")
    back = s.close(f"{own}.back", opening, add=[came], less=[worn, out], label="GPUs that came back", source=SOURCE)
    return _Part(
        gpus=gpus + NIL,
        derecognised=starts * gpus,
        net=s[f"{net}.net.closing"] + s[f"{dated}.net.closing"],
        recognised=recognised,
        income=s[f"{net}.net.income"] + s[f"{dated}.net.income"] - s[f"{dated}.net.received"],
        rents=s[f"{net}.net.received"] - assured,
        back=back + NIL,
        back_off=worn + out,
        earned=_earned(b, plan, key),
        upstream=_add_upstream(b, own, key, kind, recognised - starts * gpus) + NIL,
    )


def _add_gpus(
    b: Build, own: str, plan: LessorPlan, fleet: GpuFleet, batch: str, starts: Row, price: Row, life: Row
) -> Expr:
    """What the engine carries of a tranche from its commencement to its sale; spares are leased by nobody. [USD]"""
    s, path = b.sheet, f"assets.{plan.asset}"
    spares = b.scalar(f"{path}.spares", fleet.spares, RATIO, "spares, share of hardware")
    residual = b.scalar(f"{path}.book_residual", fleet.book_residual, RATIO, "book value left, share of cost")
    begun = s.row(f"{own}.begun", most(previous(s.ref(f"{own}.begun")), starts), label="the lease has commenced")
    hardware = s[f"{batch}.hardware"]
    some = less_than(NIL, hardware)
    cost = price * (s[f"{batch}.cost"] - hardware * spares) / choose(some, hardware, ONE)
    worn = (1 - residual) * clip(b.clock.end - s[f"{batch}.accepted"], NIL, life) / life
    return begun * less_than(b.clock.end, s[f"{batch}.sold"]) * cost * (1 - worn)


def _net_rows(b: Build, own: str, plan: LessorPlan, key: str, tranche: str) -> str:
    """Prefix of the rows of the net investment: those of the lease's books, or added where these keep the asset."""
    s, books = b.sheet, f"{plan.lease}.lessor.{tranche}"
    found = books
    if f"{books}.net.closing" not in s:
        found = own
        term = b.deal.contracts[plan.lease]
        assert isinstance(term, Lease)
        rent = s[f"{key}.measured_term" if plan.renewals else f"{key}.measured"]
        nothing = s[f"{plan.lease}.no_payment"]
        advance = rent if term.due == "in_advance" else nothing
        receipts = Receipts(
            s[f"{key}.commences"],
            advance,
            s[f"{books}.assured"],
            s[f"{books}.returns"],
            s[f"{plan.lease}.lessor_growth"],
            s[f"{key}.share_of_term"],
        )
        add_net_investment(s, own, receipts, source=SOURCE)
    if f"{found}.live" not in s:
        s.row(f"{found}.live", previous(s[f"{found}.running"]) + 0, label="the lease had commenced before the period")
    return found


def _add_dated(b: Build, own: str, plan: LessorPlan, key: str, tranche: str) -> str:
    """Add what the net investment is more where rent falls inside a period; as ``sponsor_dating.py`` for a lessee."""
    s, term, name = b.sheet, b.deal.contracts[plan.lease], f"{own}.dated"
    assert isinstance(term, Lease)
    rate = s[f"{plan.lease}.implicit_rate"]
    saved = add_saved(b, name, plan.lease, tranche, renewals=plan.renewals, rate=rate)
    nothing = s[f"{plan.lease}.no_payment"]
    rents = (saved, nothing) if term.due == "in_advance" else (nothing, saved)
    growth, share = s[f"{plan.lease}.lessor_growth"], s[f"{key}.share_of_term"]
    add_net_investment(s, name, Receipts(s[f"{key}.commences"], *rents, nothing, growth, share), source=SOURCE)
    return name


def _earned(b: Build, plan: LessorPlan, key: str) -> Expr:
    """Rent of the term that the net investment holds, as the engine earns it. [USD]"""
    s, term = b.sheet, b.deal.contracts[plan.lease]
    assert isinstance(term, Lease)
    parts = [key, *(f"{key}.renewal_{n + 1}" for n in range(plan.renewals))]
    if term.index is not None:  # measured at the index of commencement, earned at later ones: spread over the term
        found: Expr = NIL
        for x in parts:
            start = s[f"{x}.start"]
            time = s[f"{x}.end"] - start
            found = found + total(s[f"{x}.measured"]) * overlap(b.clock, start, s[f"{x}.end"]) / most(time, ONE_MONTH)
        return found
    cell = f"{plan.lease}.usage.take_or_pay"
    take = s[cell] if cell in s else constant(1.0)
    return sum_of([s[f"{x}.earned"] for x in parts]) * take * plan.lease_share


def _add_deferred(b: Build, name: str, kind: str, selling: Row, income: Row) -> tuple[tuple[Expr, Expr], Expr]:
    """Profit deferred on the day and still, and what is earned of it; a loss is never deferred. [USD]"""
    if kind != "direct_financing":
        return (NIL + NIL, NIL + NIL), NIL + NIL
    s, whole = b.sheet, total(income)
    added = s.row(f"{name}.deferred.added", positive(selling), unit=USD, label="profit deferred", source=SOURCE)
    part = income / choose(less_than(NIL, whole), whole, ONE)
    off = s.row(
        f"{name}.deferred.released", total(added) * part, unit=USD, label="deferred profit earned", source=SOURCE
    )
    left = running(b, f"{name}.deferred", added - off, label="profit not earned yet", source=SOURCE)
    return (added + NIL, left + NIL), off + NIL


def _add_upstream(b: Build, own: str, key: str, kind: str, selling: Expr) -> Row:
    """Profit of the day that the lessee, as an investor, earns as it uses its right; a loss is taken at once. [USD]"""
    s = b.sheet
    opening = s.opening(f"{own}.upstream", unit=USD, source=UPSTREAM)
    first = NIL + NIL if kind == "direct_financing" else positive(selling)
    added = s.row(f"{own}.upstream.added", first, unit=USD, label="profit not used yet", source=UPSTREAM)
    spent = opening * s[f"{key}.share_of_term"]
    used = s.row(f"{own}.upstream.used", spent, unit=USD, label="used with the right", source=UPSTREAM)
    return s.close(f"{own}.upstream", opening, add=[added], less=[used], label="profit not used yet", source=UPSTREAM)
