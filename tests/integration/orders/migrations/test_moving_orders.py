"""Orders of an old shop come in, and go out again (M2, M3), on the real engine."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from infra.load import order_dumps
from services.orders.migrations import run_migration
from services.orders.migrations.tables import add_old
from services.orders.tables import STORE, OrdersRow, find_order
from services.shared.plumbing import clock, files, ids
from services.shared.plumbing.aws import client
from services.shared.plumbing.jobs import job_of
from services.shared.plumbing.resources import Resources
from services.shared.plumbing.tables import Transaction, get, query
from tests.integration.orders.events import told_of
from tests.integration.orders.market import Market
from tests.integration.orders.migrations.old_shop import OldShop

LINES = 60  # with a bad one
GOOD = [number for number in range(LINES) if order_dumps.bad_at(number) is None]


@pytest.fixture(autouse=True)
def _small(queues: Callable[[str | Resources], dict[str, str]], monkeypatch: pytest.MonkeyPatch) -> None:
    """There is a bucket, and a run has several chunks."""
    queues("orders")
    monkeypatch.setattr(run_migration, "LINES_A_CHUNK", 25)


@pytest.fixture
def shop(market: Market) -> OldShop:
    """An old shop with a dump of orders, of which some are bad."""
    old = OldShop(market)
    old.add(order_dumps.dump(LINES))
    return old


def old_id(number: int) -> str:
    """What the so-many-th order is called in the old shop."""
    return str(order_dumps.FIRST_ORDER + number)


def test_a_shops_orders_come_in(shop: OldShop) -> None:
    """M2, M3: good ones at their own dates, bad ones named by file, line and reason; nobody is told of old things."""
    counts = shop.goes("move")

    assert counts == {"read": LINES, "moved": len(GOOD), "refused": LINES - len(GOOD)}
    for number in GOOD[:3]:
        order = find_order(shop.order_id(old_id(number)))
        assert order is not None
        assert order.created_at == datetime.fromtimestamp(order_dumps.EPOCH + number * order_dumps.HOUR, UTC)
        assert told_of(order.order_id) == []
    bad = [number for number in range(LINES) if number not in GOOD]
    assert [(row.kind, row.file, row.line, row.outcome) for row in shop.rows()] == [
        ("orders", 1, number + 1, "refused") for number in bad
    ]
    for number, row in zip(bad, shop.rows(), strict=True):
        kind = order_dumps.bad_at(number)
        assert kind is not None
        assert order_dumps.BAD[kind][1] in row.why


def test_a_buyer_finds_the_order_and_the_shop_sends_it(shop: OldShop) -> None:
    """M2: who bought it sees it as there, with the address; what was to be sent is sent here."""
    number = order_dumps.STATUSES.index(20)
    shop.goes("move")
    order_id = shop.order_id(old_id(number))
    buyer = shop.buyer(f"oBuyer{number:022}")

    seen = buyer.get(f"/v1/orders/{order_id}").json
    listed = [one["order_id"] for one in buyer.get("/v1/orders").json["items"]]
    sent = shop.market.ship(order_id)

    assert (seen["status"], seen["status_code"], seen["address"]["phone"]) == ("to_ship", 20, f"138{number:08}")
    assert seen["payable_fen"] == seen["paid_fen"] == 1_990 * seen["lines"][0]["quantity"] + 700
    assert order_id in listed
    assert (sent.status, sent.json["status"]) == (201, "shipped")


def test_what_lies_here_is_sealed(shop: OldShop) -> None:
    """X3: neither an order nor what was kept aside of it shows whose it is."""
    shop.goes("move")
    order_id = shop.order_id(old_id(GOOD[0]))

    order = get(OrdersRow, f"ORD#{order_id}", "ORDER")
    rest = get(OrdersRow, f"OLD#{old_id(GOOD[0])}", order_id)

    assert order is not None
    assert rest is not None
    assert "收件人" not in str(order.doc)
    assert rest.doc
    assert "prepay_time" not in rest.doc


def test_its_money_is_in_no_ledger(shop: OldShop) -> None:
    """O7: what the old shop has is none that lies here, also when an order is done here."""
    shop.goes("move")
    number = order_dumps.STATUSES.index(20)
    buyer, order_id = shop.buyer(f"oBuyer{number:022}"), shop.order_id(old_id(number))

    assert shop.market.ship(order_id).status == 201
    assert buyer.post(f"/v1/orders/{order_id}/receipt").json["status"] == "done"

    assert set(shop.market.balance().values()) == {0}
    entries = shop.market.merchant.get(f"/v1/shops/{shop.market.shop_id}/ledger").json["items"]
    assert entries == []


def test_a_dry_run_says_what_a_move_does(shop: OldShop) -> None:
    """M3: the same counts, the same rows for the same reasons, from a file that says some things twice; and writes
    nothing outside its own report."""
    shop.add([order_dumps.line(3), order_dumps.line(LINES), order_dumps.line(LINES), *order_dumps.bad_lines()])
    before = _orders_rows(shop)

    dry = shop.goes("dry")
    dry_rows = shop.rows()
    between = _orders_rows(shop)
    moved = shop.goes("move")

    assert dry == moved
    assert moved["unchanged"] == 2
    assert dry_rows == shop.rows()
    assert before == between == 0
    assert _orders_rows(shop) == len(GOOD) + 1


def _orders_rows(shop: OldShop) -> int:
    """How many orders the shop's list has."""
    page = shop.market.merchant.get(f"/v1/shops/{shop.market.shop_id}/orders?limit=100").json
    found = len(page["items"])
    while page["next_cursor"]:
        place = f"/v1/shops/{shop.market.shop_id}/orders?limit=100&cursor={page['next_cursor']}"
        page = shop.market.merchant.get(place).json
        found += len(page["items"])
    return found


