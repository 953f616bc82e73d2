"""One access token for all functions, fetched by one of them at a time (N4).

    held token    good ─────────────────────────── RENEWED_BEFORE ──── end
    who asks      takes it                          one leases and fetches │ waits for who fetches
                                                    the others take it     │

A token that WeChat refuses before its end is replaced in the same way: whoever comes second finds another one already.
Where WeChat goes on to give the one that it refuses, a new one is forced, which it allows 20 times a day: what is wrong
then is rarely the token, so FORCED_APART keeps it from being asked for by each notice.
"""

from datetime import datetime, timedelta

from services.notify.wechat import api, tables
from services.notify.wechat.api import NoToken
from services.notify.wechat.settings import Settings
from services.notify.wechat.tables import HeldToken
from services.shared.plumbing.clock import Clock
from services.shared.plumbing.contention import Contended, Refused, retrying, tries
from services.shared.plumbing.ids import NewId
from services.shared.plumbing.tables import Begin

RENEWED_BEFORE = timedelta(minutes=5)  # WeChat then gives a new one, and lets the one before live on for as long
MARGIN = timedelta(seconds=10)  # for the way to WeChat
LEASE = timedelta(seconds=10)  # longer than WeChat may take for two answers
FORCED_APART = timedelta(minutes=75)
PATIENCE_S = 9.0


def access_token(clock: Clock, new_id: NewId, *, worn: str = "") -> str:
    """A token that is good; another one than ``worn``, which WeChat has just refused, if it has one. Raises NoToken.

    When WeChat gives none, the lease is left to end by itself: it is the pause before somebody asks again.
    """
    for _ in tries(PATIENCE_S):
        now, held = clock(), tables.held_token(Settings.appid)
        usable = held.text != worn and _lives(held, now, MARGIN)
        if usable and _lives(held, now, RENEWED_BEFORE):
            return held.text
        if held.leased_until is None or held.leased_until <= now:
            try:
                return renew_token(held, worn, begin=tables.own_begin(now, new_id))
            except Contended:
                continue  # somebody else fetches it, or has
        if usable:
            return held.text
    raise NoToken(None)


def renew_token(held: HeldToken, worn: str, *, begin: Begin) -> str:
    """Lease, fetch, and share it. Raises Contended when somebody else was quicker, NoToken."""
    appid, tx = Settings.appid, begin()
    tables.lease_token(tx, appid, held, tx.now + LEASE)
    tx.commit()
    text, lives_s = api.stable_token(force=False)
    forced_at = held.forced_at
    if text == worn and (forced_at is None or forced_at + FORCED_APART <= tx.now):
        text, lives_s = api.stable_token(force=True)
        forced_at = tx.now

    def share() -> None:
        tx = begin()
        tables.save_token(tx, appid, held, text, tx.now + timedelta(seconds=lives_s), forced_at)
        try:
            tx.commit()
        except Refused as refused:  # our lease had ended, and another one is shared: this one is good all the same
            if tables.TOKEN not in refused.names:
                raise

    retrying(share)
    return text


def _lives(held: HeldToken, now: datetime, left: timedelta) -> bool:
    return held.good_until is not None and held.good_until - left > now
