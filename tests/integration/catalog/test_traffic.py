"""Traffic: what buyers saw and pressed, each batch once, joined with what they ordered (C11)."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any, get_args

import pytest

from services.catalog import app as catalog
from services.catalog.sources.link import Channel
from services.catalog.tables import STORE, CatalogRow
from services.catalog.traffic.fold_traffic import fold_shop, sweep_traffic
from services.catalog.traffic.tables import TallyRow, save_counts
from services.catalog.traffic.tally import Counts, Tally, bucket_of
from services.shared.contracts.orders import OrderCancelled, OrderLine, OrderPaid, OrderRefused
from services.shared.plumbing import clock, ids
from services.shared.plumbing.contention import ending_at
from services.shared.plumbing.day import BEIJING, day_of
from services.shared.plumbing.tables import Transaction, query, retrying
from tests.integration.catalog.conftest import Hands
from tests.integration.catalog.merchant import ANYBODY, Merchant, hear, ok, open_merchant, person
from tests.integration.verbs.meter import metered

BUYER = person("buyer")


def tells(merchant: Merchant, *events: tuple[str, str, str], batch: str | None = None) -> dict[str, Any]:
    """A client tells of (kind, product, channel)."""
    said = [{"kind": kind, "product_id": product, "channel": channel} for kind, product, channel in events]
    body = {"batch_id": batch or ids.new_id("batch"), "shop_id": merchant.shop_id, "events": said}
    return ok(BUYER.post("/v1/traffic-events", body), 202)


def order(
    merchant: Merchant, product: str, fen: int, pieces: int = 1, *, paid: bool = True, refused: bool = False
) -> None:
    """Catalog hears what became of an order of one line that came through a QR code."""
    order_id = ids.new_id("ord")
    line = OrderLine(
        line_no=1, sku_id="sku_x", product_id=product, title="t", quantity=pieces, unit_price_fen=fen, total_fen=fen
    )
    facts: dict[str, Any] = {"order_id": order_id, "shop_id": merchant.shop_id, "buyer": "person:x"}
    facts |= {"kind": "purchase", "lines": [line], "channel": "qr"}
    body: OrderPaid | OrderCancelled = OrderCancelled(**facts, why="expired")
    if paid:
        body = OrderPaid(**facts, paid_fen=fen, paid_at=clock.now())
    if paid or not refused:
        hear(body, subject=order_id, sequence=2)
    if refused:
        hear(OrderRefused(**facts, paid=paid, paid_fen=fen * paid), subject=order_id, sequence=3)


def funnel(merchant: Merchant, **asked: str) -> dict[str, Any]:
    """Today's."""
    today = day_of(clock.now()).isoformat()
    terms = "".join(f"&{name}={value}" for name, value in asked.items())
    return ok(merchant.client.get(f"{merchant.path}/funnel?since={today}&until={today}{terms}"))


@pytest.fixture(autouse=True)
def _noon(hands: Hands) -> None:
    """It is noon in Beijing: what is added up minutes later is of the same day."""
    hands.move(hours=(12 - clock.now().astimezone(BEIJING).hour) % 24)


@pytest.fixture
def later(hands: Hands) -> Callable[[], None]:
    """Enough time for everything to be added up."""

    def wait() -> None:
        hands.move(minutes=3)
        catalog.sweep(_event(), None)

    return wait


def _event() -> dict[str, Any]:
    return {
        "version": "0",
        "account": "",
        "region": "",
        "detail": {},
        "detail-type": "",
        "source": "",
        "time": "",
        "id": "",
        "resources": [],
    }