def test_what_is_here_stays_as_it_is(shop: OldShop) -> None:
    """M3: a second move of the same dump changes nothing, also where the merchant has gone on."""
    shop.goes("move")
    number = order_dumps.STATUSES.index(20)
    order_id = shop.order_id(old_id(number))
    shop.market.ship(order_id)

    again = shop.goes("move")

    assert again == {"read": LINES, "unchanged": len(GOOD), "refused": LINES - len(GOOD)}
    assert shop.market.merchant_sees(order_id)["status"] == "shipped"


def test_a_rollback_takes_out_what_came_in(shop: OldShop) -> None:
    """M3: all of it but what the merchant has done something with, which stays and is named."""
    shop.goes("move")
    number = order_dumps.STATUSES.index(20)
    sent, noted = shop.order_id(old_id(number)), shop.order_id(old_id(GOOD[0]))
    shop.market.ship(sent)
    note = shop.market.merchant.post(f"/v1/shops/{shop.market.shop_id}/orders/{noted}/notes", {"text": "老客户"})
    assert note.status == 201

    counts = shop.goes("rollback")
    again = shop.goes("rollback")

    assert counts == {"read": LINES, "taken_out": len(GOOD) - 2, "kept": 2, "unchanged": LINES - len(GOOD)}
    assert {(row.new_id, row.outcome) for row in shop.rows(run=2)} == {(sent, "kept"), (noted, "kept")}
    assert _orders_rows(shop) == 2
    assert find_order(shop.order_id(old_id(GOOD[1]))) is None
    assert shop.order_id(old_id(GOOD[1])) not in {row.sk for row in query(OrdersRow, f"OLD#{old_id(GOOD[1])}")}
    assert again == {"read": LINES, "kept": 2, "unchanged": LINES - 2}


def test_what_was_taken_out_comes_in_again(shop: OldShop) -> None:
    """M3: a rollback is no end: the next move brings the same."""
    first = shop.goes("move")
    shop.goes("rollback")

    assert shop.goes("move") == first


def test_a_pause_holds_and_goes_on_where_it_was(shop: OldShop) -> None:
    """M3: nothing is read while it is paused; after it nothing is done twice."""
    shop.say("running", "move")
    shop.say("paused")
    shop.market.settle_events()
    paused = shop.progress()

    shop.say("running")
    shop.market.settle_events()

    assert all(one.state == "running" and not one.counts for one in paused)
    assert _orders_rows(shop) == len(GOOD)
    assert OldShop.sums(shop.progress()[-1].counts)["moved"] == len(GOOD)


def test_a_file_that_is_not_there_fails_the_run_with_its_reason(market: Market) -> None:
    """M3: what was never uploaded, a format that nobody knows."""
    missing, unknown = OldShop(market), OldShop(market)
    missing.add([order_dumps.line(1)])
    missing.files[0] = missing.files[0].model_copy(update={"upload_id": "upl_nobody"})
    unknown.add([order_dumps.line(1)], fmt="xml")

    cases = (
        (missing, "file 1: "),
        (unknown, "file 1: there is no format 'xml'"),
    )
    for old, why in cases:
        old.say("running", "move")
        market.settle_events()
        assert old.progress()[-1].state == "failed"
        assert old.progress()[-1].why.startswith(why)


