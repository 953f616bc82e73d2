"""What may be given, and what may be written on the card (G1, G2). Pure."""

import unicodedata
from typing import Literal, NamedTuple

from services.shared.plumbing.shown_text import shown_length

MAX_ORIGINAL_PRICE_FEN = 1_000_000
MAX_RECIPIENTS = 40  # each may cost a refund, and WeChat takes 50 of a payment
MAX_MESSAGE = 100
MAX_WRITTEN = 1_000  # what people do not see counts here: it is sealed into the order and into an event, which must fit

_UNSHOWN = ("Cc", "Cs", "Co", "Zl", "Zp")
_TURNS = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"  # make a text read otherwise than it is written

Why = Literal["category", "kind", "price"]


class Goods(NamedTuple):
    """What decides whether a style can be given."""

    sku_id: str
    giftable: bool
    kind: str
    original_price_fen: int


def why_not(goods: Goods) -> Why | None:
    """Why this style cannot be given; None when it can."""
    if goods.kind != "physical":
        return "kind"
    if not goods.giftable:
        return "category"
    if goods.original_price_fen > MAX_ORIGINAL_PRICE_FEN:
        return "price"
    return None


def message_fault(text: str) -> str | None:
    """What is wrong with a card's message; None when it may be sent."""
    if len(text) > MAX_WRITTEN:
        return f"at most {MAX_WRITTEN} characters with their marks"
    if shown_length(text) > MAX_MESSAGE:
        return f"at most {MAX_MESSAGE} characters"
    if any(char != "\n" and (unicodedata.category(char) in _UNSHOWN or char in _TURNS) for char in text):
        return "no control characters"
    if "<" in text or ">" in text:
        return "no markup"
    return None
