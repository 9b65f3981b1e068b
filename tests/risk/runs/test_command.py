"""``ringfence risk`` as typed: the page, files, array jobs, refusals."""

import json

import pytest
from tests.docs.pages import command


def risk(deal, text=""):
    """What the command prints."""
    return command(f"ringfence risk {deal} {text}")


@pytest.mark.slow
def test_the_page_and_its_files(deal_file, tmp_path):
    """The page goes to the screen and, with the blocks, an object and the fans, into the folder."""
    out = tmp_path / "run"
    printed = risk(deal_file, f"-n 1500 --stress --out {out}")

    assert "1,500 paths, seed 0" in printed
    assert "What if? Named cases on the debt as signed" in printed
    names = {p.name for p in out.iterdir()}
    assert names == {"run.json", "blocks", "risk.json", "risk.txt", "fans.parquet", "fans.svg", "fans.png"}
    assert json.loads((out / "risk.json").read_text())["loans"]["senior"]["slotting"]["category"]
    again = risk(deal_file, f"-n 1500 --stress --out {out} --resume")
    assert [line for line in again.splitlines() if not line.startswith("wrote")] == [
        line for line in printed.splitlines() if not line.startswith("wrote")
    ]


@pytest.mark.slow
def test_an_array_job_ends_as_one_run(deal_file, tmp_path, monkeypatch):
    """Blocks computed apart, in any order, print the page of the whole."""
    monkeypatch.setattr("ringfence.desk.risk.run.Prepared.job.__kwdefaults__", {"seed": 0, "outputs": (), "block": 400})
    whole, out = risk(deal_file, "-n 1500"), tmp_path / "parts"

    assert "2 are missing" in risk(deal_file, f"-n 1500 --blocks 2:4 --out {out}")
    assert "all are there" in risk(deal_file, f"-n 1500 --blocks 0:2 --out {out}")
    merged = risk(deal_file, f"-n 1500 --resume --out {out}")
    assert [x for x in merged.splitlines() if not x.startswith("wrote")] == whole.splitlines()


@pytest.mark.slow
def test_json_is_one_object(deal_file):
    """Nothing else is printed."""
    assert json.loads(risk(deal_file, "-n 500 --json"))["seed"] == 0


@pytest.mark.slow
def test_several_deals_are_a_portfolio(deal_file):
    """A line for each and one for all."""
    printed = risk(f"{deal_file} {deal_file}@late", "-n 500")

    assert "Portfolio on the same paths" in printed
    assert "all together" in printed


@pytest.mark.slow
def test_a_portfolio_is_kept_and_taken_up(deal_file, tmp_path, monkeypatch):
    """Each deal has a folder, which is that of a run of its own; what is resumed prints the page of the whole."""
    monkeypatch.setattr("ringfence.desk.risk.run.Prepared.job.__kwdefaults__", {"seed": 0, "outputs": (), "block": 200})
    out, deals = tmp_path / "all", f"{deal_file} {deal_file}@late"
    whole = risk(deals, f"-n 600 --stress --out {out}")
    names = ("deal", "deal@late")

    assert {p.name for p in out.iterdir()} == {*names, "portfolio.txt", "portfolio.json"}
    assert all((out / name / "risk.json").exists() for name in names)
    assert "What if? Named cases" in whole
    assert "Portfolio on the same paths" in (out / "portfolio.json").read_text()
    assert json.loads((out / "portfolio.json").read_text())
    (out / "deal@late" / "blocks" / "0000001.parquet").unlink()
    assert "--resume" in risk(deals, f"-n 600 --out {out}")
    assert risk(deals, f"-n 600 --stress --out {out} --resume") == whole
    assert "600 paths, seed 0" in risk(f"{deal_file}@late", f"-n 600 --out {out / 'deal@late'} --resume")
    assert "seed 0, not 5" in risk(deals, f"-n 600 --seed 5 --out {out} --resume")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("--sobol", "--sobol takes one deal, and 2 are named: variance is explained by the factors of one deal"),
        ("--reverse", "--reverse takes one deal, and 2 are named"),
        ("--of rent.total", "--of takes one deal, and 2 are named"),
        ("--parties p.csv", "--parties takes one deal, and 2 are named"),
        ("--blocks 0:1 --out x", "--blocks takes one deal, and 2 are named"),
        ("--resume", "add --out DIR"),
    ],
)
def test_a_portfolio_refuses_before_it_runs(deal_file, text, said, monkeypatch):
    """What takes one deal is refused before anything is prepared."""
    monkeypatch.setattr("ringfence.desk.risk.prepare", None)

    assert said in risk(f"{deal_file} {deal_file}@late", text)


