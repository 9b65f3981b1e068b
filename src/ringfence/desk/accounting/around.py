"""Around the lease on the accounting page: impairment, components, interest during construction, swaps, tax, a sale."""

from __future__ import annotations

from ringfence.accounting.citations import cite
from ringfence.accounting.deal_borrowing_costs import deal_borrowing_costs, qualifying
from ringfence.accounting.hedge import notional_match
from ringfence.accounting.income_statement import year_ends
from ringfence.accounting.loss_of_control import lose_control, worth_of_interest
from ringfence.accounting.sponsor_books import SponsorBooks, Tag, sponsor_books
from ringfence.blocks.sponsor_vehicle import slug_of
from ringfence.desk.accounting.answers import Accounts
from ringfence.desk.accounting.sale import sale_tables
from ringfence.desk.table import Cell, Figure, Rows, Table


def around_tables(a: Accounts) -> list[Table]:
    """Return the tables that the deal's policies ask for; those it does not ask for are left out."""
    books = sponsor_books(a.result, a.lease)
    found = [*_impairment(a, books), *_components(a, books), *_borrowing(a, books), *_swaps(a, books)]
    return [*found, *_tax(a, books), *sale_tables(a, books), *_loss(a, books)]


def _years(books: SponsorBooks) -> list[int]:
    return [books.at(month) for month in year_ends(books)]


def _between(books: SponsorBooks, row: str, at: list[int]) -> list[float]:
    """Sum of a row over each year. [USD]"""
    values, after, found = books.line(row), -1, []
    for k in at:
        found.append(sum(values[after + 1 : k + 1]))
        after = k
    return found


def _impairment(a: Accounts, books: SponsorBooks) -> list[Table]:
    policy = a.lease.facts.accounting
    if policy.impairment_rate is None:
        return []
    fleet, at = a.lease.facts.terms.asset, _years(books)
    balances = (
        ("carrying amount without loss", f"{fleet}.{'components' if fleet in policy.components else 'book'}.closing"),
        ("value in use", f"{fleet}.test.value_in_use"),
        ("fair value less costs", f"{fleet}.test.fair_value"),
        ("flows undiscounted (US step 1)", f"{fleet}.test.undiscounted"),
        ("carrying amount, IFRS", f"{fleet}.ifrs.carrying"),
        ("carrying amount, US", f"{fleet}.us.closing"),
    )
    rows: list[tuple[Cell, ...]] = [(label, *(Figure(books.line(row)[k]) for k in at)) for label, row in balances]
    for label, item in (("loss, IFRS", "ifrs.loss"), ("reversal, IFRS", "ifrs.reversal"), ("loss, US", "us.loss")):
        rows.append((f"{label}, year", *(Figure(x) for x in _between(books, f"{fleet}.{item}", at))))
    rows.append(("indicator at the year end", *(Figure(books.line(f"{fleet}.test.indicator")[k], "flag") for k in at)))
    curve = policy.impairment_curve
    notes = (
        f"Value in use at {policy.impairment_rate:.2%} before tax on this run's cash"
        + (f"; fair value on the resale curve {curve}." if curve else "; no resale curve gives a fair value.")
        + " Losses reach the consolidated column, and the equity method by the sponsor's share.",
        "The sponsor's right of use, and GPUs it keeps, belong to cash-generating units of its own, outside the deal.",
        cite("IAS 36.12", "IAS 36.18", "IAS 36.59", "IAS 36.117", "ASC 360-10-35-17", "ASC 360-10-35-21"),
    )
    labels = tuple(books.labels[k] for k in at)
    return [Table("impairment", f"Impairment of {fleet}, USD m", ("", *labels), tuple(rows), frozenset({6}), notes)]


def _components(a: Accounts, books: SponsorBooks) -> list[Table]:
    found, at = [], _years(books)
    for fleet, parts in a.lease.facts.accounting.components.items():
        rows: list[tuple[Cell, ...]] = [
            (f"{x}, {p.life / 12:g}y", *(Figure(books.line(f"{fleet}.component.{x}.closing")[k]) for k in at))
            for x, p in parts.items()
        ]
        rows.append(("All parts", *(Figure(books.line(f"{fleet}.components.closing")[k]) for k in at)))
        rows.append(("one life", *(Figure(books.line(f"{fleet}.book.closing")[k]) for k in at)))
        heads = ("carrying amount", *(books.labels[k] for k in at))
        title, note = f"Components of {fleet}, USD m", cite("IAS 16.43", "IAS 16.47", "IAS 16.51")
        found.append(Table(f"components:{fleet}", title, heads, tuple(rows), frozenset({len(parts)}), (note,)))
    return found


