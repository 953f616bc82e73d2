"""Withdrawals (O7): never more than is there, handed to the bank once, back when they bounce."""

import csv
import io
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import requests

from infra.faults import Fault, FaultsProxy
from services.orders import app as orders
from services.orders import ledger
from services.orders.tables import STORE
from services.shared.contracts.money import WithdrawalEnded
from services.shared.plumbing import clock, ids
from services.shared.plumbing.jobs import job_of
from services.shared.plumbing.tables import query
from tests.integration.http import Client, Reply, token_for
from tests.integration.orders.events import said
from tests.integration.orders.market import Market
from tests.integration.orders.test_money import append, fold, post

ACCOUNT = {"holder": "杭州茶叶有限公司", "bank": "招商银行", "account_number": "6225880123456789"}


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody else writes entries meanwhile, so none has to wait."""
    monkeypatch.setenv("ORDERS_FOLD_AFTER_SECONDS", "0")


@pytest.fixture
def rich(market: Market) -> Market:
    """A shop with 1 000 fen to withdraw, and a bank account."""
    post(market, *ledger.paid("pay_1", "ord_1", 1_000, 0, clock.now()), ledger.settled("ord_1", 1_000, clock.now()))
    assert market.merchant.put(f"/v1/shops/{market.shop_id}/bank-account", ACCOUNT).status == 200
    return market


def platform() -> Client:
    """The platform's cashier."""
    return Client(orders.app, token_for("person:olga", platform=True))


def ask(market: Market, amount_fen: int, **how: Any) -> Reply:
    """Ask for so many fen."""
    return market.merchant.post(f"/v1/shops/{market.shop_id}/withdrawals", {"amount_fen": amount_fen}, **how)


def end(market: Market, withdrawal_id: str, outcome: str, **more: Any) -> Reply:
    """The bank has said."""
    path = f"/v1/shops/{market.shop_id}/withdrawals/{withdrawal_id}/outcome"
    return platform().put(path, {"outcome": outcome} | more)


def pay_out(market: Market) -> dict[str, Any]:
    """Hand over what waits; returns the payout."""
    started = platform().post("/v1/payouts")
    assert started.status == 202, started.text
    market.settle_events()
    return dict(platform().get(f"/v1/payouts/{started.json['payout_id']}").json)


def sheet(payout: dict[str, Any]) -> list[dict[str, str]]:
    """The rows of the bank's file."""
    body = requests.get(payout["url"], timeout=30).content.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(body)))


def test_money_reaches_the_bank_account(rich: Market) -> None:
    """requested → handed → paid; the books say where it is at each step, and the shop is told."""
    asked = ask(rich, 700)
    assert (asked.status, asked.json["status"], asked.json["account"]) == (201, "requested", "招商银行 •••• 6789")
    withdrawal_id = asked.json["withdrawal_id"]
    assert rich.balance() | {"available_fen": 300, "paying_out_fen": 700, "wechat_fen": 1_000} == rich.balance()
    assert end(rich, withdrawal_id, "paid").json["type"].endswith("illegal-transition")

    payout = pay_out(rich)
    (row,) = [one for one in sheet(payout) if one["withdrawal_id"] == withdrawal_id]
    assert row == {
        "withdrawal_id": withdrawal_id, "shop_id": rich.shop_id, "holder": ACCOUNT["holder"], "bank": ACCOUNT["bank"],
        "account_number": ACCOUNT["account_number"], "amount_yuan": "7.00", "currency": "CNY",
    }  # fmt: skip
    assert end(rich, withdrawal_id, "paid").json["status"] == "paid"
    assert end(rich, withdrawal_id, "paid").status == 200
    assert end(rich, withdrawal_id, "failed").status == 409

    assert rich.balance() | {"available_fen": 300, "paying_out_fen": 0, "wechat_fen": 300} == rich.balance()
    (told,) = said(withdrawal_id, WithdrawalEnded)
    assert (told.outcome, told.amount_fen) == ("paid", 700)
    listed = rich.merchant.get(f"/v1/shops/{rich.shop_id}/withdrawals").json["items"]
    assert [one["status"] for one in listed] == ["paid"]


def test_a_withdrawal_that_bounced_is_the_shops_again(rich: Market) -> None:
    """And may be asked for again."""
    withdrawal_id = ask(rich, 1_000).json["withdrawal_id"]
    pay_out(rich)

    failed = end(rich, withdrawal_id, "failed", why="户名不符").json

    assert (failed["status"], failed["why"]) == ("failed", "户名不符")
    assert rich.balance() | {"available_fen": 1_000, "withdrawable_fen": 1_000, "paying_out_fen": 0} == rich.balance()
    assert ask(rich, 1_000).status == 201


