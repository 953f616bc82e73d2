"""An old shop's products move here: tried, moved, paused, moved again, taken back (M2, M3, M6)."""

import itertools
import json
from collections.abc import Callable
from typing import Any

import pytest

from infra.cli.moving import line_of
from infra.faults import Fault, FaultsProxy
from services.catalog import app as catalog
from services.catalog.migrations import run_migration as running
from services.catalog.migrations.calendar import Legacy
from services.catalog.migrations.conduct import MIGRATE
from services.catalog.migrations.messages import ReportView
from services.catalog.migrations.report import as_csv
from services.catalog.migrations.run_migration import run_migration
from services.catalog.migrations.tables import origin_key, origin_of
from services.catalog.shops.shop_record import shop_named, write_shop
from services.catalog.tables import STORE, CatalogRow
from services.shared.contracts.migration import old_name
from services.shared.contracts.plumbing import JobStepDue
from services.shared.plumbing import clock, ids
from services.shared.plumbing.ids import id_of
from services.shared.plumbing.jobs import Job
from services.shared.plumbing.resources import Resources
from services.shared.plumbing.tables import Transaction, get
from tests.integration.catalog.conftest import Hands
from tests.integration.catalog.merchant import (
    ANYBODY,
    IMAGES,
    PLATFORM,
    Merchant,
    fresh_name,
    ok,
    person,
    product_body,
    said,
    shop_body,
)
from tests.integration.catalog.moving import FIRST, answered_for_orders, asked, counted, done, dump, old_product, told
from tests.integration.catalog.platform import swept
from tests.integration.catalog.uploads import finish, line, native, start, upload
from tests.integration.wire import deliver
from tests.unit.catalog.test_image_file import png


@pytest.fixture(autouse=True)
def _files(queues: Callable[[str | Resources], dict[str, str]]) -> None:
    """Files live in S3."""


BAD = [
    "{no json",
    {"errcode": 0, "product": old_product(90, title="短")},
    old_product(91, product_id=1.0000087654321092e16),
    old_product(92, skus=[]),
    old_product(93, status=9),
    old_product(1),
    json.dumps({"errcode": 40001, "errmsg": "invalid credential"}),
]
MIXED = [old_product(0), *BAD[:2], old_product(1), old_product(2, status=11), *BAD[2:], old_product(3)]


def view(merchant: Merchant, new_id: str) -> dict[str, Any]:
    """The product as its merchant sees it."""
    return ok(merchant.client.get(f"{merchant.path}/products/{new_id}"))


def test_a_product_comes_with_all_that_it_had(merchant: Merchant) -> None:
    """M2, M6: fen, stock, attributes and own ids as they were; on sale; under ids that follow from the old ones; what
    has no place here is kept beside it."""
    migration_id = asked(merchant, dump([{"errcode": 0, "product": old_product(7)}]), old_shop_id="wxold7")

    moved = done(merchant, migration_id, "start")

    assert (moved["state"], counted(moved)) == ("ended", {"read": 1, "moved": 1})
    [row] = told(merchant, migration_id)
    product = view(merchant, row["new_id"])
    assert (product["status"], product["title"]) == ("listed", "手绘青花马克杯第7款")
    assert [(one["price_fen"], one["original_price_fen"]) for one in product["skus"]] == [(6800, 9900), (6801, 9900)]
    assert product["skus"][1]["attributes"] == {"尺寸": "大"}
    assert product["images"][0] == "https://mmecimage.cn/p/1.jpg"
    names = old_name(merchant.shop_id, "mini_shop", "wxold7", "sku", str((FIRST + 7) * 10 + 1))
    assert product["skus"][1]["sku_id"] == id_of("sku", *names)
    origin = origin_of(get(*origin_key(row["new_id"])))
    assert origin is not None
    assert origin.aside["sub_title"] == "釉下彩"
    assert origin.aside["desc_info"] == {"imgs": ["https://images.test/long.jpg"]}
    assert origin.aside["skus"][str((FIRST + 7) * 10)] == {"sku_code": "code-7", "status": 5}
    [offer] = [one for one in said(row["new_id"]) if one.name == "catalog.product_offered"]
    assert [sku["initial_stock"] for sku in offer.data["skus"]] == [5, 6]


