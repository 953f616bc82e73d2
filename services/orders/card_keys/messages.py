"""What comes in and goes out about card keys (O5)."""

from datetime import datetime
from typing import Annotated

from pydantic import Field, StringConstraints

from services.shared.plumbing.doors import Body, View

KeyText = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]


class ImportKeysBody(Body):
    """Up to 1 000 keys of one style, as they are to be shown."""

    sku_id: str
    keys: list[KeyText] = Field(min_length=1, max_length=1_000)


class KeysImportedView(View):
    import_id: str
    sku_id: str
    added: int
    duplicates: int = Field(description="Were in the pool or sold before, or came twice")


class PoolView(View):
    """`left` = `for_sale` + `held` + `unlisted`: keys that no order was given."""

    sku_id: str
    left: int
    for_sale: int = Field(description="May be sold now: the style's stock")
    held: int = Field(description="By orders that are not paid yet")
    unlisted: int = Field(description="Taken out of the stock, and still in the pool")
    sold: int


class FreeKeyView(View):
    key_id: str = Field(description="By which it can be dropped; says nothing about the key")


class CardKeyView(View):
    line_no: int
    title: str
    key: str


class CardKeysView(View):
    order_id: str
    items: list[CardKeyView]
    seen_at: datetime
