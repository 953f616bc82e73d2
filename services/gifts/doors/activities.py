"""Doors to a merchant's own gifts."""

from collections.abc import Mapping

from services.gifts import refusals
from services.gifts.give_own import Opening, Words, give_own, open_activity
from services.gifts.messages import ActivityBody, ActivityView, OwnGiftBody, OwnGiftView, PageQuery
from services.gifts.service import app
from services.gifts.show_activities import (
    own_gift_view,
    page_of_activities,
    page_of_own_gifts,
    show_activity,
    show_own_gift,
)
from services.shared.plumbing import ids
from services.shared.plumbing.content_check import ContentRefused
from services.shared.plumbing.doors import Call, Page, member
from services.shared.plumbing.problems import Invalid, NotFound

STAFF = member("operator", "support", "finance")


def _activity_again(call: Call, stored: Mapping[str, str]) -> ActivityView:
    return show_activity(stored["shop_id"], stored["activity_id"])


@app.door(
    "POST",
    "/v1/shops/{shop_id}/gift-activities",
    member("operator"),
    status=201,
    again=_activity_again,
    problems=(Invalid, refusals.StyleNotOffered),
)
def post_activity(call: Call, shop_id: str, body: ActivityBody) -> ActivityView:
    """Open an activity out of which your staff give your own goods: nothing is paid for them."""
    opening = Opening(body.name, body.product_id, body.sku_id, body.pool, body.budget_fen, body.ends_at)
    activity_id = open_activity(shop_id, opening, begin=call.begin, now=call.now, new_id=ids.new_id)
    return show_activity(shop_id, activity_id)


@app.door("GET", "/v1/shops/{shop_id}/gift-activities", STAFF)
def get_activities(call: Call, shop_id: str, query: PageQuery) -> Page[ActivityView]:
    """Your shop's activities, newest first."""
    return page_of_activities(shop_id, query)


@app.door("GET", "/v1/shops/{shop_id}/gift-activities/{activity_id}", STAFF, problems=(NotFound,))
def get_activity(call: Call, shop_id: str, activity_id: str) -> ActivityView:
    """One of your shop's activities, with what is given of it."""
    return show_activity(shop_id, activity_id)


def _own_gift_again(call: Call, stored: Mapping[str, str]) -> OwnGiftView:
    return show_own_gift(stored["grant_id"])


@app.door(
    "POST",
    "/v1/shops/{shop_id}/gift-activities/{activity_id}/gifts",
    member("operator"),
    status=202,
    again=_own_gift_again,
    problems=(
        NotFound,
        ContentRefused,
        refusals.ActivityOver,
        refusals.PoolEmpty,
        refusals.BudgetSpent,
        refusals.StyleNotOffered,
    ),
)
def post_own_gift(call: Call, shop_id: str, activity_id: str, body: OwnGiftBody) -> OwnGiftView:
    """Give one piece. It is asked of stock; look at the activity's gifts a second later.

    Once it is ready it is a gift that you sent, with its claim link, for 24 hours.
    """
    words = Words(body.to_openid, body.message, body.giver_name)
    grant = give_own(shop_id, activity_id, call.person, words, begin=call.begin, now=call.now, new_id=ids.new_id)
    return own_gift_view(grant)


@app.door("GET", "/v1/shops/{shop_id}/gift-activities/{activity_id}/gifts", STAFF, problems=(NotFound,))
def get_own_gifts(call: Call, shop_id: str, activity_id: str, query: PageQuery) -> Page[OwnGiftView]:
    """What was given of an activity, newest first."""
    return page_of_own_gifts(shop_id, activity_id, query)
