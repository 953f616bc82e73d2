"""Rights: every function's role says what its template says, no more and no less."""

import json
from typing import Any
from urllib.parse import unquote

from infra.doctor.deployed import Deployed
from infra.doctor.finding import Findings, error
from infra.package.template.function import Json

AGAIN = "Somebody changed the role by hand. Deploy the service again."


def findings(deployed: Deployed) -> Findings:
    """Where a role differs from the template."""
    client, lambda_ = deployed.account.client("iam"), deployed.account.client("lambda")
    for function in deployed.functions:
        name = deployed.name_of(function)
        try:
            arn = lambda_.get_function_configuration(FunctionName=name)["Role"]
        except lambda_.exceptions.ResourceNotFoundException:
            continue  # said elsewhere
        role = arn.rpartition("/")[2]
        wanted = {
            one["PolicyName"]: one["PolicyDocument"]
            for one in deployed.of_type("AWS::IAM::Role")[function.role]["Policies"]
        }
        try:
            found = _inline(client, role)
            attached = client.list_attached_role_policies(RoleName=role)["AttachedPolicies"]
        except client.exceptions.NoSuchEntityException:
            yield error(name, f"its role {role} is not there", AGAIN)
            continue
        for one in attached:
            yield error(name, f"may do more than it needs: {one['PolicyName']} is attached to its role", AGAIN)
        yield from _differences(name, found, deployed.resolved(wanted))


def _inline(client: Any, role: str) -> dict[str, Json]:
    names = client.list_role_policies(RoleName=role)["PolicyNames"]
    return {name: _document(client.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]) for name in names}


def _document(found: Any) -> Json:
    document: Json = found if isinstance(found, dict) else json.loads(unquote(found))
    return document


def _differences(name: str, found: dict[str, Json], wanted: dict[str, Json]) -> Findings:
    have, need = _rights(found), _rights(wanted)
    for _, action, resource in sorted(need - have):
        yield error(name, f"may not {action} on {resource}", AGAIN)
    for effect, action, resource in sorted(have - need):
        if effect == "Deny":
            yield error(name, f"is denied {action} on {resource}", AGAIN)
        else:
            yield error(name, f"may {action} on {resource}, which it does not need", AGAIN)


def _rights(policies: dict[str, Json]) -> set[tuple[str, str, str]]:
    """Effect, action and resource of every combination."""
    return {
        (statement["Effect"], action, resource)
        for document in policies.values()
        for statement in document["Statement"]
        for action in _many(statement["Action"])
        for resource in _many(statement["Resource"])
    }


def _many(one: Any) -> list[str]:
    return one if isinstance(one, list) else [one]
