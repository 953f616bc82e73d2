"""Tables: there, protected, recoverable, with the indexes and the TTL that the code relies on."""

from typing import Any

from infra.doctor.deployed import Deployed
from infra.doctor.finding import Finding, Findings, error
from infra.package.template.function import Json


def findings(deployed: Deployed) -> Findings:
    """All that is wrong with a service's tables."""
    client = deployed.account.client("dynamodb")
    for wanted in deployed.of_type("AWS::DynamoDB::Table").values():
        name = wanted["TableName"]
        try:
            found = client.describe_table(TableName=name)["Table"]
        except client.exceptions.ResourceNotFoundException:
            yield error(name, "is not there", "Restore it from its backup under this name: docs/operate.md.")
            continue
        if found["TableStatus"] not in {"ACTIVE", "UPDATING"}:
            yield error(name, f"is {found['TableStatus']}", "Wait until it is ACTIVE.")
        yield from _protection(name, found)
        yield from _indexes(deployed, name, found, wanted)
        yield from _recovery(client, name)
        yield from _ttl(client, name, wanted)


def _protection(name: str, found: Json) -> Findings:
    if not found.get("DeletionProtectionEnabled"):
        yield _unset(name, "can be deleted by mistake", "--deletion-protection-enabled")
    if (found.get("SSEDescription") or {}).get("Status") not in {"ENABLED", "UPDATING", "ENABLING"}:
        yield _unset(name, "is not encrypted by a key of this account", "--sse-specification Enabled=true,SSEType=KMS")


def _indexes(deployed: Deployed, name: str, found: Json, wanted: Json) -> Findings:
    there = {one["IndexName"]: one.get("IndexStatus", "ACTIVE") for one in found.get("GlobalSecondaryIndexes") or ()}
    for index in wanted.get("GlobalSecondaryIndexes", ()):
        status = there.get(index["IndexName"])
        if status is None:
            yield error(f"{name}/{index['IndexName']}", "is not there: its lists fail", deployed.recreate)
        elif status != "ACTIVE":
            yield error(f"{name}/{index['IndexName']}", f"is {status}", "Wait until it is ACTIVE.")
    streams = (found.get("StreamSpecification") or {}).get("StreamEnabled", False)
    if wanted.get("StreamSpecification") and not streams:
        command = f"aws dynamodb update-table --table-name {name} --stream-specification"
        how = f"{command} StreamEnabled=true,StreamViewType=NEW_IMAGE; point …-publish at it; xiaodian events replay."
        yield error(name, "has no stream: no event leaves", how)


def _recovery(client: Any, name: str) -> Findings:
    kept = client.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
    if kept.get("PointInTimeRecoveryDescription", {}).get("PointInTimeRecoveryStatus") != "ENABLED":
        advice = "--point-in-time-recovery-specification PointInTimeRecoveryEnabled=true"
        command = f"aws dynamodb update-continuous-backups --table-name {name} {advice}"
        yield error(name, "cannot be restored: it is not recoverable to a point in time", command)


def _ttl(client: Any, name: str, wanted: Json) -> Findings:
    ttl = client.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
    attribute = wanted["TimeToLiveSpecification"]["AttributeName"]
    if ttl["TimeToLiveStatus"] not in {"ENABLED", "ENABLING"} or ttl.get("AttributeName", attribute) != attribute:
        setting = f"--time-to-live-specification Enabled=true,AttributeName={attribute}"
        command = f"aws dynamodb update-time-to-live --table-name {name} {setting}"
        yield error(name, "forgets nothing: its TTL is off", command)


def _unset(name: str, what: str, option: str) -> Finding:
    return error(name, what, f"aws dynamodb update-table --table-name {name} {option}")
