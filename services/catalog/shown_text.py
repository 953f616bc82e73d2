"""Text as people see it: how many characters show, and when two names look the same. Pure."""

import unicodedata

_INVISIBLE = ("Cc", "Cf", "Mn", "Me", "Zl", "Zp")


def shown_length(text: str) -> int:
    """Characters that take a place: no control, joining or combining ones, no spaces around."""
    return sum(unicodedata.category(one) not in _INVISIBLE for one in unicodedata.normalize("NFC", text.strip()))


def normal_form(name: str) -> str:
    """The form in which names are unique (C1): one for all widths and cases, without spaces and what is invisible."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    shown = "".join(one for one in folded if not one.isspace() and unicodedata.category(one) not in ("Cc", "Cf"))
    # Marks that a space kept apart now follow one another, and have an order among each other.
    return unicodedata.normalize("NFKC", shown)
