"""Links and live sessions over HTTP."""

from datetime import datetime
from typing import Annotated, Self

from pydantic import Field, model_validator

from services.catalog.messages import ShownTitle
from services.catalog.products.messages import ProductView
from services.catalog.sources.link import Channel, Link
from services.catalog.sources.live_session import MAX_PRODUCTS, LiveSession, Status
from services.catalog.tables import Stocked
from services.shared.plumbing.doors import Body, Instant, View

ProductId = Annotated[str, Field(pattern="^prd_[0-9A-Z]{26}$")]
Products = Annotated[list[ProductId], Field(max_length=MAX_PRODUCTS)]


class MakeLink(Body):
    product_id: ProductId | None = Field(default=None, description="Without it the link leads to the shop")
    channel: Channel
    gift: bool = Field(default=False, description="It leads to giving the product: the order has kind gift")
    label: str = Field(default="", max_length=60, description="For the merchant alone: which poster, which post")

    @model_validator(mode="after")
    def _gift(self) -> Self:
        if self.gift and not self.product_id:
            raise ValueError("gift goes with product_id")
        return self


class LinkView(View):
    link_id: str
    shop_id: str
    product_id: str | None
    gift: bool
    channel: Channel
    source_token: str = Field(description="Send it with the order, and the channel")
    url: str
    qr_url: str
    created_at: datetime


class OwnLinkView(LinkView):
    label: str


class QrView(View):
    """The QR code of a link, as SVG and as a PNG of ``width`` pixels in a data URI."""

    url: str
    svg: str
    png: str
    width: int


class PlanSession(Body):
    title: ShownTitle
    product_ids: Products = Field(default_factory=list, description="In the order in which they are shown")
    planned_for: Instant | None = None


class EditSession(Body):
    """What is left out, or null, stays. ``product_ids`` are all of them, in their order."""

    title: ShownTitle | None = None
    product_ids: Products | None = None
    planned_for: Instant | None = None


class Pin(Body):
    product_id: ProductId | None = Field(description="null: nothing is in front")


class SessionView(View):
    session_id: str
    shop_id: str
    title: str
    status: Status
    product_ids: list[str]
    pinned: str | None
    source_token: str = Field(description="Send it with orders that come from the session, and channel channels_live")
    planned_for: datetime | None
    started_at: datetime | None
    ended_at: datetime | None
    created_at: datetime
    updated_at: datetime
    version: int

    @classmethod
    def of(cls, session: LiveSession) -> Self:
        return cls.model_validate(_facts(session))


class ShownSessionView(SessionView):
    products: list[ProductView] = Field(description="What is for sale, in the session's order")

    @classmethod
    def showing(cls, session: LiveSession, products: list[Stocked]) -> Self:
        return cls.model_validate({**_facts(session), "products": [ProductView.of(one) for one in products]})


def _facts(session: LiveSession) -> dict[str, object]:
    said = {**vars(session), "product_ids": list(session.product_ids)}
    return {**said, "source_token": session.session_id}


def facts_of(link: Link, url: str, qr_url: str) -> dict[str, object]:
    """A link as every view of it has it."""
    return {**vars(link), "source_token": link.link_id, "url": url, "qr_url": qr_url}
