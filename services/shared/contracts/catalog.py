"""What catalog says: shops, who acts for them, what is for sale."""

from datetime import date
from typing import ClassVar, Literal

from pydantic import Field

from services.shared.contracts.envelope import EventBody, Kind
from services.shared.contracts.roles import Role as Role  # noqa: PLC0414 - a part of what catalog says


class ShopOpened(EventBody):
    """A person opened a shop (C1)."""

    NAME: ClassVar[str] = "catalog.shop_opened"

    shop_id: str
    name: str
    owner: str


class ShopAuditDecided(EventBody):
    """The platform passed or rejected a shop (C1)."""

    NAME: ClassVar[str] = "catalog.shop_audit_decided"

    shop_id: str
    name: str
    decision: Literal["pass", "reject"]
    reason: str


class ShopChanged(EventBody):
    """The shop as it is now. Subject: the shop's id."""

    NAME: ClassVar[str] = "catalog.shop_changed"
    KIND: ClassVar[Kind] = "state"

    shop_id: str
    name: str
    status: str
    can_sell: bool
    auto_confirm_days: int = Field(default=10, description="Days from shipment to the automatic receipt (O4)")
    settle_days: int = Field(default=7, description="Days from done to available (O7)")
    sub_mchid: str | None = Field(default=None, description="Its merchant number under the platform's (O3)")
    sub_appid: str | None = Field(default=None, description="Its own app, where it has one (O3)")
    deposit_fen: int | None = Field(default=None, description="What it has paid of its deposit (C1, O7)")


class ShopClosed(EventBody):
    """Its owner has closed a shop for good; what it sells is taken off sale, orders in progress go on (C1)."""

    NAME: ClassVar[str] = "catalog.shop_closed"

    shop_id: str
    name: str


class QualificationDecided(EventBody):
    """The platform passed, rejected or revoked a licence or a brand's certificate of a shop (C2).

    Subject: the qualification's id. Its number and document stay in catalog.
    """

    NAME: ClassVar[str] = "catalog.qualification_decided"

    shop_id: str
    qualification_id: str
    kind: str
    brand: str = Field(default="", description="Whose certificate it is, of kind brand")
    decision: Literal["pass", "reject"]
    reason: str


class LicenceExpiring(EventBody):
    """A passed qualification ends within 30 days; said once (C2)."""

    NAME: ClassVar[str] = "catalog.licence_expiring"

    shop_id: str
    qualification_id: str
    kind: str
    brand: str = Field(default="", description="Whose certificate it is, of kind brand")
    expires_on: date = Field(description="The last day on which it holds, in Beijing")


class ProductHeld(EventBody):
    """The platform took a product off sale, or banned it (C5)."""

    NAME: ClassVar[str] = "catalog.product_held"

    product_id: str
    shop_id: str
    title: str
    by: Literal["risk", "brand", "ban"]
    reason: str


class ListingMissed(EventBody):
    """A product did not go on sale when its merchant had planned (C5)."""

    NAME: ClassVar[str] = "catalog.listing_missed"

    product_id: str
    shop_id: str
    title: str
    why: str = Field(description="The problem's slug that listing it answers; `over`: its end had passed as well")


class ShopHeld(EventBody):
    """What a shop sells goes off sale by itself, and comes back when this ends (C1, C2, C3). One event a reason."""

    NAME: ClassVar[str] = "catalog.shop_held"

    shop_id: str
    name: str
    why: Literal["deposit", "licence", "brand_certificate"]
    short_fen: int = Field(default=0, description="What its deposit lacks")


class DepositRefundEnded(EventBody):
    """The platform has paid back a part of a shop's deposit, or could not (C3). Subject: the refund's id."""

    NAME: ClassVar[str] = "catalog.deposit_refund_ended"

    refund_id: str
    shop_id: str
    amount_fen: int
    outcome: Literal["paid", "rejected"]
    why: str = Field(default="", description="Why it was rejected; the amount is part of the deposit again")


class MembershipChanged(EventBody):
    """What a person may do for a shop; ``role`` None takes it away. Subject: ``{shop_id}/{person}`` (X1)."""

    NAME: ClassVar[str] = "catalog.membership_changed"
    KIND: ClassVar[Kind] = "state"

    shop_id: str
    person: str
    role: Role | None


class SkuOffer(EventBody):
    """One style of an offered product."""

    NAME: ClassVar[str] = ""

    sku_id: str
    out_sku_id: str | None = None
    attributes: dict[str, str]
    price_fen: int
    original_price_fen: int
    initial_stock: int = Field(description="Counts once, when orders first sees the SKU (C12)")
    weight_g: int = 0


class ProductOffered(EventBody):
    """A product is for sale, with all its styles: one event a product, since one listing is one act (C12).

    Subject: the product's id. A style that is missing here is no longer for sale.
    """

    NAME: ClassVar[str] = "catalog.product_offered"
    KIND: ClassVar[Kind] = "state"

    product_id: str
    shop_id: str
    title: str
    kind: Literal["physical", "e_voucher", "card_key"]
    category_id: str
    image: str | None
    giftable: bool = Field(description="By category, kind and the merchant's choice; the price rule is orders' (G1)")
    fee_bp: int = Field(description="The category's fee in basis points")
    no_delivery_regions: list[str] = Field(default=[])
    freight_template_id: str = Field(default="", description="Of its shop, in orders; empty: the shop's default (O13)")
    max_per_buyer: int = Field(default=0, description="Pieces of all its styles that one buyer may have; 0: any (O2)")
    skus: list[SkuOffer]


class ProductWithdrawn(EventBody):
    """The product is no longer for sale; the same subject and sequence as ProductOffered."""

    NAME: ClassVar[str] = "catalog.product_withdrawn"
    KIND: ClassVar[Kind] = "state"

    product_id: str
    shop_id: str
    reason: str


class SalesRankReached(EventBody):
    """A product has sold so many pieces that it belongs elsewhere in the lists; catalog tells it to itself (C8)."""

    NAME: ClassVar[str] = "catalog.sales_rank_reached"

    product_id: str


class ImportFinished(EventBody):
    """A bulk upload came to its end (C6). Counts are of rows."""

    NAME: ClassVar[str] = "catalog.import_finished"

    import_id: str
    shop_id: str
    created: int
    updated: int
    unchanged: int
    refused: int
    why: str = Field(default="", description="Why it failed as a whole; empty when it went through the file")
