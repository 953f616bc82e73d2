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
    "shop": "catalog",
    "members": "catalog",
    "products": "catalog",
    "groups": "catalog",
    "orders": "orders",
    "aftersales": "orders",
}
KEPT = """
    title short_title category_id kind images description giftable no_delivery_regions freight_template_id
    max_per_buyer mini_program_appid mini_program_path
""".split()
SKU_KEPT = ("attributes", "price_fen", "original_price_fen", "initial_stock", "out_sku_id", "weight_g")
TYPES: Mapping[str, str] = {"shopify": "text/csv", "csv": "text/csv"}


class OldFile(NamedTuple):
    """A file of an old shop."""

    kind: str
    path: Path
    format: str


def format_of(kind: str, path: Path, products: str) -> str:
    """In which format a file of this kind is, where those of products are in that one."""
    if kind == "members":
        return "csv" if path.suffix.lower() == ".csv" else "jsonl"
    return products if kind == "products" else "wechat"


def ask(owner: Caller, files: Sequence[OldFile], key: str, body: Json) -> Json:
    """Upload the files and ask for their migration, as the rest of the ``body`` says; returns it."""
    found = []
    for number, one in enumerate(files):
        with one.path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        asked = {
            "purpose": "migration",
            "content_type": TYPES.get(one.format, "application/x-ndjson"),
            "bytes": one.path.stat().st_size,
            "sha256": digest,
        }
        place = owner.post(f"/{READERS[one.kind]}/v1/uploads", asked, f"{key}:{number}")
        owner.upload(place["url"], one.path, place["headers"])
        upload = {"upload_id": place["upload_id"], "name": one.path.name}
        found.append({"kind": one.kind, "format": one.format, **upload})
    return owner.post("/catalog/v1/migrations", {**body, "files": found}, key)


def decide(platform: Caller, migration_id: str, decision: str, reason: str = "") -> Json:
    """The platform's word on whose the old shop is; returns the migration."""
    return platform.post(f"{path(migration_id)}/decisions", {"decision": decision, "reason": reason})


def waiting(platform: Caller) -> Iterator[Json]:
    """The migrations that wait for it."""
    return platform.pages("/catalog/v1/migrations")


def watched(owner: Caller, migration_id: str, tell: Callable[[Json], object]) -> Json:
    """The migration when its run is over or paused; ``tell`` hears of the progress."""
    while True:
        found = owner.get(path(migration_id))
        tell(found)
        if found["state"] != "running":
            return found
        time.sleep(LOOK_EVERY_S)


def exported(owner: Caller, shop_id: str) -> Iterator[Json]:
    """What a shop has, a product each, as our own JSON lines have it; what has no id of its own gets ours."""
    for one in owner.pages(f"/catalog/v1/shops/{shop_id}/products"):
        yield line_of(one)


def line_of(product: Json) -> Json:
    """A product as its merchant sees it, as a line that brings it in elsewhere."""
    kept = {name: product[name] for name in KEPT if product.get(name) not in (None, "", [])}
    skus = [{name: sku[name] for name in SKU_KEPT if sku.get(name) not in (None, "")} for sku in product["skus"]]
    out = product["out_product_id"] or product["product_id"]
    return {**kept, "out_product_id": out, "skus": skus, "published": product["status"] == "listed"}


def refusals(owner: Caller, migration_id: str) -> Iterator[Json]:
    """Every record that was refused, or kept by a rollback."""
    return owner.pages(f"{path(migration_id)}/refusals")


def path(migration_id: str) -> str:
    """Where a migration is."""
    return f"/catalog/v1/migrations/{migration_id}"
