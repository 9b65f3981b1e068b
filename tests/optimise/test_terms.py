"""Names of terms, their bounds and steps, and which of them the sheet can move by itself."""

from __future__ import annotations

import pytest

import ringfence as rf
from ringfence.desk.optimise.ranges import Choice, choices
from ringfence.desk.optimise.terms import leaves, resolve, round_number, short_name, shown, step_of, step_words
from ringfence.errors import DealError
from ringfence.terms.deal import Deal

MAIN = rf.__file__.rpartition("/src/")[0]


@pytest.fixture(scope="module")
def main_deal() -> Deal:
    """The deal of July 2024."""
    return rf.read(f"{MAIN}/examples/softbank-10bn/deal.yaml")


def asked(deal: Deal, *by: str) -> tuple[Choice, ...]:
    """Return the choices of a deal for what was written."""
    return choices(deal, rf.run(deal).model, by)


@pytest.mark.parametrize(
    ("name", "path", "value"),
    [
        ("senior.margin", "contracts.senior.pricing", 0.03),
        ("senior.rate", "contracts.senior.pricing", 0.03),
        ("contracts.senior.pricing.margin", "contracts.senior.pricing", 0.03),
        ("rent.rate", "contracts.rent.rent", 1.60),
        ("rent.rent", "contracts.rent.rent", 1.60),
        ("senior.gearing", "contracts.senior.size.min.1.gearing", 0.70),
        ("senior.dscr", "contracts.senior.size.min.2.dscr", 1.30),
        ("senior.minimum", "contracts.senior.covenants.minimum", 1.15),
        ("rent.term", "contracts.rent.term", 60.0),
        ("senior.count", "contracts.senior.repayment.count", 20.0),
        ("gpus.count", "assets.gpus.count", 100_000.0),
        ("uses.total", "uses.total", 10e9),
        ("mezz.size.amount", "contracts.mezz.size.min.0.amount", 0.55e9),
    ],
)
def test_a_short_name_means_one_number(main_deal: Deal, name: str, path: str, value: float) -> None:
    """An id and the last word find the term; paths and cells do too."""
    leaf = resolve(name, leaves(main_deal))

    assert (leaf.path, leaf.value) == (path, value)


def test_every_number_of_a_deal_writes_itself_back(main_deal: Deal) -> None:
    """What a term is written as reads to the very same number."""
    found = leaves(main_deal)

    assert len(found) > 300
    assert [
        leaf.path for leaf in found if leaf.parse(leaf.write(leaf.value)) != leaf.value and leaf.kind != "rate"
    ] == []
    rates = [leaf for leaf in found if leaf.kind == "rate" and "pricing" not in leaf.path]
    assert [leaf.path for leaf in rates if leaf.parse(leaf.write(leaf.value)) != leaf.value] == []


def test_every_short_name_is_unique(main_deal: Deal) -> None:
    """The name that is proposed for a term resolves to that term."""
    found = leaves(main_deal)

    assert [leaf.path for leaf in found if resolve(short_name(leaf, found), found) is not leaf] == []


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("senior.margn", "did you mean senior.margin"),
        ("nobody.margin", "write <id>.<term>; the ids are"),
        ("senior.colour", "what may vary there: senior.rank"),
        ("margin", "is no number of the deal"),
    ],
)
def test_an_unknown_name_is_answered_with_what_may_vary(main_deal: Deal, name: str, words: str) -> None:
    """A misspelt term is refused with the nearest name, or the list of what may vary there."""
    with pytest.raises(DealError, match=words):
        resolve(name, leaves(main_deal))


def test_a_name_that_may_be_two_is_refused(lease: Deal) -> None:
    """Where two limits carry the same test, the short name would have to guess."""
    deal = rf.read(
        f"{MAIN}/examples/softbank-10bn/deal.yaml",
        set={"contracts.senior.size": {"min": [{"dscr": 1.3}, {"dscr": 1.2, "case": "p99"}]}},
    )

    with pytest.raises(DealError, match=r"senior\.dscr may be senior\.size\.min\.0\.dscr, senior\.size\.min\.1\.dscr"):
        resolve("senior.dscr", leaves(deal))


def test_usual_bounds(lease: Deal) -> None:
    """Without bounds: half to one and a half times what is agreed, a share at most 100 %."""
    margin, rent, gearing = asked(lease, "senior.margin", "rent.rate", "senior.gearing")

    assert (margin.lever.low, margin.lever.high) == pytest.approx((0.0355, 0.1065))
    assert (rent.lever.low, rent.lever.high) == pytest.approx((0.8, 2.4))
    assert (gearing.lever.low, gearing.lever.high) == pytest.approx((0.35, 1.0))
    assert not margin.given
    assert margin.lever.cell == "senior.pricing.margin"


