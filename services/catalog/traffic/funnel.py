"""From impressions to money, and which products are pressed often and bought seldom (C11). Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from statistics import median

from services.catalog.traffic.tally import Counts, Tally, total

# A product is judged when it was pressed so often, and the shop has so many such products to compare it with.
ENOUGH_CLICKS = 30
ENOUGH_PRODUCTS = 3


@dataclass(frozen=True)
class Funnel:
    """A shop's days together: in all, by channel, by product; ``seldom_bought`` are flagged products."""

    all: Counts
    by_channel: Mapping[str, Counts]
    by_product: Mapping[str, Counts]
    seldom_bought: frozenset[str]


def funnel_of(tallies: Iterable[Tally], channel: str | None = None) -> Funnel:
    """The funnel over all tallies, or of one channel only."""
    lines = [line for tally in tallies for line in tally if channel in (None, line[1])]
    by_channel: dict[str, list[Counts]] = {}
    by_product: dict[str, list[Counts]] = {}
    for product_id, through, counts in lines:
        by_channel.setdefault(through, []).append(counts)
        by_product.setdefault(product_id, []).append(counts)
    products = {product_id: total(counts) for product_id, counts in by_product.items()}
    return Funnel(
        all=total(counts for _, _, counts in lines),
        by_channel={name: total(counts) for name, counts in by_channel.items()},
        by_product=products,
        seldom_bought=_seldom_bought(products),
    )


def _seldom_bought(products: Mapping[str, Counts]) -> frozenset[str]:
    """Products whose buyers per click are fewer than half of the shop's median."""
    judged = {one: counts.paid / counts.clicks for one, counts in products.items() if counts.clicks >= ENOUGH_CLICKS}
    if len(judged) < ENOUGH_PRODUCTS:
        return frozenset()
    usual = median(judged.values())
    return frozenset(one for one, share in judged.items() if share < usual / 2)
