"""Gifts and orders together: whatever gifts decides, money and stock agree with it."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from infra.faults import Fault, FaultsProxy
from infra.local.schedules import scheduled_event
from services.gifts import app as gifts
from services.gifts.tables import STORE
from services.orders import app as orders
from services.orders.sweep_orders import sweep_orders
from services.orders.tables import find_offers
from services.shared.contracts.catalog import ProductOffered, SkuOffer
from services.shared.plumbing import clock
from services.shared.plumbing.ids import new_id
from services.shared.plumbing.inbox import WAITING
from services.shared.plumbing.resources import Resources
from tests.integration.gifts.scene import A_MOMENT, ADDRESS
from tests.integration.gifts.threads import Clocks, at_once
from tests.integration.http import Client, Reply, token_for
from tests.integration.orders.conftest import Hands, hands, letterbox, market, mode, open_till, till
from tests.integration.orders.market import Market, person
from tests.integration.orders.till import eventually
from tests.integration.wire import deliver, discard, sqs_event, wrapped

__all__ = ["hands", "letterbox", "market", "mode", "open_till", "till"]

PRICE_FEN, ROUNDS = 10_000, 8
DEAR = {"first_fen": 3_000, "more_fen": 3_000}


class Journey:
    """Anna gives a blue one of five; red ones are there too."""

    def __init__(self, market: Market, hands: Hands) -> None:
        self.market, self.hands = market, hands
        self.anna, self.bo = person("anna"), new_id("person:bo")
        self.blue, self.red = market.offer(5, PRICE_FEN, styles=2)
        discard(gifts, orders)
        self.hear_offer()

    def hear_offer(self) -> None:
        """Gifts hears the offer that orders has heard."""
        self.hear_offer_at(PRICE_FEN)

    def hear_offer_at(self, price_fen: int, sequence: int = 1) -> None:
        """At this price."""
        product_id = find_offers([self.blue])[self.blue].product_id
        skus = [
            SkuOffer(sku_id=sku_id, attributes={}, price_fen=price_fen, original_price_fen=price_fen, initial_stock=5)
            for sku_id in (self.blue, self.red)
        ]
        body = ProductOffered(
            product_id=product_id,
            shop_id=self.market.shop_id,
            title="桂花茶",
            kind="physical",
            category_id="tea",
            image=None,
            giftable=True,
            fee_bp=60,
            skus=skus,
        )
        envelope = wrapped(body, subject=product_id, sequence=sequence)
        assert gifts.consume(sqs_event(envelope.model_dump_json()), None) == {"batchItemFailures": []}

    def give(self) -> str:
        """A gift that is paid for and ready; returns the order's id."""
        order_id = self.market.give(self.anna, self.blue, message="生日快乐", giver_name="安娜")
        deliver(gifts, orders)
        return order_id

    def gift(self, order_id: str) -> Any:
        """The gift as Anna sees it."""
        return Client(gifts.app, token_for("person:anna")).get(f"/v1/orders/{order_id}/gift").json

    def order(self, order_id: str) -> Any:
        """The order as Anna sees it."""
        return self.anna.get(f"/v1/orders/{order_id}").json

    def claim(self, order_id: str, sku_id: str | None = None) -> int:
        """Bo claims; the answer's status."""
        return self.claim_to(order_id, sku_id).status

    def claim_to(self, order_id: str, sku_id: str | None = None, **address: str) -> Reply:
        """Bo claims, to somewhere in particular."""
        token = self.gift(order_id)["claim_token"]
        body = {"address": ADDRESS | address} | ({"sku_id": sku_id} if sku_id else {})
        return Client(gifts.app, token_for(self.bo)).post(f"/v1/claims/{token}", body, key="")

    def sweep(self) -> None:
        """Gifts' schedule comes round."""
        gifts.sweep(scheduled_event("sweep", clock.now()), None)

    def refunded(self, order_id: str) -> None:
        """Wait until the money has gone back and everybody has heard."""
        eventually(lambda: self.order(order_id)["refunded_fen"], PRICE_FEN)
        deliver(gifts, orders)


