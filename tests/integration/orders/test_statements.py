"""A shop's days (O7): closed in Beijing's time; statements, ledger, balances and events agree to the fen."""

import csv
import io
import random
import re
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import pytest
import requests

from infra.cli.ledger import show
from infra.operate.ledger import check_shops
from services.orders import ledger
from services.orders.gift_sheet import all_of
from services.orders.ledger import Entry
from services.orders.money import fold_ledger, statement
from services.orders.money.fold_ledger import fold_shop
from services.orders.money.statement import COLUMNS
from services.orders.money.tables import find_book
from services.orders.sweep_orders import sweep_orders
from services.orders.tables import OrdersRow, append_entries, find_order, own_begin
from services.shared.contracts.money import WithdrawalEnded
from services.shared.contracts.orders import OrderPaid, OrderSettled, RefundSucceeded
from services.shared.plumbing import clock
from services.shared.plumbing.day import BEIJING
from services.shared.plumbing.tables import get
from tests.integration.http import Client
from tests.integration.orders import events
from tests.integration.orders.conftest import Hands
from tests.integration.orders.events import ADDRESS, hear, said
from tests.integration.orders.market import Market, becomes, open_market, person
from tests.integration.orders.test_withdrawals import ACCOUNT, end, pay_out, platform
from tests.integration.orders.till import Till, eventually


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody else writes entries meanwhile, so none has to wait."""
    monkeypatch.setenv("ORDERS_FOLD_AFTER_SECONDS", "0")


def beijing(day: int, hour: int, minute: int = 0) -> datetime:
    """A moment of March 2027 in Beijing."""
    return datetime(2027, 3, day, hour, minute, tzinfo=BEIJING)


def post(market: Market, *entries: Entry) -> None:
    """Append these."""
    tx = own_begin(clock.now())()
    append_entries(tx, market.shop_id, entries)
    tx.commit()


def fold(market: Market, now: datetime) -> None:
    """What the sweep does then, and the statements of days that were closed by it."""
    fold_shop(market.shop_id, begin=own_begin(now), now=now)
    market.settle_events()


def shown(market: Market, day: date) -> dict[str, Any]:
    """A day as finance sees it."""
    reply = market.merchant.get(f"/v1/shops/{market.shop_id}/statements/{day.isoformat()}")
    assert reply.status == 200, reply.text
    return dict(reply.json)


def rows(day: dict[str, Any]) -> list[dict[str, str]]:
    """The day's file."""
    body = requests.get(day["url"], timeout=30).content.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(body)))


def amounts(row: dict[str, str]) -> dict[str, int]:
    """The row's amounts by account."""
    return {account: int(row[f"{account}_fen"]) for account in COLUMNS}


def test_a_day_ends_at_midnight_in_beijing(market: Market) -> None:
    """O7: 23:59 belongs to the day, 00:00 to the next; nothing is closed before ten past."""
    post(market, *ledger.paid("pay_1", "ord_1", 100, 1, beijing(1, 23, 59)))
    post(market, *ledger.paid("pay_2", "ord_2", 200, 2, beijing(2, 0, 0)))
    path = f"/v1/shops/{market.shop_id}/statements/2027-03-01"

    fold(market, beijing(2, 0, 9))
    assert market.merchant.get(path).json["type"].endswith("/day-not-closed")
    fold(market, beijing(2, 0, 10))

    first = shown(market, date(2027, 3, 1))
    assert (first["status"], first["entries"], first["closing_fen"]["pending"]) == ("done", 2, 99)
    assert [row["cause"] for row in rows(first)] == ["opening", "payment", "fee", "closing"]
    assert market.merchant.get(path.replace("-01", "-02")).status == 409
    assert market.merchant.get(path.replace("2027-03-01", "nonsense")).status == 404


