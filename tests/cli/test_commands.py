"""The commands: what they print, what they write, how they refuse."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.cli.conftest import Ringfence

import ringfence as rf
from ringfence.desk.scaffold import KINDS

EXAMPLE = Path(__file__).parents[2] / "examples/softbank-10bn/deal.yaml"


def test_run_answers_the_three_questions(ringfence: Ringfence, fleet: Path) -> None:
    """A run says whether lenders are paid, what investors earn and what the lessee pays, and that the checks hold."""
    typed = ringfence("run", fleet)
    assert typed.code == 0 and typed.err == ""
    for words in ("Are the lenders paid?", "What do investors earn?", "What does the lessee pay?", "Checks", "All "):
        assert words in typed.out


def test_plain_output_fits_a_page(ringfence: Ringfence) -> None:
    """Away from a terminal the memo of the example is plain text of at most 120 columns."""
    typed = ringfence("run", EXAMPLE, "--statements")
    assert typed.code == 0
    assert max(map(len, typed.out.splitlines())) <= 120
    assert "\x1b" not in typed.out


def test_json_is_one_object(ringfence: Ringfence, fleet: Path) -> None:
    """``--json`` prints one object with measures, checks, findings, deal and engine, and nothing else."""
    typed = ringfence("run", fleet, "--json")
    printed = json.loads(typed.out)
    assert {"measures", "checks", "findings", "deal", "engine"} <= set(printed)
    assert printed["measures"]["senior.amount"]["value"] == pytest.approx(385e6)
    assert printed["measures"]["senior.amount"]["unit"] == "USD"
    assert all({"name", "ok", "worst"} <= set(check) for check in printed["checks"])
    assert printed["deal"]["name"] == "fleet"
    assert printed["engine"] == {"name": "ringfence", "version": rf.__version__}


def test_a_measure_without_a_value_says_why(ringfence: Ringfence) -> None:
    """A rate that does not exist is null with a status and a reason, never NaN."""
    measures = json.loads(ringfence("run", EXAMPLE, "--json").out)["measures"]
    fusion = measures["co_fusion.irr"]
    assert fusion["value"] is None and fusion["status"] == "no_root" and fusion["reason"]


def test_a_refused_deal_is_json_too(ringfence: Ringfence) -> None:
    """With ``--json`` a deal that cannot be read gives the same object, its findings filled; exit code 1."""
    typed = ringfence("run", "nosuch.yaml", "--json")
    printed = json.loads(typed.out)
    assert typed.code == 1 and printed["measures"] == {}
    assert printed["findings"][0]["level"] == "error" and "nosuch.yaml" in printed["findings"][0]["message"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["run", "FLEET", "--scenario", "lat"], "late"),
        (["run", "FLEET", "--set", "contracts.rent.rant=1 USD/GPU-h"], "contracts.rent.rent"),
        (["run", "FLEET", "--set", "contracts.rent.rent=12 apples"], "contracts.rent.rent"),
        (["run", "nosuch.yaml"], "nosuch.yaml"),
    ],
)
def test_a_refused_deal_says_what_is_wrong(ringfence: Ringfence, fleet: Path, words: list[str], said: str) -> None:
    """A deal that is refused prints its findings on standard error and exits with 1."""
    typed = ringfence(*[fleet if w == "FLEET" else w for w in words])
    assert typed.code == 1 and said in typed.err and "Traceback" not in typed.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["rnu", "FLEET"], "run"),
        (["rows", "FLEET", "senir.dscr"], "senior.dscr"),
        (["rows", "FLEET", "senior.dscr", "--from", "2199-01"], "2199-01"),
        (["rows", "FLEET", "senior.dscr", "--from", "2027-01", "--to", "2026-01"], "2026-01"),
        (["rows", "FLEET", "senior.dscr", "--format", "parquet"], "--out"),
        (["explain", "FLEET", "senior.dsc"], "senior.dscr"),
        (["explain", "FLEET", "senior.dscr", "1999-01"], "1999-01"),
        (["run", "FLEET", "--only", "lons"], "loans"),
        (["run", "FLEET@late", "--scenario", "late"], "twice"),
        (["new", "x.yaml", "--kind", "sollar"], "solar"),
        (["new", ""], "name the file"),
    ],
)
def test_wrong_usage_exits_with_two(ringfence: Ringfence, fleet: Path, words: list[str], said: str) -> None:
    """A question that has no answer is refused with the nearest name; exit code 2."""
    typed = ringfence(*[w.replace("FLEET", str(fleet)) for w in words])
    assert typed.code == 2 and said in typed.err and typed.out == ""


def test_an_error_of_ringfence_is_one_paragraph(
    ringfence: Ringfence, fleet: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever goes wrong inside, there is no traceback: one paragraph and exit code 4."""

    def broken(*args: Any, **kwargs: Any) -> None:
        raise ZeroDivisionError("float division")

    monkeypatch.setattr("ringfence.desk.session.read", broken)
    monkeypatch.setattr("ringfence.desk.read", broken)
    typed = ringfence("run", fleet)
    assert typed.code == 4 and "ZeroDivisionError" in typed.err and "Traceback" not in typed.err
    monkeypatch.setenv("RINGFENCE_DEBUG", "1")
    assert "Traceback" in ringfence("run", fleet).err


