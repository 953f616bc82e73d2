"""A group: products of a shop in their merchant's order; a product may be in many (C7). Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from services.shared.plumbing.problems import Conflict

MAX_PRODUCTS = 500  # so that a group is one item of at most 16 KB
MAX_GROUPS = 200


class GroupFull(Conflict):
    slug, title = "group-full", f"A group takes {MAX_PRODUCTS} products"


class TooManyGroups(Conflict):
    slug, title = "too-many-groups", f"A shop has at most {MAX_GROUPS} groups"


class GroupOnShelf(Conflict):
    slug, title = "group-on-shelf", "A shelf shows this group; take it off the shelf first"


@dataclass(frozen=True)
class Group:
    """A group as it is."""

    group_id: str
    shop_id: str
    title: str
    product_ids: tuple[str, ...]
    created_at: datetime
    updated_at: datetime
    version: int = 1

    def edit(self, title: str | None, product_ids: Sequence[str] | None, now: datetime) -> "Group":
        """With another title, or other products; each stands once. The same group when nothing differs."""
        wanted = self.product_ids if product_ids is None else tuple(dict.fromkeys(product_ids))
        if len(wanted) > MAX_PRODUCTS:
            raise GroupFull()
        named = self.title if title is None else title
        if (named, wanted) == (self.title, self.product_ids):
            return self
        return replace(self, title=named, product_ids=wanted, updated_at=now, version=self.version + 1)

    def put(self, product_ids: Iterable[str], at: int | None, now: datetime) -> "Group":
        """With these products at a place counted from 0, or at the end; those that were in it move there."""
        coming = tuple(dict.fromkeys(product_ids))
        others = [one for one in self.product_ids if one not in coming]
        place = len(others) if at is None else at
        return self.edit(None, [*others[:place], *coming, *others[place:]], now)

    def remove(self, product_id: str, now: datetime) -> "Group":
        """Without this product; the same group when it was not in it."""
        return self.edit(None, [one for one in self.product_ids if one != product_id], now)


def new_group(group_id: str, shop_id: str, title: str, product_ids: Sequence[str], now: datetime) -> Group:
    """A group of these products, each once. Raises GroupFull."""
    return replace(Group(group_id, shop_id, title, (), now, now).edit(None, product_ids, now), version=1)
