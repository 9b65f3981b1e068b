"""X1 to X12: each claim beside figures that agree, that disagree, and that are missing."""

from __future__ import annotations

import pytest

from ringfence.accounting.contradictions import CHECKS, Claims, contradictions, warnings
from ringfence.accounting.evidence import RenewalEvidence
from ringfence.accounting.outcome import CONTRADICTED, NOT_ATTESTED, PASS

RESTS = {"triple net": True, "remarketing": True, "operator": True, "refinancing": True}
SOME = {**RESTS, "refinancing": False}
CHEAP, DEAR = RenewalEvidence(5.0, 0.75), RenewalEvidence(5.0, 0.60)

CASES = [
    ("X1", {"guarantee_recognised": 0, "guaranteed": 335, "expected_residual": 300}, CONTRADICTED, "guarantee of 335"),
    ("X1", {"guarantee_recognised": 0, "guaranteed": 335, "call_probability": 0.51}, CONTRADICTED, "probability 51%"),
    ("X1", {"guarantee_recognised": 0, "guaranteed": 335, "expected_residual": 400, "call_probability": 0.3}, PASS, ""),
    ("X1", {"guarantee_recognised": 35, "guaranteed": 335, "expected_residual": 300}, PASS, ""),
    ("X1", {"guarantee_recognised": 0, "guaranteed": 335}, NOT_ATTESTED, "Not tested"),
    ("X2", {"renewal_certain": False, "renewal": CHEAP}, CONTRADICTED, "cheaper with probability 75%"),
    (
        "X2",
        {"renewal_certain": False, "firm_term": 36, "debt_tenor": 60, "lenders_count_renewals": True},
        CONTRADICTED,
        "debt runs to month 60, the firm term ends in month 36",
    ),
    (
        "X2",
        {"renewal_certain": False, "firm_term": 36, "debt_tenor": 60, "lenders_count_renewals": False, "renewal": DEAR},
        PASS,
        "",
    ),
    ("X2", {"renewal_certain": False, "firm_term": 60, "debt_tenor": 36, "lenders_count_renewals": True}, PASS, ""),
    ("X2", {"renewal_certain": True, "renewal": CHEAP}, PASS, ""),
    ("X2", {"renewal_certain": False}, NOT_ATTESTED, "Not tested"),
    ("X3", {"lives": {"economic": 60, "depreciation": 72}}, CONTRADICTED, "runs 72 months"),
    ("X3", {"lives": {"economic": 60, "depreciation": 60, "lenders": 72}}, CONTRADICTED, "lenders 72 months"),
    ("X3", {"lives": {"economic": 60, "depreciation": 60}}, PASS, ""),
    ("X3", {"lives": {"economic": 60}}, NOT_ATTESTED, "two uses"),
    ("X4", {"no_power": True, "sits_with_sponsor": RESTS}, CONTRADICTED, "all sit with it"),
    ("X4", {"no_power": True, "sits_with_sponsor": SOME}, PASS, ""),
    ("X4", {"no_power": True}, NOT_ATTESTED, "Not tested"),
    ("X4", {"no_power": False, "sits_with_sponsor": RESTS}, PASS, ""),
    ("X5", {"residuals": {"sale": 0.10, "lenders": 0.15}}, CONTRADICTED, "sale 0.1, lenders 0.15"),
    ("X5", {"residuals": {"sale": 0.10, "lenders": 0.10}}, PASS, ""),
    ("X5", {}, NOT_ATTESTED, ""),
    ("X6", {"service": True, "spare_units": 0, "supplier_staff": True}, CONTRADICTED, "no spare capacity"),
    ("X6", {"service": True, "spare_units": 100, "supplier_staff": False}, CONTRADICTED, "no staff"),
    ("X6", {"service": True, "spare_units": 100, "supplier_staff": True}, PASS, ""),
    ("X6", {"service": True}, NOT_ATTESTED, ""),
    ("X6", {"spare_units": 0}, PASS, ""),
    ("X7", {"non_recourse": True, "coverage": 1.2}, CONTRADICTED, "1.20 times"),
    ("X7", {"non_recourse": True, "coverage": 0.7}, PASS, "70%"),
    ("X7", {"non_recourse": True, "coverage": 0.4, "coverage_at_peak": 1.1}, CONTRADICTED, "1.10 times"),
    ("X7", {"non_recourse": True}, NOT_ATTESTED, ""),
    ("X7", {"non_recourse": False, "coverage": 1.2}, PASS, ""),
    ("X8", {"borrowing_rate": 0.09, "debt_rate": 0.08}, CONTRADICTED, "9.00%"),
    ("X8", {"borrowing_rate": 0.09, "debt_rate": 0.08, "rate_margin": 0.01}, PASS, ""),
    ("X8", {"borrowing_rate": 0.065, "debt_rate": 0.08}, PASS, ""),
    ("X8", {"debt_rate": 0.08}, NOT_ATTESTED, ""),
    ("X9", {"fair_value": 5500, "capitalised_cost": 5610}, CONTRADICTED, "5,500"),
    ("X9", {"fair_value": 5610, "capitalised_cost": 5610}, PASS, ""),
    ("X9", {"fair_value": 5610}, NOT_ATTESTED, ""),
    ("X10", {"consolidators": (), "powerful": "servicer"}, CONTRADICTED, "servicer has most of the power"),
    ("X10", {"consolidators": ()}, CONTRADICTED, "nobody is known"),
    ("X10", {"consolidators": ("sponsor",)}, PASS, ""),
    ("X10", {}, NOT_ATTESTED, ""),
    ("X11", {"equity_ratio": 0.099}, CONTRADICTED, "9.9%"),
    ("X11", {"equity_ratio": 0.10}, PASS, "proves nothing"),
    ("X11", {}, NOT_ATTESTED, ""),
    ("X12", {"business_exception": True, "single_lessee": True}, CONTRADICTED, "single lessee"),
    ("X12", {"business_exception": True, "single_lessee": False}, PASS, ""),
    ("X12", {"business_exception": True}, NOT_ATTESTED, ""),
    ("X12", {"single_lessee": True}, PASS, ""),
]


@pytest.mark.parametrize(("id", "claims", "outcome", "words"), CASES)
def test_each_contradiction(id, claims, outcome, words):
    """Section 12: contradicted with both numbers, fine where they agree, untested where one is missing."""
    got = {t.id: t for t in contradictions(Claims(**claims))}[id]
    assert got.outcome is outcome
    assert words in got.sentence


def test_all_twelve_always_run():
    """Nothing claimed and nothing known still answers twelve tests, and warns of none."""
    tests = contradictions(Claims())
    assert [t.id for t in tests] == [f"X{k}" for k in range(1, 13)]
    assert len(CHECKS) == 12
    assert not warnings(tests)


def test_contradictions_warn_and_never_stop():
    """A contradiction is a warning with its paragraph and the way out."""
    found = warnings(contradictions(Claims(equity_ratio=0.05)))
    assert [f.level for f in found] == ["warning"]
    assert "ASC 810-10-25-45 [verify]" in found[0].rule
    assert found[0].fix
