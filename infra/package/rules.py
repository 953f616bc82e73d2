"""What every service's template must be, whoever rendered it. Each rule yields findings, a line each."""

import json
import re
from collections.abc import Callable, Iterator

from infra.package.needs import Needs, alarms_of, secrets_of
from infra.package.template.alarms import MAX_STOPPING
from infra.package.template.function import Json, functions
from infra.package.template.merge import RELEASE_ALARMS
from services.shared.plumbing.resources import Resources

Rule = Callable[[Json], Iterator[str]]


def findings(template: Json) -> Iterator[str]:
    """All that breaks a rule."""
    for rule in RULES:
        yield from rule(template)


def of_type(template: Json, kind: str) -> dict[str, Json]:
    """The resources of a type, by logical id."""
    return {name: one for name, one in template["Resources"].items() if one["Type"] == kind}


def tables_outlive_mistakes(template: Json) -> Iterator[str]:
    """Recovery to a point in time, deletion protection, TTL, encryption; and the stack never deletes one."""
    for name, table in of_type(template, "AWS::DynamoDB::Table").items():
        properties = table["Properties"]
        wanted = {
            "point-in-time recovery": properties["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"],
            "deletion protection": properties["DeletionProtectionEnabled"],
            "TTL": properties["TimeToLiveSpecification"]["Enabled"],
            "encryption": properties["SSESpecification"]["SSEEnabled"],
            "retention": (table["DeletionPolicy"], table["UpdateReplacePolicy"]) == ("Retain", "Retain"),
        }
        yield from (f"{name} is without {what}" for what, given in wanted.items() if given is not True)


def queues_lose_nothing(template: Json) -> Iterator[str]:
    """A queue has a dead-letter queue, and hides a message for six times what its consumer may take."""
    queues = of_type(template, "AWS::SQS::Queue")
    redrives = {name: queue["Properties"].get("RedrivePolicy") for name, queue in queues.items()}
    dead = {redrive["deadLetterTargetArn"]["Fn::GetAtt"][0] for redrive in redrives.values() if redrive}
    yield from (f"{name} has no dead-letter queue" for name, one in redrives.items() if not one and name not in dead)
    for function in functions(template):
        if function.kind == "queue" and function.source:
            queue = function.source["Queue"]["Fn::GetAtt"][0]
            timeout = template["Resources"][function.logical]["Properties"]["Timeout"]
            if queues[queue]["Properties"]["VisibilityTimeout"] < 6 * timeout:
                yield f"{queue} shows a message again before {function.name} can have failed six times"


def sources_give_up_in_time(template: Json) -> Iterator[str]:
    """Partial batches; limits on retries; and what is given up on is kept somewhere."""
    for function in functions(template):
        properties, source = template["Resources"][function.logical]["Properties"], function.source or {}
        wanted: dict[str, object] = {}
        if function.kind in {"stream", "queue"}:
            wanted["ReportBatchItemFailures"] = source.get("FunctionResponseTypes") == ["ReportBatchItemFailures"]
        if function.kind == "stream":
            wanted |= {name: source.get(name) for name in ("BisectBatchOnFunctionError", "MaximumRetryAttempts")}
            wanted["MaximumRecordAgeInSeconds"] = source.get("MaximumRecordAgeInSeconds")
            wanted["an on-failure destination"] = source.get("DestinationConfig", {}).get("OnFailure")
        if function.kind == "queue":
            wanted["a limit of consumers"] = source.get("ScalingConfig", {}).get("MaximumConcurrency")
        if function.kind == "schedule":
            invoked = properties.get("EventInvokeConfig", {})
            wanted["limits on retries"] = {"MaximumRetryAttempts", "MaximumEventAgeInSeconds"} <= set(invoked)
            wanted["an on-failure destination"] = invoked.get("DestinationConfig", {}).get("OnFailure")
        yield from (f"{function.name} is without {what}" for what, given in wanted.items() if not given)


def functions_have_their_own(template: Json) -> Iterator[str]:
    """Each function has a role of its own and a log group that forgets."""
    roles: set[str] = set()
    for function in functions(template):
        properties = template["Resources"][function.logical]["Properties"]
        role = json.dumps(properties["Role"])
        if role in roles or role != json.dumps({"Fn::GetAtt": [function.role, "Arn"]}):
            yield f"{function.name} has no role of its own"
        roles.add(role)
        group = template["Resources"].get(function.logs, {}).get("Properties", {})
        if group.get("LogGroupName") != f"/aws/lambda/{properties['FunctionName']}" or not group["RetentionInDays"]:
            yield f"{function.name} has no log group with a retention"


