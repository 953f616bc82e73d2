"""Doors to exports of a shop's orders as CSV (O4)."""

from services.orders import messages as m
from services.orders.read_export import export_in, exports_of
from services.orders.refusals import PersonalDataNotYours
from services.orders.service import STAFF, app
from services.orders.start_export import Export, start_export
from services.shared.plumbing import ids
from services.shared.plumbing.doors import Answer, Call, Page
from services.shared.plumbing.problems import NotFound


def _accepted(call: Call, shop_id: str, export_id: str) -> Answer:
    place = f"/{app.service}/v1/shops/{shop_id}/order-exports/{export_id}"
    return Answer(export_in(shop_id, export_id, call.role), headers={"Location": place, "Retry-After": "2"})


def export_again(call: Call, stored: dict[str, str]) -> Answer:
    """The export that this key started."""
    return _accepted(call, stored["shop_id"], stored["export_id"])


@app.door(
    "POST",
    "/v1/shops/{shop_id}/order-exports",
    STAFF,
    status=202,
    again=export_again,
    problems=(PersonalDataNotYours,),
)
def post_order_export(call: Call, shop_id: str, body: m.ExportBody) -> m.ExportView | Answer:
    """Start writing the orders placed in a time into a CSV file, a row for each line of an order.

    `Location` says where its progress and then its `url` are. Names and addresses are in it only when asked for, and
    not for finance. An order is in it once, as it is when its row is written.
    """
    export = Export(shop_id, body.start, body.end, body.status, body.with_addresses)
    export_id = start_export(export, call.person, call.role, begin=call.begin, now=call.now, new_id=ids.new_id)
    return _accepted(call, shop_id, export_id)


@app.door("GET", "/v1/shops/{shop_id}/order-exports", STAFF)
def get_order_exports(call: Call, shop_id: str, query: m.Paging) -> Page[m.ExportView]:
    """The shop's exports of the last 90 days, newest first."""
    return exports_of(shop_id, query, call.role)


@app.door("GET", "/v1/shops/{shop_id}/order-exports/{export_id}", STAFF, problems=(NotFound,))
def get_order_export(call: Call, shop_id: str, export_id: str) -> m.ExportView:
    """How far it is; once it is done, a `url` that works for ten minutes."""
    return export_in(shop_id, export_id, call.role)
