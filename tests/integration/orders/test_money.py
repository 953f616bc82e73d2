"""The ledger (O7): every entry sums to zero, balances derive from it, and folding it changes nothing."""

from collections import Counter
from datetime import datetime, timedelta

import pytest

from services.orders import ledger
from services.orders.ledger import Entry
from services.orders.money import fold_ledger
from services.orders.money.fold_ledger import fold_shop, with_the_rest
from services.orders.money.tables import find_book
from services.orders.sweep_orders import sweep_orders
from services.orders.tables import LedgerRow, append_entries, own_begin
from services.shared.contracts.catalog import ShopChanged
from services.shared.plumbing import clock
from services.shared.plumbing.tables import Transaction, query
from tests.integration.orders.conftest import Hands
from tests.integration.orders.events import tell
from tests.integration.orders.market import Market, open_market, person
from tests.integration.orders.till import Till, eventually

NOTHING = {
    "pending_fen": 0,
    "available_fen": 0,
    "withdrawable_fen": 0,
    "frozen_fen": 0,
    "paying_out_fen": 0,
    "owed_fen": 0,
    "advanced_fen": 0,
    "deposit_fen": 0,
    "fees_fen": 0,
    "wechat_fen": 0,
    "late_fen": 0,
    "sum_fen": 0,
}


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody else writes entries meanwhile, so none has to wait."""
    monkeypatch.setenv("ORDERS_FOLD_AFTER_SECONDS", "0")


def test_the_fee_is_rounded_once_an_order(market: Market, hands: Hands) -> None:
    """O7: 60 bp half-up over all lines: 3 × 0.504 fen are 2, not 3 × 1; then settlement leaves paid − fee."""
    skus = market.offer(stock=5, price_fen=84, styles=3)
    buyer = person("anna")
    lines = [{"sku_id": sku, "quantity": 1} for sku in skus]
    order_id = buyer.post("/v1/orders", market.order(skus[0]) | {"lines": lines}).json["order_id"]
    market.paid(buyer, order_id)

    assert market.balance() == NOTHING | {"pending_fen": 250, "fees_fen": 2, "wechat_fen": 252}

    market.ship(order_id)
    buyer.post(f"/v1/orders/{order_id}/receipt")
    hands.move(days=7, minutes=1)
    sweep_orders(clock.now())

    assert market.balance() | {"withdrawable_fen": 0} == NOTHING | {
        "available_fen": 250, "fees_fen": 2, "wechat_fen": 252,
    }  # fmt: skip


def test_every_entry_names_its_cause(market: Market, till: Till, hands: Hands) -> None:
    """O7: payment, fee, settlement, refunds: with what caused them, and sums of zero."""
    (sku,) = market.offer(stock=5, price_fen=1_000)
    buyer = person("anna")
    order_id = market.place(buyer, sku)
    payment_id = market.paid(buyer, order_id)
    gift = market.give(buyer, sku)
    market.decline(gift)
    market.settle_events()
    eventually(lambda: buyer.get(f"/v1/orders/{gift}").json["refunded_fen"], 1_000)
    market.ship(order_id)
    hands.move(days=11)
    sweep_orders(clock.now())
    hands.move(days=8)
    sweep_orders(clock.now())

    items = market.merchant.get(f"/v1/shops/{market.shop_id}/ledger?limit=100").json["items"]

    of_order = [(one["cause"], one["ref"]) for one in items[::-1] if one["order_id"] == order_id]
    assert of_order == [("payment", payment_id), ("fee", payment_id), ("settlement", order_id)]
    gifts = [one["cause"] for one in items[::-1] if one["order_id"] == gift]
    assert gifts == ["payment", "fee", "refund", "fee_returned"]
    assert {sum(posting["amount_fen"] for posting in one["postings"]) for one in items} == {0}


def test_a_ledger_is_folded_in_and_says_the_same(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    """O7: in pages, each entry once; what is too new to be folded in counts all the same."""
    monkeypatch.setenv("ORDERS_FOLD_AFTER_SECONDS", "120")
    monkeypatch.setattr(fold_ledger, "AT_ONCE", 40)
    market = open_market(till)
    append(market, 125, made=clock.now() - timedelta(days=1))
    append(market, 3, made=clock.now())

    fold(market)
    fold(market)

    assert find_book(market.shop_id).sums == {"wechat": 1_250, "pending": -1_250}
    assert with_the_rest(find_book(market.shop_id), clock.now()) == {"wechat": 1_280, "pending": -1_280}
    assert market.balance() == NOTHING | {"wechat_fen": 1_280, "pending_fen": 1_280}


def test_a_ledger_may_have_several_buckets(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    """Design, keys that do not get hot: raised while the shop sells; lists and balances have all entries once."""
    market = open_market(till)
    append(market, 30, made=clock.now() - timedelta(hours=1))
    fold(market)
    monkeypatch.setenv("ORDERS_LEDGER_BUCKETS", "4")
    append(market, 60, made=clock.now() - timedelta(minutes=30))

    fold(market)

    spread = [len(query(LedgerRow, f"LEDGER#{market.shop_id}#{bucket}")) for bucket in range(4)]
    assert sum(spread) == 90
    assert min(spread) > 5
    assert find_book(market.shop_id).sums == {"wechat": 900, "pending": -900}
    path, seen = f"/v1/shops/{market.shop_id}/ledger?limit=40", []
    page = market.merchant.get(path).json
    while True:
        seen += [one["entry_id"] for one in page["items"]]
        if page["next_cursor"] is None:
            break
        page = market.merchant.get(f"{path}&cursor={page['next_cursor']}").json
    assert len(seen) == len(set(seen)) == 90
    assert seen == sorted(seen, reverse=True)


def test_two_folders_at_once_count_nothing_twice(till: Till) -> None:
    """O7: the marks move in the transaction of the sums; who comes second reads again."""
    from concurrent.futures import ThreadPoolExecutor

    from services.shared.plumbing.tables import retrying

    market = open_market(till)
    append(market, 200, made=clock.now() - timedelta(hours=1))

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda _: retrying(lambda: fold(market), budget_s=20), range(8)))

    assert find_book(market.shop_id).sums == {"wechat": 2_000, "pending": -2_000}


def test_what_goes_back_after_it_was_withdrawn_is_owed_by_name(till: Till) -> None:
    """O7: no balance is below zero without a name; the next money that becomes available repays it."""
    market = open_market(till)
    now = clock.now()
    post(market, ledger.settled("ord_1", 100, now), *ledger.refunded("rfd_1", "ord_1", 250, 0, now, of="available"))

    assert (market.balance()["available_fen"], market.balance()["owed_fen"]) == (0, 150)
    fold(market)

    assert causes(market)["debt"] == 1
    assert (market.balance()["available_fen"], market.balance()["owed_fen"]) == (0, 150)
    post(market, ledger.settled("ord_2", 60, now))
    fold(market)
    assert (market.balance()["available_fen"], market.balance()["owed_fen"]) == (0, 90)
    post(market, ledger.settled("ord_3", 100, now))
    fold(market)
    assert (market.balance()["available_fen"], market.balance()["owed_fen"]) == (10, 0)
    assert causes(market) == Counter(settlement=3, refund=1, debt=1, debt_repaid=2)


def causes(market: Market) -> Counter[str]:
    """How often each cause stands in the ledger."""
    items = market.merchant.get(f"/v1/shops/{market.shop_id}/ledger?limit=100").json["items"]
    return Counter(one["cause"] for one in items)


def fold(market: Market) -> None:
    """Add up what may be added up."""
    now = clock.now()
    fold_shop(market.shop_id, begin=own_begin(now), now=now)


def post(market: Market, *entries: Entry) -> None:
    """Append these."""
    tx: Transaction = own_begin(clock.now())()
    append_entries(tx, market.shop_id, entries)
    tx.commit()


def append(market: Market, count: int, made: datetime) -> None:
    """So many payments of 10 fen, whose entries were made at this time."""
    for start in range(0, count, 90):
        tx: Transaction = own_begin(clock.now())()
        tx.new_id = lambda prefix: f"{prefix}_{id_at(made)}"
        entries = [
            entry
            for number in range(start, min(start + 90, count))
            for entry in ledger.paid(f"pay_{number}", f"ord_{number}", 10, 0, made)
        ]
        append_entries(tx, market.shop_id, entries)
        tx.commit()


def id_at(made: datetime) -> str:
    """A fresh id that was made then."""
    from ulid import ULID

    return str(ULID.from_datetime(made))


def test_a_deposit_stands_in_the_ledger_once(market: Market) -> None:
    """O7: by what it has changed; older state, and the same again, change nothing."""
    for sequence, deposit_fen in ((5, 1_000), (7, 3_000), (6, 2_000), (7, 3_000), (8, None), (9, 3_000), (10, 500)):
        body = ShopChanged(shop_id=market.shop_id, name="茶", status="approved", can_sell=True, deposit_fen=deposit_fen)
        tell(body, emitter="catalog", subject=market.shop_id, sequence=sequence)

    assert market.balance() == NOTHING | {"deposit_fen": 500}
    assert causes(market) == Counter(deposit=3)
