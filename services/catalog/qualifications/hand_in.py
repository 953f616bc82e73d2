"""Hand in a qualification (C2)."""

from datetime import datetime

from services.catalog.qualifications.messages import HandIn
from services.catalog.qualifications.qualification import Qualification
from services.catalog.qualifications.tables import save_qualification
from services.catalog.shops.shop import CLOSED
from services.catalog.shops.shop_record import shop_named
from services.catalog.tables import STORE
from services.shared.plumbing import files
from services.shared.plumbing.ids import NewId
from services.shared.plumbing.problems import IllegalTransition, Invalid
from services.shared.plumbing.tables import Begin


def hand_in(shop_id: str, asked: HandIn, by: str, *, begin: Begin, now: datetime, new_id: NewId) -> str:
    """Keep it for the platform to look at; returns its id.

    Raises Invalid for one that has expired, UploadMissing and NotFound for its document, IllegalTransition for a closed
    shop.
    """
    if shop_named(shop_id).status in CLOSED:
        raise IllegalTransition("The shop is closed", legal=[])
    one = new_qualification(shop_id, asked, by, now, new_id("qua"))
    tx = begin()
    save_qualification(tx, one)
    tx.commit({"shop_id": shop_id, "qualification_id": one.qualification_id})
    return one.qualification_id


def new_qualification(shop_id: str, asked: HandIn, by: str, now: datetime, qualification_id: str) -> Qualification:
    """One to be looked at, with its document. Raises Invalid for one that has expired, UploadMissing and NotFound."""
    one = Qualification(
        qualification_id=qualification_id,
        shop_id=shop_id,
        kind=asked.kind,
        number=asked.number,
        document=asked.upload_id,
        created_at=now,
        updated_at=now,
        brand=asked.brand,
        expires_on=asked.expires_on,
    )
    if one.over(now):
        raise Invalid("expires_on: it has expired", errors=[{"at": "expires_on", "why": "past"}])
    files.uploaded(STORE, asked.upload_id, by, "qualification")
    return one
