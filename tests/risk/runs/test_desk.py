"""The page of a run: what it prints is what the paths say."""

import json

import numpy as np
import pytest

import ringfence as rf
from ringfence.desk.risk import prepare, run_risk
from ringfence.desk.risk.export import risk_object
from ringfence.desk.risk.fans import fan_lines, sparkline, write_fans
from ringfence.desk.risk.parties import expected_loss_table, party_sample, read_sample, write_sample
from ringfence.desk.risk.portfolio import run_portfolio
from ringfence.errors import DealError, RunError
from ringfence.risk.job import compute
from ringfence.risk.runner import run_blocks

PATHS = 2_000


@pytest.fixture(scope="module")
def result(prepared):
    """Two thousand paths of the small deal."""
    return run_risk(prepared, paths=PATHS, seed=1)


@pytest.fixture(scope="module")
def block(prepared):
    """The very paths, number by number."""
    return compute(prepared.job(PATHS, seed=1), 0)


def test_probabilities_are_shares_of_the_paths(result, block):
    """Of every event of the loan, over life and by each date, with the error of a share."""
    for event, name in result.prepared.loans["senior"].events.items():
        first = block.values[name]
        for period in (10, 30, len(result.prepared.model.timeline.periods) - 1):
            share = (first <= period).mean()
            found = result.probability("senior", event, period)
            assert found.value == share
            assert found.error == pytest.approx(
                max((share * (1 - share) / PATHS) ** 0.5, 1 / PATHS * (share in (0, 1)))
            )
    assert 0.05 < result.probability("senior", "missed").value < 0.95


