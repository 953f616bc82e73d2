"""``xiaodian dlq``: what consumers could not handle, and what could not be published."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from infra.cli.operator_access import operate
from infra.cli.target import Target, targeted
from infra.cli.terminal import console

SERVICES = ("catalog", "orders", "gifts", "notify")


@click.group()
def dlq() -> None:
    """Look at dead letters and send them again.

    A message on which its consumer fails five times becomes a dead letter and stops nobody else. Dead letters are kept
    in the data folder until they are sent again, also over restarts.
    """


@dlq.command(name="list")
@targeted
def list_(target: Target) -> None:
    """List dead letters.

    \b
    Example:
      xiaodian dlq list
    """
    from rich.table import Table

    from infra.local.dead_letters import list_letters

    letters = list_letters(target.data)
    if letters:
        table = Table(box=None, header_style="bold")
        for column in ("queue", "died at", "event", "id", "subject"):
            table.add_column(column, overflow="fold")
        for letter in letters:
            table.add_row(letter.queue, f"{letter.died_at:%Y-%m-%d %H:%M:%S}", *_seen(letter.body))
        console().print(table)
    click.echo(f"{len(letters)} dead letters; {len(_unpublished(target.data))} events that could not be published.")


@dlq.command()
@click.option("--queue", type=click.Choice(SERVICES), help="Only letters to this service.  [default: all]")
@targeted
def redrive(target: Target, queue: str | None) -> None:
    """Send dead letters again, and what was never sent.

    When the cause is mended; what still fails becomes a dead letter again.

    \b
    Examples:
      xiaodian dlq redrive
      xiaodian dlq redrive --queue notify
    """
    data = operate(target)
    from infra.local.clock import LocalClock
    from infra.local.dead_letters import redrive as send_again
    from services.shared.plumbing.aws import client
    from services.shared.plumbing.outbox import send_parked
    from services.shared.plumbing.resources import physical
    from services.shared.plumbing.tables import Store

    chosen = (queue,) if queue else SERVICES
    letters = sum(send_again(client("sqs"), data, physical(f"{one}-events")) for one in chosen)
    parked = sum(send_parked(Store(emitter), consumer)[0] for emitter in SERVICES for consumer in chosen)
    published = sum(_publish(file, queue, LocalClock(data)()) for file in _unpublished(data))
    click.echo(f"{letters} dead letters, {parked} parked and {published} unpublished events were sent again.")


def _seen(body: str) -> tuple[str, str, str]:
    """Name, id and subject of the event in a letter, as far as it is one."""
    from services.shared.plumbing.inbox import dead_letter_body

    try:
        found = dead_letter_body(body)
    except (ValueError, AttributeError):
        found = {}
    if not found.get("name"):
        return "not an event", "", ""
    return str(found["name"]), str(found["id"]), str(found["subject"])


def _unpublished(data: Path) -> list[Path]:
    """Outbox rows that the publisher failed on until they were given up, oldest first."""
    return sorted((data / "failed").glob("*-outbox-*.json"))


def _publish(file: Path, consumer: str | None, now: datetime) -> int:
    """Publish one such row, and forget it when all its consumers have it."""
    from services.shared.plumbing import outbox
    from services.shared.plumbing.resources import physical
    from services.shared.plumbing.tables import Store, raw

    image: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))["record"]["dynamodb"]["NewImage"]
    emitter = next(one for one in SERVICES if file.name.startswith(physical(f"{one}-outbox-")))
    row = raw(Store(emitter).outbox, image)
    sent = outbox.replay(Store(emitter), [row], now, consumer)
    if sent == len(row.consumers):
        file.unlink()
    return min(sent, 1)
