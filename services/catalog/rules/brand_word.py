"""Words in shop names that only who may sell a brand may use (C1). Pure."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime

from services.catalog.shown_text import normal_form
from services.shared.plumbing.problems import Conflict


class BrandCertificateNeeded(Conflict):
    """``brands`` says whose."""

    slug, title = "brand-certificate-needed", "A brand's name in a shop's name needs the brand's certificate"


@dataclass(frozen=True)
class BrandWord:
    """A word as people write it, and the brand that it belongs to."""

    word: str
    brand: str


@dataclass(frozen=True)
class BrandWords:
    """All of them, with who last edited them and when."""

    words: tuple[BrandWord, ...] = ()
    version: int = 0
    by: str = ""
    updated_at: datetime | None = None

    def edit(self, words: tuple[BrandWord, ...], by: str, now: datetime) -> "BrandWords":
        """These instead; the same when nothing differs."""
        if words == self.words:
            return self
        return replace(self, words=words, version=self.version + 1, by=by, updated_at=now)

    def check(self, name: str, certified: Collection[str]) -> tuple[str, ...]:
        """The brands whose words are in a shop's name, however it is written.

        ``certified``: the brands whose certificate the shop has. Raises BrandCertificateNeeded for any other one.
        """
        shown, own = normal_form(name), {normal_form(brand) for brand in certified}
        found = sorted({one.brand for one in self.words if normal_form(one.word) in shown})
        lacking = [brand for brand in found if normal_form(brand) not in own]
        if lacking:
            detail = (
                f"The name holds the name of {', '.join(lacking)}: hand in that brand's certificate as a "
                "qualification, and take this name once it is passed"
            )
            raise BrandCertificateNeeded(detail, brands=lacking)
        return tuple(found)
