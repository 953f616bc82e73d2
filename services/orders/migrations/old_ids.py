"""Ids of old shops lead to what their things have become, for ever (M2).

Every read of an order passes here, and few follow an old id: what they need is loaded then.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Literal

from services.orders.migrations.messages import OriginView
from services.orders.shops_order import order_in
from services.orders.tables import VAULT, find_orders
from services.shared.plumbing.doors import Answer
from services.shared.plumbing.problems import NotFound
from services.shared.plumbing.vault import Erased

PREFIX: Mapping[str, str] = {"order": "ord_", "aftersale": "afs_"}


def new_place(kind: Literal["order", "aftersale"], old_id: str, person: str) -> Answer | None:
    """308 to the caller's own thing that had this id in an old shop; None for an id of ours, and where there is none.

    Shops of different systems may have numbered alike: nobody is led to another's.
    """
    if old_id.startswith(PREFIX[kind]):
        return None  # the usual case costs no read
    for one in _found(kind, old_id):
        if person in (one[1], one[2]):
            return _at(f"{kind}s/{one[0]}")
    return None


def new_place_in(shop_id: str, kind: Literal["order", "aftersale"], old_id: str) -> Answer | None:
    """The same for a shop's own thing."""
    if old_id.startswith(PREFIX[kind]):
        return None
    for one in _found(kind, old_id):
        if one[3] == shop_id:
            return _at(f"shops/{shop_id}/{kind}s/{one[0]}")
    return None


def origin_of(shop_id: str, order_id: str) -> OriginView:
    """Where an order of the shop was placed, and what we had no place for: for those who may have its address. As that
    is not shown of an order that nobody has paid, nothing is that somebody wrote there.

    Raises NotFound for one placed here.
    """
    from services.orders.migrations.tables import kept_aside

    order = order_in(shop_id, order_id)
    if order.origin is None:
        raise NotFound()
    origin = order.origin
    aside = _opened(kept_aside(origin.old_id, order_id))
    return OriginView(
        source=origin.source,
        old_shop_id=origin.old_shop_id,
        old_id=origin.old_id,
        migration_id=origin.migration_id,
        file=origin.file,
        line=origin.line,
        aside=aside if order.paid_at_all else _unread(aside),
    )


def _opened(sealed: tuple[str, str] | None) -> dict[str, Any]:
    if sealed is None:
        return {}
    try:
        found = json.loads(VAULT.open(*sealed))
    except Erased:
        return {}
    # A text that was cut inside an emoji ends in half a character, which no answer can hold.
    return dict(json.loads(json.dumps(found, ensure_ascii=False).encode(errors="replace")))


def _unread(said: Any) -> Any:
    """The same with stars for every text."""
    if isinstance(said, Mapping):
        return {name: _unread(inner) for name, inner in said.items()}
    if isinstance(said, list):
        return [_unread(inner) for inner in said]
    return "***" if isinstance(said, str) else said


def _found(kind: str, old_id: str) -> Iterator[tuple[str, str, str, str]]:
    """(id, who bought, who keeps, whose shop) of the things that had this id."""
    from services.orders.aftersale.tables import find_aftersales
    from services.orders.migrations.tables import new_ids_of

    for ids in new_ids_of(old_id, kind):
        if kind == "order":
            yield from ((one.order_id, one.buyer, one.keeper, one.shop_id) for one in (find_orders(ids) if ids else []))
        else:
            yield from ((one.aftersale_id, one.payer, one.applicant, one.shop_id) for one in find_aftersales(ids))


def _at(path: str) -> Answer:
    return Answer(None, 308, headers={"Location": f"/orders/v1/{path}", "Cache-Control": "private, max-age=86400"})
