"""The template says of each function, table and queue what Chalice does not know."""

import copy
import json
from dataclasses import replace

import pytest

from infra.package.template.function import Undecided, functions
from infra.package.template.merge import merge
from services.shared.plumbing.resources import Alarm, Queue, Table
from tests.unit.package.toy import CHALICE, RESOURCES, rendered


def test_a_function_runs_by_its_own_name_role_and_log() -> None:
    """Whatever triggers it, and whether anything does."""
    made = rendered()

    for function in functions(CHALICE):
        resource = made["Resources"][function.logical]
        assert resource["Properties"]["FunctionName"] == f"xiaodian-test-toys-{function.name}"
        assert resource["Properties"]["Role"] == {"Fn::GetAtt": [f"{function.logical}Role", "Arn"]}
        assert resource["DependsOn"] == f"{function.logical}Logs"
        assert resource["Properties"]["Architectures"] == ["arm64"]
        assert resource["Properties"]["CodeUri"] == {"Bucket": {"Ref": "ArtifactsBucket"}, "Key": "toys/0.zip"}


def test_an_event_source_reads_what_the_stack_makes() -> None:
    """By reference, so that CloudFormation makes the table or the queue first."""
    resources = rendered()["Resources"]

    stream = resources["Publish"]["Properties"]["Events"]["Source"]["Properties"]["Stream"]
    queue = resources["Consume"]["Properties"]["Events"]["Source"]["Properties"]["Queue"]
    assert stream == {"Fn::GetAtt": ["ToysOutboxTable", "StreamArn"]}
    assert queue == {"Fn::GetAtt": ["ToysEventsQueue", "Arn"]}


def test_the_consumer_has_as_long_as_its_queue_says() -> None:
    """Timeout and visibility come from one number."""
    made = rendered(replace(RESOURCES, queues=(Queue("toys-events", function_timeout_s=50),)))

    assert made["Resources"]["Consume"]["Properties"]["Timeout"] == 50
    assert made["Resources"]["ToysEventsQueue"]["Properties"]["VisibilityTimeout"] == 300


def test_a_new_table_and_a_new_queue_appear_with_all_they_need() -> None:
    """Nothing but resources.py names them."""
    more = replace(
        RESOURCES, tables=(*RESOURCES.tables, Table("toys-attic")), queues=(*RESOURCES.queues, Queue("toys-post"))
    )

    added = set(rendered(more)["Resources"]) - set(rendered()["Resources"])

    assert added == {
        "ToysAtticTable",
        "ToysPostQueue",
        "ToysPostDlqQueue",
        "ToysPostAgeAlarm",
        "ToysPostDlqAgeAlarm",
        "ToysPostDlqDepthAlarm",
    }


def test_what_a_service_alarms_by_wakes_somebody() -> None:
    """On the metric that its log's line is, told with what it means; nothing else is watched for it."""
    made = rendered(replace(RESOURCES, alarms=(Alarm("toy_broken", "Glue it"),)))["Resources"]

    assert set(made) - set(rendered()["Resources"]) == {"ToyBrokenAlarm"}
    alarm = made["ToyBrokenAlarm"]["Properties"]
    assert (alarm["AlarmName"], alarm["AlarmDescription"]) == ("xiaodian-test-toys-toy-broken", "Glue it")
    assert (alarm["Namespace"], alarm["MetricName"], alarm["Dimensions"]) == ("xiaodian-test-toys", "toy_broken", [])
    assert (alarm["Statistic"], alarm["Threshold"], alarm["TreatMissingData"]) == ("Sum", 0, "notBreaching")
    assert alarm["AlarmActions"] == [{"Ref": "AlarmTopic"}]


