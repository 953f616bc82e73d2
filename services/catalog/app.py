"""Catalog's doors: sessions, shops, categories, products, browsing, imports; its queue, its outbox, its schedules."""

from collections.abc import Mapping

from services.catalog import (
    audit_shop,
    browse,
    edit_product,
    fund_shop,
    read_import,
    read_shop,
    tokens,
    withdraw_product,
)
from services.catalog import messages as m
from services.catalog import product_messages as pm
from services.catalog.categories import tree
from services.catalog.contact import seal
from services.catalog.create_product import create_product
from services.catalog.edit_shop import edit_shop
from services.catalog.log_in import log_in
from services.catalog.offer_product import offer_product
from services.catalog.open_shop import open_shop
from services.catalog.product import NotPassed, OutProductIdTaken
from services.catalog.product_record import ProductTooLarge, product_on_sale, stocked_in
from services.catalog.reactions import REACTIONS
from services.catalog.refresh_session import refresh_session
from services.catalog.shop import DepositShort, NameTaken, ShopCannotSell, SubjectNotEligible
from services.catalog.shop_record import shop_named
from services.catalog.start_import import start_import
from services.catalog.storefront import storefront_of
from services.catalog.tables import STORE
from services.catalog.wechat_login import person_of
from services.shared.plumbing import files, ids, triggers
from services.shared.plumbing import problems as p
from services.shared.plumbing.doors import ANYONE, PERSON, PLATFORM, Answer, Call, Page, Service, member

app = Service("catalog", STORE, title="Xiaodian catalog: who sells, what is for sale, how it is shown")

publish = triggers.publisher(app)
consume = triggers.consumer(app, REACTIONS)
tend = triggers.tender(app, REACTIONS)

STAFF = member("operator", "support", "finance")
STAFF_OR_PLATFORM = member("operator", "support", "finance", or_platform=True)
EDITORS = member("operator")
MONEY = member("finance")

Stored = Mapping[str, str]

# ----------------------------------------------------------------------------------------------------- sessions


@app.door("POST", "/v1/sessions/wechat", ANYONE, problems=(p.Unauthenticated, p.Forbidden, p.TooManyRequests))
def post_wechat_session(call: Call, body: m.LogIn) -> m.SessionView:
    """Log in with a WeChat login code (X1)."""
    person = person_of(body.code)
    begun = log_in(person, begin=call.begin, now=call.now, new_id=ids.new_id, new_secret=tokens.new_refresh_secret)
    return m.SessionView.of(begun, tokens.sign(person), tokens.LIVES)


@app.door("POST", "/v1/sessions/refresh", ANYONE, problems=(p.Unauthenticated,))
def post_session_refresh(call: Call, body: m.Refresh) -> m.SessionView:
    """Renew a session (X1).

    The refresh token is used up and the answer holds the next one. A token that is used a second time ends the session:
    then log in again.
    """
    renewed = refresh_session(body.refresh_token, begin=call.begin, now=call.now, new_secret=tokens.new_refresh_secret)
    return m.SessionView.of(renewed, tokens.sign(renewed.session.person), tokens.LIVES)


@app.door("GET", "/v1/jwks.json", ANYONE)
def get_jwks(_: Call) -> m.JwksView | Answer:
    """The public keys that check our tokens."""
    jwks = m.JwksView.model_validate({"keys": tokens.public_keys()})
    return Answer(jwks, headers={"Cache-Control": "public, max-age=300"})


# ------------------------------------------------------------------------------------------------------ uploads


def _upload_again(_: Call, stored: Stored) -> m.UploadView:
    return m.UploadView.of(files.upload_of(STORE, stored["upload_id"]))


@app.door("POST", "/v1/uploads", PERSON, status=201, again=_upload_again)
def post_upload(call: Call, body: m.AskUpload) -> m.UploadView:
    """Ask for a place to put a file.

    The file is bound to its size and SHA-256, and to the one who asked.
    """
    tx = call.begin()
    upload_id = files.ask_upload(tx, call.person, body.purpose, body.content_type, body.size, body.sha256)
    tx.commit({"upload_id": upload_id})
    return m.UploadView.of(files.upload_of(STORE, upload_id))


