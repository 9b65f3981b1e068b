"""The dates and segments of the timeline make one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ringfence.errors import TimelineError
from ringfence.timeline import build_timeline

if TYPE_CHECKING:
    from ringfence.errors import Finding
    from ringfence.terms.deal import Deal


def check_timeline(deal: Deal) -> list[Finding]:
    """Report what the timeline refuses, with the lines of its terms; its rules are those of ``ringfence.timeline``."""
    t = deal.timeline
    try:
        build_timeline(t.close, t.grid, t.until, calendar=t.calendar, business_day_rule=t.business_days)
    except TimelineError as error:
        names = [name for name in error.terms if name != "segments" or t.segments]
        return [error.finding([deal.where(f"timeline.{name}") for name in names])]
    return []
