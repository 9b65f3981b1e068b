"""Findings print as the house style shows, and errors travel whole."""

from __future__ import annotations

import pickle

from ringfence.errors import DealError, Finding, QuantityError, RingfenceError

TAIL = Finding(
    "error",
    "debt-tail: senior debt is repaid at least 1 year before the offtake ends",
    "debt.senior.tenor is 20 years, but the offtake contract ends after 15.",
    (
        "meadow.yaml:41  debt.senior.tenor = 20y",
        "meadow.yaml:18  offtake.term = 15y",
        "meadow.yaml:44  debt.senior.min_tail = 1y",
    ),
    "shorten debt.senior.tenor to 14y, lengthen offtake.term, or set debt.senior.min_tail",
)

PRINTED = """\
debt.senior.tenor is 20 years, but the offtake contract ends after 15.
  where:  meadow.yaml:41  debt.senior.tenor = 20y
          meadow.yaml:18  offtake.term = 15y
          meadow.yaml:44  debt.senior.min_tail = 1y
  rule:   debt-tail: senior debt is repaid at least 1 year before the offtake ends
  fix:    shorten debt.senior.tenor to 14y, lengthen offtake.term, or set debt.senior.min_tail"""


def test_finding_prints_as_the_specimen():
    """A finding prints message, places, rule and ways out, aligned."""
    assert str(TAIL) == PRINTED
    assert TAIL.name == "debt-tail"


def test_deal_error_carries_every_finding():
    """All findings are printed, and survive a process boundary."""
    error = DealError([TAIL, TAIL])

    assert str(error) == f"{PRINTED}\n\n{PRINTED}"
    assert pickle.loads(pickle.dumps(error)).findings == (TAIL, TAIL)


def test_one_family():
    """A refused value is one of our errors and also a ValueError, as pydantic needs."""
    assert issubclass(QuantityError, RingfenceError)
    assert issubclass(QuantityError, ValueError)
