"""EventBridge's schedule expressions: ``rate(5 minutes)`` and the six fields of ``cron(…)``, in UTC.

    cron(minutes hours day-of-month month day-of-week year)
         0-59    0-23  1-31 L nW    1-12  1-7 (1 = SUN) L nL n#k   1970-2199

Every field takes ``*``, lists, ranges and steps (``0/15``); months and weekdays also take names. One of the two day
fields must be ``?``: the other one decides the day.
"""

import re
from calendar import monthrange
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

MONTHS = {name: n for n, name in enumerate("JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC".split(), 1)}
WEEKDAYS = {name: n for n, name in enumerate("SUN MON TUE WED THU FRI SAT".split(), 1)}
LAST_YEAR = 2199

DayRule = Callable[[date], bool]


@dataclass(frozen=True)
class Rate:
    """Every so often."""

    every: timedelta


@dataclass(frozen=True)
class Cron:
    """At certain minutes of certain days."""

    minutes: frozenset[int]
    hours: frozenset[int]
    on_day: DayRule
    months: frozenset[int]
    years: frozenset[int]

    def next_after(self, instant: datetime) -> datetime | None:
        """The first matching minute later than ``instant`` (aware, UTC); None when there is none until 2199."""
        for day in self._days_from(instant.date()):
            for hour in sorted(self.hours):
                for minute in sorted(self.minutes):
                    moment = datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC)
                    if moment > instant:
                        return moment
        return None

    def _days_from(self, first: date) -> Iterator[date]:
        for year in sorted(year for year in self.years if year >= first.year):
            for month in sorted(self.months):
                for number in range(1, monthrange(year, month)[1] + 1):
                    day = date(year, month, number)
                    if day >= first and self.on_day(day):
                        yield day


def parse(expression: str) -> Rate | Cron:
    """Read a schedule expression. Raises ValueError, naming the expression, for anything EventBridge refuses."""
    if match := re.fullmatch(r"rate\(([1-9]\d*) (minute|hour|day)(s?)\)", expression):
        value = int(match[1])
        if (value == 1) == (match[3] == ""):
            return Rate(timedelta(**{f"{match[2]}s": value}))
    elif match := re.fullmatch(r"cron\((\S+) (\S+) (\S+) (\S+) (\S+) (\S+)\)", expression):
        try:
            return _cron(*match.groups())
        except ValueError as error:
            raise ValueError(f"{expression} is not a schedule: {error}") from None
    raise ValueError(f"{expression} is not a schedule: expected rate(n units) or cron(six fields)")


def _cron(minutes: str, hours: str, day: str, month: str, weekday: str, year: str) -> Cron:
    if (day == "?") == (weekday == "?"):
        raise ValueError("exactly one of day-of-month and day-of-week must be ?")
    return Cron(
        minutes=_numbers(minutes, 0, 59),
        hours=_numbers(hours, 0, 23),
        on_day=_any(_monthday(item) for item in day.split(","))
        if weekday == "?"
        else _any(_weekday(item) for item in weekday.split(",")),
        months=_numbers(month, 1, 12, MONTHS),
        years=_numbers(year, 1970, LAST_YEAR),
    )


def _any(rules: Iterator[DayRule]) -> DayRule:
    fixed = tuple(rules)
    return lambda day: any(rule(day) for rule in fixed)


def _monthday(item: str) -> DayRule:
    if item == "L":
        return lambda day: day.day == _length(day)
    if match := re.fullmatch(r"(\d+)W", item):
        (wanted,) = _numbers(match[1], 1, 31)
        return lambda day: day.day == _nearest_weekday(wanted, day)
    numbers = _numbers(item, 1, 31)
    return lambda day: day.day in numbers


def _weekday(item: str) -> DayRule:
    if match := re.fullmatch(r"(\w+)#([1-5])", item):
        (wanted,), nth = _numbers(match[1], 1, 7, WEEKDAYS), int(match[2])
        return lambda day: _day_of_week(day) == wanted and (day.day - 1) // 7 + 1 == nth
    if match := re.fullmatch(r"(\w+)L", item):
        (last,) = _numbers(match[1], 1, 7, WEEKDAYS)
        return lambda day: _day_of_week(day) == last and day.day + 7 > _length(day)
    numbers = frozenset({7}) if item == "L" else _numbers(item, 1, 7, WEEKDAYS)
    return lambda day: _day_of_week(day) in numbers


def _day_of_week(day: date) -> int:
    return day.isoweekday() % 7 + 1


def _length(day: date) -> int:
    return monthrange(day.year, day.month)[1]


def _nearest_weekday(wanted: int, day: date) -> int:
    """The Monday to Friday nearest to that day of this month, without leaving the month; 0 when it has no such day."""
    length = _length(day)
    if wanted > length:
        return 0
    weekday = day.replace(day=wanted).isoweekday()
    if weekday == 6:
        return wanted - 1 if wanted > 1 else wanted + 2
    if weekday == 7:
        return wanted + 1 if wanted < length else wanted - 2
    return wanted


def _numbers(text: str, low: int, high: int, names: Mapping[str, int] | None = None) -> frozenset[int]:
    """The values of a list of ``*``, ``a``, ``a-b``, each perhaps with ``/step``. Raises ValueError."""
    found: set[int] = set()
    for item in text.split(","):
        span, _, step = item.partition("/")
        first, dash, last = span.partition("-")
        start = low if first == "*" else _number(first, names)
        end = _number(last, names) if dash else high if first == "*" or step else start
        if not low <= start <= end <= high or (step and not (step.isdecimal() and int(step))):
            raise ValueError(f"{item} is not within {low}-{high}")
        found.update(range(start, end + 1, int(step or 1)))
    return frozenset(found)


def _number(text: str, names: Mapping[str, int] | None) -> int:
    if names and text.upper() in names:
        return names[text.upper()]
    if not text.isdecimal():
        raise ValueError(f"“{text}” is not a number")
    return int(text)
