"""The platform: its key, its topic, its buckets; and the alarms that are on."""

from infra.doctor.deployed import Deployed
from infra.doctor.finding import Findings, error, warning


def findings(platform: Deployed) -> Findings:
    """All that is wrong with what no service owns."""
    yield from _key(platform)
    yield from _heard(platform)
    yield from _buckets(platform)
    yield from _alarms(platform)


def _key(platform: Deployed) -> Findings:
    client, arn = platform.account.client("kms"), platform.account.stored("platform/key")
    alias = f"alias/{platform.account.stage.prefix}"
    if arn is None:
        return  # the parameter is missing, which every service says
    found = client.describe_key(KeyId=arn)["KeyMetadata"]
    if found["KeyState"] != "Enabled":
        advice = "aws kms cancel-key-deletion and enable-key: without it no secret and no file can be read."
        yield error(alias, f"the stage's key is {found['KeyState']}", advice)
    elif not client.get_key_rotation_status(KeyId=arn)["KeyRotationEnabled"]:
        yield error(alias, "the stage's key is not rotated", f"aws kms enable-key-rotation --key-id {arn}")
    aliases = client.get_paginator("list_aliases").paginate()
    named = {one["AliasName"]: one.get("TargetKeyId") for page in aliases for one in page["Aliases"]}
    if named.get(alias) != found["KeyId"]:
        verb = "update" if alias in named else "create"
        command = f"aws kms {verb}-alias --alias-name {alias} --target-key-id {found['KeyId']}"
        yield error(alias, "does not name the stage's key: new secrets are sealed by another, or by none", command)


def _heard(platform: Deployed) -> Findings:
    topic = platform.account.stored("platform/alarm-topic")
    if topic is None:
        return
    found = platform.account.client("sns").list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    if not any(one["SubscriptionArn"].startswith("arn:") for one in found):
        advice = "Deploy the platform with --set AlarmEmail=… and confirm the mail, or subscribe to the topic."
        yield warning(topic, "nobody hears of alarms", advice)


def _buckets(platform: Deployed) -> Findings:
    client = platform.account.client("s3")
    closed = {"BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"}
    for path in ("platform/artifacts-bucket", "platform/failures-bucket", "XIAODIAN_FILES_BUCKET"):
        bucket = platform.account.stored(path)
        if bucket is None:
            continue
        try:
            found = client.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
        except client.exceptions.ClientError as failure:
            if failure.response["Error"]["Code"] == "NoSuchBucket":
                yield error(bucket, "is not there", platform.recreate)
                continue
            if failure.response["Error"]["Code"] != "NoSuchPublicAccessBlockConfiguration":
                raise
            found = {}
        if not all(found.get(one) for one in closed):
            option = ",".join(f"{one}=true" for one in sorted(closed))
            command = (
                f"aws s3api put-public-access-block --bucket {bucket} --public-access-block-configuration {option}"
            )
            yield error(bucket, "may be opened to the public", command)


def _alarms(platform: Deployed) -> Findings:
    pages = platform.account.client("cloudwatch").get_paginator("describe_alarms")
    for page in pages.paginate(AlarmNamePrefix=f"{platform.account.stage.prefix}-", StateValue="ALARM"):
        for one in page["MetricAlarms"]:
            advice = f"{one.get('AlarmDescription', '')}. docs/operate.md, “Alarms”."
            yield error(one["AlarmName"], f"is on since {one['StateUpdatedTimestamp']:%Y-%m-%d %H:%M}", advice)
