"""Old ids of styles go on to name them, too (M2).

A product may have more styles than fit into its transaction: those beyond are named before it, in others. A worker that
dies between them leaves names of what is not here yet; the next one finds them, and goes on.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice

from services.catalog.imports.product_rows import RowRefused
from services.catalog.migrations.migration import Migration
from services.catalog.migrations.reading import Reading
from services.catalog.migrations.tables import claim, claim_key, old_key, resolve, unresolve
from services.catalog.tables import LinkRow
from services.shared.plumbing.tables import Begin, Transaction, read

WITH_IT = 30  # in the product's own transaction
AT_ONCE = 90
MAX_NAME = 256  # characters: a style without an id of its own is called after its choices, however long these are


def refuse_others_styles(reading: Reading, old_id: str, skus: Sequence[str], product_id: str) -> None:
    """Raise RowRefused where another product of the shop has come with one of these styles: both would sell the same
    stock, at the price of whichever was offered last. One read for a hundred styles, none for those that are called
    after their product."""
    one = reading.migration
    asked = [sku for sku in skus if not sku.startswith(f"{old_id}|") and len(sku) <= MAX_NAME]
    named = read([old_key("sku", sku, one.source, one.old_shop_id) for sku in asked])
    claimed = read([claim_key(reading.run, "sku", sku) for sku in asked]) if one.mode == "dry" else []
    for sku, link in [*zip(asked, named, strict=True), *zip(asked, claimed, strict=False)]:
        if not isinstance(link, LinkRow):
            continue
        other, _, its = link.target.partition("#")
        if other != product_id and its == reading.new_id("sku", "sku", sku):
            raise RowRefused(f"its style {sku} is one of {other} already")


def name_styles(tx: Transaction, begin: Begin, migration: Migration, targets: Mapping[str, str]) -> None:
    """From now on these old ids name these; nothing is written ahead in a dry run."""
    rest = iter([(old_id, target) for old_id, target in targets.items() if len(old_id) <= MAX_NAME])
    for old_id, target in islice(rest, WITH_IT):
        resolve(tx, "sku", old_id, migration.source, migration.old_shop_id, target)
    while migration.mode != "dry" and (part := list(islice(rest, AT_ONCE))):
        ahead = begin()
        for old_id, target in part:
            resolve(ahead, "sku", old_id, migration.source, migration.old_shop_id, target)
        ahead.commit()


def claim_styles(tx: Transaction, begin: Begin, reading: Reading, skus: Sequence[str], product_id: str) -> None:
    """What a dry run would have named, so that it finds a style that a later record has, too."""
    rest = iter([(sku, style_of(reading, product_id, sku)) for sku in skus if len(sku) <= MAX_NAME])
    for sku, style in islice(rest, WITH_IT):
        claim(tx, reading.run, "sku", sku, style)
    while part := list(islice(rest, AT_ONCE)):
        ahead = begin()
        for sku, style in part:
            claim(ahead, reading.run, "sku", sku, style)
        ahead.commit()


def style_of(reading: Reading, product_id: str, sku: str) -> str:
    """What a style of a product is called here, as its old id names it."""
    return f"{product_id}#{reading.new_id('sku', 'sku', sku)}"


def forget_styles(tx: Transaction, begin: Begin, migration: Migration, old_ids: Sequence[str]) -> None:
    """These name nothing any more."""
    old_ids = [one for one in dict.fromkeys(old_ids) if len(one) <= MAX_NAME]
    _forget(tx, migration, old_ids[:WITH_IT])
    for start in range(WITH_IT, len(old_ids), AT_ONCE):
        ahead = begin()
        _forget(ahead, migration, old_ids[start : start + AT_ONCE])
        ahead.commit()


def _forget(tx: Transaction, migration: Migration, old_ids: Iterable[str]) -> None:
    for old_id in old_ids:
        unresolve(tx, "sku", old_id, migration.source, migration.old_shop_id)
