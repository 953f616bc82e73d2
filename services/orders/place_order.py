"""Place an order: stock, order, idempotency record and event in one transaction (O2, G2).

Reads what it needs in one batched read (offers, the shop, its freight templates), prices it, and commits once. No call
to another service: offers come in by events.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from services.orders import facts
from services.orders.card_keys.assign_keys import MOST_KEYS
from services.orders.card_keys.refusals import TooManyKeys
from services.orders.freight.freight import Place
from services.orders.gift_eligibility import refuse_ungiftable
from services.orders.limits import Limits, limits_of
from services.orders.order import Gift, Line, Order, Step
from services.orders.payments.confirm_payment import mark_paid
from services.orders.pricing import Want, merged
from services.orders.quote import Quote, quote
from services.orders.refusals import OutOfStock, TotalChanged
from services.orders.risk.judge_order import Judged, judge_order
from services.orders.stock.availability import mark_sold_out
from services.orders.stock.split_stock import whole_offers
from services.orders.stock.stock import Taken
from services.orders.stock.tables import hold, sell_now
from services.orders.stock.take_stock import Plan, commit_taking
from services.orders.tables import OfferRow, own_begin, save_order
from services.shared.contracts.orders import OrderPlaced
from services.shared.plumbing.ids import NewId
from services.shared.plumbing.logs import log
from services.shared.plumbing.problems import Invalid
from services.shared.plumbing.settings import Setting
from services.shared.plumbing.tables import Begin, Refused, Transaction
from services.shared.plumbing.vault import Vault


class Settings:
    hold_minutes = Setting("ORDERS_HOLD_MINUTES", int, default=30)
    recipients = Setting("ORDERS_GIFT_RECIPIENTS", int, default=40)  # MAX_RECIPIENTS at most


@dataclass(frozen=True)
class Placing:
    """What a buyer wants: checked input, with personal data still in clear."""

    shop_id: str
    buyer: str
    wants: tuple[Want, ...]
    channel: str
    source_token: str | None
    expected_total_fen: int | None
    address_json: str | None
    place: Place
    gift: Gift | None
    message: str | None
    giver_name: str | None


def place_order(placing: Placing, *, begin: Begin, now: datetime, new_id: NewId, vault: Vault) -> Order:
    """Place it, or raise: NotFound, ShopClosed, NotForSale, NotGiftable, RegionNotServed, TooManyLines, TotalChanged,
    BuyersLimit, OutOfStock, RiskDenied (of what is free: all else is judged before it is paid), Contended."""
    wants = merged(placing.wants)
    quoted = quote(placing.shop_id, wants, placing.place)
    _check_gift(placing, wants, quoted.offers, now)
    payable_fen = quoted.price.payable_fen
    _check_keys(wants, quoted.offers)
    if placing.expected_total_fen not in (None, payable_fen):
        raise TotalChanged(f"It costs {payable_fen} fen now", payable_fen=payable_fen)
    order = _order(placing, quoted, now=now, order_id=new_id("ord"), vault=vault)
    offers = whole_offers(quoted.offers, now)
    limits = limits_of(order, offers)
    judged = Judged(order)
    if payable_fen == 0:  # it is paid in this same act, so it is judged now
        judged = judge_order(order, now=now, stored=False)
    holder = _Holder(judged, limits, begin, vault)
    try:
        commit_taking(
            offers, wants, seed=order.order_id, now=now, build=holder.build, answer={"order_id": order.order_id}
        )
    except OutOfStock as refusal:
        gone = [offers[sku_id] for sku_id, left in refusal.fields["left"].items() if left == 0]
        mark_sold_out(gone, own_begin(now))
        raise
    except Refused as refusal:
        limits.explain(refusal)
        raise
    log("orders", "order_placed", order_id=order.order_id, shop_id=order.shop_id, lines=len(order.lines))
    return holder.order


def _check_gift(placing: Placing, wants: tuple[Want, ...], offers: Mapping[str, OfferRow], now: datetime) -> None:
    if placing.gift is None:
        return
    refuse_ungiftable(offers, now=now)
    if placing.gift.recipients > Settings.recipients:
        raise Invalid(f"At most {Settings.recipients} recipients")
    if len(wants) != 1 or wants[0].quantity != placing.gift.recipients:
        raise Invalid("A gift is one style, as many pieces as recipients")


def _check_keys(wants: tuple[Want, ...], offers: Mapping[str, OfferRow]) -> None:
    """Raises TooManyKeys: each key takes its place in the payment's transaction."""
    if sum(want.quantity for want in wants if offers[want.sku_id].kind == "card_key") > MOST_KEYS:
        raise TooManyKeys(most=MOST_KEYS)


