"""What an order costs: one function for quotes and orders (O2). Pure; amounts in fen.

Promotions come in as data (O8–O10), and each line says what each of them took off it. Another price for a style comes
first, the lowest wins; coupons then apply one after the other, each to what the ones before it left.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple


class Want(NamedTuple):
    """So many of one style."""

    sku_id: str
    quantity: int


@dataclass(frozen=True)
class SpecialPrice:
    """Another unit price for some styles: a flash sale's, a group's. One that is not lower changes nothing."""

    promotion_id: str
    kind: Literal["flash_price", "group_price"]
    unit_prices_fen: Mapping[str, int]


@dataclass(frozen=True)
class Coupon:
    """Off the sum of the lines it covers (``sku_ids``; None: all), when that is at least ``from_fen``.

    ``threshold`` and ``direct`` take off ``amount_fen``, ``discount`` takes off ``off_bp`` basis points (a broken fen
    is not taken off), at most ``most_fen``. Never more than there is.
    """

    promotion_id: str
    kind: Literal["threshold", "discount", "direct"]
    amount_fen: int = 0
    off_bp: int = 0
    from_fen: int = 0
    most_fen: int | None = None
    sku_ids: frozenset[str] | None = None

    def off(self, base_fen: int) -> int:
        """What it takes off lines that come to ``base_fen``."""
        if base_fen < self.from_fen:
            return 0
        off_fen = base_fen * self.off_bp // 10_000 if self.kind == "discount" else self.amount_fen
        return min(off_fen, base_fen if self.most_fen is None else min(base_fen, self.most_fen))


Promotion = SpecialPrice | Coupon


@dataclass(frozen=True)
class Discount:
    """What one promotion took off one line, or the merchant by hand (``price_change``)."""

    promotion_id: str
    kind: Literal["flash_price", "group_price", "threshold", "discount", "direct", "price_change"]
    amount_fen: int


@dataclass(frozen=True)
class Priced:
    """One line's price."""

    sku_id: str
    quantity: int
    unit_price_fen: int
    discounts: tuple[Discount, ...] = ()

    @property
    def discount_fen(self) -> int:
        return sum(one.amount_fen for one in self.discounts)

    @property
    def total_fen(self) -> int:
        return self.unit_price_fen * self.quantity - self.discount_fen

    def less(self, promotion: Promotion, amount_fen: int) -> "Priced":
        """With so much taken off it by this promotion."""
        if not amount_fen:
            return self
        return replace(self, discounts=(*self.discounts, Discount(promotion.promotion_id, promotion.kind, amount_fen)))


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


def price(wants: Sequence[Want], unit_prices_fen: Mapping[str, int], promotions: Sequence[Promotion] = ()) -> Price:
    """The price of these wants at these unit prices, with these promotions, without freight."""
    lines = [Priced(want.sku_id, want.quantity, unit_prices_fen[want.sku_id]) for want in wants]
    specials = [one for one in promotions if isinstance(one, SpecialPrice)]
    lines = [_at_the_lowest(line, specials) for line in lines]
    for coupon in promotions:
        if isinstance(coupon, Coupon):
            lines = _redeemed(lines, coupon)
    return Price(tuple(lines))


def shared_out(amount_fen: int, weights: Sequence[int]) -> list[int]:
    """``amount_fen`` over these weights, exactly: each its part rounded down, what is left by the largest remainders.

    At most the weights' sum goes out, and so no part is more than its weight.
    """
    whole = sum(weights)
    amount_fen = min(amount_fen, whole)
    if not amount_fen:
        return [0] * len(weights)
    parts = [amount_fen * weight // whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda at: -(amount_fen * weights[at] % whole))
    for at in by_remainder[: amount_fen - sum(parts)]:
        parts[at] += 1
    return parts


def _at_the_lowest(line: Priced, specials: Sequence[SpecialPrice]) -> Priced:
    named = [one for one in specials if line.sku_id in one.unit_prices_fen]
    if not named:
        return line
    best = min(named, key=lambda one: one.unit_prices_fen[line.sku_id])
    off_fen = line.unit_price_fen - max(0, best.unit_prices_fen[line.sku_id])
    return line.less(best, max(0, off_fen) * line.quantity)


def _redeemed(lines: Sequence[Priced], coupon: Coupon) -> list[Priced]:
    left = [line.total_fen if coupon.sku_ids is None or line.sku_id in coupon.sku_ids else 0 for line in lines]
    parts = shared_out(coupon.off(sum(left)), left)
    return [line.less(coupon, part) for line, part in zip(lines, parts, strict=True)]
