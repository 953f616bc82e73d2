"""Open a shop: one call makes a usable one (C1)."""

from datetime import datetime

from services.catalog.applications.application import require_human
from services.catalog.messages import OpenShop
from services.catalog.rules.tables import brand_words
from services.catalog.shops.shop import NameTaken, Shop, new_shop
from services.catalog.shops.shop_record import write_shop
from services.catalog.shops.template import TEMPLATES
from services.catalog.shown_text import normal_form
from services.catalog.tables import add_persons_shop, name_owner, take_name
from services.shared.contracts.catalog import ShopOpened
from services.shared.plumbing.ids import NewId
from services.shared.plumbing.memberships import grant
from services.shared.plumbing.tables import Begin, Transaction


def open_shop(asked: OpenShop, owner: str, contact: str, *, begin: Begin, now: datetime, new_id: NewId) -> str:
    """Open the shop for ``owner`` and, where asked, hand it in for its audit at once; returns its id.

    ``contact`` is the sealed one. Raises SubjectNotEligible, NameTaken, BrandCertificateNeeded.
    """
    require_human(owner)
    brand_words().check(asked.name, certified=())
    shop = new_shop(
        shop_id=new_id("shp"),
        owner=owner,
        name=asked.name,
        subject_type=asked.subject_type,
        contact=contact,
        template=TEMPLATES[asked.template],
        submit=asked.submit,
        now=now,
    )
    tx = begin()
    add_shop(tx, shop)
    tx.commit({"shop_id": shop.shop_id})
    return shop.shop_id


def add_shop(tx: Transaction, shop: Shop) -> None:
    """A new shop with its name and its owner, in the caller's transaction. Raises NameTaken."""
    # Two that open the same name at once: both may find it free, one transaction reserves it, the other is refused,
    # runs again and finds it taken.
    if name_owner(normal_form(shop.name)):
        raise NameTaken()
    take_name(tx, normal_form(shop.name), shop.shop_id)
    write_shop(tx, shop)
    add_persons_shop(tx, shop.owner, shop.shop_id)
    grant(tx, shop.shop_id, shop.owner, "owner", 1)
    opened = ShopOpened(shop_id=shop.shop_id, name=shop.name, owner=shop.owner)
    tx.emit(opened, subject=shop.shop_id, sequence=shop.version, shop=shop.shop_id)
