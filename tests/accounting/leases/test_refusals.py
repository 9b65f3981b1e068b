"""Bad input is refused with the numbers, the paragraph and a way out."""

from __future__ import annotations

import pytest

from ringfence.accounting.borrowing_costs import Borrowing, Expenditure, Placement, specific_costs
from ringfence.accounting.classification import LeaseFacts, Marks, variance_borne
from ringfence.accounting.control_first import control_before_commencement
from ringfence.accounting.deferred_tax import unremitted_profit
from ringfence.accounting.expected_losses import Tier, expected_variability, pour
from ringfence.accounting.hedge import cash_flow_hedge
from ringfence.accounting.impairment import Component, UnitAsset, depreciate
from ringfence.accounting.lease_term import RenewalOption, TerminationOption, lease_term, short_term
from ringfence.accounting.lessee import LesseeLease, measure_lessee, rate_for
from ringfence.accounting.lessor import LessorLease, rent_for
from ringfence.accounting.lessor_losses import loss_allowance
from ringfence.accounting.modification import Change
from ringfence.accounting.payments import Payment, incentive, level, option, take_or_pay
from ringfence.accounting.rates import Rate, effective, implicit_rate, solve_rate
from ringfence.accounting.residual_guarantee import Known, guarantee_amounts
from ringfence.accounting.sale_leaseback import sale_and_leaseback
from ringfence.errors import DealError

