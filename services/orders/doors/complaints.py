"""Doors to complaints (O15)."""

from services.orders.complaints import go_on, views
from services.orders.complaints import messages as m
from services.orders.complaints.open_complaint import Grievance, open_complaint
from services.orders.complaints.refusals import ComplaintOpen, TooManyComplaints, TooMuchSaid
from services.orders.messages import Paging
from services.orders.service import DESK, app
from services.orders.tables import STORE, VAULT
from services.shared.plumbing import files, ids
from services.shared.plumbing.content_check import ContentRefused, check_content
from services.shared.plumbing.doors import PERSON, PLATFORM, Call, Page, member
from services.shared.plumbing.files import UploadMissing
from services.shared.plumbing.problems import CursorInvalid, IllegalTransition, NotFound

PURPOSE = "complaint_evidence"
WATCHERS = member("operator", "support", "finance", or_platform=True)


def _uploaded(call: Call, upload_ids: list[str]) -> list[str]:
    return [files.uploaded(STORE, one, call.person, PURPOSE) for one in upload_ids]


def complaint_again(call: Call, stored: dict[str, str]) -> m.ComplaintView:
    """The complaint that this key opened."""
    return views.view(go_on.complaint_of(stored["complaint_id"], buyer=call.person), VAULT)


@app.door(
    "POST",
    "/v1/orders/{order_id}/complaints",
    PERSON,
    status=201,
    again=complaint_again,
    problems=(NotFound, IllegalTransition, ComplaintOpen, ContentRefused, TooManyComplaints, UploadMissing),
)
def post_complaint(call: Call, order_id: str, body: m.ComplaintBody) -> m.ComplaintView:
    """Complain about a paid order (O15). The shop answers within 48 hours, or the platform looks at it."""
    check_content("orders", body.text)
    opened = open_complaint(
        order_id,
        call.person,
        Grievance(body.reason, body.text, _uploaded(call, body.upload_ids)),
        begin=call.begin,
        now=call.now,
        new_id=ids.new_id,
        vault=VAULT,
    )
    return views.view(opened, VAULT)


@app.door("GET", "/v1/orders/{order_id}/complaints", PERSON, problems=(NotFound, CursorInvalid))
def get_order_complaints(call: Call, order_id: str, query: Paging) -> Page[m.ComplaintView]:
    """The complaints about an order, for its buyer."""
    return views.page_for_buyer(order_id, call.person, query, VAULT)


@app.door("GET", "/v1/complaints/{complaint_id}", PERSON, problems=(NotFound,))
def get_complaint(call: Call, complaint_id: str) -> m.ComplaintView:
    """One's own complaint."""
    return views.view(go_on.complaint_of(complaint_id, buyer=call.person), VAULT)


_SAYING = (NotFound, IllegalTransition, ContentRefused, TooMuchSaid, UploadMissing)


@app.door(
    "POST",
    "/v1/complaints/{complaint_id}/statements",
    PERSON,
    status=201,
    again=complaint_again,
    problems=_SAYING,
)
def post_complaint_statement(call: Call, complaint_id: str, body: m.StatementBody) -> m.ComplaintView:
    """Say more, or hand in files, while it goes on."""
    check_content("orders", body.text)
    complaint, handed = go_on.complaint_of(complaint_id, buyer=call.person), _uploaded(call, body.upload_ids)
    said = go_on.say(complaint, "buyer", call.person, body.text, handed, begin=call.begin, now=call.now, vault=VAULT)
    return views.view(said, VAULT)


@app.door("PUT", "/v1/complaints/{complaint_id}/move", PERSON, problems=(NotFound, IllegalTransition))
def put_complaint_move(call: Call, complaint_id: str, body: m.MoveBody) -> m.ComplaintView:
    """Accept the shop's answer, take it to the platform, or withdraw it. Repeating it is the same answer."""
    complaint = go_on.complaint_of(complaint_id, buyer=call.person)
    return views.view(go_on.move(complaint, body.move, "buyer", begin=call.begin, now=call.now), VAULT)


@app.door("PUT", "/v1/complaints/{complaint_id}/rating", PERSON, problems=(NotFound, IllegalTransition))
def put_complaint_rating(call: Call, complaint_id: str, body: m.RatingBody) -> m.ComplaintView:
    """How content one is with how it was dealt with, from 1 to 5; once, when it is over."""
    complaint = go_on.complaint_of(complaint_id, buyer=call.person)
    return views.view(go_on.rate(complaint, body.score, begin=call.begin, now=call.now), VAULT)


# ----------------------------------------------------------------------------------------- merchant and platform


@app.door("GET", "/v1/shops/{shop_id}/complaints", WATCHERS, problems=(CursorInvalid,))
def get_shop_complaints(call: Call, shop_id: str, query: Paging) -> Page[m.ComplaintView]:
    """Complaints about the shop's orders, newest first."""
    return views.page_of(shop_id, query, VAULT)


@app.door("GET", "/v1/shops/{shop_id}/complaints/{complaint_id}", WATCHERS, problems=(NotFound,))
def get_shop_complaint(call: Call, shop_id: str, complaint_id: str) -> m.ComplaintView:
    """One of them."""
    return views.view(go_on.complaint_of(complaint_id, shop_id=shop_id), VAULT)


def shops_complaint_again(_: Call, stored: dict[str, str]) -> m.ComplaintView:
    """The complaint that this key said something about."""
    return views.view(go_on.complaint_of(stored["complaint_id"]), VAULT)


@app.door(
    "POST",
    "/v1/shops/{shop_id}/complaints/{complaint_id}/statements",
    DESK,
    status=201,
    again=shops_complaint_again,
    problems=_SAYING,
)
def post_shop_statement(call: Call, shop_id: str, complaint_id: str, body: m.StatementBody) -> m.ComplaintView:
    """The shop answers, or says more, with files where they help."""
    check_content("orders", body.text)
    complaint, handed = go_on.complaint_of(complaint_id, shop_id=shop_id), _uploaded(call, body.upload_ids)
    said = go_on.say(complaint, "merchant", call.person, body.text, handed, begin=call.begin, now=call.now, vault=VAULT)
    return views.view(said, VAULT)


@app.door("GET", "/v1/complaints", PLATFORM, problems=(CursorInvalid,))
def get_complaints(call: Call, query: Paging) -> Page[m.ComplaintView]:
    """Complaints of all shops that were taken to the platform, longest waiting first."""
    return views.page_for_platform(query, VAULT)


@app.door(
    "PUT",
    "/v1/shops/{shop_id}/complaints/{complaint_id}/decision",
    PLATFORM,
    problems=(NotFound, IllegalTransition),
)
def put_complaint_decision(call: Call, shop_id: str, complaint_id: str, body: m.DecisionBody) -> m.ComplaintView:
    """The platform decides what was taken to it. Repeating it is the same answer."""
    complaint = go_on.complaint_of(complaint_id, shop_id=shop_id)
    decided = go_on.move(complaint, body.decision, "platform", begin=call.begin, now=call.now, why=body.why)
    return views.view(decided, VAULT)


@app.door("GET", "/v1/shops/{shop_id}/complaint-rates", WATCHERS)
def get_complaint_rates(call: Call, shop_id: str) -> m.RatesView:
    """How many of the shop's orders are complained of and disputed, and how content buyers are with the outcome."""
    return views.rates_of(shop_id, call.now)
