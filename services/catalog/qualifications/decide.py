"""The platform's word on a qualification, and what follows from it for the shop (C1, C2)."""

from datetime import datetime

from services.catalog.qualifications.qualification import Decision, Qualification
from services.catalog.qualifications.tables import find_qualification, save_qualification
from services.catalog.shops.licence import Certificate
from services.catalog.shops.shop import Shop
from services.catalog.shops.shop_record import shop_named, write_shop
from services.shared.contracts.catalog import QualificationDecided
from services.shared.plumbing.problems import IllegalTransition, NotFound
from services.shared.plumbing.tables import Begin

MAX_CERTIFICATES = 200


def decide(
    shop_id: str, qualification_id: str, decision: Decision, reason: str, *, begin: Begin, now: datetime
) -> None:
    """Pass it, reject it, or revoke a passed one; in the same act the shop may, or may no longer, sell by it.

    Raises NotFound, IllegalTransition.
    """
    known, shop = find_qualification(shop_id, qualification_id), shop_named(shop_id)
    if known is None:
        raise NotFound()
    decided = known.decide(decision, reason, now)
    if decided is known:
        return
    changed = shop.certified(_certificates(shop, decided, now), now)
    tx = begin()
    save_qualification(tx, decided)
    if changed is not shop:
        write_shop(tx, changed)
    said = QualificationDecided(
        shop_id=shop_id,
        qualification_id=qualification_id,
        kind=known.kind,
        brand=known.brand,
        decision=decision,
        reason=reason,
    )
    tx.emit(said, subject=qualification_id, sequence=decided.version, shop=shop_id)
    tx.commit()


def _certificates(shop: Shop, decided: Qualification, now: datetime) -> list[Certificate]:
    """The shop's with this one or without it; what has expired is no longer carried along."""
    others = [one for one in shop.certificates if one.qualification_id != decided.qualification_id and one.holds(now)]
    if decided.status != "passed":
        return [*others]
    if len(others) == MAX_CERTIFICATES:
        raise IllegalTransition(f"A shop has at most {MAX_CERTIFICATES} qualifications that hold", legal=["reject"])
    return [*others, decided.certificate()]