NAN = float("nan")
FIVE = level(100, 5, timing="arrears")
LATER = level(100, 6, timing="arrears", start=24)
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
    "amount that is no number": (lambda: Payment(12, NAN), "lease-amounts", "amount is nan"),
    "incentive that is paid": (lambda: incentive(-5, 12), "lease-amounts", "incentive is -5"),
    "timing misspelt": (lambda: Payment(12, 5, "beginning"), "word", "advance, arrears"),
    "no rental periods": (lambda: level(100, 0, timing="arrears"), "lease-dates", "0 rental periods"),
    "periods that are no number": (
        lambda: level(100, float("nan"), timing="arrears"),
        "lease-dates",
        "nan rental periods",
    ),
    "rental period of nothing": (lambda: level(100, 3, timing="arrears", every=0), "lease-dates", "0 months"),
    "take-or-pay above all": (lambda: take_or_pay(100, 1.5, 3, timing="arrears"), "share", "1.5"),
    "convention misspelt": (lambda: Rate(0.05, "annual"), "word", "effective, nominal"),
    "framework misspelt": (lambda: LesseeLease(FIVE, effective(0.05), 60, "IFRS16"), "word", "IFRS 16, ASC 842"),
    "purchase without ownership": (
        lambda: LesseeLease((*FIVE, option(50, 60)), effective(0.05), 60),
        "life",
        "will not own the asset",
    ),
    "purchase after the term": (
        lambda: LesseeLease((*FIVE, option(50, 72)), effective(0.05), 60, ownership=True, life=120),
        "lease-dates",
        "month 72",
    ),
    "impairment above the right": (
        lambda: measure_lessee(LesseeLease(FIVE, effective(0.05), 60, impairments=((24, 5_000),))),
        "lease-amounts",
        "5,000.00 in month 24",
    ),
    "impairment outside the lease": (
        lambda: LesseeLease(FIVE, effective(0.05), 60, impairments=((90, 5),)),
        "lease-dates",
        "month 90",
    ),
    "incentive above the right": (
        lambda: measure_lessee(LesseeLease(FIVE, effective(0.05), 60, incentives=1_000)),
        "lease-amounts",
        "more than the right of use costs",
    ),
    "change after the end": (
        lambda: LesseeLease(FIVE, effective(0.05), 60, changes=(Change(72, FIVE, "index"),)),
        "lease-dates",
        "ends in month 60",
    ),
    "payments beyond the changed term": (
        lambda: LesseeLease(FIVE, effective(0.05), 60, changes=(Change(24, LATER, "term", effective(0.05)),)),
        "lease-dates",
        "state the term of the changed lease",
    ),
    "shortened to a later end": (
        lambda: LesseeLease(
            FIVE,
            effective(0.05),
            60,
            changes=(Change(24, LATER, "modification", effective(0.05), term=96, shortened=True),),
        ),
        "change",
        "from month 60 to month 96",
    ),
    "index that moves the end": (lambda: Change(24, FIVE, "index", term=48), "change", "moves the end"),
    "liability given up, right kept": (
        lambda: Change(24, FIVE, "modification", effective(0.05), liability_kept=0.5),
        "change",
        "all of the right",
    ),
    "two amounts for a rate": (
        lambda: rate_for(LesseeLease(FIVE, effective(0.05), 60), liability=400, present_value=300),
        "rate-unsolvable",
        "both are given",
    ),
    "tax credit above fair value": (
        lambda: implicit_rate(FIVE, fair_value=100, residual=0, term=60, tax_credit=200),
        "residual",
        "tax credit 200.00",
    ),
    "rent after the term of the test": (
        lambda: LeaseFacts(FIVE, effective(0.05), 48, 400, 72),
        "lease-dates",
        "month 60",
    ),
    "life longer when old": (
        lambda: LeaseFacts(FIVE, effective(0.05), 60, 400, 72, total_life=60),
        "life",
        "of an economic life of 60 months 72 are left",
    ),
    "mark in per cent": (lambda: Marks(major_part=75), "share", "major part is 75"),
    "lessor's kind misspelt": (
        lambda: LessorLease(FIVE, effective(0.05), 60, "sales-type", 400, 400),
        "word",
        "sales_type",
    ),
    "residual above the price": (
        lambda: rent_for(100, 5, rate=effective(0.05), timing="advance", residual=500),
        "residual",
        "no rent would be due",
    ),
    "default more than certain": (lambda: loss_allowance([100, 100], [0.6, 0.6], 0.5, effective(0.05)), "share", "1.2"),
    "penalty received": (
        lambda: lease_term(60, (), [TerminationOption(24, penalty=-5)]),
        "lease-amounts",
        "penalty is -5",
    ),
    "renewal without a length": (lambda: lease_term(60, [RenewalOption(NAN, True)]), "life", "nan"),
    "short term of nothing": (
        lambda: short_term(0, framework="IFRS 16", purchase_option=False),
        "life",
        "the term is 0 months",
    ),
    "residual that is no number": (lambda: Known(NAN), "residual", "nan"),
    "sale under another name": (
        lambda: sale_and_leaseback("US GAAP", sale_price=1, fair_value=1, carrying_amount=1, present=1),
        "word",
        "IFRS 16, ASC 842",
    ),
    "payments and their value": (
        lambda: sale_and_leaseback(
            "IFRS 16", sale_price=9, fair_value=9, carrying_amount=5, present=4, payments=FIVE, rate=effective(0.05)
        ),
        "sale-and-leaseback",
        "payments and a present value",
    ),
    "unknown trigger": (lambda: control_before_commencement({"titel": True}), "word", "title, orders"),
    "placed longer than borrowed": (
        lambda: specific_costs(Borrowing(100, 0.05), 3, [Placement(50, 0.02, 9)]),
        "borrowing-costs",
        "9 months",
    ),
    "loan that pays its borrower": (lambda: Borrowing(100, -0.05), "borrowing-costs", "rate is -0.05"),
    "ages that fall": (lambda: depreciate([Component("chips", 100, 60)], [24, 12]), "life", "rising"),
    "floor below nothing": (lambda: UnitAsset(10, -20), "residual", "floor is -20"),
    "hedge that ends nowhere": (lambda: cash_flow_hedge([1.0], [-1.0], discontinued=3), "hedge", "date number 3"),
    "more released than held": (
        lambda: cash_flow_hedge([1.0, 2.0], [-1.0, -2.0], discontinued=1, release=[2.0]),
        "share",
        "2",
    ),
    "tax rate in per cent": (
        lambda: unremitted_profit(9, 21, controls_reversal=False, expected=True),
        "discount-rate",
        "2100",
    ),
    "times that do not pair": (
        lambda: expected_variability([[1, 2], [3, 4]], [0.5, 0.5], rate=0.05, years=[1]),
        "sample",
        "2 cash flows stand against 1 times",
    ),
    "probabilities that do not pair": (
        lambda: expected_variability([1, 2, 3], [0.5, 0.5], rate=0.05),
        "probabilities",
        "2 probabilities for 3 paths",
    ),
    "losses below nothing": (lambda: pour(-5, [Tier({"equity": 1})]), "sample", "amount is -5"),
    "weights above one": (lambda: variance_borne([1, 2], [1, 2], [0.6, 0.6]), "sample", "1.2"),
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
    flows = (Payment(12, 230.0), incentive(132.0, 24))
    with pytest.raises(DealError, match="rate-unsolvable"):
        solve_rate(flows, 100.0)