def _borrowing(a: Accounts, books: SponsorBooks) -> list[Table]:
    named, costs = qualifying(a.result.deal), deal_borrowing_costs(a.result)
    if not costs.total:
        return []
    rows: list[tuple[Cell, ...]] = []
    for silo in books.model.books.of(books.plan.vehicle.vehicle):
        name = f"sponsor.ifrs.vehicle.{slug_of(silo)}"
        spent = sum(books.line(f"{name}.idc_expensed"))
        share = books.line(f"{name}.not_qualifying")[0]
        whole = spent / share if share else sum(costs.by_loan[x] for x in silo.loans)
        if whole:
            rows.append((silo.key, Figure(whole), Figure(whole - spent), Figure(spent)))
    for x, t in costs.tests.items():
        why = named.get(x, "not said to qualify: an expense")
        rows.append((f"{x}: {t.evidence['months to ready']:g} months to ready", None, None, why))
    heads = ("business of the SPV", "interest before conversion", "in the asset", "expensed")
    notes = (
        f"An asset that nobody says qualifies (M1, or accounting.qualifying_assets) capitalises nothing "
        f"({cite('IAS 23.5', 'IAS 23.8', 'ASC 835-20')}). The engine's own books carry it as financing costs.",
    )
    return [Table("borrowing_costs", "Interest during construction, USD m", heads, tuple(rows), notes=notes)]


def _swaps(a: Accounts, books: SponsorBooks) -> list[Table]:
    found, at = [], _years(books)
    named = a.lease.facts.accounting.hedge_accounting
    for x, swap in a.result.deal.of_type("swap").items():
        if f"{x}.value" not in books.run:
            continue
        rows: list[tuple[Cell, ...]] = [
            ("fair value of the swap", *(Figure(books.line(f"{x}.value")[k]) for k in at)),
            ("the same on what is hedged", *(Figure(books.line(f"{x}.hypothetical")[k]) for k in at)),
            ("reserve, IFRS: the lower", *(Figure(books.line(f"{x}.reserve_ifrs")[k]) for k in at)),
            ("reserve, US", *(Figure(books.line(f"{x}.reserve_us")[k]) for k in at)),
        ]
        match = notional_match(books.line(f"{x}.notional"), books.line(f"{x}.hedged"))
        told = (
            f"Designated: {named[x]}."
            if x in named
            else ("Not designated (accounting.hedge_accounting): every change of value is income of the period.")
        )
        notes = (told, match.sentence, cite("IFRS 9.6.4.1", "IFRS 9.6.5.11", "IFRS 9.B6.5.5", "ASC 815-30-35"))
        heads = ("", *(books.labels[k] for k in at))
        found.append(Table(f"hedge:{x}", f"{x}, hedge of {swap.hedges}, USD m", heads, tuple(rows), notes=notes))
    return found


def _tax(a: Accounts, books: SponsorBooks) -> list[Table]:
    rate, at = books.plan.tax_rate, _years(books)
    if rate is None:
        return []
    rows: list[tuple[Cell, ...]] = []
    tags: tuple[tuple[Tag, str], ...] = (("ifrs", "IFRS"), ("us", "US GAAP"))
    for tag, name in tags:
        for line in ("deferred tax asset", "deferred tax liability"):
            values = books.row(tag, "lease", line)
            rows.append((f"{line}, {name}", *(Figure(values[k]) for k in at)))
        taxed = _between(books, f"sponsor.{tag}.lease.income.tax", at)
        rows.append((f"tax of the year, {name}", *(Figure(x) for x in taxed)))
    notes = (
        f"At {rate:.1%}; rent is deducted when paid, so right and liability have no tax base. Both are recognised "
        f"from day one ({cite('IAS 12.15', 'IAS 12.22A', 'ASC 740-10-25')}); a balance sheet may set one off against "
        f"the other ({cite('IAS 12.74')}). Negative tax is saved.",
    )
    heads = ("", *(books.labels[k] for k in at))
    return [Table("deferred_tax", "Deferred tax on the lease, USD m", heads, tuple(rows), frozenset({3}), notes)]


def _loss(a: Accounts, books: SponsorBooks) -> list[Table]:
    """Control lost on each date, where the sponsor holds an interest that would be measured anew."""
    sheets = a.sheets["IFRS 16"]
    if not any(s.interest for s in sheets):
        return []
    rate = a.result.deal.returns.discount_rate
    found = [lose_control(books, s, "ifrs", fair_value=worth_of_interest(books, s.month, rate)) for s in sheets]
    lines = (
        ("interest kept, at fair value", "kept"),
        ("other holders' part, leaves", "others"),
        ("net assets of the SPV, leave", "net_assets"),
        ("OCI turned to income", "reclassified"),
        ("Gain, or loss below nothing", "gain"),
        ("beside it, on showing the lease", "lease"),
    )
    rows: Rows = tuple((label, *(Figure(getattr(x, item)) for x in found)) for label, item in lines)
    notes = (
        "Fair value is estimated: what the sponsor still receives as an owner less what it still pays in, at "
        f"{rate:.1%} (returns.discount_rate). Were it the group's part of the net assets, nothing would be gained: "
        "eliminations reverse exactly.",
        "Under the carrying amount by the equity method, it says that the interest may be impaired "
        f"({cite('IAS 28.40')}).",
        cite("IFRS 10.25", "IFRS 10.B98", "IFRS 10.B99", "ASC 810-10-40-5"),
    )
    heads = ("control lost at the end of", *(s.label for s in sheets))
    title = f"Were control of {a.consolidation.vehicle} had and lost, IFRS, USD m"
    return [Table("loss_of_control", title, heads, rows, frozenset({4}), notes)]
