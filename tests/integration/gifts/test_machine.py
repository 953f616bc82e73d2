"""Whatever happens in whatever order, each sub-gift ends once, and money and stock agree with how (G3–G7).

A walk of chance through gifts of every kind with gifts and orders live: claims as ordered and in another style,
entries, draws, refusals, swaps, renewed links; letters late, twice and shuffled; an engine that fails; a clock that
runs around the deadline. Then everybody comes to the end, and the books are read.
"""

import random
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from infra.faults import Fault, FaultsProxy
from services.gifts import app as gifts
from services.orders import app as orders
from services.orders.sweep_orders import sweep_orders
from services.shared.contracts.orders import RefundSucceeded
from services.shared.plumbing import clock
from services.shared.plumbing.resources import Resources
from tests.integration.gifts.test_group_gifts import FEN, Party, sub_gift_of
from tests.integration.http import Client, token_for
from tests.integration.orders.conftest import Hands, hands, letterbox, market, mode, open_till, till
from tests.integration.orders.events import said
from tests.integration.orders.market import Market
from tests.integration.orders.till import eventually
from tests.integration.wire import deliver

__all__ = ["hands", "letterbox", "market", "mode", "open_till", "till"]

STOCK, STEPS = 12, 30
KINDS: dict[str, dict[str, Any]] = {
    "single": {"recipients": 1},
    "group": {"recipients": 4},
    "lot": {"recipients": 2, "lot": {"draw_after_minutes": 60, "full_at": 5}},
}


class Walk(Party):
    """One gift of one kind, and a day of chance."""

    def __init__(self, market: Market, hands: Hands, seed: int, kind: str) -> None:
        super().__init__(market, hands)
        self.blue, self.red = market.offer(STOCK, FEN, styles=2)
        self.hear_offer_at(FEN)
        self.dice, self.kind = random.Random(seed), kind
        self.recipients = KINDS[kind]["recipients"]
        self.order_id = self.send_kind()
        self.mo = self.hire()
        for _ in range(3 if kind == "lot" else 0):
            self.card("/entries")
        self.hands.move(minutes=59)

    def send_kind(self) -> str:
        """Paid and ready; the order's id."""
        terms = KINDS[self.kind]
        body = self.market.gift(self.blue, mode=self.kind, **terms)
        body["lines"][0]["quantity"] = terms["recipients"]
        order_id = str(self.anna.post("/v1/orders", body).json["order_id"])
        self.market.paid(self.anna, order_id)
        deliver(gifts, orders)
        return order_id

    def card(self, path: str = "", body: Any = None) -> None:
        """Somebody presses something on the card, with the link of now."""
        token = self.gift(self.order_id)["claim_token"]
        if token:
            person = Client(gifts.app, token_for(self.dice.choice(self.people)))
            assert person.post(f"/v1/claims/{token}{path}", body, key="").status in (200, 202, 403, 404, 409, 503)

    def swap(self) -> None:
        """Whoever holds one would rather have a red one, and the merchant says this or that."""
        for order in self.to_ship():
            recipient = next(one for one in self.people if one[-4:] == order["address"]["name"])
            sub = sub_gift_of(order["order_id"])
            Client(gifts.app, token_for(recipient)).post(
                f"/v1/sub-gifts/{sub}/style-swap", {"sku_id": self.red}, key=""
            )
            decision = f"/v1/shops/{self.market.shop_id}/style-swaps/{sub}/decision"
            self.mo.post(decision, {"agree": self.dice.random() < 0.8}, key="")

    def letters(self) -> None:
        """Some that are on their way arrive: twice, shuffled, or as they were said."""
        deliver(gifts, orders, duplicate=self.dice.random() < 0.5, shuffle=self.dice.choice([None, 1, 2, 3]))

    def step(self) -> None:
        """One thing happens."""
        acts: list[Callable[[], object]] = [
            self.claim_by_chance,
            self.claim_by_chance,
            lambda: self.card("/decline"),
            lambda: self.card("/entries"),
            lambda: self.card("/entries"),
            self.letters,
            self.letters,
            self.swap,
            self.sweep,
            lambda: self.hands.move(minutes=self.dice.choice([1, 30, 90, 600])),
            lambda: self.anna.post(f"/v1/orders/{self.order_id}/cancellation"),
            lambda: Client(gifts.app, token_for("person:anna")).post(
                f"/v1/gifts/{self.gift(self.order_id)['gift_id']}/links"
            ),
        ]
        self.dice.choice(acts)()

    def claim_by_chance(self) -> None:
        """In blue or in red."""
        person = self.dice.choice(self.people)
        token = self.gift(self.order_id)["claim_token"]
        if token:
            self.take(self.order_id, person, self.dice.choice([None, self.red]), token)

    def finish(self) -> Counter[str]:
        """The day is over for good; how the sub-gifts have ended."""
        for _ in range(3):
            self.hands.move(hours=24)
            self.sweep()
            deliver(gifts, orders, duplicate=True)
            sweep_orders(clock.now())  # refunds of one payment have their turns
        unclaimed = sum(one["status"] != "claimed" for one in self.gift(self.order_id)["sub_gifts"])
        eventually(lambda: self.order(self.order_id)["refunded_fen"], unclaimed * FEN)
        deliver(gifts, orders, duplicate=True)
        return Counter(one["status"] for one in self.gift(self.order_id)["sub_gifts"])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(4))
def test_each_ends_once_and_the_books_agree(
    tables: Callable[[str | Resources], Resources],
    market: Market,
    hands: Hands,
    proxy: FaultsProxy,
    seed: int,
    kind: str,
) -> None:
    """Claimed and on its way, or refunded with its stock back: one of the two, to the piece and to the fen."""
    tables("gifts")
    walk = Walk(market, hands, seed, kind)
    proxy.plan(Fault("conflict", probability=0.03))
    for _ in range(STEPS):
        walk.step()
    proxy.clear()

    ended = walk.finish()

    assert ended.keys() <= {"claimed", "refunded"}
    assert ended.total() == walk.recipients
    to_ship = walk.to_ship()
    assert len(to_ship) == ended["claimed"]
    assert len({one["address"]["name"] for one in to_ship}) == len(to_ship)
    styles = Counter(one["lines"][0]["sku_id"] for one in to_ship)
    given = Counter(one["sku_id"] for one in walk.gift(walk.order_id)["sub_gifts"] if one["status"] == "claimed")
    assert styles == given
    for sku in (walk.blue, walk.red):
        assert walk.market.stock(sku) == {
            "on_hand": STOCK - styles[sku],
            "held": 0,
            "sold": styles[sku],
            "received": STOCK,
        }
    assert sum(one["paid_fen"] for one in to_ship) == ended["claimed"] * FEN
    assert sum(one.amount_fen for one in said(walk.order_id, RefundSucceeded)) == ended["refunded"] * FEN
    assert walk.market.balance()["wechat_fen"] == ended["claimed"] * FEN
