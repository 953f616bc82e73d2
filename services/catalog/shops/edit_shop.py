"""Edit a shop's own fields (C1)."""

from datetime import datetime

from services.catalog.messages import Contact, ContactView, EditShop
from services.catalog.rules.tables import brand_words
from services.catalog.shops.contact import contact_of, seal
from services.catalog.shops.licence import brands_at
from services.catalog.shops.shop import NameTaken, Shop
from services.catalog.shops.shop_record import expect_version, shop_named, write_shop
from services.catalog.shown_text import normal_form
from services.catalog.tables import free_name, name_owner, take_name
from services.shared.plumbing.tables import Begin, Transaction


def edit_shop(shop_id: str, edit: EditShop, *, if_match: int | None, begin: Begin, now: datetime) -> None:
    """Change the given fields; nothing is written when none differs.

    Raises VersionConflict, NameTaken, BrandCertificateNeeded, and IllegalTransition for a closed shop.
    """
    shop = shop_named(shop_id)
    expect_version(shop.version, if_match)
    changes = edit.model_dump(exclude_none=True, exclude={"contact"})
    if edit.contact and not _is(contact_of(shop), edit.contact):
        changes["contact"] = seal(shop.owner, edit.contact)
    if edit.name and normal_form(edit.name) != normal_form(shop.name):
        changes["brands"] = brand_words().check(edit.name, certified=brands_at(shop.certificates, now))
    edited = shop.edit(now, **changes)
    if edited is not shop:
        tx = begin()
        _rename(tx, shop, edited)
        write_shop(tx, edited)
        tx.commit()


def _is(known: ContactView | None, given: Contact) -> bool:
    # Sealing the same words again gives other ciphertext, which would look like a change.
    return known is not None and known.model_dump() == given.model_dump()


def _rename(tx: Transaction, before: Shop, after: Shop) -> None:
    old, new = normal_form(before.name), normal_form(after.name)
    if old != new:
        if name_owner(new):
            raise NameTaken()
        take_name(tx, new, after.shop_id)
        free_name(tx, old)
