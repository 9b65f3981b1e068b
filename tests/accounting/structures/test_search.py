"""The search over structures: flip points of the headline case, every figure reproduced by hand, and its laws."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from tests.cli.conftest import ringfence  # noqa: F401

import ringfence as rf
from ringfence.accounting.lease_report import lease_report
from ringfence.accounting.structure_flips import first_true, term_flips, term_point, usage_flip
from ringfence.accounting.structures import Structure, changes_of, filled, grid, told, value_by_age
from ringfence.desk.accounting.answers import accounts, evidence
from ringfence.desk.accounting.structure_tables import search_csv, search_object, structure_tables
from ringfence.desk.accounting.structures import search, study, usual_structures
from ringfence.errors import DealError, RingfenceError
from ringfence.terms.read import revise

EXAMPLES = Path(__file__).parents[3] / "examples"
HEADLINE = EXAMPLES / "headline-10bn/deal.yaml"
ASKED = {"term": ("36m", "60m"), "renewals": ("fill", "fill:certain"), "guarantee": ("0%", "33.5%")}


@pytest.fixture(scope="module")
def deal():
    """Ten billion of GPUs, five years firm, 8 % debt of 7.5bn, a 6.5 % sponsor."""
    return rf.read(HEADLINE)


@pytest.fixture(scope="module")
def usual(deal):
    """The structures of the headline table, searched."""
    three, five = (36.0, (12.0, 12.0)), (60.0, ())
    return search(
        deal,
        [
            Structure(),
            Structure(*three),
            Structure(*three, certain=True),
            Structure(*three, guarantee=0.335),
            *(Structure(*five, usage=share) for share in (0.0, 0.6, 0.9)),
        ],
    )


def by_label(found):
    """Return studies by label."""
    return {s.label: s for s in found.studies}


def test_the_terms_at_which_the_tests_trip(deal):
    """Facts 16: over 17 quarters at 6.5 % for 90 %, four and a half of six years for 75 %, three of four years."""
    life, value, *_ = term_flips(deal)
    assert (life.month, life.instalments) == (54, 18)
    assert (value.month, value.instalments) == (53, 18)
    before, after = (lease_report(revise(deal, {"contracts.rent.term": f"{m}m"})).lessee_us for m in (52, 53))
    assert before.ratio < 0.90 <= after.ratio
    four = revise(deal, {"accounting.leases.rent.life": "4y"})
    assert term_flips(four)[0].month == 36


@pytest.mark.parametrize(("ibr", "quarters"), [("5.5%", 18), ("8%", 19), ("10%", 19)])
def test_a_dearer_borrower_trips_later(deal, ibr, quarters):
    """The higher the lessee's rate, the longer the term that stays under 90 % of fair value; checked by annuity."""
    flip = term_flips(revise(deal, {"accounting.leases.rent.ibr": ibr}))[1]
    rent, rate = 3 * 194.189191566811e6, float(ibr.rstrip("%")) / 100
    worth = [sum(rent / (1 + rate) ** (k / 4) for k in range(n)) / 10e9 for n in range(30)]
    assert flip.instalments == next(n for n, x in enumerate(worth) if x >= 0.90) == quarters


def test_the_largest_guarantee_that_passes(deal):
    """Facts 16: a cap of at most 3.12bn keeps three years under 90 %; a hair more trips the test."""
    point = term_point(deal, 36.0)
    assert point.ratio == pytest.approx(0.64, abs=0.005) and point.life_share == 0.5
    assert point.highest * 10e9 == pytest.approx(3.12e9, abs=0.005e9)
    by_hand = (0.90 - point.ratio) * 1.065**3
    assert point.highest == pytest.approx(by_hand, abs=1e-6)
    for share, kind in ((point.highest, "operating"), (point.highest + 1e-5, "finance")):
        changes = {
            "contracts.rent.term": "36m",
            "contracts.rent.residual_value_guarantee": {"share": f"{share * 100!r}%"},
        }
        assert lease_report(revise(deal, changes)).lessee_us.kind == kind
    assert term_point(deal, 60.0).highest is None


def test_the_share_of_use_at_which_nothing_leaves(deal, usual):
    """Take-or-pay of 7.5 / 9.49 brings back all the debt; no share takes the relief against buying to nothing."""
    whole = usual.studies[0].split("IFRS 16").liability
    assert usual.usage.nothing_leaves == pytest.approx(7.5e9 / whole, abs=1e-6)
    assert usual.usage.no_relief is None
    assert usual.usage.test_d == pytest.approx(0.90 / usual.studies[0].accounts.lease.ratio_d, abs=1e-6)


