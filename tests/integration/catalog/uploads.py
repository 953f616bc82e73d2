"""Files that a merchant uploads, and imports that run to their end in this process."""

import hashlib
import json
import urllib.request
from collections.abc import Iterator, Sequence
from typing import Any

from services.catalog import app as catalog
from services.shared.contracts.plumbing import JobStepDue
from tests.integration.catalog.merchant import Merchant, ok
from tests.integration.http import Reply
from tests.integration.wire import deliver

HEADER = (
    "out_product_id,title,category_id,kind,images,attributes,out_sku_id,price_fen,original_price_fen,stock,weight_g"
)


def upload(merchant: Merchant, content: bytes, purpose: str = "import", content_type: str = "text/csv") -> str:
    """Put a file where catalog says; returns the upload's id."""
    digest = hashlib.sha256(content).hexdigest()
    asked = {"purpose": purpose, "content_type": content_type, "bytes": len(content), "sha256": digest}
    place = ok(merchant.client.post("/v1/uploads", asked), 201)
    request = urllib.request.Request(place["url"], content, place["headers"], method=place["method"])
    with urllib.request.urlopen(request, timeout=30) as answer:
        assert answer.status == 200
    return str(place["upload_id"])


def start(merchant: Merchant, content: bytes | str, format_: str = "native", **differs: Any) -> Reply:
    """Upload a file and start its import."""
    raw = content if isinstance(content, bytes) else content.encode()
    body = {"upload_id": upload(merchant, raw), "format": format_, **differs}
    return merchant.client.post(f"{merchant.path}/imports", body)


def finish(merchant: Merchant, started: Reply) -> dict[str, Any]:
    """Let the worker do all that is left; returns the import as it is then."""
    import_id = ok(started, 202)["import_id"]
    deliver(catalog, only={JobStepDue.NAME})
    return progress(merchant, import_id)


def imports(merchant: Merchant, content: bytes | str, format_: str = "native", **differs: Any) -> dict[str, Any]:
    """Import a file to the end."""
    return finish(merchant, start(merchant, content, format_, **differs))


def progress(merchant: Merchant, import_id: str) -> dict[str, Any]:
    """The import as it is now."""
    return ok(merchant.client.get(f"{merchant.path}/imports/{import_id}"))


def counts(ended: dict[str, Any]) -> tuple[int, int, int, int]:
    """Rows created, updated, unchanged, refused; together they are the rows read."""
    found = (ended["created"], ended["updated"], ended["unchanged"], ended["refused"])
    assert sum(found) == ended["rows_read"]
    return found


def rows(merchant: Merchant, ended: dict[str, Any], limit: int = 100) -> list[dict[str, Any]]:
    """What became of every row, through all pages."""

    def pages() -> Iterator[dict[str, Any]]:
        cursor = ""
        while True:
            path = f"{merchant.path}/imports/{ended['import_id']}/rows?limit={limit}"
            page = ok(merchant.client.get(f"{path}{cursor and f'&cursor={cursor}'}"))
            assert len(page["items"]) <= limit
            yield from page["items"]
            if page["next_cursor"] is None:
                return
            cursor = page["next_cursor"]

    return list(pages())


def report(ended: dict[str, Any]) -> str:
    """The report as it is downloaded."""
    with urllib.request.urlopen(ended["report_url"], timeout=30) as answer:
        text: str = answer.read().decode("utf-8-sig")
        return text


def native(*lines: str) -> str:
    """A file in the system's own columns."""
    return "\n".join((HEADER, *lines)) + "\n"


def line(key: str, title: str = "", attributes: str = "", price_fen: int | str = 9_900, stock: int = 3) -> str:
    """A row of it, with three images."""
    images = "|".join(f"https://images.test/{n}.jpg" for n in range(3)) if title else ""
    category = "home.decor" if title else ""
    return f"{key},{title},{category},,{images},{attributes},,{price_fen},,{stock},"


def jsonl(objects: Sequence[dict[str, Any]]) -> str:
    """A file of JSON lines."""
    return "\n".join(json.dumps(one, ensure_ascii=False) for one in objects)
