"""What a merchant does over HTTP to have something for sale. Every step may be repeated."""

import hashlib
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Literal

from infra.cli.api import Caller, Json, Refusal, Stack

Format = Literal["native", "shopify", "jsonl"]
CONTENT_TYPES = {"native": "text/csv", "shopify": "text/csv", "jsonl": "application/jsonl"}
LOOK_EVERY_S = 0.2
HEARD_WITHIN_S = 120.0
OFFERS_A_CALL = 40
CONTACT = {"name": "店长", "phone": "13900000000"}


class NotHeard(Exception):
    """One service has not heard in time what another one said. The message is one sentence."""


def own_shop(merchant: Caller, name: str) -> Json | None:
    """The merchant's shop of this name."""
    return next((shop for shop in merchant.pages("/catalog/v1/shops", mine="true") if shop["name"] == name), None)


def opened_shop(stack: Stack, person: str, name: str, deposit_fen: int) -> Json:
    """A shop of this name that may sell, opened and passed as far as it is not yet; returns it."""
    merchant = stack.person(person)
    shop = own_shop(merchant, name)
    if shop is None:
        wanted = {"name": name, "subject_type": "individual_business", "contact": CONTACT}
        # A header is ASCII, a name need not be.
        shop = merchant.post("/catalog/v1/shops", wanted, f"open:{hashlib.sha256(name.encode()).hexdigest()}")
    path = f"/catalog/v1/shops/{shop['shop_id']}"
    if shop["status"] == "submitted":
        stack.platform().post(f"{path}/audit-decisions", {"decision": "pass"}, f"pass:{shop['shop_id']}")
    if "payment_account" in shop["missing"]:
        merchant.put(f"{path}/payment-account", {"settlement_reference": "6222-0000-0000-0000"})
    if shop["deposit_paid_fen"] < deposit_fen:
        owed = deposit_fen - shop["deposit_paid_fen"]
        merchant.post(f"{path}/deposits", {"amount_fen": owed}, f"deposit:{shop['shop_id']}:{owed}")
    return merchant.get(path)


def licensed(stack: Stack, person: str, shop_id: str, kinds: Iterable[str]) -> None:
    """The shop has these licences, each with a document, passed by the platform as far as it is not yet."""
    merchant, path = stack.person(person), f"/catalog/v1/shops/{shop_id}/qualifications"
    known = {one["kind"]: one for one in merchant.pages(path) if one["status"] != "rejected" and not one["expired"]}
    for kind in kinds:
        key = f"{kind}:{shop_id}"
        one = known.get(kind) or merchant.post(path, _handed_in(merchant, kind, key), f"hand-in:{key}")
        if one["status"] == "submitted":
            decisions = f"{path}/{one['qualification_id']}/decisions"
            stack.platform().post(decisions, {"decision": "pass"}, f"pass:{key}")


def _handed_in(merchant: Caller, kind: str, key: str) -> Json:
    document = f"{kind}: a document to look at, of no shop that exists.\n".encode()
    asked = {
        "purpose": "qualification",
        "content_type": "text/plain",
        "bytes": len(document),
        "sha256": hashlib.sha256(document).hexdigest(),
    }
    place = merchant.post("/catalog/v1/uploads", asked, f"document:{key}")
    merchant.upload(place["url"], document, place["headers"])
    return {"kind": kind, "number": "DEMO-0001", "upload_id": place["upload_id"]}


def imported(
    merchant: Caller,
    shop_id: str,
    content: bytes,
    form: Format,
    key: str,
    *,
    category: str | None = None,
    tell: Callable[[Json], object] = lambda _: None,
) -> Json:
    """Upload a file of products and have it imported; ``tell`` hears of the progress. Returns the ended import."""
    asked = {
        "purpose": "import",
        "content_type": CONTENT_TYPES[form],
        "bytes": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
    }
    place = merchant.post("/catalog/v1/uploads", asked, f"{key}:upload")
    merchant.upload(place["url"], content, place["headers"])
    body = {"upload_id": place["upload_id"], "format": form, "default_category_id": category}
    path = f"/catalog/v1/shops/{shop_id}/imports"
    found = merchant.post(path, body, f"{key}:import")
    while found["status"] == "running":
        tell(found)
        time.sleep(LOOK_EVERY_S)
        found = merchant.get(f"{path}/{found['import_id']}")
    tell(found)
    return found


def import_rows(merchant: Caller, shop_id: str, import_id: str, outcome: str) -> Iterator[Json]:
    """The rows of an import with this outcome."""
    rows = merchant.pages(f"/catalog/v1/shops/{shop_id}/imports/{import_id}/rows")
    return (row for row in rows if row["outcome"] == outcome)


def styles_of(merchant: Caller, shop_id: str) -> dict[str, str]:
    """The ids of the shop's styles, by the merchant's own ids."""
    products = merchant.pages(f"/catalog/v1/shops/{shop_id}/products")
    return {sku["out_sku_id"]: sku["sku_id"] for one in products for sku in one["skus"] if sku["out_sku_id"]}


def wait_for_offers(
    stack: Stack, person: str, shop_id: str, sku_ids: Sequence[str], tell: Callable[[int], object] = lambda _: None
) -> None:
    """Return when orders has heard of the shop, its merchant and all these styles; ``tell`` hears how many there are.

    Raises NotHeard when nothing more has come for two minutes.
    """
    merchant, missing = stack.person(person), list(sku_ids)
    silent_until = time.monotonic() + HEARD_WITHIN_S
    while True:
        there = _for_sale(stack.anyone(), missing)
        left = [one for one in missing if one not in there]
        if len(left) < len(missing):
            missing, silent_until = left, time.monotonic() + HEARD_WITHIN_S
            tell(len(sku_ids) - len(missing))
        if not missing and _may_sell(merchant, shop_id, sku_ids[:1]):
            return
        if time.monotonic() > silent_until:
            raise NotHeard(f"orders still has not heard of {len(missing)} styles of shop {shop_id}")
        time.sleep(LOOK_EVERY_S)


def _for_sale(anyone: Caller, sku_ids: Sequence[str]) -> set[str]:
    """Which of these are for sale. Stops at the first portion with one that is not: more would only ask again soon."""
    found: set[str] = set()
    for portion in _portions(sku_ids, OFFERS_A_CALL):
        offers = anyone.get("/orders/v1/offers", sku_ids=",".join(portion))["items"]
        ready = {offer["sku_id"] for offer in offers if offer["for_sale"]}
        found |= ready
        if len(ready) < len(portion):
            break
    return found


def _may_sell(merchant: Caller, shop_id: str, sku_ids: Sequence[str]) -> bool:
    """Whether orders knows the merchant as a member, and the shop as one that may sell."""
    try:
        merchant.get(f"/orders/v1/shops/{shop_id}/orders", limit=1)
        lines = [{"sku_id": one, "quantity": 1} for one in sku_ids]
        if lines:
            merchant.post("/orders/v1/quotes", {"shop_id": shop_id, "lines": lines})
    except Refusal as refusal:
        if refusal.slug in ("not-found", "shop-closed"):
            return False
        raise
    return True


def _portions(ids: Sequence[str], size: int) -> Iterable[Sequence[str]]:
    return (ids[start : start + size] for start in range(0, len(ids), size))
