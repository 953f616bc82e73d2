"""After-sales as the caller may see them."""

from services.orders.aftersale import messages as m
from services.orders.aftersale.aftersale import ENDED, Aftersale, Evidence, Parcel
from services.orders.aftersale.go_on import claim_of
from services.orders.aftersale.return_address import return_address_of
from services.orders.aftersale.tables import FastDayRow
from services.orders.carriers import carrier_name
from services.orders.messages import Address
from services.orders.order import Order
from services.orders.payments.payment import Refund
from services.orders.payments.tables import find_refund
from services.orders.tables import VAULT
from services.shared.plumbing import clock, files
from services.shared.plumbing.vault import Erased


def view(case: Aftersale, order: Order, *, sees_words: bool, sees_money: bool, one: bool = True) -> m.AftersaleView:
    """The after-sale; ``one``: by itself, with files and how its refund is doing, which a list leaves out."""

    def fen(amount: int) -> int | None:
        return amount if sees_money else None

    def words(sealed: str | None) -> str | None:
        return _opened(case, sealed) if sees_words else None

    lines = {line.line_no: line for line in order.lines}
    address = words(case.return_address_sealed) or (_said_since(case) if sees_words and one else None)
    return m.AftersaleView(
        aftersale_id=case.aftersale_id,
        order_id=case.order_id,
        shop_id=case.shop_id,
        kind=case.kind,
        reason=case.reason,
        status=case.status,
        amount_fen=fen(case.amount_fen),
        lines=[
            m.AftersaleLineView(
                line_no=part.line_no,
                sku_id=lines[part.line_no].sku_id,
                title=lines[part.line_no].title,
                quantity=part.quantity,
                amount_fen=fen(part.amount_fen),
                whole=part.whole,
            )
            for part in claim_of(order, case).parts
        ],
        sub_gift_ids=list(case.sub_gift_ids),
        fast=case.fast,
        text=words(case.text_sealed),
        evidence=[_evidence(case, each, one=one) for each in case.evidence] if sees_words else [],
        rejection=case.rejection,
        rejection_text=words(case.rejection_sealed),
        return_address=Address.model_validate_json(address) if address else None,
        returned=_parcel(case.returned) if sees_words else None,
        sellable=case.sellable,
        new_goods=[
            m.NewGoodsView(line_no=each.line_no, sku_id=each.sku_id, quantity=each.quantity) for each in case.new_goods
        ],
        resent=_parcel(case.resent) if sees_words else None,
        refund=_refund(case, sees_money=sees_money) if one else None,
        deadline_at=None if case.status in ENDED else case.deadline_at,
        overdue=case.status not in ENDED and case.is_overdue(clock.now()),
        history=[
            m.TurnView(at=turn.at, move=turn.move, to=turn.to, by=turn.party, why=turn.why) for turn in case.history
        ],
        created_at=case.created_at,
        updated_at=case.updated_at,
        version=case.version,
    )


def own_view(case: Aftersale, order: Order, person: str, *, one: bool = True) -> m.AftersaleView:
    """For who keeps the goods, and for who gave them (G9)."""
    return view(case, order, sees_words=person == case.applicant, sees_money=order.shows_price_to(person), one=one)


def fast_day(row: FastDayRow) -> m.FastDayView:
    """A day's fast refunds."""
    granted, done, in_time = (int(number or 0) for number in (row.granted, row.done, row.in_time))
    share = round(in_time / granted, 4) if granted else 1.0
    return m.FastDayView(day=row.sk, granted=granted, done=done, done_within_2h=in_time, share_within_2h=share)


def _said_since(case: Aftersale) -> str | None:
    """Where goods go that nobody had said it of when it was agreed: the shop's own address, once there is one."""
    return return_address_of(case.shop_id, VAULT) if case.status == "awaiting_return" else None


def _opened(case: Aftersale, sealed: str | None) -> str | None:
    try:
        return VAULT.open(case.applicant, sealed) if sealed else None
    except Erased:
        return None


def _evidence(case: Aftersale, each: Evidence, *, one: bool) -> m.EvidenceView:
    urls = [files.download_url(key, f"{each.evidence_id}-{number}") for number, key in enumerate(each.keys, start=1)]
    return m.EvidenceView(
        evidence_id=each.evidence_id,
        by=each.party,
        at=each.at,
        text=_opened(case, each.text_sealed),
        urls=urls if one else [],
    )


def _parcel(parcel: Parcel | None) -> m.ParcelView | None:
    if parcel is None:
        return None
    name = carrier_name(parcel.carrier)
    return m.ParcelView(carrier=parcel.carrier, carrier_name=name, waybill=parcel.waybill, at=parcel.at)


def _refund(case: Aftersale, *, sees_money: bool) -> m.RefundView | None:
    refund = _latest(case)
    if refund is None:
        return None
    return m.RefundView(
        refund_id=refund.refund_id,
        status=refund.status,
        amount_fen=case.amount_fen if sees_money else None,
        asked_at=case.refund_asked_at or refund.created_at,
        tries=refund.tries,
        trouble=refund.trouble,
    )


def _latest(case: Aftersale) -> Refund | None:
    """Its refund: where WeChat closed one, that under which it was asked for again."""
    if case.payment_id is None or case.refund_id is None:
        return None
    refund = find_refund(case.payment_id, case.refund_id)
    while refund is not None and refund.followed_by:
        refund = find_refund(case.payment_id, refund.followed_by)
    return refund
