"""What time itself does to orders: expiry, automatic receipt, settlement, refunds that wait (O3, O4, O7).

The due index only names candidates; each verb reads the order itself and decides again. What cannot be done now is put
off, so that those behind it get their turn; while WeChat is silent, what needs its answer is put off unasked.
"""

import time
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from services.orders.aftersale.act_when_due import act_when_due
from services.orders.claim_gift import return_gift
from services.orders.complaints.go_on import act_on_silence
from services.orders.decide_address import expire_address
from services.orders.expire_order import PATIENCE, expire_order
from services.orders.gift_sheet import all_of
from services.orders.money.fold_ledger import fold_if_due
from services.orders.order import Order
from services.orders.payments.refund import send_refund
from services.orders.payments.wechat_pay import WeChatSilent
from services.orders.receive_order import auto_confirm
from services.orders.settle_order import settle_order
from services.orders.stock.check_stock import check_if_due
from services.orders.stock.split_stock import fold_epochs
from services.orders.tables import GRACE, Due, find_order, list_due, own_begin, postpone
from services.shared.plumbing.logs import log
from services.shared.plumbing.problems import Problem
from services.shared.plumbing.tables import retrying

BUDGET_S = 40.0  # of the minute until the next sweep
TICK = timedelta(microseconds=1)  # between two acts: what changed at one moment is hard to page through


def sweep_orders(now: datetime, page: int = 100) -> dict[str, int]:
    """Act on everything that is due, for at most BUDGET_S; returns how many went through and how many must wait.

    ``page`` candidates are listed at a time, from each bucket.
    """
    done: Counter[str] = Counter(acted=0, waiting=0)
    deadline, seen, silent = time.monotonic() + BUDGET_S, set[Due](), False
    while fresh := [due for due in list_due(now + len(seen) * TICK, page) if due not in seen]:
        for due in fresh:
            if time.monotonic() > deadline:
                log("orders", "sweep_cut_short", "warning", counts=dict(done))
                return dict(done)
            outcome = _outcome(due, now + len(seen) * TICK, silent=silent)
            seen.add(due)
            silent = silent or outcome == "silent"
            done["acted" if outcome == "acted" else "waiting"] += 1
    return dict(done)


def _outcome(due: Due, now: datetime, *, silent: bool) -> str:
    outcome = "waiting"
    try:
        if retrying(lambda: _act(due, now, silent=silent)):
            return "acted"
    except WeChatSilent:
        outcome = "silent"
    except Problem as error:
        log("orders", "due_act_waits", "warning", subject=due.pk, problem=error.slug)
    except Exception as error:  # noqa: BLE001 - whatever is wrong with one must not hold up the others
        log("orders", "due_act_failed", "error", error=error, subject=due.pk)
    postpone(due, now + PATIENCE)
    return outcome


# What is done to rows that are neither orders nor refunds, by their id.
_BY_ROW: Mapping[str, Callable[[str, datetime], bool]] = {
    "AFTERSALE": lambda ident, now: act_when_due(ident, begin=own_begin(now), now=now),
    "BOOK": lambda ident, now: fold_if_due(ident, begin=own_begin(now), now=now),
    "COMPLAINT": lambda ident, now: act_on_silence(ident, begin=own_begin(now), now=now),
    "OFFER": fold_epochs,
    "STOCK": check_if_due,
}


def _act(due: Due, now: datetime, *, silent: bool) -> bool:
    """Whether something was done: then the row is not due any more, or anew. Not so when the listing was out of date.

    Raises what the verb raises.
    """
    if due.sk in _BY_ROW:
        return _BY_ROW[due.sk](due.pk.partition("#")[2], now)
    if due.sk.startswith("RFD#"):
        if silent:
            raise WeChatSilent()
        return send_refund(due.pk.removeprefix("PAY#"), due.sk.removeprefix("RFD#"), begin=own_begin(now), now=now)
    order = find_order(due.pk.removeprefix("ORD#"))
    due_at = order.due_at(GRACE) if order else None
    if order is None or due_at is None or due_at > now:
        return False
    if silent and order.status == "pending_payment" and order.payment_id:
        raise WeChatSilent()
    _act_on(order, now)
    return True


def _act_on(order: Order, now: datetime) -> None:
    begin = own_begin(now)
    if order.status == "pending_payment":
        expire_order(order.order_id, begin=begin, now=now)
    elif order.status == "gift_pending_claim":
        return_gift(order.order_id, all_of(order), "gift_expired", begin=begin, now=now)
    elif order.status == "shipped":
        auto_confirm(order, begin=begin, now=now)
    elif order.status == "to_ship":
        expire_address(order, begin=begin, now=now)
    else:
        settle_order(order, begin=begin, now=now)
