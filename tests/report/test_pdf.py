"""The printed report: an archive file that says everything, the same bytes each time."""

from __future__ import annotations

import hashlib
import io
import os
import subprocess
import sys
from pathlib import Path

import pypdf
import pytest
from tests.report.made import BRIDGE, PLAN, Made, packed

from ringfence.desk.report import make_report, pdf_bytes
from ringfence.desk.report.write.layout import lay_out

SLOW = [pytest.param(name, marks=pytest.mark.slow) for name in ("plan", "stressed")]
SCRIPT = """
import sys, hashlib, ringfence as rf
from ringfence.desk.report import make_report, pdf_bytes, html_text
path, scenario = sys.argv[1], sys.argv[2] or None
made = make_report(rf.run(rf.read(path, scenario=scenario)), path)
print(hashlib.sha256(pdf_bytes(made)).hexdigest(), hashlib.sha256(html_text(made).encode()).hexdigest())
"""


def prints(path: Path, scenario: str, seed: str) -> list[str]:
    """Make a report in a process of its own and return the fingerprints of both files."""
    command = [sys.executable, "-c", SCRIPT, str(path), scenario]
    told = {**os.environ, "PYTHONHASHSEED": seed, "TZ": "Asia/Tokyo" if seed == "1" else "America/New_York"}
    run = subprocess.run(command, capture_output=True, text=True, timeout=300, check=True, env=told)
    return run.stdout.split()


def test_the_same_run_gives_the_same_bytes(bridge: Made):
    """A report made twice in one process is the same to the byte."""
    assert pdf_bytes(make_report(bridge.result, BRIDGE)) == bridge.pdf


@pytest.mark.slow
@pytest.mark.parametrize(("path", "scenario"), [(BRIDGE, ""), (PLAN, ""), (PLAN, "sakai-only")])
def test_two_processes_give_the_same_bytes(path: Path, scenario: str):
    """Neither the seed of hashing, nor the time zone, nor the clock reaches the files."""
    assert prints(path, scenario, "1") == prints(path, scenario, "2")


@pytest.mark.slow
def test_this_process_gives_the_bytes_of_another(bridge: Made):
    """A process that made other reports before gives the bytes of a fresh one."""
    mine = [hashlib.sha256(bridge.pdf).hexdigest(), hashlib.sha256(bridge.html.encode()).hexdigest()]
    assert prints(BRIDGE, "", "3") == mine


@pytest.mark.parametrize("which", ["bridge", "sam", "hostile"])
def test_it_is_an_archive_file(which: str, request: pytest.FixtureRequest):
    """It claims PDF/A-2a and PDF/UA-1, is tagged, names its language and title, and embeds every font."""
    made = request.getfixturevalue(which)
    reader = pypdf.PdfReader(io.BytesIO(made.pdf))
    xmp = reader.xmp_metadata.stream.get_data().decode()
    assert "<pdfaid:part>2</pdfaid:part>" in xmp
    assert "<pdfaid:conformance>A</pdfaid:conformance>" in xmp
    assert "<pdfuaid:part>1</pdfuaid:part>" in xmp
    catalogue = reader.trailer["/Root"]
    assert catalogue["/MarkInfo"]["/Marked"]
    assert catalogue["/Lang"] == "en"
    assert catalogue["/OutputIntents"]
    fonts = [f.get_object() for page in reader.pages for f in page["/Resources"]["/Font"].values()]
    assert fonts
    for font in fonts:
        about = font["/DescendantFonts"][0]["/FontDescriptor"]
        assert {"/FontFile2", "/FontFile3"} & set(about), font["/BaseFont"]


def test_nothing_in_it_runs_or_leads_outside(hostile: Made):
    """No script, no action, no file inside, no link but to a page of the report itself."""
    reader = pypdf.PdfReader(io.BytesIO(hostile.pdf))
    catalogue = reader.trailer["/Root"]
    assert not {"/OpenAction", "/AA", "/AcroForm"} & set(catalogue)
    assert not {"/JavaScript", "/EmbeddedFiles"} & set(catalogue.get("/Names", {}))
    links = [a.get_object() for page in reader.pages for a in page.get("/Annots", [])]
    assert links, "the contents lead to the sections"
    assert all("/A" not in link or link["/A"]["/S"] == "/GoTo" for link in links)


def test_its_date_is_that_of_the_deal(bridge: Made):
    """The file bears the date of the deal, not of the day it was written."""
    about = pypdf.PdfReader(io.BytesIO(bridge.pdf)).metadata
    assert about["/CreationDate"] == "D:20241001000000Z"


@pytest.mark.parametrize("which", ["bridge", "sam", *SLOW])
def test_everything_is_printed(which: str, request: pytest.FixtureRequest):
    """Every heading, every paragraph, every cell and note of every table and every title of a chart is on a page."""
    made = request.getfixturevalue(which)
    text = made.text
    for section in made.report.sections:
        assert packed(section.title) in text
        for block in section.blocks:
            if hasattr(block, "text") and isinstance(block.text, str):
                assert packed(block.text) in text
        for chart in section.charts:
            assert packed(chart.title) in text
        for table in section.tables:
            for laid in lay_out(table):
                cells = [cell for row in laid.cells for cell in row] + list(laid.table.notes) + list(laid.table.heads)
                missing = [cell for cell in cells if packed(cell) not in text]
                assert missing == [], f"{section.key}, {table.title}"


@pytest.mark.parametrize("which", ["bridge", "sam"])
def test_words_in_charts_are_text(which: str, request: pytest.FixtureRequest):
    """What a chart says can be searched: its labels are text, not outlines."""
    text = request.getfixturevalue(which).text
    assert "cashafteruseoffunds" in text or "cashafterusesoffunds" in text
    assert "cashattheendofthedeal" in text


def test_pages_are_numbered_and_headed(bridge: Made):
    """Every page says which it is, of how many, and from the second on which run it shows."""
    reader = pypdf.PdfReader(io.BytesIO(bridge.pdf))
    run = dict(bridge.report.facts)["Run"]
    for number, page in enumerate(reader.pages, 1):
        text = page.extract_text()
        assert f"{number} of {len(reader.pages)}" in text
        assert number == 1 or f"Run {run}" in text


def test_no_heading_stands_alone(bridge: Made, sam: Made):
    """No page ends with the heading of a section: something of the section follows on the same page."""
    for made in (bridge, sam):
        for page in pypdf.PdfReader(io.BytesIO(made.pdf)).pages:
            lines = [line.strip() for line in page.extract_text().splitlines() if line.strip()]
            body = [line for line in lines if " of " not in line[-9:] and not line.startswith("ringfence ")]
            assert not any(body[-1].endswith(s.title) for s in made.report.sections), body[-1]