def test_p90_is_the_tenth_percentile_and_value_at_risk_the_tail(result, block):
    """P90 of the cover is what nine paths in ten exceed; ES is the mean of the worst twentieth."""
    cover = np.sort(block.values["senior.dscr.min"])
    npv = np.sort(block.values["shares.npv"])
    found = result.totals.distributions

    assert found["senior.dscr.min"].quantile(0.10) == cover[PATHS // 10 - 1]
    assert found["shares.npv"].quantile(0.05) == npv[PATHS // 20 - 1]
    assert found["shares.npv"].tail_mean(0.05) == pytest.approx(npv[: PATHS // 20].mean())


def test_expected_loss_is_probability_times_exposure_times_loss(result, block):
    """The identity of credit: EL is the mean over all paths; LGD the mean over those that default."""
    loan = result.prepared.loans["senior"]
    losses, lgd = block.values[loan.losses["auction"]], block.values[loan.lgds["auction"]]
    mean, error, given, _ = result.loss("senior")

    assert mean == pytest.approx(losses.mean())
    assert error == pytest.approx(losses.std(ddof=1) / PATHS**0.5)
    assert given == pytest.approx(lgd[~np.isnan(lgd)].mean())
    assert np.isnan(lgd).sum() == (block.values[loan.exposure] <= 1).sum()


def test_the_page_says_what_a_committee_asks(result):
    """Measures, conventions and the error of every probability are on it; the tables fit a page's width."""
    tables = {t.key: t for t in result.tables()}
    text = repr(result)

    assert {"headline", "lenders", "losses", "dates", "tranches", "equity", "slotting", "fans"} <= set(tables)
    assert "real-world: rent, resale, lessee, slip" in text
    assert "P90 is exceeded with 90% probability" in text
    for table, column in (("lenders", 5), ("lenders", 6), ("losses", 1), ("tranches", 4), ("equity", 4)):
        for row in tables[table].rows:
            assert any(sign in (row[column] or " of ") for sign in ("±", " of "))
    assert max(len(line) for line in text.splitlines()) <= 112


def test_the_object_is_json_and_holds_the_same(result):
    """No nan, no infinity; probabilities by date rise to those over life."""
    found = json.loads(json.dumps(risk_object(result), allow_nan=False))
    senior = found["loans"]["senior"]

    assert found["paths"] == PATHS
    assert senior["events"]["missed"]["probability"] == result.probability("senior", "missed").value
    assert senior["by_date"]["missed"][-1] == senior["events"]["missed"]["probability"]
    assert (np.diff(senior["by_date"]["missed"]) >= 0).all()


def test_measures_by_name_and_factors_by_name(deal_file):
    """--of adds a distribution; --factors leaves the rest still."""
    alone = prepare(rf.read(deal_file), factors=["resale"], of=["rent.total", "senior.ltv.max"][:1])
    found = run_risk(alone, paths=500)

    assert [f.id for f in alone.model.factors] == ["resale"]
    assert found.totals.distributions["rent.total"].moments.variance == pytest.approx(0, abs=1e-3)
    assert found.probability("senior", "missed").value == 0
    assert "rent.total" in {t.key: t for t in found.tables()}["measures"].rows[0]


def test_runs_without_a_figure_are_refused(prepared, monkeypatch):
    """Where no path has a value, the reason of the first is told; where figures have no spread, the largest of them."""
    from ringfence.risk import runner

    def on_every_path(change):
        def blocks(job, numbers):
            for number in numbers:
                found = compute(job, number)
                change(found)
                yield found

        return blocks

    with pytest.raises(RunError, match="none of 50 paths has a value: "):
        run_risk(prepared, paths=50, backend=on_every_path(lambda b: b.failed.__setitem__(slice(None), True)))
    name = f"{prepared.equity[0]}.npv"
    with pytest.raises(DealError, match=rf"{name} reaches 3.0e\+200 on a path"):
        run_risk(prepared, paths=50, backend=on_every_path(lambda b: b.values[name].__setitem__(7, -3e200)))
    assert runner.run(prepared.job(50)).failed == 0


def test_unknown_measures_and_factors_are_findings(deal_file):
    """Each is named with its nearest neighbour; a deal without risks says how to add them."""
    deal = rf.read(deal_file)
    with pytest.raises(DealError, match=r"There is no measure senior\.dscr\.mim; did you mean senior\.dscr\.min"):
        prepare(deal, of=["senior.dscr.mim"])
    with pytest.raises(DealError, match="no factor rents"):
        prepare(deal, factors=["rents"])
    with pytest.raises(DealError, match="no risk block"):
        prepare(rf.read("src/ringfence/desk/templates/solar.yaml"))
    with pytest.raises(DealError, match="has 0 paths"):
        run_risk(prepare(deal), paths=0)


def test_a_scenario_is_tested_on_the_schedule_of_the_deal(deal_file):
    """Under the scenario of a lower rent the debt is the signed one and fails more often."""
    low = prepare(rf.read(deal_file, scenario="cheap-rent"))
    high = prepare(rf.read(deal_file))
    found = [run_risk(p, paths=1_000) for p in (low, high)]

    assert low.signed.measures["senior.amount"].value == high.signed.measures["senior.amount"].value
    assert found[0].probability("senior", "lock_up").value > found[1].probability("senior", "lock_up").value


def test_fans_are_percentiles_of_each_period(result, prepared):
    """Of the rows themselves where they apply; a file has a line for each row and period."""
    fan = next(f for f in result.fans if f.of.row == "senior.dscr")
    job = prepared.job(PATHS, seed=1, outputs=["senior.dscr.min"])
    from ringfence.run import native

    got = native.compile(job.sheet, ["senior.dscr", "senior.dscr.applies"], dict(job.draws)).run(PATHS, seed=1)
    k = int(np.nanargmin(fan.values[2]))
    ranked = np.sort(got["senior.dscr"][got["senior.dscr.applies"][:, k] > 0.5, k])

    assert fan.values[2, k] == ranked[int(np.ceil(0.5 * len(ranked))) - 1]
    assert fan.values[1, k] == ranked[int(np.ceil(0.1 * len(ranked))) - 1]
    heads, lines = fan_lines(result)
    assert len(lines) == len(result.fans) * prepared.model.sheet.periods
    assert heads[-5:] == ["p01", "p10", "p50", "p90", "p99"]


@pytest.mark.slow
def test_fans_are_drawn(result, tmp_path):
    """A picture to scale and one to print; the same run draws the same bytes."""
    first = [path.read_bytes() for path in write_fans(result, tmp_path)]

    assert first[0].startswith(b"<?xml")
    assert first[1].startswith(b"\x89PNG")
    assert b"DSCR senior" in first[0]
    assert min(map(len, first)) > 20_000


@pytest.mark.slow
def test_what_explains_and_what_breaks_stand_on_the_page(result, prepared):
    """Indices carry their errors; the breaking move is verified by a run, and near the share of paths that break."""
    from dataclasses import replace

    from ringfence.desk.risk.more import More, explain, reverse

    explained = explain(prepared, ["shares.npv"], seed=1, paths=4_096)
    broken = reverse(prepared, seed=1)
    page = {t.key: t for t in replace(result, more=More(prepared, None, explained, broken)).tables()}

    assert {i.factor for i in explained[0].indices} == {"rent", "resale", "lessee", "slip"}
    assert all("±" in row[2] and "±" in row[3] for row in page["drivers"].rows)
    missed = next(one for one in broken if one.breaks.above)
    assert missed.after > missed.breaks.limit > missed.before
    assert 0.3 < missed.probability / result.probability("senior", "missed").value < 3
    assert all(row[1] for row in page["reverse"].rows)


def test_a_line_of_blocks_rises_with_its_numbers():
    """The lowest block for the lowest number, the highest from the highest on."""
    assert sparkline([0, 1, 2, 3, 4, 5, 6, 7, 9], 0, 8) == "▁▂▃▄▅▆▇██"
    assert len(sparkline(list(range(500)), 0, 499)) == 32


def test_a_portfolio_adds_up_path_by_path(deal_file):
    """What lenders lose in two deals on the same paths is the sum on each path; a deal with itself moves as one."""
    one, two = prepare(rf.read(deal_file)), prepare(rf.read(deal_file, scenario="late"))
    found = run_portfolio([("agreed", one), ("late", two)], paths=1_000, seed=2)
    parts = [next(iter(run_blocks(p.job(1_000, seed=2)))) for p in (one, two)]
    losses = sum(b.values[p.loans["senior"].losses["auction"]] for b, p in zip(parts, (one, two), strict=True))

    assert found.whole.losses.moments.mean == pytest.approx(losses.mean())
    assert found.whole.losses.quantile(0.99) == np.sort(losses)[989]
    assert found.sums["late"].losses.moments.mean == pytest.approx(
        parts[1].values[two.loans["senior"].losses["auction"]].mean()
    )
    assert np.corrcoef(*(b.values["shares.npv"] for b in parts))[0, 1] > 0.5
    assert len(found.tables()[0].rows) == 3


def test_parties_receive_what_the_accounts_say(prepared, deal_file, tmp_path):
    """With nothing moving, each path is the accounts' own present value by party; a file brings the sample back."""
    from ringfence.accounting.cash_evidence import party_values

    deal = rf.read(deal_file)
    still, left = party_sample(prepare(deal, factors=[]), "vehicle", paths=4, rate=0.04)
    right = party_values(rf.run(deal), "vehicle", rate=0.04)
    sample, _ = party_sample(prepare(deal), "vehicle", paths=2_000, rate=0.04)

    assert left == 0
    for party in still.parties:
        assert still.column(party) == pytest.approx(right[party], rel=1e-9)
    for name in ("sample.csv", "sample.parquet"):
        again = read_sample(write_sample(sample, tmp_path / name))
        assert again.parties == sample.parties
        assert (again.cash == sample.cash).all()
    rows = {row[0]: row for row in expected_loss_table(sample, "vehicle").rows}
    assert "±" in rows["fund"][3]
    assert float(rows["fund"][3].split("%")[0]) > 30


@pytest.mark.parametrize(
    ("text", "why"),
    [("a,b\n1,x\n", "'x', which is no number"), ("a,b\n", "1 lines"), ("a,b\n1\n", "1 cells under 2 heads"),
     ("a,b\n1,inf\n", "gives b inf"), ("a,probability\n1,0.5\n", "add to 0.5")],
)  # fmt: skip
def test_a_broken_sample_is_a_finding(text, why, tmp_path):
    """Whatever is wrong with a file is said, with its line."""
    path = tmp_path / "sample.csv"
    path.write_text(text)

    with pytest.raises(DealError, match=why):
        read_sample(path)
