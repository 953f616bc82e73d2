"""Shops on a running stack, and people who use them over HTTP."""

import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from infra.cli.api import Caller, Json, Refusal, Stack
from infra.cli.buying import ADDRESS, Basket, Want, place, place_gift
from infra.cli.selling import opened_shop, wait_for_offers
from infra.cli.target import Target, mint
from tests.e2e.xiaodian import Running

WITHIN_S = 90.0
DEPOSIT_FEN = 100_000
IMAGES = [f"https://example.com/{number}.jpg" for number in range(3)]
_numbers = itertools.count(1)


def eventually(look: Callable[[], object], wanted: object) -> None:
    """Look again and again until what is wanted is seen; fails with what was seen last."""
    deadline = time.monotonic() + WITHIN_S
    while (seen := look()) != wanted:
        assert time.monotonic() < deadline, seen
        time.sleep(0.1)


def slug_of(act: Callable[[], object]) -> str:
    """Why an act was refused; empty when it was not."""
    try:
        act()
    except Refusal as refusal:
        return refusal.slug
    return ""


def key() -> str:
    """An Idempotency-Key that nobody has used."""
    return f"key-{next(_numbers)}"


class Sent(NamedTuple):
    """A gift on its way: its order, and the token in its link."""

    order_id: str
    token: str


class Market:
    """What people do on a running stack. Requests wait through a restart, and are sent again while it is busy."""

    def __init__(self, running: Running) -> None:
        self.running = running
        self.api: Stack = Target(None, running.data).stack(patience_s=WITHIN_S)

    def person(self, name: str, language: str = "zh") -> Caller:
        """The person of this name, who reads this language."""
        return Caller(self.api, self.bearer(name) | {"Accept-Language": language})

    def bearer(self, name: str) -> dict[str, str]:
        """The header that says who somebody is."""
        return {"Authorization": f"Bearer {mint(self.running.data, f'person:{name}', platform=False)}"}

    def newcomer(self, name: str) -> Caller:
        """Somebody who has never been here."""
        return self.person(f"{name}-{next(_numbers)}")

    def open(self, name: str) -> "Shop":
        """A shop that may sell."""
        shop = opened_shop(self.api, f"merchant of {name}".replace(" ", "-"), name, DEPOSIT_FEN)
        return Shop(self, str(shop["shop_id"]), f"merchant of {name}".replace(" ", "-"))

    def order(self, buyer: Caller, order_id: str) -> Json:
        """The order as its buyer sees it."""
        return buyer.get(f"/orders/v1/orders/{order_id}")

    def becomes(self, buyer: Caller, order_id: str, status: str) -> Json:
        """The order once it is in this state."""
        eventually(lambda: self.order(buyer, order_id)["status"], status)
        return self.order(buyer, order_id)

    # ------------------------------------------------------------------------------------------------------ paying

    def start_paying(self, buyer: Caller, order_id: str) -> str:
        """Start a payment; returns its out_trade_no."""
        asked = {"method": "native"}
        return str(buyer.post(f"/orders/v1/orders/{order_id}/payment", asked, key())["out_trade_no"])

    def phone(self, out_trade_no: str, **action: Any) -> None:
        """What the buyer's phone does: pays, unless told otherwise."""
        self.api.anyone().post(self._sandbox(out_trade_no), {"action": "pay"} | action)

    def at_wechat(self, out_trade_no: str) -> Json:
        """The payment as WeChat has it, with its refunds, its callbacks and how these were answered."""
        return self.api.anyone().get(self._sandbox(out_trade_no))

    def answers(self, out_trade_no: str) -> list[list[int | None]]:
        """The status of every answer to every callback."""
        callbacks = self.at_wechat(out_trade_no)["callbacks"]
        return [[attempt["status"] for attempt in callback["attempts"]] for callback in callbacks]

    def _sandbox(self, out_trade_no: str) -> str:
        return f"{self.api.local()['wechat_pay_sandbox_url']}/sandbox/payments/{out_trade_no}"

    def pay(self, buyer: Caller, order_id: str, **action: Any) -> str:
        """Start a payment and pay it; returns its out_trade_no."""
        out_trade_no = self.start_paying(buyer, order_id)
        self.phone(out_trade_no, **action)
        return out_trade_no

    # ----------------------------------------------------------------------------------------------------- hearing

    def told(self, whom: Caller, subject_id: str | None = None, **whose: str) -> list[str]:
        """What somebody was told (of this), oldest first."""
        messages = whom.pages("/notify/v1/messages", **whose)
        return [one["event"] for one in messages if subject_id in (None, one["subject_id"])][::-1]


