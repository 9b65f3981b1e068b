"""Variants change what they name, say where it came from, and refuse what the deal does not have."""

from __future__ import annotations

import datetime as dt

import pytest
from tests.terms.small import TEXT, Small

from ringfence.errors import DealError
from ringfence.terms.quantity import Pricing
from ringfence.terms.read import read_model


@pytest.fixture
def folder(tmp_path):
    """Return a function that writes named files below one folder and reads the first of them."""

    def read(files: dict[str, str], **how):
        for name, text in files.items():
            (tmp_path / "desk" / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / "desk" / name).write_text(text)
        return read_model(tmp_path / "desk" / next(iter(files)), Small, **how)

    return read


def refused(read, *args, **how):
    """Return the findings of a deal that is refused."""
    with pytest.raises(DealError) as caught:
        read(*args, **how)
    return caught.value.findings


def test_extends_merges(folder):
    """A variant changes one value, takes one out and keeps the rest, each with its own file."""
    variant = "extends: ../base/deal.yaml\ncontracts: {senior: {tenor: 7y}}\nassets: {sun: null}\n"
    small = folder({"bb/deal.yaml": variant, "base/deal.yaml": TEXT})

    assert small.contracts["senior"].tenor == 84
    assert list(small.assets) == ["gpus"]
    assert small.where("contracts.senior.tenor") == "deal.yaml:2  contracts.senior.tenor = 7y"
    assert small.where("contracts.senior.margin") == "../base/deal.yaml:19  contracts.senior.margin = SOFR + 3.00%"


def test_another_type_replaces(folder):
    """A contract that becomes another type keeps nothing of the old one."""
    variant = "extends: base.yaml\ncontracts: {senior: {type: lease, term: 2y}}\n"

    assert folder({"deal.yaml": variant, "base.yaml": TEXT}).contracts["senior"].type == "lease"


@pytest.mark.parametrize(
    "extends",
    ["/etc/passwd", "../../../etc/hosts.yaml", "../../x.yaml", "base.txt", "[a]", "3", "''", '"a\\0b.yaml"', "a" * 999],
)
def test_extends_stays_in_its_tree(folder, extends):
    """Absolute paths, paths out of the tree and other kinds of file are refused."""
    assert [f.name for f in refused(folder, {"a/deal.yaml": f"extends: {extends}\n"})] == ["extends"]


def test_extends_follows_links_before_it_allows(folder, tmp_path):
    """A link that leads out of the tree is refused like the path it stands for."""
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "x.yaml").write_text("deal: secret\n")
    (tmp_path / "desk" / "a").mkdir(parents=True)
    (tmp_path / "desk" / "a" / "link.yaml").symlink_to(tmp_path / "secret" / "x.yaml")

    assert [f.name for f in refused(folder, {"a/deal.yaml": "extends: link.yaml\n"})] == ["extends"]


def test_extends_in_a_circle_is_refused(folder):
    """Files that extend each other are refused with the circle printed."""
    [found] = refused(folder, {"deal.yaml": "extends: b.yaml\n", "b.yaml": "extends: deal.yaml\n"})

    assert found.message == "extends deal.yaml makes the files extend each other (deal.yaml -> b.yaml -> deal.yaml)."


def test_a_missing_base_is_named(folder):
    """A base that does not exist is refused by its name."""
    assert refused(folder, {"deal.yaml": "extends: gone.yaml\n"})[0].message == "gone.yaml does not exist."


def test_scenarios_build_on_each_other(folder):
    """A scenario is applied after the one it names; its values point at its own lines."""
    small = folder({"deal.yaml": TEXT}, scenario="late")

    assert small.scenario == "late"
    assert small.contracts["senior"].margin == Pricing(None, 0.045)
    assert [d.on for d in small.assets["gpus"].deliveries] == [9.0, dt.date(2026, 9, 30)]
    assert list(small.assets) == ["gpus"]
    assert small.where("contracts.senior.margin") == "deal.yaml:25  contracts.senior.margin = 450bp  (scenario wide)"


def test_set_comes_last(folder):
    """A --set wins over a scenario and is named as the source."""
    how = {"scenario": "wide", "sets": ["contracts.senior.margin=SOFR + 5%", "assets.gpus.deliveries.1.count=5"]}
    small = folder({"deal.yaml": TEXT}, **how)

    assert small.contracts["senior"].margin == Pricing("SOFR", 0.05)
    assert small.assets["gpus"].deliveries[1].count == 5
    assert small.where("contracts.senior.margin") == "--set  contracts.senior.margin = SOFR + 5%"


def test_set_may_write_a_default_and_take_out(folder):
    """A known key that is not written may be set; null takes a value out; a mapping adds an entry."""
    sets = ["contracts.senior.upfront=2%", "assets.sun=null", "contracts.hall={type: lease, term: 4y}"]
    small = folder({"deal.yaml": TEXT}, sets=sets)

    assert small.contracts["senior"].upfront == 0.02
    assert list(small.assets) == ["gpus"]
    assert small.contracts["hall"].term == 48


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ({"scenario": "lat"}, "There is no scenario lat; did you mean late?"),
        ({"scenario": "x"}, "There is no scenario x."),
        (
            {"sets": ["contracts.senor.margin=3%"]},
            "contracts.senor.margin is not in the deal; did you mean contracts.senior.margin?",
        ),
        (
            {"sets": ["contracts.senior.mragin=3%"]},
            "contracts.senior.mragin is not in the deal; did you mean contracts.senior.margin?",
        ),
        ({"sets": ["assets.gpus.deliveries.7.count=3"]}, "assets.gpus.deliveries.7.count is not in the deal."),
        ({"sets": ["contracts.new=3"]}, "contracts.new is not in the deal."),
        ({"sets": ["margin"]}, "--set margin is not of the form path=value."),
        ({"sets": ["a..b=1"]}, "--set a..b=1 is not of the form path=value."),
        ({"sets": ["deal.x=1"]}, "deal.x is not in the deal."),
    ],
)
def test_unknown_overrides_are_refused(folder, how, message):
    """An override of something the deal does not have is refused with the nearest that it has."""
    assert refused(folder, {"deal.yaml": TEXT}, **how)[0].message == message


@pytest.mark.parametrize(
    "scenarios",
    [
        "3",
        "[a]",
        "{a: 3}",
        "{a: {after: b}}",
        "{a: {after: b}, b: {after: a}}",
        "{a: {after: [x]}}",
        "{a: {nope.x: 1}}",
    ],
)
def test_broken_scenarios_are_refused(folder, scenarios):
    """A scenario that is no mapping, follows nothing, follows itself or overrides nothing is refused."""
    text = TEXT.partition("scenarios:")[0] + f"scenarios: {scenarios}\n"

    assert {f.name for f in refused(folder, {"deal.yaml": text}, scenario="a")} == {"scenario"}
