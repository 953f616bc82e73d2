"""Every verb of catalog as one act that may be repeated."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial
from typing import Any
from urllib.parse import quote

from services.catalog import app as catalog
from services.catalog.migrations import edit_plan as reckoning
from services.catalog.migrations import follow_calendar
from services.catalog.migrations.end_migrations import end_migration
from services.catalog.migrations.tables import plan_of
from services.catalog.products.sweep_plans import follow_plan
from services.catalog.review.jobs import REVIEW
from services.catalog.review.review_shop import review_shop as review
from services.catalog.rules import enforce
from services.catalog.tables import STORE
from services.catalog.traffic.fold_traffic import fold_shop
from services.shared.contracts.catalog import ShopClosed
from services.shared.contracts.envelope import Envelope, EventBody
from services.shared.contracts.migration import (
    HistoryMoved,
    MigrationCount,
    MigrationProgressed,
    MigrationRow,
    MigrationRowsTold,
    MovedSales,
    StockAnswered,
    StockAsked,
)
from services.shared.contracts.orders import AvailabilityChanged, OrderCancelled, OrderLine, OrderPaid, OrderRefused
from services.shared.contracts.plumbing import JobStepDue
from services.shared.plumbing import clock, ids
from services.shared.plumbing.jobs import Job, job_of
from services.shared.plumbing.tables import Transaction, query, retrying
from tests.integration.catalog.merchant import (
    ANYBODY,
    IMAGES,
    PLATFORM,
    Merchant,
    fresh_name,
    ok,
    open_merchant,
    person,
    product_body,
    said,
    shop_body,
    sku,
)
from tests.integration.catalog.moving import answered_for_orders, asked, dump, old_product, posted
from tests.integration.catalog.moving import done as moved
from tests.integration.catalog.platform import FOOD, NEW_CATEGORY, RULES, decided, handed_in, licensed, privately, today
from tests.integration.catalog.uploads import finish, line, native, start, upload
from tests.integration.verbs.scenario import Act, Scenarios, answered, brought
from tests.integration.wire import wrapped
from tests.unit.catalog.test_image_file import png

LONG = "明前特级西湖龙井茶叶礼盒装春茶绿茶新茶送礼佳品二百五十克"
FILE = native(line("cup", "一只青花瓷杯", "尺寸=小"), line("cup", "", "尺寸=大"), line("bowl", "一只白瓷碗儿"))


@dataclass
class Scene:
    """A shop that may sell, and its owner."""

    merchant: Merchant = field(default_factory=open_merchant)
    key: str = field(default_factory=lambda: ids.new_id("key"))

    def created(self) -> str:
        """The path of a product in two styles that is not on sale."""
        return self.path_of(self.merchant.creates(**two_styles()))

    def listed(self) -> str:
        """The path of one that is."""
        return self.path_of(self.merchant.sells(**two_styles()))

    def planned(self) -> str:
        """The path of one that goes on sale tomorrow."""
        path, tomorrow = self.created(), clock.now() + timedelta(days=1)
        ok(self.merchant.client.post(f"{path}/listing", {"at": tomorrow.isoformat()}))
        return path

    def invited(self, role: str = "operator") -> dict[str, Any]:
        """An open invitation."""
        return ok(self.merchant.client.post(f"{self.merchant.path}/staff", {"role": role}), 201)

    def joined(self, role: str = "operator") -> str:
        """Somebody who works for the shop."""
        name = fresh_name("p")
        ok(person(name).post(f"/v1/staff-invitations/{self.invited(role)['token']}"))
        return f"person:{name}"

    def indexed(self) -> dict[str, Any]:
        """A product on sale that search finds."""
        product = self.merchant.sells(**two_styles())
        brought(catalog.consume, said(product["product_id"])[-1])()
        return product

    def grouped(self) -> str:
        """The path of a group of two products on sale."""
        products = [self.merchant.sells(**two_styles())["product_id"] for _ in range(2)]
        made = ok(
            self.merchant.client.post(f"{self.merchant.path}/groups", {"title": "茶", "product_ids": products}), 201
        )
        return f"{self.merchant.path}/groups/{made['group_id']}"

    def ordered(self, products: list[str]) -> dict[str, Any]:
        """What every fact of an order of one piece of each says."""
        lines = [
            OrderLine(line_no=n, sku_id="sku_x", product_id=one, title="t", quantity=1, unit_price_fen=9, total_fen=9)
            for n, one in enumerate(products, 1)
        ]
        facts = {"order_id": ids.new_id("ord"), "shop_id": self.merchant.shop_id, "buyer": "person:x"}
        return {**facts, "kind": "purchase", "lines": lines, "channel": "direct"}

    def paid(self, products: list[str]) -> Envelope:
        """Such an order is paid."""
        facts = self.ordered(products)
        body = OrderPaid(**facts, paid_fen=9, paid_at=clock.now())
        return _wrapped(body, facts["order_id"], sequence=2)

    def fold(self) -> Act:
        """The sweep comes by this shop, whatever else it finds."""
        later = clock.now() + timedelta(minutes=3)
        begin = partial(Transaction, STORE, later, ids.new_id)
        return lambda: fold_shop(self.merchant.shop_id, begin=begin, now=later)

    def linked(self) -> str:
        """A link to the shop."""
        return str(ok(self.merchant.client.post(f"{self.merchant.path}/links", {"channel": "qr"}), 201)["link_id"])

    def session(self) -> dict[str, Any]:
        """A planned live session of one product on sale."""
        product = self.merchant.sells(**two_styles())["product_id"]
        body = {"title": "专场", "product_ids": [product]}
        return ok(self.merchant.client.post(f"{self.merchant.path}/live-sessions", body), 201)

    def session_path(self) -> str:
        """Its owner's path to one."""
        return f"{self.merchant.path}/live-sessions/{self.session()['session_id']}"

    def application(self) -> dict[str, Any]:
        """A partner's, with its secret."""
        return ok(PLATFORM.post("/v1/applications", {"name": "ERP"}), 201)

    def granted(self) -> str:
        """The id of one that may act for the shop."""
        app_id = str(self.application()["app_id"])
        ok(self.merchant.client.post(f"{self.merchant.path}/grants", {"app_id": app_id, "scope": "operator"}), 201)
        return app_id

    def refund(self) -> str:
        """The path of a part of the deposit that is asked back."""
        ok(self.merchant.client.post(f"{self.merchant.path}/deposits", {"amount_fen": 500}), 201)
        path = f"{self.merchant.path}/deposit-refunds"
        return f"{path}/{ok(self.merchant.client.post(path, {'amount_fen': 500}), 201)['refund_id']}"

    def account(self) -> str:
        """The path of a linked account."""
        path = f"{self.merchant.path}/accounts/channels"
        ok(self.merchant.client.put(path, {"account_id": "sph0123", "name": "茶"}))
        return path

    def private(self) -> Merchant:
        """A private person's shop, as a migration brings it."""
        return privately(open_merchant(passed=False, account=False, deposit_fen=0))

    def review(self) -> str:
        """The id of the newest job over the shop's products."""
        steps = STORE.outbox.scan(STORE.outbox.name == JobStepDue.NAME)
        found = {job.id for row in steps if (job := job_of(STORE, row.pk)) and job.kind == REVIEW and self.owns(job)}
        return max(found)

    def owns(self, job: Job) -> bool:
        """Whether it is over this shop's products."""
        return bool(job.args["shop_id"] == self.merchant.shop_id)

    def path_of(self, product: dict[str, Any]) -> str:
        """Its owner's path to it."""
        return f"{self.merchant.path}/products/{product['product_id']}"

    def post(self, path: str, body: object = None) -> Act:
        """Its owner does this, always with the same key."""
        return lambda: answered(self.merchant.client.post(path, body, key=self.key))

    def get(self, path: str) -> Act:
        """Its owner reads this."""
        return lambda: answered(self.merchant.client.get(path))


