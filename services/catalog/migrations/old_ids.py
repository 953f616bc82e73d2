"""Old ids go on to name what they named, for ever: who asks by one is sent to the new one (M2)."""

from services.catalog.migrations.messages import FromOldShop
from services.catalog.migrations.tables import into, named_by
from services.shared.plumbing.doors import Answer
from services.shared.plumbing.problems import Conflict, NotFound


class OldIdAmbiguous(Conflict):
    """``shops``: where something has this id, as ``{source}#{old shop}``."""

    slug, title = "old-id-ambiguous", "Several old shops had this id: say which by source and old_shop_id"


def redirected(collection: str, asked: str, of: FromOldShop) -> Answer:
    """To what an old product id names, or to what a product was merged into: one read.

    ``collection``: the path of the products. Raises NotFound, OldIdAmbiguous.
    """
    target = into(asked) if asked.startswith("prd_") else _named(asked, of)
    if target is None:
        raise NotFound()
    return Answer(None, 308, headers={"Location": f"{collection}/{target}", "Cache-Control": "public, max-age=600"})


def _named(old_id: str, of: FromOldShop) -> str | None:
    prefix = f"{of.source}#{of.old_shop_id or ''}" if of.source else ""
    links = [
        one for one in named_by("product", old_id, prefix, 10) if of.old_shop_id in (None, one.sk.partition("#")[2])
    ]
    if len({one.target for one in links}) > 1:
        raise OldIdAmbiguous(shops=[one.sk for one in links])
    return links[0].target if links else None
