"""Doors to shops: opening, auditing and funding one, and what buyers see of it."""

from collections.abc import Mapping

from services.catalog import messages as m
from services.catalog.categories import tree
from services.catalog.migrations.messages import FromSource
from services.catalog.migrations.old_ids import OldIdAmbiguous, shop_redirected
from services.catalog.products import messages as pm
from services.catalog.rules.brand_word import BrandCertificateNeeded
from services.catalog.service import MONEY, STAFF, STAFF_OR_PLATFORM, app
from services.catalog.shops import audit_shop, fund_shop, link_account, read_shop
from services.catalog.shops.change_subject import change_subject
from services.catalog.shops.close_shop import close_shop
from services.catalog.shops.contact import seal
from services.catalog.shops.edit_shop import edit_shop
from services.catalog.shops.leave_category import leave_category
from services.catalog.shops.open_shop import open_shop
from services.catalog.shops.shop import NameTaken, SubjectNotEligible
from services.catalog.shops.shop_record import shop_named
from services.catalog.storefront import storefront_of
from services.shared.plumbing import ids
from services.shared.plumbing import problems as p
from services.shared.plumbing.doors import ANYONE, PERSON, PLATFORM, Answer, Call, Page, member

ACCOUNTS = "/v1/shops/{shop_id}/accounts"


def _shop_again(call: Call, stored: Mapping[str, str]) -> m.ShopView:
    return read_shop.shop_view(stored["shop_id"], call.now, with_contact=True)


@app.door(
    "POST",
    "/v1/shops",
    PERSON,
    status=201,
    again=_shop_again,
    problems=(SubjectNotEligible, NameTaken, BrandCertificateNeeded),
)
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


@app.door(
    "PATCH",
    "/v1/shops/{shop_id}",
    member(),
    problems=(p.VersionConflict, NameTaken, BrandCertificateNeeded, p.IllegalTransition),
)
def patch_shop(call: Call, shop_id: str, body: m.EditShop) -> m.ShopView:
    """Edit a shop (C1). Send If-Match with its ETag to be told of a change in between."""
    edit_shop(shop_id, body, if_match=call.if_match, begin=call.begin, now=call.now)
    return read_shop.shop_view(shop_id, call.now, with_contact=True)


@app.door("POST", "/v1/shops/{shop_id}/submission", member(), problems=(p.IllegalTransition,))
def post_submission(call: Call, shop_id: str) -> m.ShopView:
    """Hand in a draft or rejected shop for its audit (C1). May be repeated."""
    audit_shop.submit_shop(shop_id, begin=call.begin, now=call.now)
    return read_shop.shop_view(shop_id, call.now, with_contact=True)


@app.door("POST", "/v1/shops/{shop_id}/audit-decisions", PLATFORM, problems=(p.IllegalTransition, p.VersionConflict))
def post_audit_decision(call: Call, shop_id: str, body: m.DecideAudit) -> m.ShopView:
    """Pass or reject a submitted shop (C1). May be repeated.

    Send If-Match with the ETag that was looked at: its owner may edit it until then.
    """
    audit_shop.decide_audit(shop_id, body.decision, body.reason, if_match=call.if_match, begin=call.begin, now=call.now)
    return read_shop.shop_view(shop_id, call.now, with_contact=False)


@app.door("PUT", "/v1/shops/{shop_id}/subject", member(), problems=(SubjectNotEligible, p.IllegalTransition))
def put_subject(call: Call, shop_id: str, body: m.ChangeSubject) -> m.ShopView:
    """Make a private person's shop a business's, under its own id; it is handed in for its audit. May be repeated (C1).

    Such shops come by migration only.
    """
    change_subject(shop_id, body.subject_type, begin=call.begin, now=call.now)
    return read_shop.shop_view(shop_id, call.now, with_contact=True)


@app.door("PUT", "/v1/shops/{shop_id}/closure", member())
def put_closure(call: Call, shop_id: str) -> m.ShopView:
    """Close the shop for good. May be repeated (C1).

    Nobody buys there from now on and its name is free; its products go off sale within minutes, then it is `cancelled`.
    Orders in progress go on.
    """
    close_shop(shop_id, begin=call.begin, now=call.now)
    return read_shop.shop_view(shop_id, call.now, with_contact=True)


