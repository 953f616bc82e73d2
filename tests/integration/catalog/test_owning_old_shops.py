"""Whose an old shop is, the platform confirms before anything of it moves; one shop here has it at a time (M2)."""

from collections.abc import Callable
from typing import Any

import pytest

from infra.local.schedules import scheduled_event
from services.catalog import app as catalog
from services.catalog.migrations.migration import IDLE
from services.catalog.tables import STORE
from services.shared.contracts.catalog import ShopClosed
from services.shared.contracts.plumbing import JobStepDue
from services.shared.plumbing import clock, files
from services.shared.plumbing.resources import Resources
from tests.integration.catalog.conftest import Hands
from tests.integration.catalog.merchant import ANYBODY, IMAGES, PLATFORM, Merchant, fresh_name, ok, person, said
from tests.integration.catalog.moving import FIRST, asked, confirm, counted, done, dump, old_product, told
from tests.integration.catalog.platform import swept
from tests.integration.catalog.uploads import upload
from tests.integration.wire import deliver

ONE = dump([old_product(0)])


@pytest.fixture(autouse=True)
def _files(queues: Callable[[str | Resources], dict[str, str]]) -> None:
    """Files live in S3."""


def waits(merchant: Merchant, old_shop: str, **differs: Any) -> str:
    """A migration of one product that nobody has confirmed; its id."""
    return asked(merchant, ONE, confirmed=False, old_shop_id=old_shop, **differs)


def seen(merchant: Merchant, migration_id: str) -> dict[str, Any]:
    """It as its owner sees it."""
    return ok(merchant.client.get(f"/v1/migrations/{migration_id}"))


def acts(merchant: Merchant, migration_id: str, what: str) -> Any:
    """The answer to this act."""
    return merchant.client.post(f"/v1/migrations/{migration_id}/{what}")


def decided(migration_id: str, decision: str, reason: str = "") -> Any:
    """The answer to the platform's word."""
    return PLATFORM.post(f"/v1/migrations/{migration_id}/decisions", {"decision": decision, "reason": reason})


def there(migration: dict[str, Any]) -> bool:
    """Whether its file still is in the bucket."""
    try:
        return files.size_of(files.key_of(STORE, migration["files"][0]["upload_id"])) > 0
    except FileNotFoundError:
        return False


def test_who_names_an_old_shop_may_try_it_and_waits(merchant: Merchant) -> None:
    """M2: a dry run tells of his own file only; the move waits for the platform, which finds him, and its word is
    told. What comes later from the same shop needs no other."""
    old_shop = fresh_name("wx")
    migration_id = waits(merchant, old_shop)

    assert seen(merchant, migration_id)["ownership"] == "waiting"
    assert counted(done(merchant, migration_id, "dry-run")) == {"read": 1, "moved": 1}
    refused = acts(merchant, migration_id, "start")
    assert (refused.status, refused.slug, refused.json["ownership"]) == (409, "old-shop-unconfirmed", "waiting")
    waiting = ok(PLATFORM.get("/v1/migrations?limit=100"))["items"]
    assert migration_id in [one["migration_id"] for one in waiting]
    assert merchant.client.get("/v1/migrations").status == 403
    assert merchant.client.post(f"/v1/migrations/{migration_id}/decisions", {"decision": "pass"}).status == 403

    assert confirm(migration_id)["ownership"] == "confirmed"
    version = confirm(migration_id)["version"]
    assert confirm(migration_id)["version"] == version
    assert counted(done(merchant, migration_id, "start")) == {"read": 1, "moved": 1}
    waiting = ok(PLATFORM.get("/v1/migrations?limit=100"))["items"]
    assert migration_id not in [one["migration_id"] for one in waiting]
    assert seen(merchant, waits(merchant, old_shop))["ownership"] == "confirmed"
    [word] = [one for one in said(migration_id) if one.name == "catalog.migration_decided"]
    assert (word.data["decision"], word.data["old_shop_id"]) == ("pass", old_shop)
    deeds = ok(merchant.client.get(f"{merchant.path}/audit?limit=100"))["items"]
    [deed] = [one for one in deeds if one["action"] == "post_migration_decision" and one["role"] == "platform"][:1]
    assert deed["things"] == {"migration_id": migration_id}