@pytest.fixture
def journey(tables: Callable[[str | Resources], Resources], market: Market, hands: Hands) -> Journey:
    """Both services, and WeChat."""
    tables("gifts")
    return Journey(market, hands)


def test_a_gift_that_nobody_cleared_goes_back_and_leaves_nothing_that_waits(
    journey: Journey, monkeypatch: pytest.MonkeyPatch
) -> None:
    """O19: gifts never heard of it, so its refund is no news there, and no letter of it is dead a while later."""
    rules = [{"since": "2026-01-01T00:00:00Z", "review": {"fen_per_order": 1}}]
    monkeypatch.setenv("ORDERS_RISK_RULES", json.dumps(rules))
    order_id = journey.give()
    assert journey.order(order_id)["under_review"] is True

    journey.hands.move(hours=24, minutes=1)
    sweep_orders(clock.now())
    deliver(gifts, orders)
    journey.refunded(order_id)

    assert journey.order(order_id)["status"] == "cancelled"
    assert STORE.list_due(WAITING, clock.now() + timedelta(days=1)) == []


def test_a_claim_to_where_the_shop_does_not_send_is_refused_and_the_gift_stays_open(journey: Journey) -> None:
    """G2, O13: where its product and its freight template say so; the freight is the giver's, wherever it goes."""
    market = journey.market
    market.freight(is_default=True, not_served=["西藏自治区"], rates=[{"regions": ["四川省"], **DEAR}])
    (journey.blue,) = market.offer(5, PRICE_FEN, no_delivery=["三沙市"])
    order_id = journey.give()
    assert journey.order(order_id)["paid_fen"] == PRICE_FEN + 800

    for province, city in (("西藏自治区", "拉萨市"), ("海南省", "三沙市")):
        refused = journey.claim_to(order_id, province=province, city=city)
        assert (refused.status, refused.slug) == (409, "region-not-served")
        assert journey.gift(order_id)["status"] == "claimable"

    assert journey.claim_to(order_id).status == 200
    deliver(gifts, orders)
    order = journey.order(order_id)
    assert (order["status"], order["freight_fen"], order["paid_fen"]) == ("to_ship", 800, PRICE_FEN + 800)


