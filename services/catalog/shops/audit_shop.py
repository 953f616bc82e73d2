"""A shop's audit: hand it in, and the platform's decision (C1)."""

from datetime import datetime

from services.catalog.shops.shop import Decision, Shop
from services.catalog.shops.shop_record import expect_version, shop_named, write_shop
from services.shared.contracts.catalog import ShopAuditDecided
from services.shared.plumbing.tables import Begin


def submit_shop(shop_id: str, *, begin: Begin, now: datetime) -> Shop:
    """Hand a draft or rejected shop in; one that waits already stays as it is. Raises IllegalTransition."""
    shop = shop_named(shop_id)
    submitted = shop.submit(now)
    if submitted is not shop:
        tx = begin()
        write_shop(tx, submitted)
        tx.commit()
    return submitted


def decide_audit(
    shop_id: str, decision: Decision, reason: str, *, if_match: int | None, begin: Begin, now: datetime
) -> Shop:
    """Pass or reject a submitted shop, as it was seen; the same decision again changes nothing.

    Raises NotFound, IllegalTransition, VersionConflict.
    """
    shop = shop_named(shop_id)
    decided = shop.decide(decision, reason, now)
    if decided is not shop:
        expect_version(shop.version, if_match)
        tx = begin()
        write_shop(tx, decided)
        said = ShopAuditDecided(shop_id=shop_id, name=shop.name, decision=decision, reason=reason)
        tx.emit(said, subject=shop_id, sequence=decided.version, shop=shop_id)
        tx.commit()
    return decided