verb = Scenarios[Scene]("catalog")


def two_styles() -> dict[str, Any]:
    """A product as most are."""
    skus = [sku(attributes={"尺寸": size}, price_fen=9_900 + fen) for fen, size in enumerate(("小", "大"))]
    return {"title": LONG, "skus": skus}


# ----------------------------------------------------------------------------------------------------- sessions


@verb("post_wechat_session", unlike="every log-in is a session; one whose tokens nobody got expires")
def log_in(scene: Scene) -> Act:
    """With a code."""
    code = fresh_name("code")
    return lambda: answered(ANYBODY.post("/v1/sessions/wechat", {"code": code}, key=""))


@verb("post_session_refresh", unlike="a token used twice ends the session, and one logs in again")
def refresh_session(scene: Scene) -> Act:
    """With a token that was not used."""
    session = ok(ANYBODY.post("/v1/sessions/wechat", {"code": fresh_name("code")}, key=""))
    body = {"refresh_token": session["refresh_token"]}
    return lambda: answered(ANYBODY.post("/v1/sessions/refresh", body, key=""))


@verb("get_jwks")
def show_keys(scene: Scene) -> Act:
    """To whoever checks our tokens."""
    return _read("/v1/jwks.json")


# -------------------------------------------------------------------------------------------------------- shops


@verb("post_shop")
def open_shop(scene: Scene) -> Act:
    """By somebody who has none yet."""
    client, body = person(fresh_name("p")), shop_body()
    return lambda: answered(client.post("/v1/shops", body, key=scene.key))


@verb("get_shops")
def list_shops(scene: Scene) -> Act:
    """One's own."""
    return scene.get("/v1/shops?mine=true")


@verb("get_shop")
def show_shop(scene: Scene) -> Act:
    """To its owner."""
    return scene.get(scene.merchant.path)


@verb("patch_shop")
def edit_shop(scene: Scene) -> Act:
    """Another name."""
    body = {"name": fresh_name("大店")}
    return lambda: answered(scene.merchant.client.patch(scene.merchant.path, body))


@verb("post_submission")
def submit_shop(scene: Scene) -> Act:
    """A draft is handed in."""
    client = person(fresh_name("p"))
    shop = ok(client.post("/v1/shops", shop_body(submit=False)), 201)
    return lambda: answered(client.post(f"/v1/shops/{shop['shop_id']}/submission", key=""))


@verb("post_audit_decision")
def audit_shop(scene: Scene) -> Act:
    """Passed."""
    path = open_merchant(passed=False).path
    return lambda: answered(PLATFORM.post(f"{path}/audit-decisions", {"decision": "pass"}, key=""))


@verb("get_checklist")
def show_checklist(scene: Scene) -> Act:
    """What it lacks."""
    return scene.get(f"{scene.merchant.path}/checklist")


@verb("put_payment_account")
def set_payment_account(scene: Scene) -> Act:
    """Another one."""
    path = f"{scene.merchant.path}/payment-account"
    return lambda: answered(scene.merchant.client.put(path, {"sub_mchid": "1900000110"}))


@verb("post_deposit")
def fund_shop(scene: Scene) -> Act:
    """More of it."""
    return scene.post(f"{scene.merchant.path}/deposits", {"amount_fen": 500})


@verb("get_deposits")
def list_deposits(scene: Scene) -> Act:
    """One."""
    return scene.get(f"{scene.merchant.path}/deposits")


@verb("post_deposit_refund")
def ask_deposit_refund(scene: Scene) -> Act:
    """Of what is too much."""
    ok(scene.merchant.client.post(f"{scene.merchant.path}/deposits", {"amount_fen": 500}), 201)
    return scene.post(f"{scene.merchant.path}/deposit-refunds", {"amount_fen": 500})


@verb("get_deposit_refunds")
def list_deposit_refunds(scene: Scene) -> Act:
    """One."""
    return scene.get(scene.refund().rpartition("/")[0])


@verb("get_deposit_refund")
def show_deposit_refund(scene: Scene) -> Act:
    """To its shop."""
    return scene.get(scene.refund())


@verb("get_waiting_refunds")
def list_waiting_deposit_refunds(scene: Scene) -> Act:
    """The oldest."""
    return lambda: answered(PLATFORM.get("/v1/deposit-refunds?limit=1"))


@verb("put_refund_outcome")
def end_deposit_refund(scene: Scene) -> Act:
    """It could not be paid."""
    path = f"{scene.refund()}/outcome"
    return lambda: answered(PLATFORM.put(path, {"outcome": "rejected", "note": "户名不符"}))


@verb("get_storefront")
def show_storefront(scene: Scene) -> Act:
    """To anybody."""
    return _read(f"{scene.merchant.path}/storefront")


@verb("put_subject")
def change_subject(scene: Scene) -> Act:
    """A private person's, as a migration has brought it."""
    private = scene.private()
    return lambda: answered(private.client.put(f"{private.path}/subject", {"subject_type": "individual_business"}))


@verb("put_closure")
def close_shop(scene: Scene) -> Act:
    """One that sells."""
    scene.merchant.sells(**two_styles())
    return lambda: answered(scene.merchant.client.put(f"{scene.merchant.path}/closure"))


