"""What an order of these would cost and whether it can be sent there: the same for quotes and for orders (O2, O13)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from services.orders.freight.freight import Book, Goods, Place
from services.orders.freight.tables import book_key, book_of
from services.orders.pricing import Price, Promotion, Want, price
from services.orders.refusals import NotForSale, RegionNotServed, ShopClosed, TooManyLines
from services.orders.tables import OfferRow, ShopRow, offer_key, shop_key
from services.shared.plumbing.problems import NotFound
from services.shared.plumbing.tables import read

MAX_LINES = 40


@dataclass(frozen=True)
class Quote:
    """The offers behind some wants, by SKU, the shop they are in, and their price with freight.

    ``not_served``: where none or not all of it can be sent.
    """

    offers: dict[str, OfferRow]
    shop: ShopRow
    price: Price
    not_served: tuple[str, ...]


def quote(shop_id: str, wants: Sequence[Want], place: Place, promotions: Sequence[Promotion] = ()) -> Quote:
    """One batched read. ``place``: province and city, or empty; then freight is by the templates' default rates.

    Raises NotFound, ShopClosed, NotForSale, TooManyLines, RegionNotServed.
    """
    offers, shop, book = _read(shop_id, wants)
    priced = price(wants, {sku_id: int(offer.price_fen) for sku_id, offer in offers.items()}, promotions)
    goods = [
        Goods(line.sku_id, offer.freight_template_id, line.quantity, int(offer.weight_g), line.total_fen)
        for line in priced.lines
        if (offer := offers[line.sku_id]).kind == "physical"
    ]
    closed = _closed(offers, book, goods)
    barred = {sku_id: regions & set(place) for sku_id, regions in closed.items() if regions & set(place)}
    if barred:
        raise RegionNotServed(regions=sorted(frozenset().union(*barred.values())), sku_ids=list(barred))
    return Quote(
        offers=offers,
        shop=shop,
        price=replace(priced, freight_fen=book.fen(goods, place)),
        not_served=tuple(sorted(frozenset().union(*closed.values()))),
    )


def _read(shop_id: str, wants: Sequence[Want]) -> tuple[dict[str, OfferRow], ShopRow, Book]:
    if len(wants) > MAX_LINES:
        raise TooManyLines(most=MAX_LINES)
    *rows, shop, book = read([*(offer_key(want.sku_id) for want in wants), shop_key(shop_id), book_key(shop_id)])
    if shop is None:
        raise NotFound("There is no such shop")
    if not shop.can_sell:
        raise ShopClosed()
    offers = {row.pk.removeprefix("SKU#"): row for row in rows if row is not None}
    fit = {sku_id for sku_id, offer in offers.items() if offer.offered and offer.shop_id == shop_id}
    if unfit := [want.sku_id for want in wants if want.sku_id not in fit]:
        raise NotForSale(sku_ids=unfit)
    return offers, shop, book_of(book)


def _closed(offers: dict[str, OfferRow], book: Book, goods: Sequence[Goods]) -> dict[str, frozenset[str]]:
    """Where each style is not sent: what its product says, and what its freight template says."""
    by_template = book.closed_to(goods)
    return {sku_id: by_template.get(sku_id, frozenset()).union(offer.no_delivery) for sku_id, offer in offers.items()}
