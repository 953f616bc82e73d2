"""Look at a shop when time or the platform's rules may have changed what it may sell (C2, C3, C4)."""

from datetime import datetime

from services.catalog.categories import tree
from services.catalog.deposits.ask_refund import refund_closed
from services.catalog.review.jobs import REVIEW
from services.catalog.review.tables import due_shops
from services.catalog.shops.shop import Shop
from services.catalog.shops.shop_record import shop_named, write_shop
from services.catalog.sweep_each import sweep_each
from services.catalog.tables import STORE
from services.shared.contracts.catalog import LicenceExpiring
from services.shared.plumbing import jobs
from services.shared.plumbing.tables import Begin, Transaction


def sweep_shops(begin: Begin, now: datetime) -> int:
    """Review the shops whose time has come; returns how many were."""
    return sweep_each(
        due_shops(now), lambda one: review_shop(one, begin=begin, now=now), "shop_not_reviewed", "shop_id"
    )


def review_shop(shop_id: str, *, begin: Begin, now: datetime, walk: str | None = None) -> None:
    """Write what has changed, tell of licences that will end, start the job over the products where it matters; send
    back the deposit of a shop that was closed long enough ago.

    ``walk``: the id of such a job that is wanted in any case; it is started once.
    """
    shop = shop_named(shop_id)
    reviewed = shop.reviewed(tree(), now)
    tx = begin()
    if shop.refunds_itself(now):
        refund_closed(tx, shop)
        tx.commit()
        return
    if reviewed is not shop:
        _tell(tx, shop, reviewed)
        settled = write_shop(tx, reviewed)
        walk = None if settled.tells_products(shop) else walk
    if walk and jobs.job_of(STORE, walk) is None:
        jobs.start(tx, walk, REVIEW, {"shop_id": shop_id})
    elif reviewed is shop:
        return
    tx.commit()


def _tell(tx: Transaction, before: Shop, after: Shop) -> None:
    warned = {one.qualification_id for one in before.certificates if one.warned}
    for one in after.certificates:
        if one.warned and one.qualification_id not in warned and one.expires_on:
            said = LicenceExpiring(
                shop_id=after.shop_id,
                qualification_id=one.qualification_id,
                kind=one.kind,
                brand=one.brand,
                expires_on=one.expires_on,
            )
            tx.emit(said, subject=one.qualification_id, sequence=after.version, shop=after.shop_id)
