"""R003, short submission period."""

import re
from datetime import date
from functools import lru_cache

from detect.cardinal.indicator import PerProcess
from detect.cardinal.process import Process
from detect.cardinal.settings import Given, several
from detect.cardinal.tally import Tally

# RFC 3339, with what the standard lets vary: T, t or a space, Z or z, any fraction.
_HOUR, _SIXTY = r"(?:[01]\d|2[0-3])", r"[0-5]\d"
_MOMENT = re.compile(
    rf"(\d{{4}}-\d\d-\d\d)[Tt ]({_HOUR}):({_SIXTY}):({_SIXTY}|60)(?:\.(\d+))?"
    rf"(?:[Zz]|([+\-\u2212]){_HOUR}:{_SIXTY})",
    re.ASCII,
)
_CYCLE_YEARS, _CYCLE_DAYS = 400, 146_097


class R003(PerProcess):
    """The time from the start to the end of the tender period is below the threshold, in whole days.

    The threshold is 15 days unless set, also by procurement method details. Example: opened on
    1 March, 18:00, and closed on 16 March, 17:59, are 14 whole days: flagged; closed at 18:00, not.
    """

    def __init__(self, given: Given) -> None:
        """Take a threshold, thresholds by method details, and the procurement methods looked at."""
        self.threshold: int = given.get("threshold", 15)
        self.by_details: dict[str, int] = given.get("procurement_method_details", {})
        self.methods = several(given.get("procurement_methods", ""))

    def see(self, process: Process, tally: Tally) -> None:
        """Flag a short period."""
        tender = process.tender
        period = tender.tender_period
        if period is None or (self.methods and not _in(tender.procurement_method, self.methods)):
            return
        start, end = seconds(period.start_date), seconds(period.end_date)
        if start is None or end is None:
            return
        threshold, details = self.threshold, tender.procurement_method_details
        if isinstance(details, str):
            threshold = self.by_details.get(details, threshold)
        if whole_days(start, end) < threshold:
            tally.values["OCID", "R003"][process.ocid] = 1.0


def whole_days(start: tuple[int, int], end: tuple[int, int]) -> int:
    """Whole days between two moments, towards zero.

    Examples:
        >>> whole_days((0, 0), (86_399, 0)), whole_days((86_401, 0), (0, 0))
        (0, -1)

    """
    passed, fraction = end[0] - start[0], end[1] - start[1]
    if fraction < 0 < passed:
        passed -= 1
    elif passed < 0 < fraction:
        passed += 1
    return passed // 86_400 if passed >= 0 else -(-passed // 86_400)


def seconds(moment: object) -> tuple[int, int] | None:
    """Seconds and nanoseconds of a moment, on a scale of its own; nothing if it is not RFC 3339.

    Examples:
        >>> seconds("0001-01-01T00:00:01.5Z") == seconds("0001-01-01 01:00:01.5+01:00")
        True
        >>> seconds("2021-10-28") is None
        True

    """
    found = _MOMENT.fullmatch(moment) if isinstance(moment, str) else None
    if found is None:
        return None
    day, hour, minute, second, fraction, sign = found.groups()
    midnight = _midnight(day)
    if midnight is None:
        return None
    passed = midnight + int(hour) * 3600 + int(minute) * 60 + int(second)
    if sign is not None:
        ahead = int(found[0][-5:-3]) * 3600 + int(found[0][-2:]) * 60
        passed += -ahead if sign == "+" else ahead
    return passed, 0 if fraction is None else int(fraction[:9].ljust(9, "0"))


@lru_cache(maxsize=100_000)
def _midnight(day: str) -> int | None:
    """Seconds at the start of a day; the years from 0 to 9999 are moved by whole cycles of the calendar."""
    cycles, year = divmod(int(day[:4]), _CYCLE_YEARS)
    try:
        days = date(year + _CYCLE_YEARS, int(day[5:7]), int(day[8:])).toordinal()
    except ValueError:
        return None
    return (days + cycles * _CYCLE_DAYS) * 86_400


def _in(method: object, methods: frozenset[str]) -> bool:
    return isinstance(method, str) and method in methods
