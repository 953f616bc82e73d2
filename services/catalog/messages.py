"""What comes in and goes out over HTTP: sessions, uploads, shops, categories. Products are in product_messages."""

import re
from datetime import datetime, timedelta
from typing import Annotated, Literal, Self, get_args

from pydantic import AfterValidator, Field, model_validator

from services.catalog.category import Category, Kind, Licence, Tree
from services.catalog.products.image_file import MAX_BYTES as MAX_IMAGE_BYTES
from services.catalog.products.image_file import ImageType
from services.catalog.sessions.log_in import SignedIn
from services.catalog.shops.shop import (
    AccountKind,
    Decision,
    Hindrance,
    LinkedAccount,
    Need,
    PaymentAccount,
    Shop,
    Status,
    Subject,
)
from services.catalog.shops.template import Slot, TemplateName
from services.catalog.shown_text import one_line, shown_length
from services.catalog.tables import DepositRow
from services.shared.plumbing.doors import Body, View
from services.shared.plumbing.files import Upload


def _shown(least: int, most: int) -> AfterValidator:
    def check(text: str) -> str:
        if not least <= shown_length(text) <= most:
            raise ValueError(f"{least} to {most} characters, not counting invisible ones")
        return one_line(text)

    return AfterValidator(check)


def _phone(text: str) -> str:
    if not re.fullmatch(r"\+?[0-9][0-9 -]{4,18}[0-9]", text):
        raise ValueError("a phone number: digits, perhaps with + in front, spaces or hyphens")
    return text


Title = Annotated[str, Field(max_length=240), _shown(5, 60)]
ShortTitle = Annotated[str, Field(max_length=80), _shown(0, 20)]
ShownTitle = Annotated[str, Field(max_length=120), _shown(1, 30)]
ShopName = Annotated[str, Field(max_length=120), _shown(2, 30)]
Phone = Annotated[str, AfterValidator(_phone)]
Sha256 = Annotated[str, Field(pattern="^[0-9a-fA-F]{64}$")]

# ----------------------------------------------------------------------------------------------------- sessions


class LogIn(Body):
    code: str = Field(min_length=1, max_length=256, description="What `wx.login` gave the mini program")


class Refresh(Body):
    refresh_token: str = Field(min_length=1, max_length=256)


class SessionView(View):
    """A refresh token is good for one use: keep the newest."""

    access_token: str
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - the scheme's name
    expires_in_s: int
    refresh_token: str
    refresh_expires_at: datetime
    person: str

    @classmethod
    def of(cls, signed_in: SignedIn, access_token: str, lives: timedelta) -> Self:
        session = signed_in.session
        return cls(
            access_token=access_token,
            expires_in_s=int(lives.total_seconds()),
            refresh_token=signed_in.refresh_token,
            refresh_expires_at=session.expires_at,
            person=session.person,
        )


class JwkView(View):
    kty: Literal["EC"]
    crv: Literal["P-256"]
    x: str
    y: str
    kid: str = Field(description="The key's RFC 7638 thumbprint")
    alg: Literal["ES256"]
    use: Literal["sig"]


class JwksView(View):
    keys: list[JwkView]


# ------------------------------------------------------------------------------------------------------ uploads


class AskUpload(Body):
    purpose: Literal["import", "image", "qualification", "migration"]
    content_type: str = Field(pattern=r"^[a-z]+/[a-z0-9.+-]+(; ?charset=[A-Za-z0-9-]+)?$", max_length=100)
    size: int = Field(alias="bytes", ge=1, le=64 * 1024 * 1024)
    sha256: Sha256

    @model_validator(mode="after")
    def _image_is_one(self) -> Self:
        if self.purpose == "image" and self.content_type not in get_args(ImageType):
            raise ValueError(f"an image is one of {', '.join(get_args(ImageType))}")
        if self.purpose == "image" and self.size > MAX_IMAGE_BYTES:
            raise ValueError(f"an image has at most {MAX_IMAGE_BYTES} bytes")
        return self


class UploadView(View):
    """PUT the file to ``url`` with exactly these headers, then use ``upload_id``."""

    upload_id: str
    method: Literal["PUT"] = "PUT"
    url: str
    headers: dict[str, str]
    expires_at: datetime

    @classmethod
    def of(cls, upload: Upload) -> Self:
        return cls(upload_id=upload.upload_id, url=upload.url, headers=upload.headers, expires_at=upload.expires_at)


# -------------------------------------------------------------------------------------------------------- shops


class Contact(Body):
    name: str = Field(min_length=1, max_length=60)
    phone: Phone


