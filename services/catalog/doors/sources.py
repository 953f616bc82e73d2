"""Doors to where buyers come from: links with QR codes (C9), live sessions (C10)."""

from collections.abc import Mapping

from services.catalog import messages as cm
from services.catalog.service import EDITORS, STAFF, app
from services.catalog.sources import links
from services.catalog.sources import messages as m
from services.catalog.sources.sessions import change_session, plan_session, session_in, session_shown, sessions
from services.shared.plumbing import ids
from services.shared.plumbing import problems as p
from services.shared.plumbing.doors import ANYONE, Call, Page

LINKS = "/v1/shops/{shop_id}/links"
SESSIONS = "/v1/shops/{shop_id}/live-sessions"
SESSION = SESSIONS + "/{session_id}"


def _link_again(_: Call, stored: Mapping[str, str]) -> m.OwnLinkView:
    return links.own_link(stored["link_id"])


@app.door("POST", LINKS, EDITORS, status=201, again=_link_again)
def post_link(call: Call, shop_id: str, body: m.MakeLink) -> m.OwnLinkView:
    """Make a link to the shop, to a product or to giving it, for one channel (C9).

    Its source token goes with the orders it brings.
    """
    link_id = links.make_link(shop_id, body, begin=call.begin, now=call.now, new_id=ids.new_id)
    return links.own_link(link_id)


@app.door("GET", LINKS, STAFF, problems=(p.CursorInvalid,))
def get_links(_: Call, shop_id: str, query: cm.PageOf) -> Page[m.OwnLinkView]:
    """The shop's links, newest first."""
    return links.own_links(shop_id, query.limit, query.cursor)


@app.door("GET", "/v1/links/{link_id}", ANYONE, problems=(p.NotFound,))
def get_link(_: Call, link_id: str) -> m.LinkView:
    """Where a link leads."""
    return links.link_shown(link_id)


@app.door("GET", "/v1/links/{link_id}/qr", ANYONE, problems=(p.NotFound,))
def get_link_qr(_: Call, link_id: str) -> m.QrView:
    """The QR code of a link, as SVG and PNG."""
    return links.qr_shown(link_id)


def _session_again(_: Call, stored: Mapping[str, str]) -> m.SessionView:
    return m.SessionView.of(session_in(stored["shop_id"], stored["session_id"]))


@app.door("POST", SESSIONS, EDITORS, status=201, again=_session_again)
def post_live_session(call: Call, shop_id: str, body: m.PlanSession) -> m.SessionView:
    """Plan a live session."""
    session_id = plan_session(
        shop_id, body.title, body.product_ids, body.planned_for, begin=call.begin, now=call.now, new_id=ids.new_id
    )
    return m.SessionView.of(session_in(shop_id, session_id))


@app.door("GET", SESSIONS, STAFF, problems=(p.CursorInvalid,))
def get_live_sessions(_: Call, shop_id: str, query: cm.PageOf) -> Page[m.SessionView]:
    """The shop's live sessions, newest first."""
    return sessions(shop_id, query.limit, query.cursor)


@app.door("PATCH", SESSION, EDITORS, problems=(p.VersionConflict, p.IllegalTransition))
def patch_live_session(call: Call, shop_id: str, session_id: str, body: m.EditSession) -> m.SessionView:
    """Change a session's title, products or time until it has ended."""
    changed = change_session(
        shop_id,
        session_id,
        lambda session: session.edit(body.title, body.product_ids, body.planned_for, call.now),
        coming=body.product_ids or (),
        if_match=call.if_match,
        begin=call.begin,
    )
    return m.SessionView.of(changed)


@app.door("POST", SESSION + "/start", EDITORS, problems=(p.IllegalTransition,))
def post_live_start(call: Call, shop_id: str, session_id: str) -> m.SessionView:
    """Go on air. May be repeated."""
    started = change_session(shop_id, session_id, lambda one: one.start(call.now), begin=call.begin)
    return m.SessionView.of(started)


@app.door("POST", SESSION + "/end", EDITORS, problems=(p.IllegalTransition,))
def post_live_end(call: Call, shop_id: str, session_id: str) -> m.SessionView:
    """End the session. May be repeated."""
    ended = change_session(shop_id, session_id, lambda one: one.end(call.now), begin=call.begin)
    return m.SessionView.of(ended)


@app.door("PUT", SESSION + "/pinned", EDITORS, problems=(p.IllegalTransition,))
def put_live_pinned(call: Call, shop_id: str, session_id: str, body: m.Pin) -> m.SessionView:
    """Put one of the session's products in front, or none."""
    pinned = change_session(shop_id, session_id, lambda one: one.pin(body.product_id, call.now), begin=call.begin)
    return m.SessionView.of(pinned)


@app.door("GET", "/v1/live-sessions/{session_id}", ANYONE, problems=(p.NotFound,))
def get_live_session(_: Call, session_id: str) -> m.ShownSessionView:
    """A live session as buyers see it."""
    return session_shown(session_id)
