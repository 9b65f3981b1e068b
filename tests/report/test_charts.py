"""Charts: labels never overlap, bands keep their amounts, and a picture refers to nothing outside itself."""

from __future__ import annotations

import re
from datetime import date
from itertools import pairwise
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.report.made import Made

from ringfence.desk.report.charts import style
from ringfence.desk.report.charts.fan import Spread, fans, highest_ratio
from ringfence.desk.report.charts.lines import Line, Panel, line_panels
from ringfence.desk.report.charts.sankey import Band, Stop, sankey, stacked
from ringfence.desk.report.charts.stacked import Columns, Series, stacked_areas, stacked_columns
from ringfence.desk.report.text import MISSING, is_held, printed, shown

amounts = st.floats(0.1, 5_000.0)


@given(st.lists(st.floats(-10, 10), min_size=1, max_size=12), st.floats(0.1, 1.5))
def test_labels_are_moved_apart_and_no_further(wanted: list[float], least: float):
    """Labels keep their distance, stay in order, and one that is alone stays where it wants to be."""
    placed = style.spread(wanted, least, -100.0, 100.0)
    assert all(b - a >= least - 1e-9 for a, b in pairwise(sorted(placed)))
    ordered = [placed[k] for k in sorted(range(len(wanted)), key=lambda k: wanted[k])]
    assert ordered == sorted(placed)
    if all(b - a >= least for a, b in pairwise(sorted(wanted))):
        assert placed == pytest.approx(wanted)


@st.composite
def _flows(draw: st.DrawFn) -> tuple[list[Stop], list[Band]]:
    sizes = draw(st.lists(st.integers(1, 5), min_size=2, max_size=4))
    stops = [Stop(f"{c}:{k}", c, f"party {c} {k}") for c, n in enumerate(sizes) for k in range(n)]
    bands = []
    for stop in stops:
        onward = [s for s in stops if s.column > stop.column]
        for end in draw(st.lists(st.sampled_from(onward), max_size=3, unique=True)) if onward else []:
            bands.append(Band(stop.key, end.key, draw(amounts), draw(st.sampled_from(["equity", "revenue"]))))
    used = {key for b in bands for key in (b.start, b.end)}
    return [s for s in stops if s.key in used], bands


@given(_flows())
def test_boxes_never_overlap_and_hold_their_bands(flows: tuple[list[Stop], list[Band]]):
    """In every column boxes stand below each other, as large as their larger side; bands leave from and end on them."""
    stops, bands = flows
    if not bands:
        return
    columns, pieces, scale, height = stacked(stops, bands)
    for column in columns:
        boxes = sorted(column, key=lambda box: box.top)
        assert all(a.top + a.size <= b.top + 1e-9 for a, b in pairwise(boxes))
        assert all(box.top >= 0 and box.top + box.size <= height for box in boxes)
    for box in (box for column in columns for box in column if not box.lane):
        for side, ends in ((box.left, "at_b"), (box.right, "at_a")):
            total = sum(p.band.amount for p in side) * scale
            assert total <= box.size + 1e-9
            assert all(box.top - 1e-9 <= getattr(p, ends) <= box.top + box.size + 1e-9 for p in side)
    assert {id(p.band) for p in pieces} == {id(b) for b in bands}


def test_every_amount_stands_in_the_picture():
    """Each box of a Sankey says its amount."""
    stops = [Stop("a", 0, "payer"), Stop("b", 1, "vehicle"), Stop("c", 2, "payee")]
    svg = sankey(stops, [Band("a", "b", 1500.0, "revenue"), Band("b", "c", 1200.0, "costs")])
    words = " ".join(ElementTree.fromstring(svg).itertext())
    assert "payer 1,500" in words
    assert "vehicle 1,500" in words
    assert "payee 1,200" in words


def test_a_picture_is_the_same_each_time():
    """The same numbers give the same bytes, whatever settings somebody left behind."""
    import matplotlib

    def made() -> str:
        line = Line("one", [2025.0, 2026.0], [1.0, 2.0], marked=True)
        return line_panels([Panel("two", [line], [("level", 1.5)])], "times", (2025.0, 2026.0))

    first = made()
    with matplotlib.rc_context({"font.size": 20, "svg.fonttype": "path", "axes.grid": True, "svg.hashsalt": "other"}):
        assert made() == first


HARD = [[1e-9, 0.0], [1e12, -1e12], [0.0, 0.0], [float(2**60)] * 2]