@app.door("DELETE", "/v1/shops/{shop_id}/categories/{category_id}", member(), problems=(p.IllegalTransition,))
def delete_shop_category(call: Call, shop_id: str, category_id: str) -> m.ShopView:
    """Leave a category: what the shop sells there goes off sale within minutes, then it owes no deposit for it (C3).

    Until then the category is in `leaving`. Listing a product there takes the shop back. May be repeated.
    """
    leave_category(shop_id, category_id, begin=call.begin, now=call.now)
    return read_shop.shop_view(shop_id, call.now, with_contact=True)


@app.door("GET", ACCOUNTS, STAFF_OR_PLATFORM)
def get_accounts(_: Call, shop_id: str) -> m.AccountsView:
    """The shop's linked accounts elsewhere in WeChat (C1)."""
    return m.AccountsView(accounts=[m.AccountView.of(one) for one in link_account.accounts_of(shop_id)])


@app.door("PUT", ACCOUNTS + "/{kind}", member(), problems=(p.IllegalTransition,))
def put_account(call: Call, shop_id: str, kind: str, body: m.LinkAccount) -> m.AccountView:
    """Link an account: one of each kind. The platform verifies that it is the merchant's (C1)."""
    return m.AccountView.of(
        link_account.link_account(
            shop_id, link_account.account_kind(kind), body.account_id, body.name, begin=call.begin, now=call.now
        )
    )


@app.door("DELETE", ACCOUNTS + "/{kind}", member(), status=204, problems=(p.IllegalTransition,))
def delete_account(call: Call, shop_id: str, kind: str) -> None:
    """Unlink an account. May be repeated (C1)."""
    link_account.unlink_account(shop_id, link_account.account_kind(kind), begin=call.begin, now=call.now)


@app.door("PUT", ACCOUNTS + "/{kind}/verification", PLATFORM, problems=(p.IllegalTransition,))
def put_account_verification(call: Call, shop_id: str, kind: str, body: m.VerifyAccount) -> m.AccountView:
    """Say whether a linked account is the merchant's. May be repeated (C1)."""
    account = link_account.verify_account(
        shop_id,
        link_account.account_kind(kind),
        body.account_id,
        verified=body.verified,
        begin=call.begin,
        now=call.now,
    )
    return m.AccountView.of(account)


@app.door("GET", "/v1/shops/{shop_id}/checklist", STAFF)
def get_checklist(call: Call, shop_id: str) -> m.ChecklistView:
    """What the shop still needs before it sells, in five steps (C1)."""
    return m.ChecklistView.of(shop_named(shop_id), tree(), call.now)


@app.door("PUT", "/v1/shops/{shop_id}/payment-account", MONEY, problems=(p.IllegalTransition,))
def put_payment_account(call: Call, shop_id: str, body: m.SetPaymentAccount) -> m.PaymentAccountView:
    """Say where the shop's money goes; it is active at once (C1)."""
    account = fund_shop.set_payment_account(
        shop_id, body.sub_mchid, body.settlement_reference, body.sub_appid, begin=call.begin, now=call.now
    )
    return m.PaymentAccountView.of(account)


def _deposit_again(call: Call, stored: Mapping[str, str]) -> m.DepositView:
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


@app.door("GET", "/v1/shops/{shop_id}/storefront", ANYONE, problems=(p.NotFound, OldIdAmbiguous))
def get_storefront(call: Call, shop_id: str, query: FromSource) -> pm.StorefrontView | Answer:
    """A shop as buyers see it: its notice and its shelves (C7, C8). By the id of an old shop that moved here: 308 to
    where it is now (M2)."""
    try:
        return pm.StorefrontView.of(storefront_of(shop_id), tree(), call.now)
    except p.NotFound:
        return shop_redirected(f"/{app.service}/v1/shops", shop_id, query)


@app.door("GET", "/v1/categories", ANYONE)
def get_categories(call: Call) -> Page[m.CategoryView]:
    """The whole category tree with the rules in force, on one page (C4)."""
    return Page(items=[m.CategoryView.of(one, call.now) for one in tree().categories])