def _order(
    placing: Placing,
    quoted: Quote,
    *,
    now: datetime,
    order_id: str,
    vault: Vault,
) -> Order:
    def sealed(text: str | None) -> str | None:
        return vault.seal(placing.buyer, text) if text else None

    offers = quoted.offers
    gift = placing.gift and replace(
        placing.gift, message_sealed=sealed(placing.message), giver_name_sealed=sealed(placing.giver_name)
    )
    return Order(
        order_id=order_id,
        shop_id=placing.shop_id,
        buyer=placing.buyer,
        kind="gift" if gift else "purchase",
        status="pending_payment",
        lines=tuple(
            Line(
                line_no=number,
                sku_id=line.sku_id,
                product_id=offers[line.sku_id].product_id,
                title=offers[line.sku_id].title,
                quantity=line.quantity,
                unit_price_fen=line.unit_price_fen,
                discounts=line.discounts,
                fee_bp=int(offers[line.sku_id].fee_bp),
                taken=(),
                kind=offers[line.sku_id].kind,  # type: ignore[arg-type]
                limited=bool(offers[line.sku_id].max_per_buyer),
            )
            for number, line in enumerate(quoted.price.lines, start=1)
        ),
        channel=placing.channel,
        source_token=placing.source_token,
        created_at=now,
        updated_at=now,
        expires_at=now + timedelta(minutes=Settings.hold_minutes),
        history=(Step(now, None, "pending_payment", placing.buyer, "placed"),),
        freight_fen=quoted.price.freight_fen,
        address_sealed=sealed(placing.address_json),
        address_of=placing.buyer if placing.address_json else None,
        gift=gift,
        auto_confirm_days=int(quoted.shop.auto_confirm_days),
        settle_days=int(quoted.shop.settle_days),
        # Who claims a gift says where to; a purchase was checked already.
        no_delivery_regions=quoted.not_served if gift else (),
    )


class _Holder:
    """Builds the placing transaction for a plan, and remembers the order as it was last written."""

    def __init__(self, judged: Judged, limits: Limits, begin: Begin, vault: Vault) -> None:
        self.order = self._blank = judged.order
        self._judged, self._limits, self._begin, self._vault = judged, limits, begin, vault

    def build(self, plan: Plan) -> Transaction:
        lines = tuple(replace(line, taken=plan[line.sku_id]) for line in self._blank.lines)
        order = replace(self._blank, lines=lines)
        tx = self._begin()
        free = order.payable_fen == 0  # nothing to pay: it is paid without WeChat, in this same act
        for line in lines:
            for taken in line.taken:
                _take(tx, line.sku_id, taken, free=free)
        self._limits.count(tx)
        self._judged.remember(tx)
        tx.emit(
            OrderPlaced(
                **facts.of(order), payable_fen=order.payable_fen, expires_at=order.expires_at, channel=order.channel
            ),
            **facts.where(order),
        )
        if free:
            order = mark_paid(tx, order, None, self._vault)
        else:
            save_order(tx, order, None)
        self.order = order
        return tx


def _take(tx: Transaction, sku_id: str, taken: Taken, *, free: bool) -> None:
    (sell_now if free else hold)(tx, sku_id, taken)
