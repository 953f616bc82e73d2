"""Say which words in shop names belong to brands (C1)."""

from datetime import datetime

from services.catalog.rules.brand_word import BrandWord
from services.catalog.rules.tables import brand_words, save_brand_words
from services.catalog.shops.shop_record import expect_version
from services.shared.plumbing.tables import Begin


def edit_brand_words(
    words: tuple[BrandWord, ...], by: str, *, if_match: int | None, begin: Begin, now: datetime
) -> None:
    """These from now on; names that shops already have stay. The same again writes nothing. Raises VersionConflict."""
    known = brand_words()
    expect_version(known.version, if_match)
    edited = known.edit(words, by, now)
    if edited is not known:
        tx = begin()
        save_brand_words(tx, edited)
        tx.commit()
