"""Old ids go on to name what they named, for ever: who asks by one is sent to the new one (M2)."""

from collections.abc import Sequence
from typing import get_args

from services.catalog.migrations.messages import FromOldShop, FromSource
from services.catalog.migrations.plan import SEED, Source
from services.catalog.migrations.tables import find_old_shops, into, migrations_of, named_by, old_key
from services.catalog.tables import LinkRow
from services.shared.contracts.migration import OldKind
from services.shared.plumbing.doors import Answer
from services.shared.plumbing.problems import Conflict, NotFound
from services.shared.plumbing.tables import read

MOST_MOVES = 100  # of one shop, by whose old shops an id is looked for


class OldIdAmbiguous(Conflict):
    """``shops``: where something has this id, as ``{source}#{old shop}``."""

    slug, title = "old-id-ambiguous", "Several old shops had this id: say which by source and old_shop_id"


def redirected(collection: str, asked: str, of: FromOldShop) -> Answer:
    """To what an old product id names, or to what a product was merged into: one read.

    ``collection``: the path of the products. Raises NotFound, OldIdAmbiguous.
    """
    return _to(collection, into(asked) if asked.startswith("prd_") else _the_one(_anywhere(asked, of)), "public")


def style_redirected(collection: str, asked: str, of: FromOldShop) -> Answer:
    """To the product that has the style with this old id; which style it is there is in the address, behind ``#``.

    Raises NotFound, OldIdAmbiguous.
    """
    return _to(collection, _the_one(_anywhere(asked, of, "sku")), "public")


def style_redirected_in(shop_id: str, collection: str, asked: str, of: FromOldShop) -> Answer:
    """The same for a shop's own, whatever other shops have under this id: three reads. Raises as the other does."""
    return _to(collection, _the_one(_own(shop_id, asked, of, "sku")), "private")


def group_redirected(shop_id: str, collection: str, asked: str, of: FromOldShop) -> Answer:
    """To the shop's group that an old id names: three reads. Raises NotFound, OldIdAmbiguous."""
    return _to(collection, _the_one(_own(shop_id, asked, of, "group")), "private")


def redirected_in(shop_id: str, collection: str, asked: str, of: FromOldShop) -> Answer:
    """The same for a shop's own, whatever other shops have under this id: three reads. Raises as the other does."""
    return _to(collection, into(asked) if asked.startswith("prd_") else _the_one(_own(shop_id, asked, of)), "private")


def shop_redirected(collection: str, asked: str, of: FromSource) -> Answer:
    """To the front of the shop that took an old one of WeChat's, as the platform has confirmed: one read. Names that
    merchants give their own files lead nobody.

    Raises NotFound, OldIdAmbiguous.
    """
    sources = [of.source] if of.source else list(SEED)
    found = {source: one.shop_id for source, one in find_old_shops(sources, asked).items() if one.confirmed}
    if len(set(found.values())) > 1:
        raise OldIdAmbiguous(shops=[f"{source}#{asked}" for source in found])
    return _to(collection, next((f"{shop_id}/storefront" for shop_id in found.values()), None), "public")


def _to(collection: str, target: str | None, seen_by: str) -> Answer:
    if target is None:
        raise NotFound()
    headers = {"Location": f"{collection}/{target}", "Cache-Control": f"{seen_by}, max-age=600"}
    return Answer(None, 308, headers=headers)


def _the_one(links: Sequence[LinkRow]) -> str | None:
    if len({one.target for one in links}) > 1:
        raise OldIdAmbiguous(shops=[one.sk for one in links])
    return links[0].target if links else None


def _anywhere(old_id: str, of: FromOldShop, kind: OldKind = "product") -> Sequence[LinkRow]:
    if of.old_shop_id is None:
        found = named_by(kind, old_id, f"{of.source}#" if of.source else "", 10)
        # Anybody may call a product of his own by an id of WeChat's: that takes nobody from whose it was there.
        return [one for one in found if one.sk.partition("#")[0] in SEED] or found
    sources: tuple[Source, ...] = (of.source,) if of.source else get_args(Source)
    return _at(kind, old_id, [(source, of.old_shop_id) for source in sources])


def _own(shop_id: str, old_id: str, of: FromOldShop, kind: OldKind = "product") -> Sequence[LinkRow]:
    known = migrations_of(shop_id, MOST_MOVES, None)
    moves = {(one.source, one.old_shop_id) for one in known if one.ownership in ("not_needed", "confirmed")}
    asked = [(source, old) for source, old in moves if of.source in (None, source) and of.old_shop_id in (None, old)]
    return _at(kind, old_id, sorted(asked))


def _at(kind: OldKind, old_id: str, places: Sequence[tuple[str, str]]) -> Sequence[LinkRow]:
    return [link for link in read([old_key(kind, old_id, *place) for place in places]) if link]
