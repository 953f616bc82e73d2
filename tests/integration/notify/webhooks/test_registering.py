"""Webhooks as their merchant keeps them (N3)."""

import json
from datetime import timedelta
from typing import Any

import pytest

from services.notify import app as notify
from services.notify.webhooks import reach
from services.notify.webhooks.sweep_lines import LATE
from services.shared.plumbing import outbox
from services.shared.plumbing.aws import client as aws
from tests.integration.http import Client
from tests.integration.notify.conftest import client, hear, staff
from tests.integration.notify.webhooks.conftest import Hands, Merchant, low, sweep
from tests.integration.notify.webhooks.receiver import AES_KEY, TOKEN, Receiver, answering
from tests.integration.wire import sqs_event


def test_a_webhook_is_there_once_its_url_gave_the_echo_back(merchant: Merchant, receiver: Receiver) -> None:
    """What it holds is shown, but for its keys."""
    reply = merchant.register(receiver.url, events=["orders.stock_low", "orders.order_paid", "orders.stock_low"])

    assert reply.status == 201
    assert reply.headers["etag"] == '"1"'
    assert (
        reply.json.items()
        >= {
            "url": receiver.url,
            "format": "json",
            "mode": "safe",
            "events": ["orders.order_paid", "orders.stock_low"],
            "appid": merchant.shop,
            "status": "active",
        }.items()
    )
    assert TOKEN not in reply.text
    assert AES_KEY not in reply.text
    assert merchant.client.get(merchant.path).json == {"items": [reply.json], "next_cursor": None}
    assert merchant.client.get(f"{merchant.path}/{reply.json['webhook_id']}").json == reply.json
    assert len(receiver.checked) == 1


def test_one_key_registers_one_webhook(merchant: Merchant, receiver: Receiver) -> None:
    """The answer is the same."""
    replies = [merchant.register(receiver.url, key="key") for _ in range(2)]

    assert replies[0].json == replies[1].json
    assert len(merchant.client.get(merchant.path).json["items"]) == 1


@pytest.mark.parametrize(
    ("check", "why", "status"),
    [
        (answering("another"), "another answer", 200),
        (answering("", 404), "status", 404),
        (answering("", 301, {"Location": "/"}), "redirect", 301),
    ],
)
def test_a_url_that_fails_the_check_is_refused(
    merchant: Merchant, receiver: Receiver, check: Any, why: str, status: int
) -> None:
    """And the answer says what it did."""
    receiver.on_check = check

    reply = merchant.register(receiver.url)

    assert (reply.status, reply.slug) == (422, "webhook-check-failed")
    assert (reply.json["why"], reply.json["http_status"]) == (why, status)
    assert merchant.client.get(merchant.path).json["items"] == []


@pytest.mark.parametrize(
    "url", ["http://example.com/", "https://127.0.0.1/", "https://[::1]/", "https://169.254.169.254/"]
)
def test_outside_of_development_no_inside_can_be_named(merchant: Merchant, url: str) -> None:
    """Without a packet being sent."""
    reach.use(reach.PUBLIC)

    reply = merchant.register(url)

    assert (reply.status, reply.slug) == (422, "webhook-url-refused")
    assert reply.json["errors"][0]["at"] == "url"


@pytest.mark.parametrize(
    "wrong",
    [
        {"token": "ab"},
        {"token": "with space"},
        {"encoding_aes_key": "short"},
        {"encoding_aes_key": "!" * 43},
        {"encoding_aes_key": None},
        {"format": "yaml"},
        {"mode": "compat"},
        {"events": ["orders.nothing"]},
        {"secret": "unknown"},
    ],
)
def test_what_makes_no_sense_is_refused(merchant: Merchant, receiver: Receiver, wrong: dict[str, Any]) -> None:
    """Before anybody is asked."""
    reply = merchant.register(receiver.url, **wrong)

    assert (reply.status, reply.slug) == (422, "validation")
    assert receiver.checked == []


