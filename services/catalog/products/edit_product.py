"""Edit a product: what buyers see changes when the edit passes its audit (C5)."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from services.catalog.categories import rules_of
from services.catalog.products.product import Decision, Product, Style, styled
from services.catalog.products.product_record import product_in, write_product
from services.catalog.products.take_images import images_of, take_images
from services.catalog.shops.shop_record import expect_version, shop_named
from services.shared.plumbing.ids import NewId
from services.shared.plumbing.tables import Begin


def edit_product(
    shop_id: str,
    product_id: str,
    texts: Mapping[str, Any],
    styles: Sequence[Style] | None,
    person: str,
    *,
    if_match: int | None,
    begin: Begin,
    now: datetime,
) -> None:
    """Change these fields of its copy, and all its styles when given. An edit that changes nothing writes nothing.
    New images may be uploads of the ``person``.

    Raises VersionConflict, Invalid, IllegalTransition; ShopCannotSell or DepositShort for another category on sale.
    """
    product, shop = product_in(shop_id, product_id), shop_named(shop_id)
    expect_version(product.version, if_match)
    tx = begin()
    edited = rewritten(product, texts, styles, now, tx.new_id, auto_pass=shop.auto_pass)
    if edited is not product:
        take_images(tx, shop_id, person, edited.latest.images, images_of(product))
        write_product(tx, shop, product, edited)
        tx.commit()


def decide_draft(
    shop_id: str,
    product_id: str,
    decision: Decision,
    reason: str,
    *,
    if_match: int | None,
    begin: Begin,
    now: datetime,
) -> None:
    """The platform's word on a draft, as it was seen: it becomes the online copy, or stays with the reason.

    Raises IllegalTransition when no draft is under audit, VersionConflict when its merchant has written another one;
    ShopCannotSell or DepositShort for another category on sale.
    """
    product = product_in(shop_id, product_id)
    expect_version(product.version, if_match)
    decided = product.decide(decision, reason, now)
    tx = begin()
    write_product(tx, shop_named(shop_id), product, decided)
    tx.commit()


def rewritten(
    product: Product,
    texts: Mapping[str, Any],
    styles: Sequence[Style] | None,
    now: datetime,
    new_id: NewId,
    *,
    auto_pass: bool,
) -> Product:
    """The product with this edit, checked by its category's rules; the same one when nothing differs."""
    latest = product.latest
    changes = dict(texts)
    if styles is not None:
        changes["skus"] = styled(styles, latest.skus, new_id, settled=product.offered_once)
    copy = replace(latest, **changes)
    if copy == latest:
        return product
    copy.check(rules_of(copy.category_id, now))
    return product.edit(copy, now, auto_pass=auto_pass)
