"""What was to be done and is not: events parked because a queue did not take them, what Lambda has given up on."""

from collections.abc import Collection, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from infra.doctor.deployed import Deployed
from infra.doctor.finding import Findings, error, warning
from services.shared.contracts.routes import CONSUMERS
from services.shared.plumbing.ids import made_at

PARKED_LONG = timedelta(minutes=15)  # each service sends what it has parked again every few minutes
COUNTED = 1_000
# Where Lambda puts what it gives up on: a stream's batches by their trigger, a schedule's runs by function and day.
GIVEN_UP = "aws/lambda/"
GIVEN_UP_RUNS = f"{GIVEN_UP}async/"


def parked(deployed: Deployed, running: Collection[str]) -> Findings:
    """What a service keeps for each consumer. For one that is not deployed that is as it should be."""
    stage = deployed.account.stage
    for consumer in sorted({*CONSUMERS, deployed.service}):
        count, oldest = _parked(deployed, f"PARKED#{consumer}")
        if not count:
            continue
        some = (
            f"{count}{'+' if count >= COUNTED else ''} events for {consumer} are parked, the oldest of {oldest:%F %R}"
        )
        if consumer not in running:
            how = f"make deploy SERVICE={consumer} STAGE={stage.name}: then they are sent by themselves."
            yield warning(deployed.service, some, how)
        elif datetime.now(UTC) - oldest > PARKED_LONG:
            how = f"Does its queue take messages? Then: xiaodian parked send --to {consumer} --stage {stage.name}."
            yield error(deployed.service, some, how)


def _parked(deployed: Deployed, key: str) -> tuple[int, datetime]:
    """How many rows, at most COUNTED, and of when the oldest is."""
    client: Any = deployed.account.client("dynamodb")
    asked = {
        "TableName": deployed.account.stage.physical(f"{deployed.service}-plumbing"),
        "KeyConditionExpression": "pk = :pk",
        "ExpressionAttributeValues": {":pk": {"S": key}},
        "Limit": COUNTED,
        "ConsistentRead": True,
        "ProjectionExpression": "sk",
    }
    rows = client.query(**asked)["Items"]
    oldest = made_at(rows[0]["sk"]["S"]) if rows else datetime.now(UTC)
    return len(rows), oldest


def given_up(platform: Deployed) -> Findings:
    """Batches of outbox rows that a publisher failed on until the stream let them go."""
    bucket = platform.account.stored("platform/failures-bucket")
    if bucket is None:
        return
    if count := sum(1 for _ in list_given_up(platform.account.client("s3"), bucket)):
        stage = platform.account.stage.name
        what = f"{count} batches of events could not be published"
        look = "See the log of …-publish for row_unreadable and row_not_kept"
        how = f"{look}, mend it, then: xiaodian dlq redrive --stage {stage}."
        yield error(bucket, what, how)


def list_given_up(s3: Any, bucket: str) -> Iterator[str]:
    """The keys of batches that a publisher failed on."""
    pages = s3.get_paginator("list_objects_v2")
    for page in pages.paginate(Bucket=bucket, Prefix=GIVEN_UP, Delimiter="/"):
        for trigger in (one["Prefix"] for one in page.get("CommonPrefixes", ())):
            if trigger != GIVEN_UP_RUNS:
                for part in pages.paginate(Bucket=bucket, Prefix=trigger):
                    yield from (one["Key"] for one in part.get("Contents", ()))


def missed_runs(deployed: Deployed) -> Findings:
    """Runs of the service's schedules that failed as often as they are tried, today or yesterday (UTC)."""
    bucket, s3 = deployed.account.stored("platform/failures-bucket"), deployed.account.client("s3")
    today = datetime.now(UTC).date()
    for function in deployed.functions:
        if bucket is None or function.kind != "schedule":
            continue
        name, days = deployed.name_of(function), (today - timedelta(days=1), today)
        found = [s3.list_objects_v2(Bucket=bucket, Prefix=f"{GIVEN_UP_RUNS}{name}/{day:%Y/%m/%d}/") for day in days]
        if count := sum(one.get("KeyCount", 0) for one in found):
            some = f"{count}{'+' if any(one.get('IsTruncated') for one in found) else ''}"
            how = f"The next run does what they did not. If runs go on failing, the log of {name} says why."
            yield warning(name, f"{some} of its runs have failed since yesterday", how)
