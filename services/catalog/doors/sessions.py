"""Doors to sessions: who somebody is, and the keys that prove it (X1)."""

from services.catalog import messages as m
from services.catalog.service import app
from services.catalog.sessions import tokens
from services.catalog.sessions.log_in import log_in
from services.catalog.sessions.refresh_session import refresh_session
from services.catalog.sessions.wechat_login import person_of
from services.shared.plumbing import ids
from services.shared.plumbing import problems as p
from services.shared.plumbing.doors import ANYONE, Answer, Call


@app.door("POST", "/v1/sessions/wechat", ANYONE, problems=(p.Unauthenticated, p.Forbidden, p.TooManyRequests))
def post_wechat_session(call: Call, body: m.LogIn) -> m.SessionView:
    """Log in with a WeChat login code (X1)."""
    person = person_of(body.code)
    begun = log_in(person, begin=call.begin, now=call.now, new_id=ids.new_id, new_secret=tokens.new_refresh_secret)
    return m.SessionView.of(begun, tokens.sign(person), tokens.LIVES)


@app.door("POST", "/v1/sessions/refresh", ANYONE, problems=(p.Unauthenticated,))
def post_session_refresh(call: Call, body: m.Refresh) -> m.SessionView:
    """Renew a session (X1).

    The refresh token is used up and the answer holds the next one. A token that is used a second time ends the session:
    then log in again.
    """
    renewed = refresh_session(body.refresh_token, begin=call.begin, now=call.now, new_secret=tokens.new_refresh_secret)
    return m.SessionView.of(renewed, tokens.sign(renewed.session.person), tokens.LIVES)


@app.door("GET", "/v1/jwks.json", ANYONE)
def get_jwks(_: Call) -> m.JwksView | Answer:
    """The public keys that check our tokens."""
    jwks = m.JwksView.model_validate({"keys": tokens.public_keys()})
    return Answer(jwks, headers={"Cache-Control": "public, max-age=300"})
