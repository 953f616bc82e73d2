"""What orders does about what others, and it itself, have told."""

from collections.abc import Mapping

from services.orders import export_orders, start_export
from services.orders.answer_style import answer_style
from services.orders.card_keys import import_file
from services.orders.claim_gift import claim_gift, return_gift
from services.orders.grant_gift import grant_gift
from services.orders.migrations import answer_stock, follow_migration, run_migration
from services.orders.money import check_ledger, export_payout, statement
from services.orders.payments import reconcile
from services.orders.payments.refund import send_refund
from services.orders.stock import check_stock, take_offers
from services.orders.stock.availability import show_again
from services.orders.stock.low_stock import watch
from services.orders.stock.stock_balance import Figures
from services.orders.stock.tables import record_flow
from services.orders.tables import STORE, VAULT, own_begin
from services.shared.contracts import catalog, gifts, migration, orders
from services.shared.contracts.envelope import Envelope
from services.shared.plumbing import memberships, triggers
from services.shared.plumbing.inbox import Reaction
from services.shared.plumbing.tables import Begin, Transaction

SOLD_BEFORE = ("gift_declined", "gift_expired")  # what ends an order that was paid


def on_style_asked(envelope: Envelope, begin: Begin) -> None:
    """Answer, once per attempt (G3)."""
    answer_style(envelope.open(gifts.StyleAsked), begin=begin, now=begin().now)


def on_granted(envelope: Envelope, begin: Begin) -> None:
    """A merchant's own gift, once (G8)."""
    grant_gift(envelope.open(gifts.GiftGranted), begin=begin, now=begin().now, vault=VAULT)


def on_claimed(envelope: Envelope, begin: Begin) -> None:
    """To the recipient's address (G3)."""
    claim_gift(envelope.open(gifts.GiftClaimed), begin=begin, now=begin().now, vault=VAULT)


def on_declined(envelope: Envelope, begin: Begin) -> None:
    """Money and stock go back (G5)."""
    told = envelope.open(gifts.GiftDeclined)
    return_gift(told.order_id, told.sub_gift_ids, "gift_declined", begin=begin, now=begin().now)


def on_expired(envelope: Envelope, begin: Begin) -> None:
    """Money and stock go back (G4), of all that is left in one refund (G6)."""
    told = envelope.open(gifts.GiftExpired)
    return_gift(told.order_id, told.sub_gift_ids, "gift_expired", begin=begin, now=begin().now)


def on_refund_due(envelope: Envelope, begin: Begin) -> None:
    """Ask WeChat; what it does not take now is tried again by the sweep."""
    due = envelope.open(orders.RefundDue)
    send_refund(due.payment_id, due.refund_id, begin=begin, now=begin().now)


def on_placed(envelope: Envelope, begin: Begin) -> None:
    """The flow of stock: on hand → held. Who watches it looks whether it runs low."""
    told, tx = envelope.open(orders.OrderPlaced), begin()
    watch(told.shop_id, [line.sku_id for line in told.lines], told.order_id, own_begin(tx.now), fell=True)
    _record("held", told, Figures(-1, 1, 0), envelope, tx)


def on_paid(envelope: Envelope, begin: Begin) -> None:
    """The flow of stock: held → sold. A merchant's own gift was never held: on hand → sold."""
    told, tx = envelope.open(orders.OrderPaid), begin()
    if told.grant_id:
        watch(told.shop_id, [line.sku_id for line in told.lines], told.order_id, own_begin(tx.now), fell=True)
    _record("sold", told, Figures(-1, 0, 1) if told.grant_id else Figures(0, -1, 1), envelope, tx)


def on_cancelled(envelope: Envelope, begin: Begin) -> None:
    """The flow of stock: back on hand. Shelves hear of what was gone."""
    told, tx = envelope.open(orders.OrderCancelled), begin()
    _shelve(told, tx)
    _record("back", told, Figures(1, 0, -1) if told.why in SOLD_BEFORE else Figures(1, -1, 0), envelope, tx)


def on_refused(envelope: Envelope, begin: Begin) -> None:
    """The same of an order that was held for review."""
    told, tx = envelope.open(orders.OrderRefused), begin()
    _shelve(told, tx)
    _record("back", told, Figures(1, 0, -1) if told.paid else Figures(1, -1, 0), envelope, tx)


def _shelve(told: orders.OrderCancelled | orders.OrderRefused, tx: Transaction) -> None:
    sku_ids = [line.sku_id for line in told.lines]
    show_again(sku_ids, own_begin(tx.now))
    watch(told.shop_id, sku_ids, told.order_id, own_begin(tx.now))


def on_stock_moved(envelope: Envelope, begin: Begin) -> None:
    """Whether it runs low now, or no more."""
    told, tx = envelope.open(orders.StockMoved), begin()
    watch(told.shop_id, told.sku_ids, envelope.id, own_begin(tx.now))
    tx.commit()


def _record(
    what: str,
    told: orders.OrderPlaced | orders.OrderPaid | orders.OrderCancelled | orders.OrderRefused,
    unit: Figures,
    envelope: Envelope,
    tx: Transaction,
) -> None:
    for line in told.lines:
        record_flow(
            tx,
            line.sku_id,
            what=what,
            ref=told.order_id,
            by=told.buyer,
            moved=unit.times(line.quantity),
            at=envelope.occurred_at,
        )
    tx.commit()


KINDS = {
    reconcile.KIND: reconcile.JOB,
    check_stock.KIND: check_stock.JOB,
    start_export.KIND: export_orders.EXPORT,
    statement.KIND: statement.STATEMENT,
    export_payout.KIND: export_payout.PAYOUT,
    check_ledger.KIND: check_ledger.CHECK,
    import_file.KIND: import_file.IMPORT,
    run_migration.KIND: run_migration.RUN,
}

# The flow of stock is read off orders' own facts, so that placing an order costs no row for it.
REACTIONS: Mapping[str, Reaction] = triggers.job_reaction(STORE, KINDS) | {
    catalog.ShopChanged.NAME: take_offers.take_shop,
    catalog.MembershipChanged.NAME: memberships.reaction(STORE),
    catalog.ProductOffered.NAME: take_offers.take_offers,
    catalog.ProductWithdrawn.NAME: take_offers.withdraw_offers,
    migration.MigrationChanged.NAME: follow_migration.on_migration_changed,
    migration.StockAsked.NAME: answer_stock.on_stock_asked,
    gifts.StyleAsked.NAME: on_style_asked,
    gifts.GiftClaimed.NAME: on_claimed,
    gifts.GiftGranted.NAME: on_granted,
    gifts.GiftDeclined.NAME: on_declined,
    gifts.GiftExpired.NAME: on_expired,
    orders.RefundDue.NAME: on_refund_due,
    orders.OrderPlaced.NAME: on_placed,
    orders.OrderPaid.NAME: on_paid,
    orders.OrderCancelled.NAME: on_cancelled,
    orders.OrderRefused.NAME: on_refused,
    orders.StockMoved.NAME: on_stock_moved,
}
