"""A gift of one kind and a day of chance, with all four services live (G2–G7): who does what in it.

Recipients claim, as ordered or in another style, enter, decline, want another style afterwards or their money back, or
are erased; the giver renews the link and tries to cancel; the merchant changes the product, decides, sends; schedules
run or do not; events come late, twice and shuffled; the engine fails, and whoever does something dies at any of its
calls. Time jumps to the deadline and around it.
"""

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from infra.faults import Fault, FaultsProxy
from infra.local.schedules import scheduled_event
from services.gifts import app as gifts
from services.gifts.tables import VAULT, find_gift
from services.orders import app as orders
from services.orders.order import Order
from services.orders.sweep_orders import sweep_orders
from services.orders.tables import find_orders
from services.shared.plumbing import clock
from services.shared.plumbing.ids import derived_id, new_id
from tests.faults.crash import may_die_at
from tests.faults.gifts.four import Queues
from tests.integration.catalog.merchant import open_merchant, sku
from tests.integration.gifts.scene import A_MOMENT, ADDRESS, Hands
from tests.integration.http import Client, Reply, token_for
from tests.integration.orders.market import Market
from tests.integration.orders.till import Till

STOCK, FEN = 12, 3_333  # a price of which fees of several pieces are no multiples
KINDS: dict[str, dict[str, Any]] = {
    "single": {"recipients": 1},
    "group": {"recipients": 4},
    "lot": {"recipients": 2, "lot": {"draw_after_minutes": 60, "full_at": 3}},
}
STORM = (
    Fault("conflict", probability=0.05),
    Fault("lose_answer", operations={"TransactWriteItems"}, probability=0.03, how="error"),
    Fault("fail_before", probability=0.01, how="reset"),
)


class Ground(NamedTuple):
    """What a walk stands on."""

    till: Till
    hands: Hands
    proxy: FaultsProxy
    begin_anew: Callable[[], None]


