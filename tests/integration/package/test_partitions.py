"""Whatever is deployed is deployed in China and in GovCloud as well: nothing names a partition but AWS itself."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.package.build import REGIONS, services
from infra.package.needs import ROOT, needs_of
from infra.package.rules import any_partition_will_do
from infra.package.template.function import Json
from infra.platform.template import platform
from tests.integration.package.conftest import STAGE, Rendered, read

ACCOUNT = "123456789012"
PARTITIONS = {"cn-north-1": "aws-cn", "us-east-1": "aws", "us-gov-west-1": "aws-us-gov"}
SUFFIXES = {"aws-cn": "amazonaws.com.cn", "aws": "amazonaws.com", "aws-us-gov": "amazonaws.com"}
# The same everywhere, China too: https://docs.aws.amazon.com/IAM, “AWS service principals”.
PRINCIPALS = {f"{one}.amazonaws.com" for one in ("apigateway", "cloudwatch", "events", "lambda")}


@pytest.fixture(scope="session", params=["platform", *services()])
def template(request: pytest.FixtureRequest, rendered: Rendered) -> Json:
    """Each stack's template."""
    return platform(STAGE) if request.param == "platform" else read(rendered(request.param))


def _texts(value: object) -> Iterator[str]:
    """Every text, with those parts filled in that CloudFormation knows by itself."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, one in value.items():
            yield from _texts(name)
            yield from _texts(one)
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one)


def _as_in(region: str, template: Json) -> list[str]:
    partition = PARTITIONS[region]
    known = {"Partition": partition, "Region": region, "AccountId": ACCOUNT, "URLSuffix": SUFFIXES[partition]}
    text = json.dumps(template, ensure_ascii=False)
    for name, value in known.items():
        text = text.replace(f"${{AWS::{name}}}", value)
    return list(_texts(json.loads(text)))


@pytest.mark.parametrize("region", REGIONS)
def test_every_name_is_of_the_partition_where_it_is_deployed(template: Json, region: str) -> None:
    """ARNs, regions and domains; the principals of AWS's services have one name everywhere."""
    texts = _as_in(region, template)
    arns = [text for text in texts if "arn:" in text]

    assert arns
    assert {found[1] for text in arns for found in re.finditer(r"arn:([^:]+):", text)} == {PARTITIONS[region]}
    places = {found[1] for text in arns for found in re.finditer(r"arn:[^:]+:[^:]+:([^:]*):", text)}
    assert places <= {region, ""}
    hosts = {text for text in texts if "amazonaws.com" in text} - PRINCIPALS
    assert all(SUFFIXES[PARTITIONS[region]] in host and region in host for host in hosts)


def test_the_templates_themselves_name_none(template: Json) -> None:
    """So no fourth partition is left out either."""
    assert list(any_partition_will_do(template)) == []


@pytest.mark.parametrize("service", services())
def test_the_code_names_none(service: str) -> None:
    """It finds queues and buckets by their names. The one ARN in it is a placeholder that the template replaces."""
    named = [
        f"{path.relative_to(ROOT)}: {line.strip()}"
        for path in needs_of(service).files
        if path.suffix == ".py"
        for line in Path(path).read_text(encoding="utf-8").splitlines()
        if re.search(r"arn:aws|amazonaws\.com", line)
    ]

    assert [one.partition(":")[0] for one in named] == ["services/shared/plumbing/names.py"]


def test_what_china_lacks_is_not_required(template: Json) -> None:
    """Regional endpoints only: there are no edge-optimized ones; no CloudFront. The rest is cfn-lint's, by region."""
    kinds = {one["Type"] for one in template["Resources"].values()}

    assert not any(kind.startswith(("AWS::CloudFront", "AWS::WAFv2")) for kind in kinds)
    for one in template["Resources"].values():
        if one["Type"] in {"AWS::Serverless::Api", "AWS::ApiGateway::RestApi"}:
            assert one["Properties"]["EndpointConfiguration"] in (
                "REGIONAL",
                {"Type": "REGIONAL"},
                {"Types": ["REGIONAL"]},
            )
