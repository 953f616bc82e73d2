"""Browse a group in its merchant's order (C7, C8)."""

from services.catalog.browse import Found, fitting
from services.catalog.groups.group import Group
from services.catalog.groups.messages import GroupView
from services.catalog.groups.tables import find_group, groups_of
from services.catalog.tables import find_products
from services.shared.plumbing import cursors
from services.shared.plumbing.doors import Page
from services.shared.plumbing.problems import NotFound


def browse_group(shop_id: str, group_id: str, limit: int, cursor: str | None) -> Found:
    """What of the group is for sale: two reads. Raises NotFound, CursorInvalid.

    The cursor goes on after the product it stopped at, wherever that stands now; at its old place when that has left.
    """
    group = find_group(shop_id, group_id)
    if group is None:
        raise NotFound()
    listing = f"group {group_id}"
    position = cursors.read(listing, cursor)
    start = _place(group, position["after"], position["at"]) if position else 0
    part = group.product_ids[start : start + limit]
    found = [one for one in find_products(part) if one.product.status == "listed"]
    count = fitting(found)
    if count < len(found):
        found = found[:count]
        part = part[: part.index(found[-1].product.product_id) + 1]
    end = start + len(part)
    more = cursors.sign(listing, {"after": part[-1], "at": end}) if end < len(group.product_ids) else None
    return Found(found, more)


def _place(group: Group, after: str, at: int) -> int:
    return group.product_ids.index(after) + 1 if after in group.product_ids else at


def groups(shop_id: str, limit: int, cursor: str | None) -> Page[GroupView]:
    """A shop's groups, oldest first: one read. Raises CursorInvalid."""
    listing = f"groups of {shop_id}"
    after = (cursors.read(listing, cursor) or {"after": None})["after"]
    found = groups_of(shop_id, limit + 1, after)
    more = cursors.sign(listing, {"after": found[limit - 1].group_id}) if len(found) > limit else None
    return Page(items=[GroupView.of(one) for one in found[:limit]], next_cursor=more)
