"""The rules a deal file is read by, each with the sentence its findings print.

:func:`finding` makes a finding of one of these rules. The contradiction checks between terms
(``rules/``) bring their own sentences; these here are about writing, not about finance.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from ringfence.errors import Finding, Level
from ringfence.terms.source import shorten

RULES: dict[str, str] = {
    "file": "a deal is a readable YAML file (.yaml or .yml) of at most 2 MB",
    "encoding": "a deal file is UTF-8 text without control characters",
    "yaml": "a deal file is YAML 1.2, indented with spaces",
    "document": "a deal file holds one mapping of keys to values",
    "limits": "a deal file nests at most 40 levels and holds at most 200_000 values",
    "plain-yaml": "a deal file uses plain YAML: no tags (!), no merge keys (<<)",
    "duplicate-key": "a key is written once in its mapping",
    "unknown-key": "only the keys of the deal language are read",
    "missing-key": "a term without a default is written",
    "type": "a value is of the kind its term expects",
    "choice": "a term with a list of choices takes one of them",
    "range": "a value lies within the limits of its term",
    "value": "a value is written as its term expects",
    "term": "the terms of one mapping fit together",
    "amount": "an amount carries its unit, as in 55_000 USD",
    "unit": "an amount is in the unit of its term",
    "sign": "an amount is a magnitude: not negative, and above zero where its term says so",
    "share": "a share lies between 0 and 100%",
    "rate": "a rate is written per year: 7.1%, 300bp or 0.071",
    "duration": "a duration carries its unit: 5y, 18m, 2q, 6w, 30d",
    "day": "a date is written 2026-03-31",
    "number": "a number is finite and in the range of its term",
    "pricing": "pricing is an index and a margin, or a fixed rate",
    "name": "an id has letters, digits, _ and -",
    "extends": "a deal extends a .yaml file of its own folder or of a folder beside it, at most 8 deep",
    "scenario": "a scenario names overrides of values that the deal has",
    "set": "--set changes one value that the deal has, as path=value",
}


def finding(rule: str, message: str, *, where: Iterable[str] = (), fix: str = "", level: Level = "error") -> Finding:
    """Return a finding of a named rule, with the rule's sentence.

    Parameters
    ----------
    rule
        A name of :data:`RULES`, or a name and its own sentence joined by a colon.
    message
        What is wrong, with both numbers.
    where
        Places, as :meth:`SourceMap.where` gives them.
    fix
        The ways out.
    level
        How serious it is.

    Returns
    -------
    Finding
        The finding.
    """
    return Finding(level, f"{rule}: {RULES[rule]}" if rule in RULES else rule, message, tuple(where), fix)


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the known word most like `word`, or None where none is near."""
    folded = {name.lower().replace("-", "_"): name for name in known}
    close = get_close_matches(word[:60].lower().replace("-", "_"), folded, n=1, cutoff=0.6)
    return folded[close[0]] if close else None


def listed(names: Iterable[str], *, most: int = 20) -> str:
    """Return names as a list to print, cut after `most`."""
    known = [shorten(name, 40) for name in names]
    return ", ".join(known[:most]) + (f" and {len(known) - most} more" if len(known) > most else "")