def test_a_setting_is_asked_of_the_parameter_store() -> None:
    """One with a default may be left out; a secret's value never enters the template."""
    made = rendered()
    variables = made["Globals"]["Function"]["Environment"]["Variables"]

    stored = {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/xiaodian/test/TOYS_SHELF"}
    assert made["Parameters"]["ToysShelf"] == stored
    assert variables["TOYS_SHELF"] == {"Ref": "ToysShelf"}
    assert made["Parameters"]["ToysLimit"]["Default"] == ""
    assert variables["TOYS_LIMIT"] == {"Fn::If": ["HasToysLimit", {"Ref": "ToysLimit"}, {"Ref": "AWS::NoValue"}]}
    assert variables["TOYS_SECRET"] == "ssm:/xiaodian/test/TOYS_SECRET"
    assert variables["XIAODIAN_PREFIX"] == "xiaodian-test"


def test_what_stops_a_release_is_never_more_than_cloudformation_watches() -> None:
    """However many queues there are, the doors, the consumer and the publisher come first."""
    crowded = replace(RESOURCES, queues=(*RESOURCES.queues, *(Queue(f"toys-post-{number}") for number in range(9))))

    watched = rendered(crowded)["Outputs"]["ReleaseAlarms"]["Value"]["Fn::Join"][1]

    assert [one["Fn::GetAtt"][0] for one in watched] == [
        "Api5xxAlarm",
        "APIHandlerErrorsAlarm",
        "ConsumeErrorsAlarm",
        "PublishErrorsAlarm",
        "ToysEventsDlqDepthAlarm",
    ]


def test_a_custom_domain_is_mapped_only_where_there_is_one() -> None:
    """The base path is the service's name, as on one machine."""
    made = rendered()

    mapping = made["Resources"]["BasePath"]
    assert mapping["Condition"] == "HasDomain"
    assert mapping["Properties"]["BasePath"] == "toys"


def test_who_is_throttled_by_api_gateway_hears_when_to_ask_again() -> None:
    """It answers that by itself, and no function knows of it (X2)."""
    body = rendered()["Resources"]["RestAPI"]["Properties"]["DefinitionBody"]

    answer = body["x-amazon-apigateway-gateway-responses"]["THROTTLED"]
    assert answer["statusCode"] == 429
    assert answer["responseParameters"]["gatewayresponse.header.Retry-After"] == "'1'"
    assert body["paths"] == {}  # Chalice's are kept


def test_what_api_gateway_refuses_by_itself_is_a_problem_too() -> None:
    """X2: an unknown path is 404 on AWS as it is here, and a function that gives no answer is worth a repeat."""
    body = rendered()["Resources"]["RestAPI"]["Properties"]["DefinitionBody"]
    answers = body["x-amazon-apigateway-gateway-responses"]
    slugs = {}
    for name, one in answers.items():
        said = json.loads(one["responseTemplates"]["application/json"])
        assert said["status"] == one["statusCode"]
        assert said["instance"] == "$context.requestId"
        assert one["responseParameters"]["gatewayresponse.header.Content-Type"] == "'application/problem+json'"
        slugs[name] = (one["statusCode"], said["type"].rpartition("/")[2])

    assert slugs == {
        "MISSING_AUTHENTICATION_TOKEN": (404, "not-found"),
        "RESOURCE_NOT_FOUND": (404, "not-found"),
        "REQUEST_TOO_LARGE": (413, "payload-too-large"),
        "UNSUPPORTED_MEDIA_TYPE": (415, "unsupported-media-type"),
        "THROTTLED": (429, "too-many-requests"),
        "INTEGRATION_FAILURE": (503, "too-busy"),
        "INTEGRATION_TIMEOUT": (503, "too-busy"),
        "DEFAULT_5XX": (500, "internal"),
    }
    assert answers["INTEGRATION_TIMEOUT"]["responseParameters"]["gatewayresponse.header.Retry-After"] == "'1'"


def test_a_trigger_that_nobody_has_thought_about_stops_the_build() -> None:
    """Its retries and its rights are to be decided first."""
    chalice = copy.deepcopy(CHALICE)
    chalice["Resources"]["Tend"]["Properties"]["Events"]["Source"]["Type"] = "Kinesis"

    with pytest.raises(Undecided, match=r"tend: .* Kinesis"):
        rendered(chalice=chalice)


def test_the_dashboard_shows_every_function_queue_and_table() -> None:
    """Its body is JSON in which only the region is open."""
    body = rendered()["Resources"]["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"]

    shown = {
        text for widget in json.loads(body)["widgets"] for metric in widget["properties"]["metrics"] for text in metric
    }
    assert shown >= {"xiaodian-test-toys-count", "xiaodian-test-toys-events-dlq", "xiaodian-test-toys-plumbing"}


def test_what_is_computed_is_replaced_and_not_mixed() -> None:
    """Two functions of CloudFormation in one object would be neither."""
    under = {"a": {"Fn::Sub": "x"}, "b": {"c": 1, "d": [1]}}

    merged = merge(under, {"a": {"Fn::GetAtt": ["Y", "Arn"]}, "b": {"d": [2]}})

    assert merged == {"a": {"Fn::GetAtt": ["Y", "Arn"]}, "b": {"c": 1, "d": [2]}}