def test_what_a_desk_would_try_first(deal):
    """Whole years up to the agreed length, then what can be done with the longest that works, then rent by use."""
    found = usual_structures(deal, accounts(rf.run(deal)))
    assert [told(deal, x) for x in found] == [
        "as agreed", "24m+3x12m", "36m+2x12m", "48m+1x12m", "36m+2x12m sure", "36m+2x12m RVG 31.1%",
        "36m+2x12m RVG 33.5%", "60m use 0%", "60m use 60%", "60m use 90%",
    ]  # fmt: skip


def test_the_headline_structures(usual):
    """Facts 16, A, B, B'', B' and C': liability, share that leaves and classification, to the precision printed."""
    found = by_label(usual)
    for label, owed, leaves, kind in (
        ("as agreed", 9.49, 0.0, "finance"),
        ("36m+2x12m", 5.84, 1.66, "operating"),
        ("36m+2x12m sure", 9.49, 0.0, "finance"),
        ("36m+2x12m RVG 33.5%", 5.84, 1.66, "finance"),
        ("60m use 0%", 0.0, 7.5, "finance"),
        ("60m use 60%", 5.69, 1.81, "finance"),
        ("60m use 90%", 8.54, 0.0, "finance"),
    ):
        s = found[label]
        w = s.split("IFRS 16")
        assert (w.liability / 1e9, w.leaves / 1e9) == pytest.approx((owed, leaves), abs=0.006), label
        assert s.kinds["lessee, ASC 842"] == (kind, kind), label
        assert s.split("ASC 842").leaves == pytest.approx(w.leaves)
    assert found["as agreed"].expected.dscr.value == pytest.approx(1.28, abs=0.005)
    assert found["as agreed"].accounts.sheets["IFRS 16"][0].relief("lease") == pytest.approx(0.51e9, abs=0.005e9)
    assert found["36m+2x12m"].accounts.sheets["IFRS 16"][0].relief("lease") == pytest.approx(4.16e9, abs=0.005e9)


def test_debt_that_needs_renewals_says_so(usual):
    """Three firm years against five of debt: renewals are denied and needed (X2); firm rents alone leave debt."""
    s = by_label(usual)["36m+2x12m"]
    assert s.needs_renewals and s.firm.unpaid > 3e9 and s.expected.unpaid == 0
    assert s.firm.dscr.value == pytest.approx(0, abs=1e-9) and s.expected.dscr.value == pytest.approx(1.277, abs=1e-3)
    assert not by_label(usual)["36m+2x12m sure"].needs_renewals


@pytest.mark.parametrize("label", ["as agreed", "36m+2x12m", "36m+2x12m sure", "36m+2x12m RVG 33.5%", "60m use 60%"])
def test_every_structure_is_the_overlay_run_by_hand(deal, usual, label):
    """Its changes, laid on the deal and run, give the same accounts, cover and return: signed and re-sized."""
    s = by_label(usual)[label]
    result = rf.run(deal, changes=s.changes) if s.changes else rf.run(deal)
    a = accounts(result, evidence(result))
    for framework in ("IFRS 16", "ASC 842"):
        for helped in (False, True):
            assert a.split(framework, helped=helped) == s.split(framework, helped=helped)
    assert result.measures["senior.dscr.min"].value == s.expected.dscr.value
    assert result.measures["equity.irr"].value == s.expected.irr.value
    firm = rf.run(deal, changes=s.firm_changes)
    assert firm.measures["senior.dscr.min"].value == s.firm.dscr.value
    sized = rf.run(revise(deal, s.firm_changes), resize=True)
    assert sized.measures["senior.dscr.min"].value == s.sized_firm.dscr.value


def test_relief_never_rises_with_the_firm_term(deal):
    """The longer the firm term, the more comes back as lease liability and the less leaves."""
    owed = []
    for months in (12, 24, 30, 36, 45, 54, 60):
        variant = revise(deal, changes_of(deal, Structure(float(months), filled(months, 60.0))))
        owed.append(lease_report(variant, dates=[0.0]).ifrs.balance("liability.closing", 0.0))
    assert owed == sorted(owed) and len(set(owed)) == len(owed)


@pytest.mark.parametrize("share", [0.0, 0.1, 0.3, 0.399])
def test_a_guarantee_moves_no_liability_before_it_is_probable(deal, share):
    """ASC 842-10-30-5(f): the value expected at year 3 is 40 %; a guarantee below it adds nothing, one above does."""
    bare = study(deal, Structure(36.0, (12.0, 12.0))).split("ASC 842").liability
    given = Structure(36.0, (12.0, 12.0), guarantee=share)
    report = lease_report(revise(deal, changes_of(deal, given)))
    assert report.us.balance("liability.closing", 0.0) == pytest.approx(bare, rel=1e-12)
    above = lease_report(revise(deal, changes_of(deal, Structure(36.0, (12.0, 12.0), guarantee=0.5))))
    assert above.us.balance("liability.closing", 0.0) == pytest.approx(bare + 1e9 / 1.065**3, rel=1e-9)


