"""How much debt really leaves, structure by structure: the deal as it stands and each of its scenarios on one page.

    headline     liability, share of the debt, what leaves, relief against borrowing and buying, classification
    ibr          the liability at other borrowing rates
    years        liability and the vehicle's debt at each year end
    marks        firm term and guarantee at which a test trips, renewals that come back, income of the first year

Every figure comes from the functions the accounting page uses.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from os import PathLike
from typing import Any

from ringfence.accounting.adjusted_debt import adjusted_debt
from ringfence.accounting.income_statement import income_years
from ringfence.accounting.lease_basis import length_of
from ringfence.accounting.lease_report import LeaseReport, lease_report
from ringfence.accounting.outcome import Outcome
from ringfence.accounting.schedule import NEAR
from ringfence.accounting.sponsor_books import sponsor_books
from ringfence.desk.accounting import Accounts, accounts
from ringfence.desk.scenarios import run_scenarios
from ringfence.desk.table import Cell, Figure, Table
from ringfence.errors import DealError
from ringfence.terms.deal import Deal
from ringfence.terms.read import revise

RATES = (0.055, 0.065, 0.08, 0.10)
SHORT_LIFE = 48.0
LONGEST = 120.0


@dataclass(frozen=True)
class Structured:
    """One structure: its name, its words, and its accounts."""

    name: str
    words: str
    accounts: Accounts

    @property
    def report(self) -> LeaseReport:
        """The lease."""
        return self.accounts.lease

    @property
    def debt(self) -> float:
        """The vehicle's. [USD]"""
        return self.accounts.split("IFRS 16").debt

    @property
    def shown(self) -> float:
        """What stands on the sponsor's balance sheet for the deal at completion. [USD]"""
        if self.failed:
            return self.accounts.sheets["IFRS 16"][0]["failed_sale"]["financing obligation"]
        split = self.accounts.split("IFRS 16")
        return split.debt if split.stays else split.liability

    @property
    def leaves(self) -> float:
        """The vehicle's debt less what stands there instead; below nothing where more comes back than left. [USD]"""
        split = self.accounts.split("IFRS 16")
        return 0.0 if split.stays else split.debt - self.shown - split.hangs

    @property
    def relief(self) -> float:
        """Less than borrowing and buying. [USD]"""
        return self.accounts.sheets["IFRS 16"][0]["buy"].debt - self.shown

    @property
    def failed(self) -> bool:
        """Whether the sponsor is attested to have controlled the assets first."""
        key = self.accounts.consolidation.answers.scope.key("S1")
        return any(t.id == key and t.outcome is Outcome.FAIL for t in self.accounts.consolidation.attested)


def structured(path: str | PathLike[str]) -> Iterator[Structured]:
    """Account for a deal as it stands and under each of its scenarios.

    Parameters
    ----------
    path
        The deal file.

    Yields
    ------
    Structured
        The deal as agreed first, with an empty name.
    """
    for name, words, result in run_scenarios(path):
        yield Structured(name, words if name else "as agreed", accounts(result))


def headline_page(found: Sequence[Structured], rates: Sequence[float] = RATES) -> list[Table]:
    """Return the page.

    Parameters
    ----------
    found
        Structures, the deal as agreed first.
    rates
        Borrowing rates to show the liability at. [1/year effective]
    """
    return [_headline(found), _by_rate(found, rates), _by_year(found), _marks(found)]


# --- the tables --------------------------------------------------------------------------------------------------