@verb("delete_shop_category")
def leave_category(scene: Scene) -> Act:
    """One in which it sells."""
    scene.merchant.sells(**two_styles())
    return lambda: answered(scene.merchant.client.delete(f"{scene.merchant.path}/categories/clothing.men"))


@verb("get_accounts")
def list_accounts(scene: Scene) -> Act:
    """One."""
    scene.account()
    return scene.get(f"{scene.merchant.path}/accounts")


@verb("put_account")
def link_account(scene: Scene) -> Act:
    """Of Channels."""
    path = f"{scene.merchant.path}/accounts/channels"
    return lambda: answered(scene.merchant.client.put(path, {"account_id": "sph0123", "name": "茶"}))


@verb("delete_account")
def unlink_account(scene: Scene) -> Act:
    """The one there is."""
    path = scene.account()
    return lambda: answered(scene.merchant.client.delete(path))


@verb("put_account_verification")
def verify_account(scene: Scene) -> Act:
    """It is the merchant's."""
    path = f"{scene.account()}/verification"
    return lambda: answered(PLATFORM.put(path, {"account_id": "sph0123", "verified": True}))


# -------------------------------------------------------------------------------------------------- applications


@verb("post_application")
def register(scene: Scene) -> Act:
    """One."""
    body = {"name": "ERP"}
    return lambda: answered(PLATFORM.post("/v1/applications", body, key=scene.key))


@verb("get_applications")
def list_applications(scene: Scene) -> Act:
    """The newest."""
    scene.application()
    return lambda: answered(PLATFORM.get("/v1/applications?limit=1"))


@verb("get_application")
def show_application(scene: Scene) -> Act:
    """One."""
    path = f"/v1/applications/{scene.application()['app_id']}"
    return lambda: answered(PLATFORM.get(path))


@verb("post_secret")
def rotate_secret(scene: Scene) -> Act:
    """Another one."""
    path = f"/v1/applications/{scene.application()['app_id']}/secrets"
    return lambda: answered(PLATFORM.post(path, key=scene.key))


@verb("put_application_status")
def suspend_application(scene: Scene) -> Act:
    """One that is active."""
    path = f"/v1/applications/{scene.application()['app_id']}/status"
    return lambda: answered(PLATFORM.put(path, {"status": "suspended"}))


@verb("post_application_session")
def log_application_in(scene: Scene) -> Act:
    """With its secret."""
    one = scene.application()
    body = {"app_id": one["app_id"], "secret": one["secret"]}
    return lambda: answered(ANYBODY.post("/v1/sessions/application", body, key=""))


@verb("post_grant")
def grant_scope(scene: Scene) -> Act:
    """To an application that has none."""
    body = {"app_id": scene.application()["app_id"], "scope": "operator"}
    return scene.post(f"{scene.merchant.path}/grants", body)


@verb("get_grants")
def list_grants(scene: Scene) -> Act:
    """One."""
    scene.granted()
    return scene.get(f"{scene.merchant.path}/grants")


@verb("delete_grant")
def revoke_grant(scene: Scene) -> Act:
    """The one there is."""
    path = f"{scene.merchant.path}/grants/{scene.granted()}"
    return lambda: answered(scene.merchant.client.delete(path))


# ---------------------------------------------------------------------------------------------- rules and licences


@verb("get_category")
def show_category(scene: Scene) -> Act:
    """One that was never edited."""
    return _read("/v1/categories/food.tea")


@verb("put_category")
def edit_category(scene: Scene) -> Act:
    """A new one."""
    path = f"/v1/categories/{NEW_CATEGORY}"
    body = {**RULES, "name": {"zh": "测试", "en": "Of a test"}, "parent_id": "other"}
    return lambda: answered(PLATFORM.put(path, body))


@verb("get_category_history")
def show_category_history(scene: Scene) -> Act:
    """What it shipped with."""
    return lambda: answered(PLATFORM.get("/v1/categories/food.tea/history"))


@verb("get_brand_words")
def show_brand_words(scene: Scene) -> Act:
    """None yet."""
    return lambda: answered(PLATFORM.get("/v1/brand-words"))


@verb("put_brand_words")
def edit_brand_words(scene: Scene) -> Act:
    """One."""
    body = {"words": [{"word": "青瓷坊", "brand": "青瓷坊"}]}
    return lambda: answered(PLATFORM.put("/v1/brand-words", body))


@verb("post_qualification")
def hand_in(scene: Scene) -> Act:
    """With its document."""
    document = upload(scene.merchant, b"a scan", "qualification")
    body = {"kind": "food_business", "number": "JY1330", "upload_id": document}
    return scene.post(f"{scene.merchant.path}/qualifications", body)


@verb("get_qualifications")
def list_qualifications(scene: Scene) -> Act:
    """One."""
    handed_in(scene.merchant)
    return scene.get(f"{scene.merchant.path}/qualifications")


@verb("get_qualification")
def show_qualification(scene: Scene) -> Act:
    """It."""
    one = handed_in(scene.merchant)
    return scene.get(f"{scene.merchant.path}/qualifications/{one['qualification_id']}")


@verb("post_qualification_decision")
def decide_qualification(scene: Scene) -> Act:
    """Passed, until a day."""
    one = handed_in(scene.merchant, expires_on="2099-12-31")
    path = f"{scene.merchant.path}/qualifications/{one['qualification_id']}/decisions"
    return lambda: answered(PLATFORM.post(path, {"decision": "pass"}, key=""))


@verb("post_qualification_decision")
def revoke_qualification(scene: Scene) -> Act:
    """Of a shop that sells by it: the job over its products begins."""
    one = licensed(scene.merchant)
    scene.merchant.sells(**FOOD)
    path = f"{scene.merchant.path}/qualifications/{one['qualification_id']}/decisions"
    return lambda: answered(PLATFORM.post(path, {"decision": "reject", "reason": "forged"}, key=""))


@verb("sweep")
def review_shop(scene: Scene) -> Act:
    """Its licence ends within the month, and it is told so."""
    licensed(scene.merchant, expires_on=(today() + timedelta(days=20)).isoformat())
    now = clock.now()
    begin = partial(Transaction, STORE, now, ids.new_id)
    return lambda: review(scene.merchant.shop_id, begin=begin, now=now)


@verb("plumbing.job_step_due")
def review_products(scene: Scene) -> Act:
    """Of a shop that has lost a licence: two go off sale, and one needs none."""
    one = licensed(scene.merchant)
    for category in (FOOD, FOOD, {}):
        scene.merchant.sells(**category)
    decided(scene.merchant, one, "reject", "forged")
    return brought(catalog.consume, _step(scene.review()))