@pytest.mark.parametrize("values", HARD, ids=str)
def test_charts_of_hard_numbers_are_drawn(values: list[float]):
    """Very small, very large, negative and no amounts all make a picture of finite numbers."""
    svgs = [
        line_panels([Panel("a", [Line("b", [2025.0, 2026.0], values)])], "usd_m", (2025.0, 2026.0)),
        stacked_columns([2025, 2026], [Columns("a", [Series("b", values), Series("c", [None, 1.0])])]),
        stacked_areas([2025.0, 2026.0, 2027.0], [Series("b", [abs(v) for v in values])]),
    ]
    for svg in svgs:
        ElementTree.fromstring(svg)
        assert not re.search(r"\b(nan|inf)\b", svg)


@pytest.mark.parametrize("which", ["bridge", "sam", "hostile"])
def test_a_picture_stands_alone(which: str, request: pytest.FixtureRequest):
    """Every picture is well-formed, names no maker and no date, and refers only to what it defines."""
    made: Made = request.getfixturevalue(which)
    for chart in (c for s in made.report.sections for c in s.charts):
        root = ElementTree.fromstring(chart.svg)
        ids = {e.get("id") for e in root.iter() if e.get("id")}
        used = set(re.findall(r"url\(#([^)]+)\)", chart.svg)) | set(re.findall(r'href="#([^"]+)"', chart.svg))
        assert used <= ids
        assert "matplotlib" not in chart.svg.lower()
        assert not re.search(r"<(script|style|image|foreignObject|a|metadata)\b", chart.svg)
        assert chart.words.startswith(chart.title)


def test_colours_are_those_the_colour_blind_tell_apart():
    """Lines are drawn in the colours of Okabe and Ito, never two series of a chart in one colour, dash and mark."""
    known = {"#0072B2", "#E69F00", "#009E73", "#D55E00", "#56B4E9", "#CC79A7"}
    assert known <= set(style.COLOURS)
    looks = list(zip(style.COLOURS, map(str, style.DASHES), style.MARKERS, strict=True))
    assert len(set(map(str, style.DASHES))) == len(set(style.HATCHES)) == len(looks) == 8


@given(st.text(max_size=60))
def test_any_text_can_be_printed(text: str):
    """Whatever somebody wrote becomes one line of letters the fonts hold; what they hold is left alone."""
    made = printed(text)
    assert all(is_held(c) for c in made)
    assert all(c.isprintable() for c in shown(text))
    assert made == shown(text) or MISSING in made


def test_a_date_is_a_point_on_the_axis_of_years():
    """The first of January is the year itself; a leap year has 366 days."""
    assert style.year_of(date(2027, 1, 1)) == 2027.0
    assert style.year_of(date(2028, 7, 1)) == pytest.approx(2028 + 182 / 366)


@pytest.mark.slow
def test_the_fonts_hold_every_letter_that_is_printed():
    """Every letter of the table of held letters is set by the typesetter's own fonts."""
    import json

    import typst

    letters = [chr(c) for c in range(0x20, 0x2600) if is_held(chr(c))]
    page = b'#set text(font: ("Libertinus Serif", "New Computer Modern", "DejaVu Sans Mono"), fallback: false)\n'
    page += b"#for c in json(bytes(sys.inputs.letters)) [#text(c) ]"
    fonts = typst.Fonts(include_system_fonts=False)
    told = {"letters": json.dumps(letters)}
    made = typst.compile(page, format="pdf", sys_inputs=told, font_paths=fonts, pdf_standards=["a-2b"], timestamp=0)
    assert made.startswith(b"%PDF")


def test_ticks_keep_the_digits_that_tell_them_apart():
    """Steps of 2.5 percent are written 2.5, 5.0, 7.5 and not 2, 5, 8; nothing has no sign."""
    drawn = line_panels([Panel("", [Line("rate", [2026.0, 2027.0], [-0.05, 0.075])])], "percent", (2026.0, 2027.0))

    marks = re.findall(r">(\u2212?[\d.]+)%<", drawn)
    assert marks == ["\u22125.0", "\u22122.5", "0.0", "2.5", "5.0", "7.5"]


def test_a_cover_that_leaps_at_the_end_does_not_press_its_axis_flat():
    """A last small instalment covered twenty-five times leaves the years before it readable; amounts keep all of it."""
    years = [2026.0, 2027.0, 2028.0]
    lines = [[k * 0.1 + x for x in (1.2, 1.3, 25.0 if k else 1.3)] for k in range(5)]
    lines[2] = [1.2, 1.3, 1.4]

    axes = re.compile(r"(?<![\d.])2[05]\.00x")  # the marks of an axis up to 25
    covers = fans([Spread("DSCR", years, lines, "times", cut=True)])

    assert highest_ratio(lines[2]) == pytest.approx(2.8)
    assert not axes.search(covers) and "2.00x" in covers
