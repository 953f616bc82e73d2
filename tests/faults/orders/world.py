"""All that orders and WeChat know of one shop, without ids and times: two runs that end the same are equal."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from services.orders.order import CODES, Order
from services.orders.payments.tables import find_payment, find_refund
from services.orders.stock.tables import flow_page, shards_of_all_epochs
from services.orders.tables import STORE, find_offers, find_orders, ledger_page, list_shops_orders, shop_key
from services.shared.plumbing.memberships import roles_in
from services.shared.plumbing.tables import get
from tests.integration.orders.events import told_of
from tests.integration.orders.market import Market


def orders_of(market: Market) -> list[Order]:
    """Every order of the shop."""
    return find_orders(one.ident for one in list_shops_orders(market.shop_id, CODES, None, None, 100))


def state_of(market: Market, skus: list[str], payments: Iterable[str] = ()) -> dict[str, Any]:
    """The state of a shop with these styles, and of these payments besides those that orders name."""
    orders = orders_of(market)
    paid_by = sorted({*payments, *(one.payment_id for one in orders if one.payment_id)})
    subjects = [*skus, *(one.order_id for one in orders), *paid_by]
    return {
        "shop": _shop(market),
        "flow": [sorted((row.what, int(row.quantity)) for row in flow_page(sku, 100, None)) for sku in skus],
        "stock": [_stock(sku) for sku in skus],
        "orders": sorted(repr(_order(one, skus)) for one in orders),
        "payments": sorted(repr(_payment(market, one)) for one in paid_by),
        "ledger": sorted(repr((row.cause, row.postings)) for row in ledger_page(market.shop_id, 1000, None)),
        "events": Counter(event.name for subject in subjects for event in told_of(subject)),
    }


def _shop(market: Market) -> tuple[Any, ...]:
    shop = get(*shop_key(market.shop_id))
    assert shop is not None
    return bool(shop.can_sell), int(shop.settle_days), sorted(roles_in(STORE, market.shop_id).values())


def _stock(sku_id: str) -> tuple[int, ...]:
    offer = find_offers([sku_id])[sku_id]
    counters = shards_of_all_epochs(offer)
    assert all(one.balanced for one in counters), counters
    sums = [sum(getattr(one, name) for one in counters) for name in ("on_hand", "held", "sold", "received")]
    shown = (int(offer.price_fen), int(bool(offer.offered)), int(bool(offer.available)))
    return (*sums, *shown, int(offer.shards), int(offer.epoch), int(offer.splitting or 0))


def _order(order: Order, skus: list[str]) -> tuple[Any, ...]:
    # An order of an old shop is about styles of that shop.
    places = [skus.index(line.sku_id) if line.sku_id in skus else -1 for line in order.lines]
    lines = [(place, line.quantity, line.shipped) for place, line in zip(places, order.lines, strict=True)]
    history = [(step.to, step.why) for step in order.history]
    money = (order.paid_fen, order.fee_fen, order.refunded_fen, order.fee_returned_fen, order.settled_at is not None)
    kept_by = {order.buyer: "buyer", order.recipient: "recipient", None: None}[order.address_of]
    return order.kind, order.status, order.version, lines, history, money, len(order.shipments), kept_by


def _payment(market: Market, payment_id: str) -> tuple[Any, ...]:
    payment = find_payment(payment_id)
    assert payment is not None
    refund = find_refund(payment_id, payment_id.replace("pay_", "rfd_"))
    shown = market.till.shown(payment_id)
    known = (payment.status, payment.late, payment.requested_fen, payment.refunded_fen, payment.code_url is not None)
    there = (shown.get("trade_state"), [one["status"] for one in shown.get("refunds", [])])
    return known, refund and refund.status, there
