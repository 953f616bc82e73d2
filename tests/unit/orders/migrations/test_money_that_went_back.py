"""What old after-sales say went back never comes to more than was paid (M2, O6)."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import pytest

from infra.load import order_dumps
from services.orders.migrations.bring_orders import read_wechat
from services.orders.migrations.fields import BadRecord
from services.orders.migrations.moved_aftersale import moved_aftersale
from services.orders.migrations.moved_order import Move, moved_order
from services.orders.migrations.wechat_aftersales import read_aftersale
from services.orders.order import Order

MOVE = Move("mig_1", 1, "shp_1", "channels_shop", "wxold")
NOW = datetime(2026, 11, 22, tzinfo=UTC)
DONE, CANCELLED = order_dumps.STATUSES.index(100), order_dumps.STATUSES.index(250)
BACK = {"status": "MERCHANT_REFUND_SUCCESS"}


def of_two_styles() -> dict[str, Any]:
    """An order of two styles with one freight."""
    record = order_dumps.order(DONE)
    detail = record["order"]["order_detail"]
    [first] = detail["product_infos"]
    detail["product_infos"].append(first | {"sku_id": "2000000000009999"})
    detail["price_info"]["order_price"] += first["real_price"]
    del detail["delivery_info"]["delivery_product_info"]
    return record


def after(record: dict[str, Any], cases: Iterable[dict[str, Any]]) -> Order:
    """The order as it is here with all of these."""
    order = moved_order(read_wechat(record), MOVE, NOW)
    for number, changes in enumerate(cases):
        old = read_aftersale(order_dumps.aftersale(number, record, **changes))
        _, order = moved_aftersale(old, order, MOVE, NOW)
    return order


@pytest.mark.parametrize("status", ["MERCHANT_REFUND_SUCCESS", "MERCHANT_OVERDUE_REFUND"])
def test_freight_goes_back_once(status: str) -> None:
    """Each of two could have had the freight with it: both together would take more than was paid."""
    record = of_two_styles()
    whole = [
        {
            "status": status,
            "product_info": product | {"count": product["sku_cnt"]},
            "refund_info": {"amount": product["real_price"] + 800},
        }
        for product in record["order"]["order_detail"]["product_infos"]
    ]

    assert after(record, whole[:1]).paid_fen == sum(one["refund_info"]["amount"] for one in whole) - 800
    with pytest.raises(BadRecord, match="more than"):
        after(record, whole)


def test_what_nobody_paid_does_not_go_back() -> None:
    """A refund of an order that ended unpaid is a record that contradicts itself."""
    with pytest.raises(BadRecord, match="more than"):
        after(order_dumps.order(CANCELLED), [BACK])


def test_what_went_back_with_its_order_counts_once() -> None:
    """A paid order that is cancelled has had all of it back; its after-sale says the same again."""
    record = order_dumps.order(CANCELLED, cancel_type=3)
    record["order"]["order_detail"]["pay_info"] = {"pay_time": order_dumps.EPOCH + 7 * 3_600, "transaction_id": "1"}

    order = after(record, [BACK])

    assert order.refunded_fen == order.paid_fen == order.payments[0].refunded_fen


@pytest.mark.parametrize("status", ["MERCHANT_PROCESSING", "PLATFORM_REFUNDING"])
def test_nothing_is_claimed_of_what_went_back(status: str) -> None:
    """Of an order whose money all went back no after-sale goes on: it would go back once more."""
    record = order_dumps.order(order_dumps.STATUSES.index(200))

    with pytest.raises(BadRecord, match="nothing is left"):
        after(record, [{"status": status}])
