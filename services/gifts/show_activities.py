"""What a merchant sees of own gifts: activities, and what was given of each (G8)."""

from services.gifts.activity import Activity, Grant
from services.gifts.messages import ActivityView, OwnGiftView, PageQuery
from services.gifts.tables import activities_of, find_activity, find_grant, find_grants, grants_of
from services.shared.plumbing import cursors
from services.shared.plumbing.doors import Page
from services.shared.plumbing.ids import derived_id
from services.shared.plumbing.problems import NotFound


def show_activity(shop_id: str, activity_id: str) -> ActivityView:
    """One of the shop's. Raises NotFound."""
    return _view(_found(shop_id, activity_id))


def page_of_activities(shop_id: str, query: PageQuery) -> Page[ActivityView]:
    """The shop's, newest first."""
    listing = f"activities of {shop_id}"
    at = cursors.read(listing, query.cursor) or {"after": None}
    activities, after = activities_of(shop_id, query.limit, at["after"])
    cursor = cursors.sign(listing, {"after": after}) if after else None
    return Page(items=[_view(one) for one in activities], next_cursor=cursor)


def page_of_own_gifts(shop_id: str, activity_id: str, query: PageQuery) -> Page[OwnGiftView]:
    """What was given of an activity, newest first. Raises NotFound."""
    _found(shop_id, activity_id)
    listing = f"gifts of {activity_id}"
    at = cursors.read(listing, query.cursor) or {"after": None}
    ids, after = grants_of(activity_id, query.limit, at["after"])
    cursor = cursors.sign(listing, {"after": after}) if after else None
    return Page(items=[own_gift_view(one) for one in find_grants(ids)], next_cursor=cursor)


def show_own_gift(grant_id: str) -> OwnGiftView:
    """A piece that was given. Raises NotFound."""
    grant = find_grant(grant_id)
    if grant is None:
        raise NotFound()
    return own_gift_view(grant)


def own_gift_view(grant: Grant) -> OwnGiftView:
    """The grant, with the gift that it became."""
    return OwnGiftView(
        grant_id=grant.grant_id,
        activity_id=grant.activity_id,
        status=grant.status,
        refusal=grant.refusal,
        gift_id=derived_id("gft", grant.grant_id) if grant.status == "ready" else None,
        created_at=grant.created_at,
    )


def _found(shop_id: str, activity_id: str) -> Activity:
    activity = find_activity(shop_id, activity_id)
    if activity is None:
        raise NotFound()
    return activity


def _view(one: Activity) -> ActivityView:
    return ActivityView(
        activity_id=one.activity_id,
        shop_id=one.shop_id,
        name=one.name,
        product_id=one.product_id,
        sku_id=one.sku_id,
        pool=one.pool,
        given=one.given,
        budget_fen=one.budget_fen,
        spent_fen=one.spent_fen,
        ends_at=one.ends_at,
        created_at=one.created_at,
    )