def test_a_shop_has_at_most_ten(merchant: Merchant, receiver: Receiver) -> None:
    """One that is removed makes room."""
    first, *_ = [merchant.registered(receiver) for _ in range(10)]

    refused = merchant.register(receiver.url)
    removed = merchant.client.delete(f"{merchant.path}/{first}")
    again = merchant.register(receiver.url)

    assert (refused.status, refused.slug) == (409, "too-many-webhooks")
    assert (removed.status, again.status) == (204, 201)


def test_operators_keep_webhooks_and_nobody_else_sees_them(merchant: Merchant, receiver: Receiver) -> None:
    """Others get 404, staff in another role 403, nobody 401 (X1)."""
    webhook = merchant.registered(receiver)
    hear(staff(merchant.shop, f"s-{merchant.shop}", "support"))
    one = f"{merchant.path}/{webhook}"
    asked: list[tuple[str, str, Any]] = [
        ("GET", merchant.path, None),
        ("POST", merchant.path, {"url": receiver.url, "token": TOKEN, "mode": "plain"}),
        ("GET", one, None),
        ("GET", f"{one}/deliveries/dlv_1", None),
        ("PATCH", one, {"status": "paused"}),
        ("DELETE", one, None),
        ("GET", f"{one}/deliveries", None),
        ("POST", f"{one}/deliveries/dlv_1/redelivery", None),
        ("POST", f"{one}/redelivery", None),
        ("POST", f"{one}/test", None),
    ]

    def statuses(caller: Client) -> set[int]:
        return {caller.send(method, path, body, "key").status for method, path, body in asked}

    assert statuses(client(f"s-{merchant.shop}")) == {403}
    assert statuses(client("person:stranger")) == {404}
    assert statuses(Client(notify.app)) == {401}
    assert merchant.webhook(webhook)["status"] == "active"


def test_another_shops_webhook_is_not_there(merchant: Merchant, receiver: Receiver) -> None:
    """Under one's own shop; nor is what was pushed to it."""
    webhook = merchant.registered(receiver)
    delivery = merchant.client.post(f"{merchant.path}/{webhook}/test").json
    mine = Merchant(f"{merchant.shop}X", client(f"ann-{merchant.shop}"))
    hear(staff(mine.shop, f"ann-{merchant.shop}"))
    one = f"{mine.path}/{webhook}"

    replies = [
        mine.client.get(one),
        mine.client.patch(one, {"status": "paused"}),
        mine.client.delete(one),
        mine.client.get(f"{one}/deliveries"),
        mine.client.get(f"{one}/deliveries/{delivery['delivery_id']}"),
        mine.client.post(f"{one}/redelivery", key=""),
        mine.client.post(f"{one}/test"),
    ]

    assert {reply.status for reply in replies} == {404}


def test_changes_follow_the_version(merchant: Merchant, receiver: Receiver) -> None:
    """An old one is refused; one that changes nothing writes nothing; a new URL is checked first."""
    webhook = merchant.registered(receiver)
    one = f"{merchant.path}/{webhook}"

    changed = merchant.client.patch(one, {"format": "xml", "events": []}, headers={"If-Match": '"1"'})
    stale = merchant.client.patch(one, {"format": "json"}, headers={"If-Match": '"1"'})
    same = merchant.client.patch(one, {"format": "xml"})
    receiver.on_check = answering("no")
    unchecked = merchant.client.patch(one, {"url": receiver.url + "2"})

    assert (changed.json["format"], changed.json["version"]) == ("xml", 2)
    assert (stale.status, stale.slug) == (412, "version-conflict")
    assert same.json == changed.json
    assert unchecked.slug == "webhook-check-failed"
    assert merchant.webhook(webhook) == changed.json


def test_several_changes_at_once_are_one_version(merchant: Merchant, receiver: Receiver) -> None:
    """Keys, form and a pause."""
    webhook = merchant.registered(receiver)

    changed = merchant.client.patch(
        f"{merchant.path}/{webhook}", {"token": "another1", "mode": "plain", "status": "paused"}
    )

    assert (changed.json["version"], changed.json["status"], changed.json["paused_why"]) == (2, "paused", "merchant")


