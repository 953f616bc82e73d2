"""Counts by product and channel (C11). Pure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import NamedTuple

BUCKETS = 8  # of a shop's day: an item each, so that a fold writes little and no item grows too large
OTHERS = "*"  # products that no longer fit into their item
MAX_PRODUCTS, MAX_LINES = 2_000, 4_000  # an item; a line is a product's through one channel, of up to 90 bytes


class Counts(NamedTuple):
    """Impressions and clicks; orders that ended their wait for money, those that were paid, their pieces and fen.

    Orders and paid ones count once for each of their products.
    """

    impressions: int = 0
    clicks: int = 0
    orders: int = 0
    paid: int = 0
    pieces: int = 0
    gmv_fen: int = 0

    def plus(self, other: "Counts") -> "Counts":
        """Both together."""
        return Counts(*(a + b for a, b in zip(self, other, strict=True)))


def total(counts: Iterable[Counts]) -> Counts:
    """All together."""
    found = Counts()
    for one in counts:
        found = found.plus(one)
    return found


@dataclass
class Tally:
    """Counts by product, by channel."""

    by_product: dict[str, dict[str, Counts]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._lines = sum(len(channels) for channels in self.by_product.values())

    def add(self, product_id: str, channel: str, counts: Counts) -> None:
        """So many more. What is beyond the products and lines that fit is counted among the others."""
        full = self._lines >= MAX_LINES or (len(self.by_product) >= MAX_PRODUCTS and product_id not in self.by_product)
        if full and channel not in self.by_product.get(product_id, {}):
            product_id = OTHERS
        channels = self.by_product.setdefault(product_id, {})
        self._lines += channel not in channels
        channels[channel] = channels.get(channel, Counts()).plus(counts)

    def merge(self, other: "Tally") -> None:
        """All of the other too."""
        for product_id, channel, counts in other:
            self.add(product_id, channel, counts)

    def __iter__(self) -> Iterator[tuple[str, str, Counts]]:
        for product_id, channels in self.by_product.items():
            yield from ((product_id, channel, counts) for channel, counts in channels.items())

    def split(self) -> Mapping[int, "Tally"]:
        """The same by bucket."""
        parts: dict[int, Tally] = {}
        for product_id, channel, counts in self:
            parts.setdefault(bucket_of(product_id), Tally()).add(product_id, channel, counts)
        return parts


def bucket_of(product_id: str) -> int:
    """In which item of a shop's day a product is counted."""
    return sha256(product_id.encode()).digest()[2] % BUCKETS
