"""A stack on this machine: what its queues lose when they end is in its data folder."""

import json
from collections.abc import Collection, Iterator
from datetime import datetime
from pathlib import Path

from infra.local.clock import LocalClock
from infra.local.dead_letters import discard, list_letters, redrive
from infra.operate.ground import SERVICES, GivenUp, Letter
from services.shared.plumbing.aws import client
from services.shared.plumbing.resources import physical


class Machine:
    """The stack that keeps this data folder; its functions' clients are this process's."""

    def __init__(self, data: Path) -> None:
        self._data = data

    def now(self) -> datetime:
        return LocalClock(self._data)()

    def services(self) -> tuple[str, ...]:
        return SERVICES

    def letters(self, reader: str) -> Iterator[Letter]:
        letters = (one for one in list_letters(self._data) if one.queue.endswith(f"-{reader}-events"))
        return (Letter(one.queue, one.body, one.died_at) for one in letters)

    def redrive(self, reader: str) -> int:
        return redrive(client("sqs"), self._data, physical(f"{reader}-events"))

    def discard(self, reader: str, bodies: Collection[str]) -> int:
        return discard(client("sqs"), self._data, physical(f"{reader}-events"), bodies)

    def given_up(self) -> Iterator[GivenUp]:
        for file in sorted((self._data / "failed").glob("*-outbox-*.json")):
            image = json.loads(file.read_text(encoding="utf-8"))["record"]["dynamodb"]["NewImage"]
            yield GivenUp(file.name.partition("-outbox-")[0].rpartition("-")[2], [image], file.unlink)