@verb("plumbing.job_step_due")
def finish_closing(scene: Scene) -> Act:
    """Nothing is left to take off sale: the shop is cancelled."""
    product = scene.merchant.sells(**two_styles())
    ok(scene.merchant.client.delete(f"{scene.path_of(product)}/listing"))
    ok(scene.merchant.client.put(f"{scene.merchant.path}/closure"))
    return brought(catalog.consume, _step(scene.review()))


@verb("plumbing.job_step_due")
def enforce_rules(scene: Scene) -> Act:
    """A category's begin: one shop sells there, and its products' job is started."""
    scene.merchant.sells(category_id="crafts.ceramics")
    shop, now = scene.merchant.shop_id, clock.now()
    add = {"category_id": "crafts.ceramics", "since": now.isoformat()}
    begin = partial(Transaction, STORE, now, ids.new_id)
    return lambda: enforce.KIND.chunk(Job(f"job_{shop}", enforce.ENFORCE, add, cursor=_before(shop)), begin)


@verb("put_hold")
def hold_product(scene: Scene) -> Act:
    """For a risk."""
    path = f"{scene.listed()}/hold"
    return lambda: answered(PLATFORM.put(path, {"by": "risk", "reason": "疑似虚假宣传"}))


@verb("delete_hold", unlike="a product that is not held is not released: illegal-transition")
def release_product(scene: Scene) -> Act:
    """On sale again."""
    path = f"{scene.listed()}/hold"
    ok(PLATFORM.put(path, {"by": "risk", "reason": "疑似虚假宣传"}))
    return lambda: answered(PLATFORM.delete(path))


@verb("put_ban")
def ban_product(scene: Scene) -> Act:
    """One on sale."""
    path = f"{scene.listed()}/ban"
    return lambda: answered(PLATFORM.put(path, {"reason": "违禁商品"}))


@verb("delete_ban", unlike="a product that is not banned is not unbanned: illegal-transition")
def unban_product(scene: Scene) -> Act:
    """Off sale."""
    path = f"{scene.listed()}/ban"
    ok(PLATFORM.put(path, {"reason": "违禁商品"}))
    return lambda: answered(PLATFORM.delete(path))


# -------------------------------------------------------------------------------------------------------- staff


@verb("post_staff")
def invite(scene: Scene) -> Act:
    """An operator."""
    return scene.post(f"{scene.merchant.path}/staff", {"role": "operator"})


@verb("get_staff_invitations")
def list_invitations(scene: Scene) -> Act:
    """One."""
    scene.invited()
    return scene.get(f"{scene.merchant.path}/staff-invitations")


@verb("delete_staff_invitation")
def take_back(scene: Scene) -> Act:
    """One that is open."""
    path = f"{scene.merchant.path}/staff-invitations/{scene.invited()['invitation_id']}"
    return lambda: answered(scene.merchant.client.delete(path))


@verb("post_staff_invitation")
def join(scene: Scene) -> Act:
    """With a link that nobody has used."""
    client, token = person(fresh_name("p")), scene.invited()["token"]
    return lambda: answered(client.post(f"/v1/staff-invitations/{token}", key=""))


@verb("get_staff")
def list_staff(scene: Scene) -> Act:
    """An owner and an operator."""
    scene.joined()
    return scene.get(f"{scene.merchant.path}/staff")


@verb("put_staff")
def change_role(scene: Scene) -> Act:
    """An operator becomes an owner."""
    path = f"{scene.merchant.path}/staff/{scene.joined()}"
    return lambda: answered(scene.merchant.client.put(path, {"role": "owner"}))


@verb("delete_staff")
def remove_staff(scene: Scene) -> Act:
    """An owner goes, another stays."""
    path = f"{scene.merchant.path}/staff/{scene.joined('owner')}"
    return lambda: answered(scene.merchant.client.delete(path))


# ------------------------------------------------------------------------------------------- groups and shelves


@verb("post_group")
def make_group(scene: Scene) -> Act:
    """Of two products."""
    products = [scene.merchant.creates()["product_id"] for _ in range(2)]
    return scene.post(f"{scene.merchant.path}/groups", {"title": "春茶", "product_ids": products})


@verb("get_groups")
def list_groups(scene: Scene) -> Act:
    """One."""
    scene.grouped()
    return scene.get(f"{scene.merchant.path}/groups")


@verb("get_group")
def show_group(scene: Scene) -> Act:
    """Of two products."""
    return scene.get(scene.grouped())


@verb("get_products")
def browse_group(scene: Scene) -> Act:
    """Of two products, as buyers do."""
    group_id = scene.grouped().rpartition("/")[2]
    return _read(f"/v1/products?shop_id={scene.merchant.shop_id}&group_id={group_id}")


@verb("patch_group")
def rename_group(scene: Scene) -> Act:
    """Another title."""
    path = scene.grouped()
    return lambda: answered(scene.merchant.client.patch(path, {"title": "秋茶"}))


@verb("put_group_products")
def put_into_group(scene: Scene) -> Act:
    """One more."""
    path, product = scene.grouped(), scene.merchant.creates()["product_id"]
    return lambda: answered(scene.merchant.client.put(f"{path}/products", {"product_ids": [product]}))


@verb("delete_group_product")
def take_out_of_group(scene: Scene) -> Act:
    """One of two."""
    path = scene.grouped()
    product = ok(scene.merchant.client.get(path))["product_ids"][0]
    return lambda: answered(scene.merchant.client.delete(f"{path}/products/{product}"))


@verb("delete_group")
def remove_group(scene: Scene) -> Act:
    """No shelf shows it."""
    path = scene.grouped()
    return lambda: answered(scene.merchant.client.delete(path))


@verb("get_shelves")
def show_shelves(scene: Scene) -> Act:
    """As the template has them."""
    return scene.get(f"{scene.merchant.path}/shelves")


@verb("put_shelves")
def arrange_shelves(scene: Scene) -> Act:
    """A group and the best sellers."""
    group = scene.grouped().rpartition("/")[2]
    plans = [{"title": "春茶", "slot": "group", "group_id": group}, {"title": "热卖", "slot": "best_selling"}]
    path = f"{scene.merchant.path}/shelves"
    return lambda: answered(scene.merchant.client.put(path, {"shelves": plans}))


# ----------------------------------------------------------------------------------------- where buyers come from


@verb("post_link")
def make_link(scene: Scene) -> Act:
    """To the shop."""
    return scene.post(f"{scene.merchant.path}/links", {"channel": "qr"})


