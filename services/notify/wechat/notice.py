"""A notice: one message on its way to one person's WeChat (N4). Pure.

    waiting ──▶ sending ──▶ sent
       ▲           │ ├────▶ refused   the person does not want it, or cannot be reached: never tried again
       └─ put off ─┘ └────▶ failed    by our mistake, or too often in vain: a dead letter, to be sent again by hand
    waiting ──▶ dropped               nobody wants it any more: switched off, or no WeChat template is named for it
    failed  ──▶ waiting               by hand

Who sends has leased it. When that one dies, nobody knows what it has done: after the lease the notice is sent (again).
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

Status = Literal["waiting", "sending", "sent", "refused", "failed", "dropped"]
Ended = Literal["sent", "refused", "failed", "dropped"]

# After each try in vain; then it has failed. What a quota or quiet hours put off is no try.
WAITS = tuple(timedelta(seconds=s) for s in (10, 60, 300, 1800, 3600, 3 * 3600, 6 * 3600))
LEASE = timedelta(seconds=60)  # longer than asking WeChat for a token and telling it the message, twice
OF_USE = timedelta(days=3)  # whatever is late by more is told by the inbox alone


@dataclass(frozen=True)
class Notice:
    """``tries`` counts those in vain; ``errcode`` is WeChat's last answer."""

    person: str
    message_id: str
    template: str
    created_at: datetime
    due_at: datetime | None
    status: Status = "waiting"
    tries: int = 0
    errcode: int | None = None
    version: int = 1
    ended_at: datetime | None = None

    def is_due(self, now: datetime) -> bool:
        return self.due_at is not None and self.due_at <= now

    def claim(self, now: datetime) -> "Notice":
        """Mine, for as long as the lease."""
        return self._moved("sending", now + LEASE)

    def put_off(self, until: datetime, errcode: int | None = None) -> "Notice":
        """Not now, by nobody's fault."""
        if until > self.created_at + OF_USE:
            return self.end("failed", until, errcode)
        return replace(self._moved("waiting", until), errcode=errcode)

    def tried_in_vain(self, now: datetime, errcode: int | None) -> "Notice":
        """To be tried again, or failed."""
        if self.tries >= len(WAITS):
            return self.end("failed", now, errcode)
        again = self._moved("waiting", now + WAITS[self.tries])
        return replace(again, tries=self.tries + 1, errcode=errcode)

    def end(self, how: Ended, now: datetime, errcode: int | None = None) -> "Notice":
        """No more of it."""
        return replace(self._moved(how, None), errcode=errcode, ended_at=now)

    def send_again(self, now: datetime) -> "Notice":
        """What failed is due now, with all its tries before it."""
        return replace(self._moved("waiting", now), created_at=now, tries=0, ended_at=None)

    def _moved(self, status: Status, due_at: datetime | None) -> "Notice":
        return replace(self, status=status, due_at=due_at, version=self.version + 1)
