"""Stock of one style, split over shards, and how a quantity is taken from them (O1).

Every unit is on hand, held by an unpaid order, or sold, and each shard counts its own: at every moment
``received = on_hand + held + sold``. Pure.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

MAX_SHARDS = 32
MAX_COUNTERS = 99  # of one style, in all epochs: with the style itself what one snapshot takes
PAST = 0  # the epoch in whose one counter lies what drained epochs have sold


class Taken(NamedTuple):
    """So many units of one shard of one epoch. Where they came from is where they go back to."""

    epoch: int
    shard: int
    quantity: int


@dataclass(frozen=True)
class Shard:
    """One counter of a style's stock. A re-sharding closes the shards of the epoch before it."""

    epoch: int
    number: int
    on_hand: int
    held: int
    sold: int
    received: int
    closed: bool = False

    @property
    def balanced(self) -> bool:
        return self.received == self.on_hand + self.held + self.sold and min(self.on_hand, self.held, self.sold) >= 0


def home_shard(shards: int, seed: str) -> int:
    """The shard that this seed (an order's id) tries first: spread evenly, the same each time."""
    return int.from_bytes(hashlib.sha256(seed.encode()).digest()[:4]) % shards


def take(shards: Iterable[Shard], quantity: int) -> tuple[Taken, ...] | None:
    """How to take ``quantity`` units from a snapshot of all shards, fullest first; None when they do not hold as many.

    Fullest first needs the fewest shards, and leaves no unit that cannot be sold.
    """
    plan, wanted = [], quantity
    for shard in sorted((one for one in shards if not one.closed), key=lambda one: -one.on_hand):
        portion = min(wanted, shard.on_hand)
        if portion > 0:
            plan.append(Taken(shard.epoch, shard.number, portion))
            wanted -= portion
        if wanted == 0:
            return tuple(plan)
    return None


def spread(quantity: int, shards: int) -> list[int]:
    """``quantity`` units in as equal parts as possible."""
    each, more = divmod(quantity, shards)
    return [each + (1 if number < more else 0) for number in range(shards)]


def total(shards: Sequence[Shard]) -> Shard:
    """All shards as one, for people to read."""
    return Shard(
        epoch=max((one.epoch for one in shards), default=0),
        number=len(shards),
        on_hand=sum(one.on_hand for one in shards),
        held=sum(one.held for one in shards),
        sold=sum(one.sold for one in shards),
        received=sum(one.received for one in shards),
    )
