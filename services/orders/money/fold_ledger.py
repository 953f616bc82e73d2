"""Add up what was appended to a shop's ledger, each entry once, and close its days (O7).

No balance lies in the way of a payment: entries are only appended, and folded in some minutes later, in batches, in one
transaction with the marks that say up to where. An entry's key is made a moment before its transaction commits, so the
newest ones wait until nobody can still be writing an older one::

    mark ──── entries ──── SETTLED ago │ newest entries ─── now
          folded in, one transaction   │ next time
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.orders.ledger import Entry
from services.orders.money.book import FOLDED_EVERY, Book, Keyed, added, closes_next
from services.orders.money.statement import start_statement
from services.orders.money.tables import (
    book_due_at,
    book_entry,
    buckets,
    entries_after,
    find_book,
    save_book,
    save_day,
)
from services.shared.plumbing.day import day_of
from services.shared.plumbing.ids import made_at, new_id
from services.shared.plumbing.settings import Setting
from services.shared.plumbing.tables import Begin, Transaction

AT_ONCE = 500  # entries of a bucket
MOST_DAYS = 20  # that are closed in one transaction


class Settings:
    settled_s = Setting("ORDERS_FOLD_AFTER_SECONDS", int, default=120)


@dataclass(frozen=True)
class Waiting:
    """What is not yet folded in: those that may be, and those that are too new. ``more``: there is a further page."""

    ripe: Mapping[str, list[Keyed]]
    young: list[Keyed]
    more: bool


def fold_if_due(shop_id: str, *, begin: Begin, now: datetime) -> bool:
    """The schedule's part; False when the listing was out of date."""
    due_at = book_due_at(shop_id)
    if due_at is None or due_at > now:
        return False
    fold_shop(shop_id, begin=begin, now=now, due=True)
    return True


def fold_shop(shop_id: str, *, begin: Begin, now: datetime, due: bool = False) -> Book:
    """Fold in all that may be, name what the shop owes by then, and close the days that are over; returns the book.

    ``due``: it is written even when nothing was to do, to be due later. Raises Contended when somebody else did so.
    """
    while True:
        before = find_book(shop_id)
        waiting = _waiting(before)
        book = before
        for bucket, entries in waiting.ripe.items():
            book = book.take(bucket, entries)
        tx = begin()
        if owed := book.debt(now):
            book = book_entry(tx, book, owed)
        if not waiting.more:
            book = _close(tx, book, waiting, now)
            if book == before and not due:
                return book
        due_at = min(now + FOLDED_EVERY, closes_next(now)) if waiting.ripe or waiting.young else closes_next(now)
        save_book(tx, book, before, now if waiting.more else due_at)
        tx.commit()
        if not waiting.more:
            return find_book(shop_id)


def with_the_rest(book: Book, now: datetime) -> dict[str, int]:
    """All entries of the shop by account, also those that are not folded in; a debt under its name."""
    sums, marks = dict(book.sums), dict(book.marks)
    for bucket in buckets():
        while page := entries_after(book.shop_id, bucket, marks.get(bucket, ""), AT_ONCE):
            sums, marks[bucket] = added(sums, (one.entry for one in page)), page[-1].key
    owed: Entry | None = Book(book.shop_id, sums).debt(now)
    return added(sums, [owed]) if owed else sums


def withdrawable_fen(book: Book, sums: Mapping[str, int]) -> int:
    """What may be withdrawn: of what is folded in, as much as all entries (``sums``) leave."""
    return min(book.available_fen, max(0, -sums.get("available", 0)))


def _waiting(book: Book) -> Waiting:
    ripe, young, more = {}, [], False
    settled = made_at(new_id("led")) - timedelta(seconds=Settings.settled_s)  # real time, as keys have it
    for bucket in buckets():
        page = entries_after(book.shop_id, bucket, book.marks.get(bucket, ""), AT_ONCE)
        old = [one for one in page if made_at(one.key) <= settled]
        if old:
            ripe[bucket] = old
        young += page[len(old) :]
        more = more or len(old) == AT_ONCE
    return Waiting(ripe, young, more)


def _close(tx: Transaction, book: Book, waiting: Waiting, now: datetime) -> Book:
    """Close what is over, if no entry of it may still come: then days stand as they are for ever."""
    upto = book.to_close(now)
    if upto is None or any(day_of(one.entry.at) <= upto for one in waiting.young):
        return book
    open_days = sorted(day for day in book.days if day <= upto)
    closed, days = book.close(open_days[MOST_DAYS - 1] if len(open_days) > MOST_DAYS else upto)
    for day in days:
        save_day(tx, book.shop_id, day)
        start_statement(tx, book.shop_id, day.day)
    return closed
