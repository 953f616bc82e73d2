"""Doors to a shop's stock (O1)."""

from services.orders.card_keys.refusals import KeysMissing
from services.orders.messages import Paging
from services.orders.refusals import OutOfStock, SplitTooOften
from services.orders.service import SHIPPERS, STAFF, app
from services.orders.stock import list_stock
from services.orders.stock import messages as m
from services.orders.stock.adjust_many import adjust_many, outcomes_of
from services.orders.stock.adjust_stock import Adjustment, adjust_stock
from services.orders.stock.check_stock import start_check
from services.orders.stock.low_stock import set_low_stock, set_shops_low_stock
from services.orders.stock.split_stock import split_stock
from services.shared.plumbing import ids
from services.shared.plumbing.doors import Answer, Call, Page, member
from services.shared.plumbing.problems import CursorInvalid, NotFound


@app.door("GET", "/v1/shops/{shop_id}/stock", STAFF, problems=(CursorInvalid,))
def get_stock_list(_: Call, shop_id: str, query: m.StockQuery) -> Page[m.StockLine]:
    """The shop's styles with what is on hand, or only those that run low (O1)."""
    return list_stock.list_stock(shop_id, query)


@app.door("GET", "/v1/shops/{shop_id}/stock/{sku_id}", STAFF, problems=(NotFound,))
def get_stock(call: Call, shop_id: str, sku_id: str) -> m.StockView:
    """What is on hand, held and sold of a style (O1)."""
    return list_stock.stock_in(shop_id, sku_id, call.now)


@app.door("PATCH", "/v1/shops/{shop_id}/stock/{sku_id}", SHIPPERS, problems=(NotFound,))
def patch_stock(call: Call, shop_id: str, sku_id: str, body: m.LowStockBody) -> m.StockView:
    """At how many on hand the shop is told that the style runs low (O1). Told at once when it is below already."""
    set_low_stock(shop_id, sku_id, body.low_stock_threshold, begin=call.begin, now=call.now)
    return list_stock.stock_in(shop_id, sku_id, call.now)


@app.door("GET", "/v1/shops/{shop_id}/stock-settings", STAFF)
def get_stock_settings(_: Call, shop_id: str) -> m.StockSettingsView:
    """How the shop's stock is watched (O1)."""
    return list_stock.stock_settings(shop_id)


@app.door("PUT", "/v1/shops/{shop_id}/stock-settings", SHIPPERS)
def put_stock_settings(call: Call, shop_id: str, body: m.LowStockBody) -> m.StockSettingsView:
    """The threshold of styles that have none of their own; each is judged by it when it next moves (O1)."""
    set_shops_low_stock(shop_id, body.low_stock_threshold, begin=call.begin)
    return list_stock.stock_settings(shop_id)


def stock_again(call: Call, stored: dict[str, str]) -> m.StockView:
    """The style's stock as it is now."""
    return list_stock.stock_in(stored["shop_id"], stored["sku_id"], call.now)


@app.door(
    "POST",
    "/v1/shops/{shop_id}/stock/{sku_id}/adjustments",
    SHIPPERS,
    status=201,
    again=stock_again,
    problems=(OutOfStock, KeysMissing, NotFound),
)
def post_adjustment(call: Call, shop_id: str, sku_id: str, body: m.AdjustmentBody) -> m.StockView:
    """Add to, subtract from or set what is on hand (O1)."""
    adjustment = Adjustment(body.mode, body.quantity, body.reason)
    adjust_stock(shop_id, sku_id, adjustment, call.person, begin=call.begin, now=call.now, new_id=ids.new_id)
    return list_stock.stock_in(shop_id, sku_id, call.now)


def adjustments_again(_: Call, stored: dict[str, str]) -> m.AdjustmentsView:
    """What became of the lines that this key brought."""
    return list_stock.adjusted(stored["shop_id"], outcomes_of(stored))


@app.door("POST", "/v1/shops/{shop_id}/stock/adjustments", SHIPPERS, status=201, again=adjustments_again)
def post_adjustments(call: Call, shop_id: str, body: m.AdjustmentsBody) -> m.AdjustmentsView:
    """Adjust up to 50 styles (O1). A line that is refused hinders no other; the answer says what became of each."""
    outcomes = adjust_many(
        shop_id,
        [(line.sku_id, Adjustment(line.mode, line.quantity, line.reason)) for line in body.lines],
        call.person,
        key=call.own_key,
        begin=call.begin,
        now=call.now,
        new_id=ids.new_id,
    )
    return list_stock.adjusted(shop_id, outcomes)


@app.door(
    "POST",
    "/v1/shops/{shop_id}/stock/{sku_id}/shards",
    SHIPPERS,
    status=201,
    again=stock_again,
    problems=(SplitTooOften, NotFound),
)
def post_shards(call: Call, shop_id: str, sku_id: str, body: m.SplitBody) -> m.StockView:
    """Split the stock of a hot style over 1 to 32 counters, while orders go on (O1)."""
    split_stock(shop_id, sku_id, body.shards, call.person, begin=call.begin, now=call.now)
    return list_stock.stock_in(shop_id, sku_id, call.now)


@app.door("GET", "/v1/shops/{shop_id}/stock/{sku_id}/flow", STAFF, problems=(CursorInvalid, NotFound))
def get_flow(call: Call, shop_id: str, sku_id: str, query: m.FlowQuery) -> Page[m.FlowView]:
    """How the stock of a style moved in the last 180 days, newest first (O1)."""
    return list_stock.list_flow(shop_id, sku_id, query, call.now)


def check_again(_: Call, stored: dict[str, str]) -> Answer:
    """How far the check is that this key started."""
    return _accepted(stored["shop_id"])


@app.door(
    "POST",
    "/v1/shops/{shop_id}/stock/reconciliations",
    member("operator", "finance", or_platform=True),
    status=202,
    again=check_again,
)
def post_stock_check(call: Call, shop_id: str) -> m.ReconciliationView | Answer:
    """Prove of every style that received = on hand + held + sold, in its counters and in its flow (O1).

    Done once a day anyway. One that is running goes on. `Location` says where its progress is.
    """
    start_check(shop_id, begin=call.begin, now=call.now, new_id=ids.new_id)
    return _accepted(shop_id)


def _accepted(shop_id: str) -> Answer:
    place = f"/{app.service}/v1/shops/{shop_id}/stock/reconciliation"
    return Answer(list_stock.reconciliation(shop_id), headers={"Location": place, "Retry-After": "2"})


@app.door("GET", "/v1/shops/{shop_id}/stock/reconciliation", member("operator", "support", "finance", or_platform=True))
def get_stock_check(_: Call, shop_id: str) -> m.ReconciliationView:
    """How far the latest check of the shop's stock is, and what it found (O1)."""
    return list_stock.reconciliation(shop_id)


@app.door(
    "GET",
    "/v1/shops/{shop_id}/stock/drifts",
    member("operator", "support", "finance", or_platform=True),
    problems=(CursorInvalid,),
)
def get_stock_drifts(_: Call, shop_id: str, query: Paging) -> Page[m.DriftView]:
    """The styles whose counters are not what their flow says, with both (O1)."""
    return list_stock.list_drifts(shop_id, query)
