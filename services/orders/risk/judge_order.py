"""Judge an order before it is paid (O19): once, until it is denied or costs more; every decision stays with the order.

A gift is judged by the same question, as paying for it sends it. What a buyer started to pay lately is one row a buyer,
written in the same transaction, so that no two orders at once are judged by the same past.
"""

from dataclasses import dataclass
from datetime import datetime

from services.orders.order import Order
from services.orders.refusals import RiskDenied
from services.orders.risk.risk import Ask, Judgement, Recent
from services.orders.risk.risk_judge import ask_judge
from services.orders.risk.tables import recent_of, save_recent
from services.orders.tables import own_begin, save_order
from services.shared.plumbing.logs import log
from services.shared.plumbing.tables import Transaction


@dataclass(frozen=True)
class Judged:
    """The order with the decision, and what is to be written beside it."""

    order: Order
    before: Recent | None = None

    def remember(self, tx: Transaction) -> None:
        """In the caller's transaction: that this buyer started to pay this order."""
        if self.before is not None:
            after = self.before.with_order(tx.now, self.order.payable_fen)
            save_recent(tx, self.order.buyer, after, self.before)


def judge_order(order: Order, *, now: datetime, stored: bool = True) -> Judged:
    """Ask, unless it was let through at no lower price. ``stored``: the order is in the table already.

    Raises RiskDenied, once that is written down; Contended.
    """
    if order.judged_up_to_fen >= order.payable_fen:
        return Judged(order)
    recent = recent_of(order.buyer)
    ask = _ask(order, recent, now)
    opinion, by = ask_judge(ask)
    judgement = Judgement(now, ask.act, opinion.verdict, by, ask.amount_fen, opinion.why)
    log("orders", "risk_judged", order_id=order.order_id, verdict=opinion.verdict, judge=by, why=list(opinion.why))
    if opinion.verdict == "deny":
        if stored and not _known(order, judgement):
            tx = own_begin(now)()
            save_order(tx, order.judge(judgement), order)
            tx.commit()
        raise RiskDenied()
    return Judged(order.judge(judgement), recent)


def _ask(order: Order, recent: Recent, now: datetime) -> Ask:
    return Ask(
        act="gift" if order.kind == "gift" else "pay",
        order_id=order.order_id,
        shop_id=order.shop_id,
        buyer=order.buyer,
        amount_fen=order.payable_fen,
        pieces=sum(line.quantity for line in order.lines),
        channel=order.channel,
        at=now,
        orders_this_hour=recent.orders_in_hour_of(now),
        fen_this_day=recent.fen_in_day_until(now),
    )


def _known(order: Order, judgement: Judgement) -> bool:
    """Whether the same was decided last: a buyer who presses again and again makes the order no longer."""
    last = order.risk[-1] if order.risk else None
    return last is not None and (last.verdict, last.by, last.why) == (judgement.verdict, judgement.by, judgement.why)
