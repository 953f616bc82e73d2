"""A judge of rendered policies: of the part of IAM that they use, and it refuses to judge any more."""

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Any

PSEUDO = {"AWS::Partition": "aws", "AWS::Region": "cn-north-1", "AWS::AccountId": "000000000000"}


def arn(service: str, resource: str) -> str:
    """A resource's name in the account where everything is judged. Buckets have neither region nor account."""
    place = ":" if service == "s3" else f"{PSEUDO['AWS::Region']}:{PSEUDO['AWS::AccountId']}"
    return f"arn:aws:{service}:{place}:{resource}"


def resolved(value: Any, parameters: Mapping[str, str]) -> str:
    """The text that CloudFormation would make of ``Ref`` or ``Fn::Sub``."""
    known = PSEUDO | dict(parameters)
    if isinstance(value, str):
        return value
    ((function, argument),) = value.items()
    if function == "Ref":
        return known[argument]
    if function != "Fn::Sub":
        raise NotImplementedError(function)
    for name, text in known.items():
        argument = argument.replace(f"${{{name}}}", text)
    return str(argument)


def allows(statements: Iterable[Mapping[str, Any]], action: str, resource: str, parameters: Mapping[str, str]) -> bool:
    """Whether one of the statements allows the action on the resource."""
    return any(_allows(statement, action, resource, parameters) for statement in statements)


def _allows(statement: Mapping[str, Any], action: str, resource: str, parameters: Mapping[str, str]) -> bool:
    if set(statement) != {"Effect", "Action", "Resource"} or statement["Effect"] != "Allow":
        raise NotImplementedError(f"nobody has taught this judge {statement}")
    return any(fnmatchcase(action, one) for one in statement["Action"]) and any(
        fnmatchcase(resource, resolved(one, parameters)) for one in statement["Resource"]
    )
