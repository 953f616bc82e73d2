"""What the platform does in the tests: categories, qualifications; and the jobs and sweeps that follow from it."""

from dataclasses import replace
from datetime import UTC, date
from typing import Any

from infra.local.schedules import scheduled_event
from services.catalog import app as catalog
from services.catalog.categories import tree_now
from services.catalog.shops.shop_record import shop_named, write_shop
from services.catalog.tables import STORE, CatalogRow
from services.shared.contracts.plumbing import JobStepDue
from services.shared.plumbing import clock, ids, jobs
from services.shared.plumbing.tables import Transaction, query
from tests.integration.catalog.conftest import Hands
from tests.integration.catalog.merchant import IMAGES, PLATFORM, Merchant, fresh_name, ok
from tests.integration.catalog.uploads import upload
from tests.integration.wire import deliver

RULES = {
    "deposit_fen": 100_000,
    "fee_bp": 60,
    "giftable": True,
    "kinds": ["physical"],
    "seven_day_return": True,
    "licences": [],
    "min_images": 3,
}
NEW_CATEGORY = "other.of-a-test"
FOOD = {"category_id": "food.tea", "images": [*IMAGES, "https://images.test/4.jpg"]}


def category(hands: Hands, **rules: Any) -> str:
    """A category of its own, so that other tests keep their rules; in force."""
    category_id = fresh_name("other.c")
    ruled(category_id, name={"zh": "测试", "en": "Of a test"}, parent_id="other", **rules)
    in_force(hands)
    return category_id


def ruled(category_id: str, **rules: Any) -> dict[str, Any]:
    """Other rules for it."""
    return ok(PLATFORM.put(f"/v1/categories/{category_id}", {**RULES, **rules}))


def in_force(hands: Hands) -> None:
    """What was ruled now has begun, and what follows from it is done."""
    hands.move(seconds=11)
    worked()


def worked() -> None:
    """Jobs that are due are done."""
    deliver(catalog, only={JobStepDue.NAME})
    jobs.restart_stalled(STORE, clock.now(), ids.new_id)
    deliver(catalog, only={JobStepDue.NAME})


def swept() -> None:
    """The sweep has come by, and what follows from it is done."""
    catalog.sweep(scheduled_event("sweep", clock.now()), None)
    worked()


def handed_in(merchant: Merchant, kind: str = "food_business", **differs: Any) -> dict[str, Any]:
    """A qualification that waits for the platform."""
    body = {"kind": kind, "number": "JY1330", "upload_id": upload(merchant, b"a scan", "qualification"), **differs}
    return ok(merchant.client.post(f"{merchant.path}/qualifications", body), 201)


def decided(merchant: Merchant, one: dict[str, Any], decision: str = "pass", reason: str = "") -> dict[str, Any]:
    """The platform's word on it."""
    path = f"{merchant.path}/qualifications/{one['qualification_id']}/decisions"
    return ok(PLATFORM.post(path, {"decision": decision, "reason": reason}))


def licensed(merchant: Merchant, kind: str = "food_business", **differs: Any) -> dict[str, Any]:
    """A qualification that is passed."""
    return decided(merchant, handed_in(merchant, kind, **differs))


def today() -> date:
    """By the clock that decides."""
    return clock.now().astimezone(UTC).date()


def shown(merchant: Merchant, product: dict[str, Any]) -> dict[str, Any]:
    """The product as its merchant sees it now."""
    return ok(merchant.client.get(f"{merchant.path}/products/{product['product_id']}"))


def state(merchant: Merchant, product: dict[str, Any]) -> tuple[str, str | None]:
    """Its status, and what took it off sale."""
    now = shown(merchant, product)
    return now["status"], now["delisted_by"]


def without_rules() -> None:
    """The platform has edited nothing: the item that holds all edits is as small as it can be."""
    for kept in ("CATEGORIES", "VERSION", "BRANDS"):
        CatalogRow("RULES", kept).delete()
    for row in query(CatalogRow, f"CTH#{NEW_CATEGORY}"):
        row.delete()
    tree_now()


def privately(merchant: Merchant) -> Merchant:
    """His shop becomes a private person's, as only a migration brings one."""
    shop = shop_named(merchant.shop_id)
    tx = Transaction(STORE, clock.now(), ids.new_id)
    write_shop(tx, replace(shop, subject_type="person", version=shop.version + 1))
    tx.commit()
    return merchant
