"""The ledger (O7): every entry sums to zero, balances derive from it, and folding it changes nothing."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from services.orders import balance, ledger
from services.orders.balance import FOLD_FROM, balance_of
from services.orders.sweep_orders import sweep_orders
from services.orders.tables import append_entries, folded_balance, ledger_page, own_begin
from services.shared.plumbing import clock, ids
from services.shared.plumbing.tables import Transaction
from tests.integration.orders.conftest import Hands
from tests.integration.orders.market import Market, becomes, open_market, person
from tests.integration.orders.till import Till


def test_the_fee_is_rounded_once_an_order(market: Market, hands: Hands) -> None:
    """O7: 60 bp half-up over all lines: 3 × 0.504 fen are 2, not 3 × 1; then settlement leaves paid − fee."""
    skus = market.offer(stock=5, price_fen=84, styles=3)
    buyer = person("anna")
    lines = [{"sku_id": sku, "quantity": 1} for sku in skus]
    order_id = buyer.post("/v1/orders", market.order(skus[0]) | {"lines": lines}).json["order_id"]
    market.paid(buyer, order_id)

    assert market.balance() == {
        "pending_fen": 250, "available_fen": 0, "fees_fen": 2, "wechat_fen": 252, "late_fen": 0, "sum_fen": 0,
    }  # fmt: skip

    market.ship(order_id)
    buyer.post(f"/v1/orders/{order_id}/receipt")
    hands.move(days=7, minutes=1)
    sweep_orders(clock.now())

    assert market.balance() == {
        "pending_fen": 0, "available_fen": 250, "fees_fen": 2, "wechat_fen": 252, "late_fen": 0, "sum_fen": 0,
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
    becomes(buyer, gift, "cancelled")
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


def test_a_long_ledger_is_folded_and_says_the_same(till: Till) -> None:
    """O7: a balance costs a bounded number of reads; the newest entries stay out of the fold."""
    market = open_market(till)
    append(market, FOLD_FROM + 50, made=clock.now() - timedelta(days=1))
    append(market, 3, made=clock.now())
    expected = {"wechat": 10 * (FOLD_FROM + 53), "pending": -10 * (FOLD_FROM + 53)}

    assert balance_of(market.shop_id, ids.new_id) == expected
    fold = folded_balance(market.shop_id)
    assert fold.sums == {"wechat": 10 * (FOLD_FROM + 50), "pending": -10 * (FOLD_FROM + 50)}

    append(market, FOLD_FROM, made=clock.now() - timedelta(hours=1))
    assert balance_of(market.shop_id, ids.new_id)["wechat"] == expected["wechat"] + 10 * FOLD_FROM
    assert balance_of(market.shop_id, ids.new_id)["wechat"] == expected["wechat"] + 10 * FOLD_FROM
    assert market.balance()["wechat_fen"] == expected["wechat"] + 10 * FOLD_FROM


def test_a_fold_is_kept_though_the_balance_was_not_reached(till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    """O7: a ledger too long for one function's time gets shorter with every try."""
    market = open_market(till)
    append(market, FOLD_FROM + 50, made=clock.now() - timedelta(days=1))
    monkeypatch.setattr(balance, "PAGE", FOLD_FROM)
    pages = iter([ledger_page])

    def cut_off(*args: Any, **more: Any) -> Any:
        return next(pages)(*args, **more)

    monkeypatch.setattr(balance, "ledger_page", cut_off)
    with pytest.raises(StopIteration):
        balance_of(market.shop_id, ids.new_id)

    assert folded_balance(market.shop_id).sums == {"wechat": 10 * FOLD_FROM, "pending": -10 * FOLD_FROM}


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
