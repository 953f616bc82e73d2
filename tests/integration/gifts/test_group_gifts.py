"""A gift for many, with orders: who claims has an order of their own, and the rest goes back in one refund (G6, G7)."""

from collections.abc import Callable
from typing import Any

import pytest

from services.gifts import app as gifts
from services.gifts.tables import VAULT
from services.orders import app as orders
from services.orders.sweep_orders import sweep_orders
from services.shared.contracts.catalog import MembershipChanged
from services.shared.contracts.gifts import StyleAsked
from services.shared.contracts.orders import OrderCancelled, OrderReceived, OrderShipped, RefundSucceeded
from services.shared.plumbing import clock
from services.shared.plumbing.ids import derived_id, new_id
from services.shared.plumbing.resources import Resources
from tests.integration.gifts.scene import ADDRESS
from tests.integration.gifts.test_with_orders import Journey
from tests.integration.http import Client, Reply, token_for
from tests.integration.orders.conftest import Hands, hands, letterbox, market, mode, open_till, till
from tests.integration.orders.events import envelope, said
from tests.integration.orders.market import Market
from tests.integration.orders.till import Till, eventually
from tests.integration.wire import deliver, sqs_event

__all__ = ["hands", "letterbox", "market", "mode", "open_till", "till"]

FEN = 3_333  # so that the fee of three pieces is no multiple of three


class Party(Journey):
    """Anna gives three people one of five blue ones each; red ones of the same price are there too."""

    def __init__(self, market: Market, hands: Hands) -> None:
        super().__init__(market, hands)
        self.people = [new_id(f"person:{name}") for name in ("bo", "cy", "di", "ed")]

    def send(self, recipients: int = 3, **terms: Any) -> str:
        """Paid, and ready to be claimed; the order's id."""
        body = self.market.gift(self.blue, mode="group", recipients=recipients, giver_name="安娜", **terms)
        body["lines"][0]["quantity"] = recipients
        reply = self.anna.post("/v1/orders", body)
        assert reply.status == 201, reply.text
        order_id = str(reply.json["order_id"])
        self.market.paid(self.anna, order_id)
        deliver(gifts, orders)
        return order_id

    def take(self, order_id: str, person: str, sku_id: str | None = None, token: str = "") -> Reply:
        """This person claims."""
        body = {"address": ADDRESS | {"name": person[-4:]}} | ({"sku_id": sku_id} if sku_id else {})
        token = token or self.gift(order_id)["claim_token"]
        return Client(gifts.app, token_for(person)).post(f"/v1/claims/{token}", body, key="")

    def to_ship(self) -> list[Any]:
        """What the merchant has to send."""
        listed = self.market.merchant.get(f"/v1/shops/{self.market.shop_id}/orders?status=to_ship&limit=100").json
        return [self.shops(one["order_id"]) for one in listed["items"]]

    def shops(self, order_id: str) -> Any:
        """An order as the shop sees it."""
        return self.market.merchant.get(f"/v1/shops/{self.market.shop_id}/orders/{order_id}").json

    def statuses(self, order_id: str) -> list[str]:
        return sorted(one["status"] for one in self.gift(order_id)["sub_gifts"])

    def hire(self) -> Client:
        """Somebody who acts for the shop at gifts."""
        who = new_id("person:mo")
        member = MembershipChanged(shop_id=self.market.shop_id, person=who, role="operator")
        letter = envelope(member, "catalog", f"{self.market.shop_id}/{who}")
        assert gifts.consume(sqs_event(letter.model_dump_json()), None) == {"batchItemFailures": []}
        return Client(gifts.app, token_for(who))

    def end(self) -> None:
        """The day is over."""
        self.hands.move(hours=24)
        self.sweep()
        deliver(gifts, orders, duplicate=True)


def sub_gift_of(order_id: str) -> str:
    """What a recipient's own order is of."""
    return derived_id("sub", order_id).removesuffix("-1")


@pytest.fixture
def party(tables: Callable[[str | Resources], Resources], market: Market, hands: Hands) -> Party:
    """Both services, and WeChat."""
    tables("gifts")
    made = Party(market, hands)
    made.blue, made.red = market.offer(5, FEN, styles=2)
    made.hear_offer_at(FEN)
    return made


