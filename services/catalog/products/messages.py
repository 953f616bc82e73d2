"""What comes in and goes out over HTTP: products, browsing, imports."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from services.catalog.category import Kind, Tree
from services.catalog.imports.tables import ImportRow
from services.catalog.messages import PageOf, ShortTitle, Title
from services.catalog.products.image_address import named_image, shown_image
from services.catalog.products.product import MAX_IMAGES, Copy, DraftStatus, Reason, Status, Style
from services.catalog.shown_text import one_line, some_lines
from services.catalog.storefront import Storefront
from services.catalog.tables import Stocked
from services.shared.plumbing.doors import Body, Instant, View
from services.shared.plumbing.jobs import Job

Image = Annotated[str, Field(max_length=2048), AfterValidator(named_image)]
AttributeName = Annotated[str, Field(min_length=1, max_length=20), AfterValidator(one_line)]
AttributeValue = Annotated[str, Field(min_length=1, max_length=60), AfterValidator(one_line)]
OwnId = Annotated[str, Field(min_length=1, max_length=128), AfterValidator(one_line)]
Description = Annotated[str, Field(max_length=20_000), AfterValidator(some_lines)]
Fen = Annotated[int, Field(ge=1, le=1_000_000_000)]
FreightTemplateId = Annotated[
    str, Field(max_length=64, description="A freight template of the shop, in orders; empty: the shop's default (O13)")
]
MaxPerBuyer = Annotated[
    int,
    Field(ge=0, le=1_000_000, description="Pieces of all styles that one buyer may have, counted from now on; 0: any"),
]
AppId = Annotated[
    str, Field(pattern="^(wx[0-9a-f]{16})?$", description="Of a mini program with a page of its own for the product")
]
PagePath = Annotated[
    str,
    Field(
        max_length=1024,
        pattern=r"^([A-Za-z0-9_.-][A-Za-z0-9_./-]*(\?[^\s#]*)?)?$",
        description="The page's path in that mini program, perhaps with a query; goes with mini_program_appid",
    ),
]

# ----------------------------------------------------------------------------------------------------- products


class WriteSku(Body):
    sku_id: str | None = Field(default=None, description="Of a style that exists; only in an edit")
    attributes: dict[AttributeName, AttributeValue] = Field(default_factory=dict, max_length=8)
    price_fen: Fen
    original_price_fen: Fen | None = Field(
        default=None, description="What it is compared to, above the price; none when it is left out or the same"
    )
    initial_stock: int = Field(
        default=0, ge=0, le=10_000_000, description="Counts once, when it is first for sale (C12)"
    )
    out_sku_id: OwnId | None = None
    weight_g: int = Field(default=0, ge=0, le=10_000_000)

    @model_validator(mode="after")
    def _original_not_below(self) -> Self:
        if self.original_price_fen is not None and self.original_price_fen < self.price_fen:
            raise ValueError("original_price_fen is below price_fen")
        return self

    def style(self) -> Style:
        original = self.original_price_fen or self.price_fen
        return Style(**self.model_dump(exclude={"original_price_fen"}), original_price_fen=original)


class WriteProduct(Body):
    title: Title
    category_id: str = Field(max_length=64)
    kind: Kind = "physical"
    images: list[Image] = Field(
        max_length=MAX_IMAGES, description="3 to 9 https URLs or ids of uploads; a category may ask for more than 3"
    )
    skus: list[WriteSku] = Field(min_length=1, max_length=500)
    short_title: ShortTitle = ""
    description: Description = ""
    giftable: bool = Field(default=True, description="Whether its merchant lets it be a gift; the category decides too")
    no_delivery_regions: list[AttributeName] = Field(default_factory=list, max_length=100)
    freight_template_id: FreightTemplateId = ""
    max_per_buyer: MaxPerBuyer = 0
    mini_program_appid: AppId = ""
    mini_program_path: PagePath = ""
    out_product_id: OwnId | None = Field(
        default=None, description="The merchant's own id; unique in the shop, immutable"
    )

    def texts(self, *, given: bool = False) -> dict[str, Any]:
        """The fields of its Copy; only those that were given, if asked."""
        return _texts(self, exclude={"skus", "out_product_id"}, given=given)

    def styles(self) -> list[Style]:
        return [sku.style() for sku in self.skus]


class EditProduct(Body):
    """What is left out, or null, stays. ``skus`` are all styles: one that is left out is no longer for sale."""

    title: Title | None = None
    category_id: str | None = Field(default=None, max_length=64)
    kind: Kind | None = None
    images: list[Image] | None = Field(default=None, max_length=MAX_IMAGES)
    skus: list[WriteSku] | None = Field(default=None, min_length=1, max_length=500)
    short_title: ShortTitle | None = None
    description: Description | None = None
    giftable: bool | None = None
    no_delivery_regions: list[AttributeName] | None = Field(default=None, max_length=100)
    freight_template_id: FreightTemplateId | None = None
    max_per_buyer: MaxPerBuyer | None = None
    mini_program_appid: AppId | None = Field(default=None, description="Empty, with an empty path, takes the link away")
    mini_program_path: PagePath | None = None

    def texts(self) -> dict[str, Any]:
        """The fields of its Copy that change."""
        return _texts(self, exclude={"skus"}, given=True)

    def styles(self) -> list[Style] | None:
        return None if self.skus is None else [sku.style() for sku in self.skus]


def _texts(body: Body, *, exclude: set[str], given: bool) -> dict[str, Any]:
    fields = body.model_dump(exclude=exclude, exclude_none=True, exclude_unset=given)
    return {name: tuple(value) if isinstance(value, list) else value for name, value in fields.items()}


class ListProduct(Body):
    at: Instant | None = Field(default=None, description="When it goes on sale; now without it, or when past")
    until: Instant | None = Field(default=None, description="When it goes off sale again by itself")


class DelistProduct(Body):
    at: Instant | None = Field(default=None, description="When it goes off sale; now without it, or when past")


class RemoveProduct(Body):
    permanently: bool = Field(default=False, description="True empties it from the bin")


class BrowseProducts(PageOf):
    """By shop, by category (a branch shows its leaves), or everything; with ``q`` only what has all its words."""

    shop_id: str | None = Field(default=None, min_length=1, max_length=64)
    category_id: str | None = Field(default=None, min_length=1, max_length=64)
    group_id: str | None = Field(
        default=None,
        min_length=1,
        max_length=64,
        description="With shop_id: one of its groups, in its merchant's order",
    )
    q: str | None = Field(
        default=None,
        min_length=1,
        max_length=60,
        description="Chinese by any two characters that stand together, or by one and a letter beside it (T恤); other "
        "words by their beginning",
    )
    sort: Literal["newest", "sales", "price", "price_desc"] | None = Field(
        default=None, description="newest without it; what q finds comes most sold first, then newest"
    )

    @model_validator(mode="after")
    def _one(self) -> Self:
        if self.q and self.sort not in (None, "sales"):
            raise ValueError("what q finds comes most sold first: leave sort out")
        if self.group_id and (self.q or self.sort or not self.shop_id):
            raise ValueError("group_id goes with shop_id, and has its own order")
        if self.shop_id and self.category_id:
            raise ValueError("give shop_id or category_id, not both")
        return self


class SkuView(View):
    sku_id: str
    out_sku_id: str | None
    attributes: dict[str, str]
    price_fen: int
    original_price_fen: int
    weight_g: int
    in_stock: bool = Field(description="A hint for shelves; what decides is the order")


class MerchantSkuView(SkuView):
    initial_stock: int


class CopyView(View):
    title: str
    short_title: str
    category_id: str
    kind: Kind
    images: list[str] = Field(description="URLs; of uploads at this API, which leads to the file")
    description: str
    giftable: bool = Field(description="Its merchant's choice; the category decides too (G1)")
    no_delivery_regions: list[str]
    freight_template_id: str
    max_per_buyer: int
    mini_program_appid: str = Field(description="Of the mini program whose page shows the product; empty for none")
    mini_program_path: str


class ProductView(CopyView):
    """A product as buyers see it: its online copy."""

    product_id: str
    shop_id: str
    status: Status
    skus: list[SkuView]
    listed_at: datetime | None
    created_at: datetime
    updated_at: datetime
    version: int

    @classmethod
    def of(cls, found: Stocked) -> Self:
        copy = found.product.online
        assert copy is not None
        skus = [{**_sku(sku), "in_stock": found.in_stock(sku.sku_id)} for sku in copy.skus]
        return cls.model_validate({**_copy(copy), **_facts(found), "skus": skus})


class DraftView(CopyView):
    skus: list[MerchantSkuView]
    status: DraftStatus
    reason: str


class HoldProduct(Body):
    by: Literal["risk", "brand"]
    reason: str = Field(min_length=1, max_length=500, description="Its merchant reads it")


class BanProduct(Body):
    reason: str = Field(min_length=1, max_length=500, description="Its merchant reads it")


class MerchantProductView(CopyView):
    """A product as its merchant sees it: its online copy, or the draft where nothing is online yet."""

    product_id: str
    shop_id: str
    out_product_id: str | None
    status: Status
    online: bool = Field(description="Whether there is a copy that buyers may see")
    skus: list[MerchantSkuView]
    draft: DraftView | None = Field(description="What has not passed its audit")
    delisted_by: Reason | None = Field(
        description="Why it is off sale; by deposit, licence, brand_certificate or category it comes back"
    )
    held_reason: str = Field(description="What the platform said when it took it off sale or banned it")
    listed_at: datetime | None
    list_at: datetime | None = Field(description="When it is planned to go on sale")
    delist_at: datetime | None = Field(description="When it is planned to go off sale")
    plan_missed: str = Field(description="Why it did not go on sale as planned")
    created_at: datetime
    updated_at: datetime
    version: int

    @classmethod
    def of(cls, found: Stocked) -> Self:
        product = found.product
        shown = product.online or product.latest
        draft = product.draft and {
            **_copy(product.draft),
            "skus": _own_skus(product.draft, found),
            "status": product.draft_status,
            "reason": product.draft_reason,
        }
        return cls.model_validate(
            {
                **_copy(shown),
                **_facts(found),
                "out_product_id": product.out_product_id,
                "online": product.online is not None,
                **{name: getattr(product, name) for name in PLANS_AND_HOLDS},
                "skus": _own_skus(shown, found),
                "draft": draft,
            }
        )


PLANS_AND_HOLDS = ("list_at", "delist_at", "plan_missed", "delisted_by", "held_reason")


def _copy(copy: Copy) -> dict[str, Any]:
    shown = {name: getattr(copy, name) for name in CopyView.model_fields}
    return {**shown, "images": [shown_image(one) for one in copy.images]}


def _own_skus(copy: Copy, found: Stocked) -> list[dict[str, Any]]:
    return [
        {**_sku(sku), "in_stock": found.in_stock(sku.sku_id), "initial_stock": sku.initial_stock} for sku in copy.skus
    ]


def _sku(sku: Any) -> dict[str, Any]:
    return {name: getattr(sku, name) for name in SkuView.model_fields if name != "in_stock"}


def _facts(found: Stocked) -> dict[str, Any]:
    names = ("product_id", "shop_id", "status", "listed_at", "created_at", "updated_at", "version")
    return {name: getattr(found.product, name) for name in names}


class ShelfView(View):
    title: str
    slot: str
    products: list[ProductView]


class StorefrontView(View):
    """A shop as buyers see it."""

    shop_id: str
    name: str
    notice: str
    can_sell: bool
    shelves: list[ShelfView]

    @classmethod
    def of(cls, front: Storefront, tree: Tree, now: datetime) -> Self:
        shelves = [
            ShelfView(title=shelf.title, slot=shelf.slot, products=[ProductView.of(one) for one in found])
            for shelf, found in front.shelves
        ]
        return cls(
            shop_id=front.shop.shop_id,
            name=front.shop.name,
            notice=front.shop.notice,
            can_sell=front.shop.can_sell(tree, now),
            shelves=shelves,
        )


# ------------------------------------------------------------------------------------------------- bulk uploads

Format = Literal["native", "shopify", "jsonl"]
Outcome = Literal["created", "updated", "unchanged", "refused"]
COUNTS = ("rows_read", "products", "created", "updated", "unchanged", "refused")


class StartImport(Body):
    upload_id: str = Field(max_length=64)
    format: Format
    default_category_id: str | None = Field(
        default=None,
        max_length=64,
        description="For rows that name none; of Shopify's files, other.unsorted without it",
    )
    put_on_sale: bool = Field(
        default=True, alias="list", description="List what is new; what its merchant has delisted stays so"
    )
    encoding: Literal["auto", "utf-8", "gb18030"] = "auto"


class ImportView(View):
    """Counts are of rows; ``products`` says of how many products. Ask again after `Retry-After` while it runs."""

    import_id: str
    shop_id: str
    format: Format
    status: Literal["running", "done", "failed"]
    why: str = Field(description="Why it failed as a whole: what was read until then stands")
    percent: int
    rows_read: int
    created: int
    updated: int
    unchanged: int
    refused: int
    products: int
    report_url: str | None = Field(description="The whole report as CSV, for ten minutes; when it has ended")
    created_at: datetime

    @classmethod
    def of(cls, job: Job, report_url: str | None) -> Self:
        counts = {name: job.counts.get(name, 0) for name in COUNTS}
        read, size = (job.cursor or {}).get("offset", 0), max(1, job.args["bytes"])
        return cls.model_validate(
            {
                **counts,
                "import_id": job.id,
                "shop_id": job.args["shop_id"],
                "format": job.args["format"],
                "status": job.state,
                "why": job.why,
                "percent": 100 if job.state == "done" else min(99, 100 * read // size),
                "report_url": report_url,
                "created_at": job.args["created_at"],
            }
        )


class ImportRowView(View):
    """What became of one row: its line in the file, the merchant's own id it carries, and why."""

    line: int
    key: str
    outcome: Outcome
    why: str
    product_id: str | None

    @classmethod
    def all_of(cls, row: ImportRow) -> list[Self]:
        """Every row of one product."""
        told = {"key": row.key, "outcome": row.outcome, "why": row.why, "product_id": row.product_id}
        return [cls.model_validate({**told, "line": line}) for line in row.lines]