class OpenShop(Body):
    name: ShopName
    subject_type: Subject
    contact: Contact
    template: TemplateName = "general"
    submit: bool = Field(default=True, description="False leaves a draft that is submitted later")


class EditShop(Body):
    """What is left out, or null, stays."""

    name: ShopName | None = None
    contact: Contact | None = None
    notice: str | None = Field(default=None, max_length=500)
    auto_pass: bool | None = Field(default=None, description="Whether product drafts pass their audit at once (C5)")


class DecideAudit(Body):
    decision: Decision
    reason: str = Field(default="", max_length=500)

    @model_validator(mode="after")
    def _reasoned(self) -> Self:
        if self.decision == "reject" and not self.reason:
            raise ValueError("a rejection needs a reason")
        return self


class SetPaymentAccount(Body):
    """A merchant number or a settlement account, exactly one of the two."""

    sub_mchid: str | None = Field(default=None, pattern="^[0-9]{8,32}$", description="Merchant number under ours")
    sub_appid: str | None = Field(
        default=None, pattern="^wx[0-9a-f]{16}$", description="The shop's own app, of that merchant number"
    )
    settlement_reference: str | None = Field(default=None, min_length=4, max_length=64)

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.sub_mchid is None) == (self.settlement_reference is None):
            raise ValueError("give either sub_mchid or settlement_reference")
        if self.sub_appid is not None and self.sub_mchid is None:
            raise ValueError("sub_appid goes with sub_mchid")
        return self


class ChangeSubject(Body):
    subject_type: Literal["enterprise", "individual_business"]


class LinkAccount(Body):
    account_id: str = Field(pattern=r"^[A-Za-z0-9_@.-]{2,64}$", description="Its app id, or its id in Channels")
    name: str = Field(min_length=1, max_length=60)


class VerifyAccount(Body):
    account_id: str = Field(max_length=64, description="The one that was looked at")
    verified: bool


class PayDeposit(Body):
    amount_fen: int = Field(ge=1, le=1_000_000_000)


class ListShops(Body):
    mine: Literal["true"] = Field(description="The shops in which the caller has a role")
    limit: int = Field(default=20, ge=1, le=100)
    cursor: str | None = None


class PageOf(Body):
    limit: int = Field(default=20, ge=1, le=100)
    cursor: str | None = None


class ShelfPlan(Body):
    """A shelf and what fills it. ``recommended``: best sellers that are in stock and not on a shelf above."""

    title: ShownTitle
    slot: Slot
    group_id: str = Field(default="", max_length=64, description="With slot group")
    product_ids: list[str] = Field(default_factory=list, max_length=20, description="With slot manual, in this order")

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if bool(self.group_id) != (self.slot == "group") or bool(self.product_ids) != (self.slot == "manual"):
            raise ValueError("slot group goes with group_id, slot manual with product_ids, the others with neither")
        return self


class ArrangeShelves(Body):
    shelves: list[ShelfPlan] = Field(max_length=5, description="From top to bottom; 20 products a shelf")


class ShelvesView(View):
    shelves: list[ShelfPlan]
    updated_at: datetime
    version: int


class ContactView(View):
    name: str
    phone: str


class ShopView(View):
    shop_id: str
    name: str
    subject_type: Subject
    status: Status
    audit_reason: str = Field(description="Why the platform rejected it, or what it said when it passed")
    can_sell: bool
    missing: list[Need] = Field(description="What it needs before it may sell")
    notice: str
    auto_pass: bool
    deposit_paid_fen: int
    deposit_needed_fen: int = Field(description="The maximum over its categories, as of now (C3)")
    deposit_free_fen: int = Field(description="What may be asked back of it now")
    deposit_refund_at: datetime | None = Field(description="When all of it goes back by itself, of a closed shop")
    categories: list[str] = Field(description="In which it sells, or did and has not left them (C3)")
    leaving: list[str] = Field(description="Categories that it has left, where products of it are still on sale")
    held: dict[str, Hindrance] = Field(
        description="What keeps it from selling in a category: its products there are delisted until that ends"
    )
    contact: ContactView | None = Field(description="For members of the shop; left out in lists")
    created_at: datetime
    updated_at: datetime
    version: int

    @classmethod
    def of(cls, shop: Shop, tree: Tree, now: datetime, contact: ContactView | None = None) -> Self:
        missing = shop.missing(tree, now)
        return cls(
            shop_id=shop.shop_id,
            name=shop.name,
            subject_type=shop.subject_type,
            status=shop.status,
            audit_reason=shop.audit_reason,
            can_sell=not missing,
            missing=list(missing),
            notice=shop.notice,
            auto_pass=shop.auto_pass,
            deposit_paid_fen=shop.deposit_fen,
            deposit_needed_fen=shop.deposit_due_fen(tree, now),
            deposit_free_fen=shop.deposit_free_fen(tree, now),
            deposit_refund_at=shop.refund_at if shop.deposit_fen else None,
            categories=list(shop.categories),
            leaving=sorted(shop.leaving),
            held=dict(shop.held),
            contact=contact,
            created_at=shop.created_at,
            updated_at=shop.updated_at,
            version=shop.version,
        )