def test_a_dump_that_is_gone_fails_the_run_with_its_reason(shop: OldShop) -> None:
    """M3: it was looked at, and somebody has deleted it since."""
    shop.goes("dry")
    key = files.key_of(STORE, shop.files[0].upload_id)
    client("s3").delete_object(Bucket=files.Settings.bucket, Key=key)

    shop.say("running", "move")
    shop.market.settle_events()

    assert (shop.progress()[-1].state, shop.progress()[-1].why) == ("failed", "file 1: the uploaded dump is gone")


def test_its_dumps_go_when_it_is_over(shop: OldShop) -> None:
    """M3: orders' dumps hold people's data: they stay as long as a rollback may read them, and are deleted then; nobody
    else's migration reads them meanwhile."""
    other = OldShop(shop.market)
    other.files, other.name = list(shop.files), shop.name
    key = files.key_of(STORE, shop.files[0].upload_id)
    shop.goes("move")

    other.say("running", "move")
    shop.market.settle_events()
    assert "another migration reads this upload" in other.progress()[-1].why
    files.sweep_uploads(STORE, clock.now() + timedelta(days=400))
    assert files.size_of(key) > 0
    other.say("done")
    shop.say("done")
    shop.market.settle_events()
    files.sweep_uploads(STORE, clock.now())

    with pytest.raises(FileNotFoundError):
        files.size_of(key)


def test_a_rollback_of_what_was_just_paused_begins_when_its_worker_has_ended(shop: OldShop) -> None:
    """M3: one that is in the middle of a chunk brings orders in a little longer."""
    shop.goes("move")
    shop.say("paused")
    shop.say("running", "rollback")
    shop.market.settle_events()
    assert shop.progress()[-1].run == 1
    job = job_of(STORE, f"{shop.migration_id}_2")
    assert job is not None

    for _ in range(10):
        run_migration.run_migration(job, lambda: Transaction(STORE, clock.now() + timedelta(minutes=1), ids.new_id))

    assert _orders_rows(shop) == 0
    assert (job.state, shop.progress()[-1].run) == ("done", 2)


def test_a_rollback_of_what_was_just_stopped_waits_as_well(shop: OldShop, market: Market) -> None:
    """M3: a closed shop stops its moves, with a worker in the middle of one; what has failed by itself has none."""
    shop.say("running", "move")
    shop.say("failed")
    shop.say("running", "rollback")
    failed = OldShop(market)
    failed.add(["{}"], fmt="youzan")
    for state, mode in (("running", "move"), ("failed", None), ("running", "rollback")):
        failed.say(state, mode)  # type: ignore[arg-type]
        if mode == "move":
            market.settle_events()

    begins = [job_of(STORE, f"{one.migration_id}_2") for one in (shop, failed)]

    assert [bool(job and "not_before" in job.args) for job in begins] == [True, False]


def test_an_older_word_about_it_changes_nothing(shop: OldShop) -> None:
    """Events: state applies by its sequence."""
    shop.say("running", "dry")
    shop.sequence -= 1
    shop.say("ended")
    shop.market.settle_events()

    assert shop.progress()[-1].state == "ended"
    assert shop.progress()[-1].mode == "dry"


def told_to_anybody(shop: OldShop) -> list[dict[str, Any]]:
    """Everything that orders has said under ids of this shop's orders."""
    return [
        json.loads(row.body) for number in GOOD for row in query(STORE.outbox, shop.order_id(old_id(number)), limit=10)
    ]


def test_history_is_silent(shop: OldShop) -> None:
    """M2: neither coming in nor going out is told to anybody."""
    shop.goes("move")
    shop.goes("rollback")

    assert told_to_anybody(shop) == []


def test_an_old_id_leads_to_the_order(shop: OldShop) -> None:
    """M2: for who bought it, who was given it and for the shop, each to their own path; for nobody else."""
    shop.goes("move")
    old, order_id = old_id(GOOD[0]), shop.order_id(old_id(GOOD[0]))
    shop_path = f"/v1/shops/{shop.market.shop_id}/orders"

    bought = shop.buyer(f"oBuyer{GOOD[0]:022}").get(f"/v1/orders/{old}")
    sold = shop.market.merchant.get(f"{shop_path}/{old}")
    elses = shop.buyer("oSomebody").get(f"/v1/orders/{old}")

    assert (bought.status, bought.headers["location"]) == (308, f"/orders/v1/orders/{order_id}")
    assert (sold.status, sold.headers["location"]) == (308, f"/orders{shop_path}/{order_id}")
    assert (elses.status, elses.slug) == (404, "not-found")
    shop.goes("rollback")
    assert shop.market.merchant.get(f"{shop_path}/{old}").status == 404


