"""Events that have not left: parked because a queue did not take them, or given up by a publisher."""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import Any

from infra.doctor.deployed import Deployed
from infra.doctor.finding import Findings, error, warning
from services.shared.contracts.routes import CONSUMERS
from services.shared.plumbing.ids import made_at

PARKED_LONG = timedelta(minutes=15)  # each service sends what it has parked again every few minutes
COUNTED = 1_000
GIVEN_UP = "aws/lambda/"  # where Lambda puts what it gives up on


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
    found = platform.account.client("s3").list_objects_v2(Bucket=bucket, Prefix=GIVEN_UP)
    if count := found.get("KeyCount", 0):
        stage = platform.account.stage.name
        what = f"{count}{'+' if found.get('IsTruncated') else ''} batches of events could not be published"
        look = "See the log of …-publish for row_unreadable and row_not_kept"
        how = f"{look}, mend it, then: xiaodian dlq redrive --stage {stage}."
        yield error(bucket, what, how)
