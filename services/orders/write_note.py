"""What staff write down about an order, for staff only (O4)."""

from datetime import datetime

from services.orders.shops_order import order_in
from services.orders.tables import Note, add_note
from services.shared.plumbing.tables import Begin
from services.shared.plumbing.vault import Vault


def write_note(shop_id: str, order_id: str, by: str, text: str, *, begin: Begin, now: datetime, vault: Vault) -> Note:
    """Keep a note, sealed under the buyer's key: it may say anything about the buyer. Raises NotFound."""
    order = order_in(shop_id, order_id)
    tx = begin()
    note = Note(tx.new_id("nte"), by, vault.seal(order.buyer, text), now)
    add_note(tx, order_id, note)
    tx.commit({"order_id": order_id, "note_id": note.note_id})
    return note
