"""Orders' nouns as the caller may see them."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from services.orders import messages as m
from services.orders.ask_address import Settings as AskSettings
from services.orders.carriers import carrier_name
from services.orders.order import CODES, Order, Paid, Shipment
from services.orders.payments import wechat_pay
from services.orders.payments.payment import Payment
from services.orders.policy import Policy
from services.orders.pricing import Discount, Price
from services.orders.start_export import MAY_HAVE_ADDRESSES
from services.orders.stock.stock import Shard, total
from services.orders.tables import LedgerRow, Note, OfferRow
from services.shared.contracts.catalog import Role
from services.shared.plumbing.ids import derived_id
from services.shared.plumbing.vault import Erased, Vault


def own_view(order: Order, person: str, now: datetime, vault: Vault) -> m.OrderView:
    """The order as its buyer or its recipient may see it (G9)."""
    sees_money = order.shows_price_to(person)
    keeps = person == order.keeper
    view = order_view(order, now, vault, sees_address=keeps, sees_money=sees_money)
    return view.model_copy(
        update={
            "buyer": person if person == order.buyer else "giver",
            "shipments": view.shipments if keeps else [],  # a waybill leads to where the recipient lives
            "address_change": view.address_change if keeps else None,
            "history": [
                step.model_copy(
                    update={"by": _told(order, person, step.by), "why": step.why if sees_money else _unpriced(step)}
                )
                for step in view.history
            ],
        }
    )


def _told(order: Order, person: str, by: str) -> str:
    """Who took a step, as one of the two may know it: oneself by id, everybody else by their part."""
    if by in (person, "system", "recipient"):
        return by
    return "giver" if by == order.buyer else "merchant"


def _unpriced(step: m.StepView) -> str:
    """Why a step was taken, without the amounts that stand in a change of price."""
    return "price changed" if step.from_ == step.to == "pending_payment" else step.why


def shops_view(order: Order, now: datetime, vault: Vault, role: Role | None) -> m.OrderView:
    """The order as somebody of its shop may see it, or who acts for the platform (no role): where to, once it was
    paid, for those who pack and those who help."""
    return order_view(order, now, vault, sees_address=order.paid_at_all and role in MAY_HAVE_ADDRESSES)


def order_view(
    stored: Order, now: datetime, vault: Vault, *, sees_address: bool, sees_money: bool = True
) -> m.OrderView:
    """The order, as time has already made it (O4); the address is opened only for who may see it."""
    order = stored.as_of(now)

    def fen(amount: int) -> int | None:
        return amount if sees_money else None

    return m.OrderView(
        order_id=order.order_id,
        shop_id=order.shop_id,
        buyer=order.buyer,
        kind=order.kind,
        status=order.status,
        status_code=CODES[order.status],
        lines=[
            m.LineView(
                line_no=line.line_no,
                sku_id=line.sku_id,
                product_id=line.product_id,
                title=line.title,
                quantity=line.quantity,
                shipped=line.shipped,
                kind=line.kind,
                unit_price_fen=fen(line.unit_price_fen),
                discounts=_discounts(line.discounts) if sees_money else None,
                discount_fen=fen(line.discount_fen),
                total_fen=fen(line.total_fen),
            )
            for line in order.lines
        ],
        goods_fen=fen(order.goods_fen),
        discount_fen=fen(order.discount_fen),
        freight_fen=fen(order.freight_fen),
        payable_fen=fen(order.payable_fen),
        paid_fen=fen(order.received_fen),
        refunded_fen=fen(order.returned_fen),
        payments=[_paid_view(one) for one in order.payments] if sees_money else None,
        channel=order.channel,
        source_token=order.source_token,
        expires_at=order.expires_at,
        overdue=order is not stored or (order.status == "pending_payment" and now >= order.expires_at),
        under_review=order.under_review,
        payment_id=order.payment_id if sees_money else None,
        gift_id=derived_id("gft", order.part_of or order.order_id) if order.given else None,
        address=_address(order, vault) if sees_address else None,
        address_change=_address_change(order, vault, sees_address=sees_address, sees_money=sees_money),
        shipments=[_shipment(one) for one in order.shipments],
        receipt_due_at=order.due_at(timedelta(0)) if order.status == "shipped" else None,
        history=[
            m.StepView(at=step.at, from_=step.origin, to=step.to, by=_who(order, step.by), why=step.why)
            for step in order.history
        ],
        settled_at=order.settled_at,
        created_at=order.created_at,
        updated_at=order.updated_at,
        version=order.version,
    )


def _who(order: Order, by: str) -> str:
    """Who took a step; the giver is not told who the recipient is (G9), and nobody needs the id to follow it."""
    return "recipient" if by == order.recipient else by


def _shipment(one: Shipment) -> m.ShipmentView:
    return m.ShipmentView(
        shipment_no=one.shipment_no,
        how="express" if one.waybill else "virtual",
        carrier=one.carrier or None,
        carrier_name=carrier_name(one.carrier) if one.carrier else None,
        waybill=one.waybill or None,
        at=one.at,
        corrected_at=one.corrected_at,
        lines=[m.ShippedLineView(line_no=line_no, quantity=quantity) for line_no, quantity in one.parts],
    )


def _address(order: Order, vault: Vault) -> m.Address | None:
    return _opened(vault, order.address_of, order.address_sealed)


def _address_change(order: Order, vault: Vault, *, sees_address: bool, sees_money: bool) -> m.AddressChangeView | None:
    change = order.address_change
    if change is None:
        return None
    return m.AddressChangeView(
        status=change.status,
        asked_at=change.asked_at,
        deadline_at=change.deadline_at,
        ended_at=change.ended_at,
        why=change.why,
        address=_opened(vault, order.keeper, change.address_sealed) if sees_address else None,
        freight_there_fen=change.freight_fen if sees_money else None,
    )


def _opened(vault: Vault, person: str | None, sealed: str | None) -> m.Address | None:
    if person is None or sealed is None:
        return None
    try:
        return m.Address.model_validate_json(vault.open(person, sealed))
    except Erased:
        return None


def _paid_view(paid: Paid) -> m.PaidView:
    return m.PaidView(
        payment_id=paid.payment_id,
        amount_fen=paid.amount_fen,
        refunded_fen=paid.refunded_fen,
        late=paid.late,
        paid_at=paid.paid_at,
    )


def payment_view(payment: Payment, now: datetime) -> m.PaymentView:
    """The payment, with what the buyer's phone needs while it can be paid."""
    overdue = payment.status == "open" and now >= payment.expires_at
    phone = payment.prepay_id and payment.method == "jsapi" and not overdue
    return m.PaymentView(
        payment_id=payment.payment_id,
        order_id=payment.order_id,
        out_trade_no=payment.payment_id,
        method=payment.method,
        status=payment.status,
        overdue=overdue,
        amount_fen=payment.amount_fen,
        refunded_fen=payment.refunded_fen,
        code_url=None if overdue else payment.code_url,
        h5_url=None if overdue else payment.h5_url,
        jsapi=wechat_pay.jsapi_parameters(payment, now) if phone else None,
        expires_at=payment.expires_at,
        created_at=payment.created_at,
        updated_at=payment.updated_at,
        version=payment.version,
    )


