"""The formats in which an old shop's products may come, by what reads them (M6)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from services.catalog import shopify_csv
from services.catalog.import_file import FORMATS as IMPORTS
from services.catalog.import_file import Format, Place
from services.catalog.migrations import wechat_groups, wechat_products, youzan_products
from services.catalog.migrations.migration import Format as Name
from services.catalog.migrations.old_product import OldProduct
from services.catalog.product_rows import Row, Written
from services.catalog.records import Record


class Lines(Format):
    """A JSON object a line, keyed as WeChat does."""

    def row(self, record: Record, place: Place) -> Row:
        return wechat_products.row(record, place.encoding)


class Items(Format):
    """A JSON object a line, keyed as Youzan does."""

    def row(self, record: Record, place: Place) -> Row:
        return youzan_products.row(record, place.encoding)


class GroupLines(Format):
    """A group a line."""

    def row(self, record: Record, place: Place) -> Row:
        return wechat_groups.row(record, place.encoding)


GROUPS = GroupLines(lambda rows: Written(rows[0].cells))


@dataclass(frozen=True)
class Reader:
    """How a file is cut into records, and what a record says."""

    format: Format
    product: Callable[[Sequence[Row]], OldProduct]


def _imported(format_: Format) -> Reader:
    """What bulk uploads read can move here too; its key is its old id, a style's its own id or its attributes."""

    def product(rows: Sequence[Row]) -> OldProduct:
        written = format_.product(rows)
        styles = written.body.get("skus")
        skus = tuple(_style_id(one) for one in styles if isinstance(one, dict)) if isinstance(styles, list) else ()
        category = str(written.body.get("category_id") or "")
        body = {name: value for name, value in written.body.items() if name != "category_id"}
        return OldProduct(rows[0].key, body, skus, written.published, category, notes=written.notes)

    return Reader(format_, product)


def _ours(rows: Sequence[Row]) -> Written:
    """A line of our own, which also says whether it was on sale."""
    body = {name: value for name, value in rows[0].cells.items() if name != "published"}
    return Written(body, published=rows[0].cells.get("published", True) is not False)


def _style_id(sku: Mapping[str, object]) -> str:
    attributes = sku.get("attributes")
    named = attributes if isinstance(attributes, dict) else {}
    return str(sku.get("out_sku_id") or "/".join(f"{name}={value}" for name, value in sorted(named.items())))


READERS: Mapping[Name, Reader] = {
    "wechat": Reader(Lines(lambda rows: Written(rows[0].cells)), wechat_products.product),
    "youzan": Reader(Items(lambda rows: Written(rows[0].cells)), youzan_products.product),
    "shopify": _imported(Format(shopify_csv.product, shopify_csv.KEY, shopify_csv.REQUIRED)),
    "jsonl": _imported(replace(IMPORTS["jsonl"], product=_ours)),
}
