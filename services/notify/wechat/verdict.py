"""What WeChat's answer to a subscribe message means (N4). Pure."""

from datetime import UTC, datetime, timedelta
from typing import Literal

from services.shared.plumbing.day import BEIJING

Verdict = Literal["sent", "refused", "wrong", "quota", "worn", "again"]

OK = 0
REFUSED = frozenset({43101, 40003})  # the person does not want it; no such person at this app
WRONG = frozenset({40037, 41030, 47003})  # template, page or fields are not as WeChat has them
WORN = frozenset({40001, 40014, 42001})  # the access token is not, or no longer, good
UNSAID = frozenset(
    {None, -1, 45009, 45011}
)  # no answer, or one that time mends: nothing is wrong with our id or secret
QUOTA_OF_DAY, QUOTA_OF_MINUTE = 45009, 45011


def verdict_of(errcode: int | None) -> Verdict:
    """``None``: no answer came, so nobody knows. Whatever has no meaning here is tried again, and not for ever."""
    if errcode == OK:
        return "sent"
    if errcode in REFUSED:
        return "refused"
    if errcode in WRONG:
        return "wrong"
    if errcode in WORN:
        return "worn"
    return "quota" if errcode in (QUOTA_OF_DAY, QUOTA_OF_MINUTE) else "again"


def quota_returns_at(errcode: int, now: datetime) -> datetime:
    """When WeChat counts anew: each minute, or each day at midnight in Beijing."""
    if errcode == QUOTA_OF_MINUTE:
        return now + timedelta(minutes=1)
    day = now.astimezone(BEIJING).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    return day.astimezone(UTC)
