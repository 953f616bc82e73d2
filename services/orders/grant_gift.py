"""A merchant gives own goods: the stock is taken, nothing is paid, and gifts hears of it as of any paid gift (G8).

One outcome per grant: the order that follows from its id, or one refusal. Asked again, the same is found.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Literal

from services.orders.freight.freight import Place
from services.orders.gift_eligibility import refuse_ungiftable
from services.orders.order import Gift, Line, Order, Step
from services.orders.payments.confirm_payment import mark_paid
from services.orders.pricing import Discount, Want
from services.orders.quote import Quote, quote
from services.orders.refusals import NotForSale, NotGiftable, OutOfStock, ShopClosed
from services.orders.stock.split_stock import whole_offers
from services.orders.stock.tables import sell_now
from services.orders.stock.take_stock import Plan, commit_taking
from services.orders.tables import AnswerRow
from services.shared.contracts.gifts import GiftGranted
from services.shared.contracts.orders import GrantRefused
from services.shared.plumbing.ids import derived_id
from services.shared.plumbing.problems import NotFound
from services.shared.plumbing.tables import Begin, Transaction, get
from services.shared.plumbing.vault import Vault

Why = Literal["out_of_stock", "not_for_sale", "not_giftable", "shop_closed", "price"]


def grant_gift(granted: GiftGranted, *, begin: Begin, now: datetime, vault: Vault) -> None:
    """Take one piece and make it a paid gift, or refuse. Raises Contended."""
    if get(AnswerRow, f"GRANT#{granted.grant_id}", "ANSWER") is not None:
        return
    why = _take(granted, begin=begin, now=now, vault=vault)
    if why is None:
        return
    tx = begin()
    _answer(tx, granted, why)
    body = GrantRefused(
        grant_id=granted.grant_id,
        activity_id=granted.activity_id,
        shop_id=granted.shop_id,
        giver=granted.giver,
        why=why,
    )
    tx.emit(body, subject=granted.grant_id, sequence=1, shop=granted.shop_id)
    tx.commit()


def _take(granted: GiftGranted, *, begin: Begin, now: datetime, vault: Vault) -> Why | None:
    wants = (Want(granted.sku_id, 1),)
    try:
        quoted = quote(granted.shop_id, wants, Place())
        refuse_ungiftable(quoted.offers, now=now, by_merchant=True)
    except NotForSale:
        return "not_for_sale"
    except NotGiftable:
        return "not_giftable"
    except (ShopClosed, NotFound):
        return "shop_closed"
    order = _order(granted, quoted, now)
    if order.lines[0].unit_price_fen > granted.most_fen:
        return "price"

    def build(plan: Plan) -> Transaction:
        tx = begin()
        for taken in plan[granted.sku_id]:
            sell_now(tx, granted.sku_id, taken)
        _answer(tx, granted, "granted")
        lines = tuple(replace(line, taken=plan[line.sku_id]) for line in order.lines)
        mark_paid(tx, replace(order, lines=lines), None, vault)
        return tx

    try:
        commit_taking(whole_offers(quoted.offers, now), wants, seed=order.order_id, now=now, build=build)
    except OutOfStock:
        return "out_of_stock"
    return None


def _order(granted: GiftGranted, quoted: Quote, now: datetime) -> Order:
    """As a gift that costs nothing, freight and all: what it would have cost is taken off by the activity."""
    offer, [priced] = quoted.offers[granted.sku_id], quoted.price.lines
    free = Discount(granted.activity_id, "direct", priced.total_fen)
    line = Line(
        line_no=1,
        sku_id=granted.sku_id,
        product_id=offer.product_id,
        title=offer.title,
        quantity=1,
        unit_price_fen=priced.unit_price_fen,
        discounts=(*priced.discounts, free),
        fee_bp=int(offer.fee_bp),
        taken=(),
    )
    return Order(
        order_id=derived_id("ord", granted.grant_id),
        shop_id=granted.shop_id,
        buyer=granted.giver,
        kind="gift",
        status="pending_payment",
        lines=(line,),
        channel="direct",
        created_at=now,
        updated_at=now,
        expires_at=now + timedelta(minutes=1),
        history=(Step(now, None, "pending_payment", granted.giver, "granted"),),
        gift=Gift(mode="single", recipients=1, to_openid=granted.to_openid),
        auto_confirm_days=int(quoted.shop.auto_confirm_days),
        settle_days=int(quoted.shop.settle_days),
        no_delivery_regions=quoted.not_served,
        grant_id=granted.grant_id,
    )


def _answer(tx: Transaction, granted: GiftGranted, outcome: str) -> None:
    row = AnswerRow(f"GRANT#{granted.grant_id}", "ANSWER", outcome=outcome, sku_id=granted.sku_id)
    tx.create(row, "answer")
