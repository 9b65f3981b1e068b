"""What a judgement leaned on, and whether it still has the value it had then.

Two kinds of place: a path of the deal file, compared as the deal reads it (``5y`` and ``60m`` are the same term), and a
measure of the run, compared to the digits that were written (``1.25`` stands for 1.245 to 1.255).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ringfence.errors import DealError
from ringfence.terms.attestation import Attestation, Leaned

if TYPE_CHECKING:
    from ringfence.run.result import Measure
    from ringfence.terms.deal import Deal

GROUPS = ("parties", "assets", "contracts", "curves", "cases")


def changed(deal: Deal, path: str, then: Leaned, measures: Mapping[str, Measure] | None = None) -> bool | None:
    """Whether what a judgement leaned on has another value now; None where that cannot be seen.

    Parameters
    ----------
    deal
        The deal today.
    path
        Path of the deal, or name of a measure.
    then
        Its value when the judgement was made, in the words of the deal file; None: it was not there.
    measures
        Measures of the run.
    """
    if measures is not None and path in measures:
        return _figure_changed(measures[path].value, then)
    if not exists(deal, path) and measure_like(deal, path):
        return None if measures is None else True
    now = written_at(deal, path)
    if now == then or str(now) == str(then):
        return False
    return _differs_once_read(deal, path, then)


def reopened(
    deal: Deal, attestation: Attestation, measures: Mapping[str, Measure] | None, as_of: dt.date | None
) -> str:
    """Why an attestation no longer stands, or nothing."""
    if as_of is not None and attestation.date > as_of:
        return f"it is dated {attestation.date}, after the reporting date {as_of}."
    if as_of is not None and attestation.valid_until is not None and attestation.valid_until < as_of:
        return f"it lapsed on {attestation.valid_until}."
    moved = [
        f"{path} was {shown(then)} and is {_now(deal, path, measures)}"
        for path, then in attestation.leans_on.items()
        if changed(deal, path, then, measures)
    ]
    return f"What it leaned on changed: {'; '.join(moved)}." if moved else ""


def _figure_changed(now: float | None, then: Leaned) -> bool:
    """Compare a measure with the digits that were written."""
    if now is None or then is None:
        return (now is None) != (then is None)
    try:
        written = float(str(then).replace("_", ""))
    except ValueError:
        return True
    digits = len(str(then).partition(".")[2]) if "e" not in str(then).lower() else 12
    step = 0.5 * 10.0**-digits if digits else 0.5
    return abs(now - written) > step * (1 + 1e-9) + 1e-9 * abs(now)


def _differs_once_read(deal: Deal, path: str, then: Leaned) -> bool:
    """Read the deal with the old value in its place: the same deal means the same value."""
    from ringfence.terms.read import revise

    if then is None:
        return bool(_value(deal, path))
    try:
        return bool(revise(deal, {path: then}) != deal)
    except DealError:
        return True


def written_at(deal: Deal, path: str) -> Any:
    """Text of a value as written, None where it is not written."""
    source = deal.sources.get(path)
    return source.text if source is not None and source.text else _value(deal, path) or None


def _value(deal: Any, path: str) -> Any:
    """Value of a path as read, None where there is none."""
    here = deal
    for step in path.split("."):
        if isinstance(here, Mapping):
            here = here.get(step)
        elif isinstance(here, list | tuple):
            here = here[int(step)] if step.isdigit() and int(step) < len(here) else None
        else:
            here = getattr(here, step, None) if not step.startswith("_") else None
        if here is None or callable(here):
            return None
    return here


def exists(deal: Deal, path: str) -> bool:
    """Whether a path is a place of the deal language, written or not; below one that is absent, anything may be."""
    parent, _, last = path.rpartition(".")
    if not parent:
        return last in type(deal).model_fields
    above = _value(deal, parent)
    if above is None:
        return exists(deal, parent)
    if isinstance(above, Mapping):
        return parent in GROUPS or last in above
    if isinstance(above, list | tuple):
        return last.isdigit()
    return last in getattr(type(above), "model_fields", {})


def measure_like(deal: Deal, path: str) -> bool:
    """Whether a path may be a measure of a run: it starts with an id of the deal instead of a group."""
    head = path.partition(".")[0]
    return head in {*deal.contracts, *deal.parties, *deal.assets, "deal", "sponsor"} and "." in path


def paths(deal: Deal) -> list[str]:
    """Written places of a deal, its attestations left out."""
    return [path for path in deal.sources if not path.startswith("attestations")]


def _now(deal: Deal, path: str, measures: Mapping[str, Measure] | None) -> str:
    if measures is not None and path in measures:
        return shown(measures[path].value)
    return shown(written_at(deal, path))


def shown(value: Any) -> str:
    """Return a value as a finding shows it."""
    return "absent" if value is None else str(value)
