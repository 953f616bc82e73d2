"""What moved here in the middle of something goes on to its end here: by its people, or by time alone (M2, O4, O6)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from infra.load import order_dumps
from services.orders import app as orders
from services.orders.sweep_orders import sweep_orders
from services.shared.contracts.migration import old_name
from services.shared.plumbing import clock
from services.shared.plumbing.ids import id_of
from services.shared.plumbing.resources import Resources
from tests.integration.http import Client, token_for
from tests.integration.orders import events
from tests.integration.orders.conftest import Hands
from tests.integration.orders.events import ADDRESS, tell
from tests.integration.orders.market import Market
from tests.integration.orders.migrations.old_shop import OldShop

DONE, TO_SHIP, PARTLY, SHIPPED = (order_dumps.STATUSES.index(code) for code in (100, 20, 21, 30))
RETURN, EXCHANGE = {"type": "RETURN"}, {"type": "EXCHANGE"}
# Where an after-sale stood there, and what comes of it when nobody ever acts.
SILENCE: dict[str, tuple[dict[str, str], str, str]] = {
    "asked for a return": (RETURN | {"status": "MERCHANT_PROCESSING"}, "requested", "awaiting_return"),
    "asked for money": ({"status": "MERCHANT_PROCESSING"}, "requested", "refunding"),
    "rejected": (RETURN | {"status": "MERCHANT_REJECT_RETURN"}, "rejected", "closed"),
    "disputed": (RETURN | {"status": "PLATFORM_PROCESSING"}, "disputed", "awaiting_return"),
    "to be sent back": (RETURN | {"status": "USER_WAIT_RETURN"}, "awaiting_return", "closed"),
    "on its way back": (RETURN | {"status": "MERCHANT_WAIT_RECEIPT"}, "returning", "refunding"),
    "exchange sent": (EXCHANGE | {"status": "USER_WAIT_RECEIPT"}, "resent", "completed"),
}


@pytest.fixture(autouse=True)
def _files(queues: Callable[[str | Resources], dict[str, str]]) -> None:
    """There is a bucket."""
    queues("orders")


class Moved:
    """Orders of these kinds, bought ten days ago, and an after-sale of each for which there is one."""

    def __init__(self, market: Market, numbers: list[int], cases: list[dict[str, str]]) -> None:
        self.market, self.old = market, OldShop(market)
        epoch = int((clock.now() - timedelta(days=10)).timestamp())
        records = [order_dumps.order(number, epoch=epoch - number * order_dumps.HOUR) for number in numbers]
        self.old.add(order_dumps.as_line(one) for one in records)
        lines = [
            order_dumps.as_line(order_dumps.aftersale(number, record, **changes))
            for number, record, changes in zip(numbers, records, cases, strict=False)
        ]
        if lines:
            self.old.add(lines, kind="aftersales")
        assert self.old.goes("move") == {"read": len(records) + len(lines), "moved": len(records) + len(lines)}
        self.orders = {number: self.old.order_id(order_dumps.FIRST_ORDER + number) for number in numbers}

    def case(self, number: int) -> str:
        """The id of an order's after-sale here."""
        name = self.market.shop_id, self.old.source, self.old.old_shop_id
        return id_of("afs", *old_name(*name, "aftersale", str(order_dumps.FIRST_AFTERSALE + number)))

    def buyer(self, number: int) -> Client:
        """Who bought it."""
        return self.old.buyer(f"oBuyer{number % 20:022}")

    def seen(self, number: int) -> dict[str, Any]:
        """The after-sale, as its buyer sees it."""
        reply = self.buyer(number).get(f"/v1/aftersales/{self.case(number)}")
        assert reply.status == 200, reply.text
        return dict(reply.json)

    def by_shop(self, number: int, act: str, **body: object) -> str:
        """What the shop does about it; how it stands then."""
        path = f"/v1/shops/{self.market.shop_id}/aftersales/{self.case(number)}/{act}"
        reply = self.market.merchant.post(path, body)
        assert reply.status == 200, reply.text
        return str(reply.json["status"])

    def by_buyer(self, number: int, act: str, **body: object) -> str:
        """The same of its buyer."""
        reply = self.buyer(number).post(f"/v1/aftersales/{self.case(number)}/{act}", body)
        assert reply.status == 200, reply.text
        return str(reply.json["status"])


