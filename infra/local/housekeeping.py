"""What AWS does unasked: delete items whose TTL has passed, and drop old stream records. It keeps the disk bounded."""

import threading
import time
from datetime import datetime
from pathlib import Path

from infra.local.checkpoints import Checkpoints
from infra.local.provision import sweep_expired
from infra.local.stream_records import trim
from infra.local.streams import streams_client
from services.shared.plumbing.aws import client
from services.shared.plumbing.logs import log
from services.shared.plumbing.resources import Resources, physical

ENGINE_FILE = "engine.db"
REST = 9  # sweeping takes at most one part in ten of the time


def tidy(service: str, resources: Resources, data: Path, now: datetime, stop: threading.Event) -> None:
    """Sweep the service's tables and trim its streams, at a pace that disturbs nobody. Ends early on ``stop``."""
    swept = 0
    started = time.monotonic()
    for deleted in sweep_expired(client("dynamodb"), resources, now):
        swept += deleted
        if stop.wait((time.monotonic() - started) * REST):
            return
        started = time.monotonic()
    trimmed = _trim_streams(service, resources, data, stop)
    if swept or trimmed:
        log(service, "tidied", counts={"expired_items": swept, "stream_records": trimmed})


def _trim_streams(service: str, resources: Resources, data: Path, stop: threading.Event) -> int:
    streams, trimmed = streams_client(), 0
    checkpoints = Checkpoints(data / "checkpoints" / f"{service}.sqlite")
    try:
        for table in resources.tables:
            for stream in streams.list_streams(TableName=physical(table.name))["Streams"] if table.stream else ():
                described = streams.describe_stream(StreamArn=stream["StreamArn"])["StreamDescription"]
                for shard in described["Shards"]:
                    handled = checkpoints.get(stream["StreamArn"], shard["ShardId"])
                    trimmed += trim(data / ENGINE_FILE, physical(table.name), int(handled or 0), stop)
    finally:
        checkpoints.close()
    return trimmed