@pytest.mark.parametrize("shuffle", [None, 1, 2])
def test_who_claims_has_an_order_and_the_rest_goes_back_in_one_refund(
    party: Party, till: Till, shuffle: int | None
) -> None:
    """One in another style; money and stock agree whatever comes twice or shuffled; the refund lists what it is for."""
    order_id = party.send()
    bo, cy, *_ = party.people
    assert party.take(order_id, bo).status == 200
    assert party.take(order_id, cy, party.red).status == 202
    deliver(gifts, orders, duplicate=True, shuffle=shuffle)
    party.end()
    eventually(lambda: party.order(order_id)["refunded_fen"], FEN)
    deliver(gifts, orders, duplicate=True, shuffle=shuffle)

    mine = party.to_ship()
    assert sorted((one["address"]["name"], one["lines"][0]["sku_id"]) for one in mine) == sorted(
        [(bo[-4:], party.blue), (cy[-4:], party.red)]
    )
    assert [one["lines"][0]["quantity"] for one in mine] == [1, 1]
    assert sum(one["paid_fen"] for one in mine) == 2 * FEN
    [refunded] = said(order_id, RefundSucceeded)
    [left] = [one["sub_gift_id"] for one in party.gift(order_id)["sub_gifts"] if one["status"] == "refunded"]
    assert (refunded.sub_gift_ids, refunded.amount_fen) == ([left], FEN)
    shown = {one["sub_gift_id"]: one["refund_id"] for one in party.gift(order_id)["sub_gifts"] if one["refunded_at"]}
    assert shown == {left: refunded.refund_id}
    sheet = party.order(order_id)
    assert (sheet["status"], sheet["refunded_fen"], len(till.shown(sheet["payment_id"])["refunds"])) == (
        "handed_on",
        FEN,
        1,
    )
    assert [party.market.stock(sku)["sold"] for sku in (party.blue, party.red)] == [1, 1]
    assert party.statuses(order_id) == ["claimed", "claimed", "refunded"]


def test_a_style_taken_for_one_who_is_erased_meanwhile_comes_back(party: Party) -> None:
    """G3, G6, X3: the piece in the other style and its money go back, the others can be claimed."""
    order_id = party.send()
    bo, cy, *_ = party.people
    assert party.take(order_id, cy, party.red).status == 202
    deliver(gifts, orders, only={StyleAsked.NAME})
    assert party.market.stock(party.red)["sold"] == 1
    VAULT.erase(cy)
    deliver(gifts, orders, duplicate=True)
    eventually(lambda: party.order(order_id)["refunded_fen"], FEN)

    assert [party.market.stock(sku)["sold"] for sku in (party.blue, party.red)] == [2, 0]
    assert party.take(order_id, bo).status == 200
    assert party.take(order_id, cy).slug == "gift-declined"
    deliver(gifts, orders)
    party.end()
    eventually(lambda: party.order(order_id)["refunded_fen"], 2 * FEN)
    deliver(gifts, orders)

    assert party.statuses(order_id) == ["claimed", "refunded", "refunded"]
    assert party.order(order_id)["status"] == "handed_on"
    assert [party.market.stock(sku)["sold"] for sku in (party.blue, party.red)] == [1, 0]
    for sku in (party.blue, party.red):
        assert sum(one["quantity"] for one in party.market.flow(sku)) == party.market.stock(sku)["on_hand"]


def test_each_order_is_sent_received_and_settled_by_itself(party: Party) -> None:
    """To the last fen: what the shop gets, the fee and the refund are what was paid."""
    order_id = party.send()
    for person in party.people[:2]:
        party.take(order_id, person)
    deliver(gifts, orders)
    party.end()
    eventually(lambda: party.order(order_id)["refunded_fen"], FEN)

    for one in party.to_ship():
        assert party.market.ship(one["order_id"]).status == 201
        recipient = next(person for person in party.people if person[-4:] == one["address"]["name"])
        client = Client(orders.app, token_for(recipient))
        assert client.post(f"/v1/orders/{one['order_id']}/receipt").json["status"] == "done"
        [shipped], [received] = said(one["order_id"], OrderShipped), said(one["order_id"], OrderReceived)
        assert (shipped.recipient, received.recipient) == (recipient, recipient)
        assert shipped.sub_gift_id == received.sub_gift_id == sub_gift_of(one["order_id"])
    party.hands.move(days=8)
    sweep_orders(clock.now())

    balance = party.market.balance()
    assert balance["pending_fen"] == 0
    assert balance["available_fen"] + balance["fees_fen"] == 2 * FEN
    assert balance["wechat_fen"] == 2 * FEN


