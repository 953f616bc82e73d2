"""Doors to a shop's groups and shelves (C7)."""

from collections.abc import Mapping

from services.catalog import messages as m
from services.catalog.arrange_shelves import arrange_shelves, shelves_of
from services.catalog.groups import messages as g
from services.catalog.groups.browse_group import groups
from services.catalog.groups.edit_group import edit_group, group_in, make_group, remove_group
from services.catalog.groups.group import GroupFull, GroupOnShelf, TooManyGroups
from services.catalog.migrations.messages import FromOldShop
from services.catalog.migrations.old_ids import OldIdAmbiguous, group_redirected
from services.catalog.service import EDITORS, STAFF, app
from services.shared.plumbing import ids
from services.shared.plumbing import problems as p
from services.shared.plumbing.doors import Answer, Call, Page

GROUPS = "/v1/shops/{shop_id}/groups"
GROUP = GROUPS + "/{group_id}"
SHELVES = "/v1/shops/{shop_id}/shelves"


def _group_again(_: Call, stored: Mapping[str, str]) -> g.GroupView:
    return g.GroupView.of(group_in(stored["shop_id"], stored["group_id"]))


@app.door("POST", GROUPS, EDITORS, status=201, again=_group_again, problems=(TooManyGroups,))
def post_group(call: Call, shop_id: str, body: g.MakeGroup) -> g.GroupView:
    """Make a group of products, in this order; a product may be in many groups."""
    group_id = make_group(shop_id, body.title, body.product_ids, begin=call.begin, now=call.now, new_id=ids.new_id)
    return g.GroupView.of(group_in(shop_id, group_id))


@app.door("GET", GROUPS, STAFF, problems=(p.CursorInvalid,))
def get_groups(_: Call, shop_id: str, query: m.PageOf) -> Page[g.GroupView]:
    """The shop's groups, oldest first."""
    return groups(shop_id, query.limit, query.cursor)


@app.door("GET", GROUP, STAFF, problems=(OldIdAmbiguous,))
def get_group(_: Call, shop_id: str, group_id: str, query: FromOldShop) -> g.GroupView | Answer:
    """A group with its products. By the id that it had in an old shop: 308 to where it is now (M2)."""
    try:
        return g.GroupView.of(group_in(shop_id, group_id))
    except p.NotFound:
        return group_redirected(shop_id, f"/{app.service}/v1/shops/{shop_id}/groups", group_id, query)


@app.door("PATCH", GROUP, EDITORS, problems=(p.VersionConflict, GroupFull))
def patch_group(call: Call, shop_id: str, group_id: str, body: g.EditGroup) -> g.GroupView:
    """Rename a group, or say which products it has in which order. Send If-Match to be told of a change in between."""
    edited = edit_group(
        shop_id,
        group_id,
        lambda group: group.edit(body.title, body.product_ids, call.now),
        coming=body.product_ids or (),
        if_match=call.if_match,
        begin=call.begin,
    )
    return g.GroupView.of(edited)


@app.door("DELETE", GROUP, EDITORS, status=204, problems=(GroupOnShelf,))
def delete_group(call: Call, shop_id: str, group_id: str) -> None:
    """Drop a group; its products stay."""
    remove_group(shop_id, group_id, begin=call.begin)


@app.door("PUT", GROUP + "/products", EDITORS, problems=(GroupFull,))
def put_group_products(call: Call, shop_id: str, group_id: str, body: g.PutProducts) -> g.GroupView:
    """Put up to 100 products into a group at a place, or move them there. May be repeated."""
    edited = edit_group(
        shop_id,
        group_id,
        lambda group: group.put(body.product_ids, body.at, call.now),
        coming=body.product_ids,
        begin=call.begin,
    )
    return g.GroupView.of(edited)


@app.door("DELETE", GROUP + "/products/{product_id}", EDITORS, status=204)
def delete_group_product(call: Call, shop_id: str, group_id: str, product_id: str) -> None:
    """Take a product out of a group. May be repeated."""
    edit_group(shop_id, group_id, lambda group: group.remove(product_id, call.now), begin=call.begin)


@app.door("GET", SHELVES, STAFF)
def get_shelves(_: Call, shop_id: str) -> m.ShelvesView:
    """How the shop's page is arranged."""
    return shelves_of(shop_id)


@app.door("PUT", SHELVES, EDITORS, problems=(p.VersionConflict, p.IllegalTransition))
def put_shelves(call: Call, shop_id: str, body: m.ArrangeShelves) -> m.ShelvesView:
    """Arrange the shop's page: its shelves from top to bottom, and what fills each."""
    arrange_shelves(shop_id, body, if_match=call.if_match, begin=call.begin, now=call.now)
    return shelves_of(shop_id)