def test_a_dry_run_says_exactly_what_the_move_does_and_writes_nothing_else(merchant: Merchant) -> None:
    """M3: the same word of every record, bad ones by file, line and reason; before the move nothing is different."""
    own = merchant.creates(out_product_id="out-3")
    migration_id = asked(merchant, dump(MIXED))
    before = _world(merchant.shop_id)

    tried = done(merchant, migration_id, "dry-run")

    assert _world(merchant.shop_id) == before
    assert said(own["product_id"]) == []
    moved = done(merchant, migration_id, "start")
    assert told(merchant, migration_id, 1) == told(merchant, migration_id, 2)
    assert counted(tried) == counted(moved) == {"read": 11, "moved": 3, "unchanged": 1, "refused": 7}
    assert tried["moved_at"] is None
    refused = ok(merchant.client.get(f"/v1/migrations/{migration_id}/refusals"))["items"]
    assert [(one["file"], one["line"]) for one in refused] == [(1, line) for line in (2, 3, 6, 7, 8, 9, 10)]
    whys = [one["why"] for one in refused]
    assert "no JSON" in whys[0]
    assert "title" in whys[1]
    assert "last digits are lost" in whys[2]
    assert whys[5] == "line 4 of file 1 has this product already"


def test_a_move_again_changes_nothing(merchant: Merchant) -> None:
    """M3: what is here is left as it is, what its merchant did with it too."""
    migration_id = asked(merchant, dump(MIXED))
    done(merchant, migration_id, "start")
    [first, *_] = told(merchant, migration_id)
    ok(merchant.client.patch(f"{merchant.path}/products/{first['new_id']}", {"title": "商家自己改的标题"}))
    before = _world(merchant.shop_id)

    again = done(merchant, migration_id, "start")

    assert counted(again) == {"read": 11, "unchanged": 4, "refused": 7}
    assert _world(merchant.shop_id) == before


def test_old_ids_go_on_to_name_their_products(merchant: Merchant, new_merchant: Callable[[], Merchant]) -> None:
    """M2: a redirect, for buyers and for the merchant; where two old shops had an id, it has to be said which."""
    other, ident = new_merchant(), str(FIRST + 77)
    mine = asked(merchant, dump([old_product(77)]), old_shop_id=fresh_name("wx"))
    done(merchant, mine, "start")
    [row] = told(merchant, mine)

    found = ANYBODY.get(f"/v1/products/{ident}")
    assert (found.status, found.headers["location"]) == (308, f"/catalog/v1/products/{row['new_id']}")
    owned = merchant.client.get(f"{merchant.path}/products/{ident}")
    assert owned.headers["location"] == f"/catalog{merchant.path}/products/{row['new_id']}"

    theirs = asked(other, dump([old_product(77)]), old_shop_id="wxother77")
    done(other, theirs, "start")
    assert ANYBODY.get(f"/v1/products/{ident}").slug == "old-id-ambiguous"
    exact = ANYBODY.get(f"/v1/products/{ident}?source=mini_shop&old_shop_id=wxother77")
    assert exact.headers["location"].endswith(told(other, theirs)[0]["new_id"])
    alone = ANYBODY.get(f"/v1/products/{ident}?old_shop_id=wxother77")
    assert alone.headers["location"] == exact.headers["location"]
    for one, migration_id in ((merchant, mine), (other, theirs)):  # who has a shop is led to its own, and to no other
        place = one.client.get(f"{one.path}/products/{ident}")
        assert place.headers["location"] == f"/catalog{one.path}/products/{told(one, migration_id)[0]['new_id']}"
        assert place.headers["cache-control"].startswith("private")
    assert new_merchant().client.get(f"{merchant.path}/products/{ident}").status == 404
    assert (last := new_merchant()).client.get(f"{last.path}/products/{ident}").status == 404
    assert ANYBODY.get("/v1/products/10000000000000000").status == 404


def test_a_paused_move_goes_on_where_it_was(merchant: Merchant) -> None:
    """M3: nothing comes in while it is paused; resumed, it ends as if it never had been."""
    migration_id = asked(merchant, dump(MIXED))
    ok(merchant.client.post(f"/v1/migrations/{migration_id}/start"))
    paused = ok(merchant.client.post(f"/v1/migrations/{migration_id}/pause"))
    deliver(catalog, only={JobStepDue.NAME})
    assert (paused["state"], ok(merchant.client.get(f"/v1/migrations/{migration_id}"))["counts"][0]["read"]) == (
        "paused",
        0,
    )
    refused = merchant.client.post(f"/v1/migrations/{migration_id}/start")
    assert (refused.status, refused.slug) == (409, "illegal-transition")

    resumed = done(merchant, migration_id, "resume")

    assert (resumed["state"], counted(resumed)["moved"]) == ("ended", 4)


