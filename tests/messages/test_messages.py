"""Every rule is shown with the smallest deal that breaks it and its exact message."""

from __future__ import annotations

import pytest
from tests.messages.write import HERE, cases, findings, message, readme

from ringfence.terms.findings import RULES

UNSEEN = {
    "value": "the fallback for a refusal that has no sentence of its own; none is known",
    "name": "for ids that are values; those of the deal language are keys and checked by rule",
}


@pytest.mark.parametrize("folder", cases(), ids=lambda folder: folder.name)
def test_message_is_exact(folder):
    """The deal is told exactly what is written beside it."""
    assert message(folder) == (folder / "expected.txt").read_text()


@pytest.mark.parametrize("folder", cases(), ids=lambda folder: folder.name)
def test_deal_is_smallest(folder):
    """The deal breaks one rule, and the folder is named after it."""
    names = {finding.name for finding in findings(folder)}

    assert len(names) == 1
    assert folder.name.startswith(names.pop())


def test_every_rule_of_the_reader_is_shown():
    """No rule of the reader is without a message here."""
    shown = {finding.name for folder in cases() for finding in findings(folder)}

    assert set(RULES) - shown <= set(UNSEEN)


def test_readme_is_fresh():
    """The README shows the messages as they are; `python -m tests.messages.write` renews it."""
    assert (HERE / "README.md").read_text() == readme()
