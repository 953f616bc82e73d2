"""What the system itself says after a run: its lists over HTTP, and its base tables by operator access."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from infra.cli.api import Json
from infra.invoices.deliveries import Deliveries, Tally
from infra.invoices.journey import Market

PAGE = 100


@dataclass(frozen=True, slots=True)
class Stock:
    """One style's counters over its whole life, and its fee in basis points."""

    received: int
    on_hand: int
    held: int
    sold: int
    fee_bp: int


@dataclass(frozen=True)
class Readings:
    """Everything that the books compare. Orders and entries are as the API shows them."""

    orders: Sequence[Json]
    ledger: Sequence[Json]
    balance: Json
    sku_ids: Mapping[str, str]  # by the merchant's own ids
    stock: Mapping[str, Stock]  # by SKU
    shop_messages: Mapping[str, int]  # by event
    buyer_messages: Mapping[str, int]
    shop_events: Tally
    all_events: Tally
    dead_letters: int


def orders_of(market: Market) -> list[Json]:
    """The shop's orders, oldest first, each once however often it changed while we paged."""
    merchant = market.stack.person(market.merchant)
    found = {one["order_id"]: one for one in merchant.pages(f"/orders/v1/shops/{market.shop_id}/orders")}
    return sorted(found.values(), key=lambda order: (order["created_at"], order["order_id"]))


def read_all(market: Market, deliveries: Deliveries, threads: int) -> Readings:
    """Read it all. For figures that belong together nothing should be on its way."""
    merchant = market.stack.person(market.merchant)
    orders = orders_of(market)
    of_shop, of_all = deliveries.count(market.shop_id)
    return Readings(
        orders=orders,
        ledger=list(merchant.pages(f"/orders/v1/shops/{market.shop_id}/ledger")),
        balance=merchant.get(f"/orders/v1/shops/{market.shop_id}/balance"),
        sku_ids=market.sku_ids,
        stock=_stock(list(market.sku_ids.values())),
        shop_messages=_messages(market, [market.merchant], threads, lambda _: True, as_shop=market.shop_id),
        buyer_messages=_buyer_messages(market, orders, threads),
        shop_events=of_shop,
        all_events=of_all,
        dead_letters=deliveries.dead(),
    )


def _buyer_messages(market: Market, orders: Iterable[Json], threads: int) -> Counter[str]:
    buyers = sorted({order["buyer"].removeprefix("person:") for order in orders})
    ours = {order["order_id"] for order in orders}  # a buyer may buy in other shops, too
    return _messages(market, buyers, threads, lambda message: message["subject_id"] in ours)


def _messages(
    market: Market, people: Sequence[str], threads: int, wanted: Callable[[Json], bool], as_shop: str | None = None
) -> Counter[str]:
    def of_one(person: str) -> Counter[str]:
        listed = market.stack.person(person).pages("/notify/v1/messages", as_shop=as_shop)
        return Counter(message["event"] for message in listed if wanted(message))

    with ThreadPoolExecutor(threads) as pool:
        return sum(pool.map(of_one, people), Counter())


def _stock(sku_ids: Sequence[str]) -> dict[str, Stock]:
    """Every style's counters, from orders' own tables."""
    from services.orders.stock.stock import total
    from services.orders.stock.tables import shards_about
    from services.orders.tables import find_offers

    found: dict[str, Stock] = {}
    for start in range(0, len(sku_ids), PAGE):
        offers = find_offers(sku_ids[start : start + PAGE])
        shards = shards_about(list(offers.values()))
        for sku_id, offer in offers.items():
            sums = total(shards.get(sku_id, []))
            found[sku_id] = Stock(sums.received, sums.on_hand, sums.held, sums.sold, int(offer.fee_bp))
    return found
