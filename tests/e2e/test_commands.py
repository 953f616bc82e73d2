"""The commands against a running stack."""

from datetime import UTC, datetime
from pathlib import Path

from infra.local.dead_letters import FOLDER
from infra.local.durable import write_json
from services.shared.contracts.catalog import ShopOpened
from services.shared.contracts.envelope import Envelope
from tests.e2e.market import Market, Shop, eventually
from tests.e2e.xiaodian import Running

PRODUCTS = """\
out_product_id,title,category_id,attributes,out_sku_id,stock,price_fen
MUG,A mug that is imported,home.kitchen,colour=red,MUG-1,5,1200
MUG,A mug that is imported,home.kitchen,colour=blue,MUG-2,5,1200
BAD,A mug without a price,home.kitchen,,BAD-1,5,
"""


def test_demo_twice_is_the_demo_once(shared_stack: Running, market: Market) -> None:
    """Products, orders in three states and a gift that waits; loading it again changes nothing."""
    first = shared_stack.run("demo")
    second = shared_stack.run("demo")

    assert second == first
    merchant = market.person("merchant")
    shop_id = first.partition("(")[2].partition(")")[0]
    orders = list(merchant.pages(f"/orders/v1/shops/{shop_id}/orders"))
    assert sorted(order["status"] for order in orders) == ["done", "gift_pending_claim", "shipped", "to_ship"]
    assert "http" in first.splitlines()[1]
    jade = market.api.anyone().get("/catalog/v1/products", shop_id=shop_id, limit=100)["items"]
    assert len(jade) == 37


def test_import_tells_each_refused_row_and_changes_nothing_twice(
    shared_stack: Running, shop: Shop, tmp_path: Path
) -> None:
    """Good rows are on sale, the bad one is told with its line; exit status 1 says that there was one."""
    file = tmp_path / "products.csv"
    file.write_text(PRODUCTS)
    words = ("import", file, "--shop", shop.shop_id, "--format", "native", "--as", f"person:{shop.merchant_name}")

    first = shared_stack.run(*words, status=1)
    second = shared_stack.run(*words, status=1)

    assert first.startswith("line 4  BAD  ")
    assert "3 rows: 2 created, 0 updated, 0 unchanged, 1 refused" in first
    assert "3 rows: 0 created, 0 updated, 2 unchanged, 1 refused" in second


def test_import_into_anothers_shop_is_refused(shared_stack: Running, shop: Shop, tmp_path: Path) -> None:
    """In one sentence."""
    file = tmp_path / "products.csv"
    file.write_text(PRODUCTS)

    output = shared_stack.run("import", file, "--shop", shop.shop_id, "--format", "native", status=1)

    assert output.startswith("Error: POST /catalog/v1/shops/")
    assert "(404 not-found)" in output


def test_replayed_events_are_heard_once(shared_stack: Running, market: Market, shop: Shop) -> None:
    """Every event of orders is sent to notify again, and nobody is told twice."""
    (sku_id,) = shop.offer(1)
    buyer = market.person("replay-buyer")
    order_id = shop.buy(buyer, sku_id)
    eventually(lambda: market.told(buyer, order_id), ["orders.order_placed", "orders.order_paid"])

    output = shared_stack.run("events", "replay", "orders", "--to", "notify")
    marker = shop.place(buyer, sku_id=shop.offer(1)[0])  # told of this, notify has heard what came before it

    assert int(output.split()[0]) >= 2
    eventually(lambda: market.told(buyer, marker), ["orders.order_placed"])
    assert market.told(buyer, order_id) == ["orders.order_placed", "orders.order_paid"]


