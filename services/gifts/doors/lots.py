"""Doors to a draw by lot."""

from services.gifts import refusals
from services.gifts.enter_lot import enter_lot
from services.gifts.messages import CardView, DrawView
from services.gifts.pace import admit_to_card
from services.gifts.service import app
from services.gifts.show_card import show_card
from services.gifts.show_draw import show_draw
from services.shared.plumbing.doors import ANYONE, PERSON, Call
from services.shared.plumbing.problems import NotFound, TooManyRequests


@app.door(
    "POST",
    "/v1/claims/{token}/entries",
    PERSON,
    problems=(NotFound, TooManyRequests, refusals.NotALot, refusals.NotInvited, refusals.EntriesClosed),
)
def post_entry(call: Call, token: str) -> CardView:
    """Enter the draw of a gift, once a person; entering again changes nothing. Your entry's id is on the card."""
    admit_to_card(token, call.source_ip)
    enter_lot(token, call.person, begin=call.begin, now=call.now)
    return show_card(token, call.principal, call.now)


@app.door("GET", "/v1/draws/{gift_id}", ANYONE, problems=(NotFound,))
def get_draw(call: Call, gift_id: str) -> DrawView:
    """A draw's record, with which anybody can check the winners: `xiaodian draw verify` does."""
    return show_draw(gift_id, call.now)
