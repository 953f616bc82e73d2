"""What comes in and goes out over HTTP: freight templates (O13)."""

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from services.orders.freight.freight import Book, FreeFrom, Rate, RegionRate, Template, Terms
from services.shared.plumbing.doors import Body, View

MAX_REGIONS = 200  # a template's: every order of the shop reads all of its templates
Fen = Annotated[int, Field(ge=0, le=1_000_000_000)]
Units = Annotated[int, Field(ge=1, le=10_000_000, description="Pieces, or grams when it goes by weight")]
Region = Annotated[str, Field(min_length=1, max_length=20, description="A province or a city, as addresses write it")]
Regions = Annotated[list[Region], Field(min_length=1, max_length=100)]


class RateBody(Body):
    """``first_fen`` for the first ``first`` units, ``more_fen`` for every ``more`` units begun after them."""

    first: Units = 1
    first_fen: Fen
    more: Units = 1
    more_fen: Fen

    @property
    def rate(self) -> Rate:
        return Rate(self.first, self.first_fen, self.more, self.more_fen)


class RegionRateBody(RateBody):
    """The rate of these provinces and cities. A city's comes before its province's."""

    regions: Regions


class FreeBody(Body):
    """Free from so much money and from so many pieces (both, where both are given) of the template's own goods."""

    from_fen: int | None = Field(default=None, ge=1, le=1_000_000_000_000)
    from_pieces: int | None = Field(default=None, ge=1, le=1_000_000)
    regions: list[Region] = Field(default=[], max_length=100, description="Where; none: everywhere")

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.from_fen is None and self.from_pieces is None:
            raise ValueError("give from_fen or from_pieces; where all is free, let the rate be 0")
        return self


class TemplateBody(Body):
    """A freight template. An edit gives all of it."""

    name: str = Field(min_length=1, max_length=50, pattern=r"^[^\x00-\x1f\x7f]+$")
    charge_by: Literal["piece", "weight"] = "piece"
    default_rate: RateBody = Field(description="Where no rate of its own is given; also what a gift's giver pays")
    rates: list[RegionRateBody] = Field(default=[], max_length=50)
    free: list[FreeBody] = Field(default=[], max_length=20)
    not_served: list[Region] = Field(default=[], max_length=100, description="Provinces and cities it is not sent to")
    is_default: bool | None = Field(
        default=None, description="Whether products without a template go by it; left out, it stays as it is"
    )

    @model_validator(mode="after")
    def _one_rate_a_region(self) -> Self:
        regions = [region for one in self.rates for region in one.regions]
        if twice := sorted({one for one in regions if regions.count(one) > 1}):
            raise ValueError(f"{twice[0]} has two rates")
        everywhere = len(regions) + sum(len(one.regions) for one in self.free) + len(self.not_served)
        if everywhere > MAX_REGIONS:
            raise ValueError(f"at most {MAX_REGIONS} regions in all")
        return self

    @property
    def terms(self) -> Terms:
        return Terms(
            name=self.name,
            charge_by=self.charge_by,
            default_rate=self.default_rate.rate,
            rates=tuple(RegionRate(tuple(one.regions), one.rate) for one in self.rates),
            free=tuple(FreeFrom(one.from_fen, one.from_pieces, tuple(one.regions)) for one in self.free),
            not_served=tuple(self.not_served),
        )


class RateView(View):
    first: int
    first_fen: int
    more: int
    more_fen: int


class RegionRateView(RateView):
    regions: list[str]


class FreeView(View):
    from_fen: int | None
    from_pieces: int | None
    regions: list[str]


class TemplateView(View):
    template_id: str
    name: str
    charge_by: str
    default_rate: RateView
    rates: list[RegionRateView]
    free: list[FreeView]
    not_served: list[str]
    is_default: bool
    created_at: datetime
    updated_at: datetime
    version: int

    @classmethod
    def of(cls, template: Template, book: Book) -> Self:
        terms = template.terms
        rates = [{**vars(one.rate), "regions": list(one.regions)} for one in terms.rates]
        return cls(
            template_id=template.template_id,
            name=terms.name,
            charge_by=terms.charge_by,
            default_rate=RateView.model_validate(vars(terms.default_rate)),
            rates=[RegionRateView.model_validate(one) for one in rates],
            free=[FreeView.model_validate({**vars(one), "regions": list(one.regions)}) for one in terms.free],
            not_served=list(terms.not_served),
            is_default=book.default_id == template.template_id,
            created_at=template.created_at,
            updated_at=template.updated_at,
            version=template.version,
        )
