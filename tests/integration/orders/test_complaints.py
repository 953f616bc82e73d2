"""Complaints (O15): answered in time or decided by others, with evidence, while the order's money is held."""

import hashlib
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
import requests

from services.orders import app as orders
from services.orders.sweep_orders import sweep_orders
from services.orders.tables import OrdersRow, find_order
from services.shared.contracts.complaints import ComplaintMoved, ComplaintOpened
from services.shared.plumbing import clock, ids
from tests.integration.http import Client, Reply, token_for
from tests.integration.orders.conftest import Hands
from tests.integration.orders.events import said, told_of
from tests.integration.orders.market import Market, person

WORDS = "收到的杯子与描述不符"


def bought(market: Market, price_fen: int = 1_000) -> tuple[Client, str]:
    """Somebody with a paid order."""
    (sku,) = market.offer(stock=5, price_fen=price_fen)
    buyer = person(ids.new_id("buyer"))
    order_id = market.place(buyer, sku)
    market.paid(buyer, order_id)
    return buyer, order_id


def complain(buyer: Client, order_id: str, **more: Any) -> Reply:
    """About this order."""
    body = {"reason": "not_as_promised", "text": WORDS} | more
    return buyer.post(f"/v1/orders/{order_id}/complaints", body)


def opened(market: Market) -> tuple[Client, str, str]:
    """Buyer, order and complaint."""
    buyer, order_id = bought(market)
    reply = complain(buyer, order_id)
    assert reply.status == 201, reply.text
    return buyer, order_id, str(reply.json["complaint_id"])


def answer(market: Market, complaint_id: str, text: str = "马上补发") -> Reply:
    """The shop's."""
    return market.merchant.post(f"/v1/shops/{market.shop_id}/complaints/{complaint_id}/statements", {"text": text})


def decide(market: Market, complaint_id: str, decision: str) -> Reply:
    """The platform's."""
    olga = Client(orders.app, token_for("person:olga", platform=True))
    path = f"/v1/shops/{market.shop_id}/complaints/{complaint_id}/decision"
    return olga.put(path, {"decision": decision, "why": "证据充分"})


def move(buyer: Client, complaint_id: str, what: str) -> Reply:
    """The buyer's."""
    return buyer.put(f"/v1/complaints/{complaint_id}/move", {"move": what})


def held(market: Market) -> tuple[int, int]:
    """Pending and frozen."""
    balance = market.balance()
    return balance["pending_fen"], balance["frozen_fen"]


def test_a_complaint_is_answered_and_accepted(market: Market) -> None:
    """O15: both see what was said; the money is held until it is over, and the shop is told."""
    buyer, _, complaint_id = opened(market)
    assert held(market) == (0, 994)
    assert len(said(complaint_id, ComplaintOpened)) == 1

    answered = answer(market, complaint_id)
    assert (answered.status, answered.json["status"]) == (201, "answered")
    assert [one["text"] for one in buyer.get(f"/v1/complaints/{complaint_id}").json["said"]] == [WORDS, "马上补发"]
    assert move(buyer, complaint_id, "accept").json["status"] == "resolved"
    assert move(buyer, complaint_id, "accept").status == 200

    assert held(market) == (994, 0)
    assert [one.status for one in said(complaint_id, ComplaintMoved)] == ["answered", "resolved"]
    listed = market.merchant.get(f"/v1/shops/{market.shop_id}/complaints").json["items"]
    assert [one["complaint_id"] for one in listed] == [complaint_id]


@pytest.mark.parametrize(("decision", "status"), [("uphold", "upheld"), ("dismiss", "dismissed")])
def test_the_platform_decides_what_is_taken_to_it(market: Market, decision: str, status: str) -> None:
    """O15: once, with a reason that both read; nobody decides what was not taken to it."""
    buyer, _, complaint_id = opened(market)
    assert decide(market, complaint_id, decision).slug == "illegal-transition"
    answer(market, complaint_id)
    assert move(buyer, complaint_id, "escalate").json["status"] == "escalated"

    decided = decide(market, complaint_id, decision)

    assert (decided.json["status"], decided.json["history"][-1]["why"]) == (status, "证据充分")
    assert decide(market, complaint_id, decision).status == 200
    assert decide(market, complaint_id, "dismiss" if decision == "uphold" else "uphold").status == 409
    assert held(market) == (994, 0)


def test_time_decides_for_who_is_silent(market: Market, hands: Hands) -> None:
    """O15: the shop's silence takes it to the platform, the platform's silence upholds it."""
    buyer, _, complaint_id = opened(market)

    hands.move(hours=48, minutes=1)
    assert buyer.get(f"/v1/complaints/{complaint_id}").json["overdue"] is True
    sweep_orders(clock.now())
    shown = buyer.get(f"/v1/complaints/{complaint_id}").json
    assert (shown["status"], shown["overdue"], shown["history"][-1]["party"]) == ("escalated", False, "system")
    hands.move(days=7, minutes=1)
    sweep_orders(clock.now())

    assert buyer.get(f"/v1/complaints/{complaint_id}").json["status"] == "upheld"
    assert held(market) == (994, 0)


