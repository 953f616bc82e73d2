"""One service's stack: the template it was made from, with the names that CloudFormation filled in."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from infra.doctor.account import Account
from infra.package.template.function import Function, Json, functions
from infra.package.template.parameters import PLATFORM

INSERTED = re.compile(r"\$\{([^}]+)\}")


@dataclass(frozen=True)
class Deployed:
    """``parameters`` are the stack's, by id."""

    service: str
    template: Json
    parameters: Mapping[str, str]
    account: Account

    def of_type(self, kind: str) -> dict[str, Json]:
        """The properties of the template's resources of a type, by logical id."""
        resources = self.template["Resources"].items()
        return {name: one.get("Properties", {}) for name, one in resources if one["Type"] == kind}

    @cached_property
    def functions(self) -> list[Function]:
        return list(functions(self.template))

    def name_of(self, function: Function) -> str:
        """The function's physical name."""
        return str(self.template["Resources"][function.logical]["Properties"]["FunctionName"])

    @cached_property
    def names(self) -> dict[str, str]:
        """What a ``Ref`` gives: of pseudo parameters and of those that name what the platform made."""
        made = {one: self.account.stored(path) or "" for one, path in PLATFORM.items()}
        plain = {
            name: self.account.client("ssm").get_parameters(Names=[one["Default"]])["Parameters"][0]["Value"]
            for name, one in self.template["Parameters"].items()
            if name == "XiaodianFilesBucket"
        }
        return self.account.pseudo | dict(self.parameters) | made | plain

    @property
    def recreate(self) -> str:
        """What to do about something that was deleted: a deployment changes only what differs between templates."""
        stack = self.account.stage.stack(self.service)
        return (
            "It was deleted by hand, which CloudFormation does not see. "
            f"Make it anew as `aws cloudformation get-template --stack-name {stack}` has it."
        )

    def resolved(self, value: Any) -> Any:
        """A part of the template with every ``Ref``, ``Fn::Sub`` and ARN of a queue filled in."""
        if isinstance(value, list):
            return [self.resolved(one) for one in value]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            ((function, argument),) = value.items()
            if function == "Ref":
                return self.names[argument]
            if function == "Fn::Sub":
                return INSERTED.sub(lambda found: self.names[found[1]], argument)
            if function == "Fn::GetAtt" and argument[1] == "Arn" and argument[0] in self.of_type("AWS::SQS::Queue"):
                return self.account.arn("sqs", self.of_type("AWS::SQS::Queue")[argument[0]]["QueueName"])
        return {name: self.resolved(one) for name, one in value.items()}


def read_template(body: Any) -> Json:
    """What GetTemplate answers, which is text or an object."""
    found: Json = json.loads(body) if isinstance(body, str) else dict(body)
    return found
