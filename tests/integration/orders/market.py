"""A shop as orders knows it, with a till: offers by events as catalog sends them, WeChat's sandbox, and people."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from services.orders import app as orders
from services.orders.tables import STORE, OrdersRow, find_offers
from services.shared.contracts.catalog import MembershipChanged, ProductOffered, ProductWithdrawn, ShopChanged, SkuOffer
from services.shared.contracts.envelope import Envelope, EventBody
from services.shared.contracts.gifts import GiftClaimed, GiftDeclined, GiftExpired, StyleAsked
from services.shared.plumbing import clock, ids
from services.shared.plumbing.ids import derived_id
from services.shared.plumbing.tables import get, query
from services.shared.plumbing.vault import Vault
from tests.integration.http import Client, Reply, token_for
from tests.integration.orders.till import Till, eventually
from tests.integration.wire import deliver, sqs_event

B = TypeVar("B", bound=EventBody)

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


def said(subject: str, body: type[B]) -> list[B]:
    """What orders has told of this subject by this event, in order."""
    rows = [row for row in query(STORE.outbox, subject, limit=1000) if row.name == body.NAME]
    envelopes = sorted((Envelope.model_validate_json(row.body) for row in rows), key=lambda one: one.sequence)
    return [one.open(body) for one in envelopes]


def person(name: str) -> Client:
    """Somebody who is signed in."""
    return Client(orders.app, token_for(f"person:{name}"))


@dataclass
class Market:
    """One shop with its merchant; every market has ids of its own."""

    shop_id: str
    merchant: Client
    till: Till

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

    def withdraw(self, sku_id: str) -> None:
        """Take the style's product off the shelf."""
        product_id = self.product_of(sku_id)
        body = ProductWithdrawn(product_id=product_id, shop_id=self.shop_id, reason="merchant")
        tell(body, emitter="catalog", subject=product_id, sequence=2)

    def product_of(self, sku_id: str) -> str:
        """The product that the style belongs to."""
        return str(find_offers([sku_id])[sku_id].product_id)

    def stranger(self) -> Client:
        """Somebody who is not signed in."""
        return Client(orders.app)

    def order(self, sku_id: str, quantity: int = 1, **more: Any) -> dict[str, Any]:
        """The body of a purchase."""
        lines = [{"sku_id": sku_id, "quantity": quantity}]
        return {"shop_id": self.shop_id, "lines": lines, "address": ADDRESS, "channel": "direct"} | more

    def gift(self, sku_id: str, **terms: Any) -> dict[str, Any]:
        """The body of a single gift."""
        lines = [{"sku_id": sku_id, "quantity": 1}]
        return {"shop_id": self.shop_id, "kind": "gift", "lines": lines, "gift": {"mode": "single"} | terms}

    def place(self, buyer: Client, sku_id: str, quantity: int = 1, **more: Any) -> str:
        """A purchase that goes through; returns its id."""
        reply = buyer.post("/v1/orders", self.order(sku_id, quantity, **more))
        assert reply.status == 201, reply.text
        return str(reply.json["order_id"])

    def give(self, giver: Client, sku_id: str, **terms: Any) -> str:
        """A gift that is placed and paid; returns the order's id."""
        reply = giver.post("/v1/orders", self.gift(sku_id, **terms))
        assert reply.status == 201, reply.text
        self.paid(giver, reply.json["order_id"])
        return str(reply.json["order_id"])

    def start_paying(self, buyer: Client, order_id: str, method: str = "native") -> str:
        """Start a payment; returns its id, which is WeChat's out_trade_no."""
        reply = buyer.post(f"/v1/orders/{order_id}/payment", {"method": method})
        assert reply.status == 201, reply.text
        return str(reply.json["payment_id"])

    def pay(self, buyer: Client, order_id: str, **action: Any) -> str:
        """Start a native payment and let the buyer's phone do this (default: pay); returns the payment's id."""
        payment_id = self.start_paying(buyer, order_id)
        self.till.phone(payment_id, **action)
        return payment_id

    def paid(self, buyer: Client, order_id: str) -> str:
        """Pay, and have orders hear it; returns the payment's id."""
        payment_id = self.pay(buyer, order_id, times=0)
        assert self.till.paid_letter(payment_id).bring().status == 200
        return payment_id

    def ship(self, order_id: str, lines: Sequence[tuple[int, int]] = (), **how: Any) -> Reply:
        """Send all that is left, or these (line number, quantity)."""
        parts = [{"line_no": line_no, "quantity": quantity} for line_no, quantity in lines]
        body = {"carrier": "SF", "waybill": ids.new_id("way"), "lines": parts}
        return self.merchant.post(f"/v1/shops/{self.shop_id}/orders/{order_id}/shipments", body, **how)

    def adjust(self, sku_id: str, mode: str, quantity: int, **how: Any) -> Reply:
        """Add to, subtract from or set what is on hand."""
        body = {"mode": mode, "quantity": quantity, "reason": "counted"}
        return self.merchant.post(f"/v1/shops/{self.shop_id}/stock/{sku_id}/adjustments", body, **how)

    def split(self, sku_id: str, shards: int, **how: Any) -> Reply:
        """Split the style's stock over so many counters."""
        return self.merchant.post(f"/v1/shops/{self.shop_id}/stock/{sku_id}/shards", {"shards": shards}, **how)

    def flow(self, sku_id: str) -> list[dict[str, Any]]:
        """How the style's stock moved, newest first, once orders has heard itself."""
        self.settle_events()
        reply = self.merchant.get(f"/v1/shops/{self.shop_id}/stock/{sku_id}/flow?limit=100")
        assert reply.status == 200, reply.text
        return list(reply.json["items"])

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

    def decline(self, order_id: str) -> Envelope:
        """The gift's recipient says no."""
        declined = GiftDeclined(**self._gift(order_id), sub_gift_ids=["sub_1"], recipient="person:rita")
        return tell(declined, emitter="gifts", subject=derived_id("gft", order_id))

    def expire(self, order_id: str) -> Envelope:
        """Nobody claimed the gift in time."""
        return tell(
            GiftExpired(**self._gift(order_id), sub_gift_ids=["sub_1"]),
            emitter="gifts",
            subject=derived_id("gft", order_id),
        )

    def claim(self, order_id: str, sku_id: str, recipient: str = "person:rita", **address: Any) -> Envelope:
        """Somebody takes the gift, and gives an address."""
        cipher = Vault(STORE).seal_for("orders", json.dumps(ADDRESS | address))
        claimed = GiftClaimed(
            **self._gift(order_id), sub_gift_id="sub_1", recipient=recipient, sku_id=sku_id, address_cipher=cipher
        )
        return tell(claimed, emitter="gifts", subject=derived_id("gft", order_id))

    def ask_style(self, order_id: str, sku_id: str, attempt: int = 1) -> Envelope:
        """The gift's recipient wants another style."""
        sub_gift_id = derived_id("sub", order_id)
        asked = StyleAsked(**self._gift(order_id), sub_gift_id=sub_gift_id, attempt=attempt, line_no=1, sku_id=sku_id)
        return tell(asked, emitter="gifts", subject=derived_id("gft", order_id))

    def _gift(self, order_id: str) -> dict[str, Any]:
        gift_id = derived_id("gft", order_id)
        return {"gift_id": gift_id, "order_id": order_id, "shop_id": self.shop_id, "giver": "x", "title": "桂花茶"}

    def stored(self, order_id: str) -> str:
        """Everything that lies in the tables about this order: its row and what was told of it."""
        row = get(OrdersRow, f"ORD#{order_id}", "ORDER")
        assert row is not None
        return str(row.doc) + "".join(told.body for told in query(STORE.outbox, order_id, limit=1000))

    def settle_events(self, **how: Any) -> list[Envelope]:
        """Let orders hear what it told itself."""
        return deliver(orders, **how)


def status_of(buyer: Client, order_id: str) -> str:
    """The order's state, as its buyer sees it."""
    return str(buyer.get(f"/v1/orders/{order_id}").json["status"])


def becomes(buyer: Client, order_id: str, status: str) -> None:
    """Wait until the order is in this state."""
    eventually(lambda: status_of(buyer, order_id), status)


def open_market(till: Till, *, can_sell: bool = True, **terms: int) -> Market:
    """A fresh shop, known to orders by catalog's events."""
    shop_id, owner = ids.new_id("shp"), ids.new_id("merchant")
    shop = ShopChanged(shop_id=shop_id, name="小店", status="passed", can_sell=can_sell, **terms)
    tell(shop, emitter="catalog", subject=shop_id)
    member = MembershipChanged(shop_id=shop_id, person=f"person:{owner}", role="owner")
    tell(member, emitter="catalog", subject=f"{shop_id}/person:{owner}")
    return Market(shop_id, person(owner), till)
