"""Tact: pauses, caps, quiet times and quotas, the calendar they count in, and whose clock that is."""

from tactful_rules.tact.calendar import local_date, next_unit_start, unit_start
from tactful_rules.tact.candidates import Candidate, Stop
from tactful_rules.tact.openings import Obstacle, Opening, Wish, cap_uses, find_opening, running_pauses
from tactful_rules.tact.policy import Tact, longest_window
from tactful_rules.tact.quiet import HolidayCalendar, QuietTimes, Stretch, quiet_times
from tactful_rules.tact.quotas import count, has_place, hold, quota_counted, quota_held, quota_used, release
from tactful_rules.tact.zones import find_zone, nearest_zone, timezone_of, zone_names, zone_of

__all__ = [
    "Candidate",
    "HolidayCalendar",
    "Obstacle",
    "Opening",
    "QuietTimes",
    "Stop",
    "Stretch",
    "Tact",
    "Wish",
    "cap_uses",
    "count",
    "find_opening",
    "find_zone",
    "has_place",
    "hold",
    "local_date",
    "longest_window",
    "nearest_zone",
    "next_unit_start",
    "quiet_times",
    "quota_counted",
    "quota_held",
    "quota_used",
    "release",
    "running_pauses",
    "timezone_of",
    "unit_start",
    "zone_names",
    "zone_of",
]
