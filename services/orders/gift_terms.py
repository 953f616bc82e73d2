"""What may be given, and what may be written on the card (G1, G2). Pure."""

import unicodedata
from typing import Literal, NamedTuple

MAX_ORIGINAL_PRICE_FEN = 1_000_000
MAX_RECIPIENTS = 40  # each may cost a refund, and WeChat takes 50 of a payment
MAX_MESSAGE = 100
MAX_WRITTEN = 1_000  # what people do not see counts here: it is sealed into the order and into an event, which must fit

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


def shown_length(text: str) -> int:
    """Characters as people see them: marks that sit on another one, and joiners, do not count."""
    return sum(1 for char in text if unicodedata.category(char) not in ("Mn", "Me", "Cf"))


def message_fault(text: str) -> str | None:
    """What is wrong with a card's message; None when it may be sent."""
    if len(text) > MAX_WRITTEN:
        return f"at most {MAX_WRITTEN} characters with their marks"
    if shown_length(text) > MAX_MESSAGE:
        return f"at most {MAX_MESSAGE} characters"
    if any(unicodedata.category(char) == "Cc" and char != "\n" for char in text):
        return "no control characters"
    if "<" in text or ">" in text:
        return "no markup"
    return None