@verb("get_links")
def list_links(scene: Scene) -> Act:
    """One."""
    scene.linked()
    return scene.get(f"{scene.merchant.path}/links")


@verb("get_link")
def show_link(scene: Scene) -> Act:
    """To anybody."""
    return _read(f"/v1/links/{scene.linked()}")


@verb("get_link_qr")
def draw_link(scene: Scene) -> Act:
    """To anybody."""
    return _read(f"/v1/links/{scene.linked()}/qr")


@verb("post_live_session")
def plan_session(scene: Scene) -> Act:
    """Of a product."""
    product = scene.merchant.creates()["product_id"]
    return scene.post(f"{scene.merchant.path}/live-sessions", {"title": "专场", "product_ids": [product]})


@verb("get_live_sessions")
def list_sessions(scene: Scene) -> Act:
    """One."""
    scene.session()
    return scene.get(f"{scene.merchant.path}/live-sessions")


@verb("get_live_session")
def show_session(scene: Scene) -> Act:
    """With its product."""
    return _read(f"/v1/live-sessions/{scene.session()['session_id']}")


@verb("patch_live_session")
def edit_session(scene: Scene) -> Act:
    """Another title."""
    path = scene.session_path()
    return lambda: answered(scene.merchant.client.patch(path, {"title": "秋茶专场"}))


@verb("post_live_start")
def start_session(scene: Scene) -> Act:
    """It was planned."""
    path = scene.session_path()
    return lambda: answered(scene.merchant.client.post(f"{path}/start", key=""))


@verb("post_live_end")
def end_session(scene: Scene) -> Act:
    """It was live."""
    path = scene.session_path()
    ok(scene.merchant.client.post(f"{path}/start"))
    return lambda: answered(scene.merchant.client.post(f"{path}/end", key=""))


@verb("put_live_pinned")
def pin_product(scene: Scene) -> Act:
    """Its only product."""
    session = scene.session()
    path = f"{scene.merchant.path}/live-sessions/{session['session_id']}"
    ok(scene.merchant.client.post(f"{path}/start"))
    return lambda: answered(scene.merchant.client.put(f"{path}/pinned", {"product_id": session["product_ids"][0]}))


# ----------------------------------------------------------------------------------------------------- products


@verb("get_categories")
def list_categories(scene: Scene) -> Act:
    """They are in the code."""
    return _read("/v1/categories")


@verb("post_product")
def create_product(scene: Scene) -> Act:
    """In two styles."""
    return scene.post(f"{scene.merchant.path}/products", product_body(**two_styles()))


@verb("get_own_products")
def list_own_products(scene: Scene) -> Act:
    """Three."""
    for _ in range(3):
        scene.created()
    return scene.get(f"{scene.merchant.path}/products")


@verb("get_own_product")
def show_own_product(scene: Scene) -> Act:
    """To its owner."""
    return scene.get(scene.created())


@verb("patch_product")
def edit_product(scene: Scene) -> Act:
    """One that is on sale."""
    path = scene.listed()
    return lambda: answered(scene.merchant.client.patch(path, {"short_title": "龙井"}))


@verb("delete_product")
def remove_product(scene: Scene) -> Act:
    """For good."""
    path = scene.created()
    return lambda: answered(scene.merchant.client.delete(path))


@verb("post_listing")
def offer_product(scene: Scene) -> Act:
    """It goes on sale."""
    path = scene.created()
    return lambda: answered(scene.merchant.client.post(f"{path}/listing", key=""))


@verb("delete_listing")
def withdraw_product(scene: Scene) -> Act:
    """It goes off sale."""
    path = scene.listed()
    return lambda: answered(scene.merchant.client.delete(f"{path}/listing"))


@verb("post_listing")
def plan_listing(scene: Scene) -> Act:
    """It goes on sale tomorrow, for a day."""
    path, tomorrow = scene.created(), clock.now() + timedelta(days=1)
    body = {"at": tomorrow.isoformat(), "until": (tomorrow + timedelta(days=1)).isoformat()}
    return lambda: answered(scene.merchant.client.post(f"{path}/listing", body, key=""))


@verb("delete_listing_plan")
def cancel_plan(scene: Scene) -> Act:
    """It stays off sale."""
    path = scene.planned()
    return lambda: answered(scene.merchant.client.delete(f"{path}/listing-plan"))


@verb("sweep_plans")
def list_as_planned(scene: Scene) -> Act:
    """The schedule comes by this product, whatever else is due."""
    product_id = scene.planned().rpartition("/")[2]
    later = clock.now() + timedelta(days=2)
    begin = partial(Transaction, STORE, later, ids.new_id)
    return lambda: retrying(lambda: follow_plan(product_id, begin=begin, now=later))


@verb("post_draft_decision")
def audit_draft(scene: Scene) -> Act:
    """Of a shop that does not pass its own."""
    path = scene.listed()
    ok(scene.merchant.client.patch(scene.merchant.path, {"auto_pass": False}))
    ok(scene.merchant.client.patch(path, {"title": "秋天的龙井茶叶礼盒"}))
    return lambda: answered(PLATFORM.post(f"{path}/audit-decisions", {"decision": "pass"}, key=""))


@verb("get_products")
def list_products(scene: Scene) -> Act:
    """Three of a shop's."""
    for _ in range(3):
        scene.listed()
    return _read(f"/v1/products?shop_id={scene.merchant.shop_id}&limit=3")


@verb("get_product")
def show_product(scene: Scene) -> Act:
    """To anybody."""
    product = scene.merchant.sells(**two_styles())
    return _read(f"/v1/products/{product['product_id']}")


@verb("get_products")
def search_products(scene: Scene) -> Act:
    """By two words in a shop that has three."""
    for _ in range(3):
        scene.indexed()
    return _read(f"/v1/products?shop_id={scene.merchant.shop_id}&q={quote('龙井 礼盒')}")


@verb("get_products")
def list_by_sales(scene: Scene) -> Act:
    """Over the marketplace."""
    scene.indexed()
    return _read("/v1/products?sort=sales&limit=3")


@verb("catalog.product_offered")
def index_product(scene: Scene) -> Act:
    """It goes into the lists of its words."""
    product = scene.merchant.sells(**two_styles())
    return brought(catalog.consume, said(product["product_id"])[-1])


@verb("catalog.product_withdrawn")
def take_out_of_lists(scene: Scene) -> Act:
    """It leaves them."""
    product = scene.indexed()
    ok(scene.merchant.client.delete(f"{scene.path_of(product)}/listing"))
    return brought(catalog.consume, said(product["product_id"])[-1])


