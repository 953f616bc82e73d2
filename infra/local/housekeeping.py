"""What AWS does unasked: delete items whose TTL has passed, and drop old stream records. It keeps the disk bounded."""

import threading
import time
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

from infra.local.checkpoints import Checkpoints
from infra.local.provision import sweep_expired
from infra.local.stream_records import KEPT_S, trim
from infra.local.streams_api import StreamsApi
from services.shared.plumbing.logs import log
from services.shared.plumbing.resources import Resources, physical

ENGINE_FILE = "engine.db"
REST = 9  # sweeping takes at most one part in ten of the time


class Housekeeping:
    """For the tables of one service."""

    def __init__(
        self,
        resources: Resources,
        data: Path,
        dynamodb: Any,
        streams: StreamsApi,
        stop: threading.Event,
        kept_s: float = KEPT_S,
    ) -> None:
        self._resources, self._data, self._stop, self._kept_s = resources, data, stop, kept_s
        self._dynamodb, self._streams = dynamodb, streams

    def tidy(self, now: datetime) -> None:
        """Sweep the tables and trim the streams, at a pace that disturbs nobody. Ends early when it is to stop."""
        swept, trimmed = self._sweep(now), self._trim()
        if swept or trimmed:
            log(self._resources.service, "tidied", counts={"expired_items": swept, "stream_records": trimmed})

    def _sweep(self, now: datetime) -> int:
        swept, started = 0, time.monotonic()
        for deleted in sweep_expired(self._dynamodb, self._resources, now):
            swept += deleted
            if self._stop.wait((time.monotonic() - started) * REST):
                break
            started = time.monotonic()
        return swept

    def _trim(self) -> int:
        trimmed = 0
        with closing(Checkpoints(self._data / "checkpoints" / f"{self._resources.service}.sqlite")) as checkpoints:
            for table in (physical(table.name) for table in self._resources.tables if table.stream):
                for arn, shard in self._streams.shards(table):
                    handled = int(checkpoints.get(arn, shard) or 0)
                    trimmed += trim(self._data / ENGINE_FILE, table, handled, self._stop, self._kept_s)
        return trimmed
