"""Bad input is refused with the numbers, the paragraph and a way out."""

from __future__ import annotations

import pytest

from ringfence.accounting.borrowing_costs import Borrowing, Expenditure
from ringfence.accounting.classification import LeaseFacts
from ringfence.accounting.hedge import cash_flow_hedge
from ringfence.accounting.lease_term import RenewalOption, TerminationOption, lease_term
from ringfence.accounting.lessee import LesseeLease, measure_lessee
from ringfence.accounting.modification import Change
from ringfence.accounting.payments import Payment, level
from ringfence.accounting.rates import Rate, effective, implicit_rate, solve_rate
from ringfence.accounting.residual_guarantee import Known, guarantee_amounts
from ringfence.accounting.sale_leaseback import sale_and_leaseback
from ringfence.errors import DealError

FIVE = level(100, 5, timing="arrears")
CASES = {
    "payment before commencement": (lambda: Payment(-1, 5), "lease-dates", "prepayment"),
    "payment after the term": (lambda: LesseeLease(FIVE, effective(0.05), 48), "lease-dates", "month 60"),
    "negative payment": (lambda: Payment(1, -5), "lease-amounts", "incentive"),
    "negative residual": (
        lambda: implicit_rate(FIVE, fair_value=400, residual=-1, term=60),
        "residual",
        "0 or more",
    ),
    "unsolvable rate": (lambda: solve_rate(FIVE, -100), "rate-unsolvable", "no single rate"),
    "rate below -100%": (lambda: Rate(-1.5), "discount-rate", "-150"),
    "overlapping renewal": (
        lambda: lease_term(60, [RenewalOption(12, True, starts=48)]),
        "lease-options",
        "overlaps the term before it, which ends in month 60",
    ),
    "renewal after a gap": (lambda: lease_term(60, [RenewalOption(12, True, starts=72)]), "lease-options", "gap"),
    "end outside the term": (lambda: lease_term(60, (), [TerminationOption(72)]), "lease-options", "month 72"),
    "index with a rate": (lambda: Change(12, FIVE, "index", effective(0.05)), "change", "keeps the rate"),
    "reassessment without a rate": (lambda: Change(12, FIVE, "term"), "change", "states no rate"),
    "changes out of order": (
        lambda: measure_lessee(
            LesseeLease(FIVE, effective(0.05), 60, changes=(Change(24, FIVE, "index"), Change(12, FIVE, "index")))
        ),
        "lease-dates",
        "in order",
    ),
    "change outside the lease": (
        lambda: measure_lessee(LesseeLease(FIVE, effective(0.05), 60, changes=(Change(-3, FIVE, "index"),))),
        "lease-dates",
        "commences in month 0",
    ),
    "owned without a life": (lambda: LesseeLease(FIVE, effective(0.05), 60, ownership=True), "life", "useful life"),
    "guarantee above its value": (lambda: guarantee_amounts(3.0, Known(4.0), cap=5.0), "residual", "capped"),
    "no fair value": (lambda: LeaseFacts(FIVE, effective(0.05), 60, 0, 72), "residual", "fair value"),
    "no sale price": (
        lambda: sale_and_leaseback("IFRS 16", sale_price=0, fair_value=1, carrying_amount=1, present=1),
        "sale-and-leaseback",
        "sale price",
    ),
    "loan without a rate": (lambda: Borrowing(100), "borrowing-costs", "rate"),
    "money spent after the end": (lambda: Expenditure(100, -1), "borrowing-costs", "-1 months"),
    "hedge of other dates": (lambda: cash_flow_hedge([1.0], [1.0, 2.0]), "hedge", "1 gains"),
}


@pytest.mark.parametrize("what", CASES)
def test_bad_input_is_refused(what):
    """Each refusal names its rule, says both numbers, and holds a finding."""
    build, rule, words = CASES[what]
    with pytest.raises(DealError) as caught:
        build()
    (found,) = caught.value.findings
    assert found.name == rule
    assert words in str(found), str(found)


def test_a_rate_with_two_answers_is_refused():
    """Two rates solve it: both are named, none is chosen."""
    from ringfence.accounting.payments import incentive

    flows = (Payment(12, 230.0), incentive(132.0, 24))
    with pytest.raises(DealError, match="rate-unsolvable"):
        solve_rate(flows, 100.0)
