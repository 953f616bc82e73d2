"""What comes in and goes out over HTTP: qualifications."""

from datetime import date, datetime
from typing import Self

from pydantic import Field, model_validator

from services.catalog.qualifications.qualification import Kind, Qualification, Status
from services.catalog.tables import STORE
from services.shared.plumbing import files
from services.shared.plumbing.doors import Body, Day, View


class HandIn(Body):
    """A licence, or a brand's certificate: of kind brand, with the brand's name."""

    kind: Kind
    number: str = Field(min_length=1, max_length=64, description="As it is printed on the document")
    upload_id: str = Field(max_length=64, description="The document: an upload with purpose qualification")
    expires_on: Day | None = Field(
        default=None, description="The last day on which it holds, in Beijing; without it, it does not end"
    )
    brand: str = Field(default="", max_length=60)

    @model_validator(mode="after")
    def _brand(self) -> Self:
        if (self.kind == "brand") is not bool(self.brand.strip()):
            raise ValueError("a brand's name goes with kind brand, and only there")
        return self


class QualificationView(View):
    qualification_id: str
    shop_id: str
    kind: Kind
    number: str
    brand: str
    status: Status
    reason: str = Field(description="What the platform said")
    expires_on: date | None
    expired: bool
    document_url: str = Field(description="Where the document can be fetched for ten minutes")
    created_at: datetime
    updated_at: datetime
    version: int

    @classmethod
    def of(cls, one: Qualification, now: datetime) -> Self:
        fields = {name: getattr(one, name) for name in cls.model_fields if name not in ("expired", "document_url")}
        url = files.download_url(files.key_of(STORE, one.document), f"{one.kind}-{one.qualification_id}")
        return cls.model_validate({**fields, "expired": one.over(now), "document_url": url})
