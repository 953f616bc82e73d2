"""What a buyer and a merchant do with one order, over HTTP. Every step may be repeated."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from infra.cli.api import Caller, Json, Stack

PAID_WITHIN_S = 60.0
FIRST_LOOK_S, LAST_LOOK_S = 0.05, 0.5

ADDRESS = {
    "name": "收货人",
    "phone": "13800000000",
    "province": "浙江省",
    "city": "杭州市",
    "district": "西湖区",
    "detail": "文三路 1 号",
}


class NotPaid(Exception):
    """The sandbox took the money and the order does not say so. The message is one sentence."""


@dataclass(frozen=True)
class Want:
    """So many of one style."""

    sku_id: str
    quantity: int


@dataclass(frozen=True)
class Basket:
    """What one buyer wants from one shop, and what it should cost."""

    shop_id: str
    wants: Sequence[Want]
    total_fen: int
    source_token: str | None = None

    def body(self, **more: Any) -> Json:
        return {
            "shop_id": self.shop_id,
            "lines": [{"sku_id": want.sku_id, "quantity": want.quantity} for want in self.wants],
            "expected_total_fen": self.total_fen,
            "channel": "direct",
            "source_token": self.source_token,
            **more,
        }


def place(buyer: Caller, basket: Basket, key: str, address: Json | None = None) -> Json:
    """Place a purchase; returns the order."""
    return buyer.post("/orders/v1/orders", basket.body(kind="purchase", address=address or ADDRESS), key)


def place_gift(buyer: Caller, basket: Basket, key: str, message: str, giver_name: str) -> Json:
    """Place a gift for one person; returns the order."""
    gift = {"mode": "single", "message": message, "giver_name": giver_name}
    return buyer.post("/orders/v1/orders", basket.body(kind="gift", gift=gift), key)


def pay(stack: Stack, buyer: Caller, order_id: str, key: str) -> Json:
    """Pay by QR code, playing the phone at the sandbox, and wait until the order knows. Raises NotPaid."""
    payment = buyer.post(f"/orders/v1/orders/{order_id}/payment", {"method": "native"}, key)
    sandbox = stack.local()["wechat_pay_sandbox_url"]
    stack.anyone().post(f"{sandbox}/sandbox/payments/{payment['out_trade_no']}", {"action": "pay"})
    return until(
        lambda: buyer.get(f"/orders/v1/orders/{order_id}"),
        lambda order: bool(order["status"] != "pending_payment"),
        NotPaid(f"order {order_id} was paid {PAID_WITHIN_S:g} s ago and does not say so"),
    )


def until(look: Callable[[], Json], good: Callable[[Json], bool], otherwise: Exception) -> Json:
    """Look again and again, less and less often; raises ``otherwise`` after a minute."""
    deadline, pause = time.monotonic() + PAID_WITHIN_S, FIRST_LOOK_S
    while not good(found := look()):
        if time.monotonic() > deadline:
            raise otherwise
        time.sleep(pause)
        pause = min(pause * 1.5, LAST_LOOK_S)
    return found


def cancel(buyer: Caller, order_id: str) -> Json:
    """Cancel an unpaid order."""
    return buyer.post(f"/orders/v1/orders/{order_id}/cancellation")


def ship(merchant: Caller, shop_id: str, order_id: str, carrier: str, waybill: str, key: str) -> Json:
    """Send all of an order in one parcel."""
    parcel = {"carrier": carrier, "waybill": waybill}
    return merchant.post(f"/orders/v1/shops/{shop_id}/orders/{order_id}/shipments", parcel, key)


def receive(buyer: Caller, order_id: str) -> Json:
    """Say that the goods came."""
    return buyer.post(f"/orders/v1/orders/{order_id}/receipt")
