"""What must be true after a sale at every moment: of after-sales, card keys, and a shop's money as a whole."""

from collections import Counter

from services.orders.aftersale.aftersale import MOVES as AFTERSALE_MOVES
from services.orders.aftersale.tables import fast_days
from services.orders.card_keys.assign_keys import has_keys_to_come
from services.orders.card_keys.tables import KeyedRow, free_keys, unlisted_of
from services.orders.money.fold_ledger import with_the_rest
from services.orders.money.tables import find_book, withdrawals_page
from services.orders.order import Order
from services.orders.stock.tables import shards_of_all_epochs
from services.orders.tables import OrdersRow, find_offers, ledger_page
from services.shared.contracts.aftersale import AftersaleClosed, AftersaleMoved, AftersaleOpened
from services.shared.plumbing import clock
from services.shared.plumbing.tables import query
from tests.faults.orders.books import Cases
from tests.integration.orders.events import told_of
from tests.integration.orders.market import Market


def check_aftersales(market: Market, orders: list[Order], cases: Cases) -> None:
    """Only legal moves; each claim is as its after-sale says; what happened is told once; fast ones are counted."""
    for order in orders:
        for claim in order.claims:
            case = cases[claim.aftersale_id]
            first, *turns = case.history
            assert (first.move, first.to, case.history[-1].to) == ("open", "requested", case.status)
            for before, turn in zip(case.history, turns, strict=False):
                assert turn.to in AFTERSALE_MOVES[turn.move][before.to], turn  # type: ignore[index]
            assert (claim.state in ("refunded", "replaced", "ended")) == case.ended
            assert (claim.state == "granted") == (case.status == "refunding")
            told = Counter(event.name for event in told_of(case.aftersale_id))
            opened = told[AftersaleOpened.NAME]
            assert (opened, told[AftersaleClosed.NAME]) == (1, int(case.ended))
            assert told[AftersaleMoved.NAME] == len(turns) - case.ended - case.fast
    fast = [case for case in cases.values() if case.fast]
    days = fast_days(market.shop_id, 100, None)
    assert sum(int(day.granted or 0) for day in days) == len(fast)
    assert sum(int(day.done or 0) for day in days) == sum(case.status == "refunded" for case in fast)
    assert all(int(day.in_time or 0) <= int(day.done or 0) <= int(day.granted or 0) for day in days)


def check_keys(sku_id: str, orders: list[Order]) -> None:
    """Each key is in the pool or one order's; each order has its keys or none; the stock is the pool's."""
    free = {key.digest for key in free_keys(sku_id, 1_000)}
    given: Counter[str] = Counter()
    owed = 0
    for order in orders:
        bought = [line for line in order.lines if line.sku_id == sku_id]
        if not bought:
            continue
        own = [row.sk.rpartition("#")[2] for row in query(OrdersRow, f"ORD#{order.order_id}", prefix="KEY#", limit=100)]
        given.update(own)
        assert len(own) == sum(line.shipped for line in bought)
        waits = has_keys_to_come(order) or (order.under_review and order.status == "to_ship")
        owed += sum(order.to_send(line) for line in bought) if waits else 0
    shops = query(KeyedRow, f"KEYED#{find_offers([sku_id])[sku_id].shop_id}", limit=1_000)
    keyed = {row.sk for row in shops if row.sku_id == sku_id}
    assert set(given.values()) <= {1}
    assert not free & given.keys()
    assert free | given.keys() == keyed
    counters = shards_of_all_epochs(find_offers([sku_id])[sku_id])
    assert len(free) == sum(one.on_hand + one.held for one in counters) + unlisted_of(sku_id) + owed


def check_book(market: Market) -> None:
    """The balances are what all entries come to; what is on its way to the bank is what was withdrawn and has not come
    back; nobody has withdrawn what was not there."""
    entries: Counter[str] = Counter()
    for row in ledger_page(market.shop_id, 5_000, None):
        entries.update({account: int(fen) for account, fen in row.postings})
    book = find_book(market.shop_id)
    sums = Counter(with_the_rest(book, clock.now()))
    named = {*entries, *sums} - {"available", "owed"}
    assert {one: entries[one] for one in named} == {one: sums[one] for one in named}
    assert entries["available"] + entries["owed"] == sums["available"] + sums["owed"]  # a debt is named when it is seen
    assert sum(sums.values()) == 0
    assert sums["available"] <= 0 <= sums["owed"]
    asked = withdrawals_page(market.shop_id, 1_000, None)
    assert -sums["paying_out"] == sum(one.amount_fen for one in asked if one.status in ("requested", "handed"))
