"""A recipient asks for another style: orders takes the new one and gives the old one back as one act (G3, G7).

Of a sheet for many one piece is swapped, and kept apart until its claim is told. One outcome per (sub-gift, attempt):
the question asked again gets the same answer again.
"""

from dataclasses import replace
from datetime import datetime
from typing import Literal

from services.orders import facts
from services.orders.gift_eligibility import why_ungiftable
from services.orders.gift_sheet import divide, open_among, swap_share
from services.orders.order import Line, Order
from services.orders.pricing import Want
from services.orders.refusals import OutOfStock
from services.orders.stock.availability import mark_back
from services.orders.stock.low_stock import ask_to_watch
from services.orders.stock.split_stock import whole_offers
from services.orders.stock.stock import Taken
from services.orders.stock.stock_balance import Figures
from services.orders.stock.tables import give_back, record_flow, sell_now
from services.orders.stock.take_stock import Plan, commit_taking
from services.orders.tables import AnswerRow, OfferRow, find_offers, find_order, save_order
from services.shared.contracts.gifts import StyleAsked
from services.shared.contracts.orders import StyleAnswered
from services.shared.plumbing.inbox import NotYet
from services.shared.plumbing.tables import Begin, Transaction, get

Outcome = Literal["taken", "sold_out", "not_the_same_price", "not_for_sale"]


def answer_style(asked: StyleAsked, *, begin: Begin, now: datetime) -> None:
    """Swap the style if it can be had, remember the outcome, and tell gifts."""
    order = find_order(asked.order_id)
    if order is None or order.status == "pending_payment":
        raise NotYet(f"{asked.order_id} is not paid here yet")
    if asked.after_claim and order.status == "gift_pending_claim":
        raise NotYet(f"nobody has claimed {asked.order_id} here yet")
    known = get(AnswerRow, f"STYLE#{asked.sub_gift_id}", f"{asked.attempt:06}")
    if known is not None:
        _answer(begin(), order, asked, known.outcome, new=False).commit()  # type: ignore[arg-type]
        return
    line = next(one for one in order.lines if one.line_no == asked.line_no)
    offers = whole_offers(find_offers([asked.sku_id, line.sku_id]), now)
    refusal = _refusal(order, line, offers.get(asked.sku_id), asked, now)
    if refusal is None:
        refusal = _swap(order, line, offers, asked, begin=begin, now=now)
    if refusal is not None:
        _answer(begin(), order, asked, refusal, new=True).commit()


def _refusal(order: Order, line: Line, offer: OfferRow | None, asked: StyleAsked, now: datetime) -> Outcome | None:
    swappable = "to_ship" if asked.after_claim else "gift_pending_claim"
    gone = not open_among(order, [asked.sub_gift_id])
    if order.status != swappable or order.open_claims or gone or offer is None or not offer.offered:
        return "not_for_sale"
    if why_ungiftable({asked.sku_id: offer}, now=now, by_merchant=order.grant_id is not None):  # G1 is about each style
        return "not_for_sale"
    same = (offer.product_id, int(offer.price_fen)) == (line.product_id, line.unit_price_fen)
    if not same or asked.sku_id == line.sku_id:
        return "not_the_same_price"
    return None


def _swap(
    order: Order, line: Line, offers: dict[str, OfferRow], asked: StyleAsked, *, begin: Begin, now: datetime
) -> Outcome | None:
    old = offers[line.sku_id]
    quantity = 1 if order.for_many else line.quantity
    back, _ = divide(line.taken, quantity)

    def build(plan: Plan) -> Transaction:
        tx = _answer(begin(), order, asked, "taken", new=True)
        for taken in plan[asked.sku_id]:
            sell_now(tx, asked.sku_id, taken)
        give_back(tx, old, back, sold=True)
        mark_back(tx, old)
        ask_to_watch(tx, order.shop_id, asked.sku_id, line.sku_id)
        save_order(tx, _swapped(order, line, asked, plan[asked.sku_id], now), order)
        for sku_id, what, sign in ((asked.sku_id, "sold", -1), (line.sku_id, "returned", 1)):
            ref, moved = f"{asked.sub_gift_id}#{asked.attempt}", Figures(on_hand=sign * quantity, sold=-sign * quantity)
            record_flow(tx, sku_id, what=what, ref=ref, by="gifts", moved=moved, at=now)
        return tx

    try:
        commit_taking(offers, [Want(asked.sku_id, quantity)], seed=asked.sub_gift_id, now=now, build=build)
        return None
    except OutOfStock:
        return "sold_out"


def _swapped(order: Order, line: Line, asked: StyleAsked, taken: tuple[Taken, ...], now: datetime) -> Order:
    if order.for_many:
        return swap_share(order, asked.sub_gift_id, asked.sku_id, taken, now)
    return order.with_style(now, line.line_no, replace(line, sku_id=asked.sku_id, taken=taken))


def _answer(tx: Transaction, order: Order, asked: StyleAsked, outcome: Outcome, *, new: bool) -> Transaction:
    if new:
        row = AnswerRow(f"STYLE#{asked.sub_gift_id}", f"{asked.attempt:06}", outcome=outcome, sku_id=asked.sku_id)
        tx.create(row, "answer")
    body = StyleAnswered(
        gift_id=asked.gift_id,
        sub_gift_id=asked.sub_gift_id,
        attempt=asked.attempt,
        sku_id=asked.sku_id,
        outcome=outcome,
    )
    tx.emit(body, **facts.where(order))
    return tx
