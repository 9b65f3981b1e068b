"""Two deals side by side: what differs, what moved, and by how much each term moved it."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path

import pytest

from ringfence.desk.compare import compare, moved_row
from ringfence.desk.compare.attribution import SIGNED, SIZED, attribute
from ringfence.desk.scaffold import template
from ringfence.desk.session import read, run
from ringfence.errors import RingfenceError

CHANGES = {
    "assets.gpus.sale.share": "5%",
    "contracts.rent.rent": "1.45 USD/GPU-h",
    "contracts.senior.pricing": "8.6%",
}
MEASURES = ("shares.irr", "senior.dscr.min", "senior.amount", "shares.npv")


@pytest.fixture(scope="module")
def fleet(tmp_path_factory):
    """Return the path of a GPU lease."""
    path = tmp_path_factory.mktemp("compare") / "fleet.yaml"
    path.write_text(template("gpu-lease", "fleet"), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def found(fleet):
    """Return the deal compared with itself under three changes, attributed."""
    return compare(run(read(fleet)), run(read(fleet, set=CHANGES)), attribute=True)


def value(fleet, names, measure, *, resize):
    """Return a figure of the deal under some of the changes, from a run of its own."""
    changes = {name: CHANGES[name] for name in names}
    return run(read(fleet, set=changes), resize=resize).measures[measure].value


def test_times_carry_their_unit_and_nothing_has_no_sign():
    """Months and years stand behind the name; a difference that rounds to nothing is written without a sign."""
    name, _, _, change = moved_row("shares.payback", "month", 53.0, 62.0)
    assert (name, change.text()) == ("shares.payback, months", "9")
    assert moved_row("senior.average_life", "year", 3.0, 3.1)[0] == "senior.average_life, years"
    assert moved_row("shares.irr", "1/year", 0.08, 0.08 - 1e-7)[3] == "0.00 points"
    assert moved_row("senior.dscr.min", "ratio", 1.3, 1.3 - 1e-7)[3].text() == "0.00x"


def test_terms_are_told_with_both_texts_and_places(found):
    """Each term that differs: path, both texts, the line of A and how it came into B."""
    rent = next(x for x in found.changes if x.path == "contracts.rent.rent")

    assert [x.path for x in found.changes] == list(CHANGES)
    assert (rent.a, rent.b) == ("1.60 USD/GPU-h", "1.45 USD/GPU-h")
    assert rent.where_a.startswith("fleet.yaml:") and rent.where_b == "--set"


def test_the_same_value_written_otherwise_is_no_difference(fleet, tmp_path):
    """55_000 is 55000, 5y is 60m, and a default may be written out: only what reads differently is told."""
    text = fleet.read_text().replace("55_000", "55000").replace("10_000", "10000").replace("term: 5y", "term: 60m")
    (tmp_path / "other.yaml").write_text(text.replace("opex: 1.5%", "opex: 1.5%\n    delay: 0m"))

    assert compare(run(read(fleet)), run(read(tmp_path / "other.yaml"))).changes == ()


@pytest.mark.parametrize("measure", MEASURES)
def test_parts_sum_to_the_whole_move(found, measure):
    """In turn, and on average over all orders, the parts sum to the move; alone, with the interaction."""
    for reading in found.attribution.readings:
        move = reading.moves.get(measure)
        if move is None:  # the amount lent does not move while it is held as signed
            assert (reading.name, measure) == (SIGNED, "senior.amount")
            continue
        near = pytest.approx(move.total, rel=1e-9, abs=1e-12)
        assert sum(p.turn for p in move.parts) == near
        assert sum(p.average for p in move.parts) == near
        assert sum(p.alone for p in move.parts) + move.interaction == near


@pytest.mark.parametrize("reading", [SIGNED, SIZED])
def test_parts_are_differences_of_runs_of_their_own(found, fleet, reading):
    """Alone, in turn, last and averaged over all six orders, each worked out from separate runs of the deal."""
    resize = reading == SIZED
    move = next(r for r in found.attribution.readings if r.name == reading).moves["shares.irr"]
    names = list(CHANGES)
    told = {
        frozenset(names[k] for k in range(3) if bits >> k & 1): value(
            fleet, [names[k] for k in range(3) if bits >> k & 1], "shares.irr", resize=resize
        )
        for bits in range(8)
    }

    for part in move.parts:
        here, rest = frozenset({part.lever}), frozenset(names) - {part.lever}
        orders = list(permutations(names))
        before = [frozenset(order[: order.index(part.lever)]) for order in orders]
        assert part.alone == pytest.approx(told[here] - told[frozenset()], rel=1e-9)
        assert part.last == pytest.approx(told[frozenset(names)] - told[rest], rel=1e-9)
        share = sum(told[b | here] - told[b] for b in before) / len(orders)
        assert part.average == pytest.approx(share, rel=1e-9)


def test_both_readings_are_given_where_sizing_differs(found):
    """Debt held as signed comes first, for that is how a variant runs; sized afresh the amount moves too."""
    signed, sized = found.attribution.readings

    assert (signed.name, signed.reaches_b, sized.name, sized.reaches_b) == (SIGNED, True, SIZED, False)
    assert "senior.amount" in sized.moves and "senior.amount" not in signed.moves


def test_one_reading_is_given_where_nothing_is_sized_otherwise(fleet):
    """A term that no constraint reads: both readings would say the same, so one is shown."""
    found = attribute(run(read(fleet)), run(read(fleet, set={"assets.gpus.sale.share": "5%"})))

    assert len(found.readings) == 1


def test_two_files_reach_the_second_as_it_was_run(fleet, tmp_path):
    """Another file is sized on its own terms, and the terms taken over one at a time end exactly there."""
    (tmp_path / "other.yaml").write_text(fleet.read_text().replace("rent: 1.60", "rent: 1.45").replace("7.1%", "8.6%"))
    b = run(read(tmp_path / "other.yaml"))

    found = compare(run(read(fleet)), b, attribute=True).attribution

    assert (found.readings[0].name, found.readings[0].reaches_b) == (SIZED, True)
    assert found.readings[0].moves["senior.amount"].b == pytest.approx(b.measures["senior.amount"].value)


def test_terms_that_need_each_other_are_one_change(fleet):
    """A reserve held by a letter of credit, and the letter: the deal refuses one without the other."""
    letter = {"type": "letter_of_credit", "issuer": "bank", "applicant": "vehicle", "amount": "24m USD", "fee": "2%"}
    tied = {
        "contracts.letter": letter,
        "contracts.senior.reserve.funding": "letter_of_credit",
        "contracts.senior.reserve.letter_of_credit": "letter",
    }
    b = run(read(fleet, set={**tied, "contracts.rent.rent": "1.45 USD/GPU-h"}), resize=True)

    found = attribute(run(read(fleet)), b, resize=True)

    assert found.notes == ()
    assert {frozenset(x.path for x in lever.changes) for lever in found.levers} == {
        frozenset(tied),
        frozenset({"contracts.rent.rent"}),
    }
    move = found.readings[0].moves["shares.irr"]
    assert sum(p.turn for p in move.parts) == pytest.approx(move.total, rel=1e-9)
    assert found.readings[0].reaches_b


def test_many_changes_are_averaged_over_two_orders(fleet):
    """With more changes than are run in every combination, the average over an order and its reverse still sums."""
    many = {
        **CHANGES,
        "assets.gpus.opex": "1.7%",
        "assets.gpus.unit_price": "56_000 USD",
        "assets.gpus.delay": "1m",
        "contracts.senior.upfront_fee": "1.5%",
        "contracts.senior.commitment_fee": "60bp",
    }
    found = attribute(run(read(fleet)), run(read(fleet, set=many)), resize=True)
    move = found.readings[0].moves["shares.irr"]

    assert (len(found.levers), found.orders, found.exact) == (8, 2, False)
    assert sum(p.average for p in move.parts) == pytest.approx(move.total, rel=1e-9)
    assert sum(p.turn for p in move.parts) == pytest.approx(move.total, rel=1e-9)


def test_a_deal_with_other_parties_is_compared_on_what_is_common(fleet, tmp_path):
    """Other parties and assets are listed, figures in common compared, nothing attributed, and the page says why."""
    (tmp_path / "two.yaml").write_text(template("two-vehicles", "two"), encoding="utf-8")

    found = compare(run(read(fleet)), run(read(tmp_path / "two.yaml")), attribute=True)

    assert any(text.startswith("assets only in B: solar") for text in found.structure)
    assert found.attribution.readings == () and "not attributed" in found.attribution.notes[0]
    assert any(name == "senior.dscr.min" for name, *_ in found.measures)
    assert "shares.irr" in found.alone and "shares.irr" not in found.tables()[2].text()


def test_a_measure_nobody_has_is_refused_with_the_nearest(fleet):
    """A misspelt measure is an error that names the one meant."""
    a = run(read(fleet))

    with pytest.raises(RingfenceError, match=r"shares\.irr"):
        compare(a, a, of=("shares.ir",))


def test_the_page_reads(found):
    """The page names every term, tells the move of each figure shown, and says how the parts are made."""
    page = "\n".join(table.text() for table in found.tables("as agreed", "changed", ("shares.irr",)))

    assert all(path in page for path in CHANGES)
    assert "shares.irr: 16.15% to" in page and "all 6 orders" in page and "the whole move" in page
    assert max(map(len, page.splitlines())) <= 112


def test_an_example_scenario_by_hand():
    """The BB ladder of the $10bn plan changes one term, which therefore moves everything."""
    deal = Path(__file__).parents[2] / "examples" / "softbank-10bn" / "deal.yaml"
    found = compare(run(read(deal)), run(read(deal, scenario="bb-ladder")), attribute=True)

    [part] = found.attribution.readings[0].moves["gpu_equity.irr"].parts
    assert part.lever == "contracts.senior.pricing"
    assert part.alone == part.average == found.attribution.readings[0].moves["gpu_equity.irr"].total