def test_the_giver_sees_no_recipient_and_lists_one_order(party: Party) -> None:
    """G9: the recipients' orders are theirs; each sees only the own one."""
    order_id = party.send()
    bo, cy, *_ = party.people
    party.take(order_id, bo)
    deliver(gifts, orders)
    [own] = [one["order_id"] for one in party.to_ship()]

    listed = party.anna.get("/v1/orders?limit=100")
    assert [one["order_id"] for one in listed.json["items"]].count(order_id) == 1
    for seen in (listed, party.anna.get(f"/v1/orders/{own}"), party.anna.get(f"/v1/orders/{order_id}")):
        assert bo not in seen.text
        assert ADDRESS["detail"] not in seen.text
    received = Client(orders.app, token_for(bo)).get(f"/v1/orders/{own}").json
    assert (received["address"]["detail"], received["paid_fen"]) == (ADDRESS["detail"], None)
    assert Client(orders.app, token_for(cy)).get(f"/v1/orders/{own}").status == 404
    assert received["gift_id"] == party.gift(order_id)["gift_id"]
    [mine] = Client(gifts.app, token_for(bo)).get("/v1/received").json["items"]
    assert mine["order_id"] == own


def test_what_nobody_claims_ends_the_order(party: Party) -> None:
    """All stock back, all money back, in one refund."""
    order_id = party.send()

    party.end()
    eventually(lambda: party.order(order_id)["refunded_fen"], 3 * FEN)
    deliver(gifts, orders, duplicate=True)

    assert party.order(order_id)["status"] == "cancelled"
    assert [one.why for one in said(order_id, OrderCancelled)] == ["gift_expired"]
    assert party.market.stock(party.blue) == {"on_hand": 5, "held": 0, "sold": 0, "received": 5}
    assert party.statuses(order_id) == ["refunded"] * 3
    assert party.market.balance()["wechat_fen"] == 0


def test_nobody_declines_for_the_others(party: Party) -> None:
    """What is for whoever comes first is left to them."""
    order_id = party.send()
    token = party.gift(order_id)["claim_token"]

    declined = Client(gifts.app, token_for(party.people[0])).post(f"/v1/claims/{token}/decline", key="")

    assert declined.slug == "nothing-to-decline"
    assert party.statuses(order_id) == ["claimable"] * 3


def test_a_swap_after_the_claim_moves_stock_as_one_act(party: Party) -> None:
    """G7: asked once, agreed by the merchant, before it is shipped; the order is sent in the new style."""
    order_id = party.send()
    bo, *_ = party.people
    party.take(order_id, bo)
    deliver(gifts, orders)
    [own] = party.to_ship()
    sub = sub_gift_of(own["order_id"])
    recipient = Client(gifts.app, token_for(bo))
    merchant = party.hire()
    wishes = f"/v1/shops/{party.market.shop_id}/style-swaps"
    decision = f"{wishes}/{sub}/decision"

    asked = recipient.post(f"/v1/sub-gifts/{sub}/style-swap", {"sku_id": party.red}, key="").json
    assert asked["swap"]["status"] == "asked"
    assert [one["sub_gift_id"] for one in merchant.get(wishes).json["items"]] == [sub]
    assert merchant.post(decision, {"agree": True}, key="").json["status"] == "agreed"
    deliver(gifts, orders, duplicate=True)

    assert merchant.get(wishes).json["items"] == []
    assert [party.market.stock(sku)["sold"] for sku in (party.blue, party.red)] == [2, 1]
    assert party.shops(own["order_id"])["lines"][0]["sku_id"] == party.red
    [mine] = recipient.get("/v1/received").json["items"]
    assert (mine["swap"]["status"], mine["goods"][0]["sku_id"]) == ("swapped", party.red)
    assert (
        recipient.post(f"/v1/sub-gifts/{sub}/style-swap", {"sku_id": party.blue}, key="").slug == "swap-already-asked"
    )


