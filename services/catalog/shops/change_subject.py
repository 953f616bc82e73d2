"""Make a private person's shop a business's (C1)."""

from datetime import datetime

from services.catalog.shops.shop import Subject
from services.catalog.shops.shop_record import shop_named, write_shop
from services.shared.plumbing.tables import Begin


def change_subject(shop_id: str, subject_type: Subject, *, begin: Begin, now: datetime) -> None:
    """The same shop under its own id, handed in for its audit. Such shops come by migration only. May be repeated.

    Raises IllegalTransition for a business's shop, SubjectNotEligible for a private person again.
    """
    shop = shop_named(shop_id)
    changed = shop.change_subject(subject_type, now)
    if changed is not shop:
        tx = begin()
        write_shop(tx, changed)
        tx.commit()
