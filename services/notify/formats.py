"""How values read in a message, by language: amounts, times, counts, goods. The one place that knows.

Values are stored as JSON has them (fen, RFC 3339 text, counts), so that any language can be made of them later.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from services.notify.language import Language

# Without summer time since 1991. Lambda promises no time zone database that could say so.
SHANGHAI = timezone(timedelta(hours=8), "Asia/Shanghai")
MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()


def money(fen: int, _: Language = "zh") -> str:
    """``¥1,234.56`` from fen."""
    yuan, rest = divmod(abs(fen), 100)
    return f"{'-' if fen < 0 else ''}¥{yuan:,}.{rest:02}"


def count(number: int, _: Language) -> str:
    """``1,280``."""
    return f"{number:,}"


def time(instant: str, language: Language) -> str:
    """To the minute: Beijing time in Chinese, where everybody means it; UTC, named, in English."""
    at = datetime.fromisoformat(instant)
    if language == "zh":
        at = at.astimezone(SHANGHAI)
        return f"{at.year}年{at.month}月{at.day}日 {at:%H:%M}"
    at = at.astimezone(UTC)
    return f"{at.day} {MONTHS[at.month - 1]} {at.year}, {at:%H:%M} UTC"


def goods(these: Mapping[str, Any], language: Language) -> str:
    """An order's goods in a few words. ``these``: title of the first line, number of lines (kinds) and of pieces."""
    title, kinds, pieces = these["title"], these["kinds"], these["pieces"]
    if kinds > 1:
        return f"「{title}」等 {pieces} 件" if language == "zh" else f"“{title}” and others ({pieces} pieces)"
    if pieces > 1:
        return f"「{title}」{pieces} 件" if language == "zh" else f"“{title}” × {pieces}"
    return title_of(title, language)


def title_of(title: str, language: Language) -> str:
    """One product's title, quoted."""
    return f"「{title}」" if language == "zh" else f"“{title}”"


def shop(name: str | None, language: Language) -> str:
    """A shop's name, quoted; ``None`` while it has not reached us."""
    if name is None:
        return "商家" if language == "zh" else "the shop"
    return title_of(name, language)


def stated(text: str, language: Language) -> str:
    """A reason somebody wrote, or that there is none."""
    return text or ("未说明" if language == "zh" else "not stated")


def verbatim(value: object, _: Language) -> str:
    """As it is."""
    return str(value)


# What may stand behind the colon of a template's variable.
FORMATS: dict[str, Callable[[Any, Language], str]] = {
    "": verbatim,
    "count": count,
    "goods": goods,
    "money": money,
    "shop": shop,
    "stated": stated,
    "time": time,
    "title": title_of,
}
