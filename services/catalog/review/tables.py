"""When time next changes something about a shop: a row of the plumbing's, found by its due time."""

from datetime import datetime

from services.catalog.tables import STORE
from services.shared.plumbing.tables import Transaction

DUE = "SHOPS"
DUE_AT_ONCE = 200


def save_due(tx: Transaction, shop_id: str, due_at: datetime | None) -> None:
    """Look at the shop then; at no time with None."""
    tx.save_due(f"SHOP_DUE#{shop_id}", "DUE", DUE, due_at)


def due_shops(now: datetime) -> list[str]:
    """Shops that time may have changed; candidates only."""
    return [pk.partition("#")[2] for pk, _ in STORE.list_due(DUE, now, DUE_AT_ONCE)]
