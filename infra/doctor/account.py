"""The account in which a stage is, as the AWS credentials in use show it."""

from functools import cached_property
from typing import Any

import boto3
from botocore.config import Config

from infra.package.stage import Stage

PATIENCE = Config(connect_timeout=5, read_timeout=20, retries={"mode": "standard", "total_max_attempts": 3})


class Account:
    """A stage in the account and the region of AWS_PROFILE and AWS_REGION."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self._session = boto3.Session()
        self._clients: dict[str, Any] = {}

    def client(self, name: str) -> Any:
        """The client of an AWS service."""
        if name not in self._clients:
            self._clients[name] = self._session.client(name, config=PATIENCE)  # type: ignore[call-overload]
        return self._clients[name]

    @cached_property
    def pseudo(self) -> dict[str, str]:
        """CloudFormation's pseudo parameters, as they are here."""
        who = self.client("sts").get_caller_identity()
        partition = who["Arn"].split(":")[1]
        return {
            "AWS::AccountId": who["Account"],
            "AWS::Partition": partition,
            "AWS::Region": self.client("sts").meta.region_name,
        }

    def arn(self, service: str, resource: str) -> str:
        """A resource's name in this account and region."""
        where = self.pseudo
        return ":".join(
            ["arn", where["AWS::Partition"], service, where["AWS::Region"], where["AWS::AccountId"], resource]
        )

    def stored(self, name: str) -> str | None:
        """A plain parameter of the stage; None when there is none."""
        found = self.client("ssm").get_parameters(Names=[self.stage.parameter(name)])["Parameters"]
        return str(found[0]["Value"]) if found else None
