"""Whether an order can go somewhere else, and what sending it there costs now (O4, O13)."""

from services.orders.freight.freight import Goods, Place
from services.orders.freight.tables import book_key, book_of
from services.orders.order import Order
from services.orders.refusals import RegionNotServed
from services.orders.tables import OfferRow, offer_key
from services.shared.plumbing.tables import read


def freight_to(order: Order, place: Place) -> int:
    """What freight there would be, in fen; what the order was charged stays. One batched read.

    Raises RegionNotServed where its goods are not sent.
    """
    sku_ids = [line.sku_id for line in order.lines]
    *rows, book_row = read([*(offer_key(one) for one in sku_ids), book_key(order.shop_id)])
    offers: dict[str, OfferRow] = {row.pk.removeprefix("SKU#"): row for row in rows if row is not None}
    book = book_of(book_row)
    goods = [
        Goods(line.sku_id, offer.freight_template_id, line.quantity, int(offer.weight_g), line.total_fen)
        for line in order.lines
        if line.kind == "physical" and (offer := offers.get(line.sku_id))
    ]
    closed = frozenset().union(
        order.no_delivery_regions,
        *(offer.no_delivery for offer in offers.values()),
        *book.closed_to(goods).values(),
    )
    if barred := sorted(closed & set(place)):
        raise RegionNotServed(regions=barred)
    return book.fen(goods, place)
