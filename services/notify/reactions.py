"""What notify does when it hears something."""

from services.notify import tables
from services.notify.tellers import TELLERS
from services.notify.webhooks.hear import hear
from services.shared.contracts.catalog import MembershipChanged, ShopChanged
from services.shared.contracts.envelope import Envelope
from services.shared.plumbing import memberships
from services.shared.plumbing.inbox import Reaction
from services.shared.plumbing.tables import Begin, Refused


def on_shop_changed(envelope: Envelope, begin: Begin) -> None:
    """Keep the shop's name for the texts; an older state than the one we have changes nothing."""
    shop = envelope.open(ShopChanged)
    tx = begin()
    tables.name_shop(tx, shop.shop_id, shop.name, envelope.sequence)
    try:
        tx.commit()
    except Refused as refused:
        if "shop" not in refused.names:
            raise


REACTIONS: dict[str, Reaction] = {
    **{event.NAME: hear for event in TELLERS},
    ShopChanged.NAME: on_shop_changed,
    MembershipChanged.NAME: memberships.reaction(tables.STORE),
}
