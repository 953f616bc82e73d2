"""Rows of money in orders' table.

pk                     sk                 what
LEDGER#{shop}#{bucket} {entry}            an entry; bucket B: those that were booked in the act that wrote them
BALANCE#{shop}         BOOK               what the entries come to, as far as they are folded in; due when that goes on
BALANCE#{shop}         DAY#{day}          a closed day on which something moved
PAYTO#{shop}           ACCOUNT            where the shop's money goes, sealed
WDR#{shop}             {withdrawal}       a withdrawal; in the due index while it waits to be handed over
PAYOUT#{payout}        {shop}#{withdrawal} a withdrawal that was handed over in it

Raise ``ORDERS_LEDGER_BUCKETS`` for shops that sell more than a partition takes; never lower it.
"""

from collections.abc import Sequence
from datetime import date, datetime

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from services.orders.ledger import Entry
from services.orders.money.book import BOOKED, Book, Closed, Keyed
from services.orders.money.withdrawal import Withdrawal
from services.orders.tables import (
    DUE,
    DUE_BUCKETS,
    LedgerRow,
    OrdersRow,
    Settings,
    due_bucket,
    due_bucket_of,
    entry_row,
)
from services.shared.plumbing.documents import Document
from services.shared.plumbing.tables import Contended, Transaction, get, query, read

TO_HAND_OVER = "WDR"

_BOOK, _CLOSED, _WITHDRAWAL = Document(Book), Document(Closed), Document(Withdrawal)


class AccountRow(OrdersRow):
    shown = UnicodeAttribute()


class DayRow(OrdersRow):
    entries = NumberAttribute()


# ------------------------------------------------------------------------------------------------------ the book


def find_book(shop_id: str) -> Book:
    """What is folded in."""
    return _book_of(shop_id, get(OrdersRow, f"BALANCE#{shop_id}", "BOOK"))


def book_due_at(shop_id: str) -> datetime | None:
    """When folding goes on; None for a shop that nobody has heard of."""
    row = get(OrdersRow, f"BALANCE#{shop_id}", "BOOK")
    return row.due_at if row else None


def save_book(tx: Transaction, book: Book, before: Book, due_at: datetime) -> None:
    """Put the book, if it still is as it was before."""
    row = OrdersRow(f"BALANCE#{book.shop_id}", "BOOK")
    row.version, row.doc = before.version + 1, _BOOK.dump_json(book).decode()
    row.due_bucket, row.due_at = due_bucket(DUE, book.shop_id), due_at
    tx.put(row, OrdersRow.version == before.version if before.version else OrdersRow.version.does_not_exist(), "book")


def plan_first_fold(tx: Transaction, shop_id: str, due_at: datetime) -> None:
    """A shop that is heard of: its book is kept from now on. Nothing that is planned changes."""
    first = [
        OrdersRow.due_bucket.set(OrdersRow.due_bucket | due_bucket(DUE, shop_id)),
        OrdersRow.due_at.set(OrdersRow.due_at | due_at),
    ]
    tx.update(OrdersRow(f"BALANCE#{shop_id}", "BOOK"), first)


def _book_of(shop_id: str, row: OrdersRow | None) -> Book:
    if row is None or row.doc is None:
        return Book(shop_id)
    book = _BOOK.validate_json(row.doc)
    return Book(shop_id, book.sums, book.marks, book.days, book.closed_upto, int(row.version or 0))


# ----------------------------------------------------------------------------------------------------- entries


def book_entry(tx: Transaction, book: Book, entry: Entry) -> Book:
    """Append an entry and fold it in at once; the caller saves the book in the same transaction.

    Raises Contended when the clocks of two functions differ, so that its key were no later than the last one.
    """
    key = tx.new_id("led")
    if key <= book.marks.get(BOOKED, ""):
        raise Contended("an entry was booked at the same moment")
    tx.create(entry_row(book.shop_id, BOOKED, key, entry), f"entry {entry.cause}")
    return book.take(BOOKED, [Keyed(key, entry)])


def buckets() -> list[str]:
    """The buckets whose entries are folded in later."""
    return [str(number) for number in range(Settings.ledger_buckets)]


def entries_after(shop_id: str, bucket: str, after: str, limit: int) -> list[Keyed]:
    """Entries of one bucket behind this key, oldest first."""
    rows = query(LedgerRow, f"LEDGER#{shop_id}#{bucket}", limit=limit, after=after or None)
    return [Keyed(row.sk, entry_of(row)) for row in rows]


def find_entries(shop_id: str, bucket: str, keys: Sequence[str]) -> list[Keyed]:
    """Entries by their keys."""
    rows = read([(LedgerRow, f"LEDGER#{shop_id}#{bucket}", key) for key in keys])
    return [Keyed(row.sk, entry_of(row)) for row in rows if row is not None]


