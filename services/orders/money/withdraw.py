"""A shop takes its money out: never more than is free, however many ask at once (O7).

What is free is read from the folded book, and the withdrawal is one transaction with the book as it was read::

    withdrawal A: book 7 has 100 ── takes 80 ─▶ book 8 has 20
    withdrawal B: book 7 has 100 ── takes 80 ─✗ book is 8: reads again, 20 are left ─ refused

So it can rest only on entries that are folded in, less what those that are not have taken away: what is frozen, or
went back, a moment ago is free no more. What goes back to a buyer later is the shop's debt (ledger.debt).
"""

import json
from datetime import datetime

from services.orders import ledger
from services.orders.money.book import FOLDED_EVERY
from services.orders.money.fold_ledger import fold_shop, with_the_rest, withdrawable_fen
from services.orders.money.refusals import NoBankAccount, NotEnoughAvailable
from services.orders.money.tables import book_entry, find_account, save_account, save_book, save_withdrawal
from services.orders.money.withdrawal import BankAccount, Withdrawal
from services.orders.tables import own_begin
from services.shared.plumbing.ids import NewId
from services.shared.plumbing.tables import Begin
from services.shared.plumbing.vault import Vault


def set_bank_account(shop_id: str, account: BankAccount, *, begin: Begin, vault: Vault) -> str:
    """Where the shop's money goes from now on, sealed under the shop's key; returns what of it may be seen.

    What was asked for before goes where it was to go then. The same account again changes nothing.
    """
    text = json.dumps({"holder": account.holder, "bank": account.bank, "number": account.number})
    known = find_account(shop_id)
    if known and vault.open(shop_id, known[0]) == text:
        return account.shown
    tx = begin()
    save_account(tx, shop_id, vault.seal(shop_id, text), account.shown)
    tx.commit()
    return account.shown


def withdraw(shop_id: str, amount_fen: int, by: str, *, begin: Begin, now: datetime, new_id: NewId) -> Withdrawal:
    """Ask for so many fen. Raises NoBankAccount, NotEnoughAvailable; Contended when the book has moved."""
    account = find_account(shop_id)
    if account is None:
        raise NoBankAccount()
    before = fold_shop(shop_id, begin=own_begin(now), now=now)
    free_fen = withdrawable_fen(before, with_the_rest(before, now))
    if free_fen < amount_fen:
        raise NotEnoughAvailable(available_fen=free_fen)
    sealed, shown = account
    withdrawal = Withdrawal(new_id("wdr"), shop_id, amount_fen, "requested", by, sealed, shown, now, now)
    tx = begin()
    book = book_entry(tx, before, ledger.withdrawn(withdrawal.withdrawal_id, amount_fen, now))
    save_book(tx, book, before, now + FOLDED_EVERY)
    save_withdrawal(tx, withdrawal, None)
    tx.commit({"shop_id": shop_id, "withdrawal_id": withdrawal.withdrawal_id})
    return withdrawal
