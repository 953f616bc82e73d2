"""The operator's way past the doors: this process sees a stack's tables and queues as its functions do."""

import functools
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from infra.cli.on_stage import stage_of, use_account
from infra.cli.target import Target, targeted
from infra.package.stage import Stage

if TYPE_CHECKING:
    from infra.operate.ground import Ground

R = TypeVar("R")


class Place:
    """Where a command works: on the stack of this machine, or on a deployed stage."""

    def __init__(self, target: Target, stage: Stage | None) -> None:
        self.target, self.stage = target, stage

    def look(self) -> "Ground":
        """The place from outside: enough to see letters there, also of a stack on this machine that does not run."""
        if self.stage is None:
            from infra.operate.machine import Machine

            return Machine(self.target.data)
        return self.enter()

    def enter(self, *services: str) -> "Ground":
        """Make this process's AWS clients and names those of the place, with the settings of these services.

        Before anything of the services is imported: names of tables are made then. Raises NoAnswer, CannotStart,
        NotDeployed.
        """
        if self.stage is None:
            data = operate(self.target)
            from infra.operate.machine import Machine

            return Machine(data)
        use_account(self.stage)
        from infra.operate.deployed_stage import DeployedStage

        ground = DeployedStage(self.stage)
        for service in services:
            ground.take_settings(service)
        return ground


def placed(command: Callable[..., R]) -> Callable[..., R]:
    """Give a command ``--url``, ``--data`` and ``--stage``; it takes them as one argument ``place``."""

    @targeted
    @click.option(
        "--stage",
        callback=stage_of,
        help="A deployed stage, in the account and region of AWS_PROFILE and AWS_REGION.  [default: this machine]",
    )
    @functools.wraps(command)
    def with_place(target: Target, stage: Stage | None, **arguments: Any) -> R:
        if stage is not None and target.given:
            raise click.UsageError("--stage is a deployed environment: it has no --url and no --data")
        return command(place=Place(target, stage), **arguments)

    return with_place


def operate(target: Target) -> Path:
    """Make this process's AWS clients and settings those of the running stack; returns its data folder.

    Before anything of the services is imported: names of tables are made then. Raises NoAnswer, CannotStart.
    """
    from infra.local.data_folder import SECRETS, DataFolder, running
    from infra.local.ports import Ports
    from infra.local.stack import environment

    data = Path(target.local["data_dir"])
    ports = Ports(**running(data)["ports"])
    secrets = json.loads((data / SECRETS).read_text(encoding="utf-8"))
    os.environ |= environment(DataFolder(data, False, secrets), ports)
    return data
