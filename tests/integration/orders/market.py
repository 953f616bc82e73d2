"""A shop as orders knows it, with a till: offers by events as catalog sends them, WeChat's sandbox, and people."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from services.orders import app as orders
from services.orders.tables import OrdersRow, find_offers
from services.shared.contracts.catalog import MembershipChanged, ProductWithdrawn, ShopChanged
from services.shared.contracts.envelope import Envelope
from services.shared.plumbing import ids
from services.shared.plumbing.tables import get
from tests.integration.http import Client, Reply, token_for
from tests.integration.orders import events
from tests.integration.orders.events import ADDRESS, hear, tell
from tests.integration.orders.till import SUB_MCHID, Till, eventually
from tests.integration.wire import deliver


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
        no_delivery: Sequence[str] = (),
        weight_g: int = 0,
        **more: Any,
    ) -> list[str]:
        """Put a product with so many styles up for sale, each with this stock; returns the styles' ids."""
        product_id = ids.new_id("prd")
        skus = [events.style(number, stock, price_fen, original_price_fen, weight_g) for number in range(styles)]
        body = events.offered(self.shop_id, product_id, skus, no_delivery_regions=list(no_delivery), **more)
        tell(body, emitter="catalog", subject=product_id)
        return [sku.sku_id for sku in skus]

    def freight(self, first_fen: int = 800, more_fen: int = 200, **terms: Any) -> str:
        """A freight template, by pieces unless it says otherwise; returns its id."""
        usual = {"name": "快递", "default_rate": {"first_fen": first_fen, "more_fen": more_fen}}
        reply = self.merchant.post(f"/v1/shops/{self.shop_id}/freight-templates", usual | terms)
        assert reply.status == 201, reply.text
        return str(reply.json["template_id"])

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
        body = {"carrier": "SF", "waybill": f"SF{order_id}"[:64], "lines": parts}
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

    def merchant_sees(self, order_id: str) -> dict[str, Any]:
        """The order, as the shop sees it."""
        reply = self.merchant.get(f"/v1/shops/{self.shop_id}/orders/{order_id}")
        assert reply.status == 200, reply.text
        order: dict[str, Any] = reply.json
        return order

    def balance(self) -> dict[str, int]:
        """The shop's balances; they sum to zero."""
        balance = self.merchant.get(f"/v1/shops/{self.shop_id}/balance").json
        assert balance["sum_fen"] == 0
        return {name: fen for name, fen in balance.items() if name.endswith("_fen")}

    def decline(self, order_id: str) -> Envelope:
        """The gift's recipient says no."""
        return hear(events.declined(self.shop_id, order_id))

    def expire(self, order_id: str) -> Envelope:
        """Nobody claimed the gift in time."""
        return hear(events.expired(self.shop_id, order_id))

    def claim(self, order_id: str, sku_id: str, recipient: str = "person:rita", **address: Any) -> Envelope:
        """Somebody takes the gift, and gives an address."""
        return hear(events.claimed(self.shop_id, order_id, sku_id, recipient, **address))

    def ask_style(self, order_id: str, sku_id: str, attempt: int = 1, *, after_claim: bool = False) -> Envelope:
        """The gift's recipient wants another style."""
        return hear(events.style_asked(self.shop_id, order_id, sku_id, attempt, after_claim=after_claim))

    def stored(self, order_id: str) -> str:
        """Everything that lies in the tables about this order: its row and what was told of it."""
        row = get(OrdersRow, f"ORD#{order_id}", "ORDER")
        assert row is not None
        return str(row.doc) + "".join(told.model_dump_json() for told in events.told_of(order_id))

    def settle_events(self, **how: Any) -> list[Envelope]:
        """Let orders hear what it told itself."""
        return deliver(orders, **how)


def status_of(buyer: Client, order_id: str) -> str:
    """The order's state, as its buyer sees it."""
    return str(buyer.get(f"/v1/orders/{order_id}").json["status"])


def becomes(buyer: Client, order_id: str, status: str) -> None:
    """Wait until the order is in this state."""
    eventually(lambda: status_of(buyer, order_id), status)


def open_market(till: Till, *, can_sell: bool = True, **terms: Any) -> Market:
    """A fresh shop, known to orders by catalog's events."""
    shop_id, owner = ids.new_id("shp"), ids.new_id("merchant")
    shop = ShopChanged(shop_id=shop_id, name="小店", status="passed", can_sell=can_sell, sub_mchid=SUB_MCHID, **terms)
    tell(shop, emitter="catalog", subject=shop_id)
    member = MembershipChanged(shop_id=shop_id, person=f"person:{owner}", role="owner")
    tell(member, emitter="catalog", subject=f"{shop_id}/person:{owner}")
    return Market(shop_id, person(owner), till)
