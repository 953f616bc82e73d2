"""Plan, hold and show live sessions (C10)."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from services.catalog.browse import fitting
from services.catalog.products.own_products import rearrange, require_own
from services.catalog.sources.live_session import LiveSession
from services.catalog.sources.messages import SessionView, ShownSessionView
from services.catalog.sources.tables import find_session, save_session, sessions_of
from services.catalog.tables import find_products
from services.shared.plumbing import cursors
from services.shared.plumbing.doors import Page
from services.shared.plumbing.ids import NewId
from services.shared.plumbing.problems import NotFound
from services.shared.plumbing.tables import Begin


def plan_session(
    shop_id: str,
    title: str,
    product_ids: Sequence[str],
    planned_for: datetime | None,
    *,
    begin: Begin,
    now: datetime,
    new_id: NewId,
) -> str:
    """A session of these products; returns its id. Raises Invalid for products that are not the shop's."""
    require_own(shop_id, product_ids)
    session = LiveSession(
        new_id("liv"), shop_id, title, tuple(dict.fromkeys(product_ids)), planned_for, created_at=now, updated_at=now
    )
    tx = begin()
    save_session(tx, session)
    tx.commit({"shop_id": shop_id, "session_id": session.session_id})
    return session.session_id


def change_session(
    shop_id: str,
    session_id: str,
    change: Callable[[LiveSession], LiveSession],
    *,
    coming: Iterable[str] = (),
    if_match: int | None = None,
    begin: Begin,
) -> LiveSession:
    """The session after the change; nothing is written when nothing differs.

    Raises NotFound, VersionConflict, IllegalTransition, and Invalid when ``coming`` products are not the shop's.
    """
    session = session_in(shop_id, session_id)
    return rearrange(session, change, save_session, coming=coming, if_match=if_match, begin=begin)


def session_in(shop_id: str, session_id: str) -> LiveSession:
    """The shop's session. Raises NotFound."""
    session = find_session(session_id)
    if session is None or session.shop_id != shop_id:
        raise NotFound()
    return session


def sessions(shop_id: str, limit: int, cursor: str | None) -> Page[SessionView]:
    """The shop's sessions, newest first: two reads. Raises CursorInvalid."""
    listing = f"live sessions of {shop_id}"
    before = (cursors.read(listing, cursor) or {"before": None})["before"]
    found = sessions_of(shop_id, limit + 1, before)
    more = cursors.sign(listing, {"before": found[limit - 1].session_id}) if len(found) > limit else None
    return Page(items=[SessionView.of(one) for one in found[:limit]], next_cursor=more)


def session_shown(session_id: str) -> ShownSessionView:
    """A session as buyers see it, with what of it is for sale and fits into one answer: two reads. Raises NotFound."""
    session = find_session(session_id)
    if session is None:
        raise NotFound()
    found = [one for one in find_products(session.product_ids) if one.product.status == "listed"]
    return ShownSessionView.showing(session, found[: fitting(found)])
