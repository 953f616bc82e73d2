"""A gift for many: how its goods and its money are divided among its sub-gifts (G6). Pure.

The sheet's order keeps the payment and what nobody has taken yet. Who claims a sub-gift gets an order of their own,
with one piece and its part of the money, which is shipped, received, settled and refunded as any other order is::

    ord_X    40 pieces, 3 980 fen paid ─┬─ sub_X   claimed ─▶ ord_X-1   1 piece, 99 fen, to rita
                                        ├─ sub_X-2 claimed ─▶ ord_X-2   1 piece, 100 fen, to sam
                                        └─ the rest, returned in one refund that lists them
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Literal

from services.orders.order import Line, Order, Share
from services.orders.payments.payment import MAX_REFUNDS
from services.orders.stock.stock import Taken


def number_of(sub_gift_id: str) -> int:
    """Which of the sheet's sub-gifts it is, from 1: ``sub_X`` is the first, ``sub_X-2`` the second."""
    return int(sub_gift_id.rpartition("-")[2]) if "-" in sub_gift_id else 1


def all_of(sheet: Order) -> list[str]:
    """The ids of all sub-gifts, as gifts will know them."""
    stem = f"sub_{sheet.order_id.partition('_')[2]}"
    recipients = sheet.gift.recipients if sheet.gift else 1
    return [stem, *(f"{stem}-{number}" for number in range(2, recipients + 1))]


def part_of_fen(total_fen: int, recipients: int, sub_gift_id: str) -> int:
    """A sub-gift's part of an amount. Parts differ by a fen at most, and together are the whole."""
    number = number_of(sub_gift_id)
    return total_fen * number // recipients - total_fen * (number - 1) // recipients


def parts_of_fen(sheet: Order, total_fen: int, sub_gift_ids: Sequence[str]) -> int:
    """What these sub-gifts together are of an amount of the sheet."""
    recipients = sheet.gift.recipients if sheet.gift else 1
    return sum(part_of_fen(total_fen, recipients, one) for one in sub_gift_ids)


def left_fen(order: Order) -> int:
    """What :attr:`Order.left_fen` says; of a sheet without what went on with the orders of those who took some."""
    taken = [one.sub_gift_id for one in order.shares if one.state == "handed_on"]
    return order.left_fen - parts_of_fen(order, order.paid_fen, taken) + parts_of_fen(order, order.fee_fen, taken)


