"""Doors for the shop: how its gifts do."""

from services.gifts.messages import NumbersQuery, NumbersView
from services.gifts.service import app
from services.gifts.show_numbers import show_numbers
from services.shared.plumbing.doors import Call, member
from services.shared.plumbing.problems import Invalid


@app.door("GET", "/v1/shops/{shop_id}/gift-numbers", member("operator", "support", "finance"), problems=(Invalid,))
def get_gift_numbers(call: Call, shop_id: str, query: NumbersQuery) -> NumbersView:
    """Gifts sent, claimed, declined and expired, how long claims take, and buyers won through gifts."""
    return show_numbers(shop_id, query, call.now)
