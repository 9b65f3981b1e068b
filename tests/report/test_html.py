"""The page of HTML: it parses, stands alone, runs nothing, and says what the PDF says."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from tests.report.made import HOSTILE, Made, packed

from ringfence.desk.report.text import shown

VOID = {"meta", "br", "hr", "img", "link", "input"}
SAFE = {
    "html", "head", "meta", "title", "style", "body", "header", "h1", "h2", "p", "dl", "dt", "dd", "nav", "ol", "ul",
    "li", "a", "b", "strong", "span", "main", "section", "div", "table", "caption", "thead", "tbody", "tr", "th", "td",
    "figure", "figcaption", "svg", "g", "path", "text", "tspan", "defs", "use", "clippath", "rect", "pattern",
}  # fmt: skip


class Page(HTMLParser):
    """Every tag with its attributes, the text, and whether tags close in order."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.said: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open and self.open[-1] == tag, f"</{tag}> closes {self.open[-3:]}"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        if not self.open or self.open[-1] != "style":
            self.said.append(data)


WHICH = ["bridge", "sam", "hostile", pytest.param("plan", marks=pytest.mark.slow)]


@pytest.mark.parametrize("which", WHICH)
def test_it_parses_and_uses_plain_elements_only(which: str, request: pytest.FixtureRequest):
    """Every tag is closed where it must be, and none can run, fetch or embed anything."""
    page = Page(request.getfixturevalue(which).html)
    assert page.open == []
    assert {tag for tag, _ in page.tags} <= SAFE
    for tag, attrs in page.tags:
        assert not [name for name in attrs if name.startswith("on")], tag
        assert not {"src", "srcset", "action", "data", "formaction"} & set(attrs), tag


@pytest.mark.parametrize("which", WHICH)
def test_nothing_is_fetched(which: str, request: pytest.FixtureRequest):
    """Every reference leads to an element of the page itself; no address of another place is left but names of SVG."""
    html = request.getfixturevalue(which).html
    page = Page(html)
    ids = {attrs["id"] for _, attrs in page.tags if "id" in attrs}
    for tag, attrs in page.tags:
        for name in ("href", "xlink:href"):
            if name in attrs:
                assert (attrs[name] or "")[:1] == "#" and (attrs[name] or "")[1:] in ids, (tag, attrs)
    assert {m for m in re.findall(r"url\(([^)]*)\)", html) if not m.startswith("#")} == set()
    outside = set(re.findall(r"https?://[^\s\"'<>)]+", re.sub(r">[^<]*<", "><", html)))
    assert outside <= {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}
    assert "@import" not in html
    assert "default-src 'none'" in html


@pytest.mark.parametrize("which", WHICH)
def test_no_two_elements_share_an_id(which: str, request: pytest.FixtureRequest):
    """An anchor leads to one place, and what a picture defines for itself is its own."""
    page = Page(request.getfixturevalue(which).html)
    own = [attrs["id"] for _, attrs in page.tags if "id" in attrs]
    assert len(own) == len(set(own))


def test_every_picture_is_told_in_words(bridge: Made):
    """Who cannot see a picture is told what it shows."""
    page = Page(bridge.html)
    pictures = [attrs for tag, attrs in page.tags if tag == "svg"]
    charts = [chart for section in bridge.report.sections for chart in section.charts]
    assert [p["aria-label"] for p in pictures] == [shown(c.words) for c in charts]
    assert all(p["role"] == "img" for p in pictures)


@pytest.mark.parametrize("which", ["bridge", "sam"])
def test_it_says_what_the_pdf_says(which: str, request: pytest.FixtureRequest):
    """Every cell of every table stands on the page."""
    made = request.getfixturevalue(which)
    text = packed("".join(Page(made.html).said))
    for section in made.report.sections:
        for table in section.tables:
            for row in table.cells():
                assert [cell for cell in row if packed(cell) not in text] == []


def test_hostile_names_are_shown_and_do_nothing(hostile: Made):
    """A name made of markup is letters on the page: as title, as party, in the picture, in the register."""
    page = Page(hostile.html)
    assert packed(HOSTILE) in packed("".join(page.said))
    assert "<script" not in hostile.html
    assert "</text><script" not in hostile.html
    assert "ソフトバンク" in hostile.html
    assert "\u202e" not in hostile.html
    assert "<b>#strong" not in hostile.html


def test_hostile_names_are_printed_and_do_nothing(hostile: Made):
    """The same name is letters in print; what the fonts lack is a hollow square, and the report says so."""
    text = hostile.text
    assert packed(HOSTILE + "□" * 6) in text
    assert "areshownas□" in text
    assert packed("<b>#strong[x]</b> [S 2025-03]") in text
