"""Whether two formulas say the same: another program may drop prefixes, quotes and brackets that change nothing.

same_formula("A1+B1-C1", "A1+(B1-C1)")      True
same_formula("A1-B1-C1", "A1-(B1-C1)")      False
"""

from __future__ import annotations

import re

_NO_BRACKETS = str.maketrans("", "", "()")
_NEGATED = re.compile(r"-\$?[A-Z]+\$?[0-9]+\Z")


def same_formula(file: str, ours: str) -> bool:
    """Whether a formula of a file is the one that was written.

    Parameters
    ----------
    file
        From the file; empty where a formula is shared with its neighbour.
    ours
        As written.
    """
    if not file:
        return True
    here, there = _bare(file), _bare(ours)
    if here == there:
        return True
    # Brackets are dropped, never added: a file that nests thousands of them is told from ours at a glance.
    if here.count("(") > there.count("(") or here.translate(_NO_BRACKETS) != there.translate(_NO_BRACKETS):
        return False
    return unwrapped(here) == unwrapped(there)


def _bare(formula: str) -> str:
    return formula.removeprefix("=").replace("_xlfn.", "").replace(" ", "").replace("'", "")


def unwrapped(formula: str) -> str:
    """Return a formula without the brackets that change nothing.

    Parameters
    ----------
    formula
        Without spaces.

    Examples
    --------
    >>> [unwrapped(text) for text in ("A1+(B1-C1)-(D1+E1)", "1+(-A1)*2", "A1*(B1+C1)", "MAX((A1+B1),0)")]
    ['A1+B1-C1-(D1+E1)', '1+-A1*2', 'A1*(B1+C1)', 'MAX(A1+B1,0)']
    """
    while (pair := _needless_pair(formula)) is not None:
        start, end = pair
        formula = formula[:start] + formula[start + 1 : end] + formula[end + 1 :]
    return formula


def _needless_pair(formula: str) -> tuple[int, int] | None:
    """Return where the first pair of brackets that changes nothing opens and closes."""
    opened: list[int] = []
    for at, letter in enumerate(formula):
        if letter == "(":
            opened.append(at)
        elif letter == ")" and opened and _needless(formula, start := opened.pop(), at):
            return start, at
    return None


def _needless(formula: str, start: int, end: int) -> bool:
    """Whether a pair of brackets stands where the sum inside it could go on without them."""
    inner, after = formula[start + 1 : end], formula[end + 1 : end + 2]
    if formula[max(start - 1, 0) : start] not in ("", "+", "(", ",") or _compares(inner):
        return False
    return (after in ("", "+", "-", ")", ",") and "," not in _outside(inner)) or (
        after in ("*", "/") and _NEGATED.match(inner) is not None
    )


def _compares(inner: str) -> bool:
    return any(sign in _outside(inner) for sign in "<>=&")


def _outside(inner: str) -> str:
    """Return a text without what stands in brackets."""
    depth, kept = 0, []
    for letter in inner:
        depth += letter == "("
        if not depth:
            kept.append(letter)
        depth -= letter == ")"
    return "".join(kept)