def test_the_platform_refuses_with_a_reason(merchant: Merchant) -> None:
    """M2: its owner reads why; the platform may change its mind, but not under what came in."""
    migration_id = waits(merchant, fresh_name("wx"))

    assert decided(migration_id, "reject").status == 422
    ok(decided(migration_id, "reject", "营业执照不符"))

    found = seen(merchant, migration_id)
    assert (found["ownership"], found["ownership_why"]) == ("refused", "营业执照不符")
    refused = acts(merchant, migration_id, "start")
    assert (refused.slug, refused.json["detail"]) == ("old-shop-unconfirmed", "营业执照不符")
    confirm(migration_id)
    done(merchant, migration_id, "start")
    assert decided(migration_id, "reject", "营业执照不符").slug == "illegal-transition"
    done(merchant, migration_id, "rollback")
    assert ok(decided(migration_id, "reject", "营业执照不符"))["ownership"] == "refused"


def test_nobody_squats_on_an_old_shop(merchant: Merchant, new_merchant: Callable[[], Merchant]) -> None:
    """M2: who only names it keeps nobody from it; who has it keeps it until all of it is out again, or given up."""
    other, old_shop = new_merchant(), fresh_name("wx")
    squats, first = waits(other, old_shop), waits(merchant, old_shop)

    confirm(first)
    second = waits(merchant, old_shop)
    done(merchant, first, "start")
    assert decided(squats, "pass").slug == "old-shop-taken"
    body = {"source": "mini_shop", "old_shop_id": old_shop, "shop_id": other.shop_id, "files": []}
    assert other.client.post("/v1/migrations", body).slug == "old-shop-taken"
    done(merchant, first, "rollback")
    assert decided(squats, "pass").slug == "old-shop-taken"  # the second one still has it
    ok(acts(merchant, second, "withdraw"))

    confirm(squats)
    assert counted(done(other, squats, "start")) == {"read": 1, "moved": 1}
    refused = acts(merchant, first, "start")
    assert (refused.status, refused.slug) == (409, "old-shop-taken")
    done(other, squats, "rollback")
    assert counted(done(merchant, first, "start")) == {"read": 1, "moved": 1}


def test_what_a_merchant_has_exported_himself_needs_no_word(
    merchant: Merchant, new_merchant: Callable[[], Merchant]
) -> None:
    """M2, M6: its name is a label, first come, first served; with orders it is more: persons find them by it."""
    line = b'{"out_product_id": "cup-9", "title": "A hand-painted cup", "skus": [{"price_fen": 1}]}'
    old_shop = fresh_name("shop")
    migration_id = asked(merchant, line, "jsonl", confirmed=False, source="shopify", old_shop_id=old_shop)

    assert seen(merchant, migration_id)["ownership"] == "not_needed"
    assert done(merchant, migration_id, "start")["state"] == "ended"
    body = {"source": "shopify", "old_shop_id": old_shop, "shop_id": new_merchant().shop_id, "files": []}
    taken = PLATFORM.post("/v1/migrations", body)
    assert (taken.slug, "take another" in taken.json["detail"]) == ("old-shop-taken", True)
    orders: dict[str, Any] = {"files": [{"kind": "orders", "upload_id": "upl_elsewhere"}], "source": "shopify"}
    assert seen(merchant, asked(merchant, b"{}", confirmed=False, **orders))["ownership"] == "waiting"
    withdrawn = ok(acts(merchant, asked(merchant, b"{}", confirmed=False, **orders), "withdraw"))
    assert withdrawn["state"] == "withdrawn"