def test_where_nobody_acts_time_does(market: Market, hands: Hands) -> None:
    """O6: every step that waited for somebody there has its deadline here, and the outcome that silence has here."""
    numbers = [DONE + 12 * place for place in range(len(SILENCE))]
    moved = Moved(market, numbers, [changes for changes, _, _ in SILENCE.values()])
    arrived = [moved.seen(number)["status"] for number in numbers]

    hands.move(days=12)
    sweep_orders(clock.now())

    ended = [moved.seen(number)["status"] for number in numbers]
    stages = list(SILENCE)
    assert dict(zip(stages, arrived, strict=True)) == {stage: SILENCE[stage][1] for stage in stages}
    assert dict(zip(stages, ended, strict=True)) == {stage: SILENCE[stage][2] for stage in stages}


def test_goods_come_back_and_the_old_shops_money_goes(market: Market) -> None:
    """O6: sent back, received, and refunded where the money lies."""
    moved = Moved(market, [DONE], [RETURN | {"status": "USER_WAIT_RETURN"}])

    assert moved.by_buyer(DONE, "return-shipment", carrier="SF", waybill="SF1") == "returning"
    assert moved.by_shop(DONE, "receipt", sellable=True) == "refunding"
    assert moved.by_shop(DONE, "refund-confirmation", reference="50300001") == "refunded"

    assert market.merchant_sees(moved.orders[DONE])["refunded_fen"] == moved.seen(DONE)["amount_fen"]
    assert set(market.balance().values()) == {0}


def test_an_exchange_goes_on_to_the_new_goods(market: Market) -> None:
    """O6: what was to come back is received, and what was promised for it there is sent, from the stock of there."""
    moved = Moved(market, [DONE], [EXCHANGE | {"status": "USER_WAIT_RETURN"}])
    line = market.merchant_sees(moved.orders[DONE])["lines"][0]
    style = events.style(1, 5, 1_990).model_copy(update={"sku_id": line["sku_id"]})
    offered = events.offered(market.shop_id, line["product_id"], [style])
    tell(offered, emitter="catalog", subject=line["product_id"])

    assert moved.by_buyer(DONE, "return-shipment", carrier="SF", waybill="SF1") == "returning"
    assert moved.by_shop(DONE, "receipt", sellable=True) == "to_resend"
    assert moved.by_shop(DONE, "shipment", carrier="SF", waybill="SF2") == "resent"
    assert moved.by_buyer(DONE, "receipt") == "completed"

    assert market.stock(line["sku_id"]) == {"on_hand": 6, "held": 0, "sold": 0, "received": 6}


def test_an_exchange_for_what_never_came_becomes_money(market: Market, hands: Hands) -> None:
    """O6: the shop learns that it has none of it here; where it stays silent the goods go back for their money."""
    moved = Moved(market, [DONE], [EXCHANGE | {"status": "MERCHANT_PROCESSING"}])
    path = f"/v1/shops/{market.shop_id}/aftersales/{moved.case(DONE)}/decision"

    assert market.merchant.post(path, {"decision": "agree", "return_address": ADDRESS}).slug == "out-of-stock"
    hands.move(days=3)
    sweep_orders(clock.now())

    seen = moved.seen(DONE)
    assert (seen["status"], seen["kind"], seen["new_goods"]) == ("awaiting_return", "return_refund", [])


def test_a_dispute_is_decided_here(market: Market) -> None:
    """O6: who was rejected there may ask the platform here, and its word holds."""
    moved = Moved(market, [DONE], [RETURN | {"status": "MERCHANT_REJECT_RETURN"}])
    platform = Client(orders.app, token_for("person:olga", platform=True))

    assert moved.by_buyer(DONE, "dispute") == "disputed"
    path = f"/v1/aftersales/{moved.case(DONE)}/decision"
    ruled = platform.post(path, {"decision": "for_buyer", "text": "yes"})

    assert (ruled.status, ruled.json["status"]) == (200, "awaiting_return")


def test_orders_in_progress_go_on_to_done(market: Market, hands: Hands) -> None:
    """O4: what was to be sent is sent here, and received in its time; nothing of it is settled, as its money is not
    here."""
    moved = Moved(market, [TO_SHIP, PARTLY, SHIPPED], [])
    arrived = [market.merchant_sees(one)["status"] for one in moved.orders.values()]
    for number in (TO_SHIP, PARTLY):
        assert market.ship(moved.orders[number]).json["status"] == "shipped"

    hands.move(days=9)
    sweep_orders(clock.now())
    assert [market.merchant_sees(one)["status"] for one in moved.orders.values()] == ["shipped", "shipped", "done"]
    hands.move(days=2)
    sweep_orders(clock.now())

    assert arrived == ["to_ship", "partly_shipped", "shipped"]
    assert [market.merchant_sees(one)["status"] for one in moved.orders.values()] == ["done"] * 3
    hands.move(days=30)
    sweep_orders(clock.now())
    assert set(market.balance().values()) == {0}
