"""More lessees, each worked out apart in forty digits from the paragraph's own formula: a name, a paragraph, 0.01.

None repeats the numbers of a reference case. A case is what is measured, as public functions take it, and what comes.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.accounting.cases import near

from ringfence.accounting.deferred_tax import deferred_tax
from ringfence.accounting.lessee import LesseeLease, measure_lessee
from ringfence.accounting.modification import Change
from ringfence.accounting.payments import Payment, allocate, escalating, indexed, level, stepped
from ringfence.accounting.rates import effective, nominal

CENT = 0.01
FIRST = {
    "quarterly in arrears, nominal/4, costs, incentive, restoration, prepayment: IFRS 16.24, 16.26": (
        LesseeLease(
            level(125_000, 28, timing="arrears", every=3),
            nominal(0.06, 4),
            84,
            initial_direct_costs=18_000,
            incentives=40_000,
            restoration=55_000,
            prepaid=25_000,
        ),
        [2_840_839.588747, 2_898_839.588747, 162_961.082047, 2_503_800.670793],
    ),
    "monthly in advance, effective: ASC 842-20-30-1": (
        LesseeLease(level(9_500, 48, timing="advance", every=1), effective(0.0725), 48, framework="ASC 842"),
        [389_390.451395, 398_890.451395, 24_490.551264, 309_381.00266],
    ),
    "rising rent and an amount expected under a guarantee: IFRS 16.27(a), (c)": (
        LesseeLease(
            (*level(80_000, 7, timing="advance", growth=0.025), Payment(84, 30_000, kind="guarantee")),
            effective(0.08),
            84,
        ),
        [418_852.118592, 498_852.118592, 33_508.169487, 452_360.288079],
    ),
}


@pytest.mark.parametrize("name", FIRST)
def test_first_measurement(name):
    """Liability after the first day's payment, right of use, first year's interest, liability of the first year end."""
    lease, wanted = FIRST[name]
    m = measure_lessee(lease)
    near([m.liability, m.rou, m.interest[0], m.year_ends[0]], wanted, CENT, name)


ADVANCE_8 = LesseeLease(
    level(60_000, 8, timing="advance"), effective(0.06), 96, initial_direct_costs=12_000, incentives=8_000
)
ARREARS_5 = LesseeLease(level(100, 5, timing="arrears"), effective(0.05), 60)
ARREARS_9 = LesseeLease(level(90_000, 9, timing="arrears"), effective(0.05), 108)
ARREARS_12 = LesseeLease(level(72_000, 12, timing="arrears"), effective(0.055), 144)
EXTENDED = (*level(60_000, 3, timing="advance", start=60), *level(66_000, 4, timing="advance", start=96))
THREE = dict(timing="arrears", start=48)
CUT = Change(48, level(97_000, 3, **THREE), "modification", effective(0.06), term=84, shortened=True)
US_9 = replace(ARREARS_9, framework="ASC 842", operating=True)

#: Lease, change, and: before, right before, given up of the liability and of the right, adjustment, after, gain.
CHANGES = {
    "extension becomes certain: IFRS 16.40(a), 16.41": (
        ADVANCE_8,
        Change(60, EXTENDED, "term", effective(0.075), term=144),
        [170_003.559986, 149_603.582395, 0, 0, 189_016.912742, 359_020.472728, 0],
    ),
    "floating rate resets the cash: IFRS 16.43": (
        ARREARS_5,
        Change(24, level(112, 3, timing="arrears", start=24), "floating", effective(0.065)),
        [272.324803, 259.7686, 0, 0, 24.304454, 296.629257, 0],
    ),
    "more expected under a guarantee, rate unchanged: IFRS 16.42(a), 16.43": (
        LesseeLease((*level(100, 5, timing="arrears"), Payment(60, 20, kind="guarantee")), effective(0.05), 60),
        Change(36, (*level(100, 2, timing="arrears", start=36), Payment(60, 35, kind="guarantee")), "guarantee"),
        [204.081633, 179.447276, 0, 0, 13.605442, 217.687075, 0],
    ),
    "less space: IFRS 16.45, 16.46(a)": (
        ARREARS_12,
        Change(84, level(45_000, 5, timing="arrears", start=84), "modification", effective(0.0625), kept=0.6),
        [307_460.482245, 258_555.535462, 122_984.192898, 103_422.214185, 3_797.825582, 188_274.114928, 19_561.978713],
    ),
    "shorter at another rent, what had been agreed is given up: IFRS 16.46(a)": (
        ARREARS_9,
        CUT,
        [389_652.900357, 355_391.083782, 144_560.577713, 142_156.433513, 14_189.836454, 259_282.159098, 2_404.144201],
    ),
    "shorter and less space at once: IFRS 16.46(a)": (
        ARREARS_9,
        replace(CUT, payments=level(50_000, 3, **THREE), kept=0.5),
        [389_652.900357, 355_391.083782, 267_106.739035, 248_773.758648, 11_104.436151, 133_650.597473, 18_332.980388],
    ),
    "shorter under US GAAP, the right moves alike and nothing is gained: ASC 842-10-25-12": (
        US_9,
        CUT,
        [389_652.900357, 389_652.900357, 0, 0, -130_370.741259, 259_282.159098, 0],
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_changes(name):
    """Liability and right before, what is given up, the adjustment, the liability after, the gain."""
    lease, change, wanted = CHANGES[name]
    (r,) = measure_lessee(replace(lease, changes=(change,))).remeasurements
    got = [r.before, r.rou_before, r.forgone, r.surrendered, r.adjustment, r.liability, r.gain]
    near(got, wanted, CENT, name)


def test_ifrs_16_ie18():
    """IFRS 16 IE18 (recalled, recomputed), IFRS 16.46: more space, shorter term; gain 6,733, tolerance 1."""
    lease = LesseeLease(level(100_000, 10, timing="arrears"), effective(0.06), 120)
    later = level(150_000, 3, timing="arrears", start=60)
    change = Change(60, later, "modification", effective(0.07), term=96, shortened=True)
    (r,) = measure_lessee(replace(lease, changes=(change,))).remeasurements
    near([r.before, r.rou_before, r.forgone, r.surrendered], [421_236, 368_004, 153_935, 147_202], 1.0, "before")
    near([r.gain, r.liability], [6_733, 393_647], 1.0, "gain and liability")


def test_two_resets_of_an_index():
    """IFRS 16.42(b), 16.43, tolerance 0.01: index 200, 214 after three years, 219.35 after five; the rate stays."""
    payments = level(40_000, 8, timing="advance")
    third = indexed(payments, 214 / 200, since=36)
    fifth = indexed(third, 219.35 / 214, since=60)
    changes = (Change(36, third, "index"), Change(60, fifth, "index"))
    m = measure_lessee(LesseeLease(payments, effective(0.045), 96, changes=changes))
    a, b = m.remeasurements
    near([m.liability, m.rou], [235_708.037616, 275_708.037616], CENT, "day one")
    near([a.before, a.adjustment, a.rou], [183_501.027917, 12_845.071954, 185_162.595464], CENT, "third year")
    near([b.before, b.adjustment, b.rou], [122_950.179712, 3_073.754493, 114_171.311771], CENT, "fifth year")


def test_extension_is_amortised_over_the_new_term():
    """IFRS 16.31, 16.40(a), tolerance 0.01: seven years are left once the extension counts."""
    lease, change, _ = CHANGES["extension becomes certain: IFRS 16.40(a), 16.41"]
    m = measure_lessee(replace(lease, changes=(change,)))
    near(m.remeasurements[0].rou, 338_620.495134, CENT, "right")
    near(m.amortisation[5:], [48_374.356448] * 7, CENT, "amortisation")


def test_us_operating_lease_with_rising_rent():
    """ASC 842-20-25-6, 35-3, tolerance 0.01: level cost with costs and incentive in it, the right is what is left."""
    lease = LesseeLease(
        level(200_000, 5, timing="advance", growth=0.04),
        effective(0.05),
        60,
        "ASC 842",
        operating=True,
        initial_direct_costs=9_000,
        incentives=15_000,
    )
    m = measure_lessee(lease)
    near([m.liability, m.rou], [781_132.924656, 975_132.924656], CENT, "day one")
    near(m.expense, [215_452.9024] * 5, CENT, "cost")
    near([m.year_ends[0], m.amortisation[0]], [820_189.570889, 176_396.256167], CENT, "first year")


def test_us_operating_lease_after_an_impairment():
    """ASC 842-20-35-9 to 35-11, tolerance 0.01: the right is straight line, the cost falls with the interest."""
    lease = LesseeLease(
        level(30_000, 10, timing="arrears"),
        effective(0.06),
        120,
        "ASC 842",
        operating=True,
        impairments=((48, 40_000),),
    )
    m = measure_lessee(lease)
    near([m.year_ends[3], m.rou_year_ends[3]], [147_519.72978, 107_519.72978], CENT, "fourth year end")
    near(m.amortisation[4:], [17_919.954963] * 6, CENT, "amortisation")
    cost = m.schedule.yearly("cost")
    near([cost[3], cost[4], cost[5]], [30_000, 26_771.13875, 25_502.209777], CENT, "cost")


def test_components_by_stand_alone_price():
    """IFRS 16.13-16, ASC 842-10-15-33, tolerance 0.01: three components share a discount."""
    shares = allocate(900_000, {"lease": 640, "power": 250, "operation": 110})
    near([shares["lease"], shares["power"], shares["operation"]], [576_000, 225_000, 99_000], CENT)


def test_rent_that_steps_up_each_year():
    """IFRS 16.27(a): monthly rent with a yearly escalator is twelve equal payments a year."""
    steps = escalating(1_000, 36, timing="advance", every=1, rate=0.03)
    by_hand = stepped([1_000.0] * 12 + [1_030.0] * 12 + [1_060.9] * 12, timing="advance", every=1)
    near([p.amount for p in steps], [p.amount for p in by_hand], 1e-9)
    assert [p.month for p in steps] == [p.month for p in by_hand]


def test_deferred_tax_with_rent_in_advance():
    """IAS 12.22A, 24, tolerance 0.01: differences are equal but for direct costs, at 30 %."""
    m = measure_lessee(LesseeLease(level(20_000, 6, timing="advance"), effective(0.07), 72, initial_direct_costs=6_000))
    got = deferred_tax(m, 0.30)
    near([got.asset[0], got.liability[0]], [24_601.184616, 32_401.184616], CENT, "day one")
    near([got.asset[1], got.liability[1], got.net[1]], [26_323.267539, 27_000.98718, -677.719641], CENT, "year 1")
