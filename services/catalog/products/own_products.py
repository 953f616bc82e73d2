"""Only what is the shop's may go into its groups and sessions (C7, C10)."""

from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import Protocol, TypeVar

from services.catalog.shops.shop_record import expect_version
from services.catalog.tables import find_products
from services.shared.plumbing.problems import Invalid
from services.shared.plumbing.tables import Begin, Transaction

READ = 100
NAMED = 50


class _Arranged(Protocol):
    """Products of a shop in their merchant's order."""

    @property
    def shop_id(self) -> str: ...

    @property
    def product_ids(self) -> tuple[str, ...]: ...

    @property
    def version(self) -> int: ...


A = TypeVar("A", bound=_Arranged)


def rearrange(
    before: A,
    change: Callable[[A], A],
    save: Callable[[Transaction, A], None],
    *,
    coming: Iterable[str],
    if_match: int | None,
    begin: Begin,
) -> A:
    """What it is after the change, saved; nothing is written when nothing differs.

    Raises VersionConflict, what the change raises, and Invalid when ``coming`` products are not the shop's.
    """
    expect_version(before.version, if_match)
    after = change(before)
    if after is before:
        return before
    require_own(before.shop_id, [one for one in coming if one not in before.product_ids])
    tx = begin()
    save(tx, after)
    tx.commit()
    return after


def require_own(shop_id: str, product_ids: Sequence[str]) -> None:
    """Raise Invalid naming those that are not products of the shop, or are deleted: a batched read each hundred."""
    rest, own = iter(dict.fromkeys(product_ids)), set()
    while part := list(islice(rest, READ)):
        products = [found.product for found in find_products(part)]
        own |= {one.product_id for one in products if one.shop_id == shop_id and one.status != "deleted"}
    strangers = [one for one in product_ids if one not in own]
    if strangers:
        raise Invalid(
            f"The shop has no product {strangers[0]}",
            errors=[{"at": "product_ids", "why": f"{one} is not the shop's"} for one in strangers[:NAMED]],
        )
