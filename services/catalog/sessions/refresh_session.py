"""Renew a session: an old refresh token for a new one (X1)."""

from collections.abc import Callable
from datetime import datetime

from services.catalog.sessions.log_in import SignedIn, refresh_token
from services.catalog.sessions.session import Stolen
from services.catalog.sessions.tables import end_session, find_session, save_session
from services.shared.plumbing.problems import Unauthenticated
from services.shared.plumbing.tables import Begin


def refresh_session(token: str, *, begin: Begin, now: datetime, new_secret: Callable[[], str]) -> SignedIn:
    """The session with another refresh token; the given one is used up.

    Raises Unauthenticated for an unknown, expired or used one; a used one ends the session, since two hold it. Of two
    that refresh at the same moment, the second finds its token used.
    """
    session_id, _, secret = token.partition(".")
    session = find_session(session_id)
    fresh = new_secret()
    try:
        renewed = session and session.renew(secret, fresh, now)
    except Stolen as error:
        tx = begin()
        end_session(tx, session_id)
        tx.commit()
        raise Unauthenticated("This refresh token was used before; log in again") from error
    if not renewed:
        raise Unauthenticated("This session is over; log in again")
    tx = begin()
    save_session(tx, renewed)
    tx.commit()
    return SignedIn(renewed, refresh_token(renewed, fresh))