@verb("orders.order_paid")
def count_order(scene: Scene) -> Act:
    """Of two products."""
    return brought(catalog.consume, scene.paid([scene.indexed()["product_id"] for _ in range(2)]))


@verb("orders.order_cancelled")
def count_unpaid_order(scene: Scene) -> Act:
    """Nobody paid it in time."""
    facts = scene.ordered([scene.indexed()["product_id"]])
    return brought(catalog.consume, _wrapped(OrderCancelled(**facts, why="expired"), facts["order_id"], sequence=2))


@verb("orders.order_refused")
def count_refused_order(scene: Scene) -> Act:
    """It was refused before it was paid."""
    facts = scene.ordered([scene.indexed()["product_id"]])
    refused = OrderRefused(**facts, paid=False, paid_fen=0)
    return brought(catalog.consume, _wrapped(refused, facts["order_id"], sequence=2))


@verb("orders.history_moved")
def count_history(scene: Scene) -> Act:
    """Old orders of one product on two days."""
    product = scene.indexed()["product_id"]
    sales = [
        MovedSales(day=date(2024, 6, day), product_id=product, channel="live", orders=1, paid=1, pieces=2, gmv_fen=9)
        for day in (18, 19)
    ]
    migration_id = ids.new_id("mig")
    body = HistoryMoved(migration_id=migration_id, shop_id=scene.merchant.shop_id, run=1, sales=sales)
    return brought(catalog.consume, _wrapped(body, migration_id))


@verb("post_traffic_events")
def count_batch(scene: Scene) -> Act:
    """Of two events."""
    product = scene.merchant.creates()["product_id"]
    events = [{"kind": kind, "product_id": product, "channel": "qr"} for kind in ("impression", "click")]
    body = {"batch_id": scene.key, "shop_id": scene.merchant.shop_id, "events": events}
    return lambda: answered(person("buyer").post("/v1/traffic-events", body, key=""))


@verb("sweep")
def fold_traffic(scene: Scene) -> Act:
    """An order of a product that moves up by it."""
    brought(catalog.consume, scene.paid([scene.indexed()["product_id"]]))()
    return scene.fold()


@verb("get_funnel")
def show_funnel(scene: Scene) -> Act:
    """Of a week."""
    today = clock.now().date()
    return scene.get(f"{scene.merchant.path}/funnel?since={today - timedelta(days=6)}&until={today}")


@verb("catalog.sales_rank_reached")
def move_up(scene: Scene) -> Act:
    """One sale brings a product above those without any."""
    product = scene.indexed()["product_id"]
    brought(catalog.consume, scene.paid([product]))()
    scene.fold()()
    return brought(catalog.consume, said(product)[-1])


@verb("orders.availability_changed")
def note_stock(scene: Scene) -> Act:
    """A style is sold out."""
    product = scene.merchant.sells(**two_styles())
    style = product["skus"][0]["sku_id"]
    body = AvailabilityChanged(
        sku_id=style, product_id=product["product_id"], shop_id=scene.merchant.shop_id, in_stock=False
    )
    return brought(catalog.consume, _wrapped(body, style))


def _wrapped(body: EventBody, subject: str, sequence: int = 1) -> Envelope:
    """As orders says it."""
    return wrapped(body, emitter="orders", subject=subject, sequence=sequence)


# ------------------------------------------------------------------------------------------------------ files


@verb("post_upload")
def ask_upload(scene: Scene) -> Act:
    """A place for a file."""
    asked = {"purpose": "import", "content_type": "text/csv", "bytes": 10, "sha256": "0" * 64}
    return scene.post("/v1/uploads", asked)


@verb("post_product")
def create_product_with_image(scene: Scene) -> Act:
    """One of four is an upload that is looked at."""
    images = [*IMAGES, upload(scene.merchant, png(800, 600), "image", "image/png")]
    return scene.post(f"{scene.merchant.path}/products", product_body(images=images))


@verb("get_image")
def show_image(scene: Scene) -> Act:
    """Of a product, to anybody."""
    image = upload(scene.merchant, png(800, 600), "image", "image/png")
    scene.merchant.creates(images=[image, *IMAGES])
    return _read(f"/v1/images/{image}")


@verb("post_import")
def start_import(scene: Scene) -> Act:
    """Of a file that is there."""
    body = {"upload_id": upload(scene.merchant, FILE.encode()), "format": "native"}
    return scene.post(f"{scene.merchant.path}/imports", body)


@verb("plumbing.job_step_due")
def run_import(scene: Scene) -> Act:
    """Its first chunk: two products in three styles."""
    return brought(catalog.consume, _step(ok(start(scene.merchant, FILE), 202)["import_id"]))


@verb("plumbing.job_step_due")
def finish_import(scene: Scene) -> Act:
    """Its report and its end."""
    import_id = ok(start(scene.merchant, FILE), 202)["import_id"]
    brought(catalog.consume, _step(import_id))()
    return brought(catalog.consume, _step(import_id))


@verb("get_import")
def show_import(scene: Scene) -> Act:
    """One that has ended."""
    ended = finish(scene.merchant, start(scene.merchant, FILE))
    return scene.get(f"{scene.merchant.path}/imports/{ended['import_id']}")


@verb("get_import_rows")
def list_import_rows(scene: Scene) -> Act:
    """Three."""
    ended = finish(scene.merchant, start(scene.merchant, FILE))
    return scene.get(f"{scene.merchant.path}/imports/{ended['import_id']}/rows")


# --------------------------------------------------------------------------------------------------- migrations


MOVED = dump([old_product(0), old_product(1), "{no json"])
ALONE = dump([old_product(0)])  # a rollback goes by ids, in whose order two would stand at random
ONE_STYLE = dump([old_product(0, skus=old_product(0)["skus"][:1])])


def _migration(scene: Scene) -> str:
    """The id of one of two products and a bad line, into the shop."""
    return asked(scene.merchant, MOVED)


def _ran(scene: Scene, *acts: str, of: bytes = MOVED) -> str:
    """The id of one with which this was done, to the end."""
    migration_id = asked(scene.merchant, of)
    for what in acts:
        moved(scene.merchant, migration_id, what)
    return migration_id


def _acts(scene: Scene, migration_id: str, what: str) -> Act:
    return lambda: answered(scene.merchant.client.post(f"/v1/migrations/{migration_id}/{what}"))


def _runs(scene: Scene, migration_id: str, what: str) -> Act:
    """The step of its run."""
    ok(scene.merchant.client.post(f"/v1/migrations/{migration_id}/{what}"))
    run = ok(scene.merchant.client.get(f"/v1/migrations/{migration_id}"))["run"]
    return brought(catalog.consume, _step(f"{migration_id}-{run}"))