# -------------------------------------------------------------------------------------------------------- shops


def _shop_again(call: Call, stored: Stored) -> m.ShopView:
    return read_shop.shop_view(stored["shop_id"], call.now, with_contact=True)


@app.door("POST", "/v1/shops", PERSON, status=201, again=_shop_again, problems=(SubjectNotEligible, NameTaken))
def post_shop(call: Call, body: m.OpenShop) -> m.ShopView:
    """Open a shop (C1).

    The caller becomes its owner. It is made from a template and handed in for its audit at once.
    """
    contact = seal(call.person, body.contact)
    shop_id = open_shop(body, call.person, contact, begin=call.begin, now=call.now, new_id=ids.new_id)
    return read_shop.shop_view(shop_id, call.now, with_contact=True)


@app.door("GET", "/v1/shops", PERSON, problems=(p.CursorInvalid,))
def get_shops(call: Call, query: m.ListShops) -> Page[m.ShopView]:
    """The caller's shops, newest first."""
    return read_shop.shops_of(call.person, query.limit, query.cursor, call.now)


@app.door("GET", "/v1/shops/{shop_id}", STAFF_OR_PLATFORM)
def get_shop(call: Call, shop_id: str) -> m.ShopView:
    """A shop, for its members and the platform."""
    return read_shop.shop_view(shop_id, call.now, with_contact=call.role is not None)


@app.door("PATCH", "/v1/shops/{shop_id}", member(), problems=(p.VersionConflict, NameTaken, p.IllegalTransition))
def patch_shop(call: Call, shop_id: str, body: m.EditShop) -> m.ShopView:
    """Edit a shop (C1). Send If-Match with its ETag to be told of a change in between."""
    edit_shop(shop_id, body, if_match=call.if_match, begin=call.begin, now=call.now)
    return read_shop.shop_view(shop_id, call.now, with_contact=True)


@app.door("POST", "/v1/shops/{shop_id}/submission", member(), problems=(p.IllegalTransition,))
def post_submission(call: Call, shop_id: str) -> m.ShopView:
    """Hand in a draft or rejected shop for its audit (C1). May be repeated."""
    audit_shop.submit_shop(shop_id, begin=call.begin, now=call.now)
    return read_shop.shop_view(shop_id, call.now, with_contact=True)


@app.door("POST", "/v1/shops/{shop_id}/audit-decisions", PLATFORM, problems=(p.IllegalTransition,))
def post_audit_decision(call: Call, shop_id: str, body: m.DecideAudit) -> m.ShopView:
    """Pass or reject a submitted shop (C1). May be repeated."""
    audit_shop.decide_audit(shop_id, body.decision, body.reason, begin=call.begin, now=call.now)
    return read_shop.shop_view(shop_id, call.now, with_contact=False)


@app.door("GET", "/v1/shops/{shop_id}/checklist", STAFF)
def get_checklist(call: Call, shop_id: str) -> m.ChecklistView:
    """What the shop still needs before it sells, in five steps (C1)."""
    return m.ChecklistView.of(shop_named(shop_id), tree(), call.now)


@app.door("PUT", "/v1/shops/{shop_id}/payment-account", MONEY, problems=(p.IllegalTransition,))
def put_payment_account(call: Call, shop_id: str, body: m.SetPaymentAccount) -> m.PaymentAccountView:
    """Say where the shop's money goes; it is active at once (C1)."""
    account = fund_shop.set_payment_account(
        shop_id, body.sub_mchid, body.settlement_reference, begin=call.begin, now=call.now
    )
    return m.PaymentAccountView.of(account)


def _deposit_again(call: Call, stored: Stored) -> m.DepositView:
    return read_shop.deposit_view(stored["shop_id"], stored["deposit_id"])


@app.door(
    "POST",
    "/v1/shops/{shop_id}/deposits",
    MONEY,
    status=201,
    again=_deposit_again,
    problems=(p.IllegalTransition,),
)
def post_deposit(call: Call, shop_id: str, body: m.PayDeposit) -> m.DepositView:
    """Record a payment towards the shop's deposit (C3)."""
    deposit_id = fund_shop.pay_deposit(
        shop_id, body.amount_fen, call.person, begin=call.begin, now=call.now, new_id=ids.new_id
    )
    return read_shop.deposit_view(shop_id, deposit_id)


