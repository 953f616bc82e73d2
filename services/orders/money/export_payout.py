"""Hand what was asked for to the bank, each withdrawal in exactly one payout (O7).

The adapter writes a file that the platform gives to its bank. A job: withdrawals that wait are taken into the payout,
each in one transaction with its own state, so that no other payout has it, and this one has it once however often a
step is repeated; the file is then written from what is in the payout, and never changes::

    requested ─tx─▶ handed, in payout P ─── all taken ─── file of P ─── done
"""

import csv
import io
import json
from collections.abc import Iterator
from datetime import datetime

from services.orders.money.tables import (
    add_to_payout,
    find_withdrawal,
    list_to_hand_over,
    payout_page,
    save_withdrawal,
)
from services.orders.money.withdrawal import Withdrawal
from services.orders.tables import STORE, VAULT
from services.shared.plumbing import files, jobs
from services.shared.plumbing.ids import NewId
from services.shared.plumbing.tables import Begin

KIND = "payout"
AT_ONCE = 50
CSV = "text/csv; charset=utf-8"
BOM = "\ufeff"
HEAD = ("withdrawal_id", "shop_id", "holder", "bank", "account_number", "amount_yuan", "currency")


def start_payout(*, begin: Begin, now: datetime, new_id: NewId) -> str:
    """Start handing over all that waits; returns the payout's id."""
    payout_id = new_id("pyt")
    tx = begin()
    jobs.start(tx, payout_id, KIND, {"asked_at": now.isoformat()})
    tx.commit({"payout_id": payout_id})
    return payout_id


def file_key(payout_id: str) -> str:
    """Where the file for the bank lies."""
    return f"{STORE.service}/payouts/{payout_id}.csv"


def export_payout(job: jobs.Job, begin: Begin) -> None:
    """Take the next ones in; when none is left, write the file."""
    waiting = list_to_hand_over(AT_ONCE) if job.cursor is None else []
    taken = sum(_take(job.id, *one, begin) for one in waiting)
    if taken:
        return
    job.cursor = "file"
    handed = list(_handed(job.id))
    job.counts = {"withdrawals": len(handed), "amount_fen": sum(one.amount_fen for one in handed)}
    files.write(file_key(job.id), _sheet(handed).encode(), CSV)
    job.done()


PAYOUT = jobs.Kind(export_payout)


def _take(payout_id: str, shop_id: str, withdrawal_id: str, begin: Begin) -> bool:
    """Whether it is in this payout now, and was not before. Raises Contended."""
    withdrawal = find_withdrawal(shop_id, withdrawal_id)
    if withdrawal is None or withdrawal.status != "requested":
        return False
    tx = begin()
    handed = withdrawal.hand_over(tx.now, payout_id)
    save_withdrawal(tx, handed, withdrawal)
    add_to_payout(tx, payout_id, handed)
    tx.commit()
    return True


def _handed(payout_id: str) -> Iterator[Withdrawal]:
    after: str | None = None
    while page := payout_page(payout_id, 100, after):
        yield from page
        after = f"{page[-1].shop_id}#{page[-1].withdrawal_id}"


def _sheet(handed: list[Withdrawal]) -> str:
    text = io.StringIO()
    text.write(BOM)
    sheet = csv.writer(text)
    sheet.writerow(HEAD)
    for one in handed:
        account = json.loads(VAULT.open(one.shop_id, one.account_sealed))
        yuan = f"{one.amount_fen // 100}.{one.amount_fen % 100:02}"
        place = (account["holder"], account["bank"], account["number"])
        sheet.writerow((one.withdrawal_id, one.shop_id, *map(_safe, place), yuan, "CNY"))
    return text.getvalue()


def _safe(cell: str) -> str:
    """What a spreadsheet would take for a formula is text."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@")) else cell