@verb("post_migration")
def ask_migration(scene: Scene) -> Act:
    """Into a shop that is opened for it: a private person's, from a system that had them."""
    shop = shop_body(subject_type="person")
    file = {"kind": "products", "upload_id": upload(scene.merchant, MOVED, "migration")}
    body = {"source": "mini_shop", "old_shop_id": ids.new_id("old"), "shop": shop, "files": [file]}
    return scene.post("/v1/migrations", body)


@verb("post_migration_decision")
def decide_migration(scene: Scene) -> Act:
    """Confirmed: the old shop is taken."""
    path = f"/v1/migrations/{asked(scene.merchant, MOVED, confirmed=False)}/decisions"
    return lambda: answered(PLATFORM.post(path, {"decision": "pass"}))


@verb("post_migration_withdraw")
def withdraw_migration(scene: Scene) -> Act:
    """Nothing of it came in."""
    return _acts(scene, _migration(scene), "withdraw")


@verb("catalog.shop_closed")
def stop_migrations(scene: Scene) -> Act:
    """One runs into the shop that closes."""
    migration_id = _migration(scene)
    _acts(scene, migration_id, "start")()
    ok(scene.merchant.client.put(f"{scene.merchant.path}/closure"))
    return _hears(ShopClosed(shop_id=scene.merchant.shop_id, name="any"), scene.merchant.shop_id, 9)


@verb("get_migrations")
def list_migrations(scene: Scene) -> Act:
    """One."""
    _migration(scene)
    return scene.get(f"/v1/migrations?shop_id={scene.merchant.shop_id}")


@verb("get_migration")
def show_migration(scene: Scene) -> Act:
    """One that has moved."""
    return scene.get(f"/v1/migrations/{_ran(scene, 'start')}")


@verb("get_migration_report")
def show_migration_report(scene: Scene) -> Act:
    """Of a move with a refusal."""
    return scene.get(f"/v1/migrations/{_ran(scene, 'start')}/report")


@verb("get_migration_rows")
def list_migration_rows(scene: Scene) -> Act:
    """Three."""
    return scene.get(f"/v1/migrations/{_ran(scene, 'start')}/rows")


@verb("get_migration_refusals")
def list_migration_refusals(scene: Scene) -> Act:
    """One."""
    return scene.get(f"/v1/migrations/{_ran(scene, 'start')}/refusals")


@verb("post_migration_dry_run")
def try_migration(scene: Scene) -> Act:
    """The first act."""
    return _acts(scene, _migration(scene), "dry-run")


@verb("post_migration_start")
def start_migration(scene: Scene) -> Act:
    """After a dry run."""
    return _acts(scene, _ran(scene, "dry-run"), "start")


@verb("post_migration_pause")
def pause_migration(scene: Scene) -> Act:
    """A move that has just begun."""
    migration_id = _migration(scene)
    _acts(scene, migration_id, "start")()
    return _acts(scene, migration_id, "pause")


@verb("post_migration_resume")
def resume_migration(scene: Scene) -> Act:
    """One that was paused."""
    migration_id = _migration(scene)
    for what in ("start", "pause"):
        _acts(scene, migration_id, what)()
    return _acts(scene, migration_id, "resume")


@verb("post_migration_rollback")
def start_rollback(scene: Scene) -> Act:
    """Of a move that has ended."""
    return _acts(scene, _ran(scene, "start", of=ONE_STYLE), "rollback")


@verb("plumbing.job_step_due")
def try_products(scene: Scene) -> Act:
    """A dry run's step: three records, told of and no more."""
    return _runs(scene, _migration(scene), "dry-run")


@verb("plumbing.job_step_due")
def move_products(scene: Scene) -> Act:
    """A move's step: two products come in, one record is refused, and the run ends."""
    return _runs(scene, _migration(scene), "start")


@verb("plumbing.job_step_due")
def move_a_group(scene: Scene) -> Act:
    """A move's step: a product and the group that it is in."""
    lines = dump([{"group_id": "501", "group_name": "茶杯", "product_list": [old_product(0)["product_id"]]}])
    files = [("products", ALONE), ("groups", lines)]
    asked_files = [{"kind": kind, "upload_id": upload(scene.merchant, one, "migration")} for kind, one in files]
    return _runs(scene, asked(scene.merchant, ALONE, files=asked_files), "start")


@verb("plumbing.job_step_due")
def move_a_product_of_many_styles(scene: Scene) -> Act:
    """A move's step: more old ids of styles than are named in the product's own transaction."""
    skus = [
        {"sku_id": 9_000 + n, "sale_price": 100, "sku_attrs": [{"attr_key": "n", "attr_value": str(n)}]}
        for n in range(32)
    ]
    return _runs(scene, asked(scene.merchant, dump([old_product(0, skus=skus)])), "start")


def _staff_and_shop(scene: Scene) -> str:
    """The id of a migration of the shop's record, a document and two members: one who is here, and one who is not."""
    document = upload(scene.merchant, b"a licence", "qualification")
    info = {"nickname": "老店", "notice": "每周一发货", "subject_type": "企业", "username": "gh_0123456789ab"}
    licence = {"kind": "food_business", "number": "JY100", "upload_id": document}
    members = [
        {"member_id": "m1", "role": "operator", "person": f"person:{fresh_name('p')}", "mobile": "13800000000"},
        {"member_id": "m2", "role": "support"},
    ]
    files = [("shop", dump([info, licence])), ("members", dump(members))]
    asked_files = [{"kind": kind, "upload_id": upload(scene.merchant, one, "migration")} for kind, one in files]
    return asked(scene.merchant, ALONE, files=asked_files, source="channels_shop")


@verb("plumbing.job_step_due")
def move_a_shop_and_its_staff(scene: Scene) -> Act:
    """A move's step: an account and a document to be looked at, somebody who joins, somebody who is invited."""
    return _runs(scene, _staff_and_shop(scene), "start")


@verb("get_migration_origin")
def show_origin(scene: Scene) -> Act:
    """Of a product."""
    old_id = old_product(0)["product_id"]
    return scene.get(f"/v1/migrations/{_ran(scene, 'start', of=ALONE)}/origin?kind=products&old_id={old_id}")


@verb("get_old_sku")
def find_old_style(scene: Scene) -> Act:
    """By the id that it had."""
    _ran(scene, "start", of=ALONE)
    return lambda: answered(ANYBODY.get(f"/v1/old-skus/{old_product(0)['skus'][0]['sku_id']}"))


