"""Each rule finds what it is there to find, in a template that is otherwise right."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from infra.package.rules import findings
from infra.package.template.function import Json
from tests.unit.package.toy import rendered


def _resource(name: str, **change: Any) -> Callable[[Json], None]:
    """Change properties of a resource."""
    return lambda template: template["Resources"][name]["Properties"].update(change)


def _source(name: str, **change: Any) -> Callable[[Json], None]:
    """Change properties of a function's event source."""
    return lambda template: template["Resources"][name]["Properties"]["Events"]["Source"]["Properties"].update(change)


def _without(name: str) -> Callable[[Json], None]:
    return lambda template: template["Resources"].pop(name)


def _may(**change: Any) -> Callable[[Json], None]:
    """Change the last statement of the consumer's role."""

    def breach(template: Json) -> None:
        (policy,) = template["Resources"]["ConsumeRole"]["Properties"]["Policies"]
        policy["PolicyDocument"]["Statement"][-1].update(change)

    return breach


def _borrow_a_role(template: Json) -> None:
    resources = template["Resources"]
    resources["Tend"]["Properties"]["Role"] = resources["Consume"]["Properties"]["Role"]


def _let_go(template: Json) -> None:
    template["Resources"]["ToysTable"] |= {"DeletionPolicy": "Delete"}


def _stop_for_nothing(template: Json) -> None:
    template["Outputs"]["ReleaseAlarms"]["Value"]["Fn::Join"][1] = []


BREACHES: list[tuple[Callable[[Json], None], str]] = [
    (_resource("ToysTable", PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": False}), "recovery"),
    (_resource("ToysTable", DeletionProtectionEnabled=False), "deletion protection"),
    (_resource("ToysTable", TimeToLiveSpecification={"Enabled": False}), "TTL"),
    (_resource("ToysTable", SSESpecification={"SSEEnabled": False}), "encryption"),
    (_let_go, "ToysTable is without retention"),
    (_resource("ToysEventsQueue", RedrivePolicy=None), "ToysEventsQueue has no dead-letter queue"),
    (_resource("ToysEventsQueue", VisibilityTimeout=179), "before consume can have failed"),
    (_source("Consume", FunctionResponseTypes=[]), "consume is without ReportBatchItemFailures"),
    (_source("Consume", ScalingConfig={}), "consume is without a limit"),
    (_source("Publish", BisectBatchOnFunctionError=False), "publish is without Bisect"),
    (_source("Publish", MaximumRetryAttempts=None), "publish is without MaximumRetryAttempts"),
    (_source("Publish", MaximumRecordAgeInSeconds=None), "publish is without MaximumRecordAge"),
    (_source("Publish", DestinationConfig={}), "publish is without an on-failure destination"),
    (_resource("Tend", EventInvokeConfig={}), "tend is without limits"),
    (_resource("Tend", EventInvokeConfig={"MaximumRetryAttempts": 1}), "tend is without an on-failure destination"),
    (_borrow_a_role, "tend has no role of its own"),
    (_without("CountLogs"), "count has no log group"),
    (_resource("CountLogs", RetentionInDays=None), "count has no log group"),
    (_may(Action=["sqs:*"]), r"ConsumeRole may do sqs:\*"),
    (_may(Resource=["*"]), r"ConsumeRole may touch \*"),
    (_may(Resource=["arn:${AWS::Partition}:sqs:${AWS::Region}:${AWS::AccountId}:*"]), "ConsumeRole may touch"),
    (_may(Resource=[{"Fn::Sub": "arn:${AWS::Partition}:dynamodb:x:y:table/*"}]), "ConsumeRole may touch"),
    (_may(Resource=[{"Fn::Sub": "arn:${AWS::Partition}:dynamodb:x:y:table/xiaodian-*"}]), "ConsumeRole may touch"),
    (_without("CountErrorsAlarm"), "woken by Errors of xiaodian-test-toys-count"),
    (_without("TendThrottlesAlarm"), "woken by Throttles of xiaodian-test-toys-tend"),
    (_without("PublishAgeAlarm"), "woken by IteratorAge"),
    (_without("ToysEventsAgeAlarm"), "woken by ApproximateAgeOfOldestMessage of xiaodian-test-toys-events"),
    (_without("ToysEventsDlqAgeAlarm"), "woken by ApproximateAgeOfOldestMessage of xiaodian-test-toys-events-dlq"),
    (_without("ToysEventsDlqDepthAlarm"), "MessagesVisible of xiaodian-test-toys-events-dlq"),
    (_resource("ToysEventsDlqDepthAlarm", AlarmActions=[]), "MessagesVisible of xiaodian-test-toys-events-dlq"),
    (_stop_for_nothing, "alarms stop a release"),
    (_may(Resource=["arn:aws:sqs:${AWS::Region}:x:y"]), "one partition"),
    (_resource("Count", Layers=["arn:${AWS::Partition}:lambda:eu-west-1:x"]), "one partition"),
    (_resource("Count", Layers=["arn:${AWS::Partition}:lambda::123456789012:x"]), "one partition"),
    (_resource("Count", Note="https://sqs.us-gov-west-1.amazonaws.com"), "one partition"),
]


@pytest.mark.parametrize(
    ("breach", "said"), BREACHES, ids=[f"{number} {said}" for number, (_, said) in enumerate(BREACHES)]
)
def test_a_breach_is_found(breach: Callable[[Json], None], said: str) -> None:
    """Whatever is wrong is said, and only that."""
    template = rendered()

    breach(template)

    found = list(findings(template))
    assert any(re.search(said, one) for one in found), found


def test_what_is_rendered_breaks_nothing() -> None:
    """So each finding above is of its own breach."""
    assert list(findings(rendered())) == []
