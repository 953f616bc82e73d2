"""Fill the demo shop: products from ``products.jsonl``, some orders in different states, and a gift that is waiting.

Everything is found again before it is made: by the shop's name, the products' own ids, the orders' source tokens. So
loading twice, or after it was interrupted, ends the same.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from infra.cli.api import Caller, Json, Refusal, Stack
from infra.cli.buying import Basket, Want, pay, place, place_gift, receive, ship, until
from infra.cli.selling import imported, licensed, opened_shop, styles_of, wait_for_offers
from infra.local import tokens

NAME = "山房小集"
MERCHANT = "merchant"
DEPOSIT_FEN = 1_000_000  # it sells jade
LICENCES = ("food_business",)  # and tea
PRODUCTS = Path(__file__).with_name("products.jsonl")


@dataclass(frozen=True)
class Order:
    """Who buys what, up to which state it is brought. ``wants``: the merchant's own SKU ids, with quantities."""

    token: str
    buyer: str
    wants: tuple[tuple[str, int], ...]
    total_fen: int
    until: str
    gift: str | None = None  # the card's message


ORDERS = (
    Order("demo:1", "alice", (("TEA-LJ-1", 2), ("CUP-QC-1", 4)), 60_800, "done"),
    Order("demo:2", "bob", (("TOY-LB-1", 1), ("SNK-NR-3", 2)), 20_600, "shipped"),
    Order("demo:3", "carol", (("MUG-MK-3", 2),), 7_800, "to_ship"),
    Order("demo:4", "alice", (("TOY-BX-1", 1),), 8_800, "gift_pending_claim", "小虎镇宅，岁岁平安！"),
)
WAY = ("pending_payment", "to_ship", "shipped", "done")
CARRIER = "顺丰速运"


@dataclass(frozen=True)
class Summary:
    """What is there now. ``claim_url`` is of the gift that waits, while it does."""

    shop_id: str
    name: str
    merchant: str
    products: int
    orders: int
    claim_url: str | None


def load(url: str, data_dir: Path) -> Summary:
    """Fill the shop of the stack that answers at ``url`` and keeps its issuer's key in ``data_dir``."""

    @cache
    def sign(subject: str, platform: bool) -> str:
        return tokens.mint(data_dir, subject, platform=platform)

    stack = Stack(url, patience_s=5).signing(sign)
    try:
        return _load(stack)
    finally:
        stack.close()


def _load(stack: Stack) -> Summary:
    shop_id = opened_shop(stack, MERCHANT, NAME, DEPOSIT_FEN)["shop_id"]
    licensed(stack, MERCHANT, shop_id, LICENCES)
    merchant = stack.person(MERCHANT)
    content = PRODUCTS.read_bytes()
    key = f"demo:{hashlib.sha256(content).hexdigest()[:16]}"
    found = imported(merchant, shop_id, content, "jsonl", key)
    if found["refused"] or found["status"] == "failed":
        raise RuntimeError(f"{found['refused']} demo products were refused {found['why']}".strip())
    sku_ids = styles_of(merchant, shop_id)
    wait_for_offers(stack, MERCHANT, shop_id, [sku_ids[name] for order in ORDERS for name, _ in order.wants])
    known = {order["source_token"]: order for order in merchant.pages(f"/orders/v1/shops/{shop_id}/orders")}
    counter = _Counter(stack, shop_id, sku_ids)
    claim_url = None
    for order in ORDERS:
        there = counter.bring(order, known.get(order.token))
        claim_url = counter.claim_url(order, there) or claim_url
    return Summary(shop_id, NAME, f"person:{MERCHANT}", found["products"], len(ORDERS), claim_url)


@dataclass(frozen=True)
class _Counter:
    """Where the demo's people buy."""

    stack: Stack
    shop_id: str
    sku_ids: Mapping[str, str]

    def bring(self, wanted: Order, there: Json | None) -> Json:
        """The order, brought to the state that it should be in, unless somebody has taken it further or let it end."""
        buyer, merchant = self.stack.person(wanted.buyer), self.stack.person(MERCHANT)
        order = there or self._place(buyer, wanted)
        before = WAY[: WAY.index(wanted.until)] if wanted.until in WAY else WAY[:1]
        while order["status"] in before and not order["overdue"]:
            ident = order["order_id"]
            match order["status"]:
                case "pending_payment":
                    order = pay(self.stack, buyer, ident, f"{wanted.token}:pay")
                case "to_ship":
                    waybill = f"SF{hashlib.sha256(ident.encode()).hexdigest()[:12].upper()}"
                    order = ship(merchant, self.shop_id, ident, CARRIER, waybill, f"{wanted.token}:ship")
                case "shipped":
                    order = receive(buyer, ident)
        return order

    def _place(self, buyer: Caller, wanted: Order) -> Json:
        wants = [Want(self.sku_ids[name], count) for name, count in wanted.wants]
        basket = Basket(self.shop_id, wants, wanted.total_fen, wanted.token)
        if wanted.gift:
            return place_gift(buyer, basket, wanted.token, wanted.gift, wanted.buyer.title())
        return place(buyer, basket, wanted.token)

    def claim_url(self, wanted: Order, order: Json) -> str | None:
        """Where the gift can be claimed, when it is one that waits."""
        if order["status"] != "gift_pending_claim":
            return None
        buyer = self.stack.person(wanted.buyer)

        def look() -> Json:
            try:
                return buyer.get(f"/gifts/v1/orders/{order['order_id']}/gift")
            except Refusal as refusal:
                if refusal.slug != "not-found":
                    raise
                return {}  # gifts has not heard of the payment yet

        gift = until(look, bool, RuntimeError(f"gifts has not heard of order {order['order_id']}"))
        return str(gift["claim_url"])
