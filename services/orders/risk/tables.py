"""What is remembered about buyers who pay, in orders' table.

pk                    sk              what
RISK#{buyer}          RECENT          what a buyer started to pay in the last day
"""

from services.orders.risk.risk import REMEMBERED, Recent
from services.orders.tables import OrdersRow
from services.shared.plumbing.documents import Document
from services.shared.plumbing.tables import (
    Transaction,
    get,
    ttl,
)

_RECENT = Document(Recent)


def recent_of(buyer: str) -> Recent:
    """What a buyer started to pay lately, over all shops."""
    row = get(OrdersRow, f"RISK#{buyer}", "RECENT")
    return Recent() if row is None or row.doc is None else _RECENT.validate_json(row.doc)


def save_recent(tx: Transaction, buyer: str, recent: Recent, before: Recent) -> None:
    """Put it, if it still is as it was; it is forgotten a day later."""
    row = OrdersRow(f"RISK#{buyer}", "RECENT")
    row.version, row.doc = recent.version, _RECENT.dump_json(recent).decode()
    row.ttl = ttl(tx.now + 2 * REMEMBERED)
    tx.put(row, OrdersRow.version == before.version if before.version else OrdersRow.pk.does_not_exist(), "recent")