@app.door("GET", "/v1/shops/{shop_id}/deposits", MONEY, problems=(p.CursorInvalid,))
def get_deposits(_: Call, shop_id: str, query: m.PageOf) -> Page[m.DepositView]:
    """What the shop paid towards its deposit, oldest first."""
    return read_shop.deposits(shop_id, query.limit, query.cursor)


@app.door("GET", "/v1/shops/{shop_id}/storefront", ANYONE, problems=(p.NotFound,))
def get_storefront(call: Call, shop_id: str) -> pm.StorefrontView:
    """A shop as buyers see it: its notice and its shelves (C7, C8)."""
    return pm.StorefrontView.of(storefront_of(shop_id), tree(), call.now)


# --------------------------------------------------------------------------------------------------- categories


@app.door("GET", "/v1/categories", ANYONE)
def get_categories(call: Call) -> Page[m.CategoryView]:
    """The whole category tree with the rules in force, on one page (C4)."""
    return Page(items=[m.CategoryView.of(one, call.now) for one in tree().categories])


# ----------------------------------------------------------------------------------------------------- products

LISTING_PROBLEMS = (ShopCannotSell, DepositShort, NotPassed, p.IllegalTransition)


def _product_again(_: Call, stored: Stored) -> pm.MerchantProductView:
    return pm.MerchantProductView.of(stocked_in(stored["shop_id"], stored["product_id"]))


@app.door(
    "POST",
    "/v1/shops/{shop_id}/products",
    EDITORS,
    status=201,
    again=_product_again,
    problems=(OutProductIdTaken, ProductTooLarge),
)
def post_product(call: Call, shop_id: str, body: pm.WriteProduct) -> pm.MerchantProductView:
    """Create a product; list it to put it on sale (C5)."""
    product_id = create_product(
        shop_id,
        body.out_product_id,
        body.texts(),
        body.styles(),
        begin=call.begin,
        now=call.now,
        new_id=ids.new_id,
    )
    return pm.MerchantProductView.of(stocked_in(shop_id, product_id))


@app.door("GET", "/v1/shops/{shop_id}/products", STAFF, problems=(p.CursorInvalid,))
def get_own_products(_: Call, shop_id: str, query: m.PageOf) -> Page[pm.MerchantProductView]:
    """The shop's products in every status, newest first."""
    found = browse.browse_own(shop_id, query.limit, query.cursor)
    return Page(items=[pm.MerchantProductView.of(one) for one in found.products], next_cursor=found.next_cursor)


@app.door("GET", "/v1/shops/{shop_id}/products/{product_id}", STAFF_OR_PLATFORM)
def get_own_product(_: Call, shop_id: str, product_id: str) -> pm.MerchantProductView:
    """A product as its merchant sees it, with its draft."""
    return pm.MerchantProductView.of(stocked_in(shop_id, product_id))


@app.door(
    "PATCH",
    "/v1/shops/{shop_id}/products/{product_id}",
    EDITORS,
    problems=(p.VersionConflict, ProductTooLarge, *LISTING_PROBLEMS),
)
def patch_product(call: Call, shop_id: str, product_id: str, body: pm.EditProduct) -> pm.MerchantProductView:
    """Edit a product (C5). Send If-Match with its ETag to be told of a change in between.

    Where the shop passes its own drafts, buyers see the edit at once; else it is a draft until the platform decides.
    """
    edit_product.edit_product(
        shop_id,
        product_id,
        body.texts(),
        body.styles(),
        if_match=call.if_match,
        begin=call.begin,
        now=call.now,
        new_id=ids.new_id,
    )
    return pm.MerchantProductView.of(stocked_in(shop_id, product_id))


@app.door("DELETE", "/v1/shops/{shop_id}/products/{product_id}", EDITORS, status=204, problems=(p.IllegalTransition,))
def delete_product(call: Call, shop_id: str, product_id: str, query: pm.RemoveProduct) -> None:
    """Put a product into the bin, off sale; with `permanently`, empty it from the bin (C5)."""
    withdraw_product.remove_product(shop_id, product_id, permanently=query.permanently, begin=call.begin, now=call.now)


