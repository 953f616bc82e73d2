"""How many pieces of a product one buyer may have (O2): counted in the placing transaction, one row a buyer and shop.

A cancelled or expired order, and a gift that nobody took, gives its pieces back. A limit counts from when it is set.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from services.orders.order import Order
from services.orders.refusals import BuyersLimit
from services.orders.tables import BUYERS_LIMIT, OfferRow, bought_by, count_bought, uncount_bought
from services.shared.plumbing.tables import Refused, Transaction


@dataclass(frozen=True)
class Limits:
    """``pieces`` of each limited product that an order wants, and how many ``most`` its buyer may have."""

    shop_id: str
    buyer: str
    pieces: Mapping[str, int]
    most: Mapping[str, int]

    def count(self, tx: Transaction) -> None:
        """In the caller's transaction, which is refused when it is too many."""
        if self.pieces:
            count_bought(tx, self.shop_id, self.buyer, self.pieces, self.most)

    def explain(self, refusal: Refused) -> None:
        """Raise BuyersLimit when it was that; nothing when it was something else, or is no more."""
        if BUYERS_LIMIT in refusal.names:
            self.check(bought_by(self.shop_id, self.buyer))

    def check(self, has: Mapping[str, int]) -> None:
        """Raise BuyersLimit when the buyer, who has these, would have too many."""
        left = {one: max(0, most - has.get(one, 0)) for one, most in self.most.items()}
        if beyond := [one for one, pieces in self.pieces.items() if pieces > left[one]]:
            most = {one: self.most[one] for one in beyond}
            raise BuyersLimit(product_ids=beyond, most=most, left={one: left[one] for one in beyond})


def limits_of(order: Order, offers: Mapping[str, OfferRow]) -> Limits:
    """What an order that is being placed counts. Raises BuyersLimit for what would never do."""
    most = {offer.product_id: int(offer.max_per_buyer) for offer in offers.values() if offer.max_per_buyer}
    limits = Limits(order.shop_id, order.buyer, _pieces(order), most)
    limits.check({})
    return limits


def uncount(tx: Transaction, order: Order) -> None:
    """The order ends: what it counted is for its buyer to buy again."""
    if pieces := _pieces(order):
        uncount_bought(tx, order.shop_id, order.buyer, pieces)


def _pieces(order: Order) -> dict[str, int]:
    pieces: Counter[str] = Counter()
    for line in order.lines:
        if line.limited:
            pieces[line.product_id] += line.quantity
    return dict(pieces)
