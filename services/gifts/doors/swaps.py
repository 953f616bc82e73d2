"""Doors to another style after the claim: the recipient's wish, the merchant's word."""

from services.gifts import refusals
from services.gifts.messages import DecisionBody, PageQuery, ReceivedView, SwapBody, SwapView
from services.gifts.service import app
from services.gifts.show_received import received_view
from services.gifts.show_swaps import list_shops_swaps, swap_view
from services.gifts.swap_style import ask_swap, decide_swap
from services.shared.plumbing.doors import PERSON, Call, Page, member
from services.shared.plumbing.problems import NotFound


@app.door(
    "POST",
    "/v1/sub-gifts/{sub_gift_id}/style-swap",
    PERSON,
    problems=(NotFound, refusals.SwapAlreadyAsked, refusals.StyleNotOffered),
)
def post_style_swap(call: Call, sub_gift_id: str, body: SwapBody) -> ReceivedView:
    """Ask once for another style of what you have claimed, before it is shipped. The merchant decides within 24 h."""
    gift = ask_swap(sub_gift_id, call.person, body.sku_id, begin=call.begin, now=call.now)
    return received_view(gift, call.person, call.now)


@app.door("GET", "/v1/shops/{shop_id}/style-swaps", member("operator", "support"))
def get_style_swaps(call: Call, shop_id: str, query: PageQuery) -> Page[SwapView]:
    """Wishes for another style that your shop has not decided, the most urgent first."""
    return list_shops_swaps(shop_id, query, call.now)


@app.door(
    "POST",
    "/v1/shops/{shop_id}/style-swaps/{sub_gift_id}/decision",
    member("operator", "support"),
    problems=(NotFound, refusals.SwapNotOpen),
)
def post_swap_decision(call: Call, shop_id: str, sub_gift_id: str, body: DecisionBody) -> SwapView:
    """Agree or not. When you agree the stock moves as one act, unless it is shipped or sold out by then."""
    gift = decide_swap(shop_id, sub_gift_id, agreed=body.agree, begin=call.begin, now=call.now)
    return swap_view(gift, sub_gift_id, call.now)
