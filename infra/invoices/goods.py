"""The catalogue that the sales of a file need. Pure.

One product a stock code, called as it is called most often; one style (SKU) of it for each price it was sold at, so
that no price is guessed; as much stock of each style as the file sells.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from infra.invoices.rows import Row

TITLE = (5, 60)  # characters (C5)

Key = tuple[str, int]  # a style: its stock code and its price in pence


@dataclass(frozen=True, slots=True)
class Style:
    """A stock code at one price (pence, taken as fen). ``stock``: what the file sells of it."""

    code: str
    pence: int
    stock: int

    @property
    def out_sku_id(self) -> str:
        return sku_of(self.code, self.pence)

    @property
    def price_text(self) -> str:
        """The price as the one attribute that tells the styles apart."""
        return f"£{self.pence // 100}.{self.pence % 100:02}"


@dataclass(frozen=True, slots=True)
class Goods:
    """A product to be: its stock code, its title, its styles by price."""

    code: str
    title: str
    styles: tuple[Style, ...]


def sku_of(code: str, pence: int) -> str:
    """The merchant's own id of a style."""
    return f"{code}@{pence}"


def goods_of(sales: Iterable[Row]) -> tuple[Goods, ...]:
    """The products that these sale rows need, by code."""
    names: dict[str, Counter[str]] = defaultdict(Counter)
    sold: dict[str, Counter[int]] = defaultdict(Counter)
    for row in sales:
        names[row.code][row.name] += 1
        sold[row.code][row.pence] += row.quantity
    return tuple(
        Goods(
            code,
            title_of(code, names[code]),
            tuple(Style(code, pence, stock) for pence, stock in sorted(sold[code].items())),
        )
        for code in sorted(sold)
    )


def title_of(code: str, names: Counter[str]) -> str:
    """The most frequent name (of equally frequent ones the first); without a name the code says what it is.

    A title shorter than 5 characters gets the code behind it, a longer one than 60 is cut.
    """
    named = [(name, count) for name, count in names.items() if name]
    title = max(named, key=lambda pair: pair[1])[0] if named else f"Item {code}"
    if len(title) < TITLE[0]:
        title = f"{title} {code}"
    return title[: TITLE[1]].strip()
