"""The platform makes what services are told of, and nobody else can reach it."""

import json
from datetime import timedelta

import pytest

from infra.package.rules import any_partition_will_do, of_type
from infra.package.stage import Stage
from infra.package.template.parameters import PLATFORM
from infra.platform.template import platform
from services.orders.export_orders import file_key
from services.orders.tables import EXPORTS_KEPT
from tests.unit.package.toy import rendered

TEMPLATE = platform(Stage("test"))


def test_services_find_all_that_the_platform_leaves() -> None:
    """By the same names in the parameter store."""
    left = {one["Properties"]["Name"] for one in of_type(TEMPLATE, "AWS::SSM::Parameter").values()}
    read = {one["Default"] for one in rendered()["Parameters"].values() if one["Default"].startswith("/")}

    assert {f"/xiaodian/test/{path}" for path in PLATFORM.values()} <= left & read
    assert left - read == {"/xiaodian/test/XIAODIAN_PUBLIC_URL"}  # toys have no use for it
    assert read - left == {"/xiaodian/test/TOYS_SHELF"}


def test_any_partition_will_do() -> None:
    """As for services."""
    assert list(any_partition_will_do(TEMPLATE)) == []


@pytest.mark.parametrize("name", of_type(TEMPLATE, "AWS::S3::Bucket"))
def test_a_bucket_is_closed_encrypted_and_kept(name: str) -> None:
    """No public access, no plain HTTP, no loss with the stack."""
    bucket = TEMPLATE["Resources"][name]
    properties = bucket["Properties"]

    assert all(properties["PublicAccessBlockConfiguration"].values())
    assert properties["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert (bucket["DeletionPolicy"], bucket["UpdateReplacePolicy"]) == ("Retain", "Retain")
    (statement,) = TEMPLATE["Resources"][f"{name}Policy"]["Properties"]["PolicyDocument"]["Statement"]
    assert statement["Effect"] == "Deny"
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_an_export_with_its_addresses_goes_when_it_is_listed_no_more() -> None:
    """X3: and what it was joined from; all else in that bucket stays."""
    rules = TEMPLATE["Resources"]["FilesBucket"]["Properties"]["LifecycleConfiguration"]["Rules"]
    ((prefix, days),) = [(rule["Prefix"], rule["ExpirationInDays"]) for rule in rules if "ExpirationInDays" in rule]

    assert file_key("exp_1").startswith(prefix)
    assert timedelta(days=days) == EXPORTS_KEPT


def test_only_the_key_s_own_policy_says_everything() -> None:
    """It speaks of itself; a key that nobody may change would be lost."""
    policy = TEMPLATE["Resources"]["Key"]["Properties"]["KeyPolicy"]

    owner, alarms = policy["Statement"]
    assert owner["Principal"] == {"AWS": {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"}}
    assert alarms["Action"] == ["kms:Decrypt", "kms:GenerateDataKey"]
    assert TEMPLATE["Resources"]["Key"]["DeletionPolicy"] == "Retain"
    assert TEMPLATE["Resources"]["Key"]["Properties"]["EnableKeyRotation"] is True


def test_the_docs_page_s_api_reads_only_its_folder() -> None:
    """As a role of its own: the bucket also holds every package."""
    ((policy,), api) = (
        TEMPLATE["Resources"]["DocsRole"]["Properties"]["Policies"],
        TEMPLATE["Resources"]["DocsApi"]["Properties"]["Body"],
    )
    (statement,) = policy["PolicyDocument"]["Statement"]
    integrations = {path: one["get"]["x-amazon-apigateway-integration"] for path, one in api["paths"].items()}

    assert statement["Action"] == ["s3:GetObject"]
    assert statement["Resource"] == [{"Fn::Sub": "arn:${AWS::Partition}:s3:::${ArtifactsBucket}/docs/*"}]
    assert {one["credentials"]["Fn::GetAtt"][0] for one in integrations.values()} == {"DocsRole"}
    uris = {path: one["uri"]["Fn::Sub"].partition("${ArtifactsBucket}")[2] for path, one in integrations.items()}
    assert uris == {"/": "/docs/index.html", "/{file}": "/docs/{file}"}


def test_a_change_of_the_docs_page_s_routes_is_deployed() -> None:
    """API Gateway serves a deployment, which never changes: other routes need another one."""
    (deployment,) = of_type(TEMPLATE, "AWS::ApiGateway::Deployment")
    (other,) = of_type(platform(Stage("other")), "AWS::ApiGateway::Deployment")

    assert TEMPLATE["Resources"]["DocsStage"]["Properties"]["DeploymentId"] == {"Ref": deployment}
    assert deployment != other


def test_what_is_deployed_inline_is_small_enough() -> None:
    """There is no bucket yet to put it in."""
    assert len(json.dumps(TEMPLATE)) < 51_200
