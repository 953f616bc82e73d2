"""What wakes somebody: each alarm says what is wrong, and docs/operate.md what to do."""

from collections.abc import Iterator

from infra.package.stage import Stage
from infra.package.template.function import Function, Json
from infra.package.template.queues import DAY_S, DEAD_LETTERS_KEPT_DAYS
from infra.package.template.runtime import physical
from infra.package.template.tables import logical_id
from services.shared.plumbing.resources import Queue, Resources

MAX_STOPPING = 5  # CloudFormation watches no more
LATE_PUBLISHING_MS = 300_000
API_FAILURES = 5  # a minute
DEAD_TOO_LONG_S = (DEAD_LETTERS_KEPT_DAYS - 4) * DAY_S  # a long weekend before they are gone


def alarms(functions: list[Function], resources: Resources, stage: Stage) -> Iterator[tuple[str, Json]]:
    """Each alarm by its logical id."""
    for function in functions:
        yield from _of_function(function, resources, stage)
    for queue in resources.queues:
        yield from _of_queue(queue, stage)
    for named in resources.alarms:
        name = stage.physical(f"{resources.service}-{named.event.replace('_', '-')}")
        metric = _metric(stage.physical(resources.service), named.event, {}, "Sum", 0)
        yield logical_id(named.event, "Alarm"), _alarm(name, named.what, metric)
    what = "Answers 5xx. The log of the api function names the route and the cause"
    dimensions = {"ApiName": stage.physical(resources.service), "Stage": stage.name}
    name = stage.physical(f"{resources.service}-api-5xx")
    metric = _metric("AWS/ApiGateway", "5XXError", dimensions, "Sum", API_FAILURES - 1)
    yield "Api5xxAlarm", _alarm(name, what, metric)


def stopping(functions: list[Function], resources: Resources) -> list[str]:
    """The alarms, by logical id, that stop a release when it sets them off: those that tell of most come first."""
    kinds = ("api", "queue", "stream")
    errors = [f"{one.logical}ErrorsAlarm" for kind in kinds for one in functions if one.kind == kind]
    dead = [logical_id(queue.dead_letters, "DepthAlarm") for queue in resources.queues]
    return ["Api5xxAlarm", *errors, *dead][:MAX_STOPPING]


def _of_function(function: Function, resources: Resources, stage: Stage) -> Iterator[tuple[str, Json]]:
    name = physical(function, resources, stage)
    dimensions = {"FunctionName": name}
    what = f"{function.name} fails as a whole: it cannot start, runs out of time or memory, or raises"
    metric = _metric("AWS/Lambda", "Errors", dimensions, "Sum", 0)
    yield f"{function.logical}ErrorsAlarm", _alarm(f"{name}-errors", what, metric)
    what = f"{function.name} is refused a place to run: the account's concurrency is used up"
    metric = _metric("AWS/Lambda", "Throttles", dimensions, "Sum", 0)
    yield f"{function.logical}ThrottlesAlarm", _alarm(f"{name}-throttles", what, metric)
    if function.kind == "stream":
        what = "Events leave late: the publisher does not keep up with its stream, or fails on it"
        metric = _metric("AWS/Lambda", "IteratorAge", dimensions, "Maximum", LATE_PUBLISHING_MS)
        yield f"{function.logical}AgeAlarm", _alarm(f"{name}-age", what, metric)


def _of_queue(queue: Queue, stage: Stage) -> Iterator[tuple[str, Json]]:
    dead = {"QueueName": stage.physical(queue.dead_letters)}
    what = "Messages that failed every time. Look at them, mend the cause, redrive"
    metric = _metric("AWS/SQS", "ApproximateNumberOfMessagesVisible", dead, "Maximum", 0)
    name = f"{dead['QueueName']}-depth"
    yield logical_id(queue.dead_letters, "DepthAlarm"), _alarm(name, what, metric)
    what = "Dead letters will soon be forgotten: the oldest has few days left. Redrive it, or write down what it said"
    metric = _metric("AWS/SQS", "ApproximateAgeOfOldestMessage", dead, "Maximum", DEAD_TOO_LONG_S)
    yield logical_id(queue.dead_letters, "AgeAlarm"), _alarm(f"{dead['QueueName']}-age", what, metric)
    live = {"QueueName": stage.physical(queue.name)}
    what = "Messages wait longer than all their tries can take: the consumer does not run, or does not keep up"
    longest = queue.visibility_s * queue.max_receives
    metric = _metric("AWS/SQS", "ApproximateAgeOfOldestMessage", live, "Maximum", longest)
    yield logical_id(queue.name, "AgeAlarm"), _alarm(f"{live['QueueName']}-age", what, metric)


def _metric(namespace: str, name: str, dimensions: dict[str, str], statistic: str, above: int) -> Json:
    return {
        "Namespace": namespace,
        "MetricName": name,
        "Dimensions": [{"Name": key, "Value": value} for key, value in dimensions.items()],
        "Statistic": statistic,
        "Period": 60,
        "EvaluationPeriods": 1,
        "Threshold": above,
        "ComparisonOperator": "GreaterThanThreshold",
        "TreatMissingData": "notBreaching",
    }


def _alarm(name: str, what: str, metric: Json) -> Json:
    topic = [{"Ref": "AlarmTopic"}]
    properties = {"AlarmName": name, "AlarmDescription": what, "AlarmActions": topic, "OKActions": topic}
    return {"Type": "AWS::CloudWatch::Alarm", "Properties": properties | metric}
