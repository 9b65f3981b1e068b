"""The contradiction checks find what they are for, stay silent on what is sound, and never raise."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.messages.write import cases, findings

from ringfence.errors import DealError, Finding
from ringfence.terms.deal import Deal
from ringfence.terms.findings import RULES as SENTENCES
from ringfence.terms.read import read_deal, read_text, revise
from ringfence.terms.rules import RULES, check_deal

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples/softbank-10bn/deal.yaml"
SOUND = sorted({*ROOT.glob("examples/**/*.yaml"), *ROOT.glob("src/ringfence/desk/templates/*.yaml")})

SMALL = """\
deal: small
timeline: {close: 2026-01-01, until: 2035-12-31, period: month}
parties: {spv: {role: vehicle}, bank: {role: lender}, fund: {role: investor}, user: {role: offtaker}}
assets:
  gpus:
    type: gpu_fleet
    owner: spv
    model: GB200
    count: 900
    unit_price: 50_000 USD
    deliveries: {start: 1m, batches: 3, every: 1m}
    installation: 1m
contracts:
  rent: {type: lease, lessor: spv, lessee: user, asset: gpus, term: 5y, rent: 1.60 USD/GPU-h}
  senior:
    type: loan
    lender: bank
    borrower: spv
    size: {min: [{gearing: 70%, of: [gpus]}]}
    availability: 3m
    pricing: 7%
    repayment: {count: 20}
  shares: {type: equity, holder: fund, vehicle: spv}
"""


def told(changes=None, **how) -> list[Finding]:
    """Findings of the small deal with changes laid on its text, as if they had been written there."""
    deal = read_text(SMALL, Deal)
    try:
        return list(revise(deal, changes or {}, source="deal.yaml", **how).findings)
    except DealError as error:
        return list(error.findings)


def names(changes=None) -> list[tuple[str, str]]:
    """Level and name of what the small deal is told."""
    return [(f.level, f.name) for f in told(changes)]


@pytest.mark.parametrize("path", SOUND, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_sound_deals_have_no_errors(path):
    """No example and no template is refused, under any of its scenarios."""
    deal = read_deal(path)

    for scenario in deal.scenarios:
        assert all(f.level != "error" for f in read_deal(path, scenario=scenario).findings)


def test_the_example_is_told_what_is_true():
    """The $10bn deal: one curve is flat, and three power contracts outlast the timeline. Nothing else."""
    found = read_deal(EXAMPLE).findings

    assert [(f.level, f.name) for f in found] == [("note", "curve-ends-early"), ("warning", "contract-beyond-end")]
    assert "solar_ppa to 2046-04-01, toll to 2046-04-01, smr_ppa to 2053-10-01" in found[1].message


def test_waiting_for_power_is_noted():
    """Under `sakai-only` the vehicle bears the wait for power, though the lease is hell or high water."""
    found = {f.name: f for f in read_deal(EXAMPLE, scenario="sakai-only").findings}

    assert found["lease-start"].level == "note"
    assert "until 2028-04-01 the lessor, spv, bears the wait" in found["lease-start"].message


def test_every_rule_is_one_file_with_a_sentence():
    """Each file of the folder that checks is in the list, and each finding shown has its sentence."""
    folder = ROOT / "src/ringfence/terms/rules"
    checks = {p.stem for p in folder.glob("*.py") if re.search(rf"^def check_{p.stem}\(", p.read_text(), re.M)}
    used = {name for p in folder.glob("*.py") for name in re.findall(r'finding\(\s*"([a-z-]+)"', p.read_text())}

    assert set(RULES) == checks
    assert used <= set(SENTENCES)


def test_every_finding_has_place_sentence_and_way_out():
    """Every message of a rule shows a line of the file, the rule's sentence and what to do."""
    for folder in cases():
        for found in findings(folder):
            if found.name not in ("term", "file"):
                assert found.fix
                assert found.where
                name, _, sentence = found.rule.partition(": ")
                assert name == found.name and sentence == SENTENCES.get(name, sentence) != ""


def test_the_small_deal_is_sound():
    """Batches to month 3, accepted by 4; a loan drawn to month 3, repaid in 63; rents to 64: nothing to say."""
    assert names() == []


@pytest.mark.parametrize(
    ("count", "level", "tail"),
    [
        (20, None, "repaid in month 63, one month before the rents end"),
        (21, "warning", "2m of 66m from close, 3.03%, is uncontracted"),
        (32, "warning", "35m of 99m from close, 35.4%, is uncontracted"),
    ],
)
def test_debt_tail_counts_from_the_last_acceptance(count, level, tail):
    """Leases end in month 64: 3 months of ramp, 1 of installation, 60 of term. Beyond that nothing is contracted."""
    found = told({"contracts.senior.repayment.count": count})

    assert [f.level for f in found] == ([level] if level else [])
    assert all(tail in f.message for f in found)


