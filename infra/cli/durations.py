"""Durations as people write them: ``25h``, ``1h30m``, ``-2d``, ``90s``."""

import re
from datetime import timedelta

UNITS = {"d": 86_400, "h": 3_600, "m": 60, "s": 1}
PART = re.compile(r"([0-9]+)([dhms])")
WHOLE = re.compile(r"([+-]?)((?:[0-9]+[dhms])+)")
MOST = timedelta(days=36_500)


def duration(text: str) -> timedelta:
    """The duration; with a minus before it, backwards. Raises ValueError with what would be right."""
    match = WHOLE.fullmatch(text.strip().lower())
    if match is None:
        raise ValueError(f"{text!r} is not a duration: write 25h, 1h30m, 2d or 90s")
    seconds = sum(int(number) * UNITS[unit] for number, unit in PART.findall(match[2]))
    if seconds > MOST.total_seconds():
        raise ValueError(f"{text!r} is longer than {MOST.days} days")
    return timedelta(seconds=-seconds if match[1] == "-" else seconds)


def shown(length: timedelta) -> str:
    """The same the other way: ``25h``; ``0s`` for nothing."""
    left = round(abs(length.total_seconds()))
    parts = []
    for unit, seconds in UNITS.items():
        count, left = divmod(left, seconds)
        if count:
            parts.append(f"{count}{unit}")
    return ("-" if length < timedelta() else "") + ("".join(parts) or "0s")
