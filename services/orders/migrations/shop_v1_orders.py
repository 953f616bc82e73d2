"""Orders as the shop of 2014 answered: ``/merchant/order/getbyid`` and ``getbyfilter`` (M6). Pure.

One product an order, or several in ``products``; no time of payment, of sending or of receipt: the state says that they
were. What each field is and becomes: formats.md beside this module.
"""

from collections.abc import Mapping

from services.orders.migrations.fields import BadRecord, Fields
from services.orders.migrations.old_address import SHOP_V1, take_address
from services.orders.migrations.old_order import OldLine, OldOrder, OldParcel
from services.orders.order import Status

STATUS: Mapping[int, Status] = {2: "to_ship", 3: "shipped", 5: "done"}
NOT_YET: Mapping[int, str] = {8: "it is in dispute: that ends in the old shop; dump it again then"}


def read_order(record: object) -> OldOrder:
    """The order in one line of a dump: the answer as WeChat gave it, or only the order in it. Raises BadRecord."""
    whole = Fields(record)
    if whole.has("order"):
        whole.take("errmsg")
        if (code := whole.number("errcode", 0)) != 0:
            raise BadRecord(f"WeChat answered with error {code}, not with an order")
    fields = whole.part("order") if whole.has("order") else whole
    code = fields.number("order_status")
    if code not in STATUS:
        raise BadRecord(NOT_YET.get(code, f"status {code} is none that an order can have"))
    status, created_at = STATUS[code], fields.needed_instant("order_create_time")
    lines = tuple(_line(one) for one in (fields.parts("products") if fields.has("products") else [fields]))
    payable_fen, freight_fen = fields.fen("order_total_price"), fields.fen("order_express_price", 0)
    goods_fen = sum(line.unit_price_fen * line.quantity for line in lines)
    if not lines or freight_fen > payable_fen or payable_fen > goods_fen + freight_fen:
        raise BadRecord(
            f"amounts differ: {payable_fen} fen were to be paid for goods of {goods_fen} and freight of {freight_fen}"
        )
    return OldOrder(
        old_id=fields.needed_ident("order_id"),
        status=status,
        buyer=fields.needed_ident("buyer_openid"),
        created_at=created_at,
        updated_at=created_at,
        lines=lines,
        payable_fen=payable_fen,
        freight_fen=freight_fen,
        channel="official_account",
        paid_at=created_at,
        transaction_id=fields.ident("trans_id"),
        address=take_address(fields, SHOP_V1, needed=status == "to_ship"),
        parcels=_parcels(fields, sent=status != "to_ship"),
        sent_at=created_at if status != "to_ship" else None,
        aside=whole.left(),
    )


def _line(fields: Fields) -> OldLine:
    quantity = fields.number("product_count")
    if not 0 < quantity <= 100_000:
        raise fields.bad("product_count", "is no number of pieces")
    return OldLine(
        product_id=fields.needed_ident("product_id"),
        # A style has no id there but what was chosen, as in ``10000983:10000995;10001007:10001010``.
        sku_id=fields.text("product_sku", 500),
        title=fields.text("product_name", 500)[:60] or "?",
        quantity=quantity,
        unit_price_fen=fields.fen("product_price"),
    )


def _parcels(fields: Fields, *, sent: bool) -> tuple[OldParcel, ...]:
    if not sent:
        return ()
    return (OldParcel(fields.text("delivery_company", 64), fields.text("delivery_id", 64), None),)
