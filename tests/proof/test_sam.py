"""NREL SAM's Single Owner model and ringfence give the same deal the same figures, line by line."""

from __future__ import annotations

import json

import pytest
from sam_cases import EXAMPLES, HERE, cases, differences, mapping, run_deal, unmapped

PUBLISHED = {"A_dscr130_plain": "dscr130", "B_frac60_level_pmt": "level60", "C_frac60_fixed_principal": "linear60"}


@pytest.mark.parametrize("case", PUBLISHED)
def test_published_case_agrees_to_the_cent(case: str) -> None:
    """Every line the mapping names equals SAM's to the cent in every year, the IRR to 1e-4 percentage points."""
    found = differences(case, cases("pysam_singleowner.json")[case], run_deal(EXAMPLES / f"{PUBLISHED[case]}.yaml"))
    assert not found, "\n".join(found)


@pytest.mark.parametrize("case", sorted(cases("further.json")))
def test_further_case_agrees_to_the_cent(case: str) -> None:
    """Fees, reserves, credits, salvage, depreciation, state tax: each, said as a deal, gives SAM's figures."""
    found = differences(case, cases("further.json")[case], run_deal(EXAMPLES / f"{case}.yaml"))
    assert not found, "\n".join(found)


@pytest.mark.parametrize("case", PUBLISHED)
def test_every_line_of_sam_is_mapped_or_explained(case: str) -> None:
    """No output of SAM is passed over in silence: it has a row, or the mapping says why not."""
    rules = {**mapping()["years"], **mapping()["figures"]}
    left = [
        line for line in cases("pysam_singleowner.json")[case]["outputs"] if line not in rules and not unmapped(line)
    ]
    assert not left


@pytest.mark.parametrize("deal", sorted([*PUBLISHED.values(), *cases("further.json")]))
def test_checks_hold(deal: str) -> None:
    """The laws of the model hold in every example."""
    assert [c.name for c in run_deal(EXAMPLES / f"{deal}.yaml").checks if not c.ok] == []


def test_data_file_names_its_source() -> None:
    """The figures of others say whose they are and on what conventions."""
    data = json.loads((HERE / "pysam_singleowner.json").read_text())
    assert "NREL" in data["source"]
    assert data["conventions"]