def test_a_deal_is_named_once_in_a_portfolio(deal_file, tmp_path, monkeypatch):
    """The same deal twice, or two that would share a folder, are refused before anything is prepared."""
    monkeypatch.setattr("ringfence.desk.risk.prepare", None)
    other = tmp_path / deal_file.name
    other.write_text(deal_file.read_text())

    assert "is named twice" in risk(f"{deal_file} {deal_file}")
    assert "would share the folder deal" in risk(f"{deal_file} {other}")


@pytest.mark.slow
def test_party_cash_goes_to_the_accounts(deal_file, tmp_path):
    """A sample written here is what ``ringfence accounting --samples`` reads; without an index there is no rate."""
    floating, path = tmp_path / "floating.yaml", tmp_path / "parties.csv"
    text = deal_file.read_text().replace("pricing: 7.1%", "pricing: SOFR + 3%")
    floating.write_text(text + "\ncurves: {SOFR: {points: {2025-01-01: 4.10}}}\n")

    printed = risk(floating, f"-n 500 --parties {path}")
    accounts = command(f"ringfence accounting {floating} --samples {path}")

    assert "Who absorbs the expected losses of vehicle?" in printed
    assert (
        printed[printed.index("Who absorbs") :].splitlines()[:8]
        == (accounts[accounts.index("Who absorbs") :].splitlines()[:8])
    )
    assert "no risk-free rate is known" in risk(deal_file, f"-n 500 --parties {path}")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("-n 0", "The run has 0 paths"),
        (f"-n {10**22}", "at most 1e+10"),
        ("--cluster hello", "hello is no address of a Dask scheduler; write it as tcp://host:8786"),
        ("--seed -1", "The seed is -1"),
        ("--of senior.dscr.mim", "did you mean senior.dscr.min"),
        ("--factors rnt", "There is no factor rnt; did you mean rent"),
        ("--resume", "add --out DIR"),
        ("--blocks 0:1", "add --out DIR"),
        ("--blocks x --out somewhere", "--blocks x is no span"),
        ("--blocks 90:99 --out somewhere", "begins after the last of"),
        ("--cluster tcp://h:1 --workers 2", "exclude each other"),
    ],
)
def test_what_cannot_be_asked_is_said(deal_file, text, said, tmp_path, monkeypatch):
    """Refusals name the value and the way out; there is never a traceback."""
    monkeypatch.chdir(tmp_path)
    printed = risk(deal_file, f"{text} -n 100" if "-n" not in text else text)

    assert said in printed
    assert "Traceback" not in printed
    assert "error of its own" not in printed


@pytest.mark.slow
def test_a_folder_of_another_run_is_refused(deal_file, tmp_path):
    """Another seed into the same folder is a finding with both numbers."""
    risk(deal_file, f"-n 300 --out {tmp_path / 'run'}")

    assert "seed 0, not 5" in risk(deal_file, f"-n 300 --seed 5 --out {tmp_path / 'run'}")
    assert "--resume" in risk(deal_file, f"-n 300 --out {tmp_path / 'run'}")


def test_a_factor_on_a_missing_asset_is_a_finding(deal_file, tmp_path):
    """The risk block is checked with the rest of the deal."""
    broken = tmp_path / "broken.yaml"
    broken.write_text(deal_file.read_text().replace("type: resale, fleet: gpus", "type: resale, fleet: tpus"))

    printed = risk(broken, "-n 100")
    assert "tpus" in printed
    assert "error of its own" not in printed
