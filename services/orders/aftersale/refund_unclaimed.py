"""What nobody took of a gift for many in time goes back in one after-sale that lists each sub-gift (G6).

Nobody applies for it and nobody decides: it begins where others are granted, and ends as they do, with its refund.
"""

from collections.abc import Sequence
from dataclasses import replace

from services.orders.aftersale import facts
from services.orders.aftersale.aftersale import UNCLAIMED, Aftersale, Turn
from services.orders.aftersale.claim import Claim, Part
from services.orders.aftersale.tables import save_aftersale
from services.orders.order import Order
from services.orders.payments.payment import Payment
from services.orders.payments.reserve_refund import reserve_refund
from services.shared.plumbing.tables import Transaction


def refund_unclaimed(
    tx: Transaction, sheet: Order, payment: Payment, amount_fen: int, sub_gift_ids: Sequence[str]
) -> Order:
    """Set their money aside, in the caller's transaction; the sheet with the claim, which the caller saves.

    Raises RefundTooLarge, TooManyRefunds.
    """
    aftersale_id, ids = tx.new_id("afs"), tuple(sub_gift_ids)
    refund = reserve_refund(
        tx, sheet, payment, amount_fen, "gift_expired", sub_gift_ids=ids, aftersale_ids=(aftersale_id,)
    )
    part = Part(sheet.lines[0].line_no, len(ids), amount_fen)
    after = replace(sheet, claims=(*sheet.claims, Claim(aftersale_id, (part,), "granted", amount_fen)))
    case = Aftersale(
        aftersale_id=aftersale_id,
        order_id=sheet.order_id,
        shop_id=sheet.shop_id,
        applicant=sheet.buyer,
        payer=sheet.buyer,
        kind="refund",
        reason=UNCLAIMED,
        status="refunding",
        amount_fen=amount_fen,
        created_at=tx.now,
        updated_at=tx.now,
        history=(Turn(tx.now, "open", "refunding", "system", "system"),),
        payment_id=payment.payment_id,
        refund_id=refund.refund_id,
        refund_asked_at=tx.now,
        sub_gift_ids=ids,
    )
    save_aftersale(tx, case, None)
    facts.tell(tx, case, after)
    return after