def test_a_day_on_which_nothing_moved_closes_with_what_it_opened_with(market: Market) -> None:
    """O7: and has no file; the list has days that moved only."""
    post(market, *ledger.paid("pay_1", "ord_1", 100, 1, beijing(1, 12)))
    post(market, *ledger.paid("pay_2", "ord_2", 200, 2, beijing(4, 12)))
    fold(market, beijing(9, 12))

    quiet = shown(market, date(2027, 3, 3))

    assert (quiet["status"], quiet["entries"], quiet["url"]) == ("none", 0, None)
    assert quiet["opening_fen"] == quiet["closing_fen"] == shown(market, date(2027, 3, 1))["closing_fen"]
    listed = market.merchant.get(f"/v1/shops/{market.shop_id}/statements").json["items"]
    assert [one["day"] for one in listed] == ["2027-03-04", "2027-03-01"]


def test_an_entry_that_came_after_its_day_was_closed_is_in_the_next(market: Market) -> None:
    """O7: a closed day stays as it is; every entry is in exactly one statement."""
    post(market, *ledger.paid("pay_1", "ord_1", 100, 0, beijing(1, 12)))
    fold(market, beijing(2, 1))
    before = rows(shown(market, date(2027, 3, 1)))
    post(market, *ledger.paid("pay_2", "ord_2", 50, 0, beijing(1, 13)))
    post(market, *ledger.paid("pay_3", "ord_3", 70, 0, beijing(2, 13)))

    fold(market, beijing(3, 1))

    assert rows(shown(market, date(2027, 3, 1))) == before
    assert [row["ref"] for row in rows(shown(market, date(2027, 3, 2)))] == ["", "pay_2", "pay_3", ""]


