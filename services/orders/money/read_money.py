"""A shop's withdrawals, statements and checks, as they are shown (O7)."""

from collections.abc import Mapping
from datetime import date, datetime

from services.orders.messages import Paging
from services.orders.money import messages as m
from services.orders.money import statement
from services.orders.money.check_ledger import Checked
from services.orders.money.export_payout import KIND as PAYOUT
from services.orders.money.export_payout import file_key as payout_file
from services.orders.money.refusals import DayNotClosed
from services.orders.money.tables import (
    closed_days,
    day_before_or_on,
    find_account,
    find_book,
    find_withdrawal,
    withdrawals_page,
)
from services.orders.money.withdrawal import Withdrawal
from services.orders.tables import STORE
from services.shared.plumbing import cursors, files
from services.shared.plumbing.doors import Page
from services.shared.plumbing.jobs import job_of, jobs_of
from services.shared.plumbing.problems import NotFound


def account_shown(shop_id: str) -> str | None:
    """What may be seen of where the shop's money goes."""
    found = find_account(shop_id)
    return found[1] if found else None


def withdrawal_in(shop_id: str, withdrawal_id: str) -> Withdrawal:
    """One withdrawal of the shop. Raises NotFound for another's."""
    withdrawal = find_withdrawal(shop_id, withdrawal_id)
    if withdrawal is None:
        raise NotFound()
    return withdrawal


def withdrawal_view(one: Withdrawal) -> m.WithdrawalView:
    """A withdrawal, without the number of the account."""
    return m.WithdrawalView(
        withdrawal_id=one.withdrawal_id,
        shop_id=one.shop_id,
        amount_fen=one.amount_fen,
        status=one.status,
        account=one.account_shown,
        by=one.by,
        why=one.why,
        created_at=one.created_at,
        updated_at=one.updated_at,
        handed_at=one.handed_at,
        ended_at=one.ended_at,
        version=one.version,
    )


def withdrawals_of(shop_id: str, query: Paging) -> Page[m.WithdrawalView]:
    """A page of a shop's withdrawals, newest first: one read."""
    listing = f"withdrawals of {shop_id}"
    position = cursors.read(listing, query.cursor)
    found = withdrawals_page(shop_id, query.limit, str(position["after"]) if position else None)
    more = cursors.sign(listing, {"after": found[-1].withdrawal_id}) if len(found) == query.limit else None
    return Page(items=[withdrawal_view(one) for one in found], next_cursor=more)


def payout_of(payout_id: str) -> m.PayoutView:
    """How far a payout is. Raises NotFound."""
    job = job_of(STORE, payout_id)
    if job is None or job.kind != PAYOUT:
        raise NotFound()
    return m.PayoutView(
        payout_id=payout_id,
        status=job.state,
        withdrawals=job.counts.get("withdrawals", 0),
        amount_fen=job.counts.get("amount_fen", 0),
        created_at=datetime.fromisoformat(job.args["asked_at"]),
        url=files.download_url(payout_file(payout_id), f"{payout_id}.csv") if job.state == "done" else None,
    )


def statement_of(shop_id: str, day: date) -> m.StatementView:
    """A day of the shop: three reads. Raises DayNotClosed."""
    upto = find_book(shop_id).closed_upto
    if upto is None or day > upto:
        raise DayNotClosed()
    found = day_before_or_on(shop_id, day)
    moved = found if found and found.day == day else None
    job = job_of(STORE, statement.job_id(shop_id, day)) if moved else None
    name = f"statement-{shop_id}-{day.isoformat()}.csv"
    opening = moved.opening if moved else found.closing if found else {}
    return m.StatementView(
        shop_id=shop_id,
        day=day,
        # A job is remembered for 90 days, its file for longer.
        status="none" if moved is None else job.state if job else "done",
        entries=moved.within.entries if moved else 0,
        opening_fen=_seen(opening),
        closing_fen=_seen(moved.closing if moved else opening),
        url=files.download_url(statement.file_key(shop_id, day), name)
        if moved and (job is None or job.state == "done")
        else None,
    )


def statements_of(shop_id: str, query: Paging) -> Page[m.StatementView]:
    """A page of closed days on which something moved, newest first: two reads."""
    listing = f"statements of {shop_id}"
    position = cursors.read(listing, query.cursor)
    days = closed_days(shop_id, query.limit, str(position["after"]) if position else None)
    jobs = jobs_of(STORE, [statement.job_id(shop_id, one.day) for one in days]) if days else []
    items = [
        m.StatementView(
            shop_id=shop_id,
            day=one.day,
            status=job.state if job else "done",
            entries=one.within.entries,
            opening_fen=_seen(one.opening),
            closing_fen=_seen(one.closing),
            url=None,
        )
        for one, job in zip(days, jobs, strict=True)
    ]
    more = cursors.sign(listing, {"after": days[-1].day.isoformat()}) if len(days) == query.limit else None
    return Page(items=items, next_cursor=more)


def check_view(found: Checked) -> m.LedgerCheckView:
    """How far a check is, and what it has found."""
    return m.LedgerCheckView(
        check_id=found.check_id,
        shop_id=found.shop_id,
        status=found.state,
        entries=found.entries,
        days=found.days,
        agrees=None if found.state == "running" else found.agrees,
        differences=[m.DifferenceOfAccount(**one._asdict()) for one in found.differences],
        broken_days=[date.fromisoformat(one) for one in found.broken_days],
    )


def _seen(sums: Mapping[str, int]) -> dict[str, int]:
    return {account: sign * sums.get(account, 0) for account, sign in statement.COLUMNS.items()}