def test_an_answer_that_nobody_minds_ends_it(market: Market, hands: Hands) -> None:
    """O15: after three days."""
    buyer, _, complaint_id = opened(market)
    answer(market, complaint_id)

    hands.move(days=3, minutes=1)
    sweep_orders(clock.now())

    assert buyer.get(f"/v1/complaints/{complaint_id}").json["status"] == "resolved"


def test_nothing_is_settled_while_it_goes_on(market: Market, hands: Hands) -> None:
    """O7, O15: settlement waits, and comes when it is over."""
    buyer, order_id, complaint_id = opened(market)
    market.ship(order_id)
    buyer.post(f"/v1/orders/{order_id}/receipt")
    answer(market, complaint_id)
    hands.move(hours=3)
    move(buyer, complaint_id, "escalate")

    hands.move(days=6, hours=20)
    sweep_orders(clock.now())
    hands.move(hours=2)
    order = find_order(order_id)
    assert order is not None
    assert order.due_at(timedelta()) is None
    assert decide(market, complaint_id, "dismiss").status == 200
    sweep_orders(clock.now())

    assert market.balance()["available_fen"] == 994
    assert held(market) == (0, 0)


def test_settled_money_is_held_too(market: Market, hands: Hands) -> None:
    """O7: what is not withdrawn yet comes back to where it was."""
    buyer, order_id = bought(market)
    market.ship(order_id)
    buyer.post(f"/v1/orders/{order_id}/receipt")
    hands.move(days=7, minutes=1)
    sweep_orders(clock.now())
    assert market.balance()["available_fen"] == 994

    complaint_id = complain(buyer, order_id).json["complaint_id"]
    assert market.balance() | {"available_fen": 0, "frozen_fen": 994} == market.balance()
    move(buyer, complaint_id, "withdraw")

    assert market.balance() | {"available_fen": 994, "frozen_fen": 0} == market.balance()


def test_money_is_held_until_the_last_dispute_is_over(market: Market, hands: Hands) -> None:
    """O6, O7: an after-sale that ends does not free what a complaint still holds."""
    buyer, order_id = bought(market)
    market.ship(order_id)
    buyer.post(f"/v1/orders/{order_id}/receipt")
    hands.move(days=7, minutes=1)
    sweep_orders(clock.now())
    body = {"kind": "return_refund", "reason": "quality", "lines": [{"line_no": 1, "quantity": 1}]}
    case = buyer.post(f"/v1/orders/{order_id}/aftersales", body).json["aftersale_id"]
    complaint_id = complain(buyer, order_id).json["complaint_id"]
    assert held(market) == (0, 994)

    assert buyer.post(f"/v1/aftersales/{case}/withdrawal").status == 200
    assert market.balance() | {"available_fen": 0, "frozen_fen": 994} == market.balance()
    move(buyer, complaint_id, "withdraw")

    assert market.balance() | {"available_fen": 994, "frozen_fen": 0} == market.balance()


def test_one_complaint_of_an_order_at_a_time(market: Market) -> None:
    """O15: another when it is over; none about what was never paid, or is somebody else's."""
    buyer, order_id, complaint_id = opened(market)

    assert complain(buyer, order_id).slug == "complaint-open"
    move(buyer, complaint_id, "withdraw")
    assert complain(buyer, order_id).status == 201
    assert len(buyer.get(f"/v1/orders/{order_id}/complaints").json["items"]) == 2
    assert complain(person("eve"), order_id).status == 404
    (sku,) = market.offer(stock=1)
    assert complain(buyer, market.place(buyer, sku)).slug == "illegal-transition"


def test_nobody_complains_of_one_order_without_end(market: Market) -> None:
    """O15: five times, whatever came of them: each holds the shop's money, and counts in its rates."""
    buyer, order_id = bought(market)
    for _ in range(5):
        complaint_id = complain(buyer, order_id).json["complaint_id"]
        assert move(buyer, complaint_id, "withdraw").status == 200

    refused = complain(buyer, order_id)

    assert (refused.status, refused.slug, refused.json["most"]) == (409, "too-many-complaints", 5)
    assert held(market) == (994, 0)


def test_nobody_else_sees_it_and_words_lie_sealed(market: Market) -> None:
    """X1, X3: not a stranger, not another shop; no words in rows and events."""
    _, order_id, complaint_id = opened(market)

    assert person("eve").get(f"/v1/complaints/{complaint_id}").status == 404
    assert person("eve").get(f"/v1/orders/{order_id}/complaints").status == 404
    assert market.merchant.get(f"/v1/shops/{market.shop_id}/complaints/cmp_other").status == 404
    (row,) = OrdersRow.query(f"CMP#{complaint_id}")
    assert row.doc is not None
    assert WORDS not in row.doc.encode().decode("unicode_escape") + row.doc + repr(told_of(complaint_id))


