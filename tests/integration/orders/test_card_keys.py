"""Card keys (O5): each key to one order, an order's keys once, and nobody reads them but who bought them."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from infra.faults import Fault, FaultsProxy
from services.orders.card_keys.tables import free_keys, keys_of
from services.orders.order import Order
from services.orders.tables import STORE, VAULT, OrdersRow, find_order
from services.shared.contracts.orders import OrderShipped, StockLow
from services.shared.plumbing import ids
from services.shared.plumbing.audit import AuditQuery, list_deeds
from tests.integration.http import Client, Reply
from tests.integration.orders.crowd import Press, outcome, press
from tests.integration.orders.events import said, told_of
from tests.integration.orders.market import Market, becomes, open_market, person, status_of
from tests.integration.orders.till import Letter

CONFLICTS = Fault("conflict", operations={"TransactWriteItems", "TransactGetItems"}, probability=0.1)


def key_style(market: Market, keys: int = 0, **more: Any) -> str:
    """A style that is sold as keys, with so many in its pool."""
    (sku,) = market.offer(stock=100, kind="card_key", giftable=False, **more)
    if keys:
        assert bring(market, sku, codes(keys)).json["added"] == keys
    return sku


def codes(count: int, start: int = 0) -> list[str]:
    """Keys as a publisher makes them."""
    return [f"ABCD-{number:06}-XYZ" for number in range(start, start + count)]


def bring(market: Market, sku: str, keys: list[str], **how: Any) -> Reply:
    """Import these."""
    return market.merchant.post(f"/v1/shops/{market.shop_id}/card-keys", {"sku_id": sku, "keys": keys}, **how)


def pool(market: Market, sku: str) -> dict[str, int]:
    """How the pool is."""
    reply = market.merchant.get(f"/v1/shops/{market.shop_id}/card-keys/{sku}")
    assert reply.status == 200, reply.text
    return {name: count for name, count in reply.json.items() if name != "sku_id"}


def seen(buyer: Client, order_id: str) -> list[str]:
    """The keys that the buyer sees."""
    reply = buyer.get(f"/v1/orders/{order_id}/card-keys")
    assert reply.status == 200, reply.text
    return [one["key"] for one in reply.json["items"]]


def bought(market: Market, sku: str, quantity: int = 1) -> tuple[Client, str]:
    """Somebody who has paid for so many."""
    buyer = person(ids.new_id("buyer"))
    order_id = market.place(buyer, sku, quantity)
    market.paid(buyer, order_id)
    return buyer, order_id


def test_a_paid_order_has_its_keys_at_once(market: Market) -> None:
    """O5: assigned in the transaction of the payment, delivered without a parcel, and the stock goes down."""
    sku = key_style(market, keys=5)

    buyer, order_id = bought(market, sku, 2)

    keys = seen(buyer, order_id)
    assert len(set(keys)) == 2
    assert set(keys) <= set(codes(5))
    assert status_of(buyer, order_id) == "shipped"
    (told,) = said(order_id, OrderShipped)
    assert (told.carrier, told.waybill, told.complete) == ("", "", True)
    assert pool(market, sku) == {"left": 3, "for_sale": 3, "held": 0, "unlisted": 0, "sold": 2}
    assert len(free_keys(sku, 100)) == 3


def test_what_is_for_sale_is_never_more_than_there_are_keys(market: Market) -> None:
    """O5: sellable = min(stock, keys left): stock begins at none, is taken out and put back within the pool."""
    sku = key_style(market)
    assert person("anna").post("/v1/orders", market.order(sku)).slug == "out-of-stock"
    bring(market, sku, codes(4))

    assert market.adjust(sku, "subtract", 3).status < 300
    assert pool(market, sku) == {"left": 4, "for_sale": 1, "held": 0, "unlisted": 3, "sold": 0}
    refused = market.adjust(sku, "add", 4)
    assert (refused.slug, refused.json["unlisted"]) == ("keys-missing", 3)
    assert market.adjust(sku, "set", 5).slug == "keys-missing"
    assert market.adjust(sku, "set", 3).status < 300

    assert pool(market, sku) == {"left": 4, "for_sale": 3, "held": 0, "unlisted": 1, "sold": 0}
    assert person("anna").post("/v1/orders", market.order(sku, 4)).slug == "out-of-stock"


def test_duplicates_are_found(market: Market) -> None:
    """O5: in one import, in the pool, and among those that were sold; surrounding blanks make no other key."""
    sku = key_style(market, keys=3)
    bought(market, sku, 3)

    again = bring(market, sku, [*codes(3), " NEW-1 ", "NEW-1", "NEW-2"]).json

    assert (again["added"], again["duplicates"]) == (2, 4)
    assert pool(market, sku)["left"] == 2


def test_one_key_is_not_sold_in_two_styles(market: Market) -> None:
    """O5: each key goes to one order of the shop, whichever style it was imported for; another shop has its own."""
    first, second = key_style(market, keys=3), key_style(market)

    again = bring(market, second, [*codes(3), "NEW-1"]).json

    assert (again["added"], again["duplicates"]) == (1, 3)
    assert pool(market, second)["left"] == 1
    path = f"/v1/shops/{market.shop_id}/card-keys"
    theirs = market.merchant.get(f"{path}/{first}/keys").json["items"][0]["key_id"]
    assert market.merchant.delete(f"{path}/{second}/keys/{theirs}").slug == "not-found"
    other = open_market(market.till)
    assert bring(other, key_style(other), codes(3)).json["added"] == 3


def test_an_import_that_is_sent_again_is_the_same(market: Market, proxy: FaultsProxy) -> None:
    """O5: with its key, whatever died on the way: each key once, and the same answer."""
    sku, key = key_style(market), ids.new_id("key")
    proxy.plan(Fault("lose_answer", operations={"TransactWriteItems"}, probability=0.3))
    first = bring(market, sku, codes(100), key=key)
    second = bring(market, sku, codes(100), key=key)

    assert first.json == second.json
    assert (first.json["added"], first.json["duplicates"]) == (100, 0)
    assert pool(market, sku)["for_sale"] == 100


def test_a_thousand_keys_are_one_import(market: Market) -> None:
    """O5: and no more; nothing of a refused import is kept."""
    sku = key_style(market)

    assert bring(market, sku, codes(1_001)).status == 422
    assert pool(market, sku)["left"] == 0
    assert bring(market, sku, codes(1_000)).json["added"] == 1_000
    assert pool(market, sku)["for_sale"] == 1_000


def test_a_pool_that_runs_low_is_told_of_once(market: Market) -> None:
    """O5: as stock is, sold or dropped; an import arms it again."""
    sku = key_style(market, keys=7)
    bought(market, sku)
    market.settle_events()
    assert said(sku, StockLow) == []
    path = f"/v1/shops/{market.shop_id}/card-keys/{sku}/keys"
    assert market.merchant.delete(f"{path}/{market.merchant.get(path).json['items'][0]['key_id']}").status == 204
    bought(market, sku)
    market.settle_events()

    assert [told.left for told in said(sku, StockLow)] == [4]
    bring(market, sku, codes(3, start=100))
    market.settle_events()
    bought(market, sku, 3)
    market.settle_events()

    assert [told.left for told in said(sku, StockLow)] == [4, 4]


def test_keys_in_use_cannot_be_dropped(market: Market) -> None:
    """O5: sold ones, and the last ones while somebody is about to pay them; others go with their unit."""
    sku = key_style(market, keys=2)
    path = f"/v1/shops/{market.shop_id}/card-keys/{sku}/keys"
    buyer, _ = bought(market, sku)
    (free,) = [one["key_id"] for one in market.merchant.get(path).json["items"]]
    used = next(iter({row.sk for row in OrdersRow.query(f"KEYED#{market.shop_id}")} - {free}))
    market.place(buyer, sku)

    assert market.merchant.delete(f"{path}/{used}").slug == "key-in-use"
    assert market.merchant.delete(f"{path}/{free}").slug == "key-in-use"
    assert market.merchant.delete(f"{path}/{'0' * 64}").status == 404

    other = key_style(market)
    bring(market, other, codes(2, start=2))
    path = f"/v1/shops/{market.shop_id}/card-keys/{other}/keys"
    first, second = [one["key_id"] for one in market.merchant.get(path).json["items"]]
    assert market.merchant.delete(f"{path}/{first}").status == 204
    assert market.merchant.delete(f"{path}/{first}").status == 404
    market.adjust(other, "set", 0)
    assert market.merchant.delete(f"{path}/{second}").status == 204
    assert pool(market, other) == {"left": 0, "for_sale": 0, "held": 0, "unlisted": 0, "sold": 0}


def test_only_the_buyer_sees_them_and_each_view_is_written_down(market: Market) -> None:
    """O5, O20: not a stranger, not the merchant; who looked, when, from where."""
    sku = key_style(market, keys=1)
    buyer, order_id = bought(market, sku)

    assert person("eve").get(f"/v1/orders/{order_id}/card-keys").status == 404
    assert market.merchant.get(f"/v1/orders/{order_id}/card-keys").status == 404
    assert market.stranger().get(f"/v1/orders/{order_id}/card-keys").status == 401
    views = AuditQuery(action="get_card_keys")
    assert list_deeds(STORE, market.shop_id, views).items == []
    seen(buyer, order_id)
    seen(buyer, order_id)

    deeds = list_deeds(STORE, market.shop_id, views).items
    assert [(one.role, one.things) for one in deeds] == [("buyer", {"order_id": order_id})] * 2


def test_an_order_without_keys_has_none_to_show(market: Market) -> None:
    """Unpaid, or of other goods."""
    buyer, sku = person("anna"), key_style(market, keys=1)
    order_id = market.place(buyer, sku)

    assert buyer.get(f"/v1/orders/{order_id}/card-keys").status == 404
    assert buyer.post(f"/v1/orders/{order_id}/cancellation").status == 200
    market.settle_events()
    assert pool(market, sku) == {"left": 1, "for_sale": 1, "held": 0, "unlisted": 0, "sold": 0}


def test_keys_lie_sealed_and_travel_nowhere(market: Market, capsys: pytest.CaptureFixture[str]) -> None:
    """O5, X3: in no row, event, log or stored answer in clear."""
    sku, secret = key_style(market), "SECRET-7777-KEY"
    answer = bring(market, sku, [secret])
    buyer, order_id = bought(market, sku)
    assert seen(buyer, order_id) == [secret]

    order = find_order(order_id)
    assert order is not None
    kept = [json.dumps(row.serialize()) for row in (*OrdersRow.scan(), *STORE.row.scan(), *STORE.outbox.scan())]
    assert kept
    assert not [one for one in kept if secret in one]
    assert secret not in repr(told_of(order_id)) + answer.text + capsys.readouterr().out
    ((line_no, sealed),) = keys_of(order_id)
    assert (line_no, VAULT.open(market.shop_id, sealed)) == (1, secret)


def test_card_keys_cannot_be_given(market: Market) -> None:
    """O5, G1."""
    sku = key_style(market, keys=1)

    assert person("anna").post("/v1/orders", market.gift(sku)).slug == "not-giftable"


def test_so_many_keys_are_one_order(market: Market) -> None:
    """O5: what a payment's transaction takes."""
    sku = key_style(market, keys=25)

    refused = person("anna").post("/v1/orders", market.order(sku, 21))
    assert (refused.slug, refused.json["most"]) == ("too-many-keys", 20)
    buyer, order_id = bought(market, sku, 20)

    assert len(set(seen(buyer, order_id))) == 20


