"""What comes in and goes out over HTTP: categories as the platform sees them, and brand words."""

from datetime import datetime
from typing import Annotated, Self

from pydantic import Field

from services.catalog.category import Category, Kind, Licence, Rules
from services.catalog.messages import CategoryView, NameView
from services.catalog.products.product import MAX_IMAGES
from services.catalog.rules.brand_word import BrandWord, BrandWords
from services.catalog.rules.tables import Edit
from services.shared.plumbing.doors import Body, Instant, View

Name = Annotated[str, Field(min_length=1, max_length=60)]


class CategoryName(Body):
    zh: Name
    en: Name


class EditCategory(Body):
    """All rules of the category from ``since`` on; a name that is left out stays."""

    since: Instant | None = Field(
        default=None, description="When they begin; now without it. What was planned from then on is dropped"
    )
    name: CategoryName | None = None
    parent_id: str | None = Field(default=None, max_length=64, description="Of a new category: its branch")
    deposit_fen: int = Field(ge=0, le=100_000_000)
    fee_bp: int = Field(ge=0, le=10_000, description="Fee in basis points of what is paid")
    giftable: bool
    kinds: list[Kind] = Field(min_length=1, max_length=3)
    seven_day_return: bool
    licences: list[Licence] = Field(max_length=5)
    min_images: int = Field(ge=0, le=MAX_IMAGES)

    def rules(self, since: datetime) -> Rules:
        """As they hold from this moment on."""
        return Rules(
            since=since,
            deposit_fen=self.deposit_fen,
            fee_bp=self.fee_bp,
            giftable=self.giftable,
            kinds=tuple(dict.fromkeys(self.kinds)),
            seven_day_return=self.seven_day_return,
            licences=tuple(dict.fromkeys(self.licences)),
            min_images=self.min_images,
        )


class RulesView(View):
    """What holds in a category from ``since`` on."""

    since: datetime
    deposit_fen: int
    fee_bp: int
    giftable: bool
    kinds: list[Kind]
    seven_day_return: bool
    licences: list[Licence]
    min_images: int

    @classmethod
    def of(cls, rules: Rules) -> Self:
        fields = {name: getattr(rules, name) for name in RulesView.model_fields}
        return cls.model_validate(fields)


class CategoryRulesView(CategoryView):
    """A category with the rules in force, and those that will come."""

    planned: list[RulesView] = Field(description="They take effect by themselves, each at its since")
    version: int

    @classmethod
    def of(cls, category: Category, now: datetime) -> Self:
        shown = CategoryView.of(category, now).model_dump()
        planned = [RulesView.of(one) for one in category.planned(now)]
        return cls(**shown, planned=planned, version=category.version)


class CategoryEditView(View):
    """One edit: the rules it brought, and who made it when. The first is what the system shipped with."""

    category_id: str
    name: NameView
    rules: RulesView
    by: str
    at: datetime
    version: int

    @classmethod
    def of(cls, edit: Edit) -> Self:
        one = edit.category
        return cls(
            category_id=one.category_id,
            name=NameView(zh=one.name_zh, en=one.name_en),
            rules=RulesView.of(one.rules[-1]),
            by=edit.by,
            at=edit.at,
            version=one.version,
        )


class BrandWordBody(Body):
    word: Annotated[str, Field(min_length=2, max_length=60)] = Field(description="As people write it, in any spelling")
    brand: Name = Field(description="The brand that a certificate has to name")


class PutBrandWords(Body):
    words: list[BrandWordBody] = Field(max_length=2_000, description="All of them")

    def all(self) -> tuple[BrandWord, ...]:
        return tuple(BrandWord(one.word, one.brand) for one in self.words)


class BrandWordView(View):
    word: str
    brand: str


class BrandWordsView(View):
    words: list[BrandWordView]
    by: str
    updated_at: datetime | None
    version: int

    @classmethod
    def of(cls, found: BrandWords) -> Self:
        words = [BrandWordView(word=one.word, brand=one.brand) for one in found.words]
        return cls(words=words, by=found.by, updated_at=found.updated_at, version=found.version)
