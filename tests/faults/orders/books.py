"""What must be true of a shop at every moment, whatever happened: its stock, its orders and its money agree."""

from collections import Counter
from collections.abc import Iterable

from services.orders.aftersale.aftersale import Aftersale
from services.orders.aftersale.claim import Swap, held, unsent
from services.orders.aftersale.tables import find_aftersales
from services.orders.order import MOVES, Line, Order
from services.orders.payments.payment import Payment
from services.orders.payments.tables import _PAYMENT
from services.orders.stock.stock import PAST
from services.orders.stock.tables import shards_of_all_epochs
from services.orders.tables import OrdersRow, find_offers, ledger_page
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


Cases = dict[str, Aftersale]  # by id


def cases_of(orders: list[Order]) -> Cases:
    """The after-sales of these orders."""
    wanted = [claim.aftersale_id for order in orders for claim in order.claims]
    pages = [find_aftersales(wanted[start : start + 100]) for start in range(0, len(wanted), 100)]
    return {case.aftersale_id: case for page in pages for case in page}


def check_stock(skus: list[str], orders: list[Order], cases: Cases) -> None:
    """received = on hand + held + sold, per counter; held and sold are what orders hold and have sold there.

    Pieces that came back and cannot be sold, and those that were lost and sent again, are nobody's: they count as sold,
    and of them only the number is known.
    """
    held, sold = _counted(orders, HOLDING), _counted(orders, SOLD)
    for case in cases.values():
        for new in case.new_goods if case.resent is None else ():
            for taken in new.taken:
                sold[new.sku_id, taken.epoch, taken.shard] += taken.quantity
    lost = sum(_lost(case, order) for order in orders for case in _own(order, cases))
    for sku_id, offer in find_offers(skus).items():
        counters = shards_of_all_epochs(offer)
        standing = {(sku_id, counter.epoch, counter.number) for counter in counters}
        past = (sku_id, PAST, 0)  # folded epochs: they hold nothing, and what they have sold is one sum
        for counter in counters:
            place = (sku_id, counter.epoch, counter.number)
            assert counter.balanced, counter
            gone = sum(units for at, units in sold.items() if at[0] == sku_id and at not in standing)
            owned = gone if place == past else sold[place]
            assert counter.held == (0 if place == past else held[place]), place
            assert counter.sold >= owned, place
            lost -= counter.sold - owned
            assert counter.on_hand == 0 or counter.epoch == offer.epoch, counter
    assert lost == 0


def _counted(orders: list[Order], states: set[str]) -> Counter[tuple[str, int, int]]:
    counted: Counter[tuple[str, int, int]] = Counter()
    for order in orders:
        goods: list[Line | Swap] = [*order.lines, *order.swaps]
        for one in goods if order.status in states else ():
            for taken in one.taken:
                counted[one.sku_id, taken.epoch, taken.shard] += taken.quantity
    return counted


def _own(order: Order, cases: Cases) -> list[Aftersale]:
    return [cases[claim.aftersale_id] for claim in order.claims]


def _moves(case: Aftersale) -> set[str]:
    return {turn.move for turn in case.history}


def _lost(case: Aftersale, order: Order) -> int:
    """How many pieces are nobody's any more, and are not for sale: not sellable when they came back, or sent again."""
    if "receive" in _moves(case):
        return 0 if case.sellable else _pieces(case, order)
    return _pieces(case, order) if case.kind == "reship" and case.resent else 0


def _pieces(case: Aftersale, order: Order, line_no: int | None = None) -> int:
    (claim,) = [one for one in order.claims if one.aftersale_id == case.aftersale_id]
    return sum(part.quantity for part in claim.parts if line_no in (None, part.line_no))


def check_histories(orders: list[Order], cases: Cases) -> None:
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
            assert line.quantity - back >= line.shipped >= 0
            assert _units(order, line) == line.quantity - back - _gone(order, line, cases)


def _units(order: Order, line: Line) -> int:
    """How many pieces the keeper of the goods has, or waits for: as ordered, and of other styles."""
    swapped = [taken for swap in order.swaps if swap.line_no == line.line_no for taken in swap.taken]
    return sum(taken.quantity for taken in (*line.taken, *swapped))


def _gone(order: Order, line: Line, cases: Cases) -> int:
    """How many pieces came back, less those that were sent instead."""
    own = _own(order, cases)
    came = sum(_pieces(case, order, line.line_no) for case in own if "receive" in _moves(case))
    return came - sum(_pieces(case, order, line.line_no) for case in own if case.kind == "exchange" and case.resent)


def check_money(market: Market, orders: list[Order], payments: list[Payment], cases: Cases) -> None:
    """The ledger sums to zero, and says of each order what its payments, refunds and disputes say:
    paid = refunded + fees kept + settled + pending + frozen − advanced, to the fen."""
    sums: Counter[tuple[str, str]] = Counter()
    for row in ledger_page(market.shop_id, 5_000, None):
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
        assert there["advanced"] == sum(case.advanced_fen for case in _own(order, cases))  # until the shop repays it
        free, frozen, pending = -there["available"], -there["frozen"], -there["pending"]
        assert frozen == sum(fen for _, fen in order.frozen)
        assert free + frozen + pending == left + there["advanced"]
        assert min(free, frozen, pending) >= 0
        settled = left - frozen if order.settled_at else 0
        advanced = sum(case.advanced_fen for case in _own(order, cases) if case.advanced_from == "available")
        assert free == settled + advanced
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


def check(
    market: Market,
    skus: list[str],
    payment_ids: Iterable[str],
    known: dict[str, Order],
    orders: list[Order] | None = None,
) -> list[Order]:
    """All of it; returns the shop's orders, which are listed unless they are given. ``known``: them as they were when
    they were checked last."""
    orders = orders_of(market) if orders is None else orders
    made = {paid.payment_id for one in orders for paid in one.payments}
    wanted = sorted({*payment_ids, *made, *(one.payment_id for one in orders if one.payment_id)})
    rows = read([(OrdersRow, f"PAY#{one}", "PAYMENT") for one in wanted])
    cases = cases_of(orders)
    check_stock(skus, orders, cases)
    check_money(market, orders, [_PAYMENT.validate_json(row.doc) for row in rows], cases)
    changed = [one for one in orders if one.order_id not in known or known[one.order_id].version != one.version]
    assert known.keys() <= {one.order_id for one in orders}
    check_histories(changed, cases)
    for one in changed:  # nothing of what was written is ever taken back, and no state is reached unwritten
        before = known.get(one.order_id, one)
        assert one.history[: len(before.history)] == before.history
        assert (one.status == before.status) or len(one.history) > len(before.history)
    check_events(changed)
    known.update({one.order_id: one for one in changed})
    return orders