def test_keys_that_cost_nothing_are_given_when_they_are_placed(market: Market) -> None:
    """O2, O5: paid in the same act."""
    sku = key_style(market, keys=1, price_fen=0)
    buyer = person("anna")

    order_id = market.place(buyer, sku)

    assert seen(buyer, order_id) == codes(1)


def test_other_goods_of_the_order_are_still_to_be_sent(market: Market) -> None:
    """O4, O5: keys go out, the parcel waits for its merchant."""
    sku, (tea,) = key_style(market, keys=1), market.offer(stock=1)
    buyer = person("anna")
    lines = [{"sku_id": one, "quantity": 1} for one in (sku, tea)]
    order_id = buyer.post("/v1/orders", market.order(sku) | {"lines": lines}).json["order_id"]
    market.paid(buyer, order_id)

    assert seen(buyer, order_id) == codes(1)
    becomes(buyer, order_id, "partly_shipped")
    assert market.ship(order_id).json["status"] == "shipped"


def test_a_style_of_other_goods_takes_no_keys(market: Market) -> None:
    """O5: and another shop's style is none of ours."""
    (tea,) = market.offer(stock=1)

    assert bring(market, tea, codes(1)).slug == "not-a-card-key"
    assert bring(market, "sku_unknown", codes(1)).status == 404


