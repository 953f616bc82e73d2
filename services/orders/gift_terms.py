"""What may be given, and what may be written on the card (G1, G2). Pure."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, NamedTuple

from services.shared.plumbing.shown_text import shown_length

MAX_RECIPIENTS = 45  # each may cost a refund: WeChat takes 50 of a payment, of which the last five wait for others
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


@dataclass(frozen=True)
class Rule:
    """What may be given from an instant on: styles of these kinds, up to these original prices in fen."""

    since: datetime
    most_fen: int
    merchant_most_fen: int
    kinds: frozenset[str] = frozenset({"physical"})


# Oldest first. A new one is added with the instant from which it counts; none is changed, so that what was placed under
# it can be explained.
RULES: tuple[Rule, ...] = (Rule(datetime(2024, 12, 18, tzinfo=UTC), most_fen=1_000_000, merchant_most_fen=2_000_000),)


def rule_at(now: datetime, rules: Sequence[Rule] = RULES) -> Rule:
    """The rule that counts now: the last that has begun, or the first."""
    begun = [rule for rule in sorted(rules, key=lambda one: one.since) if rule.since <= now]
    return begun[-1] if begun else min(rules, key=lambda one: one.since)


def why_not(goods: Goods, rule: Rule = RULES[0], *, by_merchant: bool = False) -> Why | None:
    """Why this style cannot be given under this rule; None when it can. A merchant's own gifts may cost more (G8)."""
    if goods.kind not in rule.kinds:
        return "kind"
    if not goods.giftable:
        return "category"
    if goods.original_price_fen > (rule.merchant_most_fen if by_merchant else rule.most_fen):
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