def _discounts(discounts: Iterable[Discount]) -> list[m.DiscountView]:
    return [m.DiscountView.model_validate(vars(one)) for one in discounts]


def quote_view(price: Price) -> m.QuoteView:
    """The price of an order that is not placed."""
    return m.QuoteView(
        lines=[
            m.QuoteLineView(
                sku_id=line.sku_id,
                quantity=line.quantity,
                unit_price_fen=line.unit_price_fen,
                discounts=_discounts(line.discounts),
                discount_fen=line.discount_fen,
                total_fen=line.total_fen,
            )
            for line in price.lines
        ],
        goods_fen=price.goods_fen,
        discount_fen=price.discount_fen,
        freight_fen=price.freight_fen,
        payable_fen=price.payable_fen,
    )


def offer_view(offer: OfferRow, shards: list[Shard]) -> m.OfferView:
    """A style with its price and what is left of it."""
    return m.OfferView(
        sku_id=offer.pk.removeprefix("SKU#"),
        product_id=offer.product_id,
        shop_id=offer.shop_id,
        title=offer.title,
        attributes=offer.attributes,
        price_fen=int(offer.price_fen),
        original_price_fen=int(offer.original_price_fen),
        max_per_buyer=int(offer.max_per_buyer),
        for_sale=bool(offer.offered),
        left=total(shards).on_hand,
    )


def entry_view(row: LedgerRow) -> m.EntryView:
    """An entry of the ledger."""
    postings = [m.PostingView(account=name, amount_fen=int(fen)) for name, fen in row.postings]
    return m.EntryView(
        entry_id=row.sk, at=row.at, cause=row.cause, ref=row.ref, order_id=row.order_id or None, postings=postings
    )


def balance_view(shop_id: str, sums: Mapping[str, int], withdrawable_fen: int) -> m.BalanceView:
    """The balances, liabilities as positive amounts."""
    return m.BalanceView(
        shop_id=shop_id,
        pending_fen=-sums.get("pending", 0),
        available_fen=-sums.get("available", 0),
        withdrawable_fen=withdrawable_fen,
        frozen_fen=-sums.get("frozen", 0),
        paying_out_fen=-sums.get("paying_out", 0),
        owed_fen=sums.get("owed", 0),
        advanced_fen=sums.get("advanced", 0),
        deposit_fen=-sums.get("deposit", 0),
        fees_fen=-sums.get("fees", 0),
        wechat_fen=sums.get("wechat", 0),
        late_fen=-sums.get("late", 0),
        sum_fen=sum(sums.values()),
    )


def note_view(note: Note, buyer: str, vault: Vault) -> m.NoteView:
    """A note, for staff."""
    try:
        text = vault.open(buyer, note.sealed)
    except Erased:
        text = None
    return m.NoteView(note_id=note.note_id, by=note.by, text=text, at=note.at)


def policy_view(policy: Policy) -> m.FulfilmentPolicyView:
    """The shop's policy, and how long buyers wait for its answer."""
    return m.FulfilmentPolicyView(
        address_change=policy.address_change, answer_within_hours=AskSettings.answer_hours, version=policy.version
    )
