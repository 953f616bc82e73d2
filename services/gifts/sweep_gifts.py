"""What time does to gifts: lots are drawn, gifts expire, wishes lapse, unanswered questions are repeated (G3–G7)."""

import time
from datetime import datetime

from services.gifts.draw_lot import draw_lot
from services.gifts.give_own import ask_again
from services.gifts.moves import commit_move
from services.gifts.tables import STORE, due_gifts, due_grants, find_gift
from services.shared.plumbing.logs import log
from services.shared.plumbing.tables import Begin, Contended

LIMIT = 1_000
RUN_SECONDS = 20.0  # a run ends before its function is cut off, and the next one goes on with the longest overdue


def sweep_gifts(*, begin: Begin, now: datetime) -> dict[str, int]:
    """Every due gift does what its time asks for; returns how many moved, and how many were left for the next run.

    The index proposes, the gift decides: one that was claimed meanwhile does not move. One that fails stops no other.
    """
    counts = {"moved": 0, "left": 0}
    until = time.monotonic() + RUN_SECONDS
    for gift_id in due_gifts(now, LIMIT):
        if time.monotonic() > until:
            counts["left"] += 1
            continue
        try:
            counts["moved"] += sweep_gift(gift_id, begin=begin, now=now)
        except Contended:
            counts["left"] += 1
        except Exception as error:  # noqa: BLE001 - one sick gift must not keep all later ones from their refund
            log(STORE.service, "sweep_failed", "error", error=error, gift_id=gift_id)
            counts["left"] += 1
    for grant_id in due_grants(now, LIMIT):
        try:
            counts["moved"] += ask_again(grant_id, begin=begin, now=now)
        except Contended:
            counts["left"] += 1
        except Exception as error:  # noqa: BLE001 - nor one sick grant the others
            log(STORE.service, "sweep_failed", "error", error=error, grant_id=grant_id)
            counts["left"] += 1
    return counts


def sweep_gift(gift_id: str, *, begin: Begin, now: datetime) -> bool:
    """One gift does what its time asks for; whether it moved. Raises Contended when somebody else was quicker."""
    gift = find_gift(gift_id)
    if gift is None:
        return False
    if gift.lot and gift.lot.is_due(now):
        return draw_lot(gift_id, begin=begin, now=now)
    after = gift.expire(now).lapse(now).ask_again(now)
    if after == gift:
        return False
    commit_move(begin, gift, after)
    return True
