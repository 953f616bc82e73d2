"""Old shops' orders as their dumps have them, and what becomes of them here (M2, M6)."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from infra.load import order_dumps
from services.orders.migrations import shop_v1_orders, wechat_orders
from services.orders.migrations.fields import BadRecord
from services.orders.migrations.moved_order import Move, moved_order
from services.orders.order import Order
from services.shared.contracts.migration import old_name
from services.shared.plumbing.ids import id_of

NOW = datetime(2026, 11, 22, tzinfo=UTC)
MOVE = Move("mig_1", 3, "shp_1", "channels_shop", "wxold")
DAY = timedelta(days=1)
V1 = {
    "order_id": "7197417460812533543",
    "order_status": 3,
    "order_total_price": 11,
    "order_create_time": 1_394_635_817,
    "order_express_price": 5,
    "buyer_openid": "oDF3iY17NsDAW4UP2qzJXPsz1S9Q",
    "buyer_nick": "likeacat",
    "receiver_name": "张小猫",
    "receiver_province": "广东省",
    "receiver_city": "广州市",
    "receiver_zone": "天河区",
    "receiver_address": "华景路一号",
    "receiver_mobile": "13800000000",
    "product_id": "pDF3iYx7KDQVGzB7kDg6Tge5OKFo",
    "product_name": "茶",
    "product_price": 3,
    "product_sku": "10000983:10000995;10001007:10001010",
    "product_count": 2,
    "delivery_id": "1900659372473",
    "delivery_company": "059Yunda",
    "trans_id": "1900000109201404103172199813",
}


def moved(record: object, now: datetime = NOW) -> Order:
    """What becomes of it."""
    return moved_order(wechat_orders.read_order(record), MOVE, now)


def answer(status: int, **changes: Any) -> dict[str, Any]:
    """An answer of WeChat's about an order in this state, the first of the generated ones."""
    number = order_dumps.STATUSES.index(status)
    return order_dumps.order(number, **changes)


def order_in(record: dict[str, Any]) -> dict[str, Any]:
    """The order in an answer, to be changed."""
    found: dict[str, Any] = record["order"]
    return found


@pytest.mark.parametrize(
    ("code", "status"),
    [(20, "to_ship"), (21, "partly_shipped"), (100, "done"), (200, "cancelled_after_sale"), (250, "cancelled")],
)
def test_each_state_is_ours(code: int, status: str) -> None:
    """M2: an order stands where it stood, at its own times, as what was to be paid says to the fen."""
    record = answer(code)

    order = moved(record)

    assert (order.status, order.history[-1].to) == (status, status)
    created = datetime.fromtimestamp(order_in(record)["create_time"], UTC)
    assert (order.created_at, order.history[0].at) == (created, created)
    assert [step.at for step in order.history] == sorted(step.at for step in order.history)
    assert order.payable_fen == order_in(record)["order_detail"]["price_info"]["order_price"]
    assert order.paid_fen == (0 if code == 250 else order.payable_fen)
    assert order.refunded_fen == (order.payable_fen if code == 200 else 0)
    assert order.buyer == f"wxold:{order_in(record)['openid']}"


def test_its_money_is_not_ours() -> None:
    """O7: what was paid in the old shop lies there: nothing of it is settled or held here."""
    order = moved(answer(100))

    assert (order.paid_fen > 0, order.left_fen, order.settles, order.due_at(timedelta(0))) == (True, 0, False, None)


def test_what_was_sent_is_received_at_its_own_date() -> None:
    """M2: ten days after it was sent, as there; one whose days are over was received then, and nobody is told now."""
    record = answer(30)
    sent = datetime.fromtimestamp(order_in(record)["order_detail"]["delivery_info"]["ship_done_time"], UTC)

    under_way, over = moved(record, sent + 3 * DAY), moved(record, sent + 30 * DAY)

    assert (under_way.status, under_way.due_at(timedelta(0))) == ("shipped", sent + 10 * DAY)
    assert (over.status, over.entered_at, over.version) == ("done", sent + 10 * DAY, 1)


def test_parcels_say_what_is_still_to_be_sent() -> None:
    """O4: of an order that was sent in part the rest can be sent here."""
    order = moved(answer(21))

    assert [(one.carrier, one.parts) for one in order.shipments] == [("SF", ((1, 1),))]
    assert order.to_send(order.lines[0]) == order.lines[0].quantity - 1
    assert order.ship(NOW, "person:m", "SF", "SF2", ()).status == "shipped"


@pytest.mark.parametrize("old_id", [3705112058366525440, "3705112058366525440"], ids=["number", "text"])
def test_ids_of_64_bits_are_kept(old_id: object) -> None:
    """M6: written as a number or as text, it is the same order, to the last digit."""
    order = moved(answer(100, order_id=old_id))

    assert order.origin is not None
    assert order.origin.old_id == "3705112058366525440"
    assert order.order_id == id_of("ord", *old_name("shp_1", "channels_shop", "wxold", "order", "3705112058366525440"))


def test_styles_are_those_that_catalog_makes_of_the_same_ids() -> None:
    """M2: an order needs not ask for its styles."""
    record = answer(20)
    product = order_in(record)["order_detail"]["product_infos"][0]

    line = moved(record).lines[0]

    assert line.sku_id == id_of("sku", *old_name("shp_1", "channels_shop", "wxold", "sku", product["sku_id"]))
    assert line.product_id == id_of(
        "prd", *old_name("shp_1", "channels_shop", "wxold", "product", product["product_id"])
    )


