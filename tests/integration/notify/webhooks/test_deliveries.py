"""What becomes of a push (N3)."""

import json
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from services.notify import app as notify
from services.notify.webhooks import run_due_line, tables
from services.notify.webhooks.delivery import KEPT
from services.notify.webhooks.endpoint import Endpoint
from services.shared.contracts.notify import WebhookPaused
from services.shared.plumbing import clock
from tests.integration.notify.conftest import event, hear, paid
from tests.integration.notify.webhooks.conftest import Hands, Merchant, follow, low, sweep
from tests.integration.notify.webhooks.receiver import (
    AES_KEY,
    OTHER_AES_KEY,
    OTHER_TOKEN,
    TOKEN,
    Receiver,
    answering,
    flapping,
    slowly,
    success,
)
from tests.integration.wire import deliver, discard

WAITS_S = [0, 0, 10, 60, 300, 1800, 3600, 3600, 3600]


def test_what_concerns_the_shop_is_pushed_once(merchant: Merchant, receiver: Receiver) -> None:
    """Brought twice by the queue, it is one delivery and one push."""
    webhook = merchant.registered(receiver, mode="plain")
    letter = low(merchant)

    hear(letter)
    hear(letter)
    follow(merchant, webhook, webhook)
    follow(merchant, webhook)

    [delivery] = merchant.deliveries(webhook)
    assert merchant.client.get(f"{merchant.path}/{webhook}/deliveries/{delivery['delivery_id']}").json == delivery
    assert receiver.delivery_ids == [delivery["delivery_id"]]
    assert (delivery["status"], delivery["tries"], delivery["event_id"]) == ("delivered", 1, letter.id)
    assert delivery["told"]["title"] == "茶杯"
    [attempt] = delivery["attempts"]
    assert (attempt["status"], attempt["trouble"], attempt["answer"]) == (200, "", "success")


def test_ten_tries_over_three_hours_and_then_it_is_given_up(
    merchant: Merchant, receiver: Receiver, hands: Hands
) -> None:
    """At the times that WeChat keeps, each with what came of it; the same id is in every header."""
    hands.stop()
    webhook = merchant.registered(receiver)
    receiver.on_push = answering("not now", 503)
    hear(low(merchant))

    for wait_s in WAITS_S:
        sweep()
        hands.moved += timedelta(seconds=wait_s)
    sweep()

    [delivery] = merchant.deliveries(webhook)
    assert (delivery["status"], delivery["tries"], delivery["next_at"]) == ("dead", 10, None)
    assert {(one["status"], one["trouble"], one["answer"]) for one in delivery["attempts"]} == {
        (503, "status", "not now")
    }
    gaps = [later - earlier for earlier, later in pairwise(_times(delivery["attempts"]))]
    assert [gap.total_seconds() for gap in gaps] == WAITS_S
    assert set(receiver.delivery_ids) == {delivery["delivery_id"]}
    assert [one.headers["x-xiaodian-attempt"] for one in receiver.pushed] == [str(n) for n in range(1, 11)]


def test_before_it_is_due_nothing_is_tried(merchant: Merchant, receiver: Receiver, hands: Hands) -> None:
    """Three at once, and the fourth ten seconds later."""
    hands.stop()
    webhook = merchant.registered(receiver)
    receiver.on_push = answering("no", 500)
    hear(low(merchant))

    follow(merchant, webhook)
    follow(merchant, webhook)
    sweep()
    assert len(receiver.pushed) == 3

    hands.moved += timedelta(seconds=10)
    follow(merchant, webhook)
    assert len(receiver.pushed) == 4


@pytest.mark.parametrize("answer", ["success", "", " success\n"])
def test_an_answer_that_takes_it(merchant: Merchant, receiver: Receiver, answer: str) -> None:
    """The word, or nothing at all, as WeChat has it."""
    webhook = merchant.registered(receiver)
    receiver.on_push = answering(answer)
    hear(low(merchant))

    follow(merchant, webhook)

    assert merchant.deliveries(webhook)[0]["status"] == "delivered"


