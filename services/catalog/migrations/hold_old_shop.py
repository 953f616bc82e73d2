"""Which shop has an old one: one at a time, by its migrations that may have brought something of it (M2).

It is taken when the platform confirms it, or with a file of one's own when it is asked for; and free again when all of
its shop's migrations of it were rolled back, refused or withdrawn. A migration that is started again takes it again.
"""

from services.catalog.migrations.migration import Migration
from services.catalog.migrations.old_shop import OldShop
from services.catalog.migrations.tables import find_old_shop, save_old_shop
from services.shared.plumbing.problems import Conflict
from services.shared.plumbing.tables import Transaction


class OldShopTaken(Conflict):
    slug, title = "old-shop-taken", "This old shop comes into another shop already"


TAKEN = (
    "It comes into another shop already, and is free again once that was rolled back or withdrawn. Where you exported "
    "the files yourself its name is only a label: take another. If the old shop is yours, tell the platform"
)


def held_by(migration: Migration) -> OldShop:
    """Who has the migration's old shop: its own shop, or nobody. Raises OldShopTaken."""
    found = find_old_shop(migration.source, migration.old_shop_id)
    if found.migrations and found.shop_id != migration.shop_id:
        raise OldShopTaken(TAKEN)
    return found


def hold(tx: Transaction, migration: Migration) -> None:
    """No other shop may take it from now on. Raises OldShopTaken."""
    save_old_shop(tx, migration, held_by(migration).held(migration))


def release(tx: Transaction, migration: Migration) -> None:
    """This migration needs it no more."""
    before = find_old_shop(migration.source, migration.old_shop_id)
    if migration.migration_id in before.migrations:
        save_old_shop(tx, migration, before.released(migration))
