"""Doors to an order on its way: price, notes, address, waybills, receipt (O4)."""

from services.orders import lists, views
from services.orders import messages as m
from services.orders.ask_address import ask_address
from services.orders.carriers import CARRIERS, carrier_code
from services.orders.change_price import change_price
from services.orders.correct_waybill import correct_waybill
from services.orders.decide_address import decide_address, set_address
from services.orders.extend_receipt import extend_receipt
from services.orders.order import Order
from services.orders.placing import place_of
from services.orders.refusals import NoAddressAsked, OrderExpired, PriceNotAllowed, RegionNotServed
from services.orders.repricing import NewPrice
from services.orders.service import DESK, SHIPPERS, STAFF, app
from services.orders.set_policy import set_policy
from services.orders.tables import VAULT, find_policy
from services.orders.write_note import write_note
from services.shared.plumbing.doors import ANYONE, PERSON, Call, Page
from services.shared.plumbing.problems import IllegalTransition, NotFound, VersionConflict


def _shown(order: Order, call: Call) -> m.OrderView:
    return views.order_view(order, call.now, VAULT, sees_address=True)


def shops_order_again(call: Call, stored: dict[str, str]) -> m.OrderView:
    """The shop's order that this key changed."""
    return _shown(lists.stored_order(stored["order_id"]), call)


def own_order_again(call: Call, stored: dict[str, str]) -> m.OrderView:
    """The caller's order that this key changed."""
    return views.own_view(lists.order_for(stored["order_id"], call), call.person, call.now, VAULT)


@app.door("GET", "/v1/carriers", ANYONE)
def get_carriers(call: Call) -> m.CarriersView:
    """Carriers with their codes. A shipment may name another one."""
    return m.CarriersView(items=[m.CarrierView(**one._asdict()) for one in CARRIERS])


@app.door(
    "PATCH",
    "/v1/shops/{shop_id}/orders/{order_id}/shipments/{shipment_no}",
    SHIPPERS,
    problems=(NotFound, IllegalTransition),
)
def patch_shipment(call: Call, shop_id: str, order_id: str, shipment_no: str, body: m.WaybillBody) -> m.OrderView:
    """Correct under which carrier and waybill a parcel went; the buyer is told."""
    carrier = carrier_code(body.carrier) if body.carrier else None  # door: left out is as it was
    order = correct_waybill(
        shop_id,
        order_id,
        lists.number_of(shipment_no),
        call.person,
        carrier=carrier,
        waybill=body.waybill,
        begin=call.begin,
        now=call.now,
    )
    return _shown(order, call)


@app.door("POST", "/v1/orders/{order_id}/receipt-extension", PERSON, problems=(NotFound, IllegalTransition))
def post_receipt_extension(call: Call, order_id: str) -> m.OrderView:
    """Wait longer before the goods count as received (default 7 days more); once. Repeating it is the same answer."""
    order = extend_receipt(order_id, call.person, begin=call.begin, now=call.now)
    return views.own_view(order, call.person, call.now, VAULT)


# ------------------------------------------------------------------------------------------------------ price


@app.door(
    "POST",
    "/v1/shops/{shop_id}/orders/{order_id}/price",
    SHIPPERS,
    again=shops_order_again,
    problems=(NotFound, IllegalTransition, OrderExpired, PriceNotAllowed),
)
def post_price(call: Call, shop_id: str, order_id: str, body: m.PriceBody) -> m.OrderView:
    """Change what an unpaid order costs. A payment that the buyer has started is closed; paying starts anew."""
    lines = {line.line_no: line.total_fen for line in body.lines}
    new = NewPrice(body.total_fen, lines, body.freight_fen)
    return _shown(change_price(shop_id, order_id, call.person, new, begin=call.begin, now=call.now), call)


# ---------------------------------------------------------------------------------------------------- address


@app.door(
    "POST",
    "/v1/orders/{order_id}/address-change",
    PERSON,
    again=own_order_again,
    problems=(NotFound, IllegalTransition, RegionNotServed),
)
def post_address_change(call: Call, order_id: str, body: m.AddressChangeBody) -> m.OrderView:
    """Ask for another address before anything is sent. The shop answers until `address_change.deadline_at`.

    Freight stays as it was. Where the shop's policy is automatic and sending there costs no more than was paid, the
    address is taken at once.
    """
    order = ask_address(
        order_id,
        call.person,
        body.address.model_dump_json(),
        place_of(body.address),
        begin=call.begin,
        now=call.now,
        vault=VAULT,
    )
    return views.own_view(order, call.person, call.now, VAULT)


@app.door(
    "POST",
    "/v1/shops/{shop_id}/orders/{order_id}/address-change/decisions",
    SHIPPERS,
    again=shops_order_again,
    problems=(NotFound, NoAddressAsked),
)
def post_address_decision(call: Call, shop_id: str, order_id: str, body: m.AddressDecisionBody) -> m.OrderView:
    """Accept or reject the address that was asked for; nothing is shipped meanwhile."""
    order = decide_address(shop_id, order_id, call.person, body.decision, body.why, begin=call.begin, now=call.now)
    return _shown(order, call)


@app.door(
    "POST",
    "/v1/shops/{shop_id}/orders/{order_id}/address",
    SHIPPERS,
    again=shops_order_again,
    problems=(NotFound, IllegalTransition, RegionNotServed),
)
def post_address(call: Call, shop_id: str, order_id: str, body: m.AddressChangeBody) -> m.OrderView:
    """Change the address of an order that is to ship, as its buyer wished otherwise. Freight stays as it was."""
    order = set_address(
        shop_id,
        order_id,
        call.person,
        body.address.model_dump_json(),
        place_of(body.address),
        begin=call.begin,
        now=call.now,
        vault=VAULT,
    )
    return _shown(order, call)


@app.door("GET", "/v1/shops/{shop_id}/fulfilment-policy", STAFF)
def get_fulfilment_policy(call: Call, shop_id: str) -> m.FulfilmentPolicyView:
    """What the shop does about another address."""
    return views.policy_view(find_policy(shop_id))


@app.door("PUT", "/v1/shops/{shop_id}/fulfilment-policy", SHIPPERS, problems=(VersionConflict,))
def put_fulfilment_policy(call: Call, shop_id: str, body: m.FulfilmentPolicyBody) -> m.FulfilmentPolicyView:
    """Ask the shop about every other address (the usual), or take one at once where sending costs no more."""
    return views.policy_view(set_policy(shop_id, body.address_change, if_match=call.if_match, begin=call.begin))


# ------------------------------------------------------------------------------------------------------ notes


def note_again(call: Call, stored: dict[str, str]) -> m.NoteView:
    """The note that this key wrote."""
    return lists.note_of(stored["order_id"], stored["note_id"], VAULT)


@app.door(
    "POST", "/v1/shops/{shop_id}/orders/{order_id}/notes", DESK, status=201, again=note_again, problems=(NotFound,)
)
def post_note(call: Call, shop_id: str, order_id: str, body: m.NoteBody) -> m.NoteView:
    """Write something down about an order, for staff only."""
    note = write_note(shop_id, order_id, call.person, body.text, begin=call.begin, now=call.now, vault=VAULT)
    return lists.note_of(order_id, note.note_id, VAULT)


@app.door("GET", "/v1/shops/{shop_id}/orders/{order_id}/notes", STAFF, problems=(NotFound,))
def get_notes(call: Call, shop_id: str, order_id: str, query: m.Paging) -> Page[m.NoteView]:
    """What staff wrote about an order, newest first."""
    return lists.list_notes(shop_id, order_id, query, VAULT)
