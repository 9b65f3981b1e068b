"""What a timeline refuses, and in which words."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches

from ringfence.errors import TimelineError

FIRST_YEAR, LAST_YEAR = 1901, 2199  # QuantLib's calendars know no other dates


def unknown_name(
    kind: str, got: str, known: Sequence[str], why: str = "nobody knows it", terms: tuple[str, ...] = ()
) -> TimelineError:
    """Return the refusal of a name outside a closed list, with the nearest name on it."""
    near = get_close_matches(got.lower(), [k.lower() for k in known], n=1)
    meant = [k for k in known if near and k.lower() == near[0]]
    shown = ", ".join(known) if len(known) <= 12 else f"{known[0]}, {known[1]} ... {known[-1]}"
    return TimelineError(
        f"{kind} {got[:40]!r}: {why}.",
        rule=f"{kind.replace(' ', '-')}: one of {shown}",
        fix=f"did you mean {meant[0]}?" if meant else "",
        terms=terms,
    )


def bad_segments(message: str, fix: str) -> TimelineError:
    """Return the refusal of segments that do not lead from close to the end."""
    rule = "timeline-segments: the segments lead from close to the end, and only the last may leave its count open"
    return TimelineError(message, rule=rule, fix=fix, terms=("segments", "until"))


def outside_calendars(what: str, terms: tuple[str, ...] = ()) -> TimelineError:
    """Return the refusal of a date that QuantLib's calendars do not reach."""
    return TimelineError(
        f"{what} lies outside the years the calendars know.",
        rule=f"calendar-years: every date lies after {FIRST_YEAR} and before {LAST_YEAR}",
        fix="correct the year",
        terms=terms,
    )
