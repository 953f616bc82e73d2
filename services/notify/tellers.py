"""Who is told what of each event (N2).

Every event that is routed to notify is either told by a function of ``TELLERS``, or a reason stands in ``SILENT``. A
function answers with a :class:`Silence` for the variants of which nothing is told.
"""

from collections.abc import Callable, Iterable
from typing import Any

from services.notify.telling import About, Silence, Telling, Told
from services.shared.contracts import aftersale, catalog, complaints, gifts, migration, money, notify, orders
from services.shared.contracts.envelope import Envelope, EventBody
from services.shared.contracts.routes import EVENTS
from services.shared.plumbing.tables import instant_text

SILENT: dict[str, str] = {
    catalog.ShopChanged.NAME: "a state, kept for the shop's name; the facts that changed it are told",
    catalog.MembershipChanged.NAME: "a state, kept to know who may read a shop's inbox",
}


def told(envelope: Envelope) -> Told:
    """The messages of an event; raises ValueError for a version that does not fit, KeyError for an unheard one."""
    body = envelope.open(EVENTS[envelope.name, envelope.version])
    return TELLERS[type(body)](body)


# ------------------------------------------------------------------------------------------------- shops, stock


def _shop_opened(event: catalog.ShopOpened) -> Told:
    return [About(event.NAME, event.shop_id, event.shop_id, {"name": event.name}).shop()]


def _shop_audit_decided(event: catalog.ShopAuditDecided) -> Told:
    variables = {"name": event.name, "reason": event.reason}
    return [About(event.NAME, event.shop_id, event.shop_id, variables).shop(f"shop/{event.decision}")]


def _shop_closed(event: catalog.ShopClosed) -> Told:
    return [About(event.NAME, event.shop_id, event.shop_id, {"name": event.name}).shop()]


def _qualification_decided(event: catalog.QualificationDecided) -> Told:
    about = About(event.NAME, event.qualification_id, event.shop_id, _qualification(event) | {"reason": event.reason})
    return [about.shop(f"shop/{event.decision}")]


def _licence_expiring(event: catalog.LicenceExpiring) -> Told:
    variables = _qualification(event) | {"expires_on": event.expires_on.isoformat()}
    return [About(event.NAME, event.qualification_id, event.shop_id, variables).shop()]


def _qualification(event: catalog.QualificationDecided | catalog.LicenceExpiring) -> dict[str, str]:
    return {"what": event.brand or event.kind}


def _product_held(event: catalog.ProductHeld) -> Told:
    variables = {"title": event.title, "reason": event.reason}
    about = About(event.NAME, event.product_id, event.shop_id, variables)
    return [about.shop("shop/banned" if event.by == "ban" else "shop/held")]


def _listing_missed(event: catalog.ListingMissed) -> Told:
    variables = {"title": event.title, "why": event.why}
    return [About(event.NAME, event.product_id, event.shop_id, variables).shop()]


def _shop_held(event: catalog.ShopHeld) -> Told:
    variables = {"name": event.name, "short_fen": event.short_fen}
    return [About(event.NAME, event.shop_id, event.shop_id, variables).shop(f"shop/{event.why}")]


def _deposit_refund_ended(event: catalog.DepositRefundEnded) -> Told:
    variables = {"amount_fen": event.amount_fen, "why": event.why}
    return [About(event.NAME, event.refund_id, event.shop_id, variables).shop(f"shop/{event.outcome}")]


def _import_finished(event: catalog.ImportFinished) -> Told:
    about = About(event.NAME, event.import_id, event.shop_id, event.model_dump())
    return [about.shop("shop/failed" if event.why else "shop")]


def _migration_step_ahead(event: migration.MigrationStepAhead) -> Told:
    return [About(event.NAME, event.shop_id, event.shop_id, {"phase": event.phase, "on": event.on.isoformat()}).shop()]


def _migration_step_taken(event: migration.MigrationStepTaken) -> Told:
    about = About(event.NAME, event.shop_id, event.shop_id, {"phase": event.phase})
    return [about.shop("shop/stuck" if event.stuck else "shop")]


def _subject_change_due(event: migration.SubjectChangeDue) -> Told:
    return [About(event.NAME, event.shop_id, event.shop_id, {"since": event.since.isoformat()}).shop()]


def _migration_run_ended(event: migration.MigrationRunEnded) -> Told:
    about = About(event.NAME, event.migration_id, event.shop_id, event.model_dump())
    return [about.shop("shop/failed" if event.why else f"shop/{event.mode}")]


def _migration_decided(event: migration.MigrationDecided) -> Told:
    variables = {"old_shop_id": event.old_shop_id, "reason": event.reason}
    return [About(event.NAME, event.migration_id, event.shop_id, variables).shop(f"shop/{event.decision}")]


