"""One page a service: is it answering, are its events flowing, what lies in its queues."""

import json
from collections.abc import Iterable

from infra.package.stage import Stage
from infra.package.template.function import Function, Json
from infra.package.template.runtime import physical
from services.shared.plumbing.resources import Resources

Metric = list[object]
WIDTH, HEIGHT = 8, 6  # three in a row of 24


def dashboard(functions: list[Function], resources: Resources, stage: Stage) -> Json:
    """The dashboard, named after the service."""
    api: Metric = ["ApiName", stage.physical(resources.service), "Stage", stage.name]
    names = {function.name: physical(function, resources, stage) for function in functions}
    streams = [names[function.name] for function in functions if function.kind == "stream"]
    queues = [stage.physical(name) for queue in resources.queues for name in (queue.name, queue.dead_letters)]
    tables = [stage.physical(table.name) for table in resources.tables]
    shown = [
        ("Requests", "Sum", [["AWS/ApiGateway", metric, *api] for metric in ("Count", "4XXError", "5XXError")]),
        ("Answer time, ms", "p95", [["AWS/ApiGateway", "Latency", *api]]),
        ("Runs", "Sum", _each("AWS/Lambda", "Invocations", "FunctionName", names.values())),
        ("Failed runs", "Sum", _each("AWS/Lambda", "Errors", "FunctionName", names.values())),
        ("Run time, ms", "p95", _each("AWS/Lambda", "Duration", "FunctionName", names.values())),
        ("Age of the stream, ms", "Maximum", _each("AWS/Lambda", "IteratorAge", "FunctionName", streams)),
        ("In queues", "Maximum", _each("AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", queues)),
        ("Oldest message, s", "Maximum", _each("AWS/SQS", "ApproximateAgeOfOldestMessage", "QueueName", queues)),
        ("Written units", "Sum", _each("AWS/DynamoDB", "ConsumedWriteCapacityUnits", "TableName", tables)),
        ("Read units", "Sum", _each("AWS/DynamoDB", "ConsumedReadCapacityUnits", "TableName", tables)),
    ]
    widgets = [_widget(place, *one) for place, one in enumerate(shown)]
    return {
        "Type": "AWS::CloudWatch::Dashboard",
        "Properties": {
            "DashboardName": stage.physical(resources.service),
            "DashboardBody": {"Fn::Sub": json.dumps({"widgets": widgets})},
        },
    }


def _each(namespace: str, metric: str, dimension: str, names: Iterable[str]) -> list[Metric]:
    return [[namespace, metric, dimension, name] for name in names]


def _widget(place: int, title: str, statistic: str, metrics: list[Metric]) -> Json:
    row, column = divmod(place, 3)
    return {
        "type": "metric",
        "x": column * WIDTH,
        "y": row * HEIGHT,
        "width": WIDTH,
        "height": HEIGHT,
        "properties": {
            "title": title,
            "stat": statistic,
            "period": 60,
            "view": "timeSeries",
            "region": "${AWS::Region}",
            "metrics": metrics,
        },
    }