@pytest.mark.parametrize("keys", [12, pytest.param(500, marks=pytest.mark.slow)])
def test_each_key_goes_to_one_of_a_crowd(market: Market, proxy: FaultsProxy, keys: int) -> None:
    """O5: four buyers for each key, all at once, with conflicts, letters twice: each key to one order."""
    sku = key_style(market, keys=keys)
    market.split(sku, 8)
    proxy.plan(CONFLICTS)
    presses = press(market, sku, 4 * keys)
    assert outcome(presses) == {"201": keys, "out-of-stock": 3 * keys}

    with ThreadPoolExecutor(8) as threads:
        orders = [one for one in threads.map(find_order, _placed(presses)) if one]
        letters = list(threads.map(lambda order: _letter(market, order), orders))
        list(threads.map(lambda letter: letter.bring(), letters * 2))
        proxy.clear()
        assert {one.status for one in threads.map(lambda letter: letter.bring(), letters)} == {200}
        given = list(threads.map(lambda order: seen(_buyer(order), order.order_id), orders))

    assert len({order.buyer for order in orders}) == keys
    assert sorted(key for own in given for key in own) == codes(keys)
    assert {len(own) for own in given} == {1}
    assert pool(market, sku) == {"left": 0, "for_sale": 0, "held": 0, "unlisted": 0, "sold": keys}
    assert free_keys(sku, 10) == []


