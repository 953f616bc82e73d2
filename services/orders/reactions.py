"""What orders does about what others, and it itself, have told."""

from collections.abc import Mapping

from services.orders import take_offers
from services.orders.answer_style import answer_style
from services.orders.claim_gift import claim_gift, return_gift
from services.orders.expire_order import VAULT
from services.orders.refund import send_refund
from services.orders.tables import STORE, record_flow
from services.shared.contracts import catalog, gifts, orders
from services.shared.contracts.envelope import Envelope
from services.shared.plumbing import memberships
from services.shared.plumbing.inbox import Reaction
from services.shared.plumbing.tables import Begin


def on_style_asked(envelope: Envelope, begin: Begin) -> None:
    """Answer, once per attempt (G3)."""
    answer_style(envelope.open(gifts.StyleAsked), begin=begin, now=begin().now)


def on_claimed(envelope: Envelope, begin: Begin) -> None:
    """To the recipient's address (G3)."""
    claim_gift(envelope.open(gifts.GiftClaimed), begin=begin, now=begin().now, vault=VAULT)


def on_declined(envelope: Envelope, begin: Begin) -> None:
    """Money and stock go back (G5)."""
    return_gift(envelope.open(gifts.GiftDeclined).order_id, "gift_declined", begin=begin, now=begin().now)


def on_expired(envelope: Envelope, begin: Begin) -> None:
    """Money and stock go back (G4)."""
    return_gift(envelope.open(gifts.GiftExpired).order_id, "gift_expired", begin=begin, now=begin().now)


def on_refund_due(envelope: Envelope, begin: Begin) -> None:
    """Ask WeChat; what it does not take now is tried again by the sweep."""
    due = envelope.open(orders.RefundDue)
    send_refund(due.payment_id, due.refund_id, begin=begin, now=begin().now)


def _flow(what: str, body: type[orders.OrderPlaced | orders.OrderPaid | orders.OrderCancelled], sign: int) -> Reaction:
    def on_order(envelope: Envelope, begin: Begin) -> None:
        told = envelope.open(body)
        tx = begin()
        for line in told.lines:
            record_flow(
                tx,
                line.sku_id,
                what=what,
                ref=told.order_id,
                by=told.buyer,
                quantity=sign * line.quantity,
                at=envelope.occurred_at,
            )
        tx.commit()

    return on_order


# The flow of stock is read off orders' own facts, so that placing an order costs no row for it.
REACTIONS: Mapping[str, Reaction] = {
    catalog.ShopChanged.NAME: take_offers.take_shop,
    catalog.MembershipChanged.NAME: memberships.reaction(STORE),
    catalog.ProductOffered.NAME: take_offers.take_offers,
    catalog.ProductWithdrawn.NAME: take_offers.withdraw_offers,
    gifts.StyleAsked.NAME: on_style_asked,
    gifts.GiftClaimed.NAME: on_claimed,
    gifts.GiftDeclined.NAME: on_declined,
    gifts.GiftExpired.NAME: on_expired,
    orders.RefundDue.NAME: on_refund_due,
    orders.OrderPlaced.NAME: _flow("held", orders.OrderPlaced, -1),
    orders.OrderPaid.NAME: _flow("sold", orders.OrderPaid, 0),
    orders.OrderCancelled.NAME: _flow("back", orders.OrderCancelled, 1),
}
