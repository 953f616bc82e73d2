"""What catalog does when others speak."""

from services.catalog.imports.run_import import IMPORT
from services.catalog.imports.start_import import KIND
from services.catalog.migrations import edit_plan, hear, run_migration, stop_migrations
from services.catalog.migrations.ask_stock import on_stock_answered
from services.catalog.migrations.conduct import MIGRATE
from services.catalog.review import jobs as review
from services.catalog.review import review_products
from services.catalog.rules import enforce
from services.catalog.search.index_product import index_product
from services.catalog.tables import STORE, note_stock, product_row, stock_sequence
from services.catalog.traffic.count_traffic import count_history, count_order
from services.shared.contracts.catalog import ProductOffered, ProductWithdrawn, SalesRankReached, ShopClosed
from services.shared.contracts.envelope import Envelope
from services.shared.contracts.migration import HistoryMoved, MigrationProgressed, MigrationRowsTold, StockAnswered
from services.shared.contracts.orders import AvailabilityChanged, OrderCancelled, OrderPaid, OrderRefused
from services.shared.plumbing.inbox import Reaction
from services.shared.plumbing.tables import Begin
from services.shared.plumbing.triggers import job_reaction

UNPAID = ("buyer", "expired")


def on_availability_changed(envelope: Envelope, begin: Begin) -> None:
    """Keep whether a style is in stock, unless something newer is kept: a hint for shelves."""
    said = envelope.open(AvailabilityChanged)
    row = product_row(said.product_id)
    if row is None or stock_sequence(row, said.sku_id) >= envelope.sequence:
        return
    tx = begin()
    note_stock(tx, said.product_id, said.sku_id, envelope.sequence, in_stock=said.in_stock)
    tx.commit()


def on_product_changed(envelope: Envelope, begin: Begin) -> None:
    """Bring search up to what the product is now (C8): the event says which, the product says how."""
    index_product(envelope.subject, begin=begin)


def on_rank_reached(envelope: Envelope, begin: Begin) -> None:
    """Move the product up in the lists (C8)."""
    index_product(envelope.open(SalesRankReached).product_id, begin=begin)


def on_order_paid(envelope: Envelope, begin: Begin) -> None:
    """Count what was sold, where and for how much (C8, C11)."""
    said = envelope.open(OrderPaid)
    count_order(said.shop_id, said.order_id, said.channel, said.lines, said.paid_at, paid=True, begin=begin)


def on_order_cancelled(envelope: Envelope, begin: Begin) -> None:
    """Count an order that nobody paid (C11). A gift that came back was paid, and is counted."""
    said = envelope.open(OrderCancelled)
    if said.why in UNPAID:
        at = envelope.occurred_at
        count_order(said.shop_id, said.order_id, said.channel, said.lines, at, paid=False, begin=begin)


def on_order_refused(envelope: Envelope, begin: Begin) -> None:
    """Count it among those that nobody paid (C11), unless it was paid, and is counted."""
    said = envelope.open(OrderRefused)
    if not said.paid:
        at = envelope.occurred_at
        count_order(said.shop_id, said.order_id, said.channel, said.lines, at, paid=False, begin=begin)


def on_history_moved(envelope: Envelope, begin: Begin) -> None:
    """Count what was sold in an old shop on the days on which it was (M2)."""
    said = envelope.open(HistoryMoved)
    count_history(said.shop_id, envelope.id, said.sales, begin=begin)


REACTIONS: dict[str, Reaction] = {
    ProductOffered.NAME: on_product_changed,
    ProductWithdrawn.NAME: on_product_changed,
    SalesRankReached.NAME: on_rank_reached,
    OrderPaid.NAME: on_order_paid,
    OrderCancelled.NAME: on_order_cancelled,
    OrderRefused.NAME: on_order_refused,
    AvailabilityChanged.NAME: on_availability_changed,
    HistoryMoved.NAME: on_history_moved,
    MigrationProgressed.NAME: hear.on_progressed,
    MigrationRowsTold.NAME: hear.on_rows_told,
    StockAnswered.NAME: on_stock_answered,
    ShopClosed.NAME: stop_migrations.on_shop_closed,
    **job_reaction(
        STORE,
        {
            KIND: IMPORT,
            review.REVIEW: review_products.KIND,
            enforce.ENFORCE: enforce.KIND,
            edit_plan.RECKON: edit_plan.KIND,
            MIGRATE: run_migration.KIND,
        },
    ),
}
