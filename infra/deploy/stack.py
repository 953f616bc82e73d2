"""One CloudFormation stack: what is deployed, and bringing it to a template, watched until it is done."""

import json
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from infra.package.template.function import Json

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient

Say = Callable[[str], None]
NOTHING_TO_DO = ("didn't contain changes", "No updates are to be performed")
STORED = "AWS::SSM::Parameter::Value"
# What CloudFormation asks of who deploys roles, and templates that a transform expands.
CAPABILITIES: Any = ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"]


class DeploymentFailed(RuntimeError):
    """CloudFormation refused, or took the update back; the message says why."""


class Stack:
    """A stack by its name, whether it exists or not. ``poll_s`` is how often its progress is asked for."""

    def __init__(self, client: "CloudFormationClient", name: str, say: Say = print, poll_s: float = 5) -> None:
        self._client, self.name, self._say, self._poll_s = client, name, say, poll_s

    def template(self) -> Json | None:
        """What is deployed, as it was given; None when nothing is."""
        if self._described() is None:
            return None
        body: Any = self._client.get_template(StackName=self.name, TemplateStage="Original")["TemplateBody"]
        return json.loads(body) if isinstance(body, str) else dict(body)

    def outputs(self) -> dict[str, str]:
        """Its outputs; none when it does not exist."""
        found = (self._described() or {}).get("Outputs", [])
        return {one["OutputKey"]: one["OutputValue"] for one in found}

    def deploy(self, source: Mapping[str, str], template: Json, given: Mapping[str, str], watch: Any) -> None:
        """Bring the stack to a template, and wait. ``source`` is TemplateBody or TemplateURL, ``watch`` a
        RollbackConfiguration, ``given`` parameters by their ids; others keep their values. Raises DeploymentFailed.
        """
        known = self._described()
        name = f"deploy-{datetime.now(UTC):%Y%m%d-%H%M%S-%f}"
        try:
            asked = self._client.create_change_set(
                StackName=self.name,
                ChangeSetName=name,
                ChangeSetType="UPDATE" if known else "CREATE",
                Parameters=_parameters(template, given, known),
                Capabilities=CAPABILITIES,
                RollbackConfiguration=watch,
                **source,  # type: ignore[arg-type]
            )
        except ClientError as error:
            raise DeploymentFailed(f"{self.name}: {error.response['Error']['Message']}") from error
        if not self._ready(asked["Id"]):
            self._say(f"{self.name}: nothing to change")
            return
        self._client.execute_change_set(ChangeSetName=asked["Id"], StackName=self.name)
        self._wait(asked["Id"])

    def _described(self) -> Any:
        """The stack's description; None before its first deployment. Raises DeploymentFailed when it is stuck."""
        try:
            (found,) = self._client.describe_stacks(StackName=self.name)["Stacks"]
        except ClientError as error:
            if "does not exist" in error.response["Error"]["Message"]:
                return None
            raise
        status = found["StackStatus"]
        if status in {"REVIEW_IN_PROGRESS", "DELETE_COMPLETE"}:
            return None
        if status.endswith("_IN_PROGRESS") or status in {"ROLLBACK_COMPLETE", "UPDATE_ROLLBACK_FAILED"}:
            raise DeploymentFailed(f"{self.name} is {status}. {ADVICE.get(status, 'Wait until it is done.')}")
        return found

    def _ready(self, change_set: str) -> bool:
        """Wait until the change set can be executed; False when there is nothing to change."""
        while True:
            made = self._client.describe_change_set(ChangeSetName=change_set, StackName=self.name)
            if made["Status"] == "CREATE_COMPLETE":
                for change in made["Changes"]:
                    one = change["ResourceChange"]
                    self._say(f"{self.name}: {one['Action']} {one['LogicalResourceId']} ({one['ResourceType']})")
                return True
            if made["Status"] == "FAILED":
                self._client.delete_change_set(ChangeSetName=change_set, StackName=self.name)
                reason = made.get("StatusReason", "")
                if any(phrase in reason for phrase in NOTHING_TO_DO):
                    return False
                raise DeploymentFailed(f"{self.name}: {reason}")
            time.sleep(min(self._poll_s, 1))

    def _wait(self, change_set: str) -> None:
        """Until the stack has changed; tells what fails as it fails."""
        while True:
            time.sleep(self._poll_s)
            (found,) = self._client.describe_stacks(StackName=self.name)["Stacks"]
            status = found["StackStatus"]
            if status.endswith("_IN_PROGRESS"):
                continue
            if status in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}:
                self._say(f"{self.name}: {status}")
                return
            raise DeploymentFailed("\n".join([f"{self.name}: {status}", *self._failures(change_set)]))

    def _failures(self, change_set: str) -> list[str]:
        """Why the last operation failed, the first cause first."""
        began = self._client.describe_change_set(ChangeSetName=change_set, StackName=self.name)["CreationTime"]
        events = self._client.describe_stack_events(StackName=self.name)["StackEvents"]
        failed = [one for one in events if one["Timestamp"] >= began and one["ResourceStatus"].endswith("_FAILED")]
        failed.sort(key=lambda one: one["Timestamp"])
        return [f"  {one['LogicalResourceId']}: {one.get('ResourceStatusReason', '')}" for one in failed]


ADVICE = {
    "ROLLBACK_COMPLETE": "Its first deployment failed: mend the cause, delete the stack, and deploy again.",
    "UPDATE_ROLLBACK_FAILED": "Mend what hinders it, then `aws cloudformation continue-update-rollback`.",
}


def _parameters(template: Json, given: Mapping[str, str], known: Any) -> Any:
    """Those given, and for the others their present value, or the template's default."""
    present = {one["ParameterKey"] for one in (known or {}).get("Parameters", [])}
    chosen: list[Json] = []
    for name, declared in template.get("Parameters", {}).items():
        if name in given:
            chosen.append({"ParameterKey": name, "ParameterValue": given[name]})
        elif name in present and not declared["Type"].startswith(STORED):  # a stored one is read again by its name
            chosen.append({"ParameterKey": name, "UsePreviousValue": True})
    return chosen