@verb("get_own_old_sku")
def find_own_old_style(scene: Scene) -> Act:
    """By the id that it had."""
    _ran(scene, "start", of=ALONE)
    return scene.get(f"{scene.merchant.path}/old-skus/{old_product(0)['skus'][0]['sku_id']}")


@verb("plumbing.job_step_due")
def roll_products_back(scene: Scene) -> Act:
    """A rollback's step: a product is taken out, with whose stock nothing was done."""
    migration_id = _asking(scene)
    answered_for_orders(migration_id)
    return brought(catalog.consume, _step(f"{migration_id}-2"))


@verb("plumbing.job_step_due")
def ask_before_rolling_back(scene: Scene) -> Act:
    """A rollback's first step: a product was on sale."""
    return _runs(scene, _ran(scene, "start", of=ONE_STYLE), "rollback")


@verb("orders.migration_stock_answered")
def hear_of_stock(scene: Scene) -> Act:
    """Nothing was done with it; the rollback goes on."""
    migration_id = _asking(scene)
    [asking] = [row for row in query(STORE.outbox, migration_id) if row.name == StockAsked.NAME]
    part = Envelope.model_validate_json(asking.body).open(StockAsked).part
    said = {"migration_id": migration_id, "shop_id": scene.merchant.shop_id, "run": 2, "part": part}
    return _hears(StockAnswered.model_validate({**said, "ordered": [], "counted": []}), migration_id, 0)


def _asking(scene: Scene) -> str:
    """The id of one whose rollback waits for what orders says."""
    migration_id = _ran(scene, "start", of=ONE_STYLE)
    _runs(scene, migration_id, "rollback")()
    return migration_id


@verb("plumbing.job_step_due")
def roll_a_member_back(scene: Scene) -> Act:
    """A rollback's step: a role that nobody has touched is taken back."""
    line = dump([{"member_id": "m1", "role": "operator", "person": f"person:{fresh_name('p')}"}])
    file = {"kind": "members", "upload_id": upload(scene.merchant, line, "migration")}
    migration_id = asked(scene.merchant, ALONE, files=[file])
    moved(scene.merchant, migration_id, "start")
    return _runs(scene, migration_id, "rollback")


@verb("orders.migration_progressed")
def hear_progress(scene: Scene) -> Act:
    """Orders' part of a move has ended, and the move with it."""
    file = {"kind": "orders", "upload_id": "upl_of_orders"}
    body = {"source": "mini_shop", "old_shop_id": ids.new_id("old"), "shop_id": scene.merchant.shop_id, "files": [file]}
    migration_id = posted(scene.merchant, body)
    _acts(scene, migration_id, "start")()
    counts = [MigrationCount(kind="orders", read=3, moved=3, bytes_read=900, bytes_total=900, seconds=0.4)]
    said: dict[str, Any] = {"migration_id": migration_id, "shop_id": scene.merchant.shop_id, "run": 1, "mode": "move"}
    return _hears(MigrationProgressed(**said, state="ended", counts=counts), migration_id, 1_000_002)


@verb("orders.migration_rows_told")
def hear_rows(scene: Scene) -> Act:
    """One order was refused."""
    migration_id = _migration(scene)
    row = MigrationRow(kind="orders", file=2, line=9, old_id="37", outcome="refused", why="status: 999 is unknown")
    said = MigrationRowsTold(migration_id=migration_id, shop_id=scene.merchant.shop_id, run=1, rows=[row])
    return _hears(said, migration_id, 1_000_001)


def _hears(body: EventBody, subject: str, sequence: int) -> Act:
    return brought(catalog.consume, _wrapped(body, subject, sequence))


@verb("get_migration_plans")
def list_plans(scene: Scene) -> Act:
    """Three sources'."""
    return _read("/v1/migration-plans")


@verb("get_migration_plan")
def show_plan(scene: Scene) -> Act:
    """One."""
    return _read("/v1/migration-plans/shop_v1")


@verb("put_migration_plan", unlike="the same again writes nothing, and so leaves no second edit")
def edit_plan(scene: Scene) -> Act:
    """How long a move can be rolled back at least: what no test of the calendar looks at."""
    days = {"rollback_days": plan_of("channels_shop").rollback_days % 90 + 30}
    return lambda: answered(PLATFORM.put("/v1/migration-plans/channels_shop", days))


@verb("get_migration_plan_history")
def show_plan_history(scene: Scene) -> Act:
    """What the system shipped with, and perhaps more."""
    return lambda: answered(PLATFORM.get("/v1/migration-plans/mini_shop/history"))


@verb("plumbing.job_step_due")
def reckon_calendars(scene: Scene) -> Act:
    """A plan was edited: one shop lives by it, and stands where it should."""
    shop_id, now = _legacy(scene), clock.now()
    begin = partial(Transaction, STORE, now, ids.new_id)
    add = {"source": "mini_shop"}
    return lambda: reckoning.KIND.chunk(Job(f"job_{shop_id}", reckoning.RECKON, add, cursor=_before(shop_id)), begin)


@verb("sweep")
def follow_shops_calendar(scene: Scene) -> Act:
    """A private person's shop, long behind `done`: it takes no step, and its owner is reminded."""
    shop_id, later = _legacy(scene), clock.now() + timedelta(days=20)
    begin = partial(Transaction, STORE, later, ids.new_id)
    return lambda: follow_calendar.catch_up(shop_id, begin=begin, now=later)


@verb("sweep")
def end_move(scene: Scene) -> Act:
    """Its rollback's time is over."""
    migration_id, later = _ran(scene, "start"), clock.now() + timedelta(days=31)
    begin = partial(Transaction, STORE, later, ids.new_id)
    return lambda: retrying(lambda: end_migration(migration_id, begin=begin, now=later))


def _legacy(scene: Scene) -> str:
    """The id of a private person's shop that came from mini_shop."""
    body = {
        "source": "mini_shop",
        "old_shop_id": ids.new_id("old"),
        "shop": shop_body(subject_type="person"),
        "files": [],
    }
    return str(ok(scene.merchant.client.post("/v1/migrations", body), 201)["shop_id"])


def _step(import_id: str) -> Envelope:
    """The step of the job that is due."""
    rows = [Envelope.model_validate_json(row.body) for row in query(STORE.outbox, import_id)]
    return max(rows, key=lambda one: one.sequence)


def _before(shop_id: str) -> str:
    """A place in a list of shops right before this one."""
    return f"{shop_id[:-1]}{chr(ord(shop_id[-1]) - 1)}~"


def _read(path: str) -> Act:
    """Anybody reads this."""
    return lambda: answered(ANYBODY.get(path))