def test_from_impressions_to_money(merchant: Merchant, later: Callable[[], None]) -> None:
    """C11: impressions, clicks, orders, paid and fen; by channel, by product, by day."""
    tea, cup = (str(merchant.sells()["product_id"]) for _ in range(2))
    tells(merchant, *[("impression", tea, "qr")] * 5, *[("impression", cup, "search")] * 2, ("click", tea, "qr"))
    order(merchant, tea, 900, pieces=3)
    order(merchant, tea, 300, paid=False)
    later()

    found = funnel(merchant)

    assert found["all"] == {"impressions": 7, "clicks": 1, "orders": 2, "paid": 1, "pieces": 3, "gmv_fen": 900}
    assert {one["channel"]: one["impressions"] for one in found["channels"]} == {"qr": 5, "search": 2}
    assert [(one["product_id"], one["clicks"]) for one in found["products"]] == [(tea, 1), (cup, 0)]
    assert found["days"][0]["gmv_fen"] == 900
    assert funnel(merchant, channel="search")["all"]["impressions"] == 2


def test_an_order_refused_on_review_counts_once(merchant: Merchant, later: Callable[[], None]) -> None:
    """C11, O19: as one that nobody paid, or as the paid one that it was before."""
    product = str(merchant.sells()["product_id"])
    order(merchant, product, 900, paid=False, refused=True)
    order(merchant, product, 300, refused=True)
    later()

    counted = funnel(merchant)["all"]

    assert (counted["orders"], counted["paid"], counted["gmv_fen"]) == (2, 1, 300)


def test_a_batch_counts_once(merchant: Merchant, later: Callable[[], None]) -> None:
    """C11: sent again, and eight times at once, and added up by eight at once."""
    product = str(merchant.sells()["product_id"])
    first = tells(merchant, ("click", product, "qr"), batch="batch-of-one")
    again = tells(merchant, ("click", product, "qr"), batch="batch-of-one")
    assert (first["again"], again["again"]) == (False, True)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: tells(merchant, ("click", product, "qr"), batch="batch-of-eight"), range(8)))

    later()
    catalog.sweep(_event(), None)

    assert funnel(merchant)["all"]["clicks"] == 2


def test_added_up_once_by_many_at_once(merchant: Merchant, hands: Hands) -> None:
    """C11: a transaction moves the mark and the counts together: no tally is in twice, none is left out."""
    product = str(merchant.sells()["product_id"])
    for _ in range(30):
        tells(merchant, ("impression", product, "qr"), ("click", product, "chat"))
    hands.move(minutes=3)
    now = clock.now()

    def begin() -> Transaction:
        return Transaction(STORE, now, ids.new_id)

    def fold(_: int) -> None:
        retrying(lambda: fold_shop(merchant.shop_id, begin=begin, now=now))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(fold, range(16)))

    assert funnel(merchant)["all"] | {"orders": 0} == {
        "impressions": 30,
        "clicks": 30,
        "orders": 0,
        "paid": 0,
        "pieces": 0,
        "gmv_fen": 0,
    }


def test_a_day_of_a_large_shop_fits_into_its_items(merchant: Merchant, later: Callable[[], None]) -> None:
    """C11: thousands of products through all channels; what is too much counts among the others, none is lost."""
    tea = str(merchant.sells()["product_id"])
    day, bucket, busy = day_of(clock.now()), bucket_of(tea), Tally()
    seen = Counts(impressions=9_999_999, clicks=999_999, orders=99_999, paid=99_999, pieces=99_999, gmv_fen=10**11)
    for product_id in [tea, *(ids.new_id("prd") for _ in range(2_500))]:
        for channel in get_args(Channel):
            busy.add(product_id, channel, seen)
    tx = Transaction(STORE, clock.now(), ids.new_id)
    save_counts(tx, merchant.shop_id, (day, bucket), busy, 0)
    tx.commit()
    before = funnel(merchant)["all"]["impressions"]

    tells(merchant, ("impression", tea, "qr"))
    later()

    assert before == 2_501 * 10 * 9_999_999
    assert funnel(merchant)["all"]["impressions"] == before + 1