def _webhook_paused(event: notify.WebhookPaused) -> Told:
    variables = {"host": event.host, "since": instant_text(event.since)}
    return [About(event.NAME, event.webhook_id, event.shop_id, variables).shop()]


def _stock_low(event: orders.StockLow) -> Told:
    return [About(event.NAME, event.sku_id, event.shop_id, event.model_dump()).shop()]


def _withdrawal_ended(event: money.WithdrawalEnded) -> Told:
    variables = event.model_dump() | {"why": event.why or ""}
    return [About(event.NAME, event.withdrawal_id, event.shop_id, variables).shop(f"shop/{event.outcome}")]


def _complaint_opened(event: complaints.ComplaintOpened) -> Told:
    variables = {"title": event.title, "deadline_at": instant_text(event.deadline_at) if event.deadline_at else ""}
    return [About(event.NAME, event.complaint_id, event.shop_id, variables).shop()]


def _complaint_moved(event: complaints.ComplaintMoved) -> Told:
    """Who has just moved it knows; a decision, and what time did, both are told."""
    about = About(event.NAME, event.complaint_id, event.shop_id, {"title": event.title})
    told = []
    if event.by != "buyer":
        told.append(about.person(event.buyer, f"buyer/{event.status}"))
    if event.by != "merchant":
        told.append(about.shop(f"shop/{event.status}"))
    return told


# -------------------------------------------------------------------------------------------------------- orders

_OrderEvent = orders.OrderPlaced | orders.OrderPaid | orders.OrderCancelled | orders.OrderShipped
_LaterOrderEvent = orders.OrderReceived | orders.OrderSettled | orders.OrderRefused
_ChangeEvent = (
    orders.WaybillCorrected
    | orders.ReceiptExtended
    | orders.OrderRepriced
    | orders.AddressChangeAsked
    | orders.AddressChangeEnded
)


def _order(event: _OrderEvent | _LaterOrderEvent | _ChangeEvent, **variables: Any) -> About:
    goods = {
        "title": event.lines[0].title,
        "kinds": len(event.lines),
        "pieces": sum(line.quantity for line in event.lines),
    }
    return About(event.NAME, event.order_id, event.shop_id, {"goods": goods, **variables})


def _order_placed(event: orders.OrderPlaced) -> Told:
    if not event.payable_fen:
        return Silence("nothing has to be paid: orders.order_paid tells it all")
    about = _order(event, payable_fen=event.payable_fen, expires_at=instant_text(event.expires_at))
    return [about.person(event.buyer, "buyer"), about.shop()]


def _order_paid(event: orders.OrderPaid) -> Told:
    if event.grant_id:
        return Silence("a merchant's own gift: nothing was paid, and gifts tells when it is ready")
    about, held = _order(event, paid_fen=event.paid_fen), "/review" if event.held_for_review else ""
    if event.kind == "gift":
        return [about.person(event.buyer, f"giver{held}"), about.shop(f"shop/gift{held}")]
    return [about.person(event.buyer, f"buyer{held}"), about.shop(f"shop{held}")]


def _order_cancelled(event: orders.OrderCancelled) -> Told:
    if event.why in ("gift_declined", "gift_expired"):
        return Silence("gifts has told that it was declined or expired, and the refund is told when it is made")
    about = _order(event)
    return [about.person(event.buyer, f"buyer/{event.why}"), about.shop(f"shop/{event.why}")]


def _order_refused(event: orders.OrderRefused) -> Told:
    about, paid = _order(event, paid_fen=event.paid_fen), "/paid" if event.paid_fen else ""
    return [about.person(event.buyer, f"buyer{paid}"), about.shop()]


def _order_shipped(event: orders.OrderShipped) -> Told:
    about = _order(event, carrier=event.carrier, waybill=event.waybill, shipment_no=event.shipment_no)
    part = "" if event.complete else "/part"
    if not event.waybill:
        part = "/virtual"  # only of purchases: what is given travels
    return [*_receivers(about, event, part), about.shop(f"shop{part}")]


def _waybill_corrected(event: orders.WaybillCorrected) -> Told:
    about = _order(event, carrier=event.carrier, waybill=event.waybill, shipment_no=event.shipment_no)
    return [_keeper(about, event, "")]


def _receipt_extended(event: orders.ReceiptExtended) -> Told:
    return [_order(event, receipt_due_at=instant_text(event.receipt_due_at)).shop()]