@app.door("POST", "/v1/shops/{shop_id}/products/{product_id}/listing", EDITORS, problems=LISTING_PROBLEMS)
def post_listing(call: Call, shop_id: str, product_id: str) -> pm.MerchantProductView:
    """Put a product on sale (C5). May be repeated."""
    offer_product(shop_id, product_id, begin=call.begin, now=call.now)
    return pm.MerchantProductView.of(stocked_in(shop_id, product_id))


@app.door("DELETE", "/v1/shops/{shop_id}/products/{product_id}/listing", EDITORS, problems=(p.IllegalTransition,))
def delete_listing(call: Call, shop_id: str, product_id: str) -> pm.MerchantProductView:
    """Take a product off sale (C5). May be repeated."""
    withdraw_product.withdraw_product(shop_id, product_id, begin=call.begin, now=call.now)
    return pm.MerchantProductView.of(stocked_in(shop_id, product_id))


@app.door(
    "POST",
    "/v1/shops/{shop_id}/products/{product_id}/audit-decisions",
    PLATFORM,
    problems=LISTING_PROBLEMS,
)
def post_draft_decision(call: Call, shop_id: str, product_id: str, body: m.DecideAudit) -> pm.MerchantProductView:
    """Pass or reject a product's draft, where the shop does not pass its own (C5)."""
    edit_product.decide_draft(shop_id, product_id, body.decision, body.reason, begin=call.begin, now=call.now)
    return pm.MerchantProductView.of(stocked_in(shop_id, product_id))


# ----------------------------------------------------------------------------------------------------- browsing


@app.door("GET", "/v1/products", ANYONE, problems=(p.CursorInvalid,))
def get_products(_: Call, query: pm.BrowseProducts) -> Page[pm.ProductView]:
    """What is for sale, newest first: by shop, by category, or everything (C8)."""
    found = browse.browse_products(query.shop_id, query.category_id, query.limit, query.cursor)
    return Page(items=[pm.ProductView.of(one) for one in found.products], next_cursor=found.next_cursor)


@app.door("GET", "/v1/products/{product_id}", ANYONE, problems=(p.NotFound,))
def get_product(_: Call, product_id: str) -> pm.ProductView:
    """A product that is for sale (C8)."""
    return pm.ProductView.of(product_on_sale(product_id))


# ------------------------------------------------------------------------------------------------- bulk uploads


def _import_again(_: Call, stored: Stored) -> Answer:
    return _accepted(stored["shop_id"], stored["import_id"])


@app.door(
    "POST",
    "/v1/shops/{shop_id}/imports",
    EDITORS,
    status=202,
    again=_import_again,
    problems=(files.UploadMissing,),
)
def post_import(call: Call, shop_id: str, body: pm.StartImport) -> pm.ImportView | Answer:
    """Start a bulk upload (C6).

    `Location` says where its progress is, `Retry-After` how often to look.
    """
    import_id = start_import(shop_id, call.person, body, begin=call.begin, now=call.now, new_id=ids.new_id)
    return _accepted(shop_id, import_id)


def _accepted(shop_id: str, import_id: str) -> Answer:
    place = f"/{app.service}/v1/shops/{shop_id}/imports/{import_id}"
    return Answer(read_import.import_in(shop_id, import_id), headers={"Location": place, "Retry-After": "2"})


@app.door("GET", "/v1/shops/{shop_id}/imports/{import_id}", STAFF)
def get_import(_: Call, shop_id: str, import_id: str) -> pm.ImportView:
    """How far a bulk upload is, and its report when it has ended (C6)."""
    return read_import.import_in(shop_id, import_id)


@app.door("GET", "/v1/shops/{shop_id}/imports/{import_id}/rows", STAFF, problems=(p.CursorInvalid,))
def get_import_rows(_: Call, shop_id: str, import_id: str, query: m.PageOf) -> Page[pm.ImportRowView]:
    """What became of each row that was read so far, in file order (C6)."""
    found = read_import.import_rows(shop_id, import_id, query.limit, query.cursor)
    return Page(items=found.rows, next_cursor=found.next_cursor)
