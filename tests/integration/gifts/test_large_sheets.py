"""A gift for as many as there can be: WeChat takes fifty refunds of a payment, and there are enough for all (G6)."""

from typing import Any

import pytest

from services.gifts import app as gifts
from services.orders import app as orders
from services.orders.payments.payment import MAX_REFUNDS
from services.orders.sweep_orders import sweep_orders
from services.orders.tables import find_orders
from services.shared.contracts.orders import RefundSucceeded
from services.shared.plumbing import clock
from services.shared.plumbing.ids import new_id
from tests.integration.gifts.test_group_gifts import FEN, Party, party
from tests.integration.http import Client, Reply, token_for
from tests.integration.orders.conftest import hands, letterbox, market, mode, open_till, till
from tests.integration.orders.events import said
from tests.integration.orders.till import Letterbox, Till
from tests.integration.wire import deliver

__all__ = ["hands", "letterbox", "market", "mode", "open_till", "party", "till"]

MOST = 40


def send(party: Party) -> tuple[str, str]:
    """A gift for as many as there can be; its order and its link's token."""
    party.market.adjust(party.blue, "set", MOST)
    order_id = party.send(MOST)
    return order_id, str(party.gift(order_id)["claim_token"])


def want_back(order_id: str, person: str, **part: int) -> Reply:
    """The recipient wants money back for what is not sent yet: all of it, or a part."""
    lines = [{"line_no": 1, "quantity": 1} | part]
    body = {"kind": "refund", "reason": "quality", "lines": lines}
    return Client(orders.app, token_for(person)).post(f"/v1/orders/{order_id}/aftersales", body)


def arrive(party: Party, till: Till, order_id: str) -> list[Any]:
    """Every refund has its turn, and arrives; what WeChat has made."""
    payment_id = party.order(order_id)["payment_id"]
    for letter in till.refunded_letters(payment_id):
        letter.bring()
    return list(till.shown(payment_id)["refunds"])


def test_all_that_is_left_of_many_goes_back_in_one_refund_that_lists_them(
    party: Party, till: Till, letterbox: Letterbox
) -> None:
    """G6: one event, one refund, one transaction each; stock and money as if they had never been ordered."""
    order_id, token = send(party)
    taker = party.people[0]
    assert party.take(order_id, taker, token=token).status == 200
    party.end()
    [made] = arrive(party, till, order_id)

    left = [one["sub_gift_id"] for one in party.gift(order_id)["sub_gifts"] if one["status"] == "expired"]
    assert len(left) == MOST - 1
    assert made["amount"]["refund"] == (MOST - 1) * FEN
    [refunded] = said(order_id, RefundSucceeded)
    assert (sorted(refunded.sub_gift_ids), refunded.amount_fen) == (sorted(left), (MOST - 1) * FEN)
    deliver(gifts, orders)
    assert party.statuses(order_id) == ["claimed", *["refunded"] * (MOST - 1)]
    shown = [one["refund_id"] for one in party.gift(order_id)["sub_gifts"] if one["sub_gift_id"] in left]
    assert shown == [refunded.refund_id] * len(left)
    assert party.market.stock(party.blue)["sold"] == 1


def test_what_nobody_took_is_one_after_sale_that_lists_each_sub_gift(
    party: Party, till: Till, letterbox: Letterbox
) -> None:
    """G6: its giver and the shop find it as any other; nobody applies for such a thing, and a recipient sees none."""
    order_id, token = send(party)
    taker = party.people[0]
    party.take(order_id, taker, token=token)
    party.end()

    [case] = party.anna.get(f"/v1/orders/{order_id}/aftersales").json["items"]
    left = [one["sub_gift_id"] for one in party.gift(order_id)["sub_gifts"] if one["status"] == "expired"]
    assert (case["kind"], case["reason"], case["status"]) == ("refund", "gift_unclaimed", "refunding")
    assert sorted(case["sub_gift_ids"]) == sorted(left)
    assert (case["amount_fen"], case["lines"][0]["quantity"]) == ((MOST - 1) * FEN, MOST - 1)
    shops = party.market.merchant.get(f"/v1/shops/{party.market.shop_id}/aftersales").json["items"]
    assert [one["aftersale_id"] for one in shops] == [case["aftersale_id"]]
    arrive(party, till, order_id)
    done = party.anna.get(f"/v1/aftersales/{case['aftersale_id']}").json
    assert (done["status"], done["refund"]["status"], done["fast"]) == ("refunded", "succeeded", False)
    [own] = [one["order_id"] for one in party.to_ship()]
    rita = Client(orders.app, token_for(taker))
    assert rita.get(f"/v1/orders/{own}/aftersales").json["items"] == []
    assert rita.get(f"/v1/aftersales/{case['aftersale_id']}").slug == "not-found"
    body = {"kind": "refund", "reason": "gift_unclaimed", "lines": [{"line_no": 1, "quantity": 1}]}
    assert rita.post(f"/v1/orders/{own}/aftersales", body).slug == "validation"


def test_nobody_uses_up_the_refunds_of_others(party: Party) -> None:
    """G6: of a gift for so many each recipient has one, in part or in whole."""
    order_id, token = send(party)
    taker = party.people[0]
    party.take(order_id, taker, token=token)
    deliver(gifts, orders)
    [own] = [one["order_id"] for one in party.to_ship()]

    part, more = want_back(own, taker, amount_fen=57), want_back(own, taker, amount_fen=57)

    assert part.status == 201, part.text
    assert (more.status, more.slug, more.json["most"]) == (409, "too-many-applications", 1)


@pytest.mark.slow
def test_every_one_of_many_can_be_refunded(party: Party, till: Till, letterbox: Letterbox) -> None:
    """G6, G7: all but two claim and want their money back; none of the refunds waits for others, and all arrive."""
    order_id, token = send(party)
    takers = [new_id("person:p") for _ in range(MOST - 2)]
    for taker in takers:
        assert party.take(order_id, taker, token=token).status == 200
    deliver(gifts, orders)
    own = find_orders(f"{order_id}-{number}" for number in range(1, MOST + 1))
    assert sorted(str(one.recipient) for one in own) == sorted(takers)
    for one in own:
        assert want_back(one.order_id, str(one.recipient)).status == 201
    party.end()
    for _ in range(2 * MOST):  # refunds of one payment have their turns, a minute apart
        party.hands.move(minutes=1)
        sweep_orders(clock.now())
    made = arrive(party, till, order_id)

    deliver(gifts, orders)
    assert len(made) == MOST - 1 <= MAX_REFUNDS
    assert sorted(one["amount"]["refund"] for one in made) == [FEN] * (MOST - 2) + [2 * FEN]
    assert party.market.balance()["wechat_fen"] == 0
    assert party.market.stock(party.blue)["sold"] == 0
    assert party.statuses(order_id) == ["claimed"] * (MOST - 2) + ["refunded"] * 2