def _order_repriced(event: orders.OrderRepriced) -> Told:
    expires_at = instant_text(event.expires_at)
    about = _order(event, was_fen=event.was_fen, payable_fen=event.payable_fen, expires_at=expires_at)
    return [about.person(event.buyer, "buyer")]


def _address_change_asked(event: orders.AddressChangeAsked) -> Told:
    return [_order(event, deadline_at=instant_text(event.deadline_at)).shop()]


def _address_change_ended(event: orders.AddressChangeEnded) -> Told:
    about = _order(event)
    by_itself = event.outcome in ("expired", "automatic")
    return [_keeper(about, event, f"/{event.outcome}"), *([about.shop(f"shop/{event.outcome}")] if by_itself else [])]


def _keeper(about: About, event: orders.WaybillCorrected | orders.AddressChangeEnded, variant: str) -> Telling:
    """Who gets the goods, and nobody else: the recipient of a gift, or the buyer."""
    return about.person(event.recipient or event.buyer, f"keeper{variant}")


def _order_received(event: orders.OrderReceived) -> Told:
    about = _order(event)
    return [*_receivers(about, event, f"/{event.by}"), about.shop(f"shop/{event.by}")]


def _receivers(about: About, event: orders.OrderShipped | orders.OrderReceived, variant: str) -> Iterable[Telling]:
    """Of a purchase its buyer; of a gift who claimed it, and who gave it."""
    if event.kind == "purchase":
        yield about.person(event.buyer, f"buyer{variant}")
        return
    if event.recipient is not None:
        yield about.person(event.recipient, f"recipient{variant}")
    yield about.person(event.buyer, f"giver{variant}")


def _order_settled(event: orders.OrderSettled) -> Told:
    return [_order(event, settled_fen=event.settled_fen, fee_fen=event.fee_fen).shop()]


def _refund_succeeded(event: orders.RefundSucceeded) -> Told:
    about = About(event.NAME, event.order_id, event.shop_id, {"amount_fen": event.amount_fen})
    why = "refused" if event.refused else event.why
    return [about.person(event.buyer, f"buyer/{why}"), about.shop(f"shop/{why}")]


def _refund_delayed(event: orders.RefundDelayed) -> Told:
    about = About(event.NAME, event.order_id, event.shop_id, {"amount_fen": event.amount_fen, "trouble": event.trouble})
    return [about.person(event.buyer, "buyer"), about.shop()]


_Aftersale = aftersale.AftersaleOpened | aftersale.AftersaleMoved | aftersale.AftersaleClosed


def _aftersale(event: _Aftersale, **variables: Any) -> About:
    goods = {"title": event.title, "kinds": event.lines, "pieces": event.pieces}
    return About(event.NAME, event.aftersale_id, event.shop_id, {"goods": goods, **variables})


def _until(event: aftersale.AftersaleOpened | aftersale.AftersaleMoved) -> str:
    return instant_text(event.deadline_at) if event.deadline_at else ""


def _aftersale_opened(event: aftersale.AftersaleOpened) -> Told:
    if event.reason == "gift_unclaimed":
        return Silence("gifts has told that nobody took it in time, and the refund is told when it is made")
    about = _aftersale(event, amount_fen=event.amount_fen, deadline_at=_until(event))
    return [about.shop("shop/fast" if event.fast else "shop")]


def _aftersale_moved(event: aftersale.AftersaleMoved) -> Told:
    """The other side is told of what one does, and both of what the platform or time itself does."""
    about = _aftersale(event, deadline_at=_until(event))
    applicant, shop = about.person(event.applicant, f"applicant/{event.status}"), about.shop(f"shop/{event.status}")
    if event.by == "buyer":
        return [shop]
    return [applicant] if event.by == "merchant" else [applicant, shop]


def _aftersale_closed(event: aftersale.AftersaleClosed) -> Told:
    about = _aftersale(event)
    applicant, shop = about.person(event.applicant, f"applicant/{event.outcome}"), about.shop(f"shop/{event.outcome}")
    if event.outcome == "refunded":
        told_by_refund = event.amount_fen and event.applicant == event.payer
        return Silence("the refund itself is told to who paid") if told_by_refund else [applicant]
    if event.by == "buyer":
        return [shop]
    return [applicant, shop]


def _payments_differ(_: orders.PaymentsDiffer) -> Told:
    return Silence("for the platform, whom its alarm wakes; a shop reads its own differences at orders")


# --------------------------------------------------------------------------------------------------------- gifts

_GiftEvent = gifts.GiftReady | gifts.GiftClaimed | gifts.GiftDeclined | gifts.GiftExpired
_LaterGiftEvent = gifts.LotDrawn | gifts.StyleSwapAsked | gifts.StyleSwapEnded


