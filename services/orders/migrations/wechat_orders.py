"""Orders as ``/channels/ec/order/get`` answers, and the old mini shop's ``/product/order/get`` (M6). Pure.

What each field is and becomes: formats.md beside this module.
"""

from collections.abc import Mapping
from datetime import datetime

from services.orders.migrations.fields import BadRecord, Fields
from services.orders.migrations.old_address import WECHAT, take_address
from services.orders.migrations.old_order import OldLine, OldOrder, OldParcel
from services.orders.order import LineKind, Status

STATUS: Mapping[int, Status] = {
    20: "to_ship",
    21: "partly_shipped",
    30: "shipped",
    100: "done",
    200: "cancelled_after_sale",
    190: "cancelled",  # sold out: the merchant cancelled it
    250: "cancelled",
}
# What ends in the old shop within a day, because the payment or the card is WeChat's own.
NOT_YET: Mapping[int, str] = {
    10: "it is not paid yet: it is paid or ends in the old shop; dump it again then",
    12: "it is a gift that nobody has claimed yet: it is claimed or goes back within a day; dump it again then",
    13: "its group is not complete yet: it is complete or dissolved within a day; dump it again then",
    17: "it is to be redeemed on the spot, which there is not here",
}
_CANCELLED = {1: "buyer", 2: "expired", 3: "all_refunded", 4: "sold_out"}
_CHANNELS = {2: "channels_live", 3: "channels_video", 4: "chat", 5: "channels_video", 6: "official_account"}
_UNSENT: tuple[Status, ...] = ("to_ship", "partly_shipped")


def read_order(record: object) -> OldOrder:
    """The order in one line of a dump: the answer as WeChat gave it, or only the order in it. Raises BadRecord."""
    whole = Fields(record)
    if whole.has("order"):
        if (code := whole.number("errcode", 0)) != 0:
            raise BadRecord(f"WeChat answered with error {code}, not with an order")
        whole.take("errmsg")
        fields = whole.part("order")
    else:
        fields = whole
    detail = fields.part("order_detail")
    delivery, pay = detail.part("delivery_info"), detail.part("pay_info")
    status = _status(fields)
    kind: LineKind = "physical" if delivery.number("deliver_method", 0) == 0 else "e_voucher"
    lines = tuple(_line(one, kind) for one in detail.parts("product_infos"))
    payable_fen, freight_fen = _amounts(detail.part("price_info"), lines)
    buyer, recipient = _persons(fields)
    created_at = fields.instant("create_time") or fields.needed_instant("craete_time")  # so WeChat has misspelt it
    needed = status in _UNSENT and kind == "physical"
    return OldOrder(
        old_id=fields.needed_ident("order_id"),
        status=status,
        buyer=buyer,
        recipient=recipient,
        created_at=created_at,
        updated_at=max(fields.instant("update_time") or created_at, created_at),
        lines=lines,
        payable_fen=payable_fen,
        freight_fen=freight_fen,
        channel=_CHANNELS.get(detail.part("ext_info").number("order_scene", 1), "direct"),
        paid_at=_paid_at(pay, status),
        transaction_id=pay.ident("transaction_id"),
        address=take_address(delivery.part("address_info"), WECHAT, needed=needed),
        parcels=tuple(_parcel(one) for one in delivery.parts("delivery_product_info")),
        sent_at=delivery.instant("ship_done_time"),
        cancelled_why=_CANCELLED.get(fields.number("cancel_type", 0), ""),
        aside=whole.left(),
    )


def _status(fields: Fields) -> Status:
    code = fields.number("status")
    if code not in STATUS:
        raise BadRecord(NOT_YET.get(code, f"status {code} is none that an order can have"))
    return STATUS[code]


def _line(fields: Fields, kind: LineKind) -> OldLine:
    unit_fen = fields.fen("change_price") if fields.take("is_change_price") is True else fields.fen("sale_price")
    quantity = fields.number("sku_cnt")
    if not 0 < quantity <= 100_000:
        raise fields.bad("sku_cnt", "is no number of pieces")
    return OldLine(
        product_id=fields.needed_ident("product_id"),
        sku_id=fields.ident("sku_id"),
        title=fields.text("title", 500)[:60] or "?",
        quantity=quantity,
        unit_price_fen=unit_fen,
        paid_fen=fields.fen("real_price") if fields.has("real_price") else None,
        kind=kind,
    )


def _amounts(price: Fields, lines: tuple[OldLine, ...]) -> tuple[int, int]:
    """What was to be paid, and how much of it is freight."""
    if not lines:
        raise BadRecord("there is nothing in it")
    payable_fen = price.fen("order_price")
    changed = price.take("is_change_freight") is True
    freight_fen = price.fen("change_freight") if changed else price.fen("freight", 0)
    goods_fen = sum(line.unit_price_fen * line.quantity for line in lines)
    if freight_fen > payable_fen or payable_fen > goods_fen + freight_fen:
        raise BadRecord(
            f"amounts differ: {payable_fen} fen were to be paid for goods of {goods_fen} and freight of {freight_fen}"
        )
    return payable_fen, freight_fen


def _persons(fields: Fields) -> tuple[str, str | None]:
    """Who paid and, of a gift, who was given it: a gift's ``openid`` is its recipient's."""
    openid = fields.needed_ident("openid")
    if fields.take("is_present") is not True:
        return openid, None
    giver = fields.ident("present_giver_openid")
    if not giver:
        raise BadRecord("it is a gift, and does not say who gave it")
    return giver, openid


def _paid_at(pay: Fields, status: Status) -> datetime | None:
    paid_at = pay.instant("pay_time")
    if paid_at is None and status != "cancelled":
        raise BadRecord("it does not say when it was paid")
    return paid_at


def _parcel(fields: Fields) -> OldParcel:
    parts = [
        (one.needed_ident("product_id"), one.ident("sku_id"), one.number("product_cnt"))
        for one in fields.parts("product_infos")
    ]
    return OldParcel(
        carrier=fields.text("delivery_id", 64) or fields.text("delivery_name", 64),
        waybill=fields.text("waybill_id", 64),
        at=fields.instant("delivery_time"),
        parts=tuple(parts),
    )
