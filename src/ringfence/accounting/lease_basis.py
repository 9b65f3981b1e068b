"""What tests and measurements of a deal's lease are based on: term, payments of that term, implicit rate."""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil

from ringfence.accounting.citations import cite
from ringfence.accounting.classification import LeaseFacts
from ringfence.accounting.lease_facts import DealLease, TrancheFacts
from ringfence.accounting.lease_term import LeaseTerm, RenewalOption, TerminationOption, lease_term
from ringfence.accounting.lessor import LessorLease, measure_lessor
from ringfence.accounting.payments import Payment, Payments
from ringfence.accounting.rates import Rate, Solved, implicit_rate
from ringfence.accounting.refusals import refused
from ringfence.accounting.residual_guarantee import GuaranteeAmounts, Known, Lognormal, guarantee_amounts
from ringfence.accounting.schedule import NEAR
from ringfence.terms.contract.lease import Termination

Answers = Mapping[str, bool | None]


def term_of(facts: DealLease, given: Answers) -> LeaseTerm:
    """Return the lease term: firm, and the options that are reasonably certain."""
    renewals = [RenewalOption(r.term, True if r.certain else given.get("L6")) for r in facts.terms.renewal]
    ending = [TerminationOption(t.after, t.by, given.get("L10"), _fee(facts, t)) for t in facts.terms.termination]
    firm = max(t.term for t in facts.tranches)
    mark = facts.accounting.marks.reasonably_certain
    return lease_term(firm, renewals, ending, mark=mark, where=facts.places[:1])


def _fee(facts: DealLease, t: Termination) -> float:
    """What a right to end early costs: an amount, or months of the rent of that day, over all tranches. [USD]"""
    if t.fee is not None or t.fee_months is None:
        return t.fee or 0.0
    latest = [[p.amount for p in x.payments if p.month <= t.after + NEAR][-1:] for x in facts.tranches]
    return t.fee_months * sum(sum(x) for x in latest) / facts.terms.every


def option_certain(facts: DealLease, given: Answers) -> bool | None:
    """Return whether a purchase option is reasonably certain to be used; False without one, None if not attested."""
    option = facts.terms.purchase_option
    if option is None:
        return False
    return given.get("L7")


def payments_of(facts: DealLease, tranche: TrancheFacts, term: LeaseTerm) -> Payments:
    """Payments of the lease term: those of the firm term, cut or extended by the options that count."""
    longest = max(t.term for t in facts.tranches)
    if term.months < longest - NEAR:
        end = max(tranche.term - (longest - term.months), 0.0)
        kept = [
            p for p in tranche.payments if p.month < end - NEAR or (p.month <= end + NEAR and p.timing == "arrears")
        ]
        fee = term.penalty * tranche.hardware / facts.hardware
        return (*kept, Payment(end, fee, "arrears", "penalty")) if fee else tuple(kept)
    end, extended = tranche.term, list(tranche.payments)
    for renewal, rents in zip(facts.terms.renewal[: renewals_in(facts, term)], tranche.renewals, strict=False):
        end += renewal.term
        extended += [p if p.month <= end else Payment(end, p.amount, p.timing) for p in rents]
    return tuple(extended)


def renewals_in(facts: DealLease, term: LeaseTerm) -> int:
    """Return how many renewals the lease term holds."""
    left, found = term.months - max(t.term for t in facts.tranches), 0
    for renewal in facts.terms.renewal:
        if left <= NEAR:
            break
        left, found = left - renewal.term, found + 1
    return found


def strikes(facts: DealLease, tranche: TrancheFacts, term: LeaseTerm, given: Answers) -> Payments:
    """Return the price of a purchase option that is reasonably certain to be used; at market it has no price yet."""
    option, price = facts.terms.purchase_option, strike_share(facts, given)
    if option is None or not price:
        return ()
    end = length_of(facts, tranche, term)
    at = end if option.at is None else min(option.at, end)
    return (Payment(at, price * tranche.hardware, "advance", "purchase"),)


def strike_share(facts: DealLease, given: Answers) -> float | None:
    """Return the fixed price of a purchase that is reasonably certain, share of the hardware price. [ratio]"""
    option = facts.terms.purchase_option
    if option is None or not given.get("L7") or not isinstance(option.price, float):
        return None
    firm = max(t.term for t in facts.tranches)
    if option.at is not None and option.at < firm - NEAR:
        raise refused(
            "lease-options",
            f"a purchase in month {option.at:g} is attested to be reasonably certain (L7), but rent is paid to month "
            f"{firm:g}.",
            paragraph=cite("IFRS 16.27(d)"),
            where=facts.places[:1],
            fix=f"agree on a term of {option.at:g}m, or date the option at the end",
        )
    return option.price if option.price <= 1 else option.price / facts.hardware


def length_of(facts: DealLease, tranche: TrancheFacts, term: LeaseTerm) -> float:
    """Return the lease term of a tranche. [month]"""
    return tranche.term + term.months - max(t.term for t in facts.tranches)


