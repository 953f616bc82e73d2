"""Settings and secrets in the parameter store: there, sealed, readable as what they are, and already in use."""

from collections.abc import Iterable, Iterator
from typing import Any

from botocore.exceptions import ClientError

from infra.deploy.stored import AT_ONCE, advice, missing, secrets, settings
from infra.doctor.deployed import Deployed
from infra.doctor.finding import Findings, error, warning
from services.shared.plumbing.settings import SecretKey, SettingError


def findings(deployed: Deployed) -> Findings:
    """What is missing, not sealed, no key, or changed since the deployment."""
    ssm = deployed.account.client("ssm")
    absent = set(missing(ssm, deployed.template))
    for name in sorted(absent):
        yield error(name, "is missing", advice(name, deployed.template).strip())
    sealed = sorted(set(secrets(deployed.template)) - absent)
    for one in _read(ssm, sealed, decrypt=False):
        if one["Type"] != "SecureString":
            how = advice(one["Name"], deployed.template).strip()
            yield error(one["Name"], "is a secret that is not sealed", f"{how} --overwrite")
    yield from _keys(ssm, [name for name in sealed if _is_our_key(name)])
    yield from _changed(deployed, sorted(set(settings(deployed.template)) - absent))


def _read(ssm: Any, names: Iterable[str], *, decrypt: bool) -> Iterator[Any]:
    wanted = list(names)
    for start in range(0, len(wanted), AT_ONCE):
        asked = ssm.get_parameters(Names=wanted[start : start + AT_ONCE], WithDecryption=decrypt)
        yield from asked["Parameters"]


def _is_our_key(path: str) -> bool:
    name = path.rpartition("/")[2]
    return name.startswith("XIAODIAN_") and "_KEY" in name


def _keys(ssm: Any, names: list[str]) -> Findings:
    """A key that is none would be found by the first request that needs it."""
    try:
        found = list(_read(ssm, names, decrypt=True))
    except ClientError as failure:
        why = failure.response["Error"]["Code"]
        yield warning(
            "keys", f"could not be read ({why}), so nobody knows if they are keys", "Ask who may decrypt them."
        )
        return
    for one in found:
        name = one["Name"].rpartition("/")[2]
        try:
            SecretKey(name).parse(one["Value"])
        except SettingError as failure:
            how = "openssl rand -base64 32 makes one. Do not lose the one before: docs/operate.md."
            yield error(one["Name"], str(failure), how)


def _changed(deployed: Deployed, names: list[str]) -> Findings:
    """A setting passes through CloudFormation, so a change waits for the next deployment."""
    store = {one["Name"]: one["Value"] for one in _read(deployed.account.client("ssm"), names, decrypt=False)}
    paths = {one["Default"]: name for name, one in deployed.template["Parameters"].items()}
    variables = deployed.template["Globals"]["Function"]["Environment"]["Variables"]
    by_parameter = {
        value["Ref"]: name for name, value in variables.items() if isinstance(value, dict) and "Ref" in value
    }
    lambda_ = deployed.account.client("lambda")
    name = deployed.name_of(deployed.functions[0])
    running = lambda_.get_function_configuration(FunctionName=name).get("Environment", {}).get("Variables", {})
    for path in names:
        variable = by_parameter.get(paths[path])
        if variable in running and running[variable] != store[path]:
            stage = deployed.account.stage.name
            how = f"make deploy SERVICE={deployed.service} STAGE={stage}"
            yield warning(path, f"was changed; {deployed.service} still runs with the value before", how)
