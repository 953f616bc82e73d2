"""Doors to after-sales (O6): the buyer's, the shop's under its own path, and the platform's ruling."""

from collections.abc import Sequence

from services.orders.aftersale import decide_aftersale, lists
from services.orders.aftersale import messages as m
from services.orders.aftersale.aftersale import Party
from services.orders.aftersale.claiming import Wish
from services.orders.aftersale.confirm_refund import confirm_refund
from services.orders.aftersale.dispute_aftersale import dispute
from services.orders.aftersale.go_on import case_and_order
from services.orders.aftersale.hand_in import Proof, hand_in
from services.orders.aftersale.open_aftersale import Application, open_aftersale
from services.orders.aftersale.refusals import (
    AftersaleNotPossible,
    AftersaleTooLate,
    DecisionTooLate,
    DisputeTooLate,
    ExchangeNotEven,
    NothingLeft,
    RefundedByUs,
    ResendTooLate,
    ReturnAddressMissing,
    ReturnTooLate,
    TooManyApplications,
    TooMuchEvidence,
)
from services.orders.aftersale.resend_goods import confirm, send_again
from services.orders.aftersale.return_goods import receive_return, send_back
from services.orders.aftersale.withdraw_aftersale import withdraw
from services.orders.carriers import carrier_code
from services.orders.messages import Paging
from services.orders.migrations.old_ids import new_place, new_place_in
from services.orders.payments.payment import RefundTooLarge, TooManyRefunds
from services.orders.refusals import OutOfStock
from services.orders.service import DESK, SHIPPERS, STAFF, app
from services.orders.tables import STORE, VAULT
from services.shared.plumbing import files, ids
from services.shared.plumbing.content_check import ContentRefused, check_content
from services.shared.plumbing.doors import PERSON, PLATFORM, Answer, Call, Page
from services.shared.plumbing.files import UploadMissing
from services.shared.plumbing.problems import IllegalTransition, NotFound

PURPOSE = "aftersale_evidence"
_OPENING = (
    NotFound,
    AftersaleNotPossible,
    AftersaleTooLate,
    ContentRefused,
    ExchangeNotEven,
    NothingLeft,
    RefundTooLarge,
    TooManyApplications,
    TooManyRefunds,
    UploadMissing,
)
_GRANTING = (NotFound, IllegalTransition, OutOfStock, RefundTooLarge, TooManyRefunds)


def _uploaded(call: Call, upload_ids: Sequence[str]) -> tuple[str, ...]:
    """The keys of the caller's own finished uploads."""
    return tuple(files.uploaded(STORE, one, call.person, PURPOSE) for one in upload_ids)


def aftersale_again(call: Call, stored: dict[str, str]) -> m.AftersaleView:
    """The caller's after-sale that this key changed."""
    return lists.shown(stored["aftersale_id"], call)


def shops_aftersale_again(_: Call, stored: dict[str, str]) -> m.AftersaleView:
    """The shop's after-sale that this key changed."""
    case, _order = case_and_order(stored["aftersale_id"])
    return lists.shown_to_shop(case.aftersale_id, case.shop_id)


# ------------------------------------------------------------------------------------------------------ the buyer


@app.door("POST", "/v1/orders/{order_id}/aftersales", PERSON, status=201, again=aftersale_again, problems=_OPENING)
def post_aftersale(call: Call, order_id: str, body: m.AftersaleBody) -> m.AftersaleView:
    """Ask for money back, another piece, or a piece that never came (O6). Of a gift only its recipient may.

    What was not sent yet is refunded at once (`fast`), and so is a small amount to who does not ask often; else the
    shop answers until `deadline_at`, and who is silent agrees.
    """
    check_content("orders", body.text)
    wishes = [Wish(line.line_no, line.quantity, line.amount_fen, line.sku_id) for line in body.lines]
    asked = Application(body.kind, body.reason, wishes, body.text, _uploaded(call, body.upload_ids))
    case = open_aftersale(order_id, call.person, asked, begin=call.begin, now=call.now, new_id=ids.new_id, vault=VAULT)
    return lists.shown(case.aftersale_id, call)


@app.door("GET", "/v1/orders/{order_id}/aftersales", PERSON, problems=(NotFound,))
def get_order_aftersales(call: Call, order_id: str, query: Paging) -> Page[m.AftersaleView]:
    """An order's after-sales, newest first; without files and how refunds are doing."""
    return lists.list_for_order(order_id, call, query)


@app.door("GET", "/v1/aftersales", PERSON)
def get_aftersales(call: Call, query: m.AftersalesQuery) -> Page[m.AftersaleView]:
    """What the caller has applied for, newest first; without files and how refunds are doing."""
    return lists.list_for_person(call.person, query)