@pytest.mark.parametrize(
    ("text", "low", "high", "values"),
    [
        ("senior.margin=200bp..450bp", 0.02, 0.045, ()),
        ("senior.margin=2%..4.5%", 0.02, 0.045, ()),
        ("senior.margin=2..4.5%", 0.02, 0.045, ()),
        ("rent.rate=1.4..2.0", 1.4, 2.0, ()),
        ("rent.rate=1.40 USD/GPU-h..2.00 USD/GPU-h", 1.4, 2.0, ()),
        ("gpus.unit_price=50_000..60_000 USD", 50_000, 60_000, ()),
        ("rent.term=48m|60m", 48, 60, (48.0, 60.0)),
        ("rent.term=4y..5y step 6m", 48, 60, (48.0, 54.0, 60.0)),
        ("rent.term=4..5y step 6m", 48, 60, (48.0, 54.0, 60.0)),
        ("senior.gearing=0.65", 0.65, 0.65, (0.65,)),
        ("senior.count=16..20 step 2", 16, 20, (16.0, 18.0, 20.0)),
    ],
)
def test_written_bounds(lease: Deal, text: str, low: float, high: float, values: tuple[float, ...]) -> None:
    """Bounds are written as the term is, the unit once or twice; values with bars, steps with `step`."""
    (choice,) = asked(lease, text)

    assert (choice.lever.low, choice.lever.high) == pytest.approx((low, high))
    assert choice.lever.values == values
    assert choice.given


def test_durations_and_counts_are_stepped_around_what_is_agreed(lease: Deal) -> None:
    """Five years become eleven half-years around sixty months; a count of 20 eleven steps of two."""
    term, count = asked(lease, "rent.term", "senior.count")

    assert term.lever.values == tuple(float(m) for m in range(30, 91, 6))
    assert count.lever.values == tuple(float(n) for n in range(10, 31, 2))
    assert term.lever.cell == ""


@pytest.mark.parametrize(
    ("by", "words"),
    [
        (["senior.margin=450bp..200bp"], "contradict each other: from 4.50% up to 2.00%"),
        (["senior.margin=3..4"], "write 3% if percent is meant"),
        (["rent.rate=1.4 USD/month..2"], "the rent of the deal is in USD/GPU-h"),
        (["gpus.unit_price=50_000..60_000"], "carries its unit"),
        (["senior.margin", "senior.rate"], "named more than once"),
        (["senior margin"], "is not a term with its bounds"),
        (["senior.floor"], "no range around it follows"),
        ([], "No term may vary"),
        (["rent.term=3y..7y step 1m", "senior.count=10..30 step 1"], "1_029 combinations; at most 400"),
        (["rent.term=1y..9y step 1d"], "2_923 values"),
        (["rent.term=4y..5y step 0"], "The step of rent.term is 0"),
        (["senior.gearing=50%..110%"], "a share is at most 1"),
        (["gpus.life=4y|never"], "a duration is written 5y"),
    ],
)
def test_bounds_nobody_can_mean_are_refused(lease: Deal, by: list[str], words: str) -> None:
    """Contradicting, unreadable or missing bounds are findings with the way to write them."""
    with pytest.raises(DealError, match=words.replace("(", r"\(")):
        asked(lease, *by)


def test_all_findings_come_together(lease: Deal) -> None:
    """Two mistakes are told at once."""
    with pytest.raises(DealError) as refused:
        asked(lease, "senior.margn", "rent.rate=3..1")

    assert len(refused.value.findings) == 2


def test_a_term_the_sheet_cannot_move_alone_wants_its_values(lease: Deal) -> None:
    """A number that changes how the deal is built is refused as a range and taken as a list of values."""
    with pytest.raises(DealError, match="does not vary on the sheet alone"):
        asked(lease, "senior.agency_fee=0..1m USD")
    (choice,) = asked(lease, "senior.agency_fee=0|1m USD")

    assert choice.lever.values == (0.0, 1e6)


def test_words_and_steps(main_deal: Deal) -> None:
    """Values, steps and round numbers are said as a term sheet says them."""
    found = leaves(main_deal)
    words = {name: shown(resolve(name, found), resolve(name, found).value) for name in ("rent.term", "senior.margin")}
    steps = {
        n: step_words(leaf, step_of(leaf))
        for n in ("senior.margin", "senior.gearing", "senior.upfront_fee")
        for leaf in [resolve(n, found)]
    }

    assert words == {"rent.term": "5y", "senior.margin": "3.00%"}
    assert steps == {"senior.margin": "10bp", "senior.gearing": "1 point", "senior.upfront_fee": "10bp"}
    assert [round_number(x) for x in (0.0, 1.0, 1.2, 38.5e6, 0.003)] == [1.0, 1.0, 2.0, 5e7, 0.005]