def roles_are_narrow(template: Json) -> Iterator[str]:
    """No ``*`` for an action; for a resource only at the end of something that is named."""
    for name, role in of_type(template, "AWS::IAM::Role").items():
        for policy in role["Properties"]["Policies"]:
            for statement in policy["PolicyDocument"]["Statement"]:
                yield from (f"{name} may do {one}" for one in statement["Action"] if "*" in one)
                texts = (one.get("Fn::Sub", "") if isinstance(one, dict) else one for one in statement["Resource"])
                yield from (f"{name} may touch {one}" for one in texts if "*" in one and not _named(one))


def _named(arn: str) -> bool:
    head, star, tail = arn.partition("*")
    last = head.rstrip(":/").rpartition(":")[2]
    return bool(star) and not tail and head.endswith((":", "/")) and ("xiaodian-" in last or "${" in last)


def somebody_is_woken(template: Json) -> Iterator[str]:
    """Alarms on every function's errors and throttles, on a stream's age, on a queue's age, dead letters and theirs."""
    watched = {
        (one["Properties"]["MetricName"], dimension["Value"])
        for one in of_type(template, "AWS::CloudWatch::Alarm").values()
        if one["Properties"]["AlarmActions"]
        for dimension in one["Properties"]["Dimensions"]
    }
    wanted = set()
    for function in functions(template):
        name = template["Resources"][function.logical]["Properties"]["FunctionName"]
        wanted |= {("Errors", name), ("Throttles", name)} | (
            {("IteratorAge", name)} if function.kind == "stream" else set()
        )
    for queue in of_type(template, "AWS::SQS::Queue").values():
        name, redrive = queue["Properties"]["QueueName"], queue["Properties"].get("RedrivePolicy")
        wanted |= {("ApproximateAgeOfOldestMessage", name)}
        wanted |= set() if redrive else {("ApproximateNumberOfMessagesVisible", name)}
    yield from (f"nobody is woken by {metric} of {name}" for metric, name in sorted(wanted - watched))
    stopping = template["Outputs"][RELEASE_ALARMS]["Value"]["Fn::Join"][1]
    if not 1 <= len(stopping) <= MAX_STOPPING:
        yield f"{len(stopping)} alarms stop a release: CloudFormation watches 1 to {MAX_STOPPING}"


LITERALS = re.compile(r"arn:aws|amazonaws\.com|\b\d{12}\b|\b(?:us|eu|ap|cn|ca|sa|me|af)-(?:gov-)?[a-z]+-\d\b")
PRINCIPAL = re.compile(r"[a-z]+\.amazonaws\.com")  # the same in every partition


def any_partition_will_do(template: Json) -> Iterator[str]:
    """No partition, domain, region or account is written out."""
    for text in sorted(set(_texts(template))):
        if LITERALS.search(text) and not PRINCIPAL.fullmatch(text):
            yield f"“{text}” is of one partition, region or account"


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one)
    elif isinstance(value, dict):
        for name, one in value.items():
            yield from _texts(name)
            yield from _texts(one)


def declared(needs: Needs, resources: Resources) -> Iterator[str]:
    """``resources.py`` names every secret that the code reads, every event that it alarms by, and none that it does
    not; and says if it uses files."""
    named, patterns = secrets_of(needs)
    yield from (f"resources.py does not list the secret {name}" for name in sorted(named - set(resources.secrets)))
    filled = re.compile("|".join(re.escape(one).replace(r"\{\}", "[A-Z]+") for one in patterns) or "(?!)")
    for name in sorted(set(resources.secrets) - named):
        if not filled.fullmatch(name):
            yield f"resources.py lists the secret {name}, which nothing reads"
    said, listed = alarms_of(needs), {one.event for one in resources.alarms}
    yield from (f"resources.py does not list the alarm {event}" for event in sorted(said - listed))
    yield from (f"resources.py lists the alarm {event}, which nothing says" for event in sorted(listed - said))
    if ("s3" in needs.clients) != resources.uses_files:
        yield f"resources.py says uses_files={resources.uses_files}, the code says otherwise"


RULES: tuple[Rule, ...] = (
    tables_outlive_mistakes,
    queues_lose_nothing,
    sources_give_up_in_time,
    functions_have_their_own,
    roles_are_narrow,
    somebody_is_woken,
    any_partition_will_do,
)