@app.door("GET", "/v1/aftersales/{aftersale_id}", PERSON, problems=(NotFound,))
def get_aftersale(call: Call, aftersale_id: str) -> m.AftersaleView | Answer:
    """One, for who keeps the goods, who paid for them, and the platform. An old shop's id leads to it (308)."""
    return new_place("aftersale", aftersale_id, call.person) or lists.shown(aftersale_id, call)


@app.door(
    "POST",
    "/v1/aftersales/{aftersale_id}/return-shipment",
    PERSON,
    again=aftersale_again,
    problems=(NotFound, IllegalTransition, ReturnTooLate),
)
def post_return_shipment(call: Call, aftersale_id: str, body: m.ReturnBody) -> m.AftersaleView:
    """The goods are on their way back. The shop says what came until `deadline_at`; who is silent has received them."""
    carrier = carrier_code(body.carrier)
    send_back(aftersale_id, call.person, carrier, body.waybill, begin=call.begin, now=call.now)
    return lists.shown(aftersale_id, call)


@app.door("POST", "/v1/aftersales/{aftersale_id}/receipt", PERSON, problems=(NotFound, IllegalTransition))
def post_aftersale_receipt(call: Call, aftersale_id: str) -> m.AftersaleView:
    """What was sent again, or instead, has come: that ends it."""
    confirm(aftersale_id, call.person, begin=call.begin)
    return lists.shown(aftersale_id, call)


@app.door(
    "POST",
    "/v1/aftersales/{aftersale_id}/dispute",
    PERSON,
    again=aftersale_again,
    problems=(NotFound, IllegalTransition, DisputeTooLate),
)
def post_dispute(call: Call, aftersale_id: str) -> m.AftersaleView:
    """The platform shall decide about a rejection: within seven days of it. If it does not, the buyer is right."""
    dispute(aftersale_id, call.person, begin=call.begin, now=call.now)
    return lists.shown(aftersale_id, call)


@app.door("POST", "/v1/aftersales/{aftersale_id}/withdrawal", PERSON, problems=(NotFound, IllegalTransition))
def post_withdrawal_of_aftersale(call: Call, aftersale_id: str) -> m.AftersaleView:
    """Take it back, as long as neither goods nor money are under way. Repeating it is the same answer."""
    withdraw(aftersale_id, call.person, begin=call.begin)
    return lists.shown(aftersale_id, call)


@app.door(
    "POST",
    "/v1/aftersales/{aftersale_id}/evidence",
    PERSON,
    status=201,
    again=aftersale_again,
    problems=(NotFound, IllegalTransition, TooMuchEvidence, UploadMissing, ContentRefused),
)
def post_evidence(call: Call, aftersale_id: str, body: m.EvidenceBody) -> m.AftersaleView:
    """Hand in files that were uploaded, or words: the applicant, or the platform."""
    lists.case_for(aftersale_id, call)
    _hand_in(call, aftersale_id, lists.party_of(call), body)
    return lists.shown(aftersale_id, call)


def _hand_in(call: Call, aftersale_id: str, party: Party, body: m.EvidenceBody) -> None:
    check_content("orders", body.text)
    proof = Proof(party, call.person, _uploaded(call, body.upload_ids), body.text)
    hand_in(aftersale_id, proof, begin=call.begin, now=call.now, new_id=ids.new_id, vault=VAULT)


# ------------------------------------------------------------------------------------------------------- the shop


@app.door("GET", "/v1/shops/{shop_id}/aftersales", STAFF)
def get_shop_aftersales(call: Call, shop_id: str, query: m.ShopAftersalesQuery) -> m.ShopAftersalesPage:
    """The shop's after-sales by their last change, oldest change first; without files and how refunds are doing.

    One that changes while somebody pages moves to the end: it is seen again rather than missed.
    """
    return lists.list_for_shop(shop_id, query, call.now)


@app.door("GET", "/v1/shops/{shop_id}/aftersales/{aftersale_id}", STAFF, problems=(NotFound,))
def get_shop_aftersale(call: Call, shop_id: str, aftersale_id: str) -> m.AftersaleView | Answer:
    """One, with what was handed in, and how its refund is doing. An old shop's id leads to it (308)."""
    return new_place_in(shop_id, "aftersale", aftersale_id) or lists.shown_to_shop(aftersale_id, shop_id)


