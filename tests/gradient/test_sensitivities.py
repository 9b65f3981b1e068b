"""The page and the answer of ``ringfence sensitivities``."""

import json
import re

import pytest
from typer.testing import CliRunner

import ringfence as rf
from ringfence.cli import app
from ringfence.cli.refusals import UsageError
from ringfence.desk.scaffold import write_template
from ringfence.errors import RingfenceError

TEN_BILLION = "examples/softbank-10bn/deal.yaml"


@pytest.fixture(scope="module")
def fleet(tmp_path_factory):
    """The template of a leased fleet."""
    return write_template(tmp_path_factory.mktemp("deal") / "fleet.yaml", "gpu-lease")


@pytest.fixture(scope="module")
def answer(fleet):
    """What moves the shareholders' IRR."""
    return rf.sensitivities(rf.read(fleet), "shares.irr")


def test_effect_is_slope_times_move(fleet, answer):
    """A tenth more rent earns what a run with a tenth more rent earns, to first order; the elasticity says the same."""
    rent = answer["rent.rent"]
    deal = rf.read(fleet)
    terms = rf.run(rf.read(fleet, set={"contracts.rent.rent": "1.6016 USD/GPU-h"}))
    per_cent = (terms.measures["shares.irr"].value - rf.run(deal).measures["shares.irr"].value) * rent.value / 0.0016

    assert rent.move.words == "+10 %"
    assert rent.exact == pytest.approx(0.1 * rent.value * rent.slope)
    assert rent.elasticity == pytest.approx(rent.slope * rent.value / answer.value)
    if rent.value == 1.6:
        assert per_cent == pytest.approx(10 * rent.exact, rel=1e-2)


def test_every_checked_slope_agrees_with_one_step(answer):
    """Rows with check runs either agree with a run a hundred-thousandth of the move away, or say where they turn."""
    checked = [row for row in answer.rows if row.above is not None]

    assert len(checked) >= 5
    for row in checked:
        assert row.one_sided or row.gap < 1e-6
        assert not row.one_sided or row.corners or row.jump_up is not None or row.jump_down is not None


def test_both_readings_are_told(fleet, answer):
    """The margin moves the debt in one reading and not in the other; a sizing term moves only the re-sized deal."""
    resized = rf.sensitivities(rf.read(fleet), "senior.amount", resize=True)
    cover = (
        resized["senior.size.min.1.dscr"]
        if "senior.size.min.1.dscr" in {r.input for r in resized.rows}
        else resized.rows[0]
    )

    assert answer.reading == "signed"
    assert resized.reading == "re-sized"
    assert cover.signed == 0.0
    assert cover.resized != 0.0
    assert all(row.signed is not None and row.resized is not None for row in answer.rows)


def test_rows_are_ordered_and_clean(answer):
    """The weightiest input comes first; the clock, codes and signed figures are no terms."""
    sizes = [row.size for row in answer.rows[:12]]

    assert sizes == sorted(sizes, reverse=True)
    assert not [row.input for row in answer.rows if row.input.startswith("period.") or row.input.endswith(".signed")]


def test_page_reads(answer):
    """The page names figure, reading, moves and places, and fits its width."""
    text = repr(answer)

    assert text.startswith("What moves shares.irr: ")
    assert "on the signed schedule; effects in percentage points" in text
    assert re.search(r"rent\.rent\*? .*\+10 %", text)
    assert re.search(r"rent\.rent +rent per GPU-hour +USD/GPU-h +fleet\.yaml:\d+ = ", text)
    assert "One-step check: " in text
    assert max(map(len, text.splitlines())) <= 112
    assert "<table>" in answer._repr_html_()


