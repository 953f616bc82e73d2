"""Settle a notice by WeChat's answer: it is told, or what comes next (N4)."""

from services.notify.wechat import hints, tables
from services.notify.wechat.hints import Hint
from services.notify.wechat.notice import Notice, Status
from services.notify.wechat.settings import Settings
from services.notify.wechat.verdict import quota_returns_at, verdict_of
from services.shared.plumbing.tables import Begin, Refused, Transaction


def settle_notice(claimed: Notice, errcode: int | None, *, begin: Begin) -> Status:
    """What became of it. One whose lease has ended meanwhile is somebody else's: nothing is written then.

    A dead letter is left before the notice has failed: whoever dies in between leaves two, not none.
    """
    tx = begin()
    settled = _settled(claimed, errcode, tx)
    if settled.status == "failed":
        hints.bury(Hint(claimed.person, claimed.message_id))
    tables.save_notice(tx, settled, after=claimed)
    try:
        tx.commit()
    except Refused as refused:
        if tables.NOTICE not in refused.names:
            raise
    return settled.status


def _settled(claimed: Notice, errcode: int | None, tx: Transaction) -> Notice:
    match verdict_of(errcode):
        case "sent":
            return claimed.end("sent", tx.now, errcode)
        case "refused":
            return claimed.end("refused", tx.now, errcode)
        case "wrong":
            return claimed.end("failed", tx.now, errcode)
        case "quota":
            until = quota_returns_at(errcode or 0, tx.now)
            tables.pause_app(tx, Settings.appid, until)
            return claimed.put_off(until, errcode)
        case _:
            return claimed.tried_in_vain(tx.now, errcode)
