"""How cells look: blue inputs, black calculations, green links, grey structure, and a number format by unit.

A style is a pair (role, number format); the writer turns each pair into one format of the file.
"""

from __future__ import annotations

from typing import Any

from ringfence.units import Unit

Style = tuple[str, str]

NAVY, BAND, RULE, INK, MUTED = "#14284B", "#DCE4F0", "#B9C4D6", "#1B1F27", "#7A8494"
BLUE, GREEN, AMBER, RED = "#0000D0", "#00702F", "#B45F00", "#C00000"
INPUT_FILL, LOCKED_FILL, SOLVED_FILL, PAD_FILL = "#FFFBE0", "#ECEEF1", "#FFE9CC", "#F4F5F7"

MILLIONS = '#,##0.00,,;(#,##0.00,,);"-"??'
FULL = '#,##0.00;(#,##0.00);"-"??'
WHOLE = '#,##0;(#,##0);"-"??'
PERCENT = '0.00%;-0.00%;"-"??'
EXACT_PERCENT = "0.00##%;-0.00##%;0.00%"
RATIO = '0.000;-0.000;"-"??'
YEARS = '0.0000;-0.0000;"-"??'
PLAIN = "General"
DAY = "yyyy-mm-dd"
FLAG = '0;-0;"-"'
TEXT = "@"
NOTHING = '"-"??;"-"??;"-"??'
RESIDUAL = '0.0E+00;0.0E+00;"-"??'
UNCHANGED = '"unchanged";"unchanged";"EDITED"'
PASS = '"pass";"pass";"FAIL"'
MASTER = '"all checks pass";"all checks pass";"CHECK FAILED"'

#: Units shown in millions: money, and money times the time it is out.
AMOUNTS = ("USD", "USD-year")

#: Role -> properties of the format.
ROLES: dict[str, dict[str, Any]] = {
    "input": {"font_color": BLUE, "bg_color": INPUT_FILL, "locked": False, "border": 4, "border_color": RULE},
    "locked": {"font_color": MUTED, "bg_color": LOCKED_FILL},
    "solved": {"font_color": AMBER, "bg_color": SOLVED_FILL, "locked": False},
    "calc": {"font_color": INK},
    "closing": {"font_color": INK, "bold": True, "top": 1, "top_color": RULE},
    "step": {"font_color": MUTED},
    "link": {"font_color": GREEN},
    "range": {"font_color": MUTED, "align": "right", "font_size": 8},
    "pad": {"font_color": RULE, "bg_color": PAD_FILL},
    "title": {"bold": True, "font_size": 15, "font_color": NAVY},
    "subtitle": {"font_color": MUTED},
    "section": {"bold": True, "font_color": NAVY, "bg_color": BAND, "top": 1, "bottom": 1, "border_color": RULE},
    "section_right": {
        **{"bold": True, "font_color": NAVY, "bg_color": BAND, "top": 1, "bottom": 1, "border_color": RULE},
        "align": "right",
    },
    "head_in": {"bold": True, "font_color": "#FFFFFF", "bg_color": NAVY, "indent": 1},
    "head": {"bold": True, "font_color": "#FFFFFF", "bg_color": NAVY, "align": "right"},
    "head_name": {"font_color": "#FFFFFF", "bg_color": NAVY, "font_size": 8},
    "head_left": {"bold": True, "font_color": "#FFFFFF", "bg_color": NAVY},
    "clock": {"font_color": "#FFFFFF", "bg_color": NAVY, "align": "right"},
    "label": {"font_color": INK},
    "label_closing": {"font_color": INK, "bold": True, "top": 1, "top_color": RULE},
    "label_step": {"font_color": MUTED, "italic": True, "indent": 1},
    "label_link": {"font_color": GREEN},
    "name": {"font_color": MUTED, "font_size": 8},
    "unit": {"font_color": MUTED},
    "kind": {"font_color": MUTED, "indent": 1},
    "source": {"font_color": MUTED, "font_size": 8},
    "text": {"font_color": INK, "text_wrap": True, "valign": "top"},
    "strong": {"font_color": INK, "bold": True, "valign": "top"},
    "check_left": {"bold": True, "font_color": GREEN, "align": "left"},
    "hyperlink": {"font_color": BLUE, "underline": 1},
    "total": {"font_color": INK, "bg_color": "#F7F9FC", "left": 1, "right": 1, "border_color": RULE},
    "right": {"font_color": INK, "align": "right"},
    "past": {"font_color": MUTED, "align": "right"},
    "check": {"bold": True, "align": "center", "font_color": GREEN},
    "key": {"font_color": INK, "bold": True, "bg_color": "#F7F9FC", "bottom": 4, "border_color": RULE},
}


def number_format(unit: Unit | None, *, flag: bool = False, full: bool = False) -> str:
    """Pick the number format of a row by its unit.

    Parameters
    ----------
    unit
        Unit of the row.
    flag
        Whether it is 0 or 1.
    full
        Show amounts in USD instead of millions, as the Inputs page does.
    """
    text = str(unit)
    if flag:
        return FLAG
    if text in AMOUNTS:
        return WHOLE if full else MILLIONS
    if text == "1/year":
        return EXACT_PERCENT if full else PERCENT
    if full:
        return PLAIN
    if text == "year":
        return YEARS
    return RATIO if text in ("ratio", "1/month") else FULL


def written_format(unit: Unit | None, value: float) -> str:
    """Pick the number format of an input that was written by hand: every digit is shown.

    Parameters
    ----------
    unit
        Unit of the input.
    value
        The input. [unit]
    """
    found = number_format(unit, full=True)
    if found != PLAIN or value < 1000:
        return found
    return "#,##0" if value == int(value) else "#,##0.00####"


def unit_text(unit: Unit | None, *, full: bool = False) -> str:
    """Say the unit as shown: amounts of money are shown in millions.

    Parameters
    ----------
    unit
        Unit of the row.
    full
        Shown in USD.
    """
    text = str(unit)
    if text in AMOUNTS and not full:
        return text.replace("USD", "USD m")
    return "ratio" if text == "None" else text