@app.door(
    "POST",
    "/v1/shops/{shop_id}/aftersales/{aftersale_id}/decision",
    DESK,
    again=shops_aftersale_again,
    problems=(*_GRANTING, DecisionTooLate, ReturnAddressMissing, ContentRefused),
)
def post_aftersale_decision(call: Call, shop_id: str, aftersale_id: str, body: m.DecisionBody) -> m.AftersaleView:
    """Agree, or reject with a reason: also what came back and is not what was sent.

    To agree takes what follows at once: the money is set aside, or new goods are taken out of stock.
    """
    check_content("orders", body.text)
    address = body.return_address.model_dump_json() if body.return_address else None  # door: left out is none
    decide_aftersale.decide(
        shop_id,
        aftersale_id,
        call.person,
        decide_aftersale.Word(body.reason, body.text, address),
        begin=call.begin,
        now=call.now,
        vault=VAULT,
    )
    return lists.shown_to_shop(aftersale_id, shop_id)


@app.door(
    "POST",
    "/v1/shops/{shop_id}/aftersales/{aftersale_id}/receipt",
    SHIPPERS,
    again=shops_aftersale_again,
    problems=_GRANTING,
)
def post_return_receipt(call: Call, shop_id: str, aftersale_id: str, body: m.JudgementBody) -> m.AftersaleView:
    """The goods came back. Only what can be sold again is for sale again; the buyer gets what is due."""
    receive_return(shop_id, aftersale_id, call.person, sellable=body.sellable, begin=call.begin, now=call.now)
    return lists.shown_to_shop(aftersale_id, shop_id)


@app.door(
    "POST",
    "/v1/shops/{shop_id}/aftersales/{aftersale_id}/shipment",
    SHIPPERS,
    again=shops_aftersale_again,
    problems=(NotFound, IllegalTransition, ResendTooLate),
)
def post_aftersale_shipment(call: Call, shop_id: str, aftersale_id: str, body: m.ReturnBody) -> m.AftersaleView:
    """New goods are on their way to the buyer. Not sent until `deadline_at`, the money goes back instead."""
    carrier = carrier_code(body.carrier)
    send_again(shop_id, aftersale_id, call.person, carrier, body.waybill, begin=call.begin, now=call.now)
    return lists.shown_to_shop(aftersale_id, shop_id)


@app.door(
    "POST",
    "/v1/shops/{shop_id}/aftersales/{aftersale_id}/refund-confirmation",
    STAFF,
    again=shops_aftersale_again,
    problems=(NotFound, IllegalTransition, RefundedByUs),
)
def post_refund_confirmation(call: Call, shop_id: str, aftersale_id: str, body: m.RefundDoneBody) -> m.AftersaleView:
    """Say that money went back from the old shop in which the order was placed: it lies there, not here (M2)."""
    confirm_refund(shop_id, aftersale_id, call.person, body.reference, begin=call.begin, now=call.now)
    return lists.shown_to_shop(aftersale_id, shop_id)


@app.door(
    "POST",
    "/v1/shops/{shop_id}/aftersales/{aftersale_id}/evidence",
    DESK,
    status=201,
    again=shops_aftersale_again,
    problems=(NotFound, IllegalTransition, TooMuchEvidence, UploadMissing, ContentRefused),
)
def post_shop_evidence(call: Call, shop_id: str, aftersale_id: str, body: m.EvidenceBody) -> m.AftersaleView:
    """Hand in files that were uploaded, or words."""
    case_and_order(aftersale_id, shop_id)
    _hand_in(call, aftersale_id, "merchant", body)
    return lists.shown_to_shop(aftersale_id, shop_id)


@app.door("GET", "/v1/shops/{shop_id}/fast-refunds", STAFF)
def get_fast_refunds(call: Call, shop_id: str, query: Paging) -> Page[m.FastDayView]:
    """How many fast refunds were granted each day, and which share of them reached the payer within two hours."""
    return lists.list_fast_refunds(shop_id, query)


# --------------------------------------------------------------------------------------------------- the platform


@app.door("GET", "/v1/disputes", PLATFORM)
def get_disputes(call: Call, query: Paging) -> Page[m.AftersaleView]:
    """Rejections of all shops that buyers do not accept, longest waiting first: the platform decides about them."""
    return lists.list_disputes(query)


@app.door(
    "POST",
    "/v1/aftersales/{aftersale_id}/decision",
    PLATFORM,
    again=aftersale_again,
    problems=(*_GRANTING, DecisionTooLate),
)
def post_ruling(call: Call, aftersale_id: str, body: m.RulingBody) -> m.AftersaleView:
    """Decide a dispute, for good."""
    decide_aftersale.rule(
        aftersale_id, call.person, body.decision, body.text, begin=call.begin, now=call.now, vault=VAULT
    )
    return lists.shown(aftersale_id, call)
