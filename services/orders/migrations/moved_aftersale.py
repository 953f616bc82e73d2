"""From an old after-sale to ours, and what it claims of its order (M2, O6). Pure."""

from dataclasses import replace
from datetime import datetime, timedelta

from services.orders.aftersale.aftersale import ENDED, Aftersale, Parcel, Replacement, Status, Turn
from services.orders.aftersale.claim import Claim, ClaimState, Part, held, pieces, unsent, worth_fen
from services.orders.aftersale.terms import deadline
from services.orders.carriers import carrier_code
from services.orders.migrations.fields import BadRecord
from services.orders.migrations.moved_order import OLD_SHOP, Move
from services.orders.migrations.wechat_aftersales import OldAftersale
from services.orders.order import Line, Order
from services.orders.origin import Origin

LEAST = timedelta(days=1)  # whoever has to act has so long after it came here, whatever is over there
ALL_BACK = ("cancelled_after_sale", "cancelled")  # such an order says itself that all that was paid went back
_CLAIMS: dict[Status, ClaimState] = {
    "refunding": "granted",
    "refunded": "refunded",
    "completed": "replaced",
    "withdrawn": "ended",
    "closed": "ended",
}


def moved_aftersale(old: OldAftersale, order: Order, move: Move, now: datetime) -> tuple[Aftersale, Order]:
    """The after-sale where it stood, without its words, and the order with what it claims.

    Raises BadRecord for an order that did not come by this move, for pieces that it does not have, and for more money
    than they are worth.
    """
    aftersale_id = move.new_id("afs", "aftersale", old.old_id)
    line = _line(old, order, move)
    claim = _claim(old, order, line, aftersale_id)
    wanted = (Replacement(line.line_no, line.sku_id, old.quantity),) if old.kind in ("exchange", "reship") else ()
    case = Aftersale(
        aftersale_id=aftersale_id,
        order_id=order.order_id,
        shop_id=order.shop_id,
        applicant=order.keeper,
        payer=order.buyer,
        kind=old.kind,
        reason=old.reason,
        status=old.status,
        amount_fen=old.amount_fen,
        created_at=old.created_at,
        updated_at=now,
        history=_history(old, order),
        deadline_at=_deadline(old, now),
        new_goods=() if old.status in ENDED else wanted,
        returned=_parcel(old),
        refund_asked_at=old.updated_at if old.status in ("refunding", "refunded") else None,
        refunded_at=old.updated_at if old.status == "refunded" else None,
        origin=Origin(move.source, move.old_shop_id, old.old_id, move.migration_id, move.run),
    )
    return case, with_claim(order, claim, now)


def with_claim(order: Order, claim: Claim, now: datetime) -> Order:
    """The order with it; what went back in the old shop is counted, unless the order says that all of it did."""
    after = order.claim_back(now, claim)
    if claim.state == "refunded" and order.status not in ALL_BACK:
        after = replace(after.refund_elsewhere(now, claim.back_fen), version=after.version)
    return _still_as_it_came(after, order)


def without_claim(order: Order, aftersale_id: str, now: datetime) -> Order:
    """The order as if the after-sale had never come."""
    [claim] = [one for one in order.claims if one.aftersale_id == aftersale_id]
    rest = tuple(one for one in order.claims if one is not claim)
    after = replace(order, claims=rest, updated_at=now, version=order.version + 1)
    if claim.state == "refunded" and order.status not in ALL_BACK:
        after = replace(after.refund_elsewhere(now, -claim.back_fen), version=after.version)
    return _still_as_it_came(after, order)


def _still_as_it_came(after: Order, before: Order) -> Order:
    """What a migration does to an order is nothing that went on here."""
    if before.origin is None or before.origin.version != before.version:
        return after
    return replace(after, origin=replace(before.origin, version=after.version))


def _line(old: OldAftersale, order: Order, move: Move) -> Line:
    style = move.new_id("sku", "sku", old.sku_id or old.product_id)
    found = next((line for line in order.lines if line.sku_id == style), None)
    if found is None:
        raise BadRecord("its order has no such style")
    return found


def _claim(old: OldAftersale, order: Order, line: Line, aftersale_id: str) -> Claim:
    state = _CLAIMS.get(old.status, "open")
    claimed = held(order.claims, line.line_no)
    holds = state in ("open", "granted", "refunded")
    left = line.quantity - pieces(claimed)
    if old.quantity > line.quantity or (holds and old.quantity > left):
        raise BadRecord("it is about more pieces than its order has left")
    worth = worth_fen(line.total_fen, line.quantity, claimed, min(old.quantity, left)) + order.freight_fen
    if holds and old.amount_fen > worth:
        raise BadRecord(f"{old.amount_fen} fen are more than its pieces and the freight are worth")
    if state in ("open", "granted") and order.status in ALL_BACK:
        raise BadRecord("its order is over, and all that was paid went back: nothing is left to claim")
    left_fen = order.paid_fen - sum(one.back_fen for one in order.claims if one.going_back)
    back_fen = old.amount_fen if state in ("granted", "refunded") else 0
    if back_fen > left_fen:
        raise BadRecord(f"{back_fen} fen are more than the {left_fen} that are left of what was paid")
    waiting = line.quantity - line.shipped - unsent(claimed)
    whole = old.kind != "refund" or old.amount_fen >= worth - order.freight_fen
    part = Part(
        line.line_no,
        old.quantity,
        min(old.amount_fen, worth - order.freight_fen),
        whole,
        max(0, min(old.quantity, waiting)) if whole and old.kind == "refund" else 0,
    )
    return Claim(aftersale_id, (part,), state, back_fen)


def _parcel(old: OldAftersale) -> Parcel | None:
    """What the goods came back in; without a waybill where the old shop knows only that they were sent."""
    sent = old.status == "returning" or (old.kind == "exchange" and old.status == "resent")
    if not (old.waybill or sent):
        return None
    return Parcel(carrier_code(old.carrier) if old.waybill else "", old.waybill, old.updated_at)


def _history(old: OldAftersale, order: Order) -> tuple[Turn, ...]:
    opened = Turn(old.created_at, "open", "requested", "buyer", order.keeper)
    if old.status == "requested":
        return (opened,)
    return opened, Turn(old.updated_at, "moved", old.status, "system", OLD_SHOP)


def _deadline(old: OldAftersale, now: datetime) -> datetime | None:
    """As there, where it was said, else as here; nobody is late for what was due before it came."""
    ours = deadline(old.status, old.updated_at)
    return None if ours is None else max(old.deadline_at or ours, now + LEAST)
