"""Freight in orders' table.

pk                    sk              what
FRT#{shop}            BOOK            its freight templates
FRT#{shop}#{template} {product}       a product that names the template
"""

from services.orders.freight.freight import Book
from services.orders.tables import OrdersRow
from services.shared.plumbing.documents import Document
from services.shared.plumbing.tables import (
    Transaction,
    query,
)

_BOOK = Document(Book)


def book_key(shop_id: str) -> tuple[type[OrdersRow], str, str]:
    """The key of a shop's freight templates, for batched reads."""
    return OrdersRow, f"FRT#{shop_id}", "BOOK"


def book_of(row: OrdersRow | None) -> Book:
    """The templates inside a row; none without one."""
    return Book() if row is None or row.doc is None else _BOOK.validate_json(row.doc)


def save_book(tx: Transaction, shop_id: str, book: Book, before: Book) -> None:
    """Put a shop's freight templates, if they still are as they were."""
    row = OrdersRow(f"FRT#{shop_id}", "BOOK")
    row.version, row.doc = book.version, _BOOK.dump_json(book, exclude_defaults=True).decode()
    tx.put(row, OrdersRow.version == before.version if before.version else OrdersRow.pk.does_not_exist(), "book")


def ship_product_by(tx: Transaction, shop_id: str, product_id: str, before: str, after: str) -> None:
    """Note which freight template a product names, for the question whether one is in use."""
    if before and before != after:
        tx.delete(OrdersRow(f"FRT#{shop_id}#{before}", product_id))
    if after and before != after:
        tx.put(OrdersRow(f"FRT#{shop_id}#{after}", product_id))


def products_shipped_by(shop_id: str, template_id: str, limit: int) -> list[str]:
    """Ids of products that name this freight template."""
    return [row.sk for row in query(OrdersRow, f"FRT#{shop_id}#{template_id}", limit=limit)]
