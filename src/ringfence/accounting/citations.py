"""Paragraphs, and how far each has been checked.

[S] the paragraph's content was seen in a public copy; [R] it was recalled and is printed with ``verify`` until somebody
has checked it against the standard. :func:`cite` is the only way a paragraph reaches a report.
"""

from __future__ import annotations

from collections.abc import Iterable

#: Paragraphs whose content was seen. Everything else is recalled.
SEEN = frozenset({
    "IFRS 16.5-8", "IFRS 16.9", "IFRS 16.B9", "IFRS 16.B16", "IFRS 16.B17", "IFRS 16.B19", "IFRS 16.B34",
    "IFRS 16.27", "IFRS 16.27(a)", "IFRS 16.27(b)", "IFRS 16.27(c)", "IFRS 16.27(d)", "IFRS 16.27(e)",
    "IFRS 16.63(a)", "IFRS 16.63(b)", "IFRS 16.63(c)", "IFRS 16.63(d)", "IFRS 16.63(e)", "IFRS 16.66",
    "IFRS 16.100", "IFRS 16.101",
    "ASC 842-10-30-5", "ASC 842-10-30-5(f)", "ASC 842-10-30-6",
    "ASC 842-10-25-2", "ASC 842-10-25-2(a)", "ASC 842-10-25-2(b)", "ASC 842-10-25-2(c)", "ASC 842-10-25-2(d)",
    "ASC 842-10-25-2(e)", "ASC 842-10-25-3", "ASC 842-10-55-7", "ASC 842-10-55-10", "ASC 842-10-55-34",
    "ASC 842-10-55-35", "ASC 842-20-35-3", "ASC 842-30-25-7", "ASC 842-30-30-2",
    "ASC 842-40-25-4", "ASC 842-40-25-5", "ASC 842-40-30-6", "ASC 842-40-50",
    "IAS 23.8", "IAS 23.10", "IAS 23.14", "IFRS 9.6.5.11", "IFRS 10.7",
    "ASC 810-10-55-39", "ASC 810-10-20", "ASC 810-10-25-38B", "ASC 810-10-25-38F", "ASC 810-10-25-38G",
    "ASC 810-10-25-44", "ASC 842-10-55-2",
})  # fmt: skip
VERIFY = "verify"


def seen(paragraph: str) -> bool:
    """Whether the content of a paragraph was seen.

    Parameters
    ----------
    paragraph
        As in ``IFRS 16.27(c)``.
    """
    return paragraph in SEEN


def cite(*paragraphs: str) -> str:
    """Return paragraphs as they are printed; recalled ones carry ``[verify]``.

    Parameters
    ----------
    paragraphs
        As in ``IFRS 16.27(c)``.

    Examples
    --------
    >>> cite("IFRS 16.27(c)", "IFRS 16.40")
    'IFRS 16.27(c); IFRS 16.40 [verify]'
    """
    return "; ".join(p if seen(p) else f"{p} [{VERIFY}]" for p in paragraphs)


def marked(paragraphs: Iterable[str]) -> dict[str, bool]:
    """Return each paragraph with whether it was seen, in the order given.

    Parameters
    ----------
    paragraphs
        As in ``IFRS 16.27(c)``.
    """
    return {p: seen(p) for p in dict.fromkeys(paragraphs)}
