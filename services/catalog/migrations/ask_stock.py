"""Before a rollback takes products out, it asks orders whether anything was done here with their stock (M3).

    chunk ─ StockAsked ─▶ orders ─ StockAnswered ─▶ kept beside the run ─▶ the chunk goes on

What was sold or restocked here stays. Nothing stands in the way of an order that is placed a moment later: it goes on
without its product, as when a merchant deletes one.
"""

from collections.abc import Sequence
from contextlib import suppress
from typing import NamedTuple

from services.catalog.migrations.conduct import job_id, wake
from services.catalog.migrations.migration import Migration
from services.catalog.migrations.tables import (
    Asked,
    answer_stock,
    ask_stock,
    find_asked,
    find_migration,
)
from services.catalog.products.product import Product
from services.catalog.tables import LinkRow, find_products
from services.shared.contracts.envelope import Envelope
from services.shared.contracts.migration import StockAnswered, StockAsked, StockOf
from services.shared.plumbing.tables import Begin, Refused

MAX_STYLES = 2_000  # in one event
ORDERED, COUNTED = "orders of it were placed here", "its stock was changed here"


class Known(NamedTuple):
    """What orders says of the products up to this link: why each stays, of those that do."""

    upto: str
    why: dict[str, str]


def stock_of(migration: Migration, links: Sequence[LinkRow], begin: Begin) -> Known | None:
    """What was done with the stock of these products, or of as many as one event asks about; None until it is known."""
    if not links:
        return Known("", {})
    asked = find_asked(migration.migration_id, migration.run, links[0].sk)
    if asked is None:
        asked = _ask(migration, links, begin)
    return None if asked.why is None else Known(asked.upto, asked.why)


def _ask(migration: Migration, links: Sequence[LinkRow], begin: Begin) -> Asked:
    """Nothing is asked of what was never on sale: orders has not seen it."""
    found = {one.product.product_id: one.product for one in find_products([link.sk for link in links])}
    products, upto = list[StockOf](), links[-1].sk
    for link in links:
        product = found.get(link.sk)
        if product and product.offered_once:
            products.append(_first_stock(product))
        if sum(len(one.styles) for one in products) >= MAX_STYLES:
            upto = link.sk
            break
    asked, tx = Asked(upto, None if products else {}), begin()
    if not products:
        return asked
    ident, run, part = migration.migration_id, migration.run, links[0].sk
    ask_stock(tx, ident, run, part, asked)
    body = StockAsked(migration_id=ident, shop_id=migration.shop_id, run=run, part=part, products=products)
    tx.emit(body, subject=ident, sequence=0, shop=migration.shop_id)
    with suppress(Refused):  # another worker has asked
        tx.commit()
    return asked


def _first_stock(product: Product) -> StockOf:
    # The stock of card keys is their keys, which are imported later.
    keys = product.latest.kind == "card_key"
    styles = {sku.sku_id: 0 if keys else sku.initial_stock for sku in product.latest.skus}
    return StockOf(product_id=product.product_id, styles=styles)


def on_stock_answered(envelope: Envelope, begin: Begin) -> None:
    """Keep what orders says, and let the rollback go on."""
    said = envelope.open(StockAnswered)
    migration = find_migration(said.migration_id)
    asked = find_asked(said.migration_id, said.run, said.part)
    if migration is None or asked is None or asked.why is not None:
        return
    why = dict.fromkeys(said.counted, COUNTED) | dict.fromkeys(said.ordered, ORDERED)
    tx = begin()
    answer_stock(tx, said.migration_id, said.run, said.part, asked._replace(why=why))
    if (migration.run, migration.state) == (said.run, "running"):
        wake(tx, job_id(migration))
    tx.commit()