class Walk:
    """One gift, from its payment on."""

    def __init__(self, ground: Ground, seed: int, kind: str) -> None:
        self.till, self.hands, self.proxy, begin_anew = ground
        begin_anew()
        self.dice, self.kind, self.queues = random.Random(f"{kind} {seed}"), kind, Queues()
        self.seller = open_merchant()
        self.owner = f"person:{self.seller.name}"
        styles = [sku(FEN, initial_stock=STOCK, attributes={"款式": name}) for name in ("blue", "red")]
        self.product = self.seller.sells(skus=styles)
        self.blue, self.red = (one["sku_id"] for one in self.product["skus"])
        self.queues.bring_all()
        self.market = Market(self.seller.shop_id, Client(orders.app, token_for(self.owner)), self.till)
        self.giver = new_id("person:anna")
        names = ("bo", "cy", "di") if kind == "lot" else ("bo", "cy", "di", "ed", "fa")
        self.people = [new_id(f"person:{name}") for name in names]
        self.recipients: int = KINDS[kind]["recipients"]
        self.order_id, self.payment_id = self._send()
        self.gift_id = derived_id("gft", self.order_id)
        self.deadline = datetime.fromisoformat(self.gift()["deadline_at"])
        self.promised: set[str] = set()  # who was told that it is theirs

    def _send(self) -> tuple[str, str]:
        """Placed, paid, and ready to be claimed."""
        body = self.market.gift(self.blue, mode=self.kind, giver_name="安娜", **KINDS[self.kind])
        body["lines"][0]["quantity"] = self.recipients
        giver = Client(orders.app, token_for(self.giver))
        placed = giver.post("/v1/orders", body)
        assert placed.status == 201, placed.text
        payment_id = self.market.paid(giver, placed.json["order_id"])
        self.queues.bring_all()
        return str(placed.json["order_id"]), payment_id

    # ---------------------------------------------------------------------------------------------- what is seen

    def gift(self) -> Any:
        """The gift, as its giver sees it."""
        reply = Client(gifts.app, token_for(self.giver)).get(f"/v1/orders/{self.order_id}/gift")
        assert reply.status == 200, reply.text
        return reply.json

    def orders(self) -> list[Order]:
        """The giver's order and those of the recipients, whose ids follow from it."""
        return find_orders([self.order_id, *(f"{self.order_id}-{number + 1}" for number in range(self.recipients))])

    def claimed(self) -> list[Order]:
        """What somebody has taken."""
        return [one for one in self.orders() if one.recipient]

    # ------------------------------------------------------------------------------------------------ what is done

    def step(self) -> None:
        """One thing happens, in bad weather, or somebody dies of it."""
        act = self.dice.choice(self._acts())
        if self.dice.random() < 0.3:
            number, when = self.dice.randint(1, 10), self.dice.choice(("before", "after"))
            may_die_at(self.proxy, number, when, act)  # type: ignore[arg-type]
            return
        self.proxy.clear(self.dice.randrange(1_000))
        self.proxy.plan(*STORM)
        act()
        self.proxy.clear()

    def _acts(self) -> list[Callable[[], object]]:
        events = [lambda: self.queues.bring_some(self.dice)] * 3
        recipients = [self.claim, self.claim, self.claim, self.decline, self.ask_swap, self.want_money_back]
        entering = [self.enter] * (4 if self.kind == "lot" else 0)
        shop = [self.decide_swap, self.decide_aftersale, self.ship, self.change_product]
        giver = [self.renew_link, self.cancel]
        time = [self.sweep, self.sweep, self.wait, self.wait]
        return [*events, *recipients, *entering, *shop, *giver, *time, self.forget]

    def tried(self, reply: Reply) -> Reply:
        """A refusal is fine, and to be told to come again; an error of ours is not."""
        assert reply.status < 500 or reply.status == 503, reply.text
        return reply

    def at_card(self, path: str, body: Any = None) -> tuple[str, Reply] | None:
        """Somebody presses something on the card, with the link of now."""
        token, person = self.gift()["claim_token"], self.dice.choice(self.people)
        if token is None:
            return None
        return person, self.tried(Client(gifts.app, token_for(person)).post(f"/v1/claims/{token}{path}", body, key=""))

    def claim(self) -> None:
        """In blue or in red; who is told so has it."""
        style = self.dice.choice([None, None, self.red])
        pressed = self.at_card("", {"address": ADDRESS} | ({"sku_id": style} if style else {}))
        if pressed and pressed[1].status == 200:
            self.promised.add(pressed[0])

    def enter(self) -> None:
        self.at_card("/entries")

    def decline(self) -> None:
        if self.dice.random() < 0.5:  # or nothing would be left of most
            self.at_card("/decline")

    def renew_link(self) -> None:
        self.tried(Client(gifts.app, token_for(self.giver)).post(f"/v1/gifts/{self.gift_id}/links"))

    def cancel(self) -> None:
        """The giver cannot."""
        reply = self.tried(Client(orders.app, token_for(self.giver)).post(f"/v1/orders/{self.order_id}/cancellation"))
        assert reply.status >= 400

    def ask_swap(self) -> None:
        if order := self._one(self.claimed()):
            sub_gift_id = order.sub_gift_id or derived_id("sub", order.order_id)
            path = f"/v1/sub-gifts/{sub_gift_id}/style-swap"
            wanted = self.blue if order.lines[0].sku_id == self.red else self.red
            self.tried(Client(gifts.app, token_for(order.keeper)).post(path, {"sku_id": wanted}, key=""))

    def decide_swap(self) -> None:
        shop, path = Client(gifts.app, token_for(self.owner)), f"/v1/shops/{self.seller.shop_id}/style-swaps"
        for wish in shop.get(path).json["items"]:
            decision = {"agree": self.dice.random() < 0.7}
            self.tried(shop.post(f"{path}/{wish['sub_gift_id']}/decision", decision, key=""))

    def want_money_back(self) -> None:
        """All of it, or a part to make up for something."""
        if order := self._one(self.claimed()):
            line = {"line_no": 1, "quantity": 1} | ({"amount_fen": 57} if self.dice.random() < 0.3 else {})
            body = {"kind": "refund", "reason": "quality", "lines": [line]}
            self.tried(
                Client(orders.app, token_for(order.keeper)).post(f"/v1/orders/{order.order_id}/aftersales", body)
            )

    def decide_aftersale(self) -> None:
        """Yes; or nothing, which is yes two days later."""
        open_now = [claim.aftersale_id for one in self.orders() for claim in one.claims if claim.state == "open"]
        if case := self._one(open_now):
            path = f"/v1/shops/{self.seller.shop_id}/aftersales/{case}/decision"
            self.tried(self.market.merchant.post(path, {"decision": "agree"}))

    def ship(self) -> None:
        if self.dice.random() < 0.3 and (order := self._one(self.claimed())):
            self.tried(self.market.ship(order.order_id))

    def change_product(self) -> None:
        """Its merchant lets it be a gift no more, or again; what was sent stays a gift, without other styles."""
        self.tried(self.seller.edits(self.product, giftable=self.dice.random() < 0.5))

    def forget(self) -> None:
        """Somebody is erased at gifts (X3): whoever is waiting for another style, or anybody."""
        self.proxy.clear()
        gift = find_gift(self.gift_id)
        asking = [one.recipient or "" for one in gift.sub_gifts if one.state == "claiming"] if gift else []
        VAULT.erase(self.dice.choice(asking or self.people))

    def sweep(self) -> None:
        """The schedules come round."""
        gifts.sweep(scheduled_event("sweep", clock.now()), None)
        sweep_orders(clock.now())

    def wait(self) -> None:
        """Some minutes, or until about the deadline."""
        about = (-timedelta(minutes=1), -A_MOMENT, timedelta(0), timedelta(seconds=1))
        at = self.hands.at + timedelta(minutes=self.dice.choice([1, 2, 30, 65, 240]))
        if self.dice.random() < 0.2:
            at = self.deadline + self.dice.choice(about)
        self.hands.at = max(self.hands.at, at)

    def refunds_arrive(self) -> None:
        """WeChat has done what it was asked, and tells."""
        for letter in self.till.refunded_letters(self.payment_id):
            assert letter.bring().status == 200

    def _one(self, things: list[Any]) -> Any:
        return self.dice.choice(things) if things else None

    def finish(self) -> None:
        """Everything arrives, time does the rest, and nothing is left hanging: in good weather."""
        self.proxy.clear()
        for hours in (24, 49, 1):
            self.hands.move(hours=hours)
            self.sweep()
            self.queues.bring_all()
            self.refunds_arrive()
        for _ in range(2 * self.recipients):  # refunds of one payment have their turns
            self.hands.move(hours=1)
            self.sweep()
            self.refunds_arrive()
        self.queues.bring_all()
