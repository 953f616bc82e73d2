"""Catalog's Chalice app, on which the doors stand, and who may use them."""

from services.shared.plumbing.doors import Door, Service, member
from services.shared.plumbing.tables import Store

app = Service("catalog", Store("catalog"), title="Xiaodian catalog: who sells, what is for sale, how it is shown")

STAFF = member("operator", "support", "finance")
STAFF_OR_PLATFORM = member("operator", "support", "finance", or_platform=True)
EDITORS = member("operator")
MONEY = member("finance")
MONEY_OR_PLATFORM = member("finance", or_platform=True)

# What the owner of a shop that is read-only while it moves here still does: what ends that, or the shop, and what it
# needs to sell again.
ALWAYS = frozenset({"put_subject", "put_closure", "post_submission", "put_payment_account", "post_deposit"})


def require_open(door: Door, shop_id: str) -> None:
    """Raise ShopReadOnly for a write to a shop whose calendar, or subject, lets nobody write (M1, M5)."""
    from services.catalog.tables import find_shop

    shop = None if door.name in ALWAYS else find_shop(shop_id)
    if shop:
        shop.require_open()


app.gate = require_open