def test_a_pause_takes_effect_in_the_middle(
    merchant: Merchant, proxy: FaultsProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """M3: what a worker has in hand comes in, and is counted; it goes on behind that."""
    monkeypatch.setattr(running, "CHUNK_SECONDS", 0.0)
    migration_id = asked(merchant, dump([old_product(n) for n in range(180, 195)]))
    ok(merchant.client.post(f"/v1/migrations/{migration_id}/start"))
    pause = f"/v1/migrations/{migration_id}/pause"
    point = proxy.at_call(3, "before", lambda _: ok(merchant.client.post(pause)), {"TransactWriteItems"})

    deliver(catalog, only={JobStepDue.NAME})

    paused = ok(merchant.client.get(f"/v1/migrations/{migration_id}"))
    assert (point.reached.is_set(), paused["state"], counted(paused)) == (True, "paused", {"read": 11, "moved": 11})
    resumed = done(merchant, migration_id, "resume")
    assert (resumed["state"], counted(resumed)) == ("ended", {"read": 15, "moved": 15})
    assert len({row["new_id"] for row in told(merchant, migration_id)}) == 15


def test_a_rollback_of_what_was_just_paused_begins_when_its_worker_has_ended(merchant: Merchant, hands: Hands) -> None:
    """M3: one that is in the middle of a chunk brings things in a little longer."""
    migration_id = asked(merchant, dump([old_product(170)]))
    ok(merchant.client.post(f"/v1/migrations/{migration_id}/start"))
    ok(merchant.client.post(f"/v1/migrations/{migration_id}/pause"))
    waiting = done(merchant, migration_id, "rollback")
    job = Job(ids.new_id("job"), MIGRATE, {"migration_id": migration_id, "run": 2})

    hands.move(minutes=1)
    run_migration(job, lambda: Transaction(STORE, clock.now(), ids.new_id))

    assert (waiting["state"], job.state) == ("running", "done")


def test_a_rollback_takes_out_what_came_and_keeps_what_was_changed(merchant: Merchant) -> None:
    """M3: an edited product stays and is listed; the others are gone, and a later move brings them again."""
    migration_id = asked(merchant, dump([old_product(n) for n in range(20, 24)]))
    done(merchant, migration_id, "start")
    edited, gone, *_ = [row["new_id"] for row in told(merchant, migration_id)]
    ok(merchant.client.patch(f"{merchant.path}/products/{edited}", {"title": "商家自己改的标题"}))

    back = done(merchant, migration_id, "rollback")

    assert counted(back) == {"read": 4, "taken_out": 3, "kept": 1}
    assert view(merchant, edited)["title"] == "商家自己改的标题"
    assert merchant.client.get(f"{merchant.path}/products/{gone}").status == 404
    assert said(gone)[-1].name == "catalog.product_withdrawn"
    assert ANYBODY.get(f"/v1/products/{FIRST + 21}").status == 404
    [kept] = ok(merchant.client.get(f"/v1/migrations/{migration_id}/refusals"))["items"]
    assert (kept["outcome"], kept["new_id"], kept["why"]) == ("kept", edited, "it was edited")

    again = done(merchant, migration_id, "start")
    assert counted(again) == {"read": 4, "moved": 3, "unchanged": 1}
    assert view(merchant, gone)["status"] == "listed"
    assert said(gone)[-1].name == "catalog.product_offered"
    assert said(gone)[-1].sequence > said(gone)[-2].sequence


def test_a_rollback_leaves_what_another_migration_has_brought(merchant: Merchant) -> None:
    """M3: also where it had brought the same things itself, and has taken them out before."""
    source: dict[str, Any] = {"old_shop_id": fresh_name("wx")}
    first, second = (asked(merchant, dump([old_product(n) for n in (150, 151)]), **source) for _ in range(2))
    done(merchant, first, "start")
    done(merchant, first, "rollback")
    assert counted(done(merchant, second, "start")) == {"read": 2, "moved": 2}

    again = done(merchant, first, "rollback")

    assert (again["state"], counted(again)) == ("ended", {})
    assert {view(merchant, row["new_id"])["status"] for row in told(merchant, second)} == {"listed"}


def test_a_rollback_counts_once_what_a_busy_table_made_it_do_twice(merchant: Merchant, proxy: FaultsProxy) -> None:
    """M3: the table takes nothing any more in the middle of a chunk, and then again."""
    migration_id = asked(merchant, dump([old_product(n) for n in (152, 153, 154)]))
    done(merchant, migration_id, "start")
    ok(merchant.client.post(f"/v1/migrations/{migration_id}/rollback"))
    asking, job = (Job(ids.new_id("job"), MIGRATE, {"migration_id": migration_id, "run": 2}) for _ in range(2))
    run_migration(asking, lambda: Transaction(STORE, clock.now(), ids.new_id))
    answered_for_orders(migration_id)
    begun = itertools.count(1)

    def begin() -> Transaction:
        if next(begun) == 3:
            proxy.plan(Fault("throttle", operations={"TransactWriteItems"}))
        return Transaction(STORE, clock.now(), ids.new_id)

    run_migration(job, begin)
    assert (job.state, bool(job.rests_until)) == ("running", True)
    proxy.clear(seed=0)
    run_migration(job, begin)

    assert job.state == "done"
    assert {name: n for name, n in job.counts.items() if "." in name} == {"products.read": 3, "products.taken_out": 3}


def test_two_products_that_stood_for_each_other_lead_in_no_circle(merchant: Merchant) -> None:
    """M2, M4: an old product stood for another shop's, and then that one for it."""
    first, second = (asked(merchant, dump([old_product(n, out_product_id="circle")])) for n in (160, 161))
    done(merchant, first, "start")
    done(merchant, second, "start")
    done(merchant, first, "rollback")
    done(merchant, second, "start")
    done(merchant, first, "start")
    [one], [other] = told(merchant, first, 3), told(merchant, second)
    assert one["new_id"] == other["new_id"]

    ok(merchant.client.delete(f"{merchant.path}/products/{other['new_id']}/listing"))

    assert ANYBODY.get(f"/v1/products/{other['new_id']}").status == 404


def test_a_merge_of_three_overlapping_shops(merchant: Merchant) -> None:
    """M4: the same product by its own id, or by title and barcode, is one; every old id names it; and a rollback of one
    shop leaves what the others brought, or were led to: it is theirs then, and goes with the last of them."""
    bar = {"skus": [{"sku_id": "1", "sale_price": 100, "stock_num": 1, "bar_code": "6901234567892"}]}
    shops = [
        [old_product(30), old_product(31), old_product(32, title="同一个条码的茶杯", out_product_id="", **bar)],
        [old_product(130, out_product_id="out-30"), old_product(33)],
        [
            old_product(230, title="同一个条码的茶杯", out_product_id="", **bar),
            old_product(231, out_product_id="out-33"),
        ],
    ]
    migrations = [asked(merchant, dump(one), old_shop_id=fresh_name("wx")) for one in shops]
    ended = [done(merchant, one, "start") for one in migrations]

    assert [counted(one) for one in ended] == [
        {"read": 3, "moved": 3},
        {"read": 2, "moved": 1, "unchanged": 1},
        {"read": 2, "unchanged": 2},
    ]
    first, second, third = ([row["new_id"] for row in told(merchant, one)] for one in migrations)
    assert second[0] == first[0]
    assert third == [first[2], second[1]]
    assert ANYBODY.get(f"/v1/products/{FIRST + 130}").headers["location"].endswith(first[0])
    merged = id_of(
        "prd", *old_name(merchant.shop_id, "mini_shop", ended[1]["old_shop_id"], "product", str(FIRST + 130))
    )
    assert ANYBODY.get(f"/v1/products/{merged}").headers["location"].endswith(first[0])

    assert counted(done(merchant, migrations[1], "rollback")) == {"read": 1, "kept": 1}
    assert view(merchant, first[0])["status"] == "listed"
    assert _leads_to(130, 33) == [None, None]
    assert _leads_to(231) == [second[1]]
    assert counted(done(merchant, migrations[0], "rollback")) == {"read": 3, "taken_out": 2, "kept": 1}
    assert _leads_to(30, 31, 32) == [None, None, None]
    assert _leads_to(230, 231) == third
    [kept] = ok(merchant.client.get(f"/v1/migrations/{migrations[0]}/refusals"))["items"]
    assert kept["why"] == "another old shop's product was merged into it, and has it now"
    assert counted(done(merchant, migrations[2], "rollback")) == {"read": 2, "taken_out": 2}
    assert _leads_to(230, 231) == [None, None]
    assert counted(done(merchant, migrations[1], "start")) == {"read": 2, "moved": 2}


def _leads_to(*numbers: int) -> list[str | None]:
    """What the old ids of these products name now."""
    answers = [ANYBODY.get(f"/v1/products/{FIRST + number}") for number in numbers]
    return [one.headers["location"].rpartition("/")[2] if one.status == 308 else None for one in answers]


def test_an_old_id_that_was_led_to_a_product_stays_with_who_led_it(merchant: Merchant) -> None:
    """M4: a second migration of the same old shop finds it there, and takes nothing away when it is rolled back."""
    own = merchant.creates(out_product_id="out-961")
    source: dict[str, Any] = {"old_shop_id": fresh_name("wx")}
    first, second = (asked(merchant, dump([old_product(961)]), **source) for _ in range(2))

    for one in (first, second, second):
        assert counted(done(merchant, one, "start")) == {"read": 1, "unchanged": 1}
    done(merchant, second, "rollback")
    assert _leads_to(961) == [own["product_id"]]
    done(merchant, first, "rollback")

    assert _leads_to(961) == [None]
    assert view(merchant, own["product_id"])["status"] == "new"


def test_a_merge_and_a_rollback_of_one_product_see_each_other(merchant: Merchant) -> None:
    """M4: who comes second decides again: nobody is led to what was taken out at this moment."""
    first = asked(merchant, dump([old_product(162)]), old_shop_id=fresh_name("wx"))
    second = asked(merchant, dump([old_product(262, out_product_id="out-162")]), old_shop_id=fresh_name("wx"))
    done(merchant, first, "start")
    for one, what in ((second, "start"), (first, "rollback")):
        ok(merchant.client.post(f"/v1/migrations/{one}/{what}"))
    merges, takes_out = (
        Job("any", MIGRATE, {"migration_id": one, "run": run}) for one, run in ((second, 1), (first, 2))
    )
    begun = itertools.count()

    def now() -> Transaction:
        return Transaction(STORE, clock.now(), ids.new_id)

    def behind_the_rollback() -> Transaction:
        if next(begun) == 0:  # it has read what there is
            run_migration(takes_out, now)
            answered_for_orders(first)
            run_migration(takes_out, now)
        return now()

    run_migration(merges, behind_the_rollback)

    [row] = told(merchant, second)
    assert row["outcome"] == "moved"
    assert _leads_to(262) == [row["new_id"]]


def test_only_its_owner_and_the_platform_see_a_migration(merchant: Merchant) -> None:
    """X1: nobody else learns that there is one; nobody takes an old shop that comes elsewhere."""
    migration_id = asked(merchant, dump([old_product(40)]), old_shop_id="wx-taken-40")
    stranger = person(fresh_name("p"))

    for path in ("", "/report", "/rows", "/refusals"):
        assert stranger.get(f"/v1/migrations/{migration_id}{path}").status == 404
        assert PLATFORM.get(f"/v1/migrations/{migration_id}{path}").status == 200
    assert stranger.post(f"/v1/migrations/{migration_id}/start").status == 404
    assert stranger.get(f"/v1/migrations?shop_id={merchant.shop_id}").status == 404
    shop = {"name": fresh_name(), "subject_type": "person", "contact": {"name": "李", "phone": "13800000000"}}
    body = {"source": "mini_shop", "old_shop_id": "wx-taken-40", "shop": shop, "files": []}
    assert stranger.post("/v1/migrations", body).slug == "old-shop-taken"
    [one] = ok(merchant.client.get(f"/v1/migrations?shop_id={merchant.shop_id}"))["items"]
    assert one["migration_id"] == migration_id
    done(merchant, migration_id, "dry-run")
    deeds = ok(merchant.client.get(f"{merchant.path}/audit"))["items"]
    assert [one["action"] for one in deeds][:3] == [
        "post_migration_dry_run",
        "post_migration_decision",
        "post_migration",
    ]


def test_more_categories_than_a_migration_can_keep_are_refused(merchant: Merchant) -> None:
    """M3: five hundred names as long as a category's are kept; names that nothing has are not."""
    body = {"source": "mini_shop", "old_shop_id": fresh_name("wx"), "shop_id": merchant.shop_id, "files": []}
    kept = {f"{number:060}茶茶茶茶": "other.unsorted" for number in range(500)}
    large = {f"{number:02000}": "other.unsorted" for number in range(500)}

    ok(merchant.client.post("/v1/migrations", {**body, "categories": kept}), 201)
    assert merchant.client.post("/v1/migrations", {**body, "categories": large}).status == 422


def test_the_report_reads_well(merchant: Merchant) -> None:
    """M3: counts by kind, reasons with places, as JSON, Markdown and CSV."""
    migration_id = asked(merchant, dump(MIXED))
    done(merchant, migration_id, "dry-run")
    path = f"/v1/migrations/{migration_id}/report"

    found = ok(merchant.client.get(path))
    markdown = merchant.client.get(f"{path}?format=markdown")
    lines = merchant.client.get(f"{path}?format=csv").text.splitlines()
    formula = {**found["refusals"][0], "old_id": "=1+1"}
    longer = as_csv(ReportView.model_validate({**found, "refusals": [formula], "more": True})).splitlines()

    assert (found["migration"]["counts"][0]["moved"], found["more"], len(found["refusals"])) == (4, False, 7)
    assert found["migration"]["left_seconds"] == 0.0
    assert markdown.headers["content-type"].startswith("text/markdown")
    assert "| products | 11 | 4 | 0 | 7 | 0 | 0 | 100 % |" in markdown.text
    assert "file 1 line 2" in markdown.text
    assert lines[0] == "kind,file,line,old_id,outcome,why,new_id"
    assert len(lines) == 8
    assert len(longer) == 3
    assert ",'=1+1," in longer[1]
    assert f"/migrations/{migration_id}/refusals has all" in longer[2]


def test_what_nothing_can_write_down_is_refused_and_stops_no_other(merchant: Merchant) -> None:
    """M3, M6: a title or a field that was cut in the middle of an emoji, and a field that is a thousand lists."""
    sku = {**old_product(141)["skus"][0], "bar_code": "6901234567892"}
    lines: list[Any] = [
        old_product(140),
        json.dumps(old_product(141, title="手绘青花马克杯\ud83d", skus=[sku])),
        json.dumps(old_product(142, sub_title="釉下彩\ud83d")),
        json.dumps(old_product(143) | {"deep": 0}).replace('"deep": 0', f'"deep": {"[" * 400}{"]" * 400}'),
        old_product(144),
    ]
    migration_id = asked(merchant, dump(lines))

    for what in ("dry-run", "start"):
        assert counted(done(merchant, migration_id, what)) == {"read": 5, "moved": 2, "refused": 3}
    whys = [one["why"] for one in ok(merchant.client.get(f"/v1/migrations/{migration_id}/refusals"))["items"]]
    half = "it is no JSON: it has half a character in it, or too long a number"
    assert whys == [half, half, "it is nested too deeply"]
    own = json.dumps({"out_product_id": "cup\ud83d", "title": "A cup"}).encode()
    assert counted(done(merchant, asked(merchant, own, "jsonl", source="xiaodian"), "start")) == {
        "read": 1,
        "refused": 1,
    }


def test_a_style_belongs_to_one_product(merchant: Merchant) -> None:
    """M3: a second product with a style's id would sell the first one's stock at its own price: it is refused, in a dry
    run, too, also where the first has very many styles, and where it came by an earlier move."""
    many = [
        {
            **old_product(161)["skus"][0],
            "sku_id": 7_000_000 + n,
            "out_sku_id": f"many-{n}",
            "sku_attrs": [{"attr_key": "尺寸", "attr_value": f"{n}"}],
        }
        for n in range(120)
    ]
    first = [old_product(160), old_product(161, skus=many)]
    second = [
        old_product(162, skus=old_product(160)["skus"]),
        old_product(163, skus=[old_product(163)["skus"][0], many[-1]]),
    ]
    migration_id = asked(merchant, dump([*first, *second]), old_shop_id=(old := fresh_name("wx")))

    for what in ("dry-run", "start"):
        assert counted(done(merchant, migration_id, what)) == {"read": 4, "moved": 2, "refused": 2}
    assert told(merchant, migration_id, 1) == (rows := told(merchant, migration_id, 2))
    assert [rows[n]["why"] for n in (2, 3)] == [
        f"its style {(FIRST + 160) * 10} is one of {rows[0]['new_id']} already",
        f"its style {7_000_119} is one of {rows[1]['new_id']} already",
    ]
    later = asked(merchant, dump(second), old_shop_id=old)
    for what in ("dry-run", "start"):
        assert counted(done(merchant, later, what)) == {"read": 2, "refused": 2}
    done(merchant, migration_id, "rollback")
    assert counted(done(merchant, later, "start")) == {"read": 2, "moved": 2}


def test_what_came_from_elsewhere_moves_too(merchant: Merchant) -> None:
    """M6: a Shopify product CSV, by its handles."""
    csv = (
        "Handle,Title,Variant Price,Variant SKU,Image Src,Image Position,Variant Inventory Qty\n"
        "blue-cup,A hand-painted cup,68.00,cup-1,https://images.test/1.jpg,1,5\n"
        "blue-cup,,,,https://images.test/2.jpg,2,\nblue-cup,,,,https://images.test/3.jpg,3,\n"
    )
    migration_id = asked(merchant, csv.encode(), "shopify", source="shopify")

    assert counted(done(merchant, migration_id, "start")) == {"read": 1, "moved": 1}
    [row] = told(merchant, migration_id)
    assert (row["old_id"], view(merchant, row["new_id"])["skus"][0]["price_fen"]) == ("blue-cup", 6800)
    assert ANYBODY.get("/v1/products/blue-cup?source=shopify").status in (308, 409)


def test_a_move_can_be_taken_back_until_it_is_done(merchant: Merchant, hands: Hands) -> None:
    """M3: its source's calendar is over, so thirty days after the move; then it is final, and never run again."""
    migration_id = asked(merchant, dump([old_product(60)]))
    done(merchant, migration_id, "start")

    hands.move(days=29)
    swept()
    assert ok(merchant.client.get(f"/v1/migrations/{migration_id}"))["state"] == "ended"
    hands.move(days=2)
    swept()

    assert ok(merchant.client.get(f"/v1/migrations/{migration_id}"))["state"] == "done"
    for what in ("rollback", "start", "dry-run"):
        refused = merchant.client.post(f"/v1/migrations/{migration_id}/{what}")
        assert (refused.status, refused.slug) == (409, "illegal-transition")


def test_an_import_that_was_started_before_stops_at_read_only(merchant: Merchant, hands: Hands) -> None:
    """M1: the shop's calendar goes on while its files are read: what comes then is refused with the reason."""
    shop = shop_named(merchant.shop_id)
    started = start(merchant, native(line("cup", "一只青花瓷杯")))
    tx = Transaction(STORE, clock.now(), ids.new_id)
    write_shop(tx, shop_named(shop.shop_id).bound_by(Legacy("mini_shop", "read_only", clock.now()), clock.now()))
    tx.commit()

    ended = finish(merchant, started)

    assert (ended["refused"], ended["created"]) == (1, 0)


def test_our_own_export_moves_in_again(merchant: Merchant, new_merchant: Callable[[], Merchant]) -> None:
    """M6: what one shop exports another has after the move, down to every field; and it exports the same."""
    other = new_merchant()
    merchant.sells(title="蓝色棉布衬衫一号", short_title="衬衫", out_product_id="shirt-1", description="棉的")
    merchant.creates(
        title="蓝色棉布衬衫二号", skus=[{"price_fen": 1, "attributes": {"尺寸": "大"}, "out_sku_id": "big"}]
    )
    lines = [line_of(one) for one in _products(merchant)]

    migration_id = asked(other, dump(lines), "jsonl", source="xiaodian")
    assert counted(done(other, migration_id, "start")) == {"read": 2, "moved": 2}

    again = [line_of(one) for one in _products(other)]
    assert sorted(again, key=lambda one: one["title"]) == sorted(lines, key=lambda one: one["title"])
    assert [one["published"] for one in sorted(again, key=lambda one: one["title"])] == [True, False]


def test_our_own_export_brings_its_images(merchant: Merchant, new_merchant: Callable[[], Merchant]) -> None:
    """M6, C5: uploaded images are the first shop's; another one of its owner shows them, too, and nobody else's."""
    image = upload(merchant, png(800, 600), "image", "image/png")
    merchant.creates(out_product_id="cup", images=[image, *IMAGES])
    lines = dump([line_of(one) for one in _products(merchant)])
    shop_id = ok(merchant.client.post("/v1/shops", shop_body()), 201)["shop_id"]
    second, stranger = Merchant(merchant.name, merchant.client, shop_id), new_merchant()

    for other, what in ((second, "moved"), (stranger, "refused")):
        migration_id = asked(other, lines, "jsonl", source="xiaodian")
        assert counted(done(other, migration_id, "dry-run")) == {"read": 1, what: 1}
        assert counted(done(other, migration_id, "start")) == {"read": 1, what: 1}

    assert [line_of(one) for one in _products(second)] == [line_of(one) for one in _products(merchant)]


def _products(merchant: Merchant) -> list[dict[str, Any]]:
    return list(ok(merchant.client.get(f"{merchant.path}/products"))["items"])


def test_groups_come_behind_their_products(merchant: Merchant) -> None:
    """M2: with those of their products that came, in their order, also one that was merged; tried as they are moved;
    rolled back unless they were changed."""
    own = merchant.creates(out_product_id="out-51")
    groups = [
        {
            "group_id": 501,
            "group_name": "茶杯",
            "product_list": [str(FIRST + 52), FIRST + 51, {"product_id": FIRST + 59}],
        },
        {"group_detail": {"group_id": "502", "group_name": "新品", "product_list": [FIRST + 50]}},
        {"group_id": "501", "group_name": "又一个茶杯"},
        {"group_id": "504", "group_name": ""},
    ]
    files = [("groups", dump(groups)), ("products", dump([old_product(n) for n in (50, 51, 52)]))]
    asked_files = [{"kind": kind, "upload_id": upload(merchant, one, "migration")} for kind, one in files]
    migration_id = asked(merchant, b"{}", files=asked_files)

    tried = done(merchant, migration_id, "dry-run")
    moved = done(merchant, migration_id, "start")

    assert told(merchant, migration_id, 1) == told(merchant, migration_id, 2)
    for one in (tried, moved):
        assert [(count["kind"], count["moved"], count["refused"]) for count in one["counts"]] == [
            ("products", 2, 0),
            ("groups", 2, 2),
        ]
    first, second = ok(merchant.client.get(f"{merchant.path}/groups"))["items"]
    by_title = {one["title"]: one for one in (first, second)}
    assert by_title["茶杯"]["product_ids"][1] == own["product_id"]
    assert len(by_title["茶杯"]["product_ids"]) == 2
    assert told(merchant, migration_id)[0]["why"] == "1 of its products are not here"

    edited = f"{merchant.path}/groups/{by_title['新品']['group_id']}"
    ok(merchant.client.patch(edited, {"title": "旧品"}))
    back = done(merchant, migration_id, "rollback")
    assert [(one["kind"], one["taken_out"], one["kept"]) for one in back["counts"]] == [
        ("products", 2, 0),
        ("groups", 1, 1),
    ]
    [left] = ok(merchant.client.get(f"{merchant.path}/groups"))["items"]
    assert left["title"] == "旧品"


REPORTS = ("MIG#", "IMP#", "MRU#", "MRF#")


def _world(shop_id: str) -> dict[tuple[str, str], Any]:
    """All that catalog keeps, but migrations' own reports: what a dry run may not touch. Of this shop only."""
    rows = {(row.pk, row.sk): row.to_simple_dict() for row in CatalogRow.scan(consistent_read=True)}
    kept = {key: row for key, row in rows.items() if not key[0].startswith(REPORTS)}
    ours = json.dumps(shop_id)[1:-1]
    return {key: row for key, row in kept.items() if ours in json.dumps([key, row])}


def test_the_world_of_these_tests_is_not_empty(merchant: Merchant) -> None:
    """What is compared above is there at all."""
    product = merchant.creates(**product_body())

    assert ("PRD#" + product["product_id"], "PRODUCT") in _world(merchant.shop_id)
    assert STORE.service == "catalog"
