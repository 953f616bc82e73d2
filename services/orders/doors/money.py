"""Doors to a shop's money (O7)."""

from services.orders import lists, views
from services.orders import messages as m
from services.orders.lists import day_named
from services.orders.money import messages as money
from services.orders.money.check_ledger import read_check, start_check
from services.orders.money.end_withdrawal import end_withdrawal
from services.orders.money.export_payout import start_payout
from services.orders.money.fold_ledger import with_the_rest, withdrawable_fen
from services.orders.money.read_money import (
    account_shown,
    check_view,
    payout_of,
    statement_of,
    statements_of,
    withdrawal_in,
    withdrawal_view,
    withdrawals_of,
)
from services.orders.money.refusals import DayNotClosed, NoBankAccount, NotEnoughAvailable
from services.orders.money.tables import find_book
from services.orders.money.withdraw import set_bank_account, withdraw
from services.orders.money.withdrawal import BankAccount
from services.orders.service import app
from services.orders.tables import VAULT
from services.shared.plumbing import ids
from services.shared.plumbing.doors import PLATFORM, Call, Page, member
from services.shared.plumbing.problems import CursorInvalid, IllegalTransition, NotFound

FINANCE = member("finance")
BOOKS = member("finance", or_platform=True)


@app.door("GET", "/v1/shops/{shop_id}/ledger", BOOKS, problems=(CursorInvalid,))
def get_ledger(call: Call, shop_id: str, query: m.Paging) -> Page[m.EntryView]:
    """The shop's ledger, newest entry first. Every entry names its cause and sums to zero (O7)."""
    return lists.list_ledger(shop_id, query)


@app.door("GET", "/v1/shops/{shop_id}/balance", BOOKS)
def get_balance(call: Call, shop_id: str) -> m.BalanceView:
    """The shop's money by account, derived from the ledger (O7).

    What may be withdrawn now is `withdrawable_fen`; what was settled a moment ago follows in some minutes.
    """
    book = find_book(shop_id)
    sums = with_the_rest(book, call.now)
    return views.balance_view(shop_id, sums, withdrawable_fen(book, sums))


# ---------------------------------------------------------------------------------------------------- statements


@app.door("GET", "/v1/shops/{shop_id}/statements", BOOKS, problems=(CursorInvalid,))
def get_statements(call: Call, shop_id: str, query: m.Paging) -> Page[money.StatementView]:
    """Closed days on which something moved, newest first (O7). One day's own route has the link to its file."""
    return statements_of(shop_id, query)


@app.door("GET", "/v1/shops/{shop_id}/statements/{day}", BOOKS, problems=(NotFound, DayNotClosed))
def get_statement(call: Call, shop_id: str, day: str) -> money.StatementView:
    """A day of the shop (2026-11-22, in Beijing): what it opened and closed with, and every entry as a CSV file."""
    return statement_of(shop_id, day_named(day))


def check_again(call: Call, stored: dict[str, str]) -> money.LedgerCheckView:
    """The check that this key started."""
    return check_view(read_check(stored["shop_id"], stored["check_id"]))


@app.door("POST", "/v1/shops/{shop_id}/ledger-checks", BOOKS, status=202, again=check_again)
def post_ledger_check(call: Call, shop_id: str) -> money.LedgerCheckView:
    """Add up all entries anew and compare with the balances (O7)."""
    return check_view(read_check(shop_id, start_check(shop_id, begin=call.begin, new_id=ids.new_id)))


@app.door("GET", "/v1/shops/{shop_id}/ledger-checks/{check_id}", BOOKS, problems=(NotFound,))
def get_ledger_check(call: Call, shop_id: str, check_id: str) -> money.LedgerCheckView:
    """How far a check is, and on what ledger and balances disagree."""
    return check_view(read_check(shop_id, check_id))


# --------------------------------------------------------------------------------------------------- withdrawals


@app.door("GET", "/v1/shops/{shop_id}/bank-account", FINANCE)
def get_bank_account(call: Call, shop_id: str) -> money.BankAccountView:
    """Where withdrawals go: the bank and the last four digits."""
    return money.BankAccountView(account=account_shown(shop_id))


@app.door("PUT", "/v1/shops/{shop_id}/bank-account", FINANCE)
def put_bank_account(call: Call, shop_id: str, body: money.BankAccountBody) -> money.BankAccountView:
    """Where withdrawals go from now on. Those that were asked for go where they were to go then."""
    account = BankAccount(body.holder, body.bank, body.account_number)
    return money.BankAccountView(account=set_bank_account(shop_id, account, begin=call.begin, vault=VAULT))


def withdrawal_again(call: Call, stored: dict[str, str]) -> money.WithdrawalView:
    """The withdrawal that this key asked for."""
    return withdrawal_view(withdrawal_in(stored["shop_id"], stored["withdrawal_id"]))


@app.door(
    "POST",
    "/v1/shops/{shop_id}/withdrawals",
    FINANCE,
    status=201,
    again=withdrawal_again,
    problems=(NotEnoughAvailable, NoBankAccount),
)
def post_withdrawal(call: Call, shop_id: str, body: money.WithdrawalBody) -> money.WithdrawalView:
    """Take money out (O7): never more than is available, however many ask at once."""
    asked = withdraw(shop_id, body.amount_fen, call.person, begin=call.begin, now=call.now, new_id=ids.new_id)
    return withdrawal_view(asked)


@app.door("GET", "/v1/shops/{shop_id}/withdrawals", BOOKS, problems=(CursorInvalid,))
def get_withdrawals(call: Call, shop_id: str, query: m.Paging) -> Page[money.WithdrawalView]:
    """The shop's withdrawals, newest first."""
    return withdrawals_of(shop_id, query)


@app.door("GET", "/v1/shops/{shop_id}/withdrawals/{withdrawal_id}", BOOKS, problems=(NotFound,))
def get_withdrawal(call: Call, shop_id: str, withdrawal_id: str) -> money.WithdrawalView:
    """One withdrawal."""
    return withdrawal_view(withdrawal_in(shop_id, withdrawal_id))


@app.door(
    "PUT",
    "/v1/shops/{shop_id}/withdrawals/{withdrawal_id}/outcome",
    PLATFORM,
    problems=(NotFound, IllegalTransition),
)
def put_outcome(call: Call, shop_id: str, withdrawal_id: str, body: money.OutcomeBody) -> money.WithdrawalView:
    """The bank has said: it arrived, or it bounced, and then the shop has it back (O7). Repeating is the same."""
    ended = end_withdrawal(shop_id, withdrawal_id, body.outcome, body.why, begin=call.begin, now=call.now)
    return withdrawal_view(ended)


def payout_again(call: Call, stored: dict[str, str]) -> money.PayoutView:
    """The payout that this key started."""
    return payout_of(stored["payout_id"])


@app.door("POST", "/v1/payouts", PLATFORM, status=202, again=payout_again)
def post_payout(call: Call) -> money.PayoutView:
    """Hand all withdrawals that wait to the bank, each once: a file of them is written (O7)."""
    return payout_of(start_payout(begin=call.begin, now=call.now, new_id=ids.new_id))


@app.door("GET", "/v1/payouts/{payout_id}", PLATFORM, problems=(NotFound,))
def get_payout(call: Call, payout_id: str) -> money.PayoutView:
    """How far a payout is; once it is done, its file."""
    return payout_of(payout_id)