def test_the_platform_needs_no_word_of_its_own() -> None:
    """M2: it asks for anybody's shop, and has looked."""
    shop = {"name": fresh_name(), "subject_type": "person", "contact": {"name": "李", "phone": "13800000000"}}
    body = {"source": "mini_shop", "old_shop_id": fresh_name("wx"), "shop": shop, "files": []}

    assert ok(PLATFORM.post("/v1/migrations", body), 201)["ownership"] == "confirmed"
    body |= {"old_shop_id": fresh_name("wx"), "shop": {**shop, "name": fresh_name()}}
    assert ok(person(fresh_name("p")).post("/v1/migrations", body), 201)["ownership"] == "waiting"


def test_what_is_given_up_leaves_no_files(merchant: Merchant) -> None:
    """M3: withdrawn, its dump is deleted and it runs no more; not while something of it is in. One upload is read by
    one migration, so that nobody's is deleted with another's."""
    migration_id = asked(merchant, ONE)
    [file] = seen(merchant, migration_id)["files"]
    body = {"source": "shopify", "old_shop_id": fresh_name("s"), "shop_id": merchant.shop_id}
    again = merchant.client.post("/v1/migrations", {**body, "files": [{"kind": "products", **_named(file)}]})
    twice = merchant.client.post("/v1/migrations", {**body, "files": [{"kind": "products", **_named(file)}] * 2})

    assert (again.slug, twice.status) == ("upload-missing", 422)
    done(merchant, migration_id, "start")
    assert acts(merchant, migration_id, "withdraw").slug == "illegal-transition"
    done(merchant, migration_id, "rollback")
    withdrawn = ok(acts(merchant, migration_id, "withdraw"))

    assert there(withdrawn)
    files.sweep_uploads(STORE, clock.now())
    assert not there(withdrawn)
    for what in ("dry-run", "start", "rollback"):
        assert acts(merchant, migration_id, what).slug == "illegal-transition"
    assert acts(merchant, migration_id, "withdraw").status == 200
    assert decided(migration_id, "reject", "x").slug == "illegal-transition"


def _named(file: dict[str, Any]) -> dict[str, Any]:
    return {"upload_id": file["upload_id"], "format": "jsonl"}


def test_files_go_when_a_move_is_done_or_was_never_made(merchant: Merchant, hands: Hands) -> None:
    """M3: dumps hold people's data: none stays behind `done`, nor ninety days behind the last touch of an idle one, or
    of a move that rests half-way."""
    moved, idle, rests = asked(merchant, ONE), asked(merchant, ONE), asked(merchant, ONE)
    done(merchant, moved, "start")
    for what in ("start", "pause"):
        ok(acts(merchant, rests, what))

    hands.move(days=31)
    swept()
    catalog.tend(scheduled_event("tend", clock.now()), None)
    assert seen(merchant, moved)["state"] == "done"
    assert [there(seen(merchant, one)) for one in (moved, idle, rests)] == [False, True, True]
    hands.move(days=IDLE.days)
    swept()
    catalog.tend(scheduled_event("tend", clock.now()), None)

    assert (seen(merchant, idle)["state"], there(seen(merchant, idle))) == ("withdrawn", False)
    assert (seen(merchant, rests)["state"], there(seen(merchant, rests))) == ("done", False)
    assert seen(merchant, idle)["acts"][-1]["by"] == "system"