@pytest.mark.parametrize(("min_tail", "wrong"), [("0m", False), ("1m", False), ("2m", True)])
def test_debt_tail_is_an_error_under_its_own_min_tail(min_tail, wrong):
    """A tail of one month meets a `min_tail` of one month and no more."""
    assert names({"contracts.senior.min_tail": min_tail}) == ([("error", "debt-tail")] if wrong else [])


def test_availability_tells_the_uncovered_share():
    """Three equal batches paid in months 1, 2 and 3: availability to month 1 leaves two thirds to equity."""
    [found] = told({"contracts.senior.availability": "1m", "contracts.senior.conversion": "3m"})

    assert found.level == "warning"
    assert "66.7% of the cost it finances is paid in periods that end later, to 2026-04-01" in found.message


def test_a_late_delivery_is_a_result():
    """`delay`, a scenario's handle, moves no date that a rule compares: the run answers what a delay does."""
    assert names({"assets.gpus.delay": "24m"}) == []


def test_sources_fall_short_by_hand():
    """900 GPUs at 50,000 cost 45.0m; 70% and a commitment of 10.0m are 41.5m: 3.5m is missing."""
    [found] = told({"contracts.shares.commitment": "10m USD"})

    assert (found.level, found.name) == ("error", "sources-short")
    assert "41.5m USD (loans 31.5m USD, equity 10.0m USD)" in found.message
    assert "uses of at least 45.0m USD: 3.5m USD is missing" in found.message


def test_short_under_a_change_is_a_result():
    """What falls short under a scenario or --set is shown by the run; only what was agreed is refused."""
    deal = revise(read_text(SMALL, Deal), {"contracts.shares.commitment": "13.5m USD"}, source="deal.yaml")

    dearer = revise(deal, {"assets.gpus.unit_price": "60_000 USD"})

    assert [(f.level, f.name) for f in dearer.findings] == [("warning", "sources-short")]


@pytest.mark.parametrize(
    ("share", "expected"),
    [("26.6%", []), ("27%", [("warning", "residual-value")])],
)
def test_residual_value_is_read_off_the_curve(share, expected):
    """The last batch is 61 months old when its lease ends, and the curve holds its last value from month 60."""
    curve = {"spot": {"ages": ["0m", "60m"], "values": ["100%", "26.6%"]}}

    assert names({"assets.gpus.sale": {"share": share}, "assets.gpus.resale": curve}) == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"contracts.senior.lender": "bnk"}, [("error", "reference")]),
        ({"contracts.senior.lender": "spv"}, [("error", "reference"), ("error", "two-parties")]),
        ({"contracts.rent.lessee": "market"}, []),
        ({"parties.spv.tax": {"status": "taxed", "rate": "21%"}}, []),
        ({"assets.gpus.model": "GB20", "assets.gpus.power": "1.85 kW"}, [("warning", "gpu-catalogue")]),
        ({"assets.gpus.deliveries.start": "11y"}, [("error", "delivery-dates")]),
        (
            {"timeline.period": "half_year"},
            [("error", "grid-coarser-than-payments"), ("warning", "grid-coarser-than-payments")],
        ),
        ({"contracts.rent": None}, [("warning", "debt-tail"), ("warning", "idle-asset")]),
    ],
)
def test_what_a_change_is_told(changes, expected):
    """One change to a sound deal is told in the words of one rule, or of the two it breaks."""
    found = names(changes)

    assert [f for f in found if f in expected] == expected
    assert ("error", "waterfall-object") not in found


def test_a_misnamed_borrower_is_said_once():
    """Steps that pay a loan without a borrower are not reported beside the borrower's name."""
    with pytest.raises(DealError) as caught:
        read_deal(EXAMPLE, sets=["contracts.senior.borrower=spw"])

    assert [f.name for f in caught.value.findings if f.level == "error"] == ["reference"]


def test_a_deal_built_in_python_is_checked_too():
    """Without a file, places are paths alone."""
    deal = read_text(SMALL, Deal)
    fleet = deal.assets["gpus"].model_copy(update={"owner": "nobody"})
    built = Deal.model_construct(**{**deal.__dict__, "assets": {"gpus": fleet}})

    assert ("assets.gpus.owner",) in [f.where for f in check_deal(built)]


PATHS = sorted(path for path in read_deal(EXAMPLE).sources if path and not path.startswith("hand_table"))
VALUES = [
    None,
    "nobody",
    "spv",
    "senior",
    "0m",
    "90y",
    "1900-01-01",
    "2090-01-01",
    "0 USD",
    0,
    1,
    0.5,
    "1%",
    [],
    {},
    ["rent"],
]


@given(st.dictionaries(st.sampled_from(PATHS), st.sampled_from(VALUES), min_size=1, max_size=2))
def test_rules_never_raise(changes):
    """Whatever the terms, the rules answer with findings and with nothing else."""
    try:
        found = revise(DEAL, changes).findings
    except DealError as error:
        found = error.findings

    assert all(isinstance(f, Finding) for f in found)


DEAL = read_deal(EXAMPLE)