def test_the_tables_carry_an_amount_beside_every_claim(usual):
    """One trade-off for both frameworks, where they agree; no slogan; every note that says leaves has its amount."""
    tables = structure_tables(usual)
    assert [t.key for t in tables] == ["structures", "terms", "flips"]
    text = "\n".join(t.text() for t in tables)
    assert "(1 of 2)" not in text and max(map(len, text.splitlines())) <= 112
    assert not any(words in text.lower() for words in ("off balance sheet", "off-balance-sheet"))
    assert "leaves: of the debt as signed, usd 7,500m" in text.lower()
    assert structure_tables(usual, ["ASC 842"])[0].title.count("US GAAP") == 1


def test_machine_readable(usual):
    """JSON has every structure with its changes and both frameworks; CSV a line for each."""
    found = json.loads(json.dumps(search_object(usual), allow_nan=False))
    assert len(found["structures"]) == len(usual.studies)
    first = found["structures"][1]
    assert first["changes"]["contracts.rent.term"] == "36m" and set(first["frameworks"]) == {"IFRS", "US GAAP"}
    assert found["flips"]["take_or_pay"]["no_relief"] is None
    lines = list(csv.DictReader(io.StringIO(search_csv(usual))))
    assert [x["label"] for x in lines] == [s.label for s in usual.studies]
    assert float(lines[0]["frameworks.ifrs.today.liability"]) == pytest.approx(9.49e9, rel=1e-3)


def test_the_grid_is_every_combination(deal):
    """Terms, renewals and guarantees are crossed; words that are none of these are refused with what to write."""
    found = grid(deal, **ASKED)
    assert len(found) == len(set(found)) == 2 * 2 + 1 * 2, "five years leave no renewal to be sure of: tried once"
    assert told(deal, found[0]) == "36m+2x12m" and told(deal, found[3]) == "36m+2x12m sure RVG 33.5%"
    assert [told(deal, x) for x in grid(deal, usage=("60%",))] == ["60m use 60%"]
    for bad in ({"term": ("3x",)}, {"renewals": ("many",)}, {"renewals": ("fill:maybe",)}, {"usage": ("120%",)}):
        with pytest.raises(RingfenceError, match="does not take"):
            grid(deal, **bad)


def test_the_value_at_the_end_follows_the_curve_that_agrees(deal):
    """Sold at 10 % after five years, as the resale curve has it: a three-year lease is sold along that curve."""
    assert value_by_age(deal) == {"assets.gpus.sale.share": None, "assets.gpus.sale.curve": "expected"}
    three = revise(deal, changes_of(deal, Structure(36.0, ())))
    assert lease_report(three).facts.residual_share == pytest.approx(0.4)
    assert value_by_age(rf.read(EXAMPLES / "softbank-10bn/deal.yaml")) == {}


def test_a_contract_that_is_no_lease_is_called_none(deal):
    """Attested to be a service, every structure has no liability, and the table does not classify a lease."""
    service = rf.read(HEADLINE, scenario="c")
    found = search(service, [Structure(36.0, (12.0, 12.0))])
    row = structure_tables(found)[0].rows[0]
    assert row[3] == "no lease" and found.studies[0].split("IFRS 16").leaves == pytest.approx(7.5e9)


def test_a_lease_that_ends_on_a_date_is_refused(deal):
    """A common expiry leaves no firm term to vary: place and way out."""
    dated = revise(deal, {"contracts.rent.expires": "2030-12-31"})
    with pytest.raises(DealError, match="take expires out"):
        term_flips(dated)


def test_bisection_finds_the_first():
    """Whatever the step, the first whole number at which a rising condition holds; None where it never does."""
    for step in range(1, 40):
        assert first_true(lambda n, step=step: n >= step, 1, 39) == step
    assert first_true(lambda n: False, 1, 39) is None


def test_usage_flips_on_the_sheet(deal):
    """A liability that is the share times a whole gives the shares by division."""
    found = usage_flip(
        deal, lambda c: float(c["contracts.rent.usage.take_or_pay"].rstrip("%")) * 1e7, debt=5e8, borrowed=2e9
    )
    assert found.nothing_leaves == pytest.approx(0.5, abs=1e-6) and found.no_relief is None


def test_the_command(ringfence):  # noqa: F811
    """It prints the search, as CSV on request; what does not go together is refused with what to add."""
    typed = ringfence("accounting", HEADLINE, "--structures", "--term", "36m", "--guarantee", "20%", "--csv")
    assert typed.code == 0 and typed.out.splitlines()[0].startswith("label,term")
    assert len(typed.out.splitlines()) == 3
    wrong_ones = (
        ("--term", "36m"),
        ("--framework", "us"),
        ("--structures", "--full"),
        ("--structures", "--paths", "500"),
        ("--structures", "--term", "3x"),
    )
    for wrong in wrong_ones:
        assert ringfence("accounting", HEADLINE, *wrong).code == 2
