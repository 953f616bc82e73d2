"""A service that exists only as what is known of one: Chalice's template, resources, settings."""

import copy
from collections.abc import Mapping
from typing import Any

from infra.package.stage import Stage
from infra.package.template.function import Json
from infra.package.template.merge import template
from services.shared.plumbing.resources import Index, Queue, Resources, Table, plumbing_tables
from services.shared.plumbing.settings import Secret, Setting

STAGE = Stage("test")
RESOURCES = Resources(
    service="toys",
    tables=(Table("toys", indexes=(Index("by_shelf", "shelf", "toy_id"),)), *plumbing_tables("toys")),
    queues=(Queue("toys-events"),),
    uses_files=True,
    secrets=("TOYS_SECRET",),
)
SETTINGS: Mapping[str, Setting[Any]] = {
    one.name: one
    for one in (
        Setting("TOYS_SHELF"),
        Setting("TOYS_LIMIT", int, default=3),
        Secret("TOYS_SECRET"),
        Setting("XIAODIAN_FILES_BUCKET"),
    )
}


def _function(handler: str, kind: str = "", **source: Any) -> Json:
    properties: Json = {"Runtime": "python3.11", "Handler": handler, "CodeUri": "./deployment.zip", "MemorySize": 128}
    if kind:
        properties["Events"] = {"Source": {"Type": kind, "Properties": source}}
    return {"Type": "AWS::Serverless::Function", "Properties": properties}


CHALICE: Json = {
    "AWSTemplateFormatVersion": "2010-09-09",
    "Transform": "AWS::Serverless-2016-10-31",
    "Outputs": {"RestAPIId": {"Value": {"Ref": "RestAPI"}}},
    "Resources": {
        "Publish": _function("app.publish", "DynamoDB", Stream="arn:x:1:table/xiaodian-test-toys-outbox/stream/latest"),
        "Consume": _function("app.consume", "SQS", Queue={"Fn::Sub": "arn:${AWS::Region}:xiaodian-test-toys-events"}),
        "Tend": _function("app.tend", "Schedule", Schedule="rate(1 minute)"),
        "Count": _function("app.count"),
        "APIHandler": _function("app.app"),
        "RestAPI": {
            "Type": "AWS::Serverless::Api",
            "Properties": {"StageName": "test", "DefinitionBody": {"info": {"title": "toys"}, "paths": {}}},
        },
    },
}


def rendered(resources: Resources = RESOURCES, chalice: Json = CHALICE) -> Json:
    """The whole template, for the caller to change."""
    made = template(copy.deepcopy(chalice), resources, SETTINGS, STAGE, "arm64", "toys/0.zip")
    return copy.deepcopy(made)  # no part of it is shared with another
