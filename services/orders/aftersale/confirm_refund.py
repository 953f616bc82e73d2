"""The merchant has sent money back from the old shop, where it lies (M2, O6)."""

from datetime import datetime

from services.orders.aftersale.aftersale import Aftersale
from services.orders.aftersale.go_on import case_and_order, claim_of, save
from services.orders.aftersale.refusals import RefundedByUs
from services.orders.money.hold_money import release_money
from services.shared.plumbing.tables import Begin


def confirm_refund(
    shop_id: str, aftersale_id: str, by: str, reference: str, *, begin: Begin, now: datetime
) -> Aftersale:
    """Its money is back with the payer, by this refund of the old shop's; that ends it. No entry of our ledger.

    Raises NotFound, IllegalTransition, RefundedByUs for money that lies with us: that goes back by itself.
    """
    case, order = case_and_order(aftersale_id, shop_id)
    if order.origin is None:
        raise RefundedByUs()
    back_fen = claim_of(order, case).back_fen
    moved = case.move("refunded", "refunded", now, "merchant", by, reference, refunded_at=now)
    after = order.refund_elsewhere(now, back_fen).end_claim(now, aftersale_id, "refunded")
    tx = begin()
    save(tx, moved, case, release_money(tx, after, aftersale_id), order)
    tx.commit({"aftersale_id": aftersale_id})
    return moved
