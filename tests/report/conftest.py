"""Reports of the examples, made once, and of a hostile deal."""

from __future__ import annotations

import pytest
from tests.report.made import BRIDGE, HOSTILE, PLAN, SAM, Made, make


@pytest.fixture(scope="session")
def bridge() -> Made:
    """The hand calculation: two loans, a lease that cannot be accounted for."""
    return make(BRIDGE)


@pytest.fixture(scope="session")
def sam() -> Made:
    """A solar plant with one loan and a taxed owner."""
    return make(SAM)


@pytest.fixture(scope="session")
def plan() -> Made:
    """The $10bn plan with its annual statements."""
    return make(PLAN, annual=True)


@pytest.fixture(scope="session")
def stressed() -> Made:
    """The $10bn plan with power at one site only: late payments, negative cover."""
    return make(PLAN, "sakai-only")


@pytest.fixture(scope="session")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """The hand calculation with hostile names, letters no font has, and a sign that turns the direction of writing."""
    text = BRIDGE.read_text(encoding="utf-8")
    title = HOSTILE + "ソフトバンク"
    quoted = title.replace("'", "''")
    text = text.replace("title: GPU sleeve, stripped", f"title: '{quoted}'")
    text = text.replace("banks: {role: lender}", f"banks: {{role: lender, name: '{quoted}'}}")
    text = text.replace("nvidia: {role: vendor}", 'nvidia: {role: vendor, name: "safe\\u202Egnp.exe\\nnext"}')
    path = tmp_path_factory.mktemp("hostile") / "deal.yaml"
    path.write_text(text.replace("life: 5y", "life: 5y  # <b>#strong[x]</b> [S 2025-03]"), encoding="utf-8")
    return make(path)
