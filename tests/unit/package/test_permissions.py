"""Each function may do its own work, and nothing of another service's."""

from functools import cache
from importlib import import_module

import pytest
from chalice.app import DynamoDBEventConfig, ScheduledEventConfig, SQSEventConfig

from infra.package.build import services
from infra.package.stage import Stage
from infra.package.template.function import Function, Kind
from infra.package.template.permissions import ITEM_ACTIONS, statements
from services.shared.plumbing.resources import Resources
from tests.iam.policy import allows, arn

STAGE = Stage("test")
PARAMETERS = {"KeyArn": "key", "XiaodianFilesBucket": "files", "FailuresBucket": "failures"}
SOURCES: dict[type, Kind] = {DynamoDBEventConfig: "stream", SQSEventConfig: "queue", ScheduledEventConfig: "schedule"}


@cache
def _functions(service: str) -> dict[str, Kind]:
    """Every function of a service, as its app declares it."""
    app = import_module(f"services.{service}.app").app
    triggered = {one.name: SOURCES[type(one)] for one in app.event_sources}
    return {"api": "api"} | {one.name: "plain" for one in app.pure_lambda_functions} | triggered


FUNCTIONS = [(service, function) for service in services() for function in _functions(service)]


def _resources(service: str) -> Resources:
    found: Resources = import_module(f"services.{service}.resources").resources
    return found


class Role:
    """What one function of a service may do."""

    def __init__(self, service: str, function: str) -> None:
        declared = Function(function, function, _functions(service)[function])
        self._statements = list(statements(declared, _resources(service), STAGE))

    def may(self, action: str, resource: str) -> bool:
        return allows(self._statements, action, resource, PARAMETERS)

    def may_write(self, table: str) -> bool:
        return self.may("dynamodb:PutItem", arn("dynamodb", f"table/xiaodian-test-{table}"))

    def may_send(self, queue: str) -> bool:
        return self.may("sqs:SendMessage", arn("sqs", f"xiaodian-test-{queue}"))


@pytest.mark.parametrize(("service", "function"), FUNCTIONS)
def test_no_function_touches_another_service_s_tables(service: str, function: str) -> None:
    """Not by any action, not through an index, not by its stream. Nor its files, nor its queue's messages."""
    role = Role(service, function)

    for other in set(services()) - {service}:
        for table in _resources(other).tables:
            name = arn("dynamodb", f"table/xiaodian-test-{table.name}")
            for action in (*ITEM_ACTIONS, "Scan", "GetRecords"):
                for part in ("", "/stream/1", *(f"/index/{index.name}" for index in table.indexes)):
                    assert not role.may(f"dynamodb:{action}", name + part)
        assert not role.may("s3:GetObject", arn("s3", f"files/{other}/uploads/upl_1"))
        assert not role.may("sqs:ReceiveMessage", arn("sqs", f"xiaodian-test-{other}-events"))


@pytest.mark.parametrize("service", services())
def test_whoever_works_has_the_service_s_tables_and_secrets(service: str) -> None:
    """Each of them; the publisher only parks."""
    resources = _resources(service)
    for function in _functions(service):
        role = Role(service, function)
        writable = {table.name for table in resources.tables if role.may_write(table.name)}
        readable = {
            name
            for name in resources.secrets
            if role.may("ssm:GetParameter", arn("ssm", f"parameter/xiaodian/test/{name}"))
        }

        publishes = function == "publish"
        assert writable == ({f"{service}-plumbing"} if publishes else {table.name for table in resources.tables})
        assert readable == (set() if publishes else set(resources.secrets))
        assert role.may("kms:Decrypt", "key") is bool(readable)


@pytest.mark.parametrize("service", services())
def test_only_senders_send(service: str) -> None:
    """The publisher and the tender reach every consumer and the service's own dead letters; nobody else does."""
    for function in _functions(service):
        role = Role(service, function)

        sends = function in {"publish", "tend"}
        assert all(role.may_send(f"{consumer}-events") is sends for consumer in services())
        assert role.may_send(f"{service}-events-dlq") is sends


def test_who_buries_reaches_those_dead_letters_and_nothing_else() -> None:
    """What WeChat will never take wakes somebody (N4)."""
    for function in ("notices", "sweep_notices"):
        role = Role("notify", function)

        assert role.may_send("wechat-events-dlq")
        assert not role.may_send("wechat-events")
    assert Role("notify", "consume").may_send("wechat-events")
    assert not Role("notify", "api").may_send("wechat-events")


def test_files_are_only_a_service_s_own() -> None:
    """Catalog imports files and orders exports some, their publishers do not; gifts has none."""
    own = arn("s3", "files/catalog/uploads/upl_1")

    assert Role("catalog", "consume").may("s3:GetObject", own)
    assert Role("catalog", "api").may("s3:PutObject", own)
    assert not Role("catalog", "api").may("s3:DeleteObject", own)
    assert not Role("catalog", "publish").may("s3:GetObject", own)
    assert [name for name in ("api", "consume", "tend") if Role("catalog", name).may("s3:DeleteObject", own)] == [
        "tend"
    ]
    assert not Role("orders", "tend").may("s3:DeleteObject", arn("s3", "files/orders/exports/exp_1.csv"))
    assert Role("orders", "consume").may("s3:PutObject", arn("s3", "files/orders/exports/exp_1.csv"))
    assert not Role("orders", "consume").may("s3:GetObject", own)
    assert not Role("gifts", "consume").may("s3:GetObject", arn("s3", "files/gifts/uploads/upl_1"))


def test_the_publisher_s_event_source_does_its_part_with_the_publisher_s_role() -> None:
    """Lambda reads the stream and keeps what is given up on, as the function."""
    publisher, stream = Role("orders", "publish"), arn("dynamodb", "table/xiaodian-test-orders-outbox/stream/2026")

    assert all(publisher.may(f"dynamodb:{action}", stream) for action in ("DescribeStream", "GetRecords"))
    assert publisher.may("s3:PutObject", arn("s3", "failures/aws/lambda/mapping/1.json"))
    assert publisher.may("s3:ListBucket", arn("s3", "failures"))
    assert publisher.may("kms:GenerateDataKey", "key")
    assert not Role("orders", "consume").may("dynamodb:GetRecords", stream)


@pytest.mark.parametrize(("service", "function"), [("orders", "tend"), ("gifts", "sweep"), ("catalog", "sweep_plans")])
def test_lambda_keeps_a_run_of_a_schedule_that_it_gives_up_on_as_the_function(service: str, function: str) -> None:
    """Who answers a request or hears a message has no such right: it fails to its caller or its queue."""
    kept = arn("s3", f"failures/aws/lambda/async/xiaodian-test-{service}-{function}/2026/11/22/1")

    role = Role(service, function)
    assert role.may("s3:PutObject", kept)
    assert role.may("s3:ListBucket", arn("s3", "failures"))
    assert role.may("kms:GenerateDataKey", "key")
    assert not role.may("s3:GetObject", kept)
    assert not any(Role(service, other).may("s3:PutObject", kept) for other in ("api", "consume"))
