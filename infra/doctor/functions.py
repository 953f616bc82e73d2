"""Functions and what triggers them: active, enabled, not stopped by anybody."""

from typing import Any

from infra.doctor.deployed import Deployed
from infra.doctor.finding import Findings, error, warning
from infra.package.template.function import Function, Json


def findings(deployed: Deployed) -> Findings:
    """All that keeps a service's functions from doing their work."""
    client = deployed.account.client("lambda")
    for function in deployed.functions:
        name = deployed.name_of(function)
        try:
            found = client.get_function_configuration(FunctionName=name)
        except client.exceptions.ResourceNotFoundException:
            yield error(name, "is not there", deployed.recreate)
            continue
        yield from _runs(name, found, client.get_function_concurrency(FunctionName=name))
        if function.kind in {"stream", "queue"}:
            yield from _mapping(deployed, client, name, function)
        if function.kind == "schedule":
            yield from _rule(deployed, name, found["FunctionArn"])


def _runs(name: str, found: Json, limit: Json) -> Findings:
    if found.get("State", "Active") not in {"Active", "Inactive"}:  # unused for long, it is Inactive until it is called
        yield error(name, f"is {found['State']}: {found.get('StateReason', '')}", "Mend that, and deploy a release.")
    if found.get("LastUpdateStatus", "Successful") == "Failed":
        why = found.get("LastUpdateStatusReason", "")
        yield error(name, f"was not updated: {why}", "Mend that, and deploy a release.")
    if limit.get("ReservedConcurrentExecutions") == 0:
        command = f"aws lambda delete-function-concurrency --function-name {name}"
        yield error(name, "is stopped: it may run no time at once", command)
    if found.get("VpcConfig", {}).get("SubnetIds"):
        what = "runs in a network of its own, which reaches WeChat and merchants' webhooks only through a NAT"
        yield warning(name, what, "Take it out, or see that its subnets have a route to a NAT gateway.")


def _mapping(deployed: Deployed, client: Any, name: str, function: Function) -> Findings:
    """The event source: there, on, and content with what the function says."""
    found = client.list_event_source_mappings(FunctionName=name)["EventSourceMappings"]
    if not found:
        yield error(name, f"has no {function.kind} that triggers it", deployed.recreate)
    for one in found:
        update = f"aws lambda update-event-source-mapping --uuid {one['UUID']}"
        if one["State"] not in {"Enabled", "Enabling", "Updating", "Creating"}:
            yield error(name, f"hears nothing: its event source is {one['State']}", f"{update} --enabled")
        if "ReportBatchItemFailures" not in one.get("FunctionResponseTypes", ()):
            option = "--function-response-types ReportBatchItemFailures"
            yield error(name, "repeats a whole batch for one bad message", f"{update} {option}")
        if str(one.get("LastProcessingResult", "")).startswith("PROBLEM"):
            yield error(name, f"its event source says {one['LastProcessingResult']}", f"See the log of {name}.")


def _rule(deployed: Deployed, name: str, arn: str) -> Findings:
    """The schedule: there, and on."""
    events = deployed.account.client("events")
    rules = events.list_rule_names_by_target(TargetArn=arn)["RuleNames"]
    if not rules:
        yield error(name, "has no schedule that starts it", deployed.recreate)
    for rule in rules:
        if events.describe_rule(Name=rule)["State"] == "DISABLED":
            yield error(name, "never starts: its schedule is disabled", f"aws events enable-rule --name {rule}")