def _headline(found: Sequence[Structured]) -> Table:
    rows = []
    for x in found:
        us, lessor = x.report.lessee_us, x.report
        none = not x.report.identification.is_lease
        kinds = "no lease" if none else f"{us.kind} ({us.life_share:.0%}; {us.ratio:.1%})"
        other = f"{_kind(lessor.lessor_ifrs.kind)} / {_kind(lessor.lessor_us.kind)} ({lessor.lessor_us.ratio:.1%})"
        rows.append(
            (
                x.name or "as agreed",
                _bn(x.shown),
                f"{x.shown / x.debt:.0%}",
                _bn(x.leaves),
                _bn(x.relief),
                "financing" if x.failed else kinds,
                "loan" if x.failed else "keeps the asset" if none else other,
                f"{x.report.implicit.solved:.1%}",
            )
        )
    heads = ("structure", "shown", "of debt", "leaves", "relief", "ASC lessee", "lessor, IFRS / US", "return")
    first = found[0]
    notes = (
        f"Shown: lease liability after the rent of the day, or what stands in its place, at completion; the SPV owes "
        f"{_bn(first.debt)}. Leaves: the SPV's debt less what is shown; below nothing, more came back than left.",
        *(_failed_note(x) for x in found if x.failed),
        *(_service_note(x) for x in found if not x.report.identification.is_lease),
        "Relief: against borrowing and buying. Life share, PV at the lessee's rate; PV at the lessor's. Return: rate "
        "implicit in the firm payments and the residual.",
        *(f"{x.name}: {x.words}." for x in found if x.name),
    )
    title = f"How much of {first.accounts.consolidation.vehicle}'s debt really leaves, USD bn"
    return Table("headline", title, heads, tuple(rows), notes=notes, left=frozenset({0, 5, 6}))


def _failed_note(x: Structured) -> str:
    whole = x.report.facts.hardware
    return (
        f"{x.name or 'as agreed'}: the transfer is no sale, so {_bn(whole)} of proceeds are a financing obligation, "
        f"{whole / x.debt:.0%} of the SPV's debt; the rent of the day takes it to {_bn(x.shown)}."
    )


def _service_note(x: Structured) -> str:
    return (
        f"{x.name or 'as agreed'}: no lease as attested, so nothing is shown, for accounting only; of firm rent "
        f"{_bn(_undiscounted(x))}, undiscounted, is a commitment in the notes."
    )


def _by_rate(found: Sequence[Structured], rates: Sequence[float]) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for x in found:
        if x.report.identification.is_lease and not x.failed:
            rows.append((x.name or "as agreed", *(_bn(v) for v in liabilities(x.accounts.result.deal, rates))))
    implicit = found[0].report.implicit.rate.effective
    note = (
        f"Day one, after the rent of the day. At the implicit rate of {implicit:.2%} the deal as agreed shows "
        f"{_bn(liabilities(found[0].accounts.result.deal, (implicit,))[0])}."
    )
    return Table(
        "ibr",
        "Lease liability by borrowing rate, USD bn",
        ("", *(f"{r:.2%}" for r in rates)),
        tuple(rows),
        notes=(note,),
    )


def liabilities(deal: Deal, rates: Sequence[float]) -> list[float]:
    """Return the day-one liability at several borrowing rates. [USD]

    Parameters
    ----------
    deal
        The deal.
    rates
        [1/year effective]
    """
    lease = lease_report(deal).facts.id
    at = f"accounting.leases.{lease}.ibr"
    return [lease_report(revise(deal, {at: f"{100 * r!r}%"})).ifrs.liability for r in rates]


def _by_year(found: Sequence[Structured]) -> Table:
    dates = [s.month for s in found[0].accounts.sheets["IFRS 16"]]
    labels = [s.label for s in found[0].accounts.sheets["IFRS 16"]]
    rows: list[tuple[Cell, ...]] = [
        ("SPV debt, as agreed", *(_bn(s.vehicle["debt"]) for s in found[0].accounts.sheets["IFRS 16"]))
    ]
    for x in found:
        if x.report.identification.is_lease:
            sheets = x.accounts.sheets["IFRS 16"]
            own = {s.month: s["failed_sale"]["financing obligation"] if x.failed else s.rent_owed for s in sheets}
            rows.append((x.name or "as agreed", *(_bn(own[d]) if d in own else None for d in dates)))
    note = (
        "After the rent of the day. A renewal that the cash uses and the lease term left out comes back on the day the "
        "term ends."
    )
    return Table(
        "years", "Lease liability and SPV debt at year ends, USD bn", ("", *labels), tuple(rows), notes=(note,)
    )


