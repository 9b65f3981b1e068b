"""The timeline: periods with real dates, day counts and payment dates.

``grid.py`` lays the periods, ``calendars.py`` counts days and knows holidays, ``refusals.py`` holds the errors.
"""

from ringfence.timeline.calendars import BUSINESS_DAY_RULES, CALENDARS, DAY_COUNTS, year_fraction
from ringfence.timeline.grid import PERIODS, Period, Timeline, build_timeline

__all__ = [
    "BUSINESS_DAY_RULES",
    "CALENDARS",
    "DAY_COUNTS",
    "PERIODS",
    "Period",
    "Timeline",
    "build_timeline",
    "year_fraction",
]