def test_who_received_a_gift_does_not_read_what_its_giver_complains_of(market: Market) -> None:
    """G9, O15: the order is both theirs, the giver's words are not the recipient's to read."""
    (sku,) = market.offer(stock=1)
    giver, rita = person(ids.new_id("gina")), person("rita")
    order_id = market.give(giver, sku)
    market.claim(order_id, sku)
    assert complain(giver, order_id).status == 201

    assert rita.get(f"/v1/orders/{order_id}").status == 200
    assert rita.get(f"/v1/orders/{order_id}/complaints").slug == "not-found"
    assert len(giver.get(f"/v1/orders/{order_id}/complaints").json["items"]) == 1


def test_evidence_is_handed_in_as_files(market: Market) -> None:
    """O15: announced, put, named; another's upload is none."""
    buyer, order_id = bought(market)
    body = b"\xff\xd8\xff picture"
    asked = {
        "purpose": "complaint_evidence", "content_type": "image/jpeg", "bytes": len(body),
        "sha256": hashlib.sha256(body).hexdigest(),
    }  # fmt: skip
    place = buyer.post("/v1/uploads", asked).json
    assert requests.put(place["url"], data=body, headers=place["headers"], timeout=30).status_code == 200

    shown = complain(buyer, order_id, upload_ids=[place["upload_id"]])

    assert shown.status == 201, shown.text
    (url,) = shown.json["said"][0]["urls"]
    assert requests.get(url, timeout=30).content == body
    path = f"/v1/shops/{market.shop_id}/complaints/{shown.json['complaint_id']}/statements"
    assert market.merchant.post(path, {"upload_ids": [place["upload_id"]]}).status == 404
    assert market.merchant.post(path, {}).status == 422


def test_rates_of_the_last_thirty_days(market: Market, hands: Hands, monkeypatch: pytest.MonkeyPatch) -> None:
    """O15: complaints and disputes by paid orders, and how content buyers are; older ones count no more."""
    monkeypatch.setenv("ORDERS_FOLD_AFTER_SECONDS", "0")
    path = f"/v1/shops/{market.shop_id}/complaint-rates"
    first, _, one = opened(market)
    second, _, two = opened(market)
    for _ in range(2):
        bought(market)
    assert first.put(f"/v1/complaints/{one}/rating", {"score": 2}).slug == "illegal-transition"
    move(first, one, "escalate")
    decide(market, one, "uphold")
    move(second, two, "withdraw")
    assert first.put(f"/v1/complaints/{one}/rating", {"score": 2}).status == 200
    assert first.put(f"/v1/complaints/{one}/rating", {"score": 2}).status == 200
    assert first.put(f"/v1/complaints/{one}/rating", {"score": 5}).status == 409
    second.put(f"/v1/complaints/{two}/rating", {"score": 5})
    hands.move(days=1, minutes=15)  # a day is closed ten minutes after it has ended
    sweep_orders(clock.now())

    rates = market.merchant.get(path).json

    assert rates == {
        "shop_id": market.shop_id, "paid_orders": 4, "complaints": 2, "disputed": 1, "complaint_rate": 0.5,
        "dispute_rate": 0.25, "rated": 2, "satisfaction": 3.5,
    }  # fmt: skip
    hands.move(days=31)
    assert market.merchant.get(path).json["complaint_rate"] is None


def test_the_shop_answers_in_time_or_not_at_all(market: Market, hands: Hands) -> None:
    """O15: what it says after 48 hours is heard by the platform, to which it has gone; no answer, sweep or not."""
    _, _, complaint_id = opened(market)
    hands.move(hours=48, seconds=1)

    late = answer(market, complaint_id, "抱歉,刚看到")

    assert (late.status, late.json["status"], late.json["overdue"]) == (201, "escalated", False)
    assert [(one["move"], one["party"]) for one in late.json["history"]] == [("open", "buyer"), ("escalate", "system")]
    assert [one["text"] for one in late.json["said"]] == [WORDS, "抱歉,刚看到"]
    assert [one.status for one in said(complaint_id, ComplaintMoved)] == ["escalated"]
    assert market.merchant.get(f"/v1/shops/{market.shop_id}/complaint-rates").json["disputed"] == 1
    assert decide(market, complaint_id, "dismiss").json["status"] == "dismissed"