def test_nothing_moves_into_a_closed_shop(new_merchant: Callable[[], Merchant]) -> None:
    """C1, M2: what runs there stops, what rests too; nothing begins; what came in can be taken out."""
    merchant = new_merchant()
    migration_id, rests = asked(merchant, ONE), asked(merchant, ONE)
    done(merchant, migration_id, "start")
    for one, what in ((rests, "start"), (rests, "pause"), (migration_id, "dry-run")):
        ok(acts(merchant, one, what))

    ok(merchant.client.put(f"{merchant.path}/closure", {}))
    assert acts(merchant, rests, "resume").slug == "shop-is-closed"
    deliver(catalog, only={ShopClosed.NAME})
    deliver(catalog, only={JobStepDue.NAME})

    for one in (migration_id, rests):
        found = seen(merchant, one)
        assert (found["state"], found["why"]) == ("failed", "catalog: the shop is closed")
    assert told(merchant, rests) == []
    for what in ("start", "dry-run"):
        assert acts(merchant, rests, what).slug == "shop-is-closed"
    assert counted(done(merchant, migration_id, "rollback"))["taken_out"] == 1


def test_a_file_that_is_not_what_was_announced_fails_its_run(merchant: Merchant) -> None:
    """M3: the request has only looked at its length; the run looks at its hash, before it reads a line."""
    upload_id = upload(merchant, ONE, "migration")
    files.write(files.key_of(STORE, upload_id), ONE[:-2] + b" \n", "application/x-ndjson")
    migration_id = asked(merchant, b"{}", files=[{"kind": "products", "upload_id": upload_id}])

    found = done(merchant, migration_id, "dry-run")

    assert found["state"] == "failed"
    assert "not the announced ones" in found["why"]


def test_an_id_of_wechats_leads_to_whose_it_was_there(merchant: Merchant, new_merchant: Callable[[], Merchant]) -> None:
    """M2: who brings in a product of his own under it takes nobody from there; nor is one led to another shop's by an
    old shop that he has only named."""
    other, old_shop, ident = new_merchant(), fresh_name("wx"), str(FIRST + 970)
    third = new_merchant()
    waits(third, old_shop)
    mine = asked(merchant, dump([old_product(970)]), old_shop_id=old_shop)
    done(merchant, mine, "start")
    line = {"out_product_id": ident, "title": "A hand-painted cup", "images": IMAGES, "skus": [{"price_fen": 1}]}
    theirs = asked(other, dump([line]), "jsonl", source="xiaodian", old_shop_id=fresh_name("x"))
    assert counted(done(other, theirs, "start")) == {"read": 1, "moved": 1}

    found = ANYBODY.get(f"/v1/products/{ident}")

    assert found.headers["location"].endswith(told(merchant, mine)[0]["new_id"])
    assert third.client.get(f"{third.path}/products/{ident}").status == 404


def test_an_old_shops_id_leads_to_whose_it_is(merchant: Merchant, new_merchant: Callable[[], Merchant]) -> None:
    """M2: of WeChat's, once the platform has said so, and no more when it was taken back; where two systems had the
    same id, by its source. A name for one's own files leads nobody."""
    old_shop, label, other = fresh_name("wx"), fresh_name("x"), new_merchant()
    waiting = waits(merchant, old_shop)
    asked(other, ONE, "jsonl", source="xiaodian", old_shop_id=label)
    assert [front(one).status for one in (old_shop, label, "shp_nobody", "x" * 3_000)] == [404] * 4

    confirm(waiting)
    done(merchant, waiting, "start")

    found = front(old_shop)
    assert (found.status, found.headers["location"]) == (308, f"/catalog{merchant.path}/storefront")
    asked(other, ONE, source="channels_shop", old_shop_id=old_shop)
    assert (front(old_shop).slug, front(label).status) == ("old-id-ambiguous", 404)
    assert front(f"{old_shop}", "?source=channels_shop").headers["location"] == f"/catalog{other.path}/storefront"
    done(merchant, waiting, "rollback")
    assert front(old_shop).headers["location"] == f"/catalog{other.path}/storefront"
    assert ANYBODY.get(f"{merchant.path}/storefront").status == 200


def front(shop: str, query: str = "") -> Any:
    """What anybody gets by this id of a shop."""
    return ANYBODY.get(f"/v1/shops/{shop}/storefront{query}")
