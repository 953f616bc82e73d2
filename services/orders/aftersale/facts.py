"""What orders tells others of an after-sale. No words of anybody are in it."""

from typing import Any

from services.orders.aftersale.aftersale import Aftersale
from services.orders.order import Order
from services.shared.contracts.aftersale import AftersaleClosed, AftersaleMoved, AftersaleOpened
from services.shared.plumbing.tables import Transaction


def tell(tx: Transaction, case: Aftersale, order: Order) -> None:
    """The fact that follows from its latest move: it was opened, it went on, or it is over."""
    turn = case.history[-1]
    opened = len(case.history) == 1 or turn.move == "refund_fast"
    body: AftersaleOpened | AftersaleMoved | AftersaleClosed
    if opened:
        body = AftersaleOpened(**_of(case, order), fast=case.fast, deadline_at=case.deadline_at)
    elif case.ended:
        body = AftersaleClosed(**_of(case, order), outcome=case.status, by=turn.party)  # type: ignore[arg-type]
    else:
        body = AftersaleMoved(
            **_of(case, order),
            move=turn.move,  # type: ignore[arg-type]
            by=turn.party,
            status=case.status,  # type: ignore[arg-type]
            rejection=case.rejection if turn.move == "reject" else None,
            deadline_at=case.deadline_at,
        )
    tx.emit(body, subject=case.aftersale_id, sequence=case.version, shop=case.shop_id)


def _of(case: Aftersale, order: Order) -> dict[str, Any]:
    claim = next(one for one in order.claims if one.aftersale_id == case.aftersale_id)
    titles = {line.line_no: line.title for line in order.lines}
    return {
        "aftersale_id": case.aftersale_id,
        "order_id": case.order_id,
        "shop_id": case.shop_id,
        "applicant": case.applicant,
        "payer": case.payer,
        "kind": case.kind,
        "reason": case.reason,
        "title": titles[claim.parts[0].line_no],
        "lines": len(claim.parts),
        "pieces": sum(part.quantity for part in claim.parts),
        "amount_fen": case.amount_fen,
    }