def test_dead_letters_are_listed_and_sent_again(shared_stack: Running, shop: Shop) -> None:
    """After a redrive the letter has had its effect, and is gone."""
    letter = Envelope.wrap(
        ShopOpened(shop_id=shop.shop_id, name="又开张了", owner="person:x"),
        event_id="evt_01DEADLETTER",
        emitter="catalog",
        shop=shop.shop_id,
        occurred_at=datetime.now(UTC),
        subject=shop.shop_id,
        sequence=1,
        trace="",
    )
    kept = {"body": letter.model_dump_json(), "attributes": {}, "died_at": "2026-01-01T00:00:00+00:00"}
    write_json(shared_stack.data / FOLDER / "xiaodian-notify-events" / "dead.json", kept)
    before = shop.market.told(shop.merchant, as_shop=shop.shop_id).count(ShopOpened.NAME)

    listed = shared_stack.run("dlq", "list")
    redriven = shared_stack.run("dlq", "redrive", "--queue", "notify")

    assert "evt_01DEADLETTER" in listed
    assert "1 dead letters, 0 parked and 0 unpublished events were sent again." in redriven
    eventually(lambda: shop.market.told(shop.merchant, as_shop=shop.shop_id).count(ShopOpened.NAME), before + 1)
    assert "0 dead letters" in shared_stack.run("dlq", "list")


def test_a_dead_letter_is_given_up_for_a_reason(shared_stack: Running) -> None:
    """It is gone, and what it was and why it went stays to be seen; a name that is none changes nothing."""
    kept = {"body": "no event at all", "attributes": {}, "died_at": "2026-01-01T00:00:00+00:00"}
    write_json(shared_stack.data / FOLDER / "xiaodian-gifts-events" / "odd.json", kept)
    name = shared_stack.run("dlq", "list").partition("not an event")[2].split()[0]
    words = ("dlq", "discard", name, "--queue", "gifts", "--reason")

    unknown = shared_stack.run("dlq", "discard", name, "evt_none", "--reason", "typed wrong", "--yes", status=1)
    asked = shared_stack.run(*words, "not now", status=1)
    still_there = shared_stack.run("dlq", "list")
    discarded = shared_stack.run(*words, "put there by hand", "--yes")

    assert "no dead letter is called evt_none" in unknown
    assert "Aborted" in asked
    assert name in still_there
    assert "1 dead letters were discarded" in discarded
    assert name not in shared_stack.run("dlq", "list")
    told = shared_stack.run("dlq", "list", "--discarded")
    assert name in told
    assert "put there by hand" in " ".join(told.split())
    assert "typed wrong" not in told


def test_facts_are_told_anew_and_change_nothing_where_they_are_known(
    shared_stack: Running, market: Market, shop: Shop
) -> None:
    """Notify is told everything of three services, and nobody hears anything twice."""
    (sku_id,) = shop.offer(1)
    buyer = market.person("resend-buyer")
    order_id = shop.buy(buyer, sku_id)
    names = ["orders.order_placed", "orders.order_paid"]
    eventually(lambda: market.told(buyer, order_id), names)
    as_merchant = market.told(shop.merchant, as_shop=shop.shop_id)

    output = shared_stack.run("events", "resend", "--to", "notify")
    marker = shop.place(buyer, sku_id=shop.offer(1)[0])  # told of this, notify has heard what came before it

    assert int(output.split()[-2]) >= 4
    eventually(lambda: market.told(buyer, marker), ["orders.order_placed"])
    assert market.told(buyer, order_id) == names
    told = market.told(shop.merchant, as_shop=shop.shop_id)
    assert told.count(ShopOpened.NAME) == as_merchant.count(ShopOpened.NAME)


def test_nothing_is_wrapped_anew_while_the_key_is_the_same(shared_stack: Running) -> None:
    """The command finds its way to the keys of the running stack."""
    assert "0 wrapped anew." in shared_stack.run("keys", "rewrap", "orders")


def test_reset_refuses_while_it_runs(shared_stack: Running) -> None:
    """Nothing is deleted under a running engine."""
    assert "a stack is running" in shared_stack.run("reset", "--yes", status=1)


def test_clock_tells_the_stacks_time(shared_stack: Running, market: Market) -> None:
    """Without a move it only tells."""
    told = datetime.fromisoformat(shared_stack.run("clock").partition(" UTC")[0] + "+00:00")

    assert abs((told - datetime.fromisoformat(market.api.local()["clock"])).total_seconds()) < 60
