"""Nothing moves into a shop that is closed (M2): what runs there stops."""

from services.catalog.migrations.conduct import write_migration
from services.catalog.migrations.tables import migrations_of
from services.shared.contracts.catalog import ShopClosed
from services.shared.contracts.envelope import Envelope
from services.shared.plumbing.tables import Begin

MOST = 20  # at once: three rows each


def on_shop_closed(envelope: Envelope, begin: Begin) -> None:
    """Fail what runs or rests, in all services; a run that begins at this moment was there before, or is refused.

    What came in can still be rolled back.
    """
    tx = begin()
    known = migrations_of(envelope.open(ShopClosed).shop_id, 100, None)
    stopped = [(one, after) for one in known if (after := one.stop("the shop is closed", tx.now)) is not one]
    for one, after in stopped[:MOST]:
        write_migration(tx, one, after)
    tx.commit()
