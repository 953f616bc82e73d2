"""Doors for who gives: the gifts sent, and their links."""

from collections.abc import Mapping

from services.gifts.messages import GiftView, PageQuery, QrView
from services.gifts.refusals import GiftExpired
from services.gifts.renew_link import renew_link
from services.gifts.service import app
from services.gifts.show_given import list_given_gifts, qr_of_gift, show_given
from services.shared.plumbing.doors import PERSON, Call, Page
from services.shared.plumbing.ids import derived_id
from services.shared.plumbing.problems import NotFound


@app.door("GET", "/v1/gifts", PERSON)
def get_gifts(call: Call, query: PageQuery) -> Page[GiftView]:
    """The gifts that you sent, newest first."""
    return list_given_gifts(call.person, query, call.now)


@app.door("GET", "/v1/gifts/{gift_id}", PERSON, problems=(NotFound,))
def get_gift(call: Call, gift_id: str) -> GiftView:
    """A gift that you sent, with its claim link."""
    return show_given(gift_id, call.person, call.now)


@app.door("GET", "/v1/gifts/{gift_id}/qr", PERSON, problems=(NotFound,))
def get_gift_qr(call: Call, gift_id: str) -> QrView:
    """The claim link of a gift that you sent as a QR code; not found when nothing can be claimed any more."""
    return qr_of_gift(gift_id, call.person, call.now)


@app.door("GET", "/v1/orders/{order_id}/gift", PERSON, problems=(NotFound,))
def get_orders_gift(call: Call, order_id: str) -> GiftView:
    """The gift of an order that you paid; not found until the payment has been heard of."""
    return show_given(derived_id("gft", order_id), call.person, call.now)


def _gift_again(call: Call, stored: Mapping[str, str]) -> GiftView:
    return show_given(stored["gift_id"], call.person, call.now)


@app.door("POST", "/v1/gifts/{gift_id}/links", PERSON, status=201, again=_gift_again, problems=(NotFound, GiftExpired))
def post_link(call: Call, gift_id: str) -> GiftView:
    """A new claim link for a gift that you sent; the old one opens nothing from this moment on."""
    renew_link(gift_id, call.person, begin=call.begin, now=call.now)
    return show_given(gift_id, call.person, call.now)