def test_time_has_spoken_before_the_sweep_has(market: Market, hands: Hands) -> None:
    """O15: an answer that nobody minded has ended it, what the platform left open is upheld: that stands."""
    buyer, _, accepted = opened(market)
    other, _, forgotten = opened(market)
    answer(market, accepted)
    move(other, forgotten, "escalate")
    hands.move(days=3, seconds=1)

    assert move(buyer, accepted, "escalate").json["state"] == "resolved"
    assert buyer.put(f"/v1/complaints/{accepted}/rating", {"score": 3}).json["status"] == "resolved"
    hands.move(days=4)
    assert decide(market, forgotten, "dismiss").json["state"] == "upheld"
    assert move(other, forgotten, "withdraw").json["state"] == "upheld"
    sweep_orders(clock.now())

    assert other.get(f"/v1/complaints/{forgotten}").json["status"] == "upheld"
    assert held(market) == (2 * 994, 0)
    assert [one.status for one in said(accepted, ComplaintMoved)] == ["answered", "resolved"]


def test_what_time_did_is_told_with_what_somebody_does_then(market: Market, hands: Hands) -> None:
    """O15: a complaint that went to the platform by silence counts there, though its buyer takes it back at once."""
    buyer, _, complaint_id = opened(market)
    hands.move(hours=48, seconds=1)

    assert move(buyer, complaint_id, "withdraw").json["status"] == "withdrawn"

    assert [one.status for one in said(complaint_id, ComplaintMoved)] == ["escalated", "withdrawn"]
    assert market.merchant.get(f"/v1/shops/{market.shop_id}/complaint-rates").json["disputed"] == 1
    assert held(market) == (994, 0)


def test_neither_side_can_talk_the_other_down(market: Market) -> None:
    """O15: each has twenty statements; a buyer who says much does not take the shop's answer from it."""
    buyer, _, complaint_id = opened(market)
    for _ in range(19):
        assert buyer.post(f"/v1/complaints/{complaint_id}/statements", {"text": "还有"}).status == 201

    assert buyer.post(f"/v1/complaints/{complaint_id}/statements", {"text": "还有"}).slug == "too-much-said"
    assert answer(market, complaint_id).json["status"] == "answered"


def test_the_platform_finds_what_waits_for_its_word(market: Market, hands: Hands) -> None:
    """O6, O15: disputes and complaints of all shops, longest waiting first, until they are decided; nobody else's."""
    olga = Client(orders.app, token_for("person:olga", platform=True))
    first, order_id, silent = opened(market)
    second, _, taken = opened(market)
    answer(market, taken)
    market.ship(order_id)
    body = {"kind": "return_refund", "reason": "quality", "lines": [{"line_no": 1, "quantity": 1}]}
    case = first.post(f"/v1/orders/{order_id}/aftersales", body).json["aftersale_id"]
    in_shop = f"/v1/shops/{market.shop_id}/aftersales/{case}"
    market.merchant.post(f"{in_shop}/decision", {"decision": "reject", "reason": "used"})
    assert case not in waiting(olga, "/v1/disputes", "aftersale_id")

    move(second, taken, "escalate")
    first.post(f"/v1/aftersales/{case}/dispute")
    hands.move(hours=48, seconds=1)
    sweep_orders(clock.now())

    found = waiting(olga, "/v1/complaints", "complaint_id")
    assert [one for one in found if one in (silent, taken)] == [taken, silent]
    assert case in waiting(olga, "/v1/disputes", "aftersale_id")
    assert first.get("/v1/complaints").slug == first.get("/v1/disputes").slug == "forbidden"
    olga.post(f"/v1/aftersales/{case}/decision", {"decision": "for_shop"})
    decide(market, taken, "dismiss")
    move(first, silent, "withdraw")
    assert not {taken, silent} & set(waiting(olga, "/v1/complaints", "complaint_id"))
    assert case not in waiting(olga, "/v1/disputes", "aftersale_id")


def waiting(client: Client, path: str, name: str) -> list[str]:
    """All pages of it, two at a time."""
    page = client.get(f"{path}?limit=2").json
    found = [str(one[name]) for one in page["items"]]
    while page["next_cursor"]:
        page = client.get(f"{path}?limit=2&cursor={quote(page['next_cursor'])}").json
        found += [str(one[name]) for one in page["items"]]
    return found


def test_what_the_other_side_may_not_read_is_not_said(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    """O15: each side's words pass who judges texts, as those of after-sales do; nothing is written of those refused."""
    buyer, order_id, complaint_id = opened(market)
    monkeypatch.setenv("XIAODIAN_CONTENT_CHECK", "words:casino")

    assert answer(market, complaint_id, "to the casino").slug == "content-refused"
    said_more = buyer.post(f"/v1/complaints/{complaint_id}/statements", {"text": "casino"})
    assert said_more.slug == complain(buyer, order_id, text="casino").slug == "content-refused"

    shown = buyer.get(f"/v1/complaints/{complaint_id}").json
    assert (shown["status"], len(shown["said"])) == ("open", 1)