class StepView(View):
    step: Literal["subject", "audit", "payment_account", "deposit", "first_product"]
    done: bool
    why: str = Field(description="What is missing and how to go on; empty when done")


class ChecklistView(View):
    shop_id: str
    can_sell: bool
    steps: list[StepView]

    @classmethod
    def of(cls, shop: Shop, tree: Tree, now: datetime) -> Self:
        missing, due = shop.missing(tree, now), shop.deposit_due_fen(tree, now)
        brands = ", ".join(shop.lacks_brands(now))
        audit = {
            "draft": "Submit the shop for its audit",
            "submitted": "The platform is looking at it",
            "rejected": f"Rejected: {shop.audit_reason}. Edit the shop and submit it again",
            "passed": f"The certificate of {brands} has ended: hand in a new one, or take another name",
        }.get(shop.status, "The shop is closed")
        moves = "migration" in missing and shop.subject_type != "person"
        if moves and shop.status == "passed":
            audit = "The shop moves here from an old system, and is read-only until that is over"
        private = "A private person's shop is read-only until it becomes an individual business"
        deposit = f"{due - shop.deposit_fen} fen of {due} are still to be paid"
        steps = [
            ("subject", shop.subject_type != "person", private),
            ("audit", not moves and not {"audit", "brand_certificate"}.intersection(missing), audit),
            ("payment_account", "payment_account" not in missing, "Say where the shop's money goes"),
            ("deposit", "deposit" not in missing, deposit),
            ("first_product", bool(shop.categories), "List a first product"),
        ]
        return cls(
            shop_id=shop.shop_id,
            can_sell=not missing,
            steps=[
                StepView.model_validate({"step": step, "done": done, "why": "" if done else why})
                for step, done, why in steps
            ],
        )


class AccountView(View):
    """An account of the merchant's elsewhere in WeChat."""

    kind: AccountKind
    account_id: str
    name: str
    verified: bool = Field(description="Whether the platform has seen that it is the merchant's")
    updated_at: datetime

    @classmethod
    def of(cls, account: LinkedAccount) -> Self:
        return cls.model_validate({name: getattr(account, name) for name in cls.model_fields})


class AccountsView(View):
    accounts: list[AccountView] = Field(description="At most one of each kind")


class PaymentAccountView(View):
    status: Literal["active"]
    sub_mchid: str | None
    sub_appid: str | None
    settlement_reference: str | None
    updated_at: datetime

    @classmethod
    def of(cls, account: PaymentAccount) -> Self:
        return cls(
            status="active",
            sub_mchid=account.sub_mchid,
            sub_appid=account.sub_appid,
            settlement_reference=account.settlement_reference,
            updated_at=account.updated_at,
        )


class DepositView(View):
    deposit_id: str
    amount_fen: int
    by: str
    created_at: datetime

    @classmethod
    def of(cls, row: DepositRow) -> Self:
        return cls(deposit_id=row.sk.removeprefix("DEP#"), amount_fen=int(row.amount_fen), by=row.by, created_at=row.at)


# --------------------------------------------------------------------------------------------------- categories


class NameView(View):
    zh: str
    en: str


class CategoryView(View):
    """A node of the tree with the rules in force; products belong to leaves."""

    category_id: str
    parent_id: str | None
    name: NameView
    licences: list[Licence]
    deposit_fen: int
    fee_bp: int = Field(description="Fee in basis points of what is paid")
    giftable: bool
    kinds: list[Kind]
    seven_day_return: bool
    min_images: int

    @classmethod
    def of(cls, category: Category, now: datetime) -> Self:
        rules = category.at(now)
        return cls(
            category_id=category.category_id,
            parent_id=category.parent_id,
            name=NameView(zh=category.name_zh, en=category.name_en),
            licences=list(rules.licences),
            deposit_fen=rules.deposit_fen,
            fee_bp=rules.fee_bp,
            giftable=rules.giftable,
            kinds=list(rules.kinds),
            seven_day_return=rules.seven_day_return,
            min_images=rules.min_images,
        )