def test_a_shop_that_cannot_be_added_up_stops_no_other(
    new_merchant: Callable[[], Merchant], later: Callable[[], None]
) -> None:
    """C11: the numbers of all others come all the same."""
    shops = sorted((new_merchant() for _ in range(2)), key=lambda one: one.shop_id)
    product = {one.shop_id: str(one.sells()["product_id"]) for one in shops}
    for one in shops:
        tells(one, ("impression", product[one.shop_id], "qr"))
    (broken,) = query(TallyRow, f"TRF#{shops[0].shop_id}")
    broken.doc = "no tally"
    broken.save()

    later()

    assert funnel(shops[1])["all"]["impressions"] == 1


def test_a_sweep_without_time_is_followed_by_one_that_begins_where_it_stopped(
    new_merchant: Callable[[], Merchant],
) -> None:
    """C11: it ends before its function is cut off, and no shop stands at the end of every line."""
    now = clock.now() + timedelta(minutes=3)
    for back in (0, 1):
        for row in query(CatalogRow, f"TRD#{day_of(now) - timedelta(days=back)}", limit=1_000):
            row.delete()  # shops of other tests
    shops = [new_merchant() for _ in range(2)]
    for one in shops:
        tells(one, ("impression", str(one.sells()["product_id"]), "qr"))
    seen = [0]

    with ending_at(time.monotonic() - 60):
        for _ in shops:
            sweep_traffic(lambda: Transaction(STORE, now, ids.new_id), now)
            seen.append(sum(funnel(one)["all"]["impressions"] for one in shops))

    assert seen == [0, 1, 2]


def test_what_is_not_the_shops_is_left_out(merchant: Merchant, later: Callable[[], None]) -> None:
    """C11: nobody fills a shop's numbers with others' products; an unknown shop has no numbers."""
    theirs = str(open_merchant().sells()["product_id"])
    ours = str(merchant.sells()["product_id"])
    tells(merchant, ("click", theirs, "qr"), ("click", "prd_00000000000000000000000000", "qr"), ("click", ours, "qr"))
    later()

    assert [one["product_id"] for one in funnel(merchant)["products"]] == [ours]
    nowhere = {"batch_id": "batch-nowhere", "shop_id": "shp_00000000000000000000000000"}
    event = {"kind": "click", "product_id": ours}
    assert BUYER.post("/v1/traffic-events", {**nowhere, "events": [event]}).status == 404


def test_bad_batches_and_spans_are_refused(merchant: Merchant) -> None:
    """X2: 501 events, no name, a stranger's funnel, 32 days, the last day before the first."""
    event = {"kind": "click", "product_id": "prd_00000000000000000000000000"}
    batch = {"batch_id": "batch-too-large", "shop_id": merchant.shop_id}
    assert BUYER.post("/v1/traffic-events", {**batch, "events": [event] * 501}).status == 422
    assert BUYER.post("/v1/traffic-events", {**batch, "batch_id": "short", "events": [event]}).status == 422
    assert ANYBODY.post("/v1/traffic-events", {**batch, "events": [event]}).status == 401
    assert BUYER.get(f"{merchant.path}/funnel?since=2026-01-01&until=2026-01-01").status == 404
    assert merchant.client.get(f"{merchant.path}/funnel?since=2026-01-01&until=2026-02-01").status == 422
    assert merchant.client.get(f"{merchant.path}/funnel?since=2026-01-02&until=2026-01-01").status == 422


def test_at_volume_an_event_costs_less_than_a_tenth_of_a_unit(merchant: Merchant, hands: Hands) -> None:
    """C11: twenty batches of 500 events over 40 products: write units of taking in and adding up, per event."""
    products = [str(merchant.sells()["product_id"]) for _ in range(40)]
    batch = [("impression" if n % 5 else "click", products[n * 7 % 40], ("qr", "chat")[n % 2]) for n in range(500)]
    with metered() as bill:
        for _ in range(20):
            tells(merchant, *batch)
        hands.move(minutes=3)
        catalog.sweep(_event(), None)

    assert bill.write_units / (20 * 500) <= 0.1
    assert funnel(merchant)["all"]["clicks"] == 20 * 100