def test_what_was_kept_aside_is_there_for_the_shop(shop: OldShop) -> None:
    """M6: with the file and the line; an order that was placed here has no such thing, and no stranger sees it."""
    shop.goes("move")
    order_id = shop.order_id(old_id(GOOD[2]))
    path = f"/v1/shops/{shop.market.shop_id}/orders/{order_id}/origin"

    seen = shop.market.merchant.get(path).json

    assert (seen["old_id"], seen["file"], seen["line"]) == (old_id(GOOD[2]), 1, GOOD[2] + 1)
    assert seen["aside"]["order"]["order_detail"]["product_infos"][0]["sku_attrs"][0]["attr_value"] == "250g"
    assert shop.buyer(f"oBuyer{GOOD[2]:022}").get(path).status == 404


def test_half_a_character_that_was_kept_aside_can_be_read(market: Market) -> None:
    """M6: a note that was cut inside an emoji stands in no way of the order, nor of the rest of what was kept."""
    record = order_dumps.order(0)
    record["order"]["order_detail"]["ext_info"] |= {"customer_notes": "谢谢\ud83d", "merchant_notes": "\ud83d\ude00"}
    old = OldShop(market)
    old.add([json.dumps(record)])

    assert old.goes("move") == {"read": 1, "moved": 1}

    path = f"/v1/shops/{market.shop_id}/orders/{old.order_id(order_dumps.FIRST_ORDER)}/origin"
    notes = market.merchant.get(path).json["aside"]["order"]["order_detail"]["ext_info"]
    assert (notes["customer_notes"], notes["merchant_notes"]) == ("谢谢?", "\U0001f600")


def test_nothing_is_read_of_who_has_paid_nothing(market: Market) -> None:
    """O10, X3: as the address of an order that nobody has paid is not shown, nothing is that was kept aside of it."""
    old = OldShop(market)
    number = order_dumps.STATUSES.index(250)
    old.add([order_dumps.as_line(order_dumps.order(number, buyer_words="请放门口 13800138000", level=3))])
    old.goes("move")
    path = f"/v1/shops/{market.shop_id}/orders/{old.order_id(old_id(number))}/origin"

    aside = market.merchant.get(path).json["aside"]["order"]

    assert (aside["buyer_words"], aside["level"]) == ("***", 3)


def test_an_old_id_is_found_among_many_shops(shop: OldShop) -> None:
    """M2: also where more than a hundred others have numbered alike."""
    shop.goes("move")
    old, order_id = old_id(GOOD[0]), shop.order_id(old_id(GOOD[0]))
    for start in (0, 60):
        tx = Transaction(STORE, clock.now(), ids.new_id)
        for number in range(start, start + 60):
            add_old(tx, "order", old, f"ord_{number:03}", "shp_another", None)
        tx.commit()

    place = shop.market.merchant.get(f"/v1/shops/{shop.market.shop_id}/orders/{old}")

    assert (place.status, place.headers["location"]) == (
        308,
        f"/orders/v1/shops/{shop.market.shop_id}/orders/{order_id}",
    )


def test_what_is_too_large_to_be_kept_is_refused_and_stops_no_other(market: Market) -> None:
    """M3, M6: an order of thousands of lines, and a novel in a field that has no place here."""
    old = OldShop(market)
    style = {"product_id": "7", "sku_id": "8", "sku_cnt": 1, "sale_price": 1}
    lines, price = [style] * 3_000, {"order_price": 3_000, "freight": 0}
    detail = order_dumps.order(2)["order"]["order_detail"] | {"product_infos": lines, "price_info": price}
    old.add(
        order_dumps.as_line(one)
        for one in (
            order_dumps.order(1),
            order_dumps.order(2, order_detail=detail | {"delivery_info": {}}, status=100),
            order_dumps.order(3, diary="从前有座山，" * 12_000),
            order_dumps.order(4),
        )
    )

    for mode in ("dry", "move"):
        assert old.goes(mode) == {"read": 4, "moved": 2, "refused": 2}
        assert [row.why for row in old.rows()] == [
            "it is too large to be kept: more than 250 KB",
            "more than 200 KB of it have no place here, and are too much to be kept",
        ]
