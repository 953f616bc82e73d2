"""Text as people see it: how many characters show, what must not be in it, when two names look the same. Pure."""

import unicodedata

_INVISIBLE = ("Cc", "Cf", "Mn", "Me", "Zl", "Zp")

# They turn the direction of what follows them, also outside the text: a title could show as another one.
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def one_line(text: str) -> str:
    """The text, if nothing in it breaks a line or controls how others are shown. Raises ValueError."""
    return _without_control(text, allowed="")


def some_lines(text: str) -> str:
    """The text, which may have line feeds and tabs. Raises ValueError."""
    return _without_control(text, allowed="\n\r\t")


def _without_control(text: str, allowed: str) -> str:
    for one in text:
        control = unicodedata.category(one) in ("Cc", "Zl", "Zp") and one not in allowed
        if control or one in _TURNING:
            raise ValueError(f"the character U+{ord(one):04X} controls how text is shown: leave it out")
    return text


def shown_length(text: str) -> int:
    """Characters that take a place: no control, joining or combining ones, no spaces around."""
    return sum(unicodedata.category(one) not in _INVISIBLE for one in unicodedata.normalize("NFC", text.strip()))


def normal_form(name: str) -> str:
    """The form in which names are unique (C1): one for all widths and cases, without spaces and what is invisible."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    shown = "".join(one for one in folded if not one.isspace() and unicodedata.category(one) not in ("Cc", "Cf"))
    # Marks that a space kept apart now follow one another, and have an order among each other.
    return unicodedata.normalize("NFKC", shown)
