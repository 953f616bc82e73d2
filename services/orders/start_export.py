"""Start an export of a shop's orders: a job that writes a file (O4)."""

from dataclasses import dataclass
from datetime import datetime

from services.orders.order import Status
from services.orders.refusals import PersonalDataNotYours
from services.orders.tables import add_export
from services.shared.contracts.catalog import Role
from services.shared.plumbing import jobs
from services.shared.plumbing.ids import NewId
from services.shared.plumbing.tables import Begin

KIND = "order_export"
# Who may have names, phones and addresses: those who pack and those who help. Finance needs amounts only.
MAY_HAVE_ADDRESSES: frozenset[Role] = frozenset({"owner", "operator", "support"})


@dataclass(frozen=True)
class Export:
    """Which orders: placed from ``start`` on and before ``end``, in this state (None: any)."""

    shop_id: str
    start: datetime
    end: datetime
    status: Status | None
    with_addresses: bool


def start_export(export: Export, by: str, role: Role | None, *, begin: Begin, now: datetime, new_id: NewId) -> str:
    """Start it; returns its id. Raises PersonalDataNotYours for addresses that the role may not have."""
    if export.with_addresses and role not in MAY_HAVE_ADDRESSES:
        raise PersonalDataNotYours()
    export_id = new_id("exp")
    args = {
        "shop_id": export.shop_id,
        "start": export.start.isoformat(),
        "end": export.end.isoformat(),
        "status": export.status,
        "with_addresses": export.with_addresses,
        "by": by,
        "asked_at": now.isoformat(),
    }
    tx = begin()
    jobs.start(tx, export_id, KIND, args)
    add_export(tx, export.shop_id, export_id)
    tx.commit({"shop_id": export.shop_id, "export_id": export_id})
    return export_id
