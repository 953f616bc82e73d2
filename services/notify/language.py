"""Which language a reader gets, and whose clock."""

import re
from dataclasses import dataclass
from typing import Literal

Language = Literal["zh", "en"]

DEFAULT: Language = "zh"
DEFAULT_ZONE = "Asia/Shanghai"
_RANGE = re.compile(r"\s*(zh|en|\*)(?:-[\w-]+)?\s*(?:;\s*q\s*=\s*([01](?:\.\d{0,3})?)\s*)?", re.IGNORECASE)


@dataclass(frozen=True)
class Reader:
    """For whom values are put into words. ``zone``: a name of the time zone database."""

    language: Language = DEFAULT
    zone: str = DEFAULT_ZONE


def language_of(accept_language: str, default: Language = DEFAULT) -> Language:
    """The one of our languages that an Accept-Language header likes best; ``default`` where it says nothing of them."""
    liked: dict[Language, float] = {}
    for part in accept_language.split(","):
        if matched := _RANGE.fullmatch(part):
            named = matched[1].lower()
            language: Language = default if named == "*" else "en" if named == "en" else "zh"
            liked[language] = max(liked.get(language, 0.0), float(matched[2] or 1))
    best = max(liked, key=lambda language: (liked[language], language == default), default=default)
    return best if liked.get(best) else default