def _placed(presses: list[Press]) -> list[str]:
    return [one.last.json["order_id"] for one in presses if one.last.status == 201]


def _buyer(order: Order) -> Client:
    return person(order.buyer.removeprefix("person:"))


def _letter(market: Market, order: Order) -> Letter:
    """WeChat's letter about the payment that its buyer makes now."""

    def start() -> Reply:
        return _buyer(order).post(f"/v1/orders/{order.order_id}/payment", {"method": "native"})

    tries = (start() for _ in range(20))
    started = next(one for one in tries if one.status != 503)  # too busy: nothing was started
    assert started.status == 201, started.text
    payment_id = str(started.json["payment_id"])
    market.till.phone(payment_id, times=0)
    return market.till.paid_letter(payment_id)


def test_keys_that_were_refunded_under_review_are_not_given_out(market: Market, monkeypatch: Any) -> None:
    """O5, O6, O19: who clears the order lets go on what is left of it."""
    rules = [{"since": "2026-01-01T00:00:00Z", "review": {"fen_per_order": 1}}]
    monkeypatch.setenv("ORDERS_RISK_RULES", json.dumps(rules))
    sku = key_style(market, keys=5)
    buyer, order_id = bought(market, sku, 2)
    lines = {"kind": "refund", "reason": "changed_mind", "lines": [{"line_no": 1, "quantity": 1}]}
    assert buyer.post(f"/v1/orders/{order_id}/aftersales", lines).status == 201

    path = f"/v1/shops/{market.shop_id}/orders/{order_id}/clearance"
    cleared = market.merchant.post(path, {"note": "known"}, key="")

    assert cleared.status == 200, cleared.text
    assert len(seen(buyer, order_id)) == 1
    assert (pool(market, sku)["for_sale"], pool(market, sku)["sold"]) == (4, 1)
