"""From an old order to ours (M2): the same history, the same deadlines, money that stays where it was paid. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from services.orders.carriers import carrier_code
from services.orders.migrations.fields import BadRecord
from services.orders.migrations.old_order import OldOrder
from services.orders.order import Line, Order, Paid, Shipment, Status, Step
from services.orders.origin import Origin
from services.orders.pricing import Discount, shared_out
from services.shared.contracts.migration import OldKind, old_name
from services.shared.plumbing.ids import id_of

AUTO_CONFIRM_DAYS, SETTLE_DAYS = 10, 7  # WeChat's own, under which these were bought
HOLD = timedelta(minutes=30)
OLD_SHOP = "old_shop"  # who did what was done there, and what took something off its price


@dataclass(frozen=True)
class Move:
    """Which migration brings things in, in which run, from where into which shop."""

    migration_id: str
    run: int
    shop_id: str
    source: str
    old_shop_id: str

    def new_id(self, prefix: str, kind: OldKind, old_id: str) -> str:
        """The id that an old thing has here, the same at all times (decision 0012)."""
        return id_of(prefix, *old_name(self.shop_id, self.source, self.old_shop_id, kind, old_id))

    def person(self, openid: str) -> str:
        """Who an openid is: it belongs to the old shop's app, as persons who sign in do."""
        return f"{self.old_shop_id}:{openid}"


def moved_order(old: OldOrder, move: Move, now: datetime) -> Order:
    """Our order, without its address, which is sealed when it is written. Raises BadRecord where it contradicts itself.

    What time has done to it meanwhile is done already: nobody is told that something came weeks ago.
    """
    lines = _lines(old, move)
    parcels, lines = _parcels(old, lines)
    paid = old.paid_at is not None
    back = paid and old.status in ("cancelled_after_sale", "cancelled")
    money = Paid(old.transaction_id or old.old_id, old.payable_fen, old.paid_at or old.created_at)
    order = Order(
        order_id=move.new_id("ord", "order", old.old_id),
        shop_id=move.shop_id,
        buyer=move.person(old.buyer),
        kind="gift" if old.recipient else "purchase",
        recipient=move.person(old.recipient) if old.recipient else None,
        status=old.status,
        lines=lines,
        channel=old.channel,
        created_at=old.created_at,
        updated_at=now,  # whoever follows the shop's list of changes sees it come
        expires_at=old.created_at + HOLD,
        history=tuple(_history(old, parcels, move)),
        auto_confirm_days=AUTO_CONFIRM_DAYS,
        settle_days=SETTLE_DAYS,
        freight_fen=old.freight_fen,
        paid_fen=old.payable_fen if paid else 0,
        refunded_fen=old.payable_fen if back else 0,
        payments=(replace(money, refunded_fen=old.payable_fen if back else 0),) if paid else (),
        shipments=parcels,
        origin=Origin(move.source, move.old_shop_id, old.old_id, move.migration_id, move.run),
    )
    return order.as_of(now)


def _lines(old: OldOrder, move: Move) -> tuple[Line, ...]:
    """Prices to the fen: as the old shop says for each line, else the discount shared out over them."""
    worth = [line.unit_price_fen * line.quantity for line in old.lines]
    said = [line.paid_fen for line in old.lines]
    whole_fen = old.payable_fen - old.freight_fen
    known = [fen for fen in said if fen is not None]
    if len(known) == len(worth) and sum(known) == whole_fen and all(a <= b for a, b in zip(known, worth, strict=True)):
        off = [all_ - fen for all_, fen in zip(worth, known, strict=True)]
    else:
        off = shared_out(sum(worth) - whole_fen, worth)
    return tuple(
        Line(
            line_no=number,
            sku_id=move.new_id("sku", "sku", line.style_id),
            product_id=move.new_id("prd", "product", line.product_id),
            title=line.title,
            quantity=line.quantity,
            unit_price_fen=line.unit_price_fen,
            fee_bp=0,  # the old shop's fee stays there
            taken=(),  # its stock was taken there
            kind=line.kind,
            discounts=(Discount(OLD_SHOP, "direct", fen),) if fen else (),
        )
        for number, (line, fen) in enumerate(zip(old.lines, off, strict=True), start=1)
    )


def _parcels(old: OldOrder, lines: tuple[Line, ...]) -> tuple[tuple[Shipment, ...], tuple[Line, ...]]:
    """What was sent, and the lines with it. A parcel that does not say what is in it has all that is left."""
    left = {line.line_no: line.quantity for line in lines}
    found: list[Shipment] = []
    for parcel in old.parcels:
        parts = (
            tuple(_parts(old, left, parcel.parts)) if parcel.parts else tuple((no, n) for no, n in left.items() if n)
        )
        for line_no, quantity in parts:
            left[line_no] -= quantity
        at = parcel.at or old.sent_at or old.updated_at
        carrier = carrier_code(parcel.carrier) if parcel.waybill else ""
        found.append(Shipment(0, carrier, parcel.waybill, max(at, old.created_at), parts))
    if old.status in ("shipped", "done") and not found:
        left = dict.fromkeys(left, 0)  # delivered without a parcel
    if old.status == "to_ship" and found:
        raise BadRecord("parcels were sent, and yet nothing was")
    if old.status == "partly_shipped" and (not found or not any(left.values())):
        raise BadRecord("it was sent in part, and its parcels say otherwise")
    found.sort(key=lambda one: one.at)
    numbered = tuple(replace(one, shipment_no=number) for number, one in enumerate(found, start=1))
    return numbered, tuple(replace(line, shipped=line.quantity - left[line.line_no]) for line in lines)


def _parts(old: OldOrder, left: dict[int, int], named: tuple[tuple[str, str, int], ...]) -> Iterator[tuple[int, int]]:
    """(line number, pieces): a style that stands on two lines fills the first one first."""
    rest = dict(left)
    for product_id, sku_id, quantity in named:
        wanted = quantity
        for number, line in enumerate(old.lines, start=1):
            if (line.product_id, line.sku_id) == (product_id, sku_id) and (part := min(wanted, rest[number])) > 0:
                rest[number], wanted = rest[number] - part, wanted - part
                yield number, part
        if wanted:
            raise BadRecord("a parcel has more in it than was ordered")


def _history(old: OldOrder, parcels: tuple[Shipment, ...], move: Move) -> Iterator[Step]:
    """As if it had been placed here, at its own times."""
    buyer = move.person(old.buyer)
    yield Step(old.created_at, None, "pending_payment", buyer, "placed")
    state: Status = "pending_payment"
    last = old.created_at
    if old.paid_at:
        last = max(last, old.paid_at)
        yield Step(last, state, "to_ship", buyer, "paid")
        state = "to_ship"
    for parcel in parcels:
        whole = parcel is parcels[-1] and old.status in ("shipped", "done")
        to: Status = "shipped" if whole else "partly_shipped"
        last = max(last, parcel.at, old.sent_at or last) if whole else max(last, parcel.at)
        yield Step(last, state, to, OLD_SHOP, f"shipment {parcel.shipment_no}")
        state = to
    if old.status in ("shipped", "done") and state != "shipped":
        last = max(last, old.sent_at or last)
        yield Step(last, state, "shipped", OLD_SHOP, "delivered")
        state = "shipped"
    if state != old.status:
        by = buyer if old.cancelled_why == "buyer" else OLD_SHOP
        why = {"done": "received", "cancelled_after_sale": "all_refunded"}.get(old.status, old.cancelled_why or "ended")
        yield Step(max(last, old.updated_at), state, old.status, by, why)
