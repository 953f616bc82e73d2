"""Four tiny services with the same doors as real ones: a note posted to one reaches the next by stream and queue."""

from typing import Any

from chalice.app import Chalice, CloudWatchEvent, DynamoDBEvent, SQSEvent

from services.shared.plumbing import clock
from services.shared.plumbing.aws import client
from services.shared.plumbing.resources import Queue, Resources, Table, physical, stream_arn

NEXT = {"catalog": "orders", "orders": "gifts", "gifts": "notify", "notify": "catalog"}


def toy_resources(service: str) -> Resources:
    """A main table, an outbox with a stream, a queue."""
    tables = (Table(service), Table(f"{service}-outbox", stream=True))
    queue = Queue(f"{service}-events", function_timeout_s=5, max_receives=2)
    secrets = (
        "XIAODIAN_CURSOR_KEY",
        f"XIAODIAN_TRANSPORT_KEY_{service.upper()}",
        "XIAODIAN_TOKEN_KEY",
        "WECHAT_SECRET",
    )
    return Resources(service, tables, (queue,), secrets=secrets)


def toy_app(service: str) -> Chalice:
    """The service's app: one route to write, one to read, and a function for each kind of trigger."""
    app = Chalice(f"toy-{service}", configure_logs=False)
    _add_routes(app, service)
    _add_triggers(app, service)
    return app


def _put(table: str, pk: str, **values: str) -> None:
    item = {"pk": pk, "sk": "NOTE"} | values
    client("dynamodb").put_item(TableName=physical(table), Item={key: {"S": one} for key, one in item.items()})


def _add_routes(app: Chalice, service: str) -> None:
    @app.route("/health")
    def health() -> dict[str, str]:
        return {"status": "ok"}

    @app.route("/v1/notes/{note}", methods=["PUT"])
    def write(note: str) -> dict[str, str]:
        _put(f"{service}-outbox", note)
        return {"note": note}

    @app.route("/v1/notes/{note}")
    def read(note: str) -> dict[str, Any]:
        key = {"pk": {"S": note}, "sk": {"S": "NOTE"}}
        item = client("dynamodb").get_item(TableName=physical(service), Key=key).get("Item")
        return {key: value["S"] for key, value in item.items()} if item else {}


def _add_triggers(app: Chalice, service: str) -> None:
    @app.on_dynamodb_record(stream_arn=stream_arn(f"{service}-outbox"), batch_size=10, name="publish")
    def publish(event: DynamoDBEvent) -> None:
        url = client("sqs").get_queue_url(QueueName=physical(f"{NEXT[service]}-events"))["QueueUrl"]
        for record in event:
            client("sqs").send_message(QueueUrl=url, MessageBody=record.keys["pk"]["S"])

    @app.on_sqs_message(queue=physical(f"{service}-events"), batch_size=10, name="consume")
    def consume(event: SQSEvent) -> dict[str, Any]:
        failed = []
        for record in event:
            if record.body.startswith("poison"):
                failed.append({"itemIdentifier": record.to_dict()["messageId"]})
            else:
                _put(service, record.body, heard_at=clock.now().isoformat())
        return {"batchItemFailures": failed}

    @app.schedule("rate(1 hour)", name="tick")
    def tick(event: CloudWatchEvent) -> None:
        _put(service, "tick", heard_at=event.to_dict()["time"])
