"""The lists in DynamoDB (table ``catalog-search``), which may be dropped and told anew; and what was sold of a product.

table            pk                sk                what
catalog-search   M#{token}         {rank}            a product that has the token
catalog-search   M#*{order}#{n}    {price or rank}   a product, by price or by sales; 8 buckets
catalog-search   C#{leaf}#*{order} {price or rank}   a product of this category
catalog-search   PRD#{product}     ENTRY             what the lists have of the product now
catalog          SLD#{product}     SOLD              how many pieces were paid

The index ``in_shop`` has the same lists within a shop. It carries text and category, so that what does not fit a query
is left out without a read.
"""

import heapq
from collections.abc import Sequence
from itertools import islice
from typing import Any, NamedTuple

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.indexes import GlobalSecondaryIndex, IncludeProjection

from services.catalog.products.product import Product
from services.catalog.search.posting import Entry, Posting
from services.catalog.tables import CatalogRow, product_key, stocked_of
from services.shared.plumbing.documents import Document
from services.shared.plumbing.names import physical
from services.shared.plumbing.tables import Table, Transaction, read

_ENTRY = Document(Entry)


class _InShop(GlobalSecondaryIndex["PostingRow"]):  # type: ignore[no-untyped-call]
    class Meta:
        index_name = "in_shop"
        projection = IncludeProjection(["text", "category_id"])

    shop_key = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    text = UnicodeAttribute(null=True)
    category_id = UnicodeAttribute(null=True)


class PostingRow(Table):
    """One line of a list."""

    class Meta:
        table_name = physical("catalog-search")

    in_shop = _InShop()
    shop_key = UnicodeAttribute(null=True)
    text = UnicodeAttribute(null=True)
    category_id = UnicodeAttribute(null=True)
    doc = UnicodeAttribute(null=True)


class SoldRow(CatalogRow):
    sold = NumberAttribute(default=0)


class Line(NamedTuple):
    """A line as it is read: the place, whose last part is the product's id, and what may be compared at once."""

    place: str
    text: str
    category_id: str

    @property
    def product_id(self) -> str:
        return self.place.rpartition("#")[2]


class Standing(NamedTuple):
    """A product, how many pieces of it were sold, and what the lists have of it."""

    product: Product | None
    sold: int
    entry: Entry | None


def standing(product_id: str) -> Standing:
    """How things are: one read."""
    row, sold, entry = read([product_key(product_id), _sold_key(product_id), _entry_key(product_id)])
    found = stocked_of(row)
    return Standing(
        found.product if found else None,
        int(sold.sold) if sold else 0,
        _ENTRY.validate_json(entry.doc) if entry else None,
    )


def sales(product_ids: Sequence[str]) -> list[tuple[str, int, Entry | None]]:
    """What was sold of these products, at most 50, and what the lists have of them: one read."""
    rows = read([key for one in product_ids for key in (_sold_key(one), _entry_key(one))]) if product_ids else []
    return [
        (one, int(sold.sold) if sold else 0, _ENTRY.validate_json(entry.doc) if entry else None)
        for one, sold, entry in zip(product_ids, rows[::2], rows[1::2], strict=True)
    ]


def replace_entry(tx: Transaction, product_id: str, before: Entry | None, after: Entry | None) -> None:
    """Put the product into the lists where it belongs and out of the others, if they still have what they had."""
    was, now = (set(one.postings()) if one else set() for one in (before, after))
    stays = before and after and (before.text, before.category_id) == (after.text, after.category_id)
    for posting in sorted(now - was if stays else now):
        assert after
        tx.put(_row(posting, after))
    kept = {(one.key, one.place) for one in now}
    for posting in sorted(was):
        if (posting.key, posting.place) not in kept:
            tx.delete(PostingRow(posting.key, posting.place))
    row = PostingRow(*_entry_key(product_id)[1:])
    same = PostingRow.doc == _said(before) if before else PostingRow.pk.does_not_exist()
    if after:
        row.doc = _said(after)
        tx.put(row, same, "entry")
    else:
        tx.delete(row, same, "entry")


def count_sold(tx: Transaction, product_id: str, pieces: int) -> None:
    """So many pieces more, in the transaction that marks their order."""
    tx.update(SoldRow(*_sold_key(product_id)[1:]), [SoldRow.sold.add(pieces)])


def _row(posting: Posting, entry: Entry) -> PostingRow:
    row = PostingRow(posting.key, posting.place, text=entry.text, category_id=entry.category_id)
    row.shop_key = posting.shop_key
    return row


def _said(entry: Entry) -> str:
    return _ENTRY.dump_json(entry).decode()


def _entry_key(product_id: str) -> tuple[type[PostingRow], str, str]:
    return PostingRow, f"PRD#{product_id}", "ENTRY"


def _sold_key(product_id: str) -> tuple[type[SoldRow], str, str]:
    return SoldRow, f"SLD#{product_id}", "SOLD"


# -------------------------------------------------------------------------------------------------------- lists


def list_postings(key: str, limit: int, after: str | None, *, shop: bool, dearest_first: bool = False) -> list[Line]:
    """Up to ``limit`` lines of one list from the one after ``after``; ``shop``: the key is a list within a shop."""
    source: Any = PostingRow.in_shop if shop else PostingRow
    column: Any = _InShop.sk if shop else PostingRow.sk
    beyond = None if after is None else column < after if dearest_first else column > after
    rows = source.query(key, beyond, limit=limit, scan_index_forward=not dearest_first)
    return [Line(row.sk, row.text or "", row.category_id or "") for row in rows]


def list_merged(
    keys: Sequence[str], limit: int, after: str | None, *, shop: bool, dearest_first: bool = False
) -> list[Line]:
    """Up to ``limit`` lines of several lists of one order."""
    found = [list_postings(key, limit, after, shop=shop, dearest_first=dearest_first) for key in keys]
    return list(islice(heapq.merge(*found, reverse=dearest_first), limit))
