"""A judgement nobody has attested never helps, whatever it is about; one attested must stand on the day of the page."""

from __future__ import annotations

import datetime as dt

import pytest

import ringfence as rf
from ringfence.accounting.lease_report import lease_report
from ringfence.accounting.sponsor_books import sponsor_books, sponsor_sheets
from ringfence.desk.accounting.answers import accounts, evidence, reporting_day, sentence
from ringfence.desk.accounting.page import one_page
from ringfence.errors import DealError
from ringfence.terms.read import revise

EXAMPLE = "examples/headline-10bn/deal.yaml"
YES = {"answer": "yes", "reason": "as the contract says", "person": "controller", "date": "2025-12-15"}
NO = YES | {"answer": "no"}
GUARANTEE = {"type": "guarantee", "guarantor": "group", "obligor": "spv", "beneficiary": "banks"}


def changed(scenario: str | None = None, **changes: object):
    """Run the example with paths changed, their dots written as two underscores."""
    written = {path.replace("__", "."): value for path, value in changes.items()}
    return rf.run(revise(rf.read(EXAMPLE, scenario=scenario), written))


def test_an_unattested_renewal_hangs():
    """IFRS 16.19: three years firm; what five years would bring back is not counted as leaving until L6 is attested."""
    attested = accounts(changed("b"))
    a = accounts(changed("b", attestations__L6=None))
    certain = accounts(changed("b-certain"))
    for framework in ("IFRS 16", "ASC 842"):
        was, now, worst = attested.split(framework), a.split(framework), certain.split(framework)
        assert was.hangs == 0 and was.leaves > 1.6e9
        assert now.back == pytest.approx(was.back)
        assert now.leaves == pytest.approx(worst.leaves, abs=1) and now.hangs == pytest.approx(was.leaves, rel=1e-9)
        assert now.leaves + now.hangs + now.back == pytest.approx(now.debt)
        assert a.split(framework, helped=True).leaves == pytest.approx(was.leaves)
    assert "(L6: the lease liability may be USD 9,492m)" in sentence(a, "IFRS 16")
    assert "L6" in str(next(t for t in one_page(a) if t.key == "next").rows)


def test_an_unattested_purchase_hangs_and_an_attested_one_is_measured():
    """IFRS 16.27(d), 16.32, ASC 842-20-35-8: price in the liability, right over the life, then property."""
    bought = changed(contracts__rent__purchase_option={"price": "1%"}, attestations__L7=YES)
    report, books = lease_report(bought), sponsor_books(bought, lease_report(bought))
    rent = 582_567_574.700433
    owed = sum(rent / 1.065 ** (k / 4) for k in range(1, 20)) + 100e6 / 1.065**5
    assert report.ifrs.liability == pytest.approx(owed, rel=1e-9)
    assert max(abs(x) for x in books.line("sponsor.difference")) < 0.01
    for tag, own in (("IFRS 16", report.ifrs), ("ASC 842", report.us)):
        for sheet in sponsor_sheets(bought, report, framework=tag):
            lease = sheet["lease"]
            held = lease["right of use"] + lease["property"] - sheet["as_is"]["property"]
            assert lease["lease liability"] == pytest.approx(own.balance("liability.closing", sheet.month), abs=1)
            assert held == pytest.approx(own.balance("rou.closing", sheet.month), abs=1)
        assert lease["right of use"] == pytest.approx(0, abs=1), "at the end of the lease the GPUs are property"
        assert lease["property"] == pytest.approx((owed + rent) / 6, rel=1e-9), "one of six years is left"
    assert report.lessor_ifrs.ratio == pytest.approx(1.0), "rent and price are all the lessor gets"
    open_ = accounts(changed("b", contracts__rent__purchase_option={"price": "1%"}))
    assert open_.open_lease == ("L7",) and open_.split("IFRS 16").hangs > 0


def test_a_guarantee_above_the_expected_residual_ties():
    """IFRS 16.27(c), 70(c): 30 % guaranteed of a value of 10 % expected; both sides' books are rows that tie."""
    result = changed(contracts__rent__residual_value_guarantee={"share": "30%"})
    report = lease_report(result)
    books = sponsor_books(result, report)
    assert report.guarantee is not None and report.guarantee.expected_payable == pytest.approx(2e9)
    assert report.lessor_ifrs.ratio == pytest.approx(1.0)
    flows = [(k / 4, 582_567_574.700433) for k in range(20)] + [(5.0, 3e9)]
    rate = report.implicit.rate.effective
    assert sum(x / (1 + rate) ** t for t, x in flows) == pytest.approx(10e9, rel=1e-9)
    for sheet in sponsor_sheets(result, report):
        owed = report.ifrs.balance("liability.closing", sheet.month)
        assert sheet["lease"]["lease liability"] == pytest.approx(owed, abs=1)
    for name in ("sponsor.difference", "sponsor.ifrs.vehicle.spv.lessor.difference"):
        assert max(abs(x) for x in books.line(name)) < 0.01, name


def test_a_right_to_end_early_is_asked_about():
    """IFRS 16.18(b): open it shortens nothing; attested as used the deal's cash must end there too."""
    right = [{"by": "lessee", "after": "2y", "fee_months": "3m"}]
    a = accounts(changed(contracts__rent__termination=right))
    assert a.lease.term.months == 60 and "L10" in {x.question.id for x in a.consolidation.answers.open}
    with pytest.raises(DealError, match="lease-options") as caught:
        accounts(changed(contracts__rent__termination=right, attestations__L10=NO))
    assert "agree on a term of 24m" in str(caught.value)
    early = {"price": "1%", "at": "2y"}
    with pytest.raises(DealError, match="lease-options"):
        accounts(changed(contracts__rent__purchase_option=early, attestations__L7=YES))


