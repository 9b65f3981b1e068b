"""The reader keeps file and line, collects every finding and lets nothing else escape."""

from __future__ import annotations

import os
import pickle
import time

import pytest
from tests.terms.small import TEXT, Small

from ringfence.errors import DealError
from ringfence.terms.node import plain, read_nodes
from ringfence.terms.quantity import Pricing
from ringfence.terms.read import as_agreed, read_model, read_text, revise


@pytest.fixture
def deal(tmp_path):
    """Return a function that writes a deal file and reads it."""

    def read(text: str | bytes = TEXT, **how):
        path = tmp_path / "deal.yaml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return read_model(path, Small, **how)

    return read


def findings(read, *args, **how):
    """Return the findings of a deal that is refused."""
    with pytest.raises(DealError) as caught:
        read(*args, **how)
    return caught.value.findings


def test_every_value_has_its_line(deal):
    """A value is shown with file, line, path and its own text; a default with its nearest parent."""
    small = deal()

    assert small.contracts["senior"].margin == Pricing("SOFR", 0.03)
    assert small.where("contracts.senior.margin") == "deal.yaml:19  contracts.senior.margin = SOFR + 3.00%"
    assert small.where("assets.gpus.deliveries.1.count") == "deal.yaml:11  assets.gpus.deliveries.1.count = 50_000"
    assert small.where("contracts.senior.upfront") == "deal.yaml:14  contracts.senior.upfront (not written)"
    assert small.scenarios == {"wide": "the margin of a BB borrower", "late": ""}


def test_yaml_is_1_2(deal):
    """Words that YAML 1.1 takes for flags, dates, octal or hexadecimal numbers stay words."""
    text = "[no, on, 2026-03-31, 0x10, 1_000, 010, 1e3, 1:30, ~, true, '5', .5]"

    assert plain(read_nodes(text, "x")) == [
        "no",
        "on",
        "2026-03-31",
        "0x10",
        1000,
        10,
        1000.0,
        "1:30",
        None,
        True,
        "5",
        0.5,
    ]


def test_a_mark_and_windows_line_ends_are_read(deal):
    """A byte order mark and CRLF line ends change nothing."""
    assert deal(b"\xef\xbb\xbf" + TEXT.replace("\n", "\r\n").encode()) == deal()


def test_all_findings_come_together(deal):
    """Three mistakes give three findings, in the order of the file."""
    text = TEXT.replace("owner: spv", "ownr: spv", 1).replace("5.5 USDbn", "5.5").replace("tenor: 5y", "tenor: soon")

    assert [f.name for f in findings(deal, text)] == ["unknown-key", "amount", "duration"]


def test_one_mistake_is_said_once(deal):
    """A misspelt key that is also missing gives one finding, with the right word."""
    [found] = findings(deal, TEXT.replace("lender: banks", "lendr: banks"))

    assert found.message == "contracts.senior.lendr is not a known key; did you mean lender?"
    assert found.where == ("deal.yaml:16  contracts.senior.lendr = banks",)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "type: loan",
            "type: laon",
            "contracts.senior.type is laon, which is not one of its choices; did you mean loan?",
        ),
        ("type: loan\n    ", "", "contracts.senior.type is missing."),
        ("type: lease", "type: [lease]", "contracts.rent.type is a list, which is not one of its choices."),
        ("2026-09-30", "2026-09-31", "assets.gpus.deliveries.1.on is 2026-09-31, but September 2026 has 30 days."),
        ("900 USD/kW", "900 USD/MWh", "assets.sun.capex is 900 USD/MWh, but an amount in USD/kW is expected."),
        (
            "tenor: 5y",
            "tenor: 5y\n    net: no",
            "contracts.senior.net is the text 'no', but true or false is expected.",
        ),
        ("tenor: 5y", "tenor: 0.5m", "contracts.senior: the tenor is 0.5 months, but a loan lasts at least one month."),
        ("lender: banks", "lender: 12", "contracts.senior.lender is 12, but text is expected."),
        (
            "2027-01-01: 0.01",
            "soon: 0.01",
            "a key of contracts.senior.steps is soon, but a date is written 2026-03-31.",
        ),
        ("senior:", "senior: 3\n  x:", "contracts.senior is 3, but a mapping of terms is expected."),
        ("deal: meadow", "deal: meadow\ndeal: b", "deal is written twice: in lines 1 and 2."),
        ("deal: meadow", "deal: meadow\n<<: {a: 1}", "deal.yaml:2 merges with <<."),
        ("deal: meadow", "deal: !!str meadow", "deal.yaml:1 has the tag tag:yaml.org,2002:str."),
        ("deal: meadow", "deal: *name", "deal.yaml:1 refers to *name, which is not complete."),
        ("deal: meadow", "deal: [*a]", "deal.yaml:1 refers to *a, which is not complete."),
        ("deal: meadow", "deal: meadow\n? [a]\n: b", "deal.yaml:2 uses a list or mapping as a key."),
        ("  gpus:\n", "\tgpus:\n", "deal.yaml:4 is indented with a tab."),
        ("deal: meadow", "deal: a\x00b", "deal.yaml:1 has the control character 0x00."),
        ("scenarios:", "---\nscenarios:", "deal.yaml holds several documents."),
    ],
)
def test_messages(deal, old, new, message):
    """A mistake is said in the words of the deal, with what was read and what is expected."""
    assert findings(deal, TEXT.replace(old, new, 1))[0].message == message


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (b"", "document"),
        (b"- a\n- b\n", "document"),
        (b"just words", "document"),
        (b"\xff\xfed\x00", "encoding"),
        (b"deal: \xe9t\xe9", "encoding"),
        (b"a: " + b"[" * 41, "limits"),
        (b"a: " + b"{b: " * 3000, "limits"),
        (
            b"a: &a [x, x]\nb: &b [*a, *a]\n"
            + b"".join(b"%c: &%c [%s]\n" % (i, i, b", ".join([b"*%c" % (i - 1)] * 9)) for i in range(99, 123)),
            "limits",
        ),
        (b"a0: &a0 [x]\n" + b"".join(b"a%d: &a%d [*a%d]\n" % (i, i, i - 1) for i in range(1, 60)), "limits"),
        (b"a: " + b"9" * 100_000, "unknown-key"),
        (b"#" * 2_000_001, "file"),
    ],
)
def test_hostile_files_are_refused(deal, data, rule):
    """Empty, binary, deep, self-multiplying and oversized files are refused, quickly."""
    started = time.perf_counter()

    assert rule in [f.name for f in findings(deal, data)]
    assert time.perf_counter() - started < 20


