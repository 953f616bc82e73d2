"""A shop as orders knows it, with a till: offers by events as catalog sends them, WeChat's sandbox, and people."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import requests

from services.orders import app as orders
from services.shared.contracts.catalog import MembershipChanged, ProductOffered, Role, ShopChanged, SkuOffer
from services.shared.contracts.envelope import Envelope, EventBody
from services.shared.plumbing import clock, ids
from tests.integration.http import Client, Reply, token_for
from tests.integration.wire import deliver, sqs_event

ADDRESS = {
    "name": "王小明",
    "phone": "13800000000",
    "province": "广东省",
    "city": "深圳市",
    "district": "南山区",
    "detail": "科技路 1 号",
}


def tell(body: EventBody, *, emitter: str, subject: str, sequence: int = 1) -> Envelope:
    """Let orders hear an event, as its queue would bring it."""
    envelope = Envelope.wrap(
        body,
        event_id=ids.new_id("evt"),
        emitter=emitter,
        shop=None,
        occurred_at=clock.now(),
        subject=subject,
        sequence=sequence,
        trace="",
    )
    hear(envelope)
    return envelope


def hear(envelope: Envelope) -> None:
    """Bring one event; fails the test when orders does."""
    answer = orders.consume(sqs_event(envelope.model_dump_json()), None)
    assert answer == {"batchItemFailures": []}


def person(name: str) -> Client:
    """Somebody who is signed in."""
    return Client(orders.app, token_for(f"person:{name}"))


@dataclass
class Market:
    """One shop with its merchant; every market has ids of its own."""

    shop_id: str
    merchant: Client
    pay_url: str

    def offer(
        self,
        stock: int,
        price_fen: int = 1_000,
        *,
        styles: int = 1,
        original_price_fen: int | None = None,
        giftable: bool = True,
        kind: str = "physical",
        no_delivery: Sequence[str] = (),
    ) -> list[str]:
        """Put a product with so many styles up for sale, each with this stock; returns the styles' ids."""
        product_id = ids.new_id("prd")
        skus = [
            SkuOffer(
                sku_id=ids.new_id("sku"),
                attributes={"款式": str(number)},
                price_fen=price_fen,
                original_price_fen=original_price_fen or price_fen,
                initial_stock=stock,
            )
            for number in range(styles)
        ]
        body = ProductOffered(
            product_id=product_id,
            shop_id=self.shop_id,
            title="桂花茶",
            kind=kind,  # type: ignore[arg-type]
            category_id="tea",
            image=None,
            giftable=giftable,
            fee_bp=60,
            no_delivery_regions=list(no_delivery),
            skus=skus,
        )
        tell(body, emitter="catalog", subject=product_id)
        return [sku.sku_id for sku in skus]

    def order(self, sku_id: str, quantity: int = 1, **more: Any) -> dict[str, Any]:
        """The body of a purchase."""
        lines = [{"sku_id": sku_id, "quantity": quantity}]
        return {"shop_id": self.shop_id, "lines": lines, "address": ADDRESS, "channel": "direct"} | more

    def gift(self, sku_id: str, **terms: Any) -> dict[str, Any]:
        """The body of a single gift."""
        lines = [{"sku_id": sku_id, "quantity": 1}]
        return {"shop_id": self.shop_id, "kind": "gift", "lines": lines, "gift": {"mode": "single"} | terms}

    def pay(self, buyer: Client, order_id: str, **action: Any) -> Reply:
        """Start a native payment and let the buyer's phone do this (default: pay)."""
        reply = buyer.post(f"/v1/orders/{order_id}/payment", {"method": "native"})
        assert reply.status == 201, reply.text
        phone(self.pay_url, reply.json["out_trade_no"], **action)
        return reply

    def stock(self, sku_id: str) -> dict[str, int]:
        """The style's counters, as the merchant sees them."""
        reply = self.merchant.get(f"/v1/shops/{self.shop_id}/stock/{sku_id}")
        assert reply.status == 200, reply.text
        stock = reply.json
        assert stock["received"] == stock["on_hand"] + stock["held"] + stock["sold"]
        return {name: stock[name] for name in ("on_hand", "held", "sold", "received")}

    def balance(self) -> dict[str, int]:
        """The shop's balances; they sum to zero."""
        balance = self.merchant.get(f"/v1/shops/{self.shop_id}/balance").json
        assert balance["sum_fen"] == 0
        return {name: fen for name, fen in balance.items() if name.endswith("_fen")}

    def settle_events(self, **how: Any) -> list[Envelope]:
        """Let orders hear what it told itself."""
        return deliver(orders, **how)


def phone(pay_url: str, out_trade_no: str, **action: Any) -> dict[str, Any]:
    """What the buyer does on the phone, at the sandbox."""
    body = {"action": "pay"} | action
    answer = requests.post(f"{pay_url}/sandbox/payments/{out_trade_no}", json=body, timeout=10)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def open_market(pay_url: str, name: str = "merchant", can_sell: bool = True) -> Market:
    """A fresh shop, known to orders by catalog's events."""
    shop_id, owner = ids.new_id("shp"), ids.new_id(name)
    shop = ShopChanged(shop_id=shop_id, name="小店", status="passed", can_sell=can_sell)
    tell(shop, emitter="catalog", subject=shop_id)
    role: Role = "owner"
    member = MembershipChanged(shop_id=shop_id, person=f"person:{owner}", role=role)
    tell(member, emitter="catalog", subject=f"{shop_id}/person:{owner}")
    return Market(shop_id, person(owner), pay_url)
