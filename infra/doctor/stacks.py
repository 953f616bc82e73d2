"""Which stacks there are, and whether CloudFormation was content with them."""

from collections.abc import Iterable
from typing import Any

from botocore.exceptions import ClientError

from infra.deploy.stack import ADVICE
from infra.doctor.account import Account
from infra.doctor.deployed import Deployed, read_template
from infra.doctor.finding import Finding, error, warning

GOOD = {"CREATE_COMPLETE", "UPDATE_COMPLETE"}
PLATFORM = "platform"


def stacks(account: Account, services: Iterable[str]) -> tuple[list[Deployed], list[Finding]]:
    """What is deployed of the platform and the services, and what is wrong with that."""
    found: list[Deployed] = []
    said: list[Finding] = []
    for service in (PLATFORM, *services):
        name = account.stage.stack(service)
        described = _described(account, name)
        status = described["StackStatus"] if described else "REVIEW_IN_PROGRESS"
        if described is None or status in {"REVIEW_IN_PROGRESS", "DELETE_COMPLETE"}:
            said.append(_absent(account, service, name))
            continue
        if status not in GOOD:
            said.append(_unwell(name, status))
        body = account.client("cloudformation").get_template(StackName=name, TemplateStage="Original")["TemplateBody"]
        given = {one["ParameterKey"]: one["ParameterValue"] for one in described.get("Parameters", [])}
        found.append(Deployed(service, read_template(body), given, account))
    return found, said


def _described(account: Account, name: str) -> Any:
    try:
        (found,) = account.client("cloudformation").describe_stacks(StackName=name)["Stacks"]
    except ClientError as failure:
        if "does not exist" in failure.response["Error"]["Message"]:
            return None
        raise
    return found


def _absent(account: Account, service: str, name: str) -> Finding:
    advice = f"make deploy SERVICE={service} STAGE={account.stage.name}"
    if service == PLATFORM:
        return error(name, "is not deployed, and nothing can be without it", advice)
    return warning(name, "is not deployed; what others say to it is kept until it is", advice)


def _unwell(name: str, status: str) -> Finding:
    if status == "UPDATE_ROLLBACK_COMPLETE":
        return warning(name, "had its last release taken back", "Mend the release and deploy it again.")
    return error(name, f"is {status}", ADVICE.get(status, "Wait until it is done, and ask again."))