def test_a_long_day_is_written_in_pages(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    """O7: memory is bounded by a page; with buckets, too, each entry is there once."""
    monkeypatch.setenv("ORDERS_LEDGER_BUCKETS", "3")
    monkeypatch.setattr(statement, "PAGE", 7)
    monkeypatch.setattr(fold_ledger, "AT_ONCE", 10)
    for number in range(50):
        post(market, *ledger.paid(f"pay_{number}", f"ord_{number}", 100 + number, 1, beijing(1, 12)))

    fold(market, beijing(2, 1))

    day = shown(market, date(2027, 3, 1))
    refs = Counter(row["ref"] for row in rows(day)[1:-1])
    assert refs == Counter({f"pay_{number}": 2 for number in range(50)})
    assert day["entries"] == 100


def half_up(part: int, of: int) -> int:
    """So many parts of so many, in whole numbers, halves up."""
    return (2 * part + of) // (2 * of)


def share(fen: int, number: int, of: int) -> int:
    """Of so many fen for so many people the share of this one: they differ by a fen at most."""
    return fen * number // of - fen * (number - 1) // of


def paid_for(order_id: str, order_ids: list[str]) -> tuple[int, int]:
    """What was paid for an order by what orders told, and 60 basis points of it, rounded half-up. Of a gift for many
    each who took some has a share of both, and the sheet the rest."""
    sheet, _, number = order_id.partition("-")
    (told,) = said(sheet, OrderPaid)
    paid, fee = told.paid_fen, half_up(told.paid_fen * 60, 10_000)
    people = told.gift.recipients if told.gift else 1
    if number:
        return share(paid, int(number), people), share(fee, int(number), people)
    taken = [int(one.partition("-")[2]) for one in order_ids if one.startswith(f"{sheet}-")]
    return paid - sum(share(paid, one, people) for one in taken), fee - sum(share(fee, one, people) for one in taken)


def recount(order_ids: list[str], withdrawals: list[str]) -> Counter[str]:
    """What a shop has by what orders told, with arithmetic of its own: of the fee as much is returned as of the money,
    rounded half-up."""
    found: Counter[str] = Counter()
    for order_id in order_ids:
        paid, fee = paid_for(order_id, order_ids)
        back = sum(one.amount_fen for one in said(order_id, RefundSucceeded))
        kept = fee - (half_up(fee * back, paid) if paid else 0)
        free = "settled" if said(order_id, OrderSettled) else "pending"
        found.update({"paid": paid, "refunded": back, "fees": kept, free: paid - back - kept})
    for withdrawal_id in withdrawals:
        for ended in said(withdrawal_id, WithdrawalEnded):
            found["withdrawn"] += ended.amount_fen if ended.outcome == "paid" else 0
    return found


Sold = tuple[Client, str]  # who keeps the goods, and the order


def trade(market: Market, hands: Hands, days: int, seed: int) -> Iterator[str]:
    """Orders and gifts day by day: paid, declined, claimed by some, shipped, received, paid back in part, brought back,
    disputed, complained of; returns their ids."""
    dice, skus = random.Random(seed), market.offer(stock=500, price_fen=837, styles=2)
    anna, waiting, received = person("anna"), list[Sold](), list[Sold]()
    for day in range(days):
        sku, quantity = dice.choice(skus), dice.randint(1, 4)
        if day % 5 == 0:
            sheet, *own = gift_for_many(market, anna, sku, dice)
            waiting += [(person("rita"), one) for one in own]
            yield from (sheet, *own)
        elif day % 5 == 3:
            gift = market.give(anna, sku)
            market.decline(gift)
            market.settle_events()
            becomes(anna, gift, "cancelled")
            yield gift
        else:
            waiting.append((anna, market.place(anna, sku, quantity)))
            market.paid(*waiting[-1])
            yield waiting[-1][1]
        while waiting and dice.random() < 0.6:
            received.append(waiting.pop())
            market.ship(received[-1][1])
            assert received[-1][0].post(f"/v1/orders/{received[-1][1]}/receipt").status == 200
        if received and dice.random() < 0.6:
            regret(market, *dice.choice(received), dice)
        if received and dice.random() < 0.4:
            complain(market, anna, dice.choice(received)[1].partition("-")[0], dice)
        a_day_later(market, hands)


def gift_for_many(market: Market, giver: Client, sku_id: str, dice: random.Random) -> list[str]:
    """A gift for three, complained of or not: some take theirs, the rest goes back; the sheet, and each one's own."""
    terms = {"mode": "group", "recipients": 3}
    body = market.gift(sku_id, **terms) | {"lines": [{"sku_id": sku_id, "quantity": 3}]}
    sheet = str(giver.post("/v1/orders", body).json["order_id"])
    market.paid(giver, sheet)
    if dice.random() < 0.5:
        complain(market, giver, sheet, dice)
    order = find_order(sheet)
    assert order is not None
    some, subs = dice.randint(0, 3), all_of(order)
    for sub in subs[:some]:
        hear(events.claimed(market.shop_id, sheet, sku_id, "person:rita", sub_gift_id=sub))
    hear(events.expired(market.shop_id, sheet, subs[some:]))
    market.settle_events()
    return [sheet, *(f"{sheet}-{number}" for number in range(1, some + 1))]


def complain(market: Market, buyer: Client, order_id: str, dice: random.Random) -> None:
    """Of one that is not complained of; ended at once, by the platform, or by time."""
    asked = buyer.post(f"/v1/orders/{order_id}/complaints", {"reason": "late", "text": "慢"})
    if asked.status != 201:
        assert asked.slug in ("complaint-open", "too-many-complaints"), asked.text
        return
    case, ending = asked.json["complaint_id"], dice.choice(["withdraw", "escalate", "accept", "silence"])
    in_shop = f"/v1/shops/{market.shop_id}/complaints/{case}"
    if ending == "accept":
        assert market.merchant.post(f"{in_shop}/statements", {"text": "抱歉"}).status == 201
    if ending != "silence":
        assert buyer.put(f"/v1/complaints/{case}/move", {"move": ending}).status == 200
    if ending == "escalate":
        assert platform().put(f"{in_shop}/decision", {"decision": "dismiss", "why": "无证据"}).status == 200


def regret(market: Market, buyer: Client, order_id: str, dice: random.Random) -> None:
    """Some money back for what stays, or a piece that is brought back, or a dispute about it; refused where nothing is
    left of it."""
    path = f"/v1/orders/{order_id}/aftersales"
    if dice.random() < 0.3:
        line = {"line_no": 1, "quantity": 1, "amount_fen": dice.randint(1, 400)}
        assert buyer.post(path, {"kind": "refund", "reason": "quality", "lines": [line]}).status in (201, 409)
        return
    body = {"kind": "return_refund", "reason": "quality", "lines": [{"line_no": 1, "quantity": 1}]}
    if (asked := buyer.post(path, body)).status != 201:
        return
    case, ruling = asked.json["aftersale_id"], dice.choice(["none", "for_buyer", "for_shop", "silence"])
    in_shop = f"/v1/shops/{market.shop_id}/aftersales/{case}"
    if ruling == "none":
        decision = {"decision": "agree", "return_address": ADDRESS}
        assert market.merchant.post(f"{in_shop}/decision", decision).status == 200
    else:
        assert market.merchant.post(f"{in_shop}/decision", {"decision": "reject", "reason": "used"}).status == 200
        assert buyer.post(f"/v1/aftersales/{case}/dispute").status == 200
    if ruling in ("for_buyer", "for_shop"):
        assert platform().post(f"/v1/aftersales/{case}/decision", {"decision": ruling}).status == 200
    if ruling in ("none", "for_buyer"):
        parcel = {"carrier": "SF", "waybill": "SF1"}
        assert buyer.post(f"/v1/aftersales/{case}/return-shipment", parcel).status == 200
        assert market.merchant.post(f"{in_shop}/receipt", {"sellable": True}).status == 200


def a_day_later(market: Market, hands: Hands) -> None:
    """The schedule runs, orders hears itself, and WeChat has told of what it was asked for."""
    hands.move(days=1)
    sweep_orders(clock.now())
    market.settle_events()
    eventually(lambda: unheard(market), [])


def unheard(market: Market) -> list[str]:
    """Refunds that WeChat has made, and orders has not booked."""
    page = market.merchant.get(f"/v1/shops/{market.shop_id}/aftersales?limit=100").json["items"]
    found = []
    for case in (one["aftersale_id"] for one in page if one["status"] == "refunding"):
        refund = market.merchant.get(f"/v1/shops/{market.shop_id}/aftersales/{case}").json["refund"]
        payment_id = f"pay_{refund['refund_id'].split('_')[1]}"
        done = [one["out_refund_no"] for one in market.till.shown(payment_id)["refunds"] if one["status"] != "CLOSED"]
        found += [case] if refund["refund_id"] in done and refund["status"] != "succeeded" else []
    return found


def take_out(market: Market, share: float, outcome: str) -> str:
    """A share of what is available goes to the bank, which says what became of it."""
    amount = int(market.balance()["withdrawable_fen"] * share)
    asked = market.merchant.post(f"/v1/shops/{market.shop_id}/withdrawals", {"amount_fen": amount})
    assert asked.status == 201, asked.text
    withdrawal_id = str(asked.json["withdrawal_id"])
    pay_out(market)
    assert end(market, withdrawal_id, outcome).status == 200
    return withdrawal_id


@pytest.mark.slow
def test_a_month_of_trade_agrees_to_the_fen(market: Market, hands: Hands) -> None:
    """O7: statements, balances and ledger agree with each other, and with a recount from the events: of sales, gifts
    for one and for many, refunds of all kinds before and after settlement, disputes and complaints with all their
    endings, settlements and withdrawals, one of which bounced."""
    assert market.merchant.put(f"/v1/shops/{market.shop_id}/bank-account", ACCOUNT).status == 200
    order_ids = list(trade(market, hands, days=16, seed=7))
    withdrawals = [take_out(market, 0.7, "paid"), take_out(market, 1, "failed")]
    order_ids += trade(market, hands, days=15, seed=8)
    withdrawals.append(take_out(market, 0.5, "paid"))
    for _ in range(14):  # ruled and upheld by silence, repaid, settled
        a_day_later(market, hands)
    counted, balance = recount(order_ids, withdrawals), market.balance()

    assert len(order_ids) > 30
    assert min(counted[name] for name in ("refunded", "settled", "withdrawn")) > 0
    assert counted["paid"] == sum(counted[name] for name in ("refunded", "fees", "settled", "pending"))
    assert balance["available_fen"] - balance["owed_fen"] == counted["settled"] - counted["withdrawn"]
    assert balance["wechat_fen"] == counted["paid"] - counted["refunded"] - counted["withdrawn"]
    assert (balance["pending_fen"], balance["fees_fen"]) == (counted["pending"], counted["fees"])
    assert (balance["advanced_fen"], balance["frozen_fen"], balance["paying_out_fen"]) == (0, 0, 0)

    listed = market.merchant.get(f"/v1/shops/{market.shop_id}/statements?limit=100").json["items"]
    closing: dict[str, int] = dict.fromkeys(COLUMNS, 0)
    entries: list[str] = []
    for day in sorted(one["day"] for one in listed):
        one = shown(market, date.fromisoformat(day))
        opening, *lines, end = rows(one)
        assert amounts(opening) == closing == one["opening_fen"]
        closing = {name: fen + sum(amounts(line)[name] for line in lines) for name, fen in closing.items()}
        assert amounts(end) == closing == one["closing_fen"]
        assert {line["time"][:10] for line in lines} == {day}
        entries += [line["entry_id"] for line in lines]
    assert {f"{name}_fen": closing[name] for name in COLUMNS if name != "bank"}.items() <= balance.items()
    page, ledgers = market.merchant.get(f"/v1/shops/{market.shop_id}/ledger?limit=100").json, dict[str, str]()
    while True:
        ledgers |= {one["entry_id"]: one["cause"] for one in page["items"]}
        if page["next_cursor"] is None:
            break
        page = market.merchant.get(f"/v1/shops/{market.shop_id}/ledger?limit=100&cursor={page['next_cursor']}").json
    assert len(entries) == len(set(entries))
    assert set(entries) == set(ledgers)
    assert set(ledgers.values()) >= {"advance", "repay", "freeze", "unfreeze", "fee_returned", "withdrawal_returned"}
    assert checked(market) == ("done", True, [])


def checked(market: Market) -> tuple[str, bool, list[Any]]:
    """All entries added up anew."""
    path = f"/v1/shops/{market.shop_id}/ledger-checks"
    started = market.merchant.post(path)
    assert started.status == 202, started.text
    market.settle_events()
    found = market.merchant.get(f"{path}/{started.json['check_id']}").json
    return found["status"], found["agrees"], found["differences"]


def test_a_balance_that_is_not_what_its_entries_come_to_is_found(market: Market) -> None:
    """O7: the check re-derives it; nothing is mended by itself."""
    post(market, *ledger.paid("pay_1", "ord_1", 100, 1, beijing(1, 12)))
    fold(market, beijing(2, 1))
    assert checked(market) == ("done", True, [])
    row = get(OrdersRow, f"BALANCE#{market.shop_id}", "BOOK")
    assert row is not None
    assert row.doc is not None
    row.doc = row.doc.replace('"pending":-99', '"pending":-98')
    row.save()

    assert find_book(market.shop_id).sums["pending"] == -98
    assert checked(market) == ("done", False, [{"account": "pending", "ledger_fen": -99, "balance_fen": -98}])


def test_the_operators_check_names_each_shop_that_differs(
    market: Market, till: Till, capsys: pytest.CaptureFixture[str]
) -> None:
    """O7: shops are checked side by side; of one that differs the account and both sums are shown."""
    other = open_market(till)
    for one in (market, other):
        post(one, *ledger.paid("pay_1", "ord_1", 100, 1, beijing(1, 12)))
        fold(one, beijing(2, 1))
    row = get(OrdersRow, f"BALANCE#{other.shop_id}", "BOOK")
    assert row is not None
    assert row.doc is not None
    row.doc = row.doc.replace('"pending":-99', '"pending":-98')
    row.save()

    *running, found = check_shops([market.shop_id, other.shop_id], clock.now, market.settle_events)

    assert {one.state for one in running[0]} == {"running"}
    assert [(one.agrees, one.entries, one.days) for one in found] == [(True, 2, 1), (False, 2, 1)]
    show(found)
    shown = capsys.readouterr().out
    assert re.search(rf"{other.shop_id} +pending +-99 +-98", shown)
    assert market.shop_id not in shown
    assert shown.endswith("4 entries of 2 shops: 1 shops differ.\n")
