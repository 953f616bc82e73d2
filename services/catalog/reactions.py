"""What catalog does when others speak."""

from services.catalog.run_import import IMPORT
from services.catalog.start_import import KIND
from services.catalog.tables import STORE, note_stock, product_row, stock_sequence
from services.shared.contracts.envelope import Envelope
from services.shared.contracts.orders import AvailabilityChanged
from services.shared.plumbing.inbox import Reaction
from services.shared.plumbing.tables import Begin
from services.shared.plumbing.triggers import job_reaction


def on_availability_changed(envelope: Envelope, begin: Begin) -> None:
    """Keep whether a style is in stock, unless something newer is kept: a hint for shelves."""
    said = envelope.open(AvailabilityChanged)
    row = product_row(said.product_id)
    if row is None or stock_sequence(row, said.sku_id) >= envelope.sequence:
        return
    tx = begin()
    note_stock(tx, said.product_id, said.sku_id, envelope.sequence, in_stock=said.in_stock)
    tx.commit()


REACTIONS: dict[str, Reaction] = {
    AvailabilityChanged.NAME: on_availability_changed,
    **job_reaction(STORE, {KIND: IMPORT}),
}
