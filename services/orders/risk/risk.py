"""Whether to take somebody's money, and whether to look at an order first: the built-in judge, its rules (O19). Pure.

    allow    nothing is said of it
    review   it can be paid, and is neither sent nor, as a gift, offered to anybody until somebody has cleared it
    deny     it cannot be paid; the buyer is not told by which rule

Rules are data with the moment since which they hold: a change can be prepared, and what was judged be understood.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime, timedelta
from typing import Literal, Self

Verdict = Literal["allow", "review", "deny"]
Act = Literal["pay", "gift"]

REVIEW_WITHIN = timedelta(hours=24)  # a gift that nobody has cleared by then goes back to its giver
REMEMBERED = timedelta(hours=24)


@dataclass(frozen=True)
class Ask:
    """What is to be judged, and what its buyer did lately; amounts in fen, ``orders_this_hour`` and ``fen_this_day``
    without this order. ``gift``: paying for it sends it too. No personal data."""

    act: Act
    order_id: str
    shop_id: str
    buyer: str
    amount_fen: int
    pieces: int
    channel: str
    at: datetime
    orders_this_hour: int
    fen_this_day: int


@dataclass(frozen=True)
class Opinion:
    """What a judge says, and for the record why."""

    verdict: Verdict
    why: tuple[str, ...] = ()


@dataclass(frozen=True)
class Judgement:
    """One decision about an order, kept with it: what was asked, by whom it was decided, and why."""

    at: datetime
    act: Literal["pay", "gift", "clear"]
    verdict: Verdict
    by: str
    amount_fen: int
    why: tuple[str, ...] = ()


@dataclass(frozen=True)
class Bounds:
    """More than this is too much; None: no bound."""

    orders_per_hour: int | None = None
    fen_per_day: int | None = None
    fen_per_order: int | None = None

    def broken_by(self, ask: Ask) -> tuple[str, ...]:
        """Which of them this order breaks."""
        seen = {
            "orders_per_hour": ask.orders_this_hour + 1,
            "fen_per_day": ask.fen_this_day + ask.amount_fen,
            "fen_per_order": ask.amount_fen,
        }
        return tuple(name for name, value in seen.items() if (most := getattr(self, name)) is not None and value > most)


@dataclass(frozen=True)
class Rules:
    """What is looked at, and what is denied, from ``since`` on."""

    since: datetime
    review: Bounds = Bounds()
    deny: Bounds = Bounds()


# Wide: a shop's own platform knows its buyers, and sets ORDERS_RISK_RULES.
USUAL = (
    Rules(
        since=datetime(2026, 1, 1, tzinfo=UTC),
        review=Bounds(orders_per_hour=1_000, fen_per_day=500_000_000, fen_per_order=200_000_000),
        deny=Bounds(orders_per_hour=10_000),
    ),
)


def judged(ask: Ask, rules: Sequence[Rules]) -> Opinion:
    """By the rules that hold at the moment of asking; before the first of them all is allowed."""
    holding = max((one for one in rules if one.since <= ask.at), key=lambda one: one.since, default=None)
    if holding is None:
        return Opinion("allow")
    if why := holding.deny.broken_by(ask):
        return Opinion("deny", why)
    why = holding.review.broken_by(ask)
    return Opinion("review" if why else "allow", why)


def rules_of(text: str) -> tuple[Rules, ...]:
    """``[{"since": "2026-01-01T00:00:00Z", "review": {"orders_per_hour": 20}, "deny": {…}}, …]``. Raises ValueError."""
    found = json.loads(text)
    return tuple(_rules(one) for one in found)


def _rules(one: object) -> Rules:
    if not isinstance(one, dict) or "since" not in one:
        raise ValueError("a rule is an object that says since when it holds")
    if unknown := sorted(set(one) - {"since", "review", "deny"}):
        raise ValueError(f"{unknown[0]} is no part of a rule")
    since = datetime.fromisoformat(str(one["since"]))
    if since.tzinfo is None:
        raise ValueError(f"{one['since']} names no time zone")
    return Rules(since, _bounds(one.get("review", {})), _bounds(one.get("deny", {})))


def _bounds(found: object) -> Bounds:
    names = {each.name for each in fields(Bounds)}
    if not isinstance(found, dict) or set(found) - names:
        raise ValueError(f"bounds are {', '.join(sorted(names))}")
    if any(type(value) is not int or value < 0 for value in found.values()):
        raise ValueError("a bound is a whole number, not below 0")
    return Bounds(**found)


@dataclass(frozen=True)
class Recent:
    """What a buyer started to pay lately: (orders, fen) by the hour, for a day."""

    hours: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    version: int = 0

    def orders_in_hour_of(self, at: datetime) -> int:
        """Orders in the clock's hour."""
        return self.hours.get(_hour(at), (0, 0))[0]

    def fen_in_day_until(self, at: datetime) -> int:
        """Fen in the last 24 hours, begun hours whole."""
        return sum(fen for hour, (_, fen) in self.hours.items() if hour > _hour(at - REMEMBERED))

    def with_order(self, at: datetime, amount_fen: int) -> Self:
        """With this order; what is older than a day is forgotten."""
        kept = {hour: seen for hour, seen in self.hours.items() if hour > _hour(at - REMEMBERED)}
        orders, fen = kept.get(_hour(at), (0, 0))
        kept[_hour(at)] = (orders + 1, fen + amount_fen)
        return replace(self, hours=kept, version=self.version + 1)


def _hour(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H")