@dataclass(frozen=True)
class Shop:
    """A shop that may sell, and its merchant."""

    market: Market
    shop_id: str
    merchant_name: str

    @property
    def merchant(self) -> Caller:
        return self.market.person(self.merchant_name)

    def offer(self, *stocks: int, price_fen: int = 1_000) -> list[str]:
        """Put a product up for sale with a style for each stock; returns the styles' ids once orders sells them."""
        number = next(_numbers)
        styles = [
            {"attributes": {"款式": str(style)}, "price_fen": price_fen, "initial_stock": stock}
            for style, stock in enumerate(stocks, 1)
        ]
        product = {"title": f"手工桂花茶 {number}", "category_id": "crafts.handmade", "images": IMAGES, "skus": styles}
        path = f"/catalog/v1/shops/{self.shop_id}/products"
        made = self.merchant.post(path, product, key())
        self.merchant.post(f"{path}/{made['product_id']}/listing")
        skus = [str(sku["sku_id"]) for sku in made["skus"]]
        wait_for_offers(self.market.api, self.merchant_name, self.shop_id, skus)
        return skus

    def basket(self, sku_id: str, quantity: int = 1, price_fen: int = 1_000) -> Basket:
        """So many of one style."""
        return Basket(self.shop_id, [Want(sku_id, quantity)], quantity * price_fen)

    def place(self, buyer: Caller, sku_id: str, quantity: int = 1) -> str:
        """Place a purchase; returns its id."""
        return str(place(buyer, self.basket(sku_id, quantity), key())["order_id"])

    def buy(self, buyer: Caller, sku_id: str, quantity: int = 1) -> str:
        """Place a purchase and pay it; returns its id."""
        order_id = self.place(buyer, sku_id, quantity)
        self.market.pay(buyer, order_id)
        self.market.becomes(buyer, order_id, "to_ship")
        return order_id

    def give(self, giver: Caller, sku_id: str) -> Sent:
        """Place a gift, pay it, and wait for its card."""
        order_id = str(place_gift(giver, self.basket(sku_id), key(), "生日快乐", "朵拉")["order_id"])
        self.market.pay(giver, order_id)
        eventually(lambda: slug_of(lambda: giver.get(f"/gifts/v1/orders/{order_id}/gift")), "")
        return Sent(order_id, str(giver.get(f"/gifts/v1/orders/{order_id}/gift")["claim_token"]))

    def claim(self, recipient: Caller, sent: Sent, sku_id: str | None = None) -> str:
        """Claim a gift, in another style if one is given; returns "" or why it was refused, once that is known."""
        path, body = f"/gifts/v1/claims/{sent.token}", {"address": ADDRESS, "sku_id": sku_id}
        refused = slug_of(lambda: recipient.post(path, body))
        if refused:
            return refused
        eventually(lambda: recipient.get(path)["status"] == "claiming", False)
        card = recipient.get(path)
        return "" if card["status"] == "claimed" else str(card["last_refusal"])

    def stock(self, sku_id: str) -> dict[str, int]:
        """A style's units; what was received is on hand, held or sold."""
        stock = self.merchant.get(f"/orders/v1/shops/{self.shop_id}/stock/{sku_id}")
        assert stock["received"] == stock["on_hand"] + stock["held"] + stock["sold"]
        return {name: stock[name] for name in ("on_hand", "held", "sold")}

    def entries(self, order_id: str) -> list[str]:
        """The causes of an order's entries in the ledger, oldest first."""
        entries = list(self.merchant.pages(f"/orders/v1/shops/{self.shop_id}/ledger"))
        return [one["cause"] for one in entries if one["order_id"] == order_id][::-1]

    def balance(self) -> Json:
        """The shop's balances, which sum to zero."""
        balance = self.merchant.get(f"/orders/v1/shops/{self.shop_id}/balance")
        assert balance["sum_fen"] == 0
        return {name: fen for name, fen in balance.items() if name.endswith("_fen")}
