"""Queues: as declared, not behind, and without dead letters."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from infra.doctor.deployed import Deployed
from infra.doctor.finding import Findings, error
from infra.package.template.function import Json

LOOKED_AT = timedelta(minutes=15)  # SQS tells CloudWatch of a queue's age every minute or five


def findings(deployed: Deployed) -> Findings:
    """All that is wrong with a service's queues, and what lies in their dead-letter queues."""
    client = deployed.account.client("sqs")
    for wanted in deployed.of_type("AWS::SQS::Queue").values():
        name = wanted["QueueName"]
        try:
            url = client.get_queue_url(QueueName=name)["QueueUrl"]
        except client.exceptions.QueueDoesNotExist:
            attributes = _attributes(deployed, wanted)
            yield error(name, "is not there", f"aws sqs create-queue --queue-name {name} --attributes {attributes}")
            continue
        found = client.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        waiting = int(found["ApproximateNumberOfMessages"])
        age_s = _age_s(deployed, name)
        if "RedrivePolicy" in wanted:
            mend = f"aws sqs set-queue-attributes --queue-url {url} --attributes {_attributes(deployed, wanted)}"
            yield from _as_declared(name, found, deployed.resolved(wanted), mend)
            yield from _behind(name, wanted, waiting, age_s)
        elif waiting:
            yield from _dead(deployed, name, waiting, age_s)


def _attributes(deployed: Deployed, wanted: Json) -> str:
    """The declared attributes, as the command line of AWS takes them."""
    given = {name: value for name, value in deployed.resolved(wanted).items() if name != "QueueName"}
    text = {name: json.dumps(value) if isinstance(value, dict | bool) else str(value) for name, value in given.items()}
    return f"'{json.dumps(text)}'"


def _as_declared(name: str, found: Json, wanted: Json, mend: str) -> Findings:
    seen, redrive = json.loads(found.get("RedrivePolicy", "{}")), wanted["RedrivePolicy"]
    if {key: str(seen.get(key)) for key in redrive} != {key: str(value) for key, value in redrive.items()}:
        yield error(name, "does not put what fails into its dead-letter queue", mend)
    if int(found["VisibilityTimeout"]) < wanted["VisibilityTimeout"]:
        what = f"shows a message again after {found['VisibilityTimeout']} s, while it may still be worked on"
        yield error(name, what, mend)
    if found.get("SqsManagedSseEnabled", "true") != "true" and "KmsMasterKeyId" not in found:
        yield error(name, "is not encrypted", mend)


def _behind(name: str, wanted: Json, waiting: int, age_s: float) -> Findings:
    longest = wanted["VisibilityTimeout"] * int(wanted["RedrivePolicy"]["maxReceiveCount"])
    if age_s > longest:
        advice = "Is the consumer running (its event source, its throttles, its log)? Is it slow?"
        yield error(name, f"{waiting} messages wait, the oldest for {timedelta(seconds=age_s)}", advice)


def _dead(deployed: Deployed, name: str, waiting: int, age_s: float) -> Findings:
    stage, kept_s = deployed.account.stage.name, deployed.of_type("AWS::SQS::Queue")
    days = next(one["MessageRetentionPeriod"] for one in kept_s.values() if one["QueueName"] == name) // 86_400
    oldest = f", the oldest for {timedelta(seconds=age_s)}" if age_s else ""
    advice = f"xiaodian dlq list --stage {stage}; mend the cause; xiaodian dlq redrive --stage {stage}."
    yield error(name, f"{waiting} dead letters{oldest}; they are kept for {days} days", advice)


def _age_s(deployed: Deployed, name: str) -> float:
    """How long the oldest message has waited, as CloudWatch last heard; 0 when it heard of none."""
    now = datetime.now(UTC)
    asked: Any = deployed.account.client("cloudwatch").get_metric_statistics(
        Namespace="AWS/SQS",
        MetricName="ApproximateAgeOfOldestMessage",
        Dimensions=[{"Name": "QueueName", "Value": name}],
        StartTime=now - LOOKED_AT,
        EndTime=now,
        Period=60,
        Statistics=["Maximum"],
    )
    latest = sorted(asked["Datapoints"], key=lambda one: one["Timestamp"])[-1:]
    return float(sum(one["Maximum"] for one in latest))