def _marks(found: Sequence[Structured]) -> Table:
    first, deal = found[0], found[0].accounts.result.deal
    rows: list[tuple[Cell, ...]] = []
    for label, life in (("", None), (f", life {SHORT_LIFE / 12:g}y", SHORT_LIFE)):
        for test, words in (("c", "term / life"), ("d", "PV / fair value")):
            if life is not None and test == "d":
                continue
            months = first_term(deal, test, life)
            rows.append((f"firm term at which {words} makes the lessee finance{label}", _months(months)))
    for x in found:
        cap = highest_cap(x)
        if cap is not None:
            rows.append((f"highest guarantee under the PV mark, {x.name or 'as agreed'}", f"{_bn(cap)} bn"))
            break
    for x in found:
        back = returning(x)
        if back:
            rows.append((f"comes back when {x.name or 'as agreed'} is renewed", f"{_bn(back)} bn"))
            break
    year = income_years(sponsor_books(first.accounts.result, first.report), "ifrs", "lease")[0]
    cost = year["interest"] + year["depreciation"]
    rent = 12.0 * sum(p.amount for t in first.report.facts.tranches for p in t.payments) / first.report.facts.terms.term
    split = f"{_bn(year['interest'])} + {_bn(year['depreciation'])} = {_bn(cost)} bn"
    rows.append((f"interest + depreciation to {year.label}, IFRS", split))
    rows.append(("rent of a year, average", f"{_bn(rent)} bn"))
    rows.append(("firm rent in all, undiscounted", f"{_bn(_undiscounted(first))} bn"))
    for name, measure in first.accounts.result.measures.items():
        if name.endswith("dscr.min") and measure.value is not None:
            rows.append((f"{name.removesuffix('.dscr.min')}: lowest DSCR, as agreed", Figure(measure.value, "times")))
    return Table("marks", "Where it turns", ("", ""), tuple(rows))


def _undiscounted(x: Structured) -> float:
    return sum(p.amount for t in x.report.facts.tranches for p in t.payments)


def first_term(deal: Deal, test: str, life: float | None = None) -> float | None:
    """Return the shortest firm term, in whole rental periods, at which a test of ASC 842-10-25-2 is met. [month]

    Parameters
    ----------
    deal
        The deal; its rent stays as it is.
    test
        ``c`` for the share of life, ``d`` for the present value.
    life
        Economic life instead of the deal's. [month]
    """
    facts = lease_report(deal).facts
    changes: dict[str, Any] = {f"contracts.{facts.id}.renewal": []}
    if life is not None:
        changes[f"accounting.leases.{facts.id}.life"] = f"{life:g}m"
    step, months = facts.terms.every, 0.0
    limit = min(facts.life if life is None else life, LONGEST)
    while months + step <= limit + 1e-9:
        months += step
        try:
            tried = lease_report(revise(deal, {**changes, f"contracts.{facts.id}.term": f"{months:g}m"})).lessee_us
        except DealError:
            return None
        if any(t.passed and t.id.endswith(f"({test})") for t in tried.tests):
            return months
    return None


def highest_cap(x: Structured) -> float | None:
    """Return the highest guarantee of the lessee that keeps its PV test under the mark; None without one. [USD]

    Parameters
    ----------
    x
        A structure with a guarantee of the lessee.
    """
    facts, us = x.report.facts, x.report.lessee_us
    if not facts.guaranteed or not facts.guarantor_is_lessee:
        return None
    deal = x.accounts.result.deal
    bare = lease_report(revise(deal, {f"contracts.{facts.id}.residual_value_guarantee": None})).lessee_us
    mark = facts.accounting.marks.substantially_all
    per_dollar = (us.ratio - bare.ratio) / facts.guaranteed
    return max((mark - bare.ratio) / per_dollar, 0.0) if per_dollar > 0 else None


def returning(x: Structured) -> float:
    """Return the liability that comes back if every renewal outside the term is used, on the day the term ends. [USD]

    Parameters
    ----------
    x
        A structure.
    """
    a = x.accounts
    if not x.report.identification.is_lease:
        return 0.0
    facts, sheets = x.report.facts, a.sheets["IFRS 16"]
    ends = min(t.start + length_of(facts, t, x.report.term) for t in facts.tranches)
    on_the_day = next((s for s in sheets if s.month >= ends - NEAR), sheets[-1])
    return adjusted_debt(sponsor_books(a.result, a.lease), on_the_day, "ifrs", "lease")["renewals"].amount


def _kind(kind: str) -> str:
    return kind.replace("_", "-")


def _months(value: float | None) -> str:
    return "never" if value is None else f"{value / 12:g} years"


def _bn(value: float) -> str:
    text = f"{value / 1e9:,.2f}"
    return text.removeprefix("-") if not float(text.replace(",", "")) else text