def test_safe_mode_needs_a_key(merchant: Merchant, receiver: Receiver) -> None:
    """Also later."""
    webhook = merchant.registered(receiver, mode="plain", encoding_aes_key=None)

    refused = merchant.client.patch(f"{merchant.path}/{webhook}", {"mode": "safe"})
    given = merchant.client.patch(f"{merchant.path}/{webhook}", {"mode": "safe", "encoding_aes_key": AES_KEY})

    assert (refused.status, given.status) == (422, 200)


def test_deliveries_are_listed_in_pages_newest_first(merchant: Merchant, receiver: Receiver) -> None:
    """Each once; by status too, whatever lies between."""
    webhook = merchant.registered(receiver)
    hear(*(low(merchant, left) for left in range(5)))
    path = f"{merchant.path}/{webhook}/deliveries"
    merchant.client.post(f"{merchant.path}/{webhook}/test")

    def pages(query: str) -> list[list[str]]:
        found, cursor = [], ""
        while True:
            reply = merchant.client.get(f"{path}?{query}{cursor}").json
            found.append([one["delivery_id"] for one in reply["items"]])
            if reply["next_cursor"] is None:
                return found
            cursor = f"&cursor={reply['next_cursor']}"

    every = pages("limit=4")
    waiting = pages("limit=2&status=pending")

    assert [len(page) for page in every] == [4, 2]
    assert [one for page in every for one in page] == sorted((one for page in every for one in page), reverse=True)
    assert [len(page) for page in waiting] == [2, 2, 1]
    assert len({one for page in waiting for one in page}) == 5
    assert merchant.client.get(f"{path}?cursor=AAAA").slug == "cursor-invalid"


def test_what_waits_for_a_removed_webhook_is_forgotten(merchant: Merchant, receiver: Receiver) -> None:
    """Nothing is pushed to it any more."""
    webhook = merchant.registered(receiver)
    hear(low(merchant))

    merchant.client.delete(f"{merchant.path}/{webhook}")
    hear(low(merchant))
    sweep()

    assert receiver.pushed == []
    assert merchant.client.get(f"{merchant.path}/{webhook}/deliveries").status == 404


def test_an_event_whose_hint_is_lost_is_pushed_by_the_sweep(merchant: Merchant, receiver: Receiver) -> None:
    """The queue of hints was emptied."""
    webhook = merchant.registered(receiver)

    hear(low(merchant))
    aws("sqs").purge_queue(QueueUrl=outbox.queue_url("webhooks"))
    sweep()

    assert [one["status"] for one in merchant.deliveries(webhook)] == ["delivered"]


def test_somebody_is_woken_when_pushes_are_late(
    merchant: Merchant, receiver: Receiver, hands: Hands, capsys: pytest.CaptureFixture[str]
) -> None:
    """By the sweep that finds a line ten minutes after it was due, and then brings what waited."""

    def alarms() -> list[int]:
        lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        return [one["webhooks_late"] for one in lines if "webhooks_late" in one]

    webhook = merchant.registered(receiver)
    sweep()  # what other tests have left
    hear(low(merchant))
    alarms()

    hands.moved += LATE + timedelta(seconds=1)
    sweep()

    assert alarms() == [1]
    assert [one["status"] for one in merchant.deliveries(webhook)] == ["delivered"]


def test_a_hint_leads_to_the_endpoint(merchant: Merchant, receiver: Receiver) -> None:
    """The function that hears the event sends one; the function push follows it, whatever else is in the batch."""
    url = outbox.queue_url("webhooks")
    aws("sqs").purge_queue(QueueUrl=url)
    merchant.registered(receiver)
    hear(low(merchant))

    [message] = aws("sqs").receive_message(QueueUrl=url, WaitTimeSeconds=20)["Messages"]
    taken = notify.push(sqs_event("no hint", "[]", '{"shop": "of another version"}', message["Body"]), None)

    assert taken == {"batchItemFailures": []}
    assert len(receiver.pushed) == 1
