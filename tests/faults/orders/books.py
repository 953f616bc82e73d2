"""What must be true of a shop at every moment, whatever happened: its stock, its orders and its money agree."""

from collections import Counter
from collections.abc import Iterable

from services.orders.aftersale.claim import held, unsent
from services.orders.order import MOVES, Order
from services.orders.payment import Payment
from services.orders.stock import PAST
from services.orders.tables import _PAYMENT, OrdersRow, find_offers, ledger_page, shards_of_all_epochs
from services.shared.contracts.orders import (
    OrderCancelled,
    OrderPaid,
    OrderPlaced,
    OrderReceived,
    OrderRefused,
    OrderSettled,
)
from services.shared.plumbing.tables import read
from tests.faults.orders.world import orders_of
from tests.integration.orders.events import told_of
from tests.integration.orders.market import Market

HOLDING = {"pending_payment"}
SOLD = {"gift_pending_claim", "to_ship", "partly_shipped", "shipped", "done", "cancelled_after_sale"}
ONCE = [body.NAME for body in (OrderPlaced, OrderPaid, OrderCancelled, OrderRefused, OrderReceived, OrderSettled)]


def check_stock(skus: list[str], orders: list[Order]) -> None:
    """received = on hand + held + sold, per counter; held and sold are what orders hold and have sold there."""
    held, sold = _counted(orders, HOLDING), _counted(orders, SOLD)
    for sku_id, offer in find_offers(skus).items():
        counters = shards_of_all_epochs(offer)
        standing = {(sku_id, counter.epoch, counter.number) for counter in counters}
        past = (sku_id, PAST, 0)  # folded epochs: they hold nothing, and what they have sold is one sum
        for counter in counters:
            place = (sku_id, counter.epoch, counter.number)
            assert counter.balanced, counter
            gone = sum(units for at, units in sold.items() if at[0] == sku_id and at not in standing)
            expected = (0, gone) if place == past else (held[place], sold[place])
            assert (counter.held, counter.sold) == expected, place
            assert counter.on_hand == 0 or counter.epoch == offer.epoch, counter


def _counted(orders: list[Order], states: set[str]) -> Counter[tuple[str, int, int]]:
    counted: Counter[tuple[str, int, int]] = Counter()
    for order in orders:
        for line in order.lines if order.status in states else ():
            for taken in line.taken:
                counted[line.sku_id, taken.epoch, taken.shard] += taken.quantity
    return counted


def check_histories(orders: list[Order]) -> None:
    """Only legal moves, each from where the one before had led."""
    for order in orders:
        first, *steps = order.history
        assert (first.origin, first.to, order.history[-1].to) == (None, "pending_payment", order.status)
        for before, step in zip(order.history, steps, strict=False):
            assert step.origin == before.to
            assert any(step.to in ends.get(before.to, ()) for ends in MOVES.values()), step
        assert all(before.at <= step.at for before, step in zip(order.history, steps, strict=False))
        for line in order.lines:
            back = unsent(held([one for one in order.claims if one.going_back], line.line_no))
            assert sum(taken.quantity for taken in line.taken) == line.quantity - back >= line.shipped >= 0


def check_money(market: Market, orders: list[Order], payments: list[Payment]) -> None:
    """The ledger sums to zero, and says of each order what its payments and refunds say."""
    sums: Counter[tuple[str, str]] = Counter()
    for row in ledger_page(market.shop_id, 1_000, None):
        assert sum(fen for _, fen in row.postings) == 0
        for account, fen in row.postings:
            sums[row.order_id, account] += int(fen)
    for order in orders:
        own = [one for one in payments if one.order_id == order.order_id and one.status == "paid"]
        accepted = [one for one in own if not one.late]
        assert len(accepted) == (1 if order.paid_fen else 0)
        assert sum(one.amount_fen for one in accepted) == order.paid_fen
        assert sum(one.refunded_fen for one in accepted) == order.refunded_fen
        told = {(one.payment_id, one.amount_fen, one.refunded_fen, one.late) for one in order.payments}
        assert told == {(one.payment_id, one.amount_fen, one.refunded_fen, one.late) for one in own}
        assert order.received_fen == sum(one.amount_fen for one in own)
        assert order.returned_fen == sum(one.refunded_fen for one in own)
        there = {
            account: sums[order.order_id, account]
            for account in ("wechat", "late", "fees", "pending", "available", "frozen", "advanced")
        }
        assert there["wechat"] == sum(one.amount_fen - one.refunded_fen for one in own)
        assert -there["late"] == sum(one.amount_fen - one.refunded_fen for one in own if one.late)
        assert -there["fees"] == order.fee_fen - order.fee_returned_fen
        left = order.paid_fen - order.refunded_fen + there["fees"]
        owed = left + there["advanced"]  # until the shop has repaid it
        free, pending = -there["available"] - there["frozen"], -there["pending"]
        assert free + pending == owed
        assert min(free, pending) >= 0
        assert order.claims or (free, pending) == ((left, 0) if order.settled_at else (0, left))
        assert sum(one.back_fen for one in order.claims) <= order.paid_fen
        assert all(one.refunded_fen <= one.requested_fen <= one.amount_fen for one in own)


def check_events(orders: list[Order]) -> None:
    """Each fact is told once, and only if it is one."""
    for order in orders:
        told = Counter(event.name for event in told_of(order.order_id))
        reached = {step.to for step in order.history}
        expected = {
            OrderPlaced.NAME: True,
            OrderPaid.NAME: order.paid_at_all,
            OrderCancelled.NAME: "cancelled" in reached and not order.refused,
            OrderRefused.NAME: order.refused,
            OrderReceived.NAME: "done" in reached,
            OrderSettled.NAME: order.settled_at is not None,
        }
        assert {name: told[name] for name in ONCE} == {name: int(true) for name, true in expected.items()}, order


def check(market: Market, skus: list[str], payment_ids: Iterable[str], known: dict[str, Order]) -> list[Order]:
    """All of it; returns the shop's orders. ``known``: them as they were when they were checked last."""
    orders = orders_of(market)
    made = {paid.payment_id for one in orders for paid in one.payments}
    wanted = sorted({*payment_ids, *made, *(one.payment_id for one in orders if one.payment_id)})
    rows = read([(OrdersRow, f"PAY#{one}", "PAYMENT") for one in wanted])
    check_stock(skus, orders)
    check_money(market, orders, [_PAYMENT.validate_json(row.doc) for row in rows])
    changed = [one for one in orders if one.order_id not in known or known[one.order_id].version != one.version]
    assert known.keys() <= {one.order_id for one in orders}
    check_histories(changed)
    for one in changed:  # nothing of what was written is ever taken back, and no state is reached unwritten
        before = known.get(one.order_id, one)
        assert one.history[: len(before.history)] == before.history
        assert (one.status == before.status) or len(one.history) > len(before.history)
    check_events(changed)
    known.update({one.order_id: one for one in changed})
    return orders
