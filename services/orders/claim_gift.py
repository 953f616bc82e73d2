"""What gifts decided, and what follows for the order: it is sent on, or money and stock go back (G3–G6)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Literal

from services.orders import facts
from services.orders.aftersale.refund_unclaimed import refund_unclaimed
from services.orders.gift_sheet import hand_on, left_among, parts_of_fen, share_of, take_back
from services.orders.ledger import Entry
from services.orders.money.hold_money import make_room
from services.orders.order import Line, Order
from services.orders.payments.reserve_refund import reserve_refund
from services.orders.payments.tables import find_payment
from services.orders.stock.availability import mark_back
from services.orders.stock.low_stock import ask_to_watch
from services.orders.stock.release import release
from services.orders.stock.stock_balance import Figures
from services.orders.stock.tables import record_flow
from services.orders.tables import append_entries, find_offers, find_order, save_order
from services.shared.contracts.gifts import GiftClaimed
from services.shared.contracts.orders import OrderCancelled
from services.shared.plumbing.inbox import NotYet
from services.shared.plumbing.tables import Begin, Transaction
from services.shared.plumbing.vault import Vault

Why = Literal["gift_declined", "gift_expired"]


def claim_gift(claimed: GiftClaimed, *, begin: Begin, now: datetime, vault: Vault) -> None:
    """The goods go to the recipient's address, sealed under the recipient's own key here.

    Of a sheet for many this recipient gets an order of their own.
    """
    order = _given(claimed.order_id)
    if order.status != "gift_pending_claim" or _has_ended(order, claimed.sub_gift_id):
        return
    sealed = vault.seal(claimed.recipient, vault.open_sent(claimed.address_cipher))
    tx = begin()
    if order.for_many:
        sheet, own = hand_on(order, claimed.sub_gift_id, claimed.recipient, sealed, now)
        room: list[Entry] = []
        if order.frozen:  # a complaint holds what nobody has taken; what is taken now leaves with its money
            freed, room = make_room(order, own.paid_fen - own.fee_fen, now)
            sheet = replace(sheet, frozen=freed.frozen)
        append_entries(tx, order.shop_id, room)
        save_order(tx, own, None)
        save_order(tx, sheet, order)
    else:
        save_order(tx, order.claim(now, claimed.recipient, sealed), order)
    tx.commit()


def return_gift(order_id: str, sub_gift_ids: Sequence[str], why: Why, *, begin: Begin, now: datetime) -> None:
    """Nobody takes these: the giver gets their money back in one refund, their stock is for sale again. Once.

    What is left of a gift for many when its time is over goes back in one after-sale, which lists it. An order that
    nobody took anything of ends.
    """
    order = _given(order_id)
    ids = left_among(order, sub_gift_ids)
    if order.status != "gift_pending_claim" or (order.for_many and not ids):
        return
    if order.for_many:
        ended, back = take_back(order, ids, why, now)
        amount = parts_of_fen(order, order.paid_fen, ids)
    else:
        ended, back, ids = order.return_gift(now, why), order.lines, ()
        amount = order.paid_fen
    tx = begin()
    payment = find_payment(order.payment_id) if order.payment_id else None
    if payment is not None and amount:
        if ids and why == "gift_expired":
            ended = refund_unclaimed(tx, ended, payment, amount, ids)
        else:
            reserve_refund(tx, order, payment, amount, why, sub_gift_ids=ids)
    save_order(tx, ended, order)
    release(tx, replace(order, lines=back), sold=True)
    _tell(tx, ended, back, why)
    tx.commit()


def _tell(tx: Transaction, ended: Order, back: Sequence[Line], why: Why) -> None:
    """An order that ended is told of, and its stock's flow follows from that; of a part only the flow is kept."""
    if ended.status == "cancelled":
        told = replace(ended, lines=tuple(back))
        tx.emit(OrderCancelled(**facts.of(told), why=why), **facts.where(ended))
        return
    ref = f"{ended.order_id}#{ended.version}"
    for line in back:
        moved = Figures(on_hand=line.quantity, sold=-line.quantity)
        record_flow(tx, line.sku_id, what="back", ref=ref, by="gifts", moved=moved, at=tx.now)
    sku_ids = [line.sku_id for line in back]
    for offer in find_offers(sku_ids).values():
        mark_back(tx, offer)
    ask_to_watch(tx, ended.shop_id, *sku_ids)


def _has_ended(order: Order, sub_gift_id: str) -> bool:
    share = share_of(order, sub_gift_id)
    return share is not None and share.state != "swapped"


def _given(order_id: str) -> Order:
    order = find_order(order_id)
    if order is None or order.status == "pending_payment":
        raise NotYet(f"{order_id} is not paid here yet")
    return order
