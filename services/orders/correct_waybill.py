"""A parcel went under another number than was said (O4)."""

from datetime import datetime

from services.orders import facts
from services.orders.order import Order
from services.orders.shops_order import order_in
from services.orders.tables import save_order
from services.shared.contracts.orders import WaybillCorrected
from services.shared.plumbing.tables import Begin


def correct_waybill(
    shop_id: str,
    order_id: str,
    shipment_no: int,
    by: str,
    *,
    carrier: str | None,
    waybill: str,
    begin: Begin,
    now: datetime,
) -> Order:
    """Write the parcel's real carrier (None: as it was) and waybill; the same again changes nothing.

    Raises NotFound for another shop's order or a parcel that is not there, IllegalTransition once it was received.
    """
    order = order_in(shop_id, order_id)
    parcel = next((one for one in order.shipments if one.shipment_no == shipment_no), None)
    carrier = carrier or (parcel.carrier if parcel else "")
    if parcel is not None and (parcel.carrier, parcel.waybill) == (carrier, waybill):
        return order
    corrected = order.as_of(now).correct_waybill(now, by, shipment_no, carrier, waybill)
    tx = begin()
    save_order(tx, corrected, order)
    body = WaybillCorrected(
        **facts.of(corrected),
        recipient=corrected.recipient,
        shipment_no=shipment_no,
        carrier=carrier,
        waybill=waybill,
    )
    tx.emit(body, **facts.where(corrected))
    tx.commit()
    return corrected