def _gift(event: _GiftEvent | _LaterGiftEvent, **variables: Any) -> About:
    return About(event.NAME, event.gift_id, event.shop_id, {"title": event.title, **variables})


def _gift_ready(event: gifts.GiftReady) -> Told:
    about = _gift(event, shares=len(event.sub_gift_ids), deadline_at=instant_text(event.deadline_at))
    return [about.person(event.giver, "giver")]


def _gift_claimed(event: gifts.GiftClaimed) -> Told:
    about = _gift(event)
    return [
        about.on(event.sub_gift_id).person(event.recipient, "recipient"),
        about.person(event.giver, "giver"),
        about.on(event.recipient_order_id or event.order_id).shop(),
    ]


def _grant_refused(event: orders.GrantRefused) -> Told:
    about = About(event.NAME, event.activity_id, event.shop_id, {})
    return [about.shop(f"shop/{event.why}")]


def _lot_drawn(event: gifts.LotDrawn) -> Told:
    about = _gift(event, entries=event.entries, wins=len(event.winners), deadline_at=instant_text(event.deadline_at))
    winners = [about.person(winner, "winner") for winner in event.winners]
    return [*winners, about.person(event.giver, "giver" if winners else "giver/nobody")]


def _style_swap_asked(event: gifts.StyleSwapAsked) -> Told:
    about = _gift(event, decide_by=instant_text(event.decide_by))
    return [about.on(event.recipient_order_id).shop()]


def _style_swap_ended(event: gifts.StyleSwapEnded) -> Told:
    about = _gift(event).on(event.recipient_order_id)
    swapped = event.outcome == "swapped"
    told = [about.person(event.recipient, f"recipient/{event.outcome}")]
    return [*told, about.shop()] if swapped else told


def _gift_given_back(event: gifts.GiftDeclined | gifts.GiftExpired) -> Told:
    about = _gift(event, shares=len(event.sub_gift_ids))
    if event.own:  # its giver is of the shop's staff, and paid nothing
        return [about.on(event.order_id).shop()]
    return [about.person(event.giver, "giver"), about.on(event.order_id).shop()]


TELLERS: dict[type[EventBody], Callable[[Any], Told]] = {
    catalog.ShopOpened: _shop_opened,
    catalog.ShopAuditDecided: _shop_audit_decided,
    catalog.ShopClosed: _shop_closed,
    catalog.QualificationDecided: _qualification_decided,
    catalog.LicenceExpiring: _licence_expiring,
    catalog.ProductHeld: _product_held,
    catalog.ListingMissed: _listing_missed,
    catalog.ShopHeld: _shop_held,
    catalog.DepositRefundEnded: _deposit_refund_ended,
    catalog.ImportFinished: _import_finished,
    migration.MigrationDecided: _migration_decided,
    migration.MigrationRunEnded: _migration_run_ended,
    migration.MigrationStepAhead: _migration_step_ahead,
    migration.MigrationStepTaken: _migration_step_taken,
    migration.SubjectChangeDue: _subject_change_due,
    orders.OrderPlaced: _order_placed,
    orders.OrderPaid: _order_paid,
    orders.OrderCancelled: _order_cancelled,
    orders.OrderRefused: _order_refused,
    orders.OrderShipped: _order_shipped,
    orders.WaybillCorrected: _waybill_corrected,
    orders.ReceiptExtended: _receipt_extended,
    orders.OrderRepriced: _order_repriced,
    orders.AddressChangeAsked: _address_change_asked,
    orders.AddressChangeEnded: _address_change_ended,
    orders.OrderReceived: _order_received,
    orders.OrderSettled: _order_settled,
    orders.RefundSucceeded: _refund_succeeded,
    orders.RefundDelayed: _refund_delayed,
    aftersale.AftersaleOpened: _aftersale_opened,
    aftersale.AftersaleMoved: _aftersale_moved,
    aftersale.AftersaleClosed: _aftersale_closed,
    orders.PaymentsDiffer: _payments_differ,
    orders.StockLow: _stock_low,
    money.WithdrawalEnded: _withdrawal_ended,
    complaints.ComplaintOpened: _complaint_opened,
    complaints.ComplaintMoved: _complaint_moved,
    notify.WebhookPaused: _webhook_paused,
    gifts.GiftReady: _gift_ready,
    gifts.GiftClaimed: _gift_claimed,
    gifts.GiftDeclined: _gift_given_back,
    gifts.GiftExpired: _gift_given_back,
    gifts.LotDrawn: _lot_drawn,
    orders.GrantRefused: _grant_refused,
    gifts.StyleSwapAsked: _style_swap_asked,
    gifts.StyleSwapEnded: _style_swap_ended,
}
