"""A whole old shop as WeChat dumps it: products in groups, orders of them, after-sales, bad records among all (M2, M6).

Deterministic. The orders are of the products; some of these cannot come, and their orders come nevertheless.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from infra.load import order_dumps
from infra.load.order_dumps import BAD, FIRST_AFTERSALE, FIRST_ORDER, FIRST_PRODUCT, FIRST_SKU, HOUR, as_line

PRODUCT_BAD_EVERY, GROUP_BAD_EVERY, CASE_BAD_EVERY = 25, 20, 25  # one record in so many cannot be taken
IN_A_GROUP = 60
ORDERS_A_BUYER = 3
SECOND_STYLE = 10**15  # what a product's second style is beyond its first
FIRST_GROUP = 500_000_001


@dataclass(frozen=True)
class OldShop:
    """So many products, orders in all; ``ends_at``: when the last order was placed, in seconds since 1970."""

    products: int
    orders: int
    ends_at: int

    def dumps(self) -> dict[str, bytes]:
        """The files, by the kind of their records."""
        kinds = {"products": self._products, "groups": self._groups, "orders": self._orders, "aftersales": self._cases}
        return {kind: "".join(f"{line}\n" for line in lines()).encode() for kind, lines in kinds.items()}

    def ids(self) -> Iterator[tuple[str, str, str]]:
        """(prefix, kind, old id) of everything that is in the files, bad or good."""
        for number in range(self.products):
            yield "prd", "product", str(FIRST_PRODUCT + number)
            for style in _styles(number):
                yield "sku", "sku", str(style)
        for number in range(self._group_count):
            yield "grp", "group", str(FIRST_GROUP + number)
        for number in range(self.orders):
            yield "ord", "order", str(FIRST_ORDER + number)
        for place, _ in enumerate(self._cases_of()):
            yield "afs", "aftersale", str(FIRST_AFTERSALE + place)

    @property
    def _group_count(self) -> int:
        return min(200, -(-self.products // IN_A_GROUP))

    def _products(self) -> Iterator[str]:
        return (_product_line(number) for number in range(self.products))

    def _groups(self) -> Iterator[str]:
        for number in range(self._group_count):
            wanted = [str(FIRST_PRODUCT + number * IN_A_GROUP + n) for n in range(IN_A_GROUP)]
            body = {"group_id": FIRST_GROUP + number, "group_name": f"分组{number}", "product_list": wanted}
            if number % GROUP_BAD_EVERY == GROUP_BAD_EVERY - 1:
                body["product_list"] = "none"
            yield json.dumps({"errcode": 0, "group_detail": body}, ensure_ascii=False)

    def _order(self, number: int) -> dict[str, Any]:
        buyer = f"oBuyer{number % max(1, self.orders // ORDERS_A_BUYER):022}"
        epoch = self.ends_at - self.orders * HOUR
        return order_dumps.order(number, epoch=epoch, products=self.products, openid=buyer)

    def _orders(self) -> Iterator[str]:
        for number in range(self.orders):
            bad = order_dumps.bad_at(number)
            yield as_line(self._order(number)) if bad is None else BAD[bad][0](number)

    def _cases_of(self) -> Iterator[tuple[int, dict[str, Any]]]:
        """Which orders have an after-sale, and what is special about it; some have two."""
        stages: tuple[dict[str, Any], ...] = (
            {},
            {"type": "RETURN", "status": "USER_WAIT_RETURN"},
            {"type": "RETURN", "status": "MERCHANT_WAIT_RECEIPT"},
            {"status": "MERCHANT_REFUND_SUCCESS"},
            {"type": "EXCHANGE", "status": "USER_WAIT_RECEIPT"},
            {"status": "USER_CANCELD"},
        )
        for number in range(0, self.orders, 10):
            if order_dumps.STATUSES[number % len(order_dumps.STATUSES)] in (100, 20):
                yield number, stages[number // 10 % len(stages)]
                if number % 30 == 0:
                    yield number, {"status": "USER_CANCELD"}

    def _cases(self) -> Iterator[str]:
        for place, (number, changes) in enumerate(self._cases_of()):
            record = order_dumps.aftersale(place, self._order(number), **changes)
            if place % CASE_BAD_EVERY == CASE_BAD_EVERY - 1:
                record["after_sale_order"]["order_id"] = "999"
            yield as_line(record)


def _styles(number: int) -> tuple[int, int]:
    return FIRST_SKU + number, FIRST_SKU + SECOND_STYLE + number


def _product_line(number: int) -> str:
    ident = FIRST_PRODUCT + number
    one: dict[str, Any] = {
        "product_id": ident if number % 2 else str(ident),
        "out_product_id": f"out-{number}",
        "title": f"旧店里的第 {number} 种茶叶",
        "head_imgs": [f"https://images.test/{n}.jpg" for n in range(3)],
        "desc_info": {"desc": "每一批都不一样"},
        "deliver_method": 0,
        "status": 11 if number % 10 == 7 else 5,
        "express_info": {"weight": 380},
        "brand_id": "2100000000",
        "skus": [
            {
                "sku_id": str(style),
                "sale_price": 1_000 + number % 9_000,
                "stock_num": number % 50,
                "sku_attrs": [{"attr_key": "规格", "attr_value": size}],
            }
            for style, size in zip(_styles(number), ("250g", "500g"), strict=True)
        ],
    }
    if number % PRODUCT_BAD_EVERY == PRODUCT_BAD_EVERY - 1:
        kind = number // PRODUCT_BAD_EVERY % 4
        if kind == 0:
            return '{"product_id": "1'
        wrong: list[dict[str, Any]] = [{"title": "短"}, {"skus": []}, {"product_id": FIRST_PRODUCT}]
        one |= wrong[kind - 1]
    return json.dumps(one, ensure_ascii=False)
