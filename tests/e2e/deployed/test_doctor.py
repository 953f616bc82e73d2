"""The doctor finds what is wrong with a deployed stage, names it, and says what to do."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from tests.e2e.deployed.account import STAGE, Account

PREFIX = f"xiaodian-{STAGE}"


def _examined(stage: Account, *, status: int) -> dict[str, list[dict[str, str]]]:
    """The findings by level."""
    found: dict[str, list[dict[str, str]]] = {"error": [], "warning": []}
    for one in json.loads(stage.xiaodian("doctor", "--json", status=status)):
        found[one["level"]].append(one)
    return found


def test_nothing_is_wrong_with_a_stage_as_its_templates_say(stage: Account) -> None:
    """No error, and an exit status that says so. What it warns of is how this world is: no domain, no mail."""
    found = _examined(stage, status=0)

    assert found["error"] == []
    assert {one["what"].partition(":")[0] for one in found["warning"]} == {"nobody hears of alarms", "is not https"}


@pytest.fixture
def broken(stage: Account) -> Iterator[Account]:
    """A stage that somebody has laid hands on; it is mended afterwards."""
    with ExitStack() as mend:
        for harm in HARMS:
            harm(stage, mend)
        yield stage


def _parameter(stage: Account, mend: ExitStack) -> None:
    store, name = stage.client("ssm"), f"/xiaodian/{STAGE}/WECHAT_PAY_MCHID"
    value = store.get_parameter(Name=name)["Parameter"]["Value"]
    store.delete_parameter(Name=name)
    mend.callback(store.put_parameter, Name=name, Value=value, Type="String")


def _key(stage: Account, mend: ExitStack) -> None:
    store, name = stage.client("ssm"), f"/xiaodian/{STAGE}/XIAODIAN_ORDERS_SERVICE_KEY"
    value = store.get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"]
    store.put_parameter(Name=name, Value="too short", Type="SecureString", Overwrite=True)
    mend.callback(store.put_parameter, Name=name, Value=value, Type="SecureString", Overwrite=True)


def _mapping(stage: Account, mend: ExitStack) -> None:
    client = stage.client("lambda")
    (one,) = client.list_event_source_mappings(FunctionName=f"{PREFIX}-gifts-consume")["EventSourceMappings"]
    client.update_event_source_mapping(UUID=one["UUID"], Enabled=False)
    mend.callback(client.update_event_source_mapping, UUID=one["UUID"], Enabled=True)


def _schedule(stage: Account, mend: ExitStack) -> None:
    events = stage.client("events")
    function = stage.client("lambda").get_function_configuration(FunctionName=f"{PREFIX}-orders-tend")
    (rule,) = events.list_rule_names_by_target(TargetArn=function["FunctionArn"])["RuleNames"]
    events.disable_rule(Name=rule)
    mend.callback(events.enable_rule, Name=rule)


def _stopped(stage: Account, mend: ExitStack) -> None:
    client, name = stage.client("lambda"), f"{PREFIX}-notify-consume"
    client.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
    mend.callback(client.delete_function_concurrency, FunctionName=name)


def _dead_letter(stage: Account, mend: ExitStack) -> None:
    queues = stage.client("sqs")
    url = queues.get_queue_url(QueueName=f"{PREFIX}-catalog-events-dlq")["QueueUrl"]
    queues.send_message(QueueUrl=url, MessageBody="dead")
    mend.callback(queues.purge_queue, QueueUrl=url)


def _role(stage: Account, mend: ExitStack) -> None:
    """One right more and one less."""
    client, function = stage.client("iam"), stage.client("lambda")
    arn = function.get_function_configuration(FunctionName=f"{PREFIX}-gifts-api")["Role"]
    role: dict[str, Any] = {"RoleName": arn.rpartition("/")[2], "PolicyName": "function"}
    before = client.get_role_policy(**role)["PolicyDocument"]
    first, *others = before["Statement"]
    wider = {"Effect": "Allow", "Action": ["dynamodb:DeleteTable"], "Resource": ["*"]}
    client.put_role_policy(**role, PolicyDocument=json.dumps(before | {"Statement": [*others, wider]}))
    mend.callback(client.put_role_policy, **role, PolicyDocument=json.dumps(before))
    assert first["Action"] == ["logs:CreateLogStream", "logs:PutLogEvents"]


def _table(stage: Account, mend: ExitStack) -> None:
    tables, name = stage.client("dynamodb"), f"{PREFIX}-orders"
    tables.update_table(TableName=name, DeletionProtectionEnabled=False)
    mend.callback(tables.update_table, TableName=name, DeletionProtectionEnabled=True)
    tables.update_time_to_live(TableName=name, TimeToLiveSpecification={"Enabled": False, "AttributeName": "ttl"})
    again = {"Enabled": True, "AttributeName": "ttl"}
    mend.callback(tables.update_time_to_live, TableName=name, TimeToLiveSpecification=again)


def _alarm(stage: Account, mend: ExitStack) -> None:
    watch, name = stage.client("cloudwatch"), f"{PREFIX}-orders-api-5xx"
    watch.set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="a test")
    mend.callback(watch.set_alarm_state, AlarmName=name, StateValue="OK", StateReason="a test")


def _queue(stage: Account, mend: ExitStack) -> None:
    queues, name = stage.client("sqs"), f"{PREFIX}-orders-events"
    url = queues.get_queue_url(QueueName=name)["QueueUrl"]
    queues.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "10"})
    mend.callback(queues.set_queue_attributes, QueueUrl=url, Attributes={"VisibilityTimeout": "180"})


HARMS = (_parameter, _key, _mapping, _schedule, _stopped, _dead_letter, _role, _table, _alarm, _queue)
BROKEN = [
    (f"/xiaodian/{STAGE}/WECHAT_PAY_MCHID", "is missing", "aws ssm put-parameter"),
    (f"/xiaodian/{STAGE}/XIAODIAN_ORDERS_SERVICE_KEY", "must be 32 bytes", "openssl rand"),
    (f"{PREFIX}-gifts-consume", "hears nothing", "aws lambda update-event-source-mapping"),
    (f"{PREFIX}-orders-tend", "its schedule is disabled", "aws events enable-rule"),
    (f"{PREFIX}-notify-consume", "is stopped", "aws lambda delete-function-concurrency"),
    (f"{PREFIX}-catalog-events-dlq", "1 dead letters", f"xiaodian dlq redrive --stage {STAGE}"),
    (f"{PREFIX}-gifts-api", "may not logs:PutLogEvents", "aws iam put-role-policy"),
    (f"{PREFIX}-gifts-api", "needlessly may dynamodb:DeleteTable on *", "aws iam put-role-policy"),
    (f"{PREFIX}-orders", "can be deleted by mistake", "aws dynamodb update-table"),
    (f"{PREFIX}-orders", "its TTL is off", "aws dynamodb update-time-to-live"),
    (f"{PREFIX}-orders-events", "shows a message again after 10 s", "aws sqs set-queue-attributes"),
    (f"{PREFIX}-orders-api-5xx", "is on since", "docs/operate.md"),
]


def test_whatever_is_broken_is_named_with_what_to_do(broken: Account) -> None:
    """Each harm, and nothing else."""
    errors = _examined(broken, status=1)["error"]

    for about, what, advice in BROKEN:
        (found,) = [one for one in errors if one["about"] == about and what in one["what"]]
        assert advice in found["advice"]
    named = {about for about, *_ in BROKEN}
    others = [one for one in errors if one["about"] not in named]
    assert not others, others
