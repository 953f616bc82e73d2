"""Buckets: closed to the public, encrypted, reached only by TLS, and kept when the stack goes."""

from collections.abc import Mapping

from infra.package.template.function import Json

CLOSED = {"BlockPublicAcls": True, "BlockPublicPolicy": True, "IgnorePublicAcls": True, "RestrictPublicBuckets": True}
# A browser puts a file by a signed URL, which is itself the right to do so: where its page comes from says nothing.
FROM_BROWSERS = {"AllowedMethods": ["GET", "PUT"], "AllowedOrigins": ["*"], "AllowedHeaders": ["*"], "MaxAge": 3000}


def bucket(
    name: str,
    *,
    encrypted: bool = False,
    versioned: bool = False,
    uploads: bool = False,
    kept_days: Mapping[str, int] | None = None,
) -> Json:
    """``{name}Bucket`` and its policy. ``encrypted``: by the stage's key; every bucket is by S3's own. ``kept_days``:
    how long, by the beginning of a file's key; all else stays."""
    by_key = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": {"Fn::GetAtt": ["Key", "Arn"]}}
    rule: Json = {"ServerSideEncryptionByDefault": by_key if encrypted else {"SSEAlgorithm": "AES256"}}
    properties: Json = {
        "BucketEncryption": {
            "ServerSideEncryptionConfiguration": [rule | ({"BucketKeyEnabled": True} if encrypted else {})]
        },
        "PublicAccessBlockConfiguration": CLOSED,
        "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
        "LifecycleConfiguration": {"Rules": _lifecycle(versioned=versioned, kept_days=kept_days or {})},
    }
    if versioned:
        properties["VersioningConfiguration"] = {"Status": "Enabled"}
    if uploads:
        properties["CorsConfiguration"] = {"CorsRules": [FROM_BROWSERS]}
    made = {"DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain", "Properties": properties}
    return {f"{name}Bucket": {"Type": "AWS::S3::Bucket"} | made, f"{name}BucketPolicy": _only_by_tls(f"{name}Bucket")}


def _lifecycle(*, versioned: bool, kept_days: Mapping[str, int]) -> list[Json]:
    rules: list[Json] = [
        {"Id": "unfinished", "Status": "Enabled", "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7}}
    ]
    if versioned:
        rules.append({"Id": "older", "Status": "Enabled", "NoncurrentVersionExpiration": {"NoncurrentDays": 90}})
    for prefix, days in kept_days.items():
        rule: Json = {"Id": f"over {prefix}".rstrip(), "Status": "Enabled", "ExpirationInDays": days}
        rules.append(rule | ({"Prefix": prefix} if prefix else {}))
    return rules


def _only_by_tls(name: str) -> Json:
    everything = [{"Fn::GetAtt": [name, "Arn"]}, {"Fn::Sub": f"${{{name}.Arn}}/*"}]
    deny = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": everything,
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    properties = {"Bucket": {"Ref": name}, "PolicyDocument": {"Version": "2012-10-17", "Statement": [deny]}}
    return {"Type": "AWS::S3::BucketPolicy", "Properties": properties}
