"""Checks of shops, one beside the other: looked at until all have ended."""

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Protocol, TypeVar

import click

from infra.cli.terminal import progress

LOOK_EVERY_S = 1.0


class Check(Protocol):
    """A shop's check: ``running``, ``done`` or ``failed``."""

    @property
    def shop_id(self) -> str: ...

    @property
    def state(self) -> str: ...


C = TypeVar("C", bound=Check)


def watched(what: str, checks: Iterator[list[C]], note: Callable[[Sequence[C]], str]) -> list[C]:
    """What was found when all have ended; a bar shows how many have. ``note``: how much they have seen so far."""
    found: list[C] = []
    with progress() as bar:
        task = bar.add_task(what, total=None, note="")
        for found in checks:
            ended = sum(one.state != "running" for one in found)
            bar.update(task, completed=ended, total=len(found), note=note(found))
    return found


def pause() -> None:
    """Between two looks."""
    time.sleep(LOOK_EVERY_S)


def name_failed(found: Sequence[Check]) -> None:
    """Say which checks could not be ended."""
    if failed := [one.shop_id for one in found if one.state == "failed"]:
        click.echo(f"The check of these shops failed: {', '.join(failed)}.")
