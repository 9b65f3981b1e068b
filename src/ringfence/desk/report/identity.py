"""What a report says of the run it shows: which case, which fingerprint, how figures are written."""

from __future__ import annotations

import hashlib
from typing import Any

UNITS = (
    "USD m is millions of US dollars, nominal; a dash is nothing. Covers are written 1.30x, loan to value and rates in "
    "percent; rates of return are effective per year. Cash is dated at the end of its period; 2027-06 is the period "
    "that ends with that month."
)


def run_id(result: Any) -> str:
    """Return a fingerprint of a run: of its rows, of every input it ran on, and of the terms it held as signed.

    Parameters
    ----------
    result
        What :func:`ringfence.run` returned.
    """
    from ringfence.run.reference import structure

    text = hashlib.sha256(structure(result.model.sheet).encode())
    for row in result.model.sheet:
        if row.is_input:
            given = result.run.values.get(row.name, row.value)
            numbers = given if row.kind == "table" or isinstance(given, float) else [float(v) for v in given]
            text.update(f"{row.name}={numbers!r}\n".encode())
    return text.hexdigest()[:12]


def case_of(result: Any) -> str:
    """Return what was run, in words: ``scenario bb-ladder, on the schedule as signed``.

    Parameters
    ----------
    result
        What :func:`ringfence.run` returned.
    """
    changed = any(s.file == "--set" for s in result.deal.sources.values())
    case = f"scenario {result.scenario}" if result.scenario else "changed terms" if changed else "base case"
    return f"{case}, {'on the schedule as signed' if result.signed else 'debt sized on these terms'}"
