"""Commands on a deployed stage: which one, and in which account."""

import os

import click

from infra.package.stage import Stage
from infra.region import use_region


def stage_of(_: click.Context, __: click.Parameter, name: str | None) -> Stage | None:
    """A click callback: the stage of this name."""
    if name is None:
        return None
    try:
        return Stage(name)
    except ValueError as error:
        raise click.BadParameter(str(error)) from error


def use_account(stage: Stage) -> None:
    """Make this process's AWS clients and names those of the stage. Before anything of the services is imported."""
    use_region()
    os.environ["XIAODIAN_PREFIX"] = stage.prefix
