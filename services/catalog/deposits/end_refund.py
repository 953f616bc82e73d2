"""The platform has paid a refund, or could not (C3)."""

from datetime import datetime

from services.catalog.deposits.refund import Outcome
from services.catalog.deposits.tables import find_refund, save_refund
from services.catalog.shops.shop_record import shop_named, write_shop
from services.shared.contracts.catalog import DepositRefundEnded
from services.shared.plumbing.problems import NotFound
from services.shared.plumbing.tables import Begin


def end_refund(shop_id: str, refund_id: str, outcome: Outcome, note: str, *, begin: Begin, now: datetime) -> None:
    """Write down which; what was not paid is part of the deposit again, and its shop is told. May be repeated.

    Raises NotFound, and IllegalTransition for another outcome than it has.
    """
    refund = find_refund(shop_id, refund_id)
    if refund is None:
        raise NotFound()
    ended = refund.end(outcome, note, now)
    if ended is refund:
        return
    tx = begin()
    save_refund(tx, ended)
    if outcome == "rejected":
        write_shop(tx, shop_named(shop_id).keep(refund.amount_fen, now))
    said = DepositRefundEnded(
        refund_id=refund_id,
        shop_id=shop_id,
        amount_fen=refund.amount_fen,
        outcome=outcome,
        why=note if outcome == "rejected" else "",
    )
    tx.emit(said, subject=refund_id, sequence=ended.version, shop=shop_id)
    tx.commit()