def test_an_answer_that_does_not_take_it(merchant: Merchant, receiver: Receiver) -> None:
    """200 alone is no promise: it may be anybody's page."""
    webhook = merchant.registered(receiver)
    receiver.on_push = answering("<html>Welcome</html>")
    hear(low(merchant))

    follow(merchant, webhook)

    [delivery] = merchant.deliveries(webhook)
    assert (delivery["status"], delivery["tries"], delivery["attempts"][0]["trouble"]) == ("pending", 3, "answer")


def test_an_endpoint_that_took_nothing_is_paused_and_the_shop_told(
    merchant: Merchant, receiver: Receiver, hands: Hands
) -> None:
    """With the delivery that is given up; what happens meanwhile waits, and goes out when it is resumed."""
    discard(notify)
    webhook = merchant.registered(receiver)
    receiver.on_push = answering("no", 500)
    hear(low(merchant))
    for wait_s in WAITS_S:
        sweep()
        hands.moved += timedelta(seconds=wait_s)
    sweep()

    [told] = deliver(notify, only={WebhookPaused.NAME})
    hear(low(merchant))
    pushes = len(receiver.pushed)
    sweep()

    assert (merchant.webhook(webhook)["status"], merchant.webhook(webhook)["paused_why"]) == ("paused", "failing")
    assert told.data["host"] == "127.0.0.1"
    messages = merchant.client.get(f"/v1/messages?as_shop={merchant.shop}").json["items"]
    assert [one["event"] for one in messages].count(WebhookPaused.NAME) == 1
    assert len(receiver.pushed) == pushes

    receiver.on_push = success
    assert merchant.client.patch(f"{merchant.path}/{webhook}", {"status": "active"}).status == 200
    sweep()
    assert sorted(one["status"] for one in merchant.deliveries(webhook)) == ["dead", "delivered", "delivered"]


def test_one_that_takes_something_is_not_paused(merchant: Merchant, receiver: Receiver, hands: Hands) -> None:
    """Though one delivery is given up."""
    webhook = merchant.registered(receiver, mode="plain")
    receiver.on_push = lambda hand, asked: hand.say("success", 500 if "stock" in asked.body else 200)
    hear(low(merchant))
    for number, wait_s in enumerate(WAITS_S):
        hear(*([event(paid("person:b", merchant.shop))] if number == 5 else []))
        sweep()
        hands.moved += timedelta(seconds=wait_s)
    sweep()

    assert sorted(one["status"] for one in merchant.deliveries(webhook)) == ["dead", "delivered"]
    assert merchant.webhook(webhook)["status"] == "active"


def test_what_was_given_up_is_redelivered_by_hand(merchant: Merchant, receiver: Receiver) -> None:
    """Once under one key, with its old id and its old attempts."""
    webhook = merchant.registered(receiver)
    delivery = _given_up(merchant, receiver, webhook)
    path = f"{merchant.path}/{webhook}/deliveries/{delivery}/redelivery"

    replies = [merchant.client.post(path, key="key") for _ in range(2)]
    follow(merchant, webhook)
    follow(merchant, webhook)

    assert [(one.status, one.json["status"], one.json["tries"]) for one in replies] == [(200, "pending", 0)] * 2
    [found] = merchant.deliveries(webhook)
    assert (found["status"], found["tries"], len(found["attempts"])) == ("delivered", 1, 2)
    assert receiver.delivery_ids == [delivery, delivery]


