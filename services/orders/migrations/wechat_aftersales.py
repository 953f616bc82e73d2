"""After-sales as ``/channels/ec/aftersale/getaftersaleorder`` answers, and the old mini shop's (M6). Pure.

What each field is and becomes: formats.md beside this module.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from services.orders.aftersale.aftersale import Kind, Reason, Status
from services.orders.migrations.fields import IDENT, BadRecord, Fields

KINDS: Mapping[str, Kind] = {
    "REFUND": "refund",
    "RETURN": "return_refund",
    "EXCHANGE": "exchange",
    "RESHIP": "reship",
}
STATUS: Mapping[str, Status] = {
    "MERCHANT_PROCESSING": "requested",
    "USER_WAIT_CONFIRM": "requested",
    "USER_WAIT_CONFIRM_UPDATE": "requested",
    "USER_WAIT_HANDLE_MERCHANT_AFTER_SALE": "requested",
    "WAIT_PACKAGE_INTERCEPT": "requested",
    "MERCHANT_REJECT_REFUND": "rejected",
    "MERCHANT_REJECT_RETURN": "rejected",
    "MERCHANT_REJECT_EXCHANGE": "rejected",
    "MERCHANT_REJECT_RESHIP": "rejected",
    "PLATFORM_PROCESSING": "disputed",
    "USER_WAIT_RETURN": "awaiting_return",
    "MERCHANT_WAIT_RECEIPT": "returning",
    "USER_WAIT_RECEIPT": "resent",
    "MERCHANT_OVERDUE_REFUND": "refunding",
    "PLATFORM_REFUNDING": "refunding",
    "PLATFORM_REFUND_FAIL": "refunding",
    "MERCHANT_REFUND_RETRY_FAIL": "refunding",
    "MERCHANT_FAIL": "refunding",
    "MERCHANT_REFUND_SUCCESS": "refunded",
    "MERCHANT_RETURN_SUCCESS": "refunded",
    "MERCHANT_EXCHANGE_SUCCESS": "completed",
    "USER_CANCELD": "withdrawn",
    "RETURN_CLOSED": "closed",
}
REASONS: Mapping[str, Reason] = {
    "NO_LONGER_WANT": "changed_mind",
    "INCORRECT_SELECTION": "changed_mind",
    "NO_REASON_7_DAYS": "changed_mind",
    "DELIVERY_TOO_LONG": "late_shipment",
    "NOT_RECEIVED": "lost_parcel",
    "EMPTY_PARCEL": "missing_goods",
    "LESS_GOODS": "missing_goods",
    "WRONG_GOODS": "wrong_goods",
    "QUALITY_PROBLEM": "quality",
    "DAMAGED": "damaged",
    "NOT_AS_DESCRIBED": "not_as_described",
    "PRICE_DIFFERENCE": "price_difference",
}


@dataclass(frozen=True)
class OldAftersale:
    """An after-sale of an old shop: of one style of one order. ``aside``: what we have no place for."""

    old_id: str
    old_order_id: str
    kind: Kind
    status: Status
    reason: Reason
    product_id: str
    sku_id: str
    quantity: int
    amount_fen: int
    created_at: datetime
    updated_at: datetime
    deadline_at: datetime | None = None
    carrier: str = ""
    waybill: str = ""
    words: str = ""
    aside: Mapping[str, Any] = field(default_factory=dict)


def read_aftersale(record: object) -> OldAftersale:
    """The after-sale in one line of a dump: the answer as WeChat gave it, or only the after-sale. Raises BadRecord."""
    whole = Fields(record)
    if whole.has("after_sale_order"):
        whole.take("errmsg")
        if (code := whole.number("errcode", 0)) != 0:
            raise BadRecord(f"WeChat answered with error {code}, not with an after-sale")
    fields = whole.part("after_sale_order") if whole.has("after_sale_order") else whole
    mini = fields.has("original_order_id")  # there ``order_id`` is the after-sale's own
    product, back, told = (fields.part(name) for name in ("product_info", "return_info", "details"))
    created_at = fields.needed_instant("create_time")
    quantity = product.number("count", 1)
    if not 0 < quantity <= 100_000:
        raise product.bad("count", "is no number of pieces")
    return OldAftersale(
        old_id=fields.needed_ident("order_id" if mini else "after_sale_order_id"),
        old_order_id=fields.needed_ident("original_order_id" if mini else "order_id"),
        kind=_named(fields, "type", KINDS),
        status=_named(fields, "status", STATUS),
        reason=_reason(fields),
        product_id=product.needed_ident("product_id"),
        sku_id=product.ident("sku_id"),
        quantity=quantity,
        amount_fen=fields.part("refund_info").fen("amount", 0),
        created_at=created_at,
        updated_at=max(fields.instant("update_time") or created_at, created_at),
        deadline_at=fields.instant("deadline"),
        carrier=back.text("delivery_id", 64) or back.text("delivery_name", 64),
        waybill=back.text("waybill_id", 64),
        words=told.text("desc", 2_000),
        aside=whole.left(),
    )


def _reason(fields: Fields) -> Reason:
    """One that we do not know stands aside with its words."""
    written = fields.take("reason")
    if written not in (None, "") and str(written) not in REASONS:
        fields.put_back({"reason": written})
    return REASONS.get(str(written), "other")


def _named(fields: Fields, name: str, known: Mapping[str, Any]) -> Any:
    written = fields.text(name, 64)
    if written not in known:
        said = written if IDENT.fullmatch(written) else "something" if written else "missing"  # whoever's words it is
        raise fields.bad(name, f"is {said!r}, which is none that an after-sale can have")
    return known[written]
