"""Time zones by their names. Their database comes with us: Lambda promises none."""

import re
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError  # noqa: TID251 - the database comes with us, see below

_NAME = re.compile(r"[A-Za-z][\w+-]*(?:/[\w+-]+){0,2}", re.ASCII)


def zone_of(name: str) -> ZoneInfo:
    """Raises ValueError for a name that no zone has."""
    import tzdata  # type: ignore[import-untyped]  # noqa: F401 - where zoneinfo looks on a machine without a database

    try:
        if _NAME.fullmatch(name):
            return ZoneInfo(name)
    except (ZoneInfoNotFoundError, OSError):
        pass  # a folder of zones, or nothing
    raise ValueError(f"there is no time zone {name!r}")


def known_zone(name: str) -> str:
    """The name, when there is such a zone; raises ValueError otherwise.

    Only what our database has: a machine's own may know others (``localtime``, ``right/UTC``), and the next one not.
    """
    if name not in _names():
        raise ValueError(f"there is no time zone {name!r}")
    zone_of(name)
    return name


@cache
def _names() -> frozenset[str]:
    from importlib.resources import files  # only who names a zone

    return frozenset((files("tzdata") / "zones").read_text(encoding="utf-8").split())
