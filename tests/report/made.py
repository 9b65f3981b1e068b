"""A deal run and its report written both ways; text of a PDF without its line breaks."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
BRIDGE = EXAMPLES / "bridge" / "deal.yaml"
PLAN = EXAMPLES / "softbank-10bn" / "deal.yaml"
SAM = EXAMPLES / "sam" / "dscr130.yaml"


@dataclass(frozen=True)
class Made:
    """A run, its report, and the report written both ways."""

    result: Any
    report: Any
    pdf: bytes
    html: str

    @property
    def text(self) -> str:
        """Everything printed, without blanks."""
        return packed(pdf_text(self.pdf))


def make(path: Path, scenario: str | None = None, **words: Any) -> Made:
    """Run a deal and write its report."""
    import ringfence as rf
    from ringfence.desk.report import html_text, make_report, pdf_bytes

    result = rf.run(rf.read(path, scenario=scenario))
    report = make_report(result, path, **words)
    return Made(result, report, pdf_bytes(report), html_text(report))


def pdf_text(pdf: bytes) -> str:
    """Return the text of a PDF, page after page."""
    import pypdf

    return "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages)


def packed(text: str) -> str:
    """Return text without blanks and line breaks, with printers' signs as typed ones."""
    signs = {"\u2212": "-", "\u2013": "-", "\u200b": "", "\u00a0": ""}
    return re.sub(r"\s+", "", "".join(signs.get(c, c) for c in text))


HOSTILE = "#eval(\"1\") $x$ *b* _i_ </text><script>alert(1)</script> =1+1 \\u{41} @ref <label> `raw` 'q' & ]]> "
"""What a stranger might write into a name."""
