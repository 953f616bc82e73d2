"""Which language a reader gets."""

import re
from typing import Literal

Language = Literal["zh", "en"]

DEFAULT: Language = "zh"
_RANGE = re.compile(r"\s*(zh|en|\*)(?:-[\w-]+)?\s*(?:;\s*q\s*=\s*([01](?:\.\d{0,3})?)\s*)?", re.IGNORECASE)


def language_of(accept_language: str) -> Language:
    """The one of our languages that an Accept-Language header likes best; Chinese where it says nothing of them."""
    liked: dict[Language, float] = {}
    for part in accept_language.split(","):
        if matched := _RANGE.fullmatch(part):
            language: Language = "en" if matched[1].lower() == "en" else "zh"
            liked[language] = max(liked.get(language, 0.0), float(matched[2] or 1))
    best = max(liked, key=lambda language: (liked[language], language == DEFAULT), default=DEFAULT)
    return best if liked.get(best) else DEFAULT