@pytest.mark.parametrize(
    ("changes", "amount"),
    [
        ({"contracts__pcg": GUARANTEE}, "7,500m"),
        ({"contracts__pcg": GUARANTEE | {"cap": "3bn USD", "share": 0.5}}, "1,500m"),
        ({"contracts__pcg": GUARANTEE | {"covers": ["rent"]}}, ""),
        ({"contracts__senior__recourse": ["group"]}, "7,500m"),
    ],
)
def test_debt_the_sponsor_answers_for_is_told_beside_what_leaves(changes, amount):
    """IFRS 9 App. A, 12.29: a guarantee or recourse does not keep debt in the books, and stands in the headline."""
    a = accounts(changed("b", **changes))
    told = f"group guarantees USD {amount} of the debt, or is liable for it, whoever shows it."
    assert (told in sentence(a, "IFRS 16")) == bool(amount)
    assert ("guarantees" in sentence(a, "IFRS 16")) == bool(amount)


def test_a_lease_of_somebody_else_is_not_the_sponsors():
    """The lessee is neither the sponsor nor related to it: there is no liability of the sponsor to show."""
    with pytest.raises(DealError, match="leased to investors, but the balance sheet asked about is that of group"):
        accounts(changed(contracts__rent__lessee="investors"))


def test_a_majority_of_the_equity_speaks_against_having_no_say():
    """IFRS 10.B35: the sponsor holds all equity; that others alone appoint and replace the manager is contradicted."""
    a = accounts(changed(contracts__equity__holder="group"))
    for question in ("A1", "A4"):
        test = next(t for t in a.consolidation.attested if t.id == question)
        assert test.outcome.value == "contradicted" and "holds 100.0% of the equity" in test.sentence
    for framework in ("IFRS 16", "ASC 842"):
        assert a.answered(framework).conclusion.outcome.value not in ("fail", "pass")
        assert a.split(framework).leaves == 0
    evident = accounts(changed(contracts__equity__holder="group"), evidence(changed(contracts__equity__holder="group")))
    rows = {row[0]: row[1] for row in next(t for t in one_page(evident) if t.key == "vehicle").rows}
    assert rows == {"IFRS 10": "until attested otherwise", "ASC 810": "yes, whatever is still attested"}
    assert evident.split("IFRS 16").stays == 0 and evident.split("ASC 842").stays == evident.split("ASC 842").debt


@pytest.mark.parametrize(
    ("key", "words"),
    [("A1-spv", "write it as attestations.A1"), ("A99", "which is no question"), ("A2-banks", "which is no vehicle")],
)
def test_attestations_that_nothing_reads_are_refused(key, words):
    """A judgement under a name that no question has would be silently without effect."""
    with pytest.raises(DealError, match=words):
        accounts(changed(**{f"attestations__{key}": YES}))


def test_attestations_stand_on_the_day_of_the_page():
    """One made after the first balance sheet, or lapsed by then, is open, and the page says why."""
    late = changed(attestations__A1=NO | {"date": "2026-06-30"})
    a = accounts(late)
    assert a.consolidation.answers["A1"].value is None
    assert "after the reporting date 2026-01-01" in str(next(t for t in one_page(a) if t.key == "next").notes)
    assert accounts(late, as_of=dt.date(2026, 12, 31)).consolidation.answers["A1"].value is False
    lapsed = changed(attestations__L5=YES | {"valid_until": "2025-12-31"})
    assert accounts(lapsed).lease.identification.verdict == "open"


@pytest.mark.parametrize(("month", "day"), [(0.0, "2026-01-01"), (3.0, "2026-04-01"), (59.5, "2031-01-01")])
def test_the_day_of_a_page(month, day):
    """The day on which a period ends."""
    assert str(reporting_day(rf.run(rf.read(EXAMPLE)).model.timeline, month)) == day


def test_the_page_says_what_is_not_tested():
    """A reader of the right of use learns that no impairment test of it is in these figures."""
    from ringfence.desk.accounting.lease import year_ends_table

    notes = " ".join(year_ends_table(accounts(changed())).notes)
    assert "not tested for impairment" in notes and "IFRS 16.33 [verify]" in notes


@pytest.mark.parametrize(
    ("changes", "rule", "words"),
    [
        ({"contracts__rent__term": "9y"}, "lease-dates", "move timeline.until"),
        ({"accounting__leases__rentt": {"ibr": "6%"}}, "named", "names rentt"),
        ({"accounting__leases__rent__ibr": "-2%"}, "discount-rate", "ibr is -2.00%"),
        ({"accounting__leases__rent__life": "0y"}, "life", "life is 0 months"),
        ({"accounting__impairment_rate": "-5%"}, "discount-rate", "impairment_rate is -5.00%"),
        ({"accounting__leases__rent__incentives": "90bn USD"}, "lease-amounts", "more than the right of use costs"),
    ],
)
def test_terms_of_the_accounts_that_make_no_sense_are_refused(changes, rule, words):
    """Each with its place: what the rows would cut off, what names nothing, what is no rate and no life."""
    with pytest.raises(DealError) as caught:
        accounts(changed(**changes))
    (found,) = caught.value.findings
    assert found.name == rule and words in str(found)
