"""Log in with WeChat: a code becomes our token and a session that renews it (X1)."""

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from services.catalog.sessions.session import Session, new_session
from services.catalog.sessions.tables import save_session
from services.shared.plumbing.ids import NewId
from services.shared.plumbing.tables import Begin


class SignedIn(NamedTuple):
    """A session and its refresh token, which nobody will see again."""

    session: Session
    refresh_token: str


def log_in(person: str, *, begin: Begin, now: datetime, new_id: NewId, new_secret: Callable[[], str]) -> SignedIn:
    """Start a session of this person on one device."""
    secret = new_secret()
    session = new_session(new_id("ses"), person, secret, now)
    tx = begin()
    save_session(tx, session)
    tx.commit()
    return SignedIn(session, refresh_token(session, secret))


def refresh_token(session: Session, secret: str) -> str:
    """What the device keeps."""
    return f"{session.session_id}.{secret}"
