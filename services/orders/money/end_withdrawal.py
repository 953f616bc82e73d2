"""The bank has said what became of a withdrawal: it arrived, or the money is the shop's again (O7)."""

from datetime import datetime

from services.orders import ledger
from services.orders.money.book import FOLDED_EVERY
from services.orders.money.tables import book_entry, find_book, find_withdrawal, save_book, save_withdrawal
from services.orders.money.withdrawal import Outcome, Withdrawal
from services.shared.contracts.money import WithdrawalEnded
from services.shared.plumbing.problems import NotFound
from services.shared.plumbing.tables import Begin


def end_withdrawal(
    shop_id: str, withdrawal_id: str, outcome: Outcome, why: str | None, *, begin: Begin, now: datetime
) -> Withdrawal:
    """Write it down; the same once more changes nothing. Raises NotFound, IllegalTransition."""
    withdrawal = find_withdrawal(shop_id, withdrawal_id)
    if withdrawal is None:
        raise NotFound()
    if withdrawal.status == outcome:
        return withdrawal
    ended, before = withdrawal.end(now, outcome, why), find_book(shop_id)
    posting = ledger.withdrawal_paid if outcome == "paid" else ledger.withdrawal_returned
    tx = begin()
    book = book_entry(tx, before, posting(withdrawal_id, withdrawal.amount_fen, now))
    save_book(tx, book, before, now + FOLDED_EVERY)
    save_withdrawal(tx, ended, withdrawal)
    body = WithdrawalEnded(
        withdrawal_id=withdrawal_id,
        shop_id=shop_id,
        amount_fen=withdrawal.amount_fen,
        outcome=outcome,
        account=withdrawal.account_shown,
        why=why,
    )
    tx.emit(body, subject=withdrawal_id, sequence=ended.version, shop=shop_id)
    tx.commit()
    return ended