def test_what_was_given_up_is_redelivered_in_bulk(
    merchant: Merchant, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A part at a time, until there is no more; what was taken is left alone."""
    monkeypatch.setattr("services.notify.webhooks.redrive_dead.AT_ONCE", 2)
    webhook = merchant.registered(receiver)
    dead = [_given_up(merchant, receiver, webhook) for _ in range(3)]
    hear(low(merchant))
    follow(merchant, webhook)

    parts = [merchant.client.post(f"{merchant.path}/{webhook}/redelivery", key="").json for _ in range(3)]
    follow(merchant, webhook)

    assert [(one["redelivered"], one["more"]) for one in parts] == [(2, True), (1, False), (0, False)]
    assert {one["status"] for one in merchant.deliveries(webhook)} == {"delivered"}
    assert sorted(receiver.delivery_ids[4:]) == sorted(dead)


def test_what_is_kept_no_longer_is_in_no_redeliverys_way(
    merchant: Merchant, receiver: Receiver, hands: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    """TTL deletes late: what expired before is passed over, and what is kept is delivered again."""
    monkeypatch.setattr("services.notify.webhooks.redrive_dead.AT_ONCE", 1)
    webhook = merchant.registered(receiver)
    receiver.on_push = answering("no", 500)
    tests = f"{merchant.path}/{webhook}/test"
    for _ in range(2):
        assert merchant.client.post(tests).json["status"] == "dead"
    hands.moved += KEPT - timedelta(days=1)
    kept = merchant.client.post(tests).json["delivery_id"]
    hands.moved += timedelta(days=2)

    again = merchant.client.post(f"{merchant.path}/{webhook}/redelivery", key="").json

    assert again == {"redelivered": 1, "more": False}
    assert [(one["delivery_id"], one["status"]) for one in merchant.deliveries(webhook)] == [(kept, "pending")]


def test_a_flapping_endpoint_gets_each_delivery_at_once(merchant: Merchant, receiver: Receiver) -> None:
    """By the second try of no seconds."""
    webhook = merchant.registered(receiver)
    receiver.on_push = flapping(2)
    hear(*(low(merchant, left) for left in range(6)))

    follow(merchant, webhook)

    assert [(one["status"], one["tries"]) for one in merchant.deliveries(webhook)] == [("delivered", 2)] * 6
    assert len(receiver.pushed) == 12


def test_a_slow_endpoint_is_left_to_the_sweep(
    merchant: Merchant, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its first slow answer ends a visit, and hints no longer lead to it; the sweep brings the rest."""
    monkeypatch.setattr(run_due_line, "SLOW_MS", 20)
    monkeypatch.setattr(run_due_line, "AT_ONCE", 1)
    webhook = merchant.registered(receiver)
    receiver.on_push = slowly(0.05)
    hear(*(low(merchant, left) for left in range(3)))

    follow(merchant, webhook)
    follow(merchant, webhook)
    assert len(receiver.pushed) == 1

    sweep()
    assert [one["status"] for one in merchant.deliveries(webhook)] == ["delivered"] * 3


def test_a_line_that_somebody_holds_is_left_to_him(merchant: Merchant, receiver: Receiver, hands: Hands) -> None:
    """He looks again before he leaves; a holder who died is forgotten after a while."""
    webhook = merchant.registered(receiver)
    line = tables.take_line(merchant.shop, webhook, "lse_other", clock.now())
    assert line is not None
    hear(low(merchant))

    follow(merchant, webhook)
    sweep()
    assert receiver.pushed == []
    assert not tables.leave_line(line, None, dozing=False)  # somebody has knocked

    hands.moved += tables.LEASE + timedelta(seconds=1)
    sweep()
    assert len(receiver.pushed) == 1


def test_an_endpoint_that_is_resumed_while_somebody_looks_is_looked_at_again(
    merchant: Merchant, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    visit   takes the line, reads "paused" ─────────▶ somebody has knocked: looks again
    patch                                    active
    """
    webhook = merchant.registered(receiver)
    merchant.client.patch(f"{merchant.path}/{webhook}", {"status": "paused"})
    hear(low(merchant))
    look = tables.find_endpoint

    def looked(shop_id: str, webhook_id: str) -> Endpoint | None:
        found = look(shop_id, webhook_id)
        monkeypatch.setattr(tables, "find_endpoint", look)
        assert merchant.client.patch(f"{merchant.path}/{webhook}", {"status": "active"}).status == 200
        return found

    monkeypatch.setattr(tables, "find_endpoint", looked)
    follow(merchant, webhook)

    assert [one["status"] for one in merchant.deliveries(webhook)] == ["delivered"]


def test_a_line_without_work_goes_to_sleep(merchant: Merchant, receiver: Receiver, hands: Hands) -> None:
    """In two steps; and the next event wakes it."""
    webhook = merchant.registered(receiver)
    hear(low(merchant))
    for _ in range(4):
        sweep()
        hands.moved += timedelta(seconds=61)

    [listener] = tables.listeners_of(merchant.shop)
    assert listener.line.due_at is None

    hear(low(merchant))
    sweep()
    assert len(merchant.deliveries(webhook)) == 2
    assert len(receiver.pushed) == 2


def test_an_endpoint_hears_what_it_chose(merchant: Merchant, receiver: Receiver) -> None:
    """And nothing from before it was there."""
    letter = low(merchant)
    webhook = merchant.registered(receiver, events=["orders.order_paid"])
    hear(letter, low(merchant), event(paid("person:b", merchant.shop)))

    assert [one["event"] for one in merchant.deliveries(webhook)] == ["orders.order_paid"]


def test_new_keys_overlap_with_those_before(merchant: Merchant, receiver: Receiver, hands: Hands) -> None:
    """A receiver that has only the old ones, or only the new ones, loses nothing; then only the new ones are used."""
    webhook = merchant.registered(receiver)
    changed = merchant.client.patch(f"{merchant.path}/{webhook}", {"token": OTHER_TOKEN, "overlap_hours": 1})
    receiver.on_push = flapping(2)
    hear(low(merchant))
    follow(merchant, webhook)
    hands.moved += timedelta(hours=2)
    hear(low(merchant))
    follow(merchant, webhook)

    assert changed.json["previous_keys_until"] is not None
    after, during = merchant.deliveries(webhook)
    assert [one["keys"] for one in during["attempts"]] == ["current", "previous"]
    assert [one["keys"] for one in after["attempts"]] == ["current", "current"]


def test_the_same_keys_again_are_no_new_ones(merchant: Merchant, receiver: Receiver) -> None:
    """A change that is sent again, its answer lost, leaves those before in the overlap; with none they are through."""
    webhook = merchant.registered(receiver)
    new = {"token": OTHER_TOKEN, "encoding_aes_key": OTHER_AES_KEY}
    first, again = (merchant.client.patch(f"{merchant.path}/{webhook}", new).json for _ in range(2))
    during = tables.find_endpoint(merchant.shop, webhook)
    ended = merchant.client.patch(f"{merchant.path}/{webhook}", new | {"overlap_hours": 0}).json

    assert again == first
    assert during is not None
    assert during.previous is not None
    assert tables.unseal(merchant.shop, during.previous.token) == TOKEN
    assert (ended["version"], ended["previous_keys_until"]) == (first["version"] + 1, None)


def test_a_test_is_pushed_at_once_also_while_paused(merchant: Merchant, receiver: Receiver) -> None:
    """And its answer says what came back; under one key it is one push."""
    webhook = merchant.registered(receiver, mode="plain")
    merchant.client.patch(f"{merchant.path}/{webhook}", {"status": "paused"})

    replies = [merchant.client.post(f"{merchant.path}/{webhook}/test", key="key") for _ in range(2)]

    assert [(one.status, one.json["status"]) for one in replies] == [(200, "delivered")] * 2
    [asked] = receiver.pushed
    assert json.loads(asked.body)["Event"] == "notify.webhook_test"
    assert json.loads(asked.body)["webhook_info"] == {"webhook_id": webhook}


def test_nothing_of_it_lies_in_the_table_in_clear(merchant: Merchant, receiver: Receiver) -> None:
    """Keys, what is told and what was answered are sealed."""
    webhook = merchant.registered(receiver)
    receiver.on_push = answering("a-secret-answer", 500)
    hear(event(paid("person:b", merchant.shop, title="a-secret-title")))
    follow(merchant, webhook)

    rows = [str(row.doc) for row in tables.WebhookRow.scan() if webhook in f"{row.pk}{row.sk}"]
    assert len(rows) == 3
    for secret in (AES_KEY, "xiaodianTOKEN1", "a-secret-title", "a-secret-answer"):
        assert not any(secret in row for row in rows)


def _given_up(merchant: Merchant, receiver: Receiver, webhook: str) -> str:
    """The id of a delivery that is dead: of a test that was not taken."""
    before, receiver.on_push = receiver.on_push, answering("no", 500)
    reply = merchant.client.post(f"{merchant.path}/{webhook}/test")
    receiver.on_push = before
    assert reply.json["status"] == "dead"
    return str(reply.json["delivery_id"])


def _times(attempts: list[dict[str, str]]) -> list[datetime]:
    return [datetime.fromisoformat(one["at"]) for one in attempts]
