"""The job of an export: which orders, then their rows, then one file (O4).

    keys of 1 000 ─▶ … ─▶ rows of 1 000 orders ─▶ … ─▶ joined into one file ─▶ done

The list goes on while orders change, so an order may come twice in it; the ids are sorted and made unique before the
rows are written, each order as it is then. Memory is bounded by a chunk and by MAX_ORDERS ids. Every chunk writes a
file of its own under a name that follows from its number, so that a chunk done twice does no harm.
"""

import csv
import io
import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from services.orders.order import CODES, Order
from services.orders.order_sheet import columns, rows
from services.orders.tables import STORE, VAULT, find_orders, list_shops_orders
from services.shared.plumbing import clock, files
from services.shared.plumbing.instants import instant_of, instant_text
from services.shared.plumbing.jobs import GIVEN_UP, Job, Kind
from services.shared.plumbing.tables import MAX_KEYS, Begin
from services.shared.plumbing.vault import Erased

KEYS_A_CHUNK = 1_000
ORDERS_A_CHUNK = 1_000
MAX_ORDERS = 200_000
CSV = "text/csv; charset=utf-8"
BOM = "\ufeff"  # without it Excel takes Chinese for something else


def export_orders(job: Job, _: Begin) -> None:
    """One chunk of the work."""
    place = job.cursor or {"phase": "keys", "chunk": 0, "after": None, "shown": []}
    job.cursor = {"keys": _keys, "rows": _rows, "join": _join}[place["phase"]](job, place)


EXPORT = Kind(export_orders, give_up=lambda job: job.fail(f"{GIVEN_UP}: ask for it again"))


def file_key(export_id: str) -> str:
    """Where the finished file lies."""
    return f"{STORE.service}/exports/{export_id}.csv"


def _part(job: Job, name: str, number: int) -> str:
    return f"{STORE.service}/exports/{job.id}/{name}-{number:05}"


def _keys(job: Job, place: dict[str, Any]) -> dict[str, Any]:
    statuses = [job.args["status"]] if job.args["status"] else list(CODES)
    since = instant_of(place["after"]) if place["after"] else datetime.fromisoformat(job.args["start"])
    shown = set(place["shown"])
    # An order changes no earlier than it is placed, so none that was placed since then has been changed before.
    listed = list_shops_orders(job.args["shop_id"], statuses, since, None, KEYS_A_CHUNK + len(shown))
    fresh = [one for one in listed if one.ident not in shown]
    if not fresh:
        return {"phase": "rows", "chunk": 0, "keys": place["chunk"]}
    files.write(_part(job, "keys", place["chunk"]), json.dumps([one.ident for one in fresh]).encode(), "text/json")
    job.count("found", len(fresh))
    if job.counts["found"] > MAX_ORDERS:
        job.fail(f"more than {MAX_ORDERS} orders: choose a shorter time")
    last = fresh[-1].updated_at
    again = [one.ident for one in listed if one.updated_at == last]
    return {"phase": "keys", "chunk": place["chunk"] + 1, "after": instant_text(last), "shown": again}


def _rows(job: Job, place: dict[str, Any]) -> dict[str, Any]:
    found = sorted({one for number in range(place["keys"]) for one in _read_keys(job, number)})
    start = place["chunk"] * ORDERS_A_CHUNK
    chosen = found[start : start + ORDERS_A_CHUNK]
    text = io.StringIO()
    sheet = csv.writer(text)
    if place["chunk"] == 0:
        text.write(BOM)
        sheet.writerow(columns(with_addresses=job.args["with_addresses"]))
    for order in _wanted(job, chosen):
        address = _address(order) if job.args["with_addresses"] and order.paid_at_all else None
        sheet.writerows(rows(order, address, with_addresses=job.args["with_addresses"]))
        job.count("orders")
        job.count("rows", len(order.lines))
    files.write(_part(job, "rows", place["chunk"]), text.getvalue().encode(), CSV)
    done = start + ORDERS_A_CHUNK >= len(found)
    return place | {"phase": "join" if done else "rows", "chunk": place["chunk"] + 1}


def _join(job: Job, place: dict[str, Any]) -> dict[str, Any]:
    files.join([_part(job, "rows", number) for number in range(place["chunk"])], file_key(job.id), CSV)
    job.done()
    return place


def _read_keys(job: Job, number: int) -> list[str]:
    return list(json.loads(b"".join(files.chunks(_part(job, "keys", number)))))


def _wanted(job: Job, order_ids: list[str]) -> Iterator[Order]:
    start, end = (datetime.fromisoformat(job.args[name]) for name in ("start", "end"))
    now = clock.now()
    for at in range(0, len(order_ids), MAX_KEYS):
        for stored in find_orders(order_ids[at : at + MAX_KEYS]):
            order = stored.as_of(now)
            if start <= order.created_at < end and job.args["status"] in (None, order.status):
                yield order


def _address(order: Order) -> Mapping[str, str] | None:
    if order.address_sealed is None or order.address_of is None:
        return None
    try:
        return dict(json.loads(VAULT.open(order.address_of, order.address_sealed)))
    except Erased:
        return None