@pytest.mark.parametrize("end", ["rejected", "lapsed", "shipped", "sold out"])
def test_a_swap_that_does_not_come_about_leaves_all_as_it_was_claimed(party: Party, end: str) -> None:
    """G7: the merchant says no or nothing, it is shipped already, or the style is gone."""
    order_id = party.send()
    bo, *_ = party.people
    party.take(order_id, bo)
    deliver(gifts, orders)
    [own] = party.to_ship()
    sub, merchant, recipient = sub_gift_of(own["order_id"]), party.hire(), Client(gifts.app, token_for(bo))
    decision = f"/v1/shops/{party.market.shop_id}/style-swaps/{sub}/decision"
    recipient.post(f"/v1/sub-gifts/{sub}/style-swap", {"sku_id": party.red}, key="")

    if end == "shipped":
        party.market.ship(own["order_id"])
    if end == "sold out":
        party.market.adjust(party.red, "set", 0)
    if end == "lapsed":
        party.hands.move(hours=24)
        [late] = recipient.get("/v1/received").json["items"]
        assert late["swap"]["status"] == "lapsed"  # on the second, before the sweep
        party.sweep()
        assert merchant.post(decision, {"agree": True}, key="").slug == "swap-not-open"
    else:
        merchant.post(decision, {"agree": end != "rejected"}, key="")
    deliver(gifts, orders, duplicate=True)

    assert party.market.stock(party.red)["sold"] == 0
    [mine] = recipient.get("/v1/received").json["items"]
    assert mine["swap"]["status"] == {"rejected": "rejected", "lapsed": "lapsed"}.get(end, "refused")
    assert mine["goods"][0]["sku_id"] == party.blue == party.shops(own["order_id"])["lines"][0]["sku_id"]


def test_only_the_recipient_asks_for_a_swap_and_only_the_shop_decides(party: Party) -> None:
    """G7, G9: the giver and others find nothing there."""
    order_id = party.send()
    bo, cy, *_ = party.people
    party.take(order_id, bo)
    deliver(gifts, orders)
    [own] = party.to_ship()
    sub = sub_gift_of(own["order_id"])

    for person in ("person:anna", cy):
        asked = Client(gifts.app, token_for(person)).post(
            f"/v1/sub-gifts/{sub}/style-swap", {"sku_id": party.red}, key=""
        )
        assert asked.slug == "not-found"
    decided = f"/v1/shops/{party.market.shop_id}/style-swaps/{sub}/decision"
    assert Client(gifts.app, token_for(bo)).post(decided, {"agree": True}, key="").slug == "not-found"
    assert party.hire().post(decided, {"agree": True}, key="").slug == "swap-not-open"


@pytest.mark.parametrize("complains", ["before", "after"])
def test_a_giver_who_complains_holds_what_nobody_has_taken(party: Party, complains: str) -> None:
    """O7, O15: what was claimed is its recipient's order's and settled with it; no account goes below nothing."""

    def complain() -> str:
        body = {"reason": "late", "text": "太慢了"}
        reply = party.anna.post(f"/v1/orders/{order_id}/complaints", body)
        assert reply.status == 201, reply.text
        return str(reply.json["complaint_id"])

    order_id = party.send()
    bo = party.people[0]
    early = complain() if complains == "before" else None
    assert party.take(order_id, bo).status == 200
    deliver(gifts, orders)
    opened = early or complain()
    [own] = party.to_ship()
    before = party.market.balance()
    party.market.ship(own["order_id"])
    Client(orders.app, token_for(bo)).post(f"/v1/orders/{own['order_id']}/receipt")
    party.hands.move(hours=23)
    sweep_orders(clock.now())
    party.hands.move(days=7)
    sweep_orders(clock.now())
    settled = party.market.balance()
    party.anna.put(f"/v1/complaints/{opened}/move", {"move": "withdraw"})
    after = party.market.balance()

    fee, part = before["fees_fen"], settled["available_fen"]
    assert (before["pending_fen"], before["frozen_fen"]) == (part, 3 * FEN - fee - part)
    assert part == FEN - fee // 3
    assert (settled["pending_fen"], settled["frozen_fen"]) == (0, 3 * FEN - fee - part)
    assert (after["pending_fen"], after["frozen_fen"], after["available_fen"]) == (3 * FEN - fee - part, 0, part)