def entry_of(row: LedgerRow) -> Entry:
    """The entry inside a row."""
    postings = tuple((account, int(fen)) for account, fen in row.postings)
    return Entry(row.cause, row.ref, row.order_id, row.at, postings)  # type: ignore[arg-type]


# -------------------------------------------------------------------------------------------------- closed days


def save_day(tx: Transaction, shop_id: str, closed: Closed) -> None:
    """Keep a day that is closed, once."""
    row = DayRow(f"BALANCE#{shop_id}", f"DAY#{closed.day.isoformat()}", entries=closed.within.entries)
    row.doc = _CLOSED.dump_json(closed).decode()
    tx.create(row, f"day {closed.day}")


def day_before_or_on(shop_id: str, day: date) -> Closed | None:
    """The last closed day up to this one on which something moved."""
    after = f"DAY#{day.isoformat()}~"
    rows = query(DayRow, f"BALANCE#{shop_id}", prefix="DAY#", after=after, limit=1, newest_first=True)
    return _CLOSED.validate_json(rows[0].doc or "") if rows else None


def closed_days(shop_id: str, limit: int, after: str | None, *, newest_first: bool = True) -> list[Closed]:
    """Closed days on which something moved, newest first; ``after``: the day last seen."""
    start = f"DAY#{after}" if after else None
    rows = query(DayRow, f"BALANCE#{shop_id}", prefix="DAY#", limit=limit, after=start, newest_first=newest_first)
    return [_CLOSED.validate_json(row.doc or "") for row in rows]


# -------------------------------------------------------------------------------------------------- withdrawals


def save_account(tx: Transaction, shop_id: str, sealed: str, shown: str) -> None:
    """Where the shop's money goes from now on."""
    tx.put(AccountRow(f"PAYTO#{shop_id}", "ACCOUNT", doc=sealed, shown=shown))


def find_account(shop_id: str) -> tuple[str, str] | None:
    """Where it goes: ciphertext under the shop's key, and what of it may be seen."""
    row = get(AccountRow, f"PAYTO#{shop_id}", "ACCOUNT")
    return None if row is None or row.doc is None else (row.doc, row.shown)


def find_withdrawal(shop_id: str, withdrawal_id: str) -> Withdrawal | None:
    """One withdrawal of the shop."""
    row = get(OrdersRow, f"WDR#{shop_id}", withdrawal_id)
    return None if row is None or row.doc is None else _WITHDRAWAL.validate_json(row.doc)


def save_withdrawal(tx: Transaction, withdrawal: Withdrawal, before: Withdrawal | None) -> None:
    """Put it, if it still is as it was before, or is not there yet."""
    row = OrdersRow(f"WDR#{withdrawal.shop_id}", withdrawal.withdrawal_id)
    row.version, row.doc = withdrawal.version, _WITHDRAWAL.dump_json(withdrawal).decode()
    if withdrawal.status == "requested":
        row.due_bucket, row.due_at = due_bucket(TO_HAND_OVER, withdrawal.withdrawal_id), withdrawal.created_at
    tx.put(row, OrdersRow.pk.does_not_exist() if before is None else OrdersRow.version == before.version, "withdrawal")


def withdrawals_page(shop_id: str, limit: int, after: str | None) -> list[Withdrawal]:
    """A shop's withdrawals, newest first."""
    rows = query(OrdersRow, f"WDR#{shop_id}", limit=limit, after=after, newest_first=True)
    return [_WITHDRAWAL.validate_json(row.doc) for row in rows if row.doc]


def list_to_hand_over(limit: int) -> list[tuple[str, str]]:
    """(shop, withdrawal) of what waits to be handed over, oldest first, up to ``limit`` a bucket."""
    found: list[tuple[str, str]] = []
    for bucket in range(DUE_BUCKETS):
        rows = OrdersRow.due.query(due_bucket_of(TO_HAND_OVER, bucket), limit=limit)
        found += [(row.pk.removeprefix("WDR#"), row.sk) for row in rows]
    return found


def add_to_payout(tx: Transaction, payout_id: str, withdrawal: Withdrawal) -> None:
    """It is handed over in this payout."""
    sk = f"{withdrawal.shop_id}#{withdrawal.withdrawal_id}"
    tx.create(OrdersRow(f"PAYOUT#{payout_id}", sk), "payout")


def payout_page(payout_id: str, limit: int, after: str | None) -> list[Withdrawal]:
    """What was handed over in it, in the order of shops."""
    rows = query(OrdersRow, f"PAYOUT#{payout_id}", limit=limit, after=after)
    keys = [row.sk.split("#") for row in rows]
    found = read([(OrdersRow, f"WDR#{shop_id}", withdrawal_id) for shop_id, withdrawal_id in keys]) if keys else []
    return [_WITHDRAWAL.validate_json(row.doc) for row in found if row is not None and row.doc]
