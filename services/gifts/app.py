"""The doors of gifts."""

import time

from chalice.app import CloudWatchEvent

from services.gifts import refusals
from services.gifts.claim_gift import claim_gift
from services.gifts.decline_gift import decline_gift
from services.gifts.messages import CardView, ClaimBody, GiftView, PageQuery, ReceivedView
from services.gifts.reactions import REACTIONS
from services.gifts.show_card import show_card
from services.gifts.show_given import list_given_gifts, show_given
from services.gifts.show_received import answer_claim, list_received_gifts
from services.gifts.sweep_gifts import sweep_gifts
from services.gifts.tables import STORE
from services.gifts.wait_for_answer import wait_for_answer
from services.shared.plumbing import clock, ids, triggers
from services.shared.plumbing.doors import ANYONE, PERSON, Answer, Call, Page, Service
from services.shared.plumbing.ids import derived_id
from services.shared.plumbing.problems import NotFound
from services.shared.plumbing.tables import Transaction

app = Service("gifts", STORE, title="Gifts: paid by one, claimed by another")

CLOSED = (
    NotFound,
    refusals.NotTheRecipient,
    refusals.GiftExpired,
    refusals.GiftAlreadyClaimed,
    refusals.GiftBeingClaimed,
    refusals.GiftDeclined,
)


@app.door("GET", "/v1/gifts", PERSON)
def get_gifts(call: Call, query: PageQuery) -> Page[GiftView]:
    """The gifts that you sent, newest first."""
    return list_given_gifts(call.person, query, call.now)


@app.door("GET", "/v1/gifts/{gift_id}", PERSON, problems=(NotFound,))
def get_gift(call: Call, gift_id: str) -> GiftView:
    """A gift that you sent, with its claim link."""
    return show_given(gift_id, call.person, call.now)


@app.door("GET", "/v1/orders/{order_id}/gift", PERSON, problems=(NotFound,))
def get_orders_gift(call: Call, order_id: str) -> GiftView:
    """The gift of an order that you paid; not found until the payment has been heard of."""
    return show_given(derived_id("gft", order_id), call.person, call.now)


@app.door("GET", "/v1/claims/{token}", ANYONE, problems=(NotFound,))
def get_card(call: Call, token: str) -> CardView:
    """The card that a claim link opens.

    After the end only its giver and its recipient, by their own tokens, see more than the status.
    """
    return show_card(token, call.principal, call.now)


@app.door(
    "POST",
    "/v1/claims/{token}",
    PERSON,
    problems=(*CLOSED, refusals.RegionNotServed, refusals.StyleSoldOut, refusals.StyleNotOffered),
)
def post_claim(call: Call, token: str, body: ClaimBody) -> ReceivedView | Answer:
    """Claim the gift for yourself, as ordered or in another style.

    200: it is yours. 202: the other style has been asked for; look at the card under Location after Retry-After
    seconds. The same claim sent again is answered the same.
    """
    gift = claim_gift(token, call.person, body.address, body.sku_id, begin=call.begin, now=call.now)
    answered = wait_for_answer(gift, call.person, sleep=time.sleep)
    return answer_claim(answered, call.person, token, call.now)


@app.door("POST", "/v1/claims/{token}/decline", PERSON, problems=CLOSED)
def post_decline(call: Call, token: str) -> CardView:
    """Say no to the gift: its giver gets the money back."""
    decline_gift(token, call.person, begin=call.begin, now=call.now)
    return show_card(token, call.principal, call.now)


@app.door("GET", "/v1/received", PERSON)
def get_received(call: Call, query: PageQuery) -> Page[ReceivedView]:
    """The gifts that you are claiming or have claimed, newest first."""
    return list_received_gifts(call.person, query, call.now)


publish = triggers.publisher(app)
consume = triggers.consumer(app, REACTIONS)
tend = triggers.tender(app, REACTIONS)


@app.schedule("rate(1 minute)", name="sweep")
def sweep(event: CloudWatchEvent) -> dict[str, int]:
    """Let overdue gifts expire, and repeat unanswered questions."""
    return sweep_gifts(begin=lambda: Transaction(STORE, clock.now(), ids.new_id), now=clock.now())
