"""What an order costs: one function for quotes and orders (O2). Pure; amounts in fen.

Promotions will come in as data; each line already says what was taken off it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple


class Want(NamedTuple):
    """So many of one style."""

    sku_id: str
    quantity: int


@dataclass(frozen=True)
class Priced:
    """One line's price."""

    sku_id: str
    quantity: int
    unit_price_fen: int
    discount_fen: int

    @property
    def total_fen(self) -> int:
        return self.unit_price_fen * self.quantity - self.discount_fen


@dataclass(frozen=True)
class Price:
    """The whole price: goods − discount + freight = payable."""

    lines: tuple[Priced, ...]
    freight_fen: int = 0

    @property
    def goods_fen(self) -> int:
        return sum(line.unit_price_fen * line.quantity for line in self.lines)

    @property
    def discount_fen(self) -> int:
        return sum(line.discount_fen for line in self.lines)

    @property
    def payable_fen(self) -> int:
        return self.goods_fen - self.discount_fen + self.freight_fen


def merged(wants: Sequence[Want]) -> tuple[Want, ...]:
    """The same style named twice is one line, in the order of first mention."""
    quantities: dict[str, int] = {}
    for want in wants:
        quantities[want.sku_id] = quantities.get(want.sku_id, 0) + want.quantity
    return tuple(Want(sku_id, quantity) for sku_id, quantity in quantities.items())


def price(wants: Sequence[Want], unit_prices_fen: Mapping[str, int]) -> Price:
    """The price of these wants at these unit prices."""
    return Price(tuple(Priced(want.sku_id, want.quantity, unit_prices_fen[want.sku_id], 0) for want in wants))
