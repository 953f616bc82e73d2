"""Groups over HTTP."""

from datetime import datetime
from typing import Annotated, Self

from pydantic import Field

from services.catalog.groups.group import MAX_PRODUCTS, Group
from services.catalog.messages import ShownTitle
from services.shared.plumbing.doors import Body, View

ProductId = Annotated[str, Field(pattern="^prd_[0-9A-Z]{26}$")]


class MakeGroup(Body):
    title: ShownTitle
    product_ids: list[ProductId] = Field(default_factory=list, max_length=MAX_PRODUCTS, description="In this order")


class EditGroup(Body):
    """What is left out, or null, stays. ``product_ids`` are all of them, in their order."""

    title: ShownTitle | None = None
    product_ids: list[ProductId] | None = Field(default=None, max_length=MAX_PRODUCTS)


class PutProducts(Body):
    product_ids: list[ProductId] = Field(min_length=1, max_length=100)
    at: int | None = Field(default=None, ge=0, le=MAX_PRODUCTS, description="Place counted from 0; null: at the end")


class GroupView(View):
    group_id: str
    shop_id: str
    title: str
    product_ids: list[str] = Field(description="In their merchant's order, also those that are not for sale now")
    created_at: datetime
    updated_at: datetime
    version: int

    @classmethod
    def of(cls, group: Group) -> Self:
        return cls.model_validate({name: getattr(group, name) for name in cls.model_fields}, from_attributes=True)
