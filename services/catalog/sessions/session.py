"""A signed-in device: its refresh token changes at every use, and an old one that comes back ends it (X1). Pure."""

import hashlib
import hmac
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

LIVES = timedelta(days=30)


class Stolen(Exception):
    """A refresh token was used a second time: one of its two holders is a thief, so the session ends."""


@dataclass(frozen=True)
class Session:
    """Whose it is, the hash of its current refresh token, and until when that may be used."""

    session_id: str
    person: str
    token_hash: str
    expires_at: datetime
    version: int = 1

    def renew(self, secret: str, new_secret: str, now: datetime) -> "Session | None":
        """The session with another secret for another 30 days; None when it is over. Raises Stolen."""
        if self.expires_at <= now:
            return None
        if not hmac.compare_digest(self.token_hash, hash_of(secret)):
            raise Stolen(self.session_id)
        return replace(self, token_hash=hash_of(new_secret), expires_at=now + LIVES, version=self.version + 1)


def new_session(session_id: str, person: str, secret: str, now: datetime) -> Session:
    """A session that its refresh token renews for 30 days."""
    return Session(session_id, person, hash_of(secret), now + LIVES)


def hash_of(secret: str) -> str:
    """What is kept of a secret of 256 random bits; nobody gets back from it, so it needs no salt."""
    return hashlib.sha256(secret.encode()).hexdigest()
