"""What catalog offers, as far as a card shows it: the styles among which a recipient may choose (G3). Pure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from services.gifts.gift import Line
from services.gifts.refusals import StyleNotOffered
from services.gifts.sub_gift import Style


class Priced(NamedTuple):
    """A style and its price in fen."""

    sku_id: str
    attributes: Mapping[str, str]
    price_fen: int


@dataclass(frozen=True)
class Product:
    """A product that may be given, with its styles; a withdrawn one, or one that may not be given, has none."""

    product_id: str
    image: str | None = None
    styles: tuple[Priced, ...] = ()

    def attributes_of(self, sku_id: str) -> Mapping[str, str]:
        return next((one.attributes for one in self.styles if one.sku_id == sku_id), {})


def styles_to_choose(line: Line, product: Product | None) -> Iterator[Style]:
    """The ordered style, then the other styles of the same product at the same price."""
    yield line.ordered
    for one in product.styles if product else ():
        if one.price_fen == line.unit_price_fen and one.sku_id != line.sku_id:
            yield Style(one.sku_id, one.attributes)


def choose(sku_id: str | None, styles: Iterable[Style]) -> Style:
    """The style with this id. Raises StyleNotOffered."""
    for style in styles:
        if style.sku_id == sku_id:
            return style
    raise StyleNotOffered()
