"""An operator at work: commands as in docs/operate.md, in the emulated account."""

import base64
import hashlib
import json
import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any

import boto3

from infra.deploy.stored import missing, secrets
from infra.package.check import HERE
from infra.package.stage import Stage
from infra.package.template.function import Json
from infra.package.template.parameters import parameter_id
from infra.platform.template import platform
from tests.e2e.deployed.emulator import KEYS, Emulator
from tests.e2e.deployed.front_door import FrontDoor

ROOT = Path(__file__).parents[3]
STAGE = "test"


class Account:
    """A stage in the emulated account, and where its packages are left."""

    def __init__(
        self, emulator: Emulator, door: FrontDoor, build: Path, values: Mapping[str, str], stage: str = STAGE
    ) -> None:
        self.emulator, self.door, self.build, self.values, self.stage = emulator, door, build, values, stage
        self.client, self.package = cache(self._client), cache(self._package)

    def _client(self, service: str) -> Any:
        """A client of the account. Ours are pointed elsewhere, so each is made by hand."""
        session = boto3.Session(
            KEYS["AWS_ACCESS_KEY_ID"], KEYS["AWS_SECRET_ACCESS_KEY"], region_name=KEYS["AWS_REGION"]
        )
        return session.client(service, endpoint_url=self.emulator.url)  # type: ignore[call-overload]

    def run(self, module: str, *words: str, status: int = 0) -> str:
        """``python -m module words…``; what it prints, errors too. It must end with this exit status."""
        ended = subprocess.run(
            [sys.executable, "-m", module, *words],
            cwd=ROOT,
            env=dict(self.emulator.environment),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=600,
            check=False,
        )
        assert ended.returncode == status, ended.stdout
        return ended.stdout

    def xiaodian(self, *words: str, status: int = 0) -> str:
        """``xiaodian words… --stage STAGE``."""
        return self.run("infra.cli", *words, "--stage", self.stage, status=status)

    def _package(self, *services: str) -> list[Path]:
        """``python -m infra.package service…``, for this machine, on which the emulator runs it; returns the zips.

        Once. Not all at a time: each test that asks for some must end before it would be taken for hung.
        """
        self.run("infra.package", *services, "--stage", self.stage, "--arch", HERE or "", "--out", str(self.build))
        return [self.build / one / "package.zip" for one in services]

    def deploy_all(self, *services: str) -> None:
        """Give each what it needs, then deploy them side by side."""
        for service in services:
            self.store(service)
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(lambda service: self.deploy(service, *self._optional(service)), services))

    def _optional(self, service: str) -> list[str]:
        """Settings that have a default, and that this world needs otherwise."""
        open_ = {name for name, one in self.template(service)["Parameters"].items() if one["Type"] == "String"}
        given = {name: value for name, value in self.values.items() if parameter_id(name) in open_}
        return [word for name, value in given.items() for word in ("--set", f"{name}={value}")]

    def deploy(self, service: str, *words: str, status: int = 0) -> str:
        """``python -m infra.deploy service …`` of what was packaged, and its API behind the front door."""
        words = ("--stage", self.stage, "--poll", "0.2", "--out", str(self.build), "--packaged", *words)
        said = self.run("infra.deploy", service, *words, status=status)
        if service != "platform" and not status:
            api = self.outputs(service)["RestAPIId"]
            self.door.apis[service] = f"{self.emulator.url}/restapis/{api}/{self.stage}/_user_request_"
        return said

    def template(self, service: str) -> Json:
        """What was packaged, or what the platform is made from."""
        if service == "platform":
            return platform(Stage(self.stage))
        found: Json = json.loads((self.build / service / "template.json").read_text(encoding="utf-8"))
        return found

    def outputs(self, service: str) -> dict[str, str]:
        """The outputs of a service's stack."""
        (stack,) = self.client("cloudformation").describe_stacks(StackName=f"xiaodian-{self.stage}-{service}")["Stacks"]
        return {one["OutputKey"]: one["OutputValue"] for one in stack.get("Outputs", [])}

    def store(self, service: str) -> None:
        """Put what a packaged service lacks into the parameter store; a key that nobody named is made up."""
        template = self.template(service)
        store, hidden = self.client("ssm"), set(secrets(template))
        for path in missing(store, template):
            name = path.rpartition("/")[2]
            value = self.values.get(name) or base64.b64encode(hashlib.sha256(name.encode()).digest()).decode()
            store.put_parameter(Name=path, Value=value, Type="SecureString" if path in hidden else "String")