def implicit_of(facts: DealLease, term: LeaseTerm) -> Solved:
    """Return the rate implicit in the lease, over all tranches."""
    flows: list[Payment] = []
    for t in facts.tranches:
        flows += payments_of(facts, t, term)
        worth = t.hardware * facts.recovered_share
        if worth:
            flows.append(Payment(length_of(facts, t, term), worth, "arrears", "residual"))
    return implicit_rate(
        flows,
        fair_value=facts.fair_value,
        residual=0.0,
        term=term.months,
        initial_direct_costs=facts.policy.lessor_direct_costs,
        like=facts.borrowing,
    )


def tests_read(
    facts: DealLease,
    tranches: tuple[TrancheFacts, ...],
    term: LeaseTerm,
    rate: Rate,
    given: Answers,
) -> LeaseFacts:
    """Return what the classification tests of some tranches read."""
    hardware = sum(t.hardware for t in tranches)
    share = 0.0 if facts.terms.residual_value_guarantee is None else facts.terms.residual_value_guarantee.share
    own = facts.guarantor_is_lessee
    payments = [p for t in tranches for p in (*payments_of(facts, t, term), *strikes(facts, t, term, given))]
    length = max(length_of(facts, t, term) for t in tranches)
    return LeaseFacts(
        payments=tuple(payments),
        rate=rate,
        term=length,
        fair_value=sum(t.fair_value for t in tranches),
        life=min(facts.life - t.age for t in tranches),
        total_life=facts.life,
        transfers_ownership=False,
        option_certain=option_certain(facts, given),
        no_alternative_use=given.get("L8"),
        lessee_guarantee=share * hardware if own else 0.0,
        third_party_guarantee=0.0 if own else share * hardware,
        pooled=facts.policy.guarantee_pooled,
        variable=facts.policy.variable_payments or _by_use(facts),
    )


def _by_use(facts: DealLease) -> bool:
    """Whether part of the rent depends on use."""
    return facts.terms.usage is not None and facts.terms.usage.take_or_pay < 1.0


def day_one_loss(facts: DealLease, read: LeaseFacts) -> float:
    """Return the selling loss the lessor would book on day one if the lease were sales-type (842-10-25-3A). [USD]"""
    lease = LessorLease(
        read.payments,
        read.rate,
        read.term,
        "sales_type",
        read.fair_value,
        facts.hardware,
        0.0 if facts.bought is not None else facts.residual,
        0.0 if facts.bought is not None else facts.guaranteed,
        facts.policy.lessor_direct_costs,
    )
    return max(-measure_lessor(lease).profit, 0.0)


def age_at_end(facts: DealLease, term: LeaseTerm) -> float:
    """Return the time from the start of a lease to the end of its term in the accounts. [month]"""
    return facts.terms.term + term.months - max(t.term for t in facts.tranches)


def guarantee_of(facts: DealLease, term: LeaseTerm) -> GuaranteeAmounts | None:
    """Return the four amounts of the residual value guarantee, or None without one."""
    if not facts.guaranteed:
        return None
    years = age_at_end(facts, term) / 12.0
    spread = facts.policy.residual_volatility
    value = Lognormal(facts.residual, spread, years) if spread and facts.residual > 0 else Known(facts.residual)
    return guarantee_amounts(facts.guaranteed, value, mark=facts.accounting.marks.probable)


def reporting_dates(facts: DealLease, term: LeaseTerm) -> tuple[float, ...]:
    """Return each anniversary of close until the last tranche ends. [month]"""
    last = max(t.start + length_of(facts, t, term) for t in facts.tranches)
    return tuple(12.0 * (k + 1) for k in range(ceil((last - NEAR) / 12.0)))


def notes_of(facts: DealLease, term: LeaseTerm) -> tuple[str, ...]:
    """Return what was assumed, in words."""
    notes = [
        f"Discounted at {facts.borrowing}, the "
        + ("rate stated for the lease." if facts.policy.ibr is not None else "sponsor's own borrowing rate."),
        "Each delivery is a lease of its own; day-one figures are those of each commencement, added up.",
        "Payments are dated by month as the contract has them; rows on a coarser grid date them at period ends.",
        f"Fair value is {'as stated' if facts.policy.fair_value is not None else 'the hardware price'}; "
        f"economic life {facts.life:g} months.",
    ]
    if facts.terms.index is not None:
        notes.append(f"Rent on an index is measured at the index of commencement ({cite('IFRS 16.27(b)')}).")
    if any(r.rent == "market" for r in facts.terms.renewal[: renewals_in(facts, term)]):
        notes.append("A renewal at the market's rent is in the term, measured at the rent of the firm term.")
    if facts.terms.usage is not None:
        notes.append(
            f"Rent by use: {facts.terms.usage.take_or_pay:.0%} is take-or-pay and measured, the rest is expensed as "
            f"it falls due ({cite('IFRS 16.38(b)', 'ASC 842-20-25-5')})."
        )
    if facts.owns:
        notes.append(
            "A purchase is reasonably certain: its price is measured, and the right is amortised over the economic "
            f"life ({cite('IFRS 16.27(d)', 'IFRS 16.32', 'ASC 842-20-35-8')}). The deal's cash does not use the option."
        )
    if facts.fleet.sale is None and facts.policy.residual is None:
        notes.append("No residual value is stated: it is taken as nothing.")
    return tuple(notes)
