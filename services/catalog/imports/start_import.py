"""Start a bulk upload: a job that goes through the file (C6)."""

from datetime import datetime

from services.catalog.categories import tree
from services.catalog.products.messages import StartImport
from services.catalog.tables import STORE
from services.shared.plumbing import files, jobs
from services.shared.plumbing.ids import NewId
from services.shared.plumbing.tables import Begin

KIND = "import"
UNSORTED = "other.unsorted"  # Shopify's files cannot name a category of ours; their merchant sorts the products later


def start_import(shop_id: str, person: str, asked: StartImport, *, begin: Begin, now: datetime, new_id: NewId) -> str:
    """Start going through the person's finished upload; returns the import's id.

    Raises NotFound, UploadMissing, and Invalid for a default category in which nothing can be sold.
    """
    category_id = asked.default_category_id or (UNSORTED if asked.format == "shopify" else None)
    if category_id:
        tree().leaf(category_id)
    key = files.uploaded(STORE, asked.upload_id, person, "import")
    args = {
        "shop_id": shop_id,
        "person": person,
        "key": key,
        "bytes": files.size_of(key),
        "format": asked.format,
        "encoding": asked.encoding,
        "category_id": category_id,
        "list": asked.put_on_sale,
        "created_at": now.isoformat(),
    }
    import_id = new_id("imp")
    tx = begin()
    jobs.start(tx, import_id, KIND, args)
    tx.commit({"shop_id": shop_id, "import_id": import_id})
    return import_id
