"""Make links, and show where they lead (C9)."""

from datetime import datetime

from services.catalog.products.product_record import giftable, product_in
from services.catalog.sources.link import Link
from services.catalog.sources.messages import LinkView, MakeLink, OwnLinkView, QrView, facts_of
from services.catalog.sources.tables import find_link, links_of, save_link
from services.shared.plumbing import cursors
from services.shared.plumbing.doors import Page
from services.shared.plumbing.ids import NewId
from services.shared.plumbing.problems import Invalid, NotFound
from services.shared.plumbing.qr import qr_of
from services.shared.plumbing.settings import Setting
from services.shared.plumbing.tables import Begin


class Settings:
    public_url = Setting[str]("XIAODIAN_PUBLIC_URL")
    # The page of the merchant's or the platform's site that opens shops and products for buyers.
    h5_url = Setting[str]("XIAODIAN_H5_URL", default="")


def make_link(shop_id: str, asked: MakeLink, *, begin: Begin, now: datetime, new_id: NewId) -> str:
    """A link to the shop, to one of its products, or to giving that; returns its id.

    Raises NotFound for another shop's product, Invalid for a gift that none can be.
    """
    if asked.product_id:
        product = product_in(shop_id, asked.product_id)
        if asked.gift and not giftable(product.latest, now):
            raise Invalid("gift: this product is no gift", errors=[{"at": "gift", "why": "no gift"}])
    link = Link(new_id("lnk"), shop_id, asked.product_id, asked.channel, asked.label, now, asked.gift)
    tx = begin()
    save_link(tx, link)
    tx.commit({"link_id": link.link_id})
    return link.link_id


def own_link(link_id: str) -> OwnLinkView:
    """A link as its merchant sees it. Raises NotFound."""
    return _own(_link(link_id))


def own_links(shop_id: str, limit: int, cursor: str | None) -> Page[OwnLinkView]:
    """The shop's links, newest first: two reads. Raises CursorInvalid."""
    listing = f"links of {shop_id}"
    before = (cursors.read(listing, cursor) or {"before": None})["before"]
    found = links_of(shop_id, limit + 1, before)
    more = cursors.sign(listing, {"before": found[limit - 1].link_id}) if len(found) > limit else None
    return Page(items=[_own(one) for one in found[:limit]], next_cursor=more)


def link_shown(link_id: str) -> LinkView:
    """Where a link leads: one read. Raises NotFound."""
    link = _link(link_id)
    return LinkView.model_validate(facts_of(link, _url(link), _qr_url(link)), extra="ignore")


def qr_shown(link_id: str) -> QrView:
    """The QR code of a link. Raises NotFound."""
    link = _link(link_id)
    code = qr_of(_url(link))
    return QrView(url=_url(link), svg=code.svg, png=code.png, width=code.width)


def _own(link: Link) -> OwnLinkView:
    return OwnLinkView.model_validate(facts_of(link, _url(link), _qr_url(link)))


def _link(link_id: str) -> Link:
    link = find_link(link_id)
    if link is None:
        raise NotFound()
    return link


def _url(link: Link) -> str:
    return link.url(Settings.h5_url or f"{Settings.public_url}/catalog/v1/links/{link.link_id}")


def _qr_url(link: Link) -> str:
    return f"{Settings.public_url}/catalog/v1/links/{link.link_id}/qr"
