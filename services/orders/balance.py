"""A shop's balances, derived from its ledger (O7).

Entries are only ever appended. The oldest ones are folded into a sum now and then, so that a balance costs a bounded
number of reads however long the ledger is; the fold stays behind the newest entries by a margin, because an entry's key
is made a moment before its transaction commits.
"""

from collections import Counter
from datetime import timedelta

from services.orders.tables import LedgerRow, fold_balance, folded_balance, ledger_page
from services.shared.plumbing.ids import NewId, made_at

PAGE = 500
FOLD_FROM = 200
MARGIN = timedelta(minutes=10)


def balance_of(shop_id: str, new_id: NewId) -> dict[str, int]:
    """Account → fen, over all entries of the shop; they sum to zero."""
    folded = folded_balance(shop_id)
    settled = made_at(new_id("led")) - MARGIN  # by the real clock, as the entries' own keys are
    sums: Counter[str] = Counter({name: int(fen) for name, fen in folded.sums.items()})
    upto, after, since_fold = folded.upto, folded.upto or None, 0
    old_sums = Counter(sums)
    while rows := ledger_page(shop_id, PAGE, after, newest_first=False):
        for row in rows:
            _add(sums, row)
            if made_at(row.sk) < settled:
                _add(old_sums, row)
                upto, since_fold = row.sk, since_fold + 1
        after = rows[-1].sk
        if since_fold >= FOLD_FROM:  # at every page: a ledger too long for one function's time is shorter for the next
            folded, since_fold = fold_balance(folded, upto, dict(old_sums)), 0
    return dict(sums)


def _add(sums: Counter[str], row: LedgerRow) -> None:
    for account, fen in row.postings:
        sums[account] += int(fen)
