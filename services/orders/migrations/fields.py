"""A record of somebody else's, of which every field is taken or kept aside (M6). Pure.

WeChat writes ids as text or as numbers of 64 bits, amounts as whole fen, times as seconds since 1970 or, in the old
mini shop, as Beijing's local time. What nobody takes is left over, and is not dropped.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NoReturn

from services.shared.plumbing.day import BEIJING

_LOCAL = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")
IDENT = re.compile(r"[0-9A-Za-z_-]{1,64}")
_HALF = re.compile(r"[\ud800-\udfff]")  # half a character, which nothing can write down
FIRST, LAST = datetime(2011, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)  # WeChat began in 2011
MOST_FEN = 10**12


class BadRecord(ValueError):
    """A record that cannot be brought in; the message names the field and says why, without personal data."""


class Fields:
    """The fields of one JSON object, to be taken one by one. ``at`` is where the object stands in its record."""

    def __init__(self, record: object, at: str = "") -> None:
        if not isinstance(record, Mapping):
            raise BadRecord(f"{at or 'the record'} is no object")
        self._left = dict(record)
        self._inner: dict[str, list[Fields] | Fields] = {}
        self.at = at

    def has(self, name: str) -> bool:
        """Whether there is something under this name: neither null nor an empty text."""
        return self._left.get(name) not in (None, "")

    def take(self, name: str) -> Any:
        """Whatever stands there; None without it."""
        return self._left.pop(name, None)

    def put_back(self, fields: Mapping[str, Any]) -> None:
        """These were taken, and are of no use after all."""
        self._left |= fields

    def part(self, name: str) -> "Fields":
        """The object under this name; an empty one without it. Raises BadRecord for anything else."""
        found = self._left.pop(name, None)
        part = Fields({} if found is None else found, self._place(name))
        self._inner[name] = part
        return part

    def parts(self, name: str) -> list["Fields"]:
        """The objects in the list under this name. Raises BadRecord for anything else."""
        found = self._left.pop(name, None)
        if not isinstance(found, list | None):
            raise BadRecord(f"{self._place(name)} is no list")
        parts = [Fields(one, f"{self._place(name)}[{number}]") for number, one in enumerate(found or [])]
        self._inner[name] = parts
        return parts

    def text(self, name: str, most: int = 2_000) -> str:
        """Text without the blanks around it; empty without it. Raises BadRecord for what is no text, or too long."""
        found = self.take(name)
        if found is None:
            return ""
        if not isinstance(found, str):
            raise self.bad(name, "is no text")
        if len(found) > most:
            raise self.bad(name, f"has more than {most} characters")
        if _HALF.search(found):
            raise self.bad(name, "is no text")
        return found.strip()

    def ident(self, name: str) -> str:
        """An id as text, whichever way it was written; empty without it, and for 0, which is none.

        Raises BadRecord for a number that was rounded on its way: it may be somebody else's id.
        """
        found = self.take(name)
        if found is None or found == "" or (found == 0 and not isinstance(found, bool)):
            return ""
        if isinstance(found, float):
            raise self.bad(name, f"was rounded ({found!r}): ids have 64 bits, write them as text")
        if isinstance(found, bool) or not isinstance(found, int | str) or not IDENT.fullmatch(str(found)):
            raise self.bad(name, "is no id")
        return str(found)

    def needed_ident(self, name: str) -> str:
        """The same. Raises BadRecord without it."""
        return self.ident(name) or self._missing(name)

    def number(self, name: str, default: int | None = None) -> int:
        """A whole number, also as text. Raises BadRecord for anything else, and without it when there is no default."""
        found = self.take(name)
        if found is None or found == "":
            return self._missing(name) if default is None else default
        if isinstance(found, str) and re.fullmatch(r"-?\d{1,20}", found):
            found = int(found)
        if isinstance(found, bool) or not isinstance(found, int):
            raise self.bad(name, "is no whole number")
        return found

    def fen(self, name: str, default: int | None = None) -> int:
        """An amount in fen, nothing or more. Raises BadRecord like :meth:`number`."""
        amount = self.number(name, default)
        if not 0 <= amount <= MOST_FEN:
            raise self.bad(name, "is no amount in fen")
        return amount

    def instant(self, name: str) -> datetime | None:
        """A time; None without it, and for 0. Raises BadRecord for what is none, and for one before WeChat was."""
        if isinstance(self._left.get(name), str) and _LOCAL.fullmatch(self._left[name].strip()):
            text = self._left.pop(name).strip()
            try:
                found = datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=BEIJING).astimezone(UTC)
            except ValueError as error:
                raise self.bad(name, "is no time") from error
        else:
            seconds = self.number(name, 0)
            if seconds == 0:
                return None
            if not FIRST.timestamp() <= seconds < LAST.timestamp():
                raise self.bad(name, "is no time in seconds since 1970")
            found = datetime.fromtimestamp(seconds, UTC)
        if not FIRST <= found < LAST:
            raise self.bad(name, "is no time at which there was a shop")
        return found

    def needed_instant(self, name: str) -> datetime:
        """The same. Raises BadRecord without it."""
        found = self.instant(name)
        if found is None:
            self._missing(name)
        return found

    def left(self) -> dict[str, Any]:
        """What nobody has taken, at its old places; empty when everything was."""
        left = dict(self._left)
        for name, inner in self._inner.items():
            rest: Any = [one.left() for one in inner] if isinstance(inner, list) else inner.left()
            if any(rest) if isinstance(rest, list) else rest:
                left[name] = rest
        return left

    def bad(self, name: str, why: str) -> BadRecord:
        """The refusal of this field."""
        return BadRecord(f"{self._place(name)} {why}")

    def _missing(self, name: str) -> NoReturn:
        raise self.bad(name, "is missing")

    def _place(self, name: str) -> str:
        return f"{self.at}.{name}" if self.at else name
