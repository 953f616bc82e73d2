"""What must lie in the parameter store before a service can run: its settings, and its secrets, which nobody sees."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from infra.deploy.stack import STORED
from infra.package.template.function import Json

if TYPE_CHECKING:
    from mypy_boto3_ssm import SSMClient

SECRET = "ssm:"  # noqa: S105 - how a setting says where its secret lies
AT_ONCE = 10  # names that one call takes


def missing(client: "SSMClient", template: Json) -> list[str]:
    """Names that the template's settings and secrets need and the store does not have."""
    wanted = sorted({*settings(template), *secrets(template)})
    absent: list[str] = []
    for start in range(0, len(wanted), AT_ONCE):
        # Not decrypted: whoever deploys need not be able to read a secret.
        absent += client.get_parameters(Names=wanted[start : start + AT_ONCE])["InvalidParameters"]
    return absent


def settings(template: Json) -> Iterator[str]:
    """The stored names that CloudFormation reads."""
    for declared in template.get("Parameters", {}).values():
        if declared["Type"].startswith(STORED):
            yield declared["Default"]


def secrets(template: Json) -> Iterator[str]:
    """The stored names that functions read."""
    function = template.get("Globals", {}).get("Function", {})
    for value in function.get("Environment", {}).get("Variables", {}).values():
        if isinstance(value, str) and value.startswith(SECRET):
            yield value.removeprefix(SECRET)


def advice(name: str, template: Json) -> str:
    """The command that puts a missing one there."""
    kind = "SecureString --key-id alias/xiaodian-STAGE" if name in set(secrets(template)) else "String"
    kind = kind.replace("STAGE", name.split("/")[2])
    return f"  aws ssm put-parameter --name {name} --type {kind} --value ..."