def test_a_gift_under_review_cannot_be_claimed_until_it_is_cleared(
    journey: Journey, hands: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    """O19, G3: there is no link before; its 24 hours are those after."""
    rules = '[{"since": "2026-01-01T00:00:00Z", "review": {"fen_per_order": 0}}]'
    monkeypatch.setenv("ORDERS_RISK_RULES", rules)
    order_id = journey.give()
    assert journey.gift(order_id)["type"].endswith("/not-found")

    hands.move(hours=20)
    path = f"/v1/shops/{journey.market.shop_id}/orders/{order_id}/clearance"
    assert journey.market.merchant.post(path, {}, key="").status == 200
    deliver(gifts, orders, duplicate=True)

    hands.move(hours=23)
    assert journey.gift(order_id)["status"] == "claimable"
    assert journey.claim(order_id) == 200
    deliver(gifts, orders)
    assert journey.order(order_id)["status"] == "to_ship"


def test_a_claimed_gift_is_to_be_sent(journey: Journey) -> None:
    """To the recipient's address, which the merchant sees and the giver does not (G3, G9)."""
    order_id = journey.give()
    assert journey.order(order_id)["status"] == "gift_pending_claim"
    assert journey.gift(order_id)["message"] == "生日快乐"

    assert journey.claim(order_id) == 200
    deliver(gifts, orders, duplicate=True)

    order = journey.order(order_id)
    assert (order["status"], order["address"]) == ("to_ship", None)
    assert journey.market.stock(journey.blue)["sold"] == 1
    to_send = journey.market.merchant.get(f"/v1/shops/{journey.market.shop_id}/orders/{order_id}").json
    assert (to_send["address"], to_send["refunded_fen"]) == (ADDRESS, 0)


def test_another_style_is_taken_and_the_old_one_given_back(journey: Journey) -> None:
    """As one act: never two styles held, never none (G3)."""
    order_id = journey.give()

    assert journey.claim(order_id, journey.red) == 202
    deliver(gifts, orders, duplicate=True)

    assert journey.gift(order_id)["sub_gifts"][0] | {"sub_gift_id": ""} == {
        "sub_gift_id": "",
        "status": "claimed",
        "sku_id": journey.red,
        "refund_id": None,
        "refunded_at": None,
    }
    order = journey.order(order_id)
    assert (order["status"], order["lines"][0]["sku_id"]) == ("to_ship", journey.red)
    assert [journey.market.stock(sku)["sold"] for sku in (journey.blue, journey.red)] == [0, 1]


def test_a_style_sold_out_leaves_all_as_it_was(journey: Journey) -> None:
    """The recipient is told and takes it as ordered (G3)."""
    order_id = journey.give()
    journey.market.adjust(journey.red, "set", 0)

    assert journey.claim(order_id, journey.red) == 202
    deliver(gifts, orders)

    assert journey.gift(order_id)["status"] == "claimable"
    assert [journey.market.stock(sku)["sold"] for sku in (journey.blue, journey.red)] == [1, 0]
    assert journey.claim(order_id) == 200


@pytest.mark.parametrize("end", ["declined", "expired"])
def test_what_nobody_takes_goes_back(journey: Journey, end: str) -> None:
    """The stock for sale again, the money in full to the giver, and the gift says so (G4, G5)."""
    order_id = journey.give()

    if end == "declined":
        token = journey.gift(order_id)["claim_token"]
        Client(gifts.app, token_for(journey.bo)).post(f"/v1/claims/{token}/decline", key="")
    else:
        journey.hands.move(hours=24)
        journey.sweep()
    deliver(gifts, orders, duplicate=True)
    journey.refunded(order_id)

    assert (journey.order(order_id)["status"], journey.gift(order_id)["status"]) == ("cancelled", "refunded")
    assert journey.market.stock(journey.blue) == {"on_hand": 5, "held": 0, "sold": 0, "received": 5}


def test_claim_and_expiry_at_once_leave_money_and_stock_in_agreement(journey: Journey, proxy: FaultsProxy) -> None:
    """Sent on with its stock sold, or refunded with its stock back: never both, never neither (G4)."""
    clocks = Clocks(journey.hands)
    clock.use(clocks)  # the fixture's end puts it right
    proxy.plan(Fault("latency", operations=["TransactWriteItems"], delay_s=(0, 0.012)))
    journey.market.adjust(journey.blue, "set", ROUNDS)
    kept = 0
    for seed in range(ROUNDS):
        order_id = journey.give()
        deadline = datetime.fromisoformat(journey.gift(order_id)["deadline_at"])

        claim = clocks.act(deadline - A_MOMENT, lambda order_id=order_id: journey.claim(order_id))  # type: ignore[misc]
        sweep = clocks.act(deadline, journey.sweep)
        if seed % 5 == 0:
            sweep()  # now and then time is clearly first, so that both endings are seen at any pace of the machine
        claimed = claim() if seed % 5 == 1 else at_once(claim, sweep)[0]
        sweep()  # the minute after, if the first was refused
        deliver(gifts, orders, shuffle=seed)

        if claimed == 200:
            kept += 1
            assert (journey.order(order_id)["status"], journey.order(order_id)["refunded_fen"]) == ("to_ship", 0)
        else:
            journey.refunded(order_id)
            assert (journey.order(order_id)["status"], journey.gift(order_id)["status"]) == ("cancelled", "refunded")
        assert journey.market.stock(journey.blue)["sold"] == kept
    assert 0 < kept < ROUNDS  # or there was no race