def test_a_failed_check_exits_with_three(ringfence: Ringfence, fleet: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Figures of a wrong model are printed under a warning, and scripts are told."""
    from ringfence.desk.session import Check, Result

    failed = property(lambda self: (Check("deal.cash", "cash sums to zero", False, 12.5),))
    monkeypatch.setattr(Result, "checks", failed)
    typed = ringfence("run", fleet)
    assert typed.code == 3 and "FAILED" in typed.out and "deal.cash" in typed.out


def test_scenarios_run_on_the_signed_schedule(ringfence: Ringfence, fleet: Path) -> None:
    """A scenario keeps the signed amount and shows itself beside the deal as signed; --resize sizes afresh."""
    signed = json.loads(ringfence("run", f"{fleet}@cheap-rent", "--json").out)
    fresh = json.loads(ringfence("run", fleet, "--scenario", "cheap-rent", "--resize", "--json").out)
    assert signed["deal"]["signed"] and not fresh["deal"]["signed"]
    assert signed["measures"]["senior.amount"]["value"] == pytest.approx(385e6)
    assert fresh["measures"]["senior.amount"]["value"] < 385e6
    assert "Against the deal as signed" in ringfence("run", f"{fleet}@cheap-rent").out


def test_a_change_is_named(ringfence: Ringfence, fleet: Path) -> None:
    """A run under --set says what was changed."""
    typed = ringfence("run", fleet, "--set", "contracts.rent.rent=1.50 USD/GPU-h", "--only", "headline")
    assert "Changed: contracts.rent.rent = 1.50 USD/GPU-h" in typed.out


def test_check_prints_no_figures(ringfence: Ringfence, fleet: Path) -> None:
    """``check`` is about the deal file and the model, not about returns."""
    typed = ringfence("check", fleet)
    assert typed.code == 0 and "Checks" in typed.out and "IRR" not in typed.out
    assert "measures" not in json.loads(ringfence("check", fleet, "--json").out)


def test_rows_as_csv_are_the_rows(ringfence: Ringfence, fleet: Path, result: Any) -> None:
    """CSV has one line per period with dates, in base units and full precision."""
    lines = list(csv.DictReader(io.StringIO(ringfence("rows", fleet, "senior.c*ing", "--format", "csv").out)))
    assert [line["period"] for line in lines] == list(result.labels)
    assert [float(line["senior.closing"]) for line in lines] == result.rows("senior.closing").cells("senior.closing")


def test_rows_can_be_cut_by_period(ringfence: Ringfence, fleet: Path) -> None:
    """--from and --to choose the periods, both included."""
    typed = ringfence("rows", fleet, "senior.closing", "--from", "2026-01", "--to", "2026-03")
    assert [line.split()[0] for line in typed.out.splitlines()[3:]] == ["2026-01", "2026-02", "2026-03"]


def test_rows_as_parquet(ringfence: Ringfence, fleet: Path, tmp_path: Path, result: Any) -> None:
    """Parquet holds the same numbers and real dates."""
    duckdb = pytest.importorskip("duckdb")
    file = tmp_path / "it's.parquet"
    assert ringfence("rows", fleet, "senior.*", "--out", file).code == 0
    relation = duckdb.from_parquet(str(file))
    assert str(relation.types[relation.columns.index("end")]) == "DATE"
    column = [line[0] for line in relation.select('"senior.closing"').fetchall()]
    assert column == result.rows("senior.closing").cells("senior.closing")


def test_explain_picks_the_telling_period(ringfence: Ringfence, fleet: Path) -> None:
    """Without a period a ratio is explained where it is lowest, and the answer says so."""
    typed = ringfence("explain", fleet, "senior.dscr")
    assert typed.code == 0 and "is where it is lowest" in typed.out
    assert "fleet.yaml:" in ringfence("explain", fleet, "senior.dscr.min").out


def test_compare_shows_terms_and_measures(ringfence: Ringfence, fleet: Path) -> None:
    """Two scenarios side by side: the term that differs and the measures it moved."""
    typed = ringfence("compare", fleet, "@cheap-rent")
    assert "contracts.rent.rent" in typed.out and "senior.dscr.min" in typed.out
    found = json.loads(ringfence("compare", fleet, "@cheap-rent", "--json").out)
    [term] = found["inputs"]
    assert (term["path"], term["a"], term["b"]) == ("contracts.rent.rent", "1.60 USD/GPU-h", "1.30 USD/GPU-h")
    assert term["where_a"].startswith("fleet.yaml:") and term["where_b"].endswith("(scenario cheap-rent)")
    assert "senior.amount" not in found["measures"]
    moves = found["attribution"]["readings"][0]["measures"]
    assert moves["shares.irr"]["parts"][0]["alone"] == moves["shares.irr"]["move"]


def test_compare_takes_changes_and_says_what_is_missing(ringfence: Ringfence, fleet: Path) -> None:
    """A deal against itself with --set; without B and without a change, the ways out are named."""
    typed = ringfence("compare", fleet, "--set", "contracts.rent.rent=1.45 USD/GPU-h", "--of", "shares.irr")
    assert typed.code == 0 and "shares.irr: 16.15% to" in typed.out
    assert "moved it by" not in ringfence("compare", fleet, "@cheap-rent", "--quick").out
    alone = ringfence("compare", fleet)
    assert alone.code == 2 and "--set" in alone.err


def test_a_deal_equals_itself(ringfence: Ringfence, fleet: Path) -> None:
    """Comparing a deal with itself finds nothing."""
    found = json.loads(ringfence("compare", fleet, fleet, "--json").out)
    assert found["inputs"] == [] and found["measures"] == {}


@pytest.mark.parametrize("kind", KINDS)
def test_every_template_runs_clean(ringfence: Ringfence, kind: str, tmp_path: Path) -> None:
    """What ``new`` writes runs without warnings or alerts and passes its checks, in every scenario too."""
    file = tmp_path / "my own deal.yaml"
    assert ringfence("new", file, "--kind", kind).code == 0
    printed = json.loads(ringfence("run", file, "--json").out)
    assert (
        {f["level"] for f in printed["findings"]} <= {"note"}
        and printed["alerts"] == []
        and all(c["ok"] for c in printed["checks"])
    )
    assert printed["deal"]["name"] == "my own deal"
    for scenario in rf.read(file).scenarios:
        assert ringfence("check", file, "--scenario", scenario).code == 0


def test_new_never_overwrites(ringfence: Ringfence, tmp_path: Path) -> None:
    """A file that exists is left alone."""
    file = tmp_path / "deal.yaml"
    file.write_text("mine")
    assert ringfence("new", file).code == 2
    assert file.read_text() == "mine"


def test_out_writes_a_run_and_replaces_only_a_run(ringfence: Ringfence, fleet: Path, tmp_path: Path) -> None:
    """--out writes five files; a second run replaces them; files of somebody else are refused."""
    folder = tmp_path / "run"
    for _ in range(2):
        assert ringfence("run", fleet, "--out", folder).code == 0
    names = {file.name for file in folder.iterdir()}
    assert {"measures.json", "index.csv", "statements.csv", "run.txt"} < names and len(names) == 5
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    (theirs / "run.txt").write_text("mine")
    typed = ringfence("run", fleet, "--out", theirs)
    assert typed.code == 2 and "run.txt" in typed.err and (theirs / "run.txt").read_text() == "mine"


def test_schema_and_version(ringfence: Ringfence) -> None:
    """The schema is JSON Schema, the version is the package's."""
    assert json.loads(ringfence("schema").out)["$schema"].startswith("https://json-schema.org")
    assert ringfence("version").out == f"ringfence {rf.__version__}\n"


def test_help_documents_the_exit_codes(ringfence: Ringfence) -> None:
    """``--help`` names every exit code."""
    text = ringfence("--help").out
    assert all(f"\n    {code}  " in text for code in range(5))


def test_help_imports_nothing_heavy() -> None:
    """The command line starts without the engine: no NumPy, QuantLib, pydantic or rich before a command needs them."""
    heavy = ("numpy", "QuantLib", "pydantic", "rich", "ruamel")
    code = f"import sys, ringfence.cli; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_a_closed_pipe_is_no_error(fleet: Path) -> None:
    """``ringfence rows ... | head`` ends quietly."""
    command = f"{sys.executable} -m ringfence.cli rows {fleet} '*' --format csv | head -1"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True)
    assert done.stderr == "" and done.stdout.startswith("period,")


def test_scenarios_side_by_side(ringfence: Ringfence, fleet: Path) -> None:
    """Every scenario of the deal is a line of one table."""
    typed = ringfence("scenarios", fleet)
    assert typed.code == 0 and all(name in typed.out for name in ("1.30 USD per GPU-hour", "three months late"))
