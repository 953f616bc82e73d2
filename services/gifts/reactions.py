"""What gifts hears from catalog and orders, and which verb answers to it."""

from collections.abc import Mapping

from services.gifts import count_gifts
from services.gifts.count_gifts import note_purchase
from services.gifts.give_own import refuse_grant
from services.gifts.make_gift import make_gift
from services.gifts.product import Priced, Product
from services.gifts.refund_gift import refund_gift
from services.gifts.settle_style import settle_style
from services.gifts.sub_gift import Ending
from services.gifts.tables import NEWER, STORE, save_product, save_shop_name
from services.shared.contracts.catalog import MembershipChanged, ProductOffered, ProductWithdrawn, ShopChanged
from services.shared.contracts.envelope import Envelope
from services.shared.contracts.gifts import GiftClaimed, GiftDeclined, GiftExpired, GiftReady
from services.shared.contracts.orders import GiftCleared, GrantRefused, OrderPaid, RefundSucceeded, StyleAnswered
from services.shared.plumbing import clock, memberships
from services.shared.plumbing.inbox import Reaction
from services.shared.plumbing.tables import Begin, Refused, Transaction

ENDINGS: Mapping[str, Ending] = {"gift_declined": "declined", "gift_expired": "expired"}


def on_order_paid(envelope: Envelope, begin: Begin) -> None:
    """A gift's sheet is made; of an ordinary order only who bought is remembered."""
    paid = envelope.open(OrderPaid)
    if paid.gift:
        make_gift(paid, paid.gift, begin=begin)
    else:
        tx = begin()
        note_purchase(tx, paid)
        tx.commit()


def on_gift_cleared(envelope: Envelope, begin: Begin) -> None:
    """A gift that was held for review: its sheet is made now, and its time begins (O19)."""
    cleared = envelope.open(GiftCleared)
    if cleared.gift:
        make_gift(cleared, cleared.gift, begin=begin)


def on_style_answered(envelope: Envelope, begin: Begin) -> None:
    """Orders' answer to one attempt."""
    settle_style(envelope.open(StyleAnswered), begin=begin, now=clock.now())


def on_refund_succeeded(envelope: Envelope, begin: Begin) -> None:
    """Money of a gift that nobody took; of other refunds the gift's status says nothing."""
    refunded = envelope.open(RefundSucceeded)
    if refunded.gift and refunded.why in ENDINGS:
        refund_gift(refunded, ENDINGS[refunded.why], begin=begin, now=clock.now())


def on_grant_refused(envelope: Envelope, begin: Begin) -> None:
    """A merchant's own gift that cannot be had."""
    refuse_grant(envelope.open(GrantRefused), begin=begin)


def on_product_offered(envelope: Envelope, begin: Begin) -> None:
    """The styles of a product that may be given, among which a recipient may choose."""
    offered = envelope.open(ProductOffered)
    styles = [Priced(one.sku_id, one.attributes, one.price_fen) for one in offered.skus]
    product = Product(offered.product_id, offered.image, tuple(styles) if offered.giftable else ())
    tx = begin()
    save_product(tx, product, envelope.sequence)
    _commit_newer(tx)


def on_product_withdrawn(envelope: Envelope, begin: Begin) -> None:
    """No other style can be chosen any more. What stays keeps the sequence, against older offers that come late."""
    tx = begin()
    save_product(tx, Product(envelope.open(ProductWithdrawn).product_id), envelope.sequence)
    _commit_newer(tx)


def on_shop_changed(envelope: Envelope, begin: Begin) -> None:
    """The shop's name as it is now."""
    shop = envelope.open(ShopChanged)
    tx = begin()
    save_shop_name(tx, shop.shop_id, shop.name, envelope.sequence)
    _commit_newer(tx)


def _commit_newer(tx: Transaction) -> None:
    try:
        tx.commit()
    except Refused as refused:
        if refused.names != {NEWER}:
            raise


REACTIONS: dict[str, Reaction] = {
    GiftCleared.NAME: on_gift_cleared,
    GiftClaimed.NAME: count_gifts.on_claimed,
    GiftDeclined.NAME: count_gifts.on_declined,
    GiftExpired.NAME: count_gifts.on_expired,
    GrantRefused.NAME: on_grant_refused,
    GiftReady.NAME: count_gifts.on_ready,
    MembershipChanged.NAME: memberships.reaction(STORE),
    OrderPaid.NAME: on_order_paid,
    ProductOffered.NAME: on_product_offered,
    ProductWithdrawn.NAME: on_product_withdrawn,
    RefundSucceeded.NAME: on_refund_succeeded,
    ShopChanged.NAME: on_shop_changed,
    StyleAnswered.NAME: on_style_answered,
}
