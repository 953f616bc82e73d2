"""The stage's one key: for secrets in the parameter store, for the buckets, for the alarm topic."""

from infra.package.stage import Stage
from infra.package.template.function import Json


def key() -> Json:
    """The key. It is kept when the stack goes: without it nothing that it sealed can be read."""
    account = {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"}
    statements = [
        # Who may use it is then said by the roles' own policies, as everywhere else.
        {"Effect": "Allow", "Principal": {"AWS": account}, "Action": "kms:*", "Resource": "*"},
        {
            "Effect": "Allow",
            "Principal": {"Service": "cloudwatch.amazonaws.com"},  # alarms write to a sealed topic
            "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
            "Resource": "*",
        },
    ]
    return {
        "Type": "AWS::KMS::Key",
        "DeletionPolicy": "Retain",
        "UpdateReplacePolicy": "Retain",
        "Properties": {
            "Description": {"Fn::Sub": "Secrets, files and alarms of ${AWS::StackName}"},
            "EnableKeyRotation": True,
            "KeyPolicy": {"Version": "2012-10-17", "Statement": statements},
        },
    }


def alias(stage: Stage) -> Json:
    """The name under which operators use it."""
    properties = {"AliasName": f"alias/{stage.prefix}", "TargetKeyId": {"Ref": "Key"}}
    return {"Type": "AWS::KMS::Alias", "Properties": properties}