def refunds_each(recipients: int) -> int:
    """How many refunds of the one payment the goods of each recipient may cause, so that there are enough for all."""
    return max(1, MAX_REFUNDS // recipients)


def divide(taken: Sequence[Taken], quantity: int) -> tuple[tuple[Taken, ...], tuple[Taken, ...]]:
    """So many of these units, and the rest. Raises ValueError when there are not as many."""
    part: list[Taken] = []
    rest: list[Taken] = []
    for one in taken:
        now = min(one.quantity, quantity)
        quantity -= now
        part += [one._replace(quantity=now)] if now else []
        rest += [one._replace(quantity=one.quantity - now)] if one.quantity > now else []
    if quantity:
        raise ValueError("more is taken from a sheet than it has")
    return tuple(part), tuple(rest)


def share_of(sheet: Order, sub_gift_id: str) -> Share | None:
    """What became of this sub-gift; None while it lies with the sheet."""
    return next((one for one in sheet.shares if one.sub_gift_id == sub_gift_id), None)


def open_among(sheet: Order, sub_gift_ids: Sequence[str]) -> tuple[str, ...]:
    """Those of these sub-gifts of which nothing became yet."""
    return tuple(one for one in sub_gift_ids if share_of(sheet, one) is None)


def left_among(sheet: Order, sub_gift_ids: Sequence[str]) -> tuple[str, ...]:
    """Those of these sub-gifts that have not ended: open, or being claimed in another style."""
    shares = ((one, share_of(sheet, one)) for one in sub_gift_ids)
    return tuple(one for one, share in shares if share is None or share.state == "swapped")


def swap_share(sheet: Order, sub_gift_id: str, sku_id: str, taken: tuple[Taken, ...], at: datetime) -> Order:
    """The sheet when one sub-gift is being claimed in another style: it has one piece of the ordered one less."""
    line = sheet.lines[0]
    _, rest = divide(line.taken, 1)
    return _with(sheet, at, rest, Share(sub_gift_id, "swapped", sku_id, taken))


def hand_on(sheet: Order, sub_gift_id: str, recipient: str, address_sealed: str, at: datetime) -> tuple[Order, Order]:
    """The sheet without this sub-gift, ended if it was the last, and the order that its recipient gets."""
    line, swapped = sheet.lines[0], share_of(sheet, sub_gift_id)
    piece, rest = (swapped.taken, line.taken) if swapped else divide(line.taken, 1)
    sku_id = swapped.sku_id if swapped and swapped.sku_id else line.sku_id
    after = _with(sheet, at, rest, Share(sub_gift_id, "handed_on", sku_id))
    own = _own_order(sheet, sub_gift_id, replace(line, sku_id=sku_id, taken=piece))
    return _ended(after, at), own.claim(at, recipient, address_sealed)


def take_back(
    sheet: Order, sub_gift_ids: Sequence[str], why: Literal["gift_declined", "gift_expired"], at: datetime
) -> tuple[Order, tuple[Line, ...]]:
    """The sheet without these sub-gifts, ended if they were the last, and the lines of what comes back of it: one of
    the ordered style, and one of each piece that was taken in another for a claim that did not come about."""
    line = sheet.lines[0]
    swapped = [one for one in sheet.shares if one.state == "swapped" and one.sub_gift_id in sub_gift_ids]
    ordered = len(sub_gift_ids) - len(swapped)
    back, rest = divide(line.taken, ordered)
    after = _with(sheet, at, rest, *(Share(one, "returned") for one in sub_gift_ids))
    ended = _ended(after, at)
    if ended is after and _all_ended(after):
        ended = after.return_gift(at, why)
    pieces = [replace(line, sku_id=one.sku_id or line.sku_id, quantity=1, taken=one.taken) for one in swapped]
    return ended, (*([replace(line, quantity=ordered, taken=back)] if ordered else []), *pieces)


def _own_order(sheet: Order, sub_gift_id: str, line: Line) -> Order:
    gift, number = sheet.gift, number_of(sub_gift_id)
    if gift is None:
        raise ValueError(f"{sheet.order_id} is no gift")

    def part(total_fen: int) -> int:
        return part_of_fen(total_fen, gift.recipients, sub_gift_id)

    discounts = tuple(replace(one, amount_fen=part(one.amount_fen)) for one in line.discounts)
    return replace(
        sheet,
        order_id=f"{sheet.order_id}-{number}",
        lines=(replace(line, quantity=1, discounts=discounts),),
        freight_fen=part(sheet.freight_fen),
        paid_fen=part(sheet.paid_fen),
        fee_fen=part(sheet.fee_fen),
        refunded_fen=0,
        fee_returned_fen=0,
        payments=tuple(
            replace(one, amount_fen=part(one.amount_fen), refunded_fen=0) for one in sheet.payments if not one.late
        ),
        gift=replace(gift, mode="single", recipients=1, lot=None),
        shares=(),
        claims=(),
        frozen=(),
        part_of=sheet.order_id,
        sub_gift_id=sub_gift_id,
    )


def _with(sheet: Order, at: datetime, rest: tuple[Taken, ...], *shares: Share) -> Order:
    ids = {one.sub_gift_id for one in shares}
    kept = tuple(one for one in sheet.shares if one.sub_gift_id not in ids)
    lines = (replace(sheet.lines[0], taken=rest),)
    return replace(sheet, lines=lines, shares=(*kept, *shares), updated_at=at, version=sheet.version + 1)


def _ended(sheet: Order, at: datetime) -> Order:
    """The sheet, handed on when nothing of it is open and somebody took some."""
    some = any(one.state == "handed_on" for one in sheet.shares)
    return sheet.hand_on(at) if some and _all_ended(sheet) else sheet


def _all_ended(sheet: Order) -> bool:
    ended = [one for one in sheet.shares if one.state != "swapped"]
    return sheet.gift is not None and len(ended) == sheet.gift.recipients
