"""Text from a deal file, made fit to be shown: no control characters, and in print only letters the fonts have.

A report is set in the fonts that come with its typesetter and no others, so that the same deal gives the same bytes on
every machine. What they lack (Chinese, Japanese, emoji) is printed as a hollow square; the web page shows it as it is.
"""

from __future__ import annotations

import re
import unicodedata

DASH, MINUS, NO_BREAK = "\u2013", "\u2212", "\u00a0"
_MINUS = re.compile(r"(?<![\w.)/-])-(?=\d)")
_AMOUNT = re.compile(rf"(?<=\bUSD) (?=[\d{MINUS}])|(?<=\d) (?=m\b)")
MISSING = "\u25a1"
# Blocks that the fonts of the typesetter and of the charts hold in full.
HELD = (
    (0x20, 0x7E),
    (0xA0, 0xAC),
    (0xAE, 0x2FF),
    (0x370, 0x377),
    (0x37A, 0x37F),
    (0x384, 0x38A),
    (0x38C, 0x38C),
    (0x38E, 0x3A1),
    (0x3A3, 0x482),
    (0x48A, 0x4FF),
    (0x1E00, 0x1EFF),
    (0x2010, 0x2027),
    (0x2030, 0x2037),
    (0x2039, 0x203D),
    (0x2070, 0x2071),
    (0x2074, 0x208E),
    (0x20AC, 0x20AC),
    (0x2190, 0x2193),
    (0x2212, 0x2212),
    (0x2248, 0x2248),
    (0x2260, 0x2260),
    (0x2264, 0x2265),
    (0x25A0, 0x25A1),
)


def shown(text: str) -> str:
    r"""Return text on one line without characters that cannot be seen or that turn the direction of writing.

    Parameters
    ----------
    text
        As somebody wrote it.

    Examples
    --------
    >>> shown("safe\u202etxt.exe\nnext")
    'safetxt.exe next'
    """
    spaced = "".join(" " if c.isspace() else c for c in unicodedata.normalize("NFC", text))
    return "".join(c for c in spaced if c == " " or unicodedata.category(c)[0] not in "CZ")


def printed(text: str) -> str:
    """Return text in letters that the fonts of the printed report hold.

    Parameters
    ----------
    text
        As somebody wrote it.

    Examples
    --------
    >>> printed("ソフト Übertrag")
    '□□□ Übertrag'
    """
    return "".join(c if is_held(c) else MISSING for c in shown(text))


def is_held(character: str) -> bool:
    """Say whether the fonts of the printed report hold a character.

    Parameters
    ----------
    character
        One character.
    """
    return any(first <= ord(character) <= last for first, last in HELD)


def signs(text: str) -> str:
    """Write a minus as long as a plus, nothing as a dash, and keep an amount on the line of its unit.

    Parameters
    ----------
    text
        A figure, or words with figures.

    Examples
    --------
    >>> signs("-0.07%"), signs("-"), signs("2027-06"), signs("--set")
    ('\u22120.07%', '\u2013', '2027-06', '--set')
    """
    return DASH if text == "-" else _AMOUNT.sub(NO_BREAK, _MINUS.sub(MINUS, text))