def test_more_than_is_available_is_refused(rich: Market) -> None:
    """And nothing is changed; nor is anything without a bank account, or for who may not."""
    refused = ask(rich, 1_001)

    assert (refused.status, refused.json["available_fen"]) == (409, 1_000)
    assert refused.json["type"].endswith("/not-enough-available")
    assert ask(rich, 0).status == 422
    assert rich.balance()["available_fen"] == 1_000


def test_a_bank_account_is_needed(market: Market) -> None:
    """Nobody guesses where money goes."""
    post(market, ledger.settled("ord_1", 10, clock.now()))

    assert ask(market, 10).json["type"].endswith("/no-bank-account")
    assert market.merchant.get(f"/v1/shops/{market.shop_id}/bank-account").json["account"] is None


def test_the_same_key_withdraws_once(rich: Market) -> None:
    """Whatever was lost on the way."""
    key = ids.new_id("key")

    first, again = ask(rich, 400, key=key), ask(rich, 400, key=key)

    assert first.json["withdrawal_id"] == again.json["withdrawal_id"]
    assert rich.balance()["available_fen"] == 600


def test_many_at_once_never_overdraw(rich: Market, proxy: FaultsProxy) -> None:
    """O7: 24 times 90 of 1 000 fen, with conflicts: at most eleven, and no fen more."""
    proxy.plan(Fault("conflict", probability=0.2, operations={"TransactWriteItems"}))
    with ThreadPoolExecutor(8) as threads:
        replies = list(threads.map(lambda _: ask(rich, 90), range(24)))

    proxy.clear()
    granted = [one for one in replies if one.status == 201]
    assert {one.status for one in replies} <= {201, 409, 503}
    listed = rich.merchant.get(f"/v1/shops/{rich.shop_id}/withdrawals?limit=100").json["items"]
    assert {one.json["withdrawal_id"] for one in granted} <= {one["withdrawal_id"] for one in listed}
    assert 0 < len(listed) <= 11
    balance = rich.balance()
    assert balance["paying_out_fen"] == 90 * len(listed)
    assert balance["available_fen"] == 1_000 - 90 * len(listed) >= 0
    assert balance["owed_fen"] == 0


def test_two_payouts_at_once_hand_each_withdrawal_over_once(rich: Market) -> None:
    """O7: handed to the adapter exactly once, however many start and however often a step comes."""
    asked = {ask(rich, 50).json["withdrawal_id"] for _ in range(12)}
    with ThreadPoolExecutor(3) as threads:
        started = [one.json["payout_id"] for one in threads.map(lambda _: platform().post("/v1/payouts"), range(3))]

    rich.settle_events(duplicate=True)

    payouts = [platform().get(f"/v1/payouts/{one}").json for one in started]
    rows = [row["withdrawal_id"] for payout in payouts for row in sheet(payout)]
    assert len(rows) == len(set(rows))
    assert asked <= set(rows)
    assert all((job := job_of(STORE, one)) and job.state == "done" for one in started)


def test_the_account_number_lies_sealed(rich: Market) -> None:
    """X3: never in a row or an event in clear."""
    withdrawal_id = ask(rich, 10).json["withdrawal_id"]
    pay_out(rich)
    end(rich, withdrawal_id, "paid")

    rows = query(STORE.outbox, withdrawal_id)
    assert rows
    assert all(ACCOUNT["account_number"] not in row.body for row in rows)
    shown = rich.merchant.get(f"/v1/shops/{rich.shop_id}/withdrawals/{withdrawal_id}").text
    assert ACCOUNT["account_number"] not in shown
    assert ACCOUNT["holder"] not in shown


def test_what_was_settled_a_moment_ago_waits_until_it_is_folded_in(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    """O7: a withdrawal rests on what is folded in; the balance says how much that is."""
    monkeypatch.setenv("ORDERS_FOLD_AFTER_SECONDS", "120")
    market.merchant.put(f"/v1/shops/{market.shop_id}/bank-account", ACCOUNT)
    append(market, 5, made=clock.now() - timedelta(hours=1))
    post(market, ledger.settled("ord_1", 50, clock.now()))

    fold(market)

    assert market.balance() | {"available_fen": 50, "withdrawable_fen": 0} == market.balance()
    assert ask(market, 50).status == 409


def test_what_was_just_frozen_or_refunded_is_not_withdrawn(rich: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    """O7: also while it waits to be folded in: money that somebody disputes would be gone, and the shop in debt."""
    fold(rich)
    monkeypatch.setenv("ORDERS_FOLD_AFTER_SECONDS", "120")
    post(rich, ledger.frozen("afs_1", "ord_1", 700, clock.now(), of="available"))
    assert rich.balance() | {"available_fen": 300, "withdrawable_fen": 300} == rich.balance()

    refused = ask(rich, 301)

    assert (refused.status, refused.slug, refused.json["available_fen"]) == (409, "not-enough-available", 300)
    assert ask(rich, 300).status == 201
    assert rich.balance() | {"available_fen": 0, "withdrawable_fen": 0, "owed_fen": 0} == rich.balance()