def test_what_has_no_place_here_is_kept_aside() -> None:
    """M6: unknown fields are not dropped, wherever they stand; what became a part of the order is not there twice."""
    record = answer(100, brand_new={"a": [1]}, unionid="oU")
    order_in(record)["order_detail"]["product_infos"][0]["sku_code"] = "T-1"

    aside = wechat_orders.read_order(record).aside["order"]

    assert aside["brand_new"] == {"a": [1]}
    assert aside["unionid"] == "oU"
    assert aside["order_detail"]["product_infos"][0]["sku_code"] == "T-1"
    assert "openid" not in aside
    assert "address_info" not in json.dumps(aside)


# That a line is no JSON is found by who reads the file.
@pytest.mark.parametrize(("make", "word"), [one for one in order_dumps.BAD if one[1] != "JSON"])
def test_a_bad_record_is_refused_by_its_reason(make: Callable[[int], str], word: str) -> None:
    """M3, M6: with the field's name, without anything of anybody's."""
    with pytest.raises(BadRecord) as refused:
        moved(json.loads(make(7)))

    assert word in str(refused.value)
    assert "收件人" not in str(refused.value)


@pytest.mark.parametrize(
    ("where", "value", "why"),
    [
        (("order_detail", "price_info", "order_price"), 99_999_999, "amounts differ"),
        (("order_detail", "price_info", "order_price"), 12.5, "no whole number"),
        (("order_detail", "price_info", "freight"), -1, "no amount"),
        (("order_detail", "delivery_info", "address_info", "tel_number"), "138****0000", "no phone"),
        (("order_detail", "delivery_info", "address_info"), None, "no address"),
        (("order_detail", "pay_info"), {}, "when it was paid"),
        (("order_detail", "product_infos"), "none", "no list"),
        (("update_time",), "yesterday", "no whole number"),
    ],
)
def test_a_field_that_cannot_be_is_named(where: tuple[str, ...], value: object, why: str) -> None:
    """M6: of an order whose goods are still to be sent nothing is guessed."""
    record = answer(20)
    part = order_in(record)
    for name in where[:-1]:
        part = part[name]
    part[where[-1]] = value

    with pytest.raises(BadRecord, match=why):
        moved(record)


def test_a_hidden_address_of_long_ago_stands_aside() -> None:
    """X3: WeChat hides addresses after a while; the order is moved, and what was written stays with it."""
    record = answer(100)
    order_in(record)["order_detail"]["delivery_info"]["address_info"]["tel_number"] = "138****0000"

    old = wechat_orders.read_order(record)

    assert old.address is None
    assert old.aside["order"]["order_detail"]["delivery_info"]["address_info"]["tel_number"] == "138****0000"


def test_a_parcel_with_more_than_was_ordered_is_refused() -> None:
    """M3: an order that contradicts itself is for people to look at."""
    record = answer(30)
    order_in(record)["order_detail"]["delivery_info"]["delivery_product_info"][0]["product_infos"][0]["product_cnt"] = (
        99
    )

    with pytest.raises(BadRecord, match="more in it than was ordered"):
        moved(record)


def test_a_gift_has_its_giver_and_its_recipient() -> None:
    """G7: the openid of a gift's order is its recipient's; money goes back to the giver."""
    order = moved(answer(30, is_present=True, present_giver_openid="oGiver", openid="oGiven"))

    assert (order.kind, order.buyer, order.recipient, order.keeper) == (
        "gift",
        "wxold:oGiver",
        "wxold:oGiven",
        order.recipient,
    )


def test_the_mini_shops_own_ways_are_understood() -> None:
    """M6: /product/order/get has Beijing's time as text, and times of parcels as text."""
    record = answer(100, create_time="2020-03-25 13:05:25", update_time="2020-04-25 14:05:25")
    detail = order_in(record)["order_detail"]
    detail["pay_info"] = {"pay_method": "微信支付", "transaction_id": "131456479687", "pay_time": "2020-03-25 14:05:25"}
    detail["delivery_info"]["delivery_product_info"] = [
        {"waybill_id": "1", "delivery_id": "STO", "delivery_time": "1585200000"}
    ]
    del detail["delivery_info"]["ship_done_time"]

    order = moved(record)

    assert order.created_at == datetime(2020, 3, 25, 5, 5, 25, tzinfo=UTC)
    assert order.payments[0].paid_at == datetime(2020, 3, 25, 6, 5, 25, tzinfo=UTC)
    assert order.shipments[0].parts == ((1, order.lines[0].quantity),)


def test_the_shop_of_2014_is_understood() -> None:
    """M6: one product an order; its style is what was chosen, which names none without its product."""
    old = shop_v1_orders.read_order({"errcode": 0, "errmsg": "success", "order": V1})
    order = moved_order(old, Move("mig_1", 1, "shp_1", "shop_v1", "wxv1"), NOW)

    style = f"{V1['product_id']}|{V1['product_sku']}"
    assert order.lines[0].sku_id == id_of("sku", *old_name("shp_1", "shop_v1", "wxv1", "sku", style))
    assert (order.payable_fen, order.freight_fen, order.lines[0].total_fen) == (11, 5, 6)
    assert order.status == "done"  # it was sent in 2014
    assert old.address is not None
    assert old.aside == {"order": {"buyer_nick": "likeacat"}}


@pytest.mark.parametrize(("code", "why"), [(8, "in dispute"), (1, "none that an order can have")])
def test_what_the_shop_of_2014_has_not_ended_is_refused(code: int, why: str) -> None:
    """M3: with what can be done about it."""
    with pytest.raises(BadRecord, match=why):
        shop_v1_orders.read_order(V1 | {"order_status": code})
