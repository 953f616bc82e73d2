"""Doors to partners' applications, their tokens, and what shops grant them (X1)."""

from collections.abc import Mapping

from services.catalog import messages as m
from services.catalog.applications import messages as a
from services.catalog.applications import read
from services.catalog.applications.grant_scope import grant_scope, revoke
from services.catalog.applications.log_in import known_by
from services.catalog.applications.register import register, rotate_secret, switch
from services.catalog.service import app
from services.catalog.sessions import tokens
from services.shared.plumbing import ids
from services.shared.plumbing import problems as p
from services.shared.plumbing.doors import ANYONE, PLATFORM, Call, Page, member

APPLICATIONS = "/v1/applications"
APPLICATION = APPLICATIONS + "/{app_id}"
GRANTS = "/v1/shops/{shop_id}/grants"


def _application_again(_: Call, stored: Mapping[str, str]) -> a.ApplicationView:
    return read.application_view(stored["app_id"], generation=stored["generation"])


@app.door("POST", APPLICATIONS, PLATFORM, status=201, again=_application_again)
def post_application(call: Call, body: a.RegisterApplication) -> a.ApplicationView:
    """Register a partner's application. The answer holds its secret."""
    app_id = register(body.name, begin=call.begin, now=call.now, new_id=ids.new_id)
    return read.application_view(app_id, generation="1")


@app.door("GET", APPLICATIONS, PLATFORM, problems=(p.CursorInvalid,))
def get_applications(_: Call, query: m.PageOf) -> Page[a.ApplicationView]:
    """Every application, newest first."""
    return read.list_applications(query.limit, query.cursor)


@app.door("GET", APPLICATION, PLATFORM, problems=(p.NotFound,))
def get_application(_: Call, app_id: str) -> a.ApplicationView:
    """An application."""
    return read.application_view(app_id)


@app.door("POST", APPLICATION + "/secrets", PLATFORM, status=201, again=_application_again, problems=(p.NotFound,))
def post_secret(call: Call, app_id: str) -> a.ApplicationView:
    """Give an application another secret; the one before gets no token any more."""
    rotate_secret(app_id, begin=call.begin, now=call.now)
    return read.application_with_secret(app_id)


@app.door("PUT", APPLICATION + "/status", PLATFORM, problems=(p.NotFound,))
def put_application_status(call: Call, app_id: str, body: a.SwitchApplication) -> a.ApplicationView:
    """Suspend an application, or let it act again. Suspended it gets no token; those it has end within two hours."""
    switch(app_id, body.status, begin=call.begin, now=call.now)
    return read.application_view(app_id)


@app.door("POST", "/v1/sessions/application", ANYONE, problems=(p.Unauthenticated,))
def post_application_session(_: Call, body: a.ApplicationLogIn) -> a.ApplicationTokenView:
    """Trade an application's id and secret for a token, good for two hours."""
    found = known_by(body.app_id, body.secret)
    seconds = int(tokens.LIVES.total_seconds())
    return a.ApplicationTokenView(access_token=tokens.sign(found.person), expires_in_s=seconds, person=found.person)


def _grant_again(_: Call, stored: Mapping[str, str]) -> a.GrantView:
    return read.grant_in(stored["shop_id"], stored["app_id"])


@app.door("POST", GRANTS, member(), status=201, again=_grant_again)
def post_grant(call: Call, shop_id: str, body: a.GrantScope) -> a.GrantView:
    """Let an application act for the shop in a role, instead of the one it had. Every service knows within seconds."""
    grant_scope(shop_id, body.app_id, body.scope, begin=call.begin)
    return read.grant_in(shop_id, body.app_id)


@app.door("GET", GRANTS, member())
def get_grants(_: Call, shop_id: str) -> a.GrantsView:
    """Which applications may act for the shop, and in which role."""
    return read.grants_of(shop_id)


@app.door("DELETE", GRANTS + "/{app_id}", member(), status=204)
def delete_grant(call: Call, shop_id: str, app_id: str) -> None:
    """Take everything from an application. Every service knows within seconds. May be repeated."""
    revoke(shop_id, app_id, begin=call.begin)