def test_curve_moves_as_a_whole(tmp_path):
    """A curve of rates moves by 100 basis points at every point, gives a slope for each, and is checked by runs."""
    deal = rf.read(write_template(tmp_path / "plant.yaml", "solar"))
    curve = rf.sensitivities(deal, "term_loan.interest.total", by="curve.*")["curve.sofr.points"]

    assert curve.value is None
    assert curve.move.words == "+100 bp"
    assert len(curve.slope[1]) == len(curve.slope[0]) > 1
    assert curve.exact == pytest.approx(0.01 * curve.slope[1].sum())
    assert curve.up == pytest.approx(curve.exact, rel=0.05)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"of": "shares.ir"}, "there is no measure shares.ir; did you mean shares.irr?"),
        ({"of": "senior.dscr"}, "senior.dscr is a row, not a measure; name a period of it: senior.dscr@2027-06"),
        ({"of": "senior.dscr@1999-01"}, "1999-01"),
        ({"of": "shares.irr", "by": "rent.rnt"}, "no input matches rent.rnt; did you mean rent.rent?"),
    ],
)
def test_unknown_names_are_refused(fleet, arguments, words):
    """A measure or an input that is not there is named, with the nearest one."""
    with pytest.raises(RingfenceError, match=re.escape(words)):
        rf.sensitivities(rf.read(fleet), **arguments)


def test_measure_without_value_is_refused(tmp_path):
    """A measure that is n/a has no derivative, and says why."""
    path = write_template(tmp_path / "fleet.yaml", "gpu-lease")
    deal = rf.read(path, set={"contracts.rent.rent": "0.01 USD/GPU-h"})

    with pytest.raises(RingfenceError, match="has no value in this run, so it has no derivative"):
        rf.sensitivities(deal, "shares.payback")


def test_a_cell_has_sensitivities_too(fleet):
    """A row in one period and a one-cell row are differentiated and checked like a measure."""
    deal = rf.read(fleet)
    cover = rf.sensitivities(deal, "senior.dscr@2026-03", top=3, by="rent.rent,gpus.opex")
    amount = rf.sensitivities(deal, "senior.amount.sized", by="gpus.unit_price")

    assert cover.value == pytest.approx(rf.run(deal).rows("senior.dscr")["senior.dscr"][cover.labels.index("2026-03")])
    assert cover["rent.rent"].gap < 1e-6
    assert cover["rent.rent"].up == pytest.approx(cover["rent.rent"].exact, rel=1e-3)
    assert amount["gpus.unit_price"].elasticity == pytest.approx(1.0)


def test_a_cell_is_written_like_its_row_and_rounding_is_no_effect(fleet):
    """A cover in one month is told in times, and a slope of its last bits is 0."""
    from dataclasses import replace

    from ringfence.desk.sensitivities.page import page

    found = rf.sensitivities(rf.read(fleet), "senior.dscr@2026-03", top=3, by="rent.rent")
    noise = replace(found.rows[0], signed=3e-13, resized=-3e-13, up=0.7, down=-4e-16)
    line = page(replace(found, rows=(noise,)), 3)[0].text().splitlines()

    assert line[0] == "What moves senior.dscr@2026-03: 1.41x on the signed schedule; effects in x"
    assert line[3].split()[-5:] == ["0", "0", "+0.700", "0", line[3].split()[-1]]


def test_command(fleet):
    """The command prints the page, or one JSON object, and refuses what is not there with exit code 2."""
    runner = CliRunner()
    page = runner.invoke(app, ["sensitivities", str(fleet), "--of", "shares.irr", "--top", "3"])
    told = json.loads(
        runner.invoke(app, ["sensitivities", str(fleet), "--of", "shares.irr", "--top", "2", "--json"]).stdout
    )
    wrong = runner.invoke(app, ["sensitivities", str(fleet), "--of", "shares.ir"])

    assert page.exit_code == 0
    assert page.stdout.count("gpus.unit_price") >= 2
    assert [row["input"] for row in told["inputs"]]
    assert len(told["inputs"]) == 2
    assert told["reading"] == "signed"
    assert isinstance(wrong.exception, UsageError)


@pytest.mark.slow
def test_ten_billion():
    """On the $10bn example the twelve weightiest inputs are checked, and the equity commitment is where prices turn."""
    found = rf.sensitivities(rf.read(TEN_BILLION), "gpu_equity.irr")
    price = found["gpus.unit_price"]

    assert price.one_sided
    assert price.below < price.above < 0
    assert "gpu_equity.spv.gpu.contribution" in {corner.row for corner in price.corners}
    assert found["rent.rent"].gap < 1e-8
    assert found["rent.rent"].resized != found["rent.rent"].signed