def test_files_that_are_no_files_are_refused(tmp_path):
    """A missing file, a folder, a pipe and an impossible name are refused without waiting."""
    os.mkfifo(tmp_path / "pipe.yaml")
    for name in ("missing.yaml", ".", "pipe.yaml", "a\0b.yaml", "x" * 5000):
        with pytest.raises(DealError) as caught:
            read_model(f"{tmp_path}/{name}", Small)
        assert [f.name for f in caught.value.findings] == ["file"]


def test_warnings_stay_with_the_deal(deal):
    """A warning does not stop the deal; it is kept."""
    assert [f.level for f in deal("deal: a\nclose: 2026-01-01\n").findings] == ["warning"]


def test_revise_changes_and_checks(deal):
    """A revised deal has the new value with its source, and is checked like any other."""
    small = deal()
    changed = revise(small, {"contracts.senior.margin": "450bp"}, source="case lender")

    assert changed.contracts["senior"].margin == Pricing(None, 0.045)
    assert changed.where("contracts.senior.margin") == "case lender  contracts.senior.margin = 450bp"
    assert small.contracts["senior"].margin == Pricing("SOFR", 0.03)
    assert findings(revise, small, {"contracts.senior.tenor": 5})[0].name == "duration"


def test_documents_built_in_python_can_be_revised(deal):
    """A document without a file is revised through the form it would be written in."""
    small = deal()
    built = Small(**{name: getattr(small, name) for name in ("deal", "close", "assets", "contracts")})
    changed = revise(built, {"contracts.rent.term": "2y"})

    assert changed.contracts["rent"].term == 24
    assert changed.contracts["senior"] == small.contracts["senior"]
    assert changed.assets == small.assets


def test_text_is_read_like_a_file(deal):
    """Text gives the same document under the name it is given; it cannot reach other files."""
    small = read_text(TEXT, Small, name="form", scenario="late")

    assert small == deal(scenario="late")
    assert small.where("contracts.rent.term") == "form:21  contracts.rent.term = 1y6m"
    assert findings(read_text, "extends: a.yaml", Small)[0].name == "extends"
    assert findings(read_text, "deal: \ud800", Small)[0].name == "encoding"


def test_a_document_travels(deal):
    """A document crosses a process boundary with its sources."""
    small = deal()
    copy = pickle.loads(pickle.dumps(small))

    assert copy == small
    assert copy.where("contracts.rent.term") == small.where("contracts.rent.term")


def test_a_file_of_mistakes_is_answered_briefly(deal):
    """Thousands of unknown or repeated keys give a few hundred findings, the last one counting the rest."""
    unknown = findings(deal, TEXT + "".join(f"k{i}: 1\n" for i in range(3000)))

    assert len(unknown) <= 201
    assert unknown[-1].message == "2_800 more mistakes are not listed."
    assert len(findings(deal, "a: 1\n" * 3000)) <= 200


def test_as_agreed_leaves_out_what_was_laid_on(deal):
    """A deal read under a scenario and a change gives back the deal of the file."""
    assert as_agreed(deal(scenario="late", sets=["contracts.rent.term=2y"])) == deal()
