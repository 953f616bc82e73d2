"""What time itself does to an after-sale: every step that waits for somebody has a deadline and an outcome (O6)."""

from datetime import datetime

from services.orders import ledger
from services.orders.aftersale.aftersale import ON_SILENCE, Aftersale
from services.orders.aftersale.decide_aftersale import decide_by_silence
from services.orders.aftersale.resend_goods import confirm_by_silence, refund_instead
from services.orders.aftersale.return_goods import receive_by_silence
from services.orders.aftersale.tables import find_aftersale, save_aftersale
from services.orders.aftersale.withdraw_aftersale import lapse
from services.orders.tables import VAULT, append_entries
from services.shared.plumbing.tables import Begin


def act_when_due(aftersale_id: str, *, begin: Begin, now: datetime) -> bool:
    """Do what its state's deadline asks for; False when nothing is due any more. Raises what the verb raises."""
    case = find_aftersale(aftersale_id)
    if case is None or not case.is_overdue(now):
        return False
    if case.advanced_fen:
        repay_advance(case, begin=begin, now=now)
        return True
    move = ON_SILENCE[case.status]
    if move in ("agree", "uphold"):
        decide_by_silence(case, begin=begin, now=now, vault=VAULT)
    elif move == "receive":
        receive_by_silence(case, begin=begin, now=now)
    elif move == "refund_instead":
        refund_instead(case, begin=begin, now=now)
    elif move == "confirm":
        confirm_by_silence(case, begin=begin)
    else:
        lapse(case, begin=begin, now=now)
    return True


def repay_advance(case: Aftersale, *, begin: Begin, now: datetime) -> None:
    """The shop repays what the platform refunded for it, out of the money that the refund was of (O7)."""
    tx = begin()
    save_aftersale(tx, case.repay(now), case)
    entry = ledger.repaid(
        case.refund_id or case.aftersale_id, case.order_id, case.advanced_fen, now, of=case.advanced_from
    )
    append_entries(tx, case.shop_id, [entry])
    tx.commit()
