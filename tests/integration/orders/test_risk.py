"""Risk (O19): who may pay, what waits to be looked at, and whoever is asked about it."""

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from infra.local.loopback import Answer, LoopbackServer, Request
from services.orders import app as orders
from services.orders.risk.risk import Ask, Opinion
from services.orders.sweep_orders import sweep_orders
from services.shared.contracts.orders import GiftCleared, OrderPaid, OrderRefused, RefundSucceeded
from services.shared.plumbing import clock, ids
from tests.integration.http import Client, Reply, token_for
from tests.integration.orders import events
from tests.integration.orders.conftest import Hands
from tests.integration.orders.crowd import at_once, patiently
from tests.integration.orders.market import Market, becomes, person, status_of
from tests.integration.orders.till import eventually

SINCE = "2026-01-01T00:00:00Z"


@pytest.fixture
def rules(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Set the platform's rules for this test."""

    def set_rules(**bounds: dict[str, int]) -> None:
        monkeypatch.setenv("ORDERS_RISK_RULES", json.dumps([{"since": SINCE} | bounds]))

    return set_rules


@pytest.fixture
def buyer() -> Client:
    """Somebody of whom nothing is known."""
    return person(ids.new_id("risk"))


def starts(buyer: Client, order_id: str, **how: Any) -> Reply:
    """The buyer wants to pay."""
    return buyer.post(f"/v1/orders/{order_id}/payment", {"method": "native"} | how)


def risk_of(market: Market, order_id: str) -> Any:
    """What the merchant sees of it."""
    reply = market.merchant.get(f"/v1/shops/{market.shop_id}/orders/{order_id}/risk")
    assert reply.status == 200, reply.text
    return reply.json


def clear(market: Market, order_id: str, by: Client | None = None, note: str = "") -> Reply:
    """The merchant, or somebody else, has looked at it."""
    path = f"/v1/shops/{market.shop_id}/orders/{order_id}/clearance"
    return (by or market.merchant).post(path, {"note": note}, key="")


# ------------------------------------------------------------------------------------------------------- the rules


def test_an_ordinary_order_is_allowed_and_that_is_on_record(market: Market, buyer: Client) -> None:
    """O19: each decision, with who decided; nothing of it is in the buyer's way."""
    (sku,) = market.offer(stock=5, price_fen=1_000)
    order_id = market.place(buyer, sku)
    assert risk_of(market, order_id)["judgements"] == []

    market.paid(buyer, order_id)

    risk = risk_of(market, order_id)
    assert risk["under_review"] is False
    assert [
        {name: one[name] for name in ("act", "verdict", "by", "amount_fen", "why")} for one in risk["judgements"]
    ] == [{"act": "pay", "verdict": "allow", "by": "built-in", "amount_fen": 1_000, "why": []}]
    assert market.ship(order_id).status == 201


def test_a_denied_order_cannot_be_paid_and_its_buyer_is_not_told_why(market: Market, buyer: Client, rules: Any) -> None:
    """O19: no payment is begun; pressing again adds nothing; once the rules let it, the same order is paid."""
    rules(deny={"fen_per_order": 999})
    (sku,) = market.offer(stock=5, price_fen=1_000)
    order_id = market.place(buyer, sku)

    for _ in range(2):
        refused = starts(buyer, order_id)
        assert (refused.status, refused.slug) == (403, "risk-denied")
        assert set(refused.json) == {"type", "title", "status", "detail", "instance"}
        assert "fen" not in refused.json["detail"]

    order = buyer.get(f"/v1/orders/{order_id}").json
    assert (order["status"], order["payment_id"]) == ("pending_payment", None)
    assert [(one["verdict"], one["why"]) for one in risk_of(market, order_id)["judgements"]] == [
        ("deny", ["fen_per_order"])
    ]
    rules(deny={"fen_per_order": 1_000})
    assert starts(buyer, order_id).status == 201


def test_a_buyers_pace_is_bounded_by_the_hour(market: Market, hands: Hands, buyer: Client, rules: Any) -> None:
    """O19: over all of the buyer's orders; another buyer, and the next hour, are free."""
    rules(deny={"orders_per_hour": 2})
    (sku,) = market.offer(stock=9)
    hands.move(minutes=61 - clock.now().minute)  # early in an hour
    order_ids = [market.place(buyer, sku) for _ in range(3)]

    assert [starts(buyer, one).status for one in order_ids] == [201, 201, 403]
    other = person(ids.new_id("other"))
    assert starts(other, market.place(other, sku)).status == 201

    hands.move(hours=1)
    assert starts(buyer, market.place(buyer, sku)).status == 201


def test_a_buyers_money_is_bounded_by_the_day(market: Market, hands: Hands, buyer: Client, rules: Any) -> None:
    """O19: the last 24 hours, whatever the calendar says."""
    rules(deny={"fen_per_day": 2_500})
    (sku,) = market.offer(stock=9, price_fen=1_000)

    assert [starts(buyer, market.place(buyer, sku)).status for _ in range(3)] == [201, 201, 403]
    hands.move(hours=22)
    assert starts(buyer, market.place(buyer, sku)).status == 403
    hands.move(hours=3)
    assert starts(buyer, market.place(buyer, sku)).status == 201


def test_of_two_orders_at_once_only_what_fits_is_let_through(market: Market, buyer: Client, rules: Any) -> None:
    """O19: no two are judged by the same past."""
    rules(deny={"orders_per_hour": 3})
    (sku,) = market.offer(stock=50)
    order_ids = [market.place(buyer, sku) for _ in range(6)]

    replies = at_once(6, lambda number: patiently(lambda: starts(buyer, order_ids[number])))

    assert sorted(reply.status for reply in replies) == [201] * 3 + [403] * 3


def test_another_way_to_pay_the_same_order_is_not_another_order(market: Market, buyer: Client, rules: Any) -> None:
    """O19: one decision and one count, however often and by whatever method it is started."""
    rules(deny={"orders_per_hour": 1})
    (sku,) = market.offer(stock=5)
    order_id = market.place(buyer, sku)

    assert [starts(buyer, order_id, method=method).status for method in ("native", "native", "h5")] == [201] * 3
    assert len(risk_of(market, order_id)["judgements"]) == 1


def test_what_is_free_is_judged_as_it_is_placed(market: Market, buyer: Client, rules: Any) -> None:
    """O19: it is never paid, so this is its only moment; denied, nothing of it is there."""
    rules(deny={"orders_per_hour": 1})
    (sku,) = market.offer(stock=5, price_fen=0)
    order_id = market.place(buyer, sku)
    assert status_of(buyer, order_id) == "to_ship"

    refused = buyer.post("/v1/orders", market.order(sku))

    assert (refused.status, refused.slug) == (403, "risk-denied")
    assert market.stock(sku) == {"on_hand": 4, "held": 0, "sold": 1, "received": 5}


# ------------------------------------------------------------------------------------------------------- a review


def test_an_order_under_review_is_paid_and_waits_to_be_cleared(market: Market, buyer: Client, rules: Any) -> None:
    """O19: buyer and shop see that it waits; it is sent once its merchant has looked at it."""
    rules(review={"fen_per_order": 999})
    (sku,) = market.offer(stock=5, price_fen=1_000)
    order_id = market.place(buyer, sku)
    market.paid(buyer, order_id)
    assert buyer.get(f"/v1/orders/{order_id}").json["under_review"] is True
    assert [paid.held_for_review for paid in events.said(order_id, OrderPaid)] == [True]

    refused = market.ship(order_id)
    assert (refused.status, refused.slug) == (409, "under-review")
    assert status_of(buyer, order_id) == "to_ship"

    cleared = [clear(market, order_id, note="老顾客") for _ in range(2)]
    assert [(reply.status, reply.json["under_review"]) for reply in cleared] == [(200, False)] * 2
    assert [(one["act"], one["verdict"], one["why"]) for one in risk_of(market, order_id)["judgements"]] == [
        ("pay", "review", ["fen_per_order"]),
        ("clear", "allow", ["老顾客"]),
    ]
    assert market.ship(order_id).status == 201


def test_who_may_clear(market: Market, buyer: Client, rules: Any) -> None:
    """O19, X1: the shop's operators and the platform; nobody else sees that there is anything."""
    rules(review={"fen_per_order": 0})
    (sku,) = market.offer(stock=5)
    order_id = market.place(buyer, sku)
    market.paid(buyer, order_id)

    assert clear(market, order_id, by=buyer).status == 404
    assert buyer.get(f"/v1/shops/{market.shop_id}/orders/{order_id}/risk").status == 404
    platform = Client(orders.app, token_for("person:ops", platform=True))
    assert clear(market, order_id, by=platform).status == 200
    assert risk_of(market, order_id)["judgements"][-1]["by"] == "person:ops"


def test_what_does_not_wait_is_not_cleared(market: Market, buyer: Client) -> None:
    """O19: an order that was never held, and one that is not there."""
    (sku,) = market.offer(stock=5)
    order_id = market.place(buyer, sku)

    assert clear(market, order_id).slug == "illegal-transition"
    assert clear(market, "ord_none").status == 404
    assert clear(market, order_id, note="x" * 201).slug == "validation"


def test_a_gift_under_review_is_offered_to_nobody_until_it_is_cleared(
    market: Market, buyer: Client, rules: Any
) -> None:
    """O19, G2: gifts hears of it then, and its time is counted from then."""
    rules(review={"fen_per_order": 0})
    (sku,) = market.offer(stock=5)
    order_id = market.give(buyer, sku, message="生日快乐")
    assert status_of(buyer, order_id) == "gift_pending_claim"
    (paid,) = events.said(order_id, OrderPaid)
    assert (paid.kind, paid.gift, paid.held_for_review) == ("gift", None, True)
    assert buyer.get(f"/v1/orders/{order_id}").json["gift_id"] is None

    before = clock.now()
    assert clear(market, order_id).status == 200

    (cleared,) = events.said(order_id, GiftCleared)
    assert cleared.gift is not None
    assert not cleared.held_for_review
    assert buyer.get(f"/v1/orders/{order_id}").json["gift_id"] is not None
    assert cleared.paid_at >= before
    assert risk_of(market, order_id)["judgements"][0]["act"] == "gift"


def test_a_gift_cleared_before_it_is_paid_is_an_ordinary_gift(market: Market, buyer: Client, rules: Any) -> None:
    """O19: told to gifts when it is paid, once."""
    rules(review={"fen_per_order": 0})
    (sku,) = market.offer(stock=5)
    order_id = str(buyer.post("/v1/orders", market.gift(sku)).json["order_id"])
    payment_id = market.pay(buyer, order_id, times=0)
    assert clear(market, order_id).status == 200

    market.till.paid_letter(payment_id).bring()

    (paid,) = events.said(order_id, OrderPaid)
    assert paid.gift is not None
    assert not paid.held_for_review
    assert events.said(order_id, GiftCleared) == []


@pytest.mark.parametrize("terms", [{}, {"mode": "group", "recipients": 3}])
def test_a_gift_that_nobody_clears_goes_back_after_a_day(
    market: Market, hands: Hands, buyer: Client, rules: Any, terms: dict[str, Any]
) -> None:
    """O19: stock and money, by the schedule; what it was refunded for is what it cost."""
    rules(review={"fen_per_order": 0})
    (sku,) = market.offer(stock=5, price_fen=1_000)
    quantity = terms.get("recipients", 1)
    body = market.gift(sku, **terms) | {"lines": [{"sku_id": sku, "quantity": quantity}]}
    order_id = str(buyer.post("/v1/orders", body).json["order_id"])
    market.paid(buyer, order_id)

    hands.move(hours=23, minutes=58)
    sweep_orders(clock.now())
    assert status_of(buyer, order_id) == "gift_pending_claim"
    hands.move(minutes=4)
    assert status_of(buyer, order_id) == "cancelled"  # on the minute, also if the schedule is late
    assert risk_of(market, order_id)["under_review"] is False
    seen = buyer.get(f"/v1/orders/{order_id}").json
    assert (seen["under_review"], seen["gift_id"]) == (False, None)
    assert clear(market, order_id).slug == "illegal-transition"
    sweep_orders(clock.now())

    becomes(buyer, order_id, "cancelled")
    market.settle_events()
    eventually(lambda: buyer.get(f"/v1/orders/{order_id}").json["refunded_fen"], quantity * 1_000)
    assert market.stock(sku) == {"on_hand": 5, "held": 0, "sold": 0, "received": 5}
    assert clear(market, order_id).slug == "illegal-transition"


# ------------------------------------------------------------------------------------------------------ a refusal


def refuse(market: Market, order_id: str, by: Client | None = None, note: str = "") -> Reply:
    """The merchant, or somebody else, does not let it go on."""
    path = f"/v1/shops/{market.shop_id}/orders/{order_id}/refusal"
    return (by or market.merchant).post(path, {"note": note}, key="")


def test_a_refused_purchase_ends_and_all_that_was_paid_goes_back(market: Market, buyer: Client, rules: Any) -> None:
    """O19: stock is for sale again, the buyer may have as many again, the fee goes back; said twice it is one."""
    rules(review={"fen_per_order": 0})
    (sku,) = market.offer(stock=5, price_fen=1_000, max_per_buyer=2)
    order_id = market.place(buyer, sku, 2)
    market.paid(buyer, order_id)

    refused = [refuse(market, order_id, note="盗刷") for _ in range(2)]

    assert [(reply.status, reply.json["status"], reply.json["under_review"]) for reply in refused] == [
        (200, "cancelled", False)
    ] * 2
    market.settle_events()
    eventually(lambda: buyer.get(f"/v1/orders/{order_id}").json["refunded_fen"], 2_000)
    assert market.stock(sku) == {"on_hand": 5, "held": 0, "sold": 0, "received": 5}
    assert sum(line["quantity"] for line in market.flow(sku)) == 5
    assert set(market.balance().values()) == {0}
    (told,) = events.said(order_id, OrderRefused)
    assert (told.paid, told.paid_fen) == (True, 2_000)
    (back,) = events.said(order_id, RefundSucceeded)
    assert (back.amount_fen, back.refused) == (2_000, True)
    assert market.place(buyer, sku, 2)


def test_a_refusal_is_on_record_and_its_buyer_is_not_told_why(market: Market, buyer: Client, rules: Any) -> None:
    """O19, O20: who, when and why for the shop; for the buyer that the merchant did it. Nothing goes on from there."""
    rules(review={"fen_per_order": 0})
    (sku,) = market.offer(stock=5)
    order_id = market.place(buyer, sku)
    market.paid(buyer, order_id)

    assert refuse(market, order_id, note="盗刷").status == 200

    assert [(one["act"], one["verdict"], one["why"]) for one in risk_of(market, order_id)["judgements"]] == [
        ("pay", "review", ["fen_per_order"]),
        ("clear", "deny", ["盗刷"]),
    ]
    seen = buyer.get(f"/v1/orders/{order_id}")
    last = seen.json["history"][-1]
    assert (last["to"], last["by"], last["why"]) == ("cancelled", "merchant", "refused")
    assert "盗刷" not in seen.text
    for answer in (clear(market, order_id), market.ship(order_id)):
        assert (answer.status, answer.slug) == (409, "illegal-transition")


@pytest.mark.parametrize("terms", [{}, {"mode": "group", "recipients": 3}])
def test_a_refused_gift_was_never_offered_to_anybody(
    market: Market, buyer: Client, rules: Any, terms: dict[str, Any]
) -> None:
    """O19, G2: gifts has heard of none; all of it goes back to the giver at once."""
    rules(review={"fen_per_order": 0})
    (sku,) = market.offer(stock=5, price_fen=1_000)
    quantity = terms.get("recipients", 1)
    body = market.gift(sku, **terms) | {"lines": [{"sku_id": sku, "quantity": quantity}]}
    order_id = str(buyer.post("/v1/orders", body).json["order_id"])
    market.paid(buyer, order_id)

    assert refuse(market, order_id).status == 200
    market.settle_events()

    eventually(lambda: buyer.get(f"/v1/orders/{order_id}").json["refunded_fen"], quantity * 1_000)
    assert buyer.get(f"/v1/orders/{order_id}").json["gift_id"] is None
    assert market.stock(sku) == {"on_hand": 5, "held": 0, "sold": 0, "received": 5}
    assert events.said(order_id, GiftCleared) == []


def test_an_unpaid_order_is_refused_and_cannot_be_paid_any_more(market: Market, buyer: Client, rules: Any) -> None:
    """O19, O3: its payment is closed at WeChat; who pays it all the same gets it back in full."""
    rules(review={"fen_per_order": 0})
    (sku,) = market.offer(stock=5, price_fen=1_000)
    order_id = market.place(buyer, sku)
    payment_id = market.start_paying(buyer, order_id)

    assert refuse(market, order_id).json["status"] == "cancelled"

    assert market.stock(sku) == {"on_hand": 5, "held": 0, "sold": 0, "received": 5}
    (told,) = events.said(order_id, OrderRefused)
    assert (told.paid, told.paid_fen) == (False, 0)
    assert starts(buyer, order_id).slug == "illegal-transition"
    market.till.phone(payment_id, after_close=True, times=0)
    assert market.till.paid_letter(payment_id, trade_state="SUCCESS").bring().status == 200
    market.settle_events()
    eventually(lambda: buyer.get(f"/v1/orders/{order_id}").json["refunded_fen"], 1_000)
    assert sum(line["quantity"] for line in market.flow(sku)) == 5


def test_what_was_paid_while_it_was_refused_goes_back_as_well(market: Market, buyer: Client, rules: Any) -> None:
    """O19, O3: WeChat is asked first, and its word counts as its letter: it is refused as the paid order that it is."""
    rules(review={"fen_per_order": 0})
    (sku,) = market.offer(stock=5, price_fen=1_000)
    order_id = market.place(buyer, sku)
    payment_id = market.pay(buyer, order_id, times=0)

    assert refuse(market, order_id).json["status"] == "cancelled"
    assert market.till.paid_letter(payment_id).bring().status == 200
    market.settle_events()

    (told,) = events.said(order_id, OrderRefused)
    assert (told.paid, told.paid_fen) == (True, 1_000)
    eventually(lambda: buyer.get(f"/v1/orders/{order_id}").json["refunded_fen"], 1_000)
    assert market.stock(sku) == {"on_hand": 5, "held": 0, "sold": 0, "received": 5}


def test_only_what_is_held_can_be_refused_and_only_by_who_may_clear(market: Market, buyer: Client, rules: Any) -> None:
    """O19, X1: not an ordinary order, none that was cleared, and not by its buyer; the platform may."""
    (sku,) = market.offer(stock=5)
    plain = market.place(buyer, sku)
    market.paid(buyer, plain)
    assert refuse(market, plain).slug == "illegal-transition"
    rules(review={"fen_per_order": 0})
    cleared, held = market.place(buyer, sku), market.place(buyer, sku)
    for order_id in (cleared, held):
        market.paid(buyer, order_id)
    assert clear(market, cleared).status == 200

    assert refuse(market, cleared).slug == "illegal-transition"
    assert refuse(market, held, by=buyer).status == 404
    assert refuse(market, "ord_none").status == 404
    assert refuse(market, held, note="x" * 201).slug == "validation"
    assert status_of(buyer, held) == "to_ship"
    platform = Client(orders.app, token_for("person:ops", platform=True))
    assert refuse(market, held, by=platform).json["status"] == "cancelled"


# -------------------------------------------------------------------------------------------------- another judge


def denies_buyers_of_two(ask: Ask) -> Opinion:
    """A judge of somebody's own."""
    return Opinion("deny" if ask.pieces == 2 else "allow", ("two",))


def breaks_down(ask: Ask) -> Opinion:
    """A judge that has a fault."""
    raise RuntimeError(ask.order_id)


def says_nonsense(ask: Ask) -> Opinion:
    """A judge that answers by no verdict."""
    return Opinion("maybe")  # type: ignore[arg-type]


def test_a_function_may_judge(market: Market, buyer: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """O19: named by a setting; its reasons are on record, and its name."""
    judge = f"{__name__}:denies_buyers_of_two"
    monkeypatch.setenv("ORDERS_RISK_JUDGE", judge)
    (sku,) = market.offer(stock=9)
    one, two = market.place(buyer, sku, 1), market.place(buyer, sku, 2)

    assert [starts(buyer, order_id).status for order_id in (one, two)] == [201, 403]
    assert [(each["verdict"], each["by"]) for each in risk_of(market, two)["judgements"]] == [("deny", judge)]


@pytest.mark.parametrize("judge", ["breaks_down", "says_nonsense", "is_not_there"])
@pytest.mark.parametrize(
    ("when_silent", "status", "held"), [(None, 201, True), ("allow", 201, False), ("deny", 403, None)]
)
def test_a_judge_that_fails_counts_as_the_setting_says(
    market: Market,
    buyer: Client,
    monkeypatch: pytest.MonkeyPatch,
    judge: str,
    when_silent: str | None,
    status: int,
    held: bool | None,
) -> None:
    """O19: by default it can be paid and is looked at before it is sent."""
    monkeypatch.setenv("ORDERS_RISK_JUDGE", f"{__name__}:{judge}")
    if when_silent:
        monkeypatch.setenv("ORDERS_RISK_WHEN_SILENT", when_silent)
    (sku,) = market.offer(stock=9)
    order_id = market.place(buyer, sku)

    assert starts(buyer, order_id).status == status
    risk = risk_of(market, order_id)
    assert risk["judgements"][0]["why"] == ["judge_silent"]
    assert held in (None, risk["under_review"])


class Judge:
    """A service elsewhere that is asked over HTTP."""

    def __init__(self) -> None:
        self.asked: list[Any] = []
        self.answer = json.dumps({"verdict": "review", "why": ["new buyer"]}).encode()
        self.status, self.delay_s = 200, 0.0

    def __call__(self, request: Request) -> Answer:
        self.asked.append(json.loads(request.body))
        time.sleep(self.delay_s)
        return Answer(self.status, self.answer)


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> Iterator[Judge]:
    """Orders asks it."""
    judge = Judge()
    with LoopbackServer(judge) as server:
        monkeypatch.setenv("ORDERS_RISK_JUDGE", server.url)
        monkeypatch.setenv("ORDERS_RISK_TIMEOUT_S", "30")  # it has its say, however busy this machine is
        yield judge


def test_a_service_elsewhere_may_judge(market: Market, buyer: Client, elsewhere: Judge) -> None:
    """O19: it is told ids, amounts and the buyer's pace, and nothing of the address; its URL stays with us."""
    (sku,) = market.offer(stock=9, price_fen=700)
    order_id = market.place(buyer, sku, 2)

    assert starts(buyer, order_id).status == 201

    (asked,) = elsewhere.asked
    assert {name: asked[name] for name in ("act", "order_id", "amount_fen", "pieces", "fen_this_day")} == {
        "act": "pay",
        "order_id": order_id,
        "amount_fen": 1_400,
        "pieces": 2,
        "fen_this_day": 0,
    }
    assert events.ADDRESS["name"] not in str(asked)
    (judgement,) = risk_of(market, order_id)["judgements"]
    assert (judgement["verdict"], judgement["by"], judgement["why"]) == ("review", "url", ["new buyer"])


@pytest.mark.parametrize(
    "fault",
    [
        {"delay_s": 0.4},
        {"status": 500},
        {"answer": b"yes"},
        {"answer": b'{"verdict": "perhaps"}'},
        {"answer": b'{"verdict": "allow", "why": "' + b"x" * 20_000 + b'"}'},
        {"answer": b"[]"},
    ],
    ids=["late", "fails", "no json", "no verdict", "too much", "no object"],
)
def test_a_service_that_fails_or_is_late_holds_the_order_for_review(
    market: Market, buyer: Client, elsewhere: Judge, monkeypatch: pytest.MonkeyPatch, fault: dict[str, Any]
) -> None:
    """O19: nobody waits longer than the setting says."""
    monkeypatch.setenv("ORDERS_RISK_TIMEOUT_S", "0.1")
    vars(elsewhere).update(fault)
    (sku,) = market.offer(stock=9)
    order_id = market.place(buyer, sku)

    assert starts(buyer, order_id).status == 201
    risk = risk_of(market, order_id)
    assert (risk["under_review"], risk["judgements"][0]["why"]) == (True, ["judge_silent"])
