"""Find products by words, or go through them by price or by sales (C8).

The work for a page is bounded, whatever the number of products: words cost at most ``MAX_LOOKUPS + MAX_PAGES - 1``
queries of 100 lines and one batch read, an order one query a list and one batch read. A page of a query whose words are
each common and together rare may be short, or empty: while there is a cursor, there may be more.
"""

from collections.abc import Callable, Sequence
from typing import Literal, NamedTuple

from services.catalog.browse import Found, fitting
from services.catalog.categories import tree
from services.catalog.search.posting import (
    BY_PRICE,
    BY_SALES,
    MARKET_BUCKETS,
    in_category,
    in_market,
    in_shop,
    searched,
)
from services.catalog.search.tables import Line, list_merged, list_postings
from services.catalog.search.words import Wanted, wanted
from services.catalog.tables import Stocked, find_products
from services.shared.plumbing import cursors
from services.shared.plumbing.problems import Invalid

Order = Literal["sales", "price", "price_desc"]
LOOK = 100  # lines a query
MAX_PAGES = 3  # of the list that is gone through

Keep = Callable[[Stocked], bool]


class _Window(NamedTuple):
    """Lines in their order; ``list_name`` is the list they are of, ``whole`` says that it has no more."""

    list_name: str
    lines: list[Line]
    whole: bool


def search_products(q: str, shop_id: str | None, category_id: str | None, limit: int, cursor: str | None) -> Found:
    """Products with all words of ``q`` that are for sale: most sold first, then newest.

    Raises Invalid for a query that says too little and for an unknown category, CursorInvalid.
    """
    query, leaves = wanted(q), _leaves(category_id)
    listing = f"search {query.normal_text} shop={shop_id or ''} category={category_id or ''}"
    position = cursors.read(listing, cursor)
    window = _go_on(position["list"], position["after"], shop=bool(shop_id)) if position else _choose(query, shop_id)
    found_lines: list[Line] = []
    last = None
    for _ in range(MAX_PAGES):
        for line in window.lines:
            last = line.place
            if query.finds(line.text) and (not category_id or line.category_id in leaves):
                found_lines.append(line)
            if len(found_lines) == limit:
                break
        if len(found_lines) == limit or window.whole:
            break
        window = _go_on(window.list_name, last, shop=bool(shop_id))
    more = last is not None and not (window.whole and (not window.lines or last == window.lines[-1].place))

    def still_there(found: Stocked) -> bool:
        product = found.product
        here = product.online is not None and (not category_id or product.online.category_id in leaves)
        return product.status == "listed" and here and query.finds(searched(product))

    shown, cut = _shown(found_lines, still_there)
    if cut:
        return Found(shown, cursors.sign(listing, {"list": window.list_name, "after": cut}))
    return Found(shown, cursors.sign(listing, {"list": window.list_name, "after": last}) if more else None)


def _choose(query: Wanted, shop_id: str | None) -> _Window:
    """The first lines of the list that leads to the end with the fewest.

    Best is a list that ends within its first lines, the shorter the better; else the one whose lines lie far apart.
    """
    names = [in_shop(shop_id, token) if shop_id else in_market(token) for token in query.lookups]
    windows = [_go_on(name, None, shop=bool(shop_id)) for name in names]
    ended = [one for one in windows if one.whole]
    return min(ended, key=lambda one: len(one.lines)) if ended else max(windows, key=lambda one: one.lines[-1].place)


def _go_on(list_name: str, after: str | None, *, shop: bool) -> _Window:
    lines = list_postings(list_name, LOOK, after, shop=shop)
    return _Window(list_name, lines, len(lines) < LOOK)


def browse_by(order: Order, shop_id: str | None, category_id: str | None, limit: int, cursor: str | None) -> Found:
    """Products that are for sale in this order. Raises Invalid for an unknown category, CursorInvalid."""
    leaves = _leaves(category_id)
    listing = f"on sale shop={shop_id or ''} category={category_id or ''} {order}"
    after = (cursors.read(listing, cursor) or {"after": None})["after"]
    name = BY_SALES if order == "sales" else BY_PRICE
    if shop_id:
        keys = [in_shop(shop_id, name)]
    elif category_id:
        keys = [in_category(leaf, name) for leaf in leaves]
    else:
        keys = [in_market(f"{name}#{bucket}") for bucket in range(MARKET_BUCKETS)]
    lines = list_merged(keys, limit + 1, after, shop=bool(shop_id), dearest_first=order == "price_desc")

    def still_there(found: Stocked) -> bool:
        product = found.product
        here = product.online is not None and (not category_id or product.online.category_id in leaves)
        return product.status == "listed" and here

    shown, cut = _shown(lines[:limit], still_there)
    last = cut or (lines[limit - 1].place if len(lines) > limit else None)
    return Found(shown, cursors.sign(listing, {"after": last}) if last else None)


def _shown(lines: Sequence[Line], keep: Keep) -> tuple[list[Stocked], str | None]:
    """The products of these lines that fit into one answer, and where that ends early."""
    places: dict[str, str] = {}
    for line in lines:
        places.setdefault(line.product_id, line.place)
    # Lists are late: what is shown is judged by the product itself.
    found = [one for one in find_products(list(places)) if keep(one)]
    count = fitting(found)
    return found[:count], places[found[count - 1].product.product_id] if count < len(found) else None


def _leaves(category_id: str | None) -> Sequence[str]:
    leaves = tree().leaves(category_id or "")
    if category_id and not leaves:
        raise Invalid(f"There is no category {category_id}", errors=[{"at": "category_id", "why": "unknown"}])
    return leaves
