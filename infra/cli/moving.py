"""Migrations through the API: files go up, runs are watched to their end, reports come down."""

import hashlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from infra.cli.api import Caller, Json

LOOK_EVERY_S = 0.5
COUNTED = ("read", "moved", "unchanged", "refused", "taken_out", "kept")
# Which service reads what, as it is asked for a place to put it.
READERS: Mapping[str, str] = {
    "products": "catalog",
    "groups": "catalog",
    "orders": "orders",
    "aftersales": "orders",
    "members": "orders",
}
TYPES: Mapping[str, str] = {"shopify": "text/csv", "youzan": "text/csv", "weimob": "text/csv"}


class OldFile(NamedTuple):
    """A file of an old shop."""

    kind: str
    path: Path
    format: str


def ask(owner: Caller, source: str, old_shop: str, shop: str, files: Sequence[OldFile], key: str) -> Json:
    """Upload the files and ask for their migration; returns it."""
    found = []
    for number, one in enumerate(files):
        content = one.path.read_bytes()
        asked = {
            "purpose": "migration",
            "content_type": TYPES.get(one.format, "application/x-ndjson"),
            "bytes": len(content),
            "sha256": hashlib.sha256(content).hexdigest(),
        }
        place = owner.post(f"/{READERS[one.kind]}/v1/uploads", asked, f"{key}:{number}")
        owner.upload(place["url"], content, place["headers"])
        upload = {"upload_id": place["upload_id"], "name": one.path.name}
        found.append({"kind": one.kind, "format": one.format, **upload})
    body = {"source": source, "old_shop_id": old_shop, "shop_id": shop, "files": found}
    return owner.post("/catalog/v1/migrations", body, key)


def watched(owner: Caller, migration_id: str, tell: Callable[[Json], object]) -> Json:
    """The migration when its run is over or paused; ``tell`` hears of the progress."""
    while True:
        found = owner.get(path(migration_id))
        tell(found)
        if found["state"] != "running":
            return found
        time.sleep(LOOK_EVERY_S)


def refusals(owner: Caller, migration_id: str) -> Iterator[Json]:
    """Every record that was refused, or kept by a rollback."""
    return owner.pages(f"{path(migration_id)}/refusals")


def path(migration_id: str) -> str:
    """Where a migration is."""
    return f"/catalog/v1/migrations/{migration_id}"
