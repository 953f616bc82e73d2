"""What a deployed stage could not handle or publish is kept, shown and sent again, by the operator's commands."""

import json
from datetime import UTC, datetime
from typing import Any

from services.shared.contracts.catalog import ShopOpened
from services.shared.contracts.envelope import Envelope
from tests.e2e.deployed.account import STAGE, Account
from tests.e2e.deployed.left_out import declare_redrive
from tests.e2e.deployed.market import DeployedMarket
from tests.e2e.market import Shop, eventually, slug_of


def test_a_poison_message_becomes_a_dead_letter_and_stops_no_other(stage: Account, market: DeployedMarket) -> None:
    """After its five tries. Redriven, what is poison still comes back, until it is given up for a reason; what is
    mended has its effect."""
    queues, shop = _Queues(stage), market.open("有毒的小店")
    declared = stage.template("notify")["Resources"]["NotifyEventsQueue"]["Properties"]
    declare_redrive(stage, declared, VisibilityTimeout="0")  # with the declared one it takes a quarter of an hour
    _is_told(market, shop, times=1)
    try:
        queues.send("notify-events", "poison")
        eventually(lambda: queues.waiting("notify-events-dlq"), 1)
        queues.send("notify-events-dlq", _letter(shop))

        listed = stage.xiaodian("dlq", "list")
        redriven = stage.xiaodian("dlq", "redrive", "--queue", "notify")

        assert "not an event" in listed
        assert "evt_01DEADLETTER" in listed
        assert "2 dead letters; 0 events" in listed
        assert "2 dead letters, 0 parked and 0 unpublished events were sent again." in redriven
        _is_told(market, shop, times=2)
        eventually(lambda: queues.waiting("notify-events-dlq"), 1)
        name = listed.partition("not an event")[2].split()[0]
        given_up = stage.xiaodian("dlq", "discard", name, "--queue", "notify", "--reason", "never was one", "--yes")

        assert "1 dead letters were discarded" in given_up
        assert "0 dead letters" in stage.xiaodian("dlq", "list")
        assert "never was one" in " ".join(stage.xiaodian("dlq", "list", "--discarded").split())
    finally:
        queues.purge("notify-events-dlq")
        declare_redrive(stage, declared, VisibilityTimeout=str(declared["VisibilityTimeout"]))


def _is_told(market: DeployedMarket, shop: Shop, times: int) -> None:
    """Notify has told the merchant so often that the shop is open."""
    eventually(lambda: slug_of(lambda: market.told(shop.merchant, as_shop=shop.shop_id)), "")
    eventually(lambda: market.told(shop.merchant, as_shop=shop.shop_id).count(ShopOpened.NAME), times)


def _letter(shop: Shop) -> str:
    """An event that notify could not handle before, and now can."""
    return Envelope.wrap(
        ShopOpened(shop_id=shop.shop_id, name="又开张了", owner="person:x"),
        event_id="evt_01DEADLETTER",
        emitter="catalog",
        shop=shop.shop_id,
        occurred_at=datetime.now(UTC),
        subject=shop.shop_id,
        sequence=1,
        trace="",
    ).model_dump_json()


class _Queues:
    """The stage's queues by their logical names."""

    def __init__(self, account: Account) -> None:
        self._sqs: Any = account.client("sqs")

    def _url(self, name: str) -> str:
        return str(self._sqs.get_queue_url(QueueName=f"xiaodian-{STAGE}-{name}")["QueueUrl"])

    def send(self, name: str, body: str) -> None:
        self._sqs.send_message(QueueUrl=self._url(name), MessageBody=body)

    def purge(self, name: str) -> None:
        self._sqs.purge_queue(QueueUrl=self._url(name))

    def waiting(self, name: str) -> int:
        asked = self._sqs.get_queue_attributes(QueueUrl=self._url(name), AttributeNames=["ApproximateNumberOfMessages"])
        return int(asked["Attributes"]["ApproximateNumberOfMessages"])


def test_what_a_publisher_gave_up_on_is_sent_again(stage: Account, market: DeployedMarket) -> None:
    """Lambda keeps the batch in the failures bucket; a redrive publishes it and clears it away.

    A run of a schedule that it gave up on lies there, too. It is no event: the next run does its work.
    """
    market.open("丢了消息的小店")
    bucket, s3 = (
        stage.client("ssm").get_parameter(Name=f"/xiaodian/{STAGE}/platform/failures-bucket"),
        stage.client("s3"),
    )
    kept = {"Bucket": bucket["Parameter"]["Value"], "Key": "aws/lambda/mapping/shard/2026/11/22/1.json"}
    run = f"aws/lambda/async/xiaodian-{STAGE}-gifts-sweep/{datetime.now(UTC):%Y/%m/%d}/1"
    s3.put_object(**kept, Body=json.dumps(_given_up(stage)).encode())
    s3.put_object(Bucket=kept["Bucket"], Key=run, Body=b'{"requestPayload": {}}')

    listed = stage.xiaodian("dlq", "list")
    examined = stage.xiaodian("doctor", status=1)
    redriven = stage.xiaodian("dlq", "redrive")

    assert "0 dead letters; 1 events that could not be published." in listed
    assert "1 batches of events could not be published" in examined
    assert "0 dead letters, 0 parked and 1 unpublished events were sent again." in redriven
    assert f"xiaodian-{STAGE}-gifts-sweep" in examined
    assert "1 of its runs have failed since yesterday" in examined
    assert [one["Key"] for one in s3.list_objects_v2(Bucket=kept["Bucket"])["Contents"]] == [run]
    s3.delete_object(Bucket=kept["Bucket"], Key=run)


def _given_up(stage: Account) -> dict[str, Any]:
    """What Lambda writes of a batch that it gives up on: catalog's oldest event."""
    (image, *_) = stage.client("dynamodb").scan(TableName=f"xiaodian-{STAGE}-catalog-outbox", Limit=1)["Items"]
    record = {"eventName": "INSERT", "dynamodb": {"NewImage": image, "SequenceNumber": "1"}}
    function = f"arn:aws:lambda:us-east-1:000000000000:function:xiaodian-{STAGE}-catalog-publish"
    return {
        "requestContext": {"functionArn": function, "condition": "RetryAttemptsExhausted"},
        "version": "1.0",
        "payload": json.dumps({"Records": [record]}),
    }


def test_events_are_sent_again_and_said_anew(stage: Account, market: DeployedMarket) -> None:
    """To one consumer, which hears nothing twice."""
    shop = market.open("再说一遍的小店")
    _is_told(market, shop, times=1)

    replayed = stage.xiaodian("events", "replay", "catalog", "--to", "notify")
    resent = stage.xiaodian("events", "resend", "--to", "orders")

    assert int(replayed.split()[0]) > 0
    assert int(resent.split()[0]) > 0
    marker = market.open("之后的小店")
    _is_told(market, marker, times=1)  # notify has heard what came before it
    _is_told(market, shop, times=1)
