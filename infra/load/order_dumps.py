"""Dumps of old shops' orders as WeChat's own interface answers them, with bad records mixed in (M2, M6).

Deterministic: the same number makes the same line. ``python -m infra.load.order_dumps 50000 > orders.jsonl``.
"""

import json
import sys
from collections.abc import Callable, Iterator
from typing import Any

EPOCH = 1_718_000_000  # in June 2024, in seconds; each order is placed an hour after the one before
HOUR, DAY = 3_600, 86_400
STATUSES = (100, 100, 100, 100, 100, 100, 250, 200, 30, 20, 21, 100)
FIRST_ORDER, FIRST_PRODUCT, FIRST_SKU = 3_705_112_058_366_525_440, 10_000_000_000_001, 2_000_000_000_000_001
FIRST_AFTERSALE = 2_000_000_100_000_000_001
PRODUCTS = 100
BAD_EVERY = 50  # one line in so many is bad


def order(number: int, *, epoch: int = EPOCH, products: int = PRODUCTS, **changes: Any) -> dict[str, Any]:
    """The answer of ``/channels/ec/order/get`` about the so-many-th order since then, of one of so many products;
    ``changes`` to its own fields."""
    status, created = STATUSES[number % len(STATUSES)], epoch + number * HOUR
    quantity = 2 + number % 3
    goods_fen = 1_990 * quantity
    paid = status != 250
    body: dict[str, Any] = {
        "order_id": str(FIRST_ORDER + number) if number % 2 else FIRST_ORDER + number,
        "status": status,
        "openid": f"oBuyer{number % 20:022}",
        "create_time": created,
        "update_time": created + 5 * DAY,
        "order_detail": {
            "product_infos": [_product(number % products, quantity, goods_fen - 100)],
            "price_info": {
                "product_price": goods_fen,
                "order_price": goods_fen - 100 + 800,
                "freight": 800,
                "discounted_price": 100,
                "is_discounted": True,
            },
            "delivery_info": {"address_info": address(number), "deliver_method": 0},
            "ext_info": {"customer_notes": "", "merchant_notes": "", "order_scene": 1 + number % 5},
        },
        "aftersale_detail": {"on_aftersale_order_cnt": 0, "aftersale_order_list": []},
    }
    if paid:
        paying = {"transaction_id": f"42000{number:023}", "pay_time": created + 60, "prepay_time": created + 30}
        body["order_detail"]["pay_info"] = paying
    if status in (21, 30, 100):
        what = _sent(number, number % products, quantity, created + DAY, part=status == 21)
        body["order_detail"]["delivery_info"] |= what
    return {"errcode": 0, "errmsg": "ok", "order": body | changes}


def _product(product: int, quantity: int, paid_fen: int) -> dict[str, Any]:
    return {
        "product_id": str(FIRST_PRODUCT + product),
        "sku_id": str(FIRST_SKU + product),
        "thumb_img": "https://mmecimage.cn/p/old.jpg",
        "sku_cnt": quantity,
        "sale_price": 1_990,
        "title": f"旧店里的第 {product} 种茶叶",
        "sku_attrs": [{"attr_key": "规格", "attr_value": "250g"}],
        "on_aftersale_sku_cnt": 0,
        "finish_aftersale_sku_cnt": 0,
        "real_price": paid_fen,
    }


def _sent(number: int, product: int, quantity: int, at: int, *, part: bool) -> dict[str, Any]:
    what = {
        "product_id": str(FIRST_PRODUCT + product),
        "sku_id": str(FIRST_SKU + product),
        "product_cnt": 1 if part else quantity,
    }
    parcel = {"waybill_id": f"SF{number:012}", "delivery_id": "SF", "delivery_time": at, "product_infos": [what]}
    return {"delivery_product_info": [parcel]} | ({} if part else {"ship_done_time": at})


def address(number: int) -> dict[str, Any]:
    """Where it goes, in WeChat's own fields."""
    return {
        "user_name": f"收件人{number % 20}",
        "postal_code": "510000",
        "province_name": "广东省",
        "city_name": "广州市",
        "county_name": "海珠区",
        "detail_info": f"新港中路 {number} 号",
        "tel_number": f"138{number % 100_000_000:08}",
    }


def aftersale(number: int, of: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """The answer of ``/channels/ec/aftersale/getaftersaleorder`` about an after-sale of this answer's order: of one
    piece of its first style, asked for a day after it was bought."""
    old, product = of["order"], of["order"]["order_detail"]["product_infos"][0]
    body = {
        "after_sale_order_id": str(FIRST_AFTERSALE + number),
        "order_id": str(old["order_id"]),
        "openid": old["openid"],
        "type": "REFUND",
        "status": "MERCHANT_PROCESSING",
        "reason": "NO_LONGER_WANT",
        "reason_text": "不想要了",
        "product_info": {"product_id": product["product_id"], "sku_id": product["sku_id"], "count": 1},
        "refund_info": {"amount": product["real_price"] // product["sku_cnt"]},
        "return_info": {"waybill_id": "", "delivery_id": "", "delivery_name": ""},
        "details": {"desc": "买错了", "prove_imgs": [], "tel_number": "13800000000"},
        "create_time": old["create_time"] + DAY,
        "update_time": old["create_time"] + DAY,
    }
    return {"errcode": 0, "errmsg": "ok", "after_sale_order": body | changes}


def _without(path: str) -> Callable[[int], str]:
    def line(number: int) -> str:
        record = order(number)
        part = record["order"]
        *outer, last = path.split(".")
        for name in outer:
            part = part[name]
        del part[last]
        return json.dumps(record, ensure_ascii=False)

    return line


# Every way in which a line is bad, and a word of what is said about it.
BAD: tuple[tuple[Callable[[int], str], str], ...] = (
    (lambda number: json.dumps(order(number))[:-7], "JSON"),
    (lambda number: json.dumps(order(number, status=99)), "status 99"),
    (lambda number: json.dumps(order(number, status=10)), "not paid"),
    (lambda number: json.dumps(order(number, order_id=float(FIRST_ORDER + number))), "rounded"),
    (lambda number: json.dumps(order(number, create_time=17)), "create_time"),
    (_without("openid"), "openid is missing"),
    (_without("order_detail.price_info.order_price"), "order_price is missing"),
    (lambda number: json.dumps(order(number, order_detail={"product_infos": [], "price_info": {}})), "nothing in it"),
    (lambda _: '{"errcode": -1, "errmsg": "system error", "order": {}}', "error"),
    (lambda _: "[1, 2, 3]", "no object"),
)


def bad_lines() -> Iterator[str]:
    """A line of each kind that is bad."""
    return (f"{make(number)}\n" for number, (make, _) in enumerate(BAD))


def bad_at(number: int) -> int | None:
    """Which kind of bad line stands there; None where it is a good one."""
    return (number // BAD_EVERY) % len(BAD) if number % BAD_EVERY == BAD_EVERY - 1 else None


def as_line(record: dict[str, Any]) -> str:
    """A record as it stands in a dump."""
    return json.dumps(record, ensure_ascii=False)


def line(number: int) -> str:
    """The so-many-th line of a dump, from 0."""
    bad = bad_at(number)
    return as_line(order(number)) if bad is None else BAD[bad][0](number)


def dump(orders: int) -> Iterator[str]:
    """So many lines, each with its end."""
    return (f"{line(number)}\n" for number in range(orders))


if __name__ == "__main__":
    sys.stdout.writelines(dump(int(sys.argv[1])))
