"""What comes in and goes out about card keys (O5)."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from services.shared.plumbing.doors import Body, View

LONGEST_KEY = 200
KeyText = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_KEY)]


class ImportKeysBody(Body):
    """Up to 1 000 keys of one style, as they are to be shown."""

    sku_id: str
    keys: list[KeyText] = Field(min_length=1, max_length=1_000)


class KeysImportedView(View):
    import_id: str
    sku_id: str
    added: int
    duplicates: int = Field(description="Were in the pool or sold before, or came twice")


class StartKeyImport(Body):
    """A finished upload for `card_keys`: text in UTF-8, a key a line, up to 100 000."""

    sku_id: str
    upload_id: str


class KeyImportView(View):
    """`running`, then `done`, or `failed`: then `why`, and what was brought in until then stays."""

    import_id: str
    sku_id: str
    status: Literal["running", "done", "failed"]
    why: str | None
    added: int
    duplicates: int = Field(description="Were in the pool or sold before, or came twice in the file")
    refused: int = Field(description="Lines that are no key")
    created_at: datetime
    url: str | None = Field(
        description="Once it has ended: a CSV file of the lines that brought in no new key, and why. No key is in it"
    )


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
