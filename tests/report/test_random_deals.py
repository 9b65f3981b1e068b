"""Any deal the desk can run has a report: in print, on the web, with payments that add up."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.laws.deals import read_random

from ringfence.desk.report import html_text, make_report, pdf_bytes
from ringfence.desk.report.sections.structure import payments
from ringfence.desk.session import run
from ringfence.desk.view import View
from ringfence.errors import RingfenceError

calm = settings(suppress_health_check=[HealthCheck.too_slow], report_multiple_bugs=False)


def prove(seed: int) -> None:
    """Write the report of a random deal both ways and count its payments."""
    try:
        result = run(read_random(seed))
    except RingfenceError:  # a deal the desk refuses has no report
        return
    report = make_report(result)
    assert pdf_bytes(report).startswith(b"%PDF")
    assert html_text(report).endswith("</html>\n")
    view = View(result)
    booked = sum(abs(view.total(flow.row.name)) for flow in result.model.books.flows)
    assert sum(p.amount for p in payments(view)) == pytest.approx(booked, abs=100.0)


@settings(calm, max_examples=2)
@given(st.integers(0, 100_000))
def test_random_deals(seed: int) -> None:
    """A few random deals have a report."""
    prove(seed)


@pytest.mark.slow
@settings(calm, max_examples=40)
@given(st.integers(0, 100_000))
def test_many_random_deals(seed: int) -> None:
    """Many random deals have a report."""
    prove(seed)
