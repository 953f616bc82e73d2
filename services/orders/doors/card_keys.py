"""Doors to card keys (O5)."""

from services.orders.card_keys import messages as m
from services.orders.card_keys.drop_key import drop_key
from services.orders.card_keys.import_file import start_key_import
from services.orders.card_keys.import_keys import Imported, import_keys
from services.orders.card_keys.read_pool import free_keys_of, key_import_of, pool_of
from services.orders.card_keys.refusals import KeyInUse, NotACardKey, UploadUsed
from services.orders.card_keys.show_keys import Looker, show_keys
from services.orders.messages import Paging
from services.orders.service import SHIPPERS, app
from services.orders.tables import VAULT
from services.shared.plumbing import ids
from services.shared.plumbing.doors import PERSON, Answer, Call, Page
from services.shared.plumbing.files import UploadMissing
from services.shared.plumbing.problems import CursorInvalid, NotFound


def _imported(sku_id: str, done: Imported) -> m.KeysImportedView:
    return m.KeysImportedView(import_id=done.import_id, sku_id=sku_id, added=done.added, duplicates=done.duplicates)


def import_again(_: Call, stored: dict[str, str]) -> m.KeysImportedView:
    """What became of the import that this key asked for."""
    done = Imported(stored["import_id"], int(stored["added"]), int(stored["duplicates"]))
    return _imported(stored["sku_id"], done)


@app.door(
    "POST",
    "/v1/shops/{shop_id}/card-keys",
    SHIPPERS,
    status=201,
    again=import_again,
    problems=(NotFound, NotACardKey),
)
def post_card_keys(call: Call, shop_id: str, body: m.ImportKeysBody) -> m.KeysImportedView:
    """Import keys into a style's pool (O5): duplicates are found, each new one is a unit for sale.

    Keys lie encrypted, and are shown to nobody but who buys them. Nothing of them is in a log, an event or an answer.
    """
    done = import_keys(
        shop_id, body.sku_id, body.keys, call.person, key=call.own_key, begin=call.begin, now=call.now, vault=VAULT
    )
    return _imported(body.sku_id, done)


def file_again(_: Call, stored: dict[str, str]) -> Answer:
    """The import that this key started."""
    return _accepted(stored["shop_id"], stored["import_id"])


def _accepted(shop_id: str, import_id: str) -> Answer:
    place = f"/{app.service}/v1/shops/{shop_id}/card-key-imports/{import_id}"
    return Answer(key_import_of(shop_id, import_id), headers={"Location": place, "Retry-After": "2"})


@app.door(
    "POST",
    "/v1/shops/{shop_id}/card-key-imports",
    SHIPPERS,
    status=202,
    again=file_again,
    problems=(NotFound, NotACardKey, UploadMissing, UploadUsed),
)
def post_card_key_import(call: Call, shop_id: str, body: m.StartKeyImport) -> m.KeyImportView | Answer:
    """Import a file of keys into a style's pool (O5): up to 100 000, a key a line; blank lines are passed over.

    `Location` says where its progress is. An upload is imported once, and emptied when that ends.
    """
    import_id = start_key_import(shop_id, body.sku_id, body.upload_id, call.person, begin=call.begin, now=call.now)
    return _accepted(shop_id, import_id)


@app.door("GET", "/v1/shops/{shop_id}/card-key-imports/{import_id}", SHIPPERS, problems=(NotFound,))
def get_card_key_import(call: Call, shop_id: str, import_id: str) -> m.KeyImportView:
    """How far it is; once it has ended, which lines brought in no new key."""
    return key_import_of(shop_id, import_id)


@app.door("GET", "/v1/shops/{shop_id}/card-keys/{sku_id}", SHIPPERS, problems=(NotFound, NotACardKey))
def get_card_key_pool(call: Call, shop_id: str, sku_id: str) -> m.PoolView:
    """How many keys of a style are left, for sale, held and sold."""
    return pool_of(shop_id, sku_id, call.now)


@app.door(
    "GET", "/v1/shops/{shop_id}/card-keys/{sku_id}/keys", SHIPPERS, problems=(NotFound, NotACardKey, CursorInvalid)
)
def get_free_card_keys(call: Call, shop_id: str, sku_id: str, query: Paging) -> Page[m.FreeKeyView]:
    """Keys that no order has, by their ids. Nobody is shown what they say."""
    return free_keys_of(shop_id, sku_id, query, call.now)


@app.door(
    "DELETE",
    "/v1/shops/{shop_id}/card-keys/{sku_id}/keys/{key_id}",
    SHIPPERS,
    status=204,
    problems=(NotFound, NotACardKey, KeyInUse),
)
def delete_card_key(call: Call, shop_id: str, sku_id: str, key_id: str) -> None:
    """Drop a key that no order has, and a unit of the stock with it."""
    drop_key(shop_id, sku_id, key_id, call.person, begin=call.begin, now=call.now, new_id=ids.new_id)


@app.door("GET", "/v1/orders/{order_id}/card-keys", PERSON, problems=(NotFound,))
def get_card_keys(call: Call, order_id: str) -> m.CardKeysView:
    """The keys that an order's buyer has bought. Each view is written into the shop's audit."""
    token_id = call.principal.token_id if call.principal else None  # door: a person has one
    looker = Looker(call.person, call.source_ip, call.headers.get("user-agent", ""), token_id)
    return show_keys(order_id, looker, begin=call.begin, now=call.now, vault=VAULT)
