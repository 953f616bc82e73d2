"""Rights: every function's role says what its template says, no more and no less."""

import json
from typing import Any
from urllib.parse import unquote

from infra.doctor.deployed import Deployed
from infra.doctor.finding import Findings, error
from infra.package.template.function import Json


def findings(deployed: Deployed) -> Findings:
    """Where a role differs from the template."""
    client, lambda_ = deployed.account.client("iam"), deployed.account.client("lambda")
    declared = deployed.of_type("AWS::IAM::Role")
    for function in deployed.functions:
        name = deployed.name_of(function)
        try:
            arn = lambda_.get_function_configuration(FunctionName=name)["Role"]
        except lambda_.exceptions.ResourceNotFoundException:
            continue  # said elsewhere
        role = arn.rpartition("/")[2]
        try:
            found = _inline(client, role)
            attached = client.list_attached_role_policies(RoleName=role)["AttachedPolicies"]
        except client.exceptions.NoSuchEntityException:
            yield error(name, f"its role {role} is not there", deployed.recreate)
            continue
        for one in attached:
            command = f"aws iam detach-role-policy --role-name {role} --policy-arn {one['PolicyArn']}"
            yield error(name, f"may do more than it needs: {one['PolicyName']} is attached to its role", command)
        wanted = {
            one["PolicyName"]: deployed.resolved(one["PolicyDocument"]) for one in declared[function.role]["Policies"]
        }
        yield from differences(name, role, found, wanted)


def _inline(client: Any, role: str) -> dict[str, Json]:
    names = client.list_role_policies(RoleName=role)["PolicyNames"]
    return {name: _document(client.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]) for name in names}


def _document(found: Any) -> Json:
    document: Json = found if isinstance(found, dict) else json.loads(unquote(found))
    return document


def differences(name: str, role: str, found: dict[str, Json], wanted: dict[str, Json]) -> Findings:
    """What a function's role has more or less than it should, with the command that makes it right."""
    for policy in sorted(set(found) - set(wanted)):
        command = f"aws iam delete-role-policy --role-name {role} --policy-name {policy}"
        yield error(name, f"has the policy {policy}, which its template does not give it", command)
    for policy, document in wanted.items():
        have, need = _rights(found.get(policy, {"Statement": []})), _rights(document)
        said = [f"may not {action} on {resource}" for _, action, resource in sorted(need - have)]
        for effect, action, resource in sorted(have - need):
            may = "is denied" if effect == "Deny" else "needlessly may"
            said.append(f"{may} {action} on {resource}")
        if said:
            text = json.dumps(document, separators=(",", ":"))
            command = f"aws iam put-role-policy --role-name {role} --policy-name {policy} --policy-document '{text}'"
            yield error(name, "; ".join(said), command)


def _rights(document: Json) -> set[tuple[str, str, str]]:
    """Effect, action and resource of every combination."""
    return {
        (statement["Effect"], action, resource)
        for statement in document["Statement"]
        for action in _many(statement["Action"])
        for resource in _many(statement["Resource"])
    }


def _many(one: Any) -> list[str]:
    return one if isinstance(one, list) else [one]
