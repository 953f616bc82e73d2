"""Doors for who holds a claim link: the card, the claim, the refusal, and what one has received."""

import time

from services.gifts import refusals
from services.gifts.claim_gift import claim_gift
from services.gifts.decline_gift import decline_gift
from services.gifts.messages import CardView, ClaimBody, PageQuery, ReceivedView
from services.gifts.pace import admit_to_card
from services.gifts.service import app
from services.gifts.show_card import show_card
from services.gifts.show_received import answer_claim, list_received_gifts
from services.gifts.wait_for_answer import wait_for_answer
from services.shared.plumbing.doors import ANYONE, PERSON, Answer, Call, Page
from services.shared.plumbing.problems import NotFound, TooManyRequests

CLOSED = (
    NotFound,
    TooManyRequests,
    refusals.NotTheRecipient,
    refusals.GiftExpired,
    refusals.GiftAlreadyClaimed,
    refusals.GiftBeingClaimed,
    refusals.GiftDeclined,
    refusals.NotDrawnYet,
    refusals.NotAWinner,
)


@app.door("GET", "/v1/claims/{token}", ANYONE, problems=(NotFound, TooManyRequests))
def get_card(call: Call, token: str) -> CardView:
    """The card that a claim link opens.

    After the end only its giver and its recipient, by their own tokens, see more than the status.
    """
    admit_to_card(token, call.source_ip)
    return show_card(token, call.principal, call.now)


@app.door(
    "POST",
    "/v1/claims/{token}",
    PERSON,
    problems=(*CLOSED, refusals.RegionNotServed, refusals.StyleSoldOut, refusals.StyleNotOffered),
    later="The other style has been asked for, and orders has not answered yet",
)
def post_claim(call: Call, token: str, body: ClaimBody) -> ReceivedView | Answer:
    """Claim the gift for yourself, as ordered or in another style.

    200: it is yours. 202: the other style has been asked for; look at the card under Location after Retry-After
    seconds. The same claim sent again is answered the same.
    """
    admit_to_card(token, call.source_ip)
    gift = claim_gift(token, call.person, body.address, body.sku_id, begin=call.begin, now=call.now)
    answered = wait_for_answer(gift, call.person, sleep=time.sleep)
    return answer_claim(answered, call.person, token, call.now)


@app.door(
    "POST", "/v1/claims/{token}/decline", PERSON, problems=(*CLOSED, refusals.NothingToDecline, refusals.SentByYou)
)
def post_decline(call: Call, token: str) -> CardView:
    """Say no to the gift: its giver gets the money back.

    What is for whoever comes first nobody can decline, and whoever sent a gift cannot take it back.
    """
    admit_to_card(token, call.source_ip)
    decline_gift(token, call.person, begin=call.begin, now=call.now)
    return show_card(token, call.principal, call.now)


@app.door("GET", "/v1/received", PERSON)
def get_received(call: Call, query: PageQuery) -> Page[ReceivedView]:
    """The gifts that you are claiming or have claimed, newest first."""
    return list_received_gifts(call.person, query, call.now)
