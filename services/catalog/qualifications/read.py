"""A shop's qualifications as its members and the platform see them (C2)."""

from datetime import datetime

from services.catalog.qualifications.messages import QualificationView
from services.catalog.qualifications.tables import find_qualification, qualifications_of
from services.shared.plumbing import cursors
from services.shared.plumbing.doors import Page
from services.shared.plumbing.problems import NotFound


def qualification_in(shop_id: str, qualification_id: str, now: datetime) -> QualificationView:
    """One of them. Raises NotFound."""
    found = find_qualification(shop_id, qualification_id)
    if found is None:
        raise NotFound()
    return QualificationView.of(found, now)


def qualifications(shop_id: str, limit: int, cursor: str | None, now: datetime) -> Page[QualificationView]:
    """All of them, newest first: one read. Raises CursorInvalid."""
    listing = f"qualifications of {shop_id}"
    position = cursors.read(listing, cursor) or {"before": None}
    found = qualifications_of(shop_id, limit + 1, position["before"])
    more = cursors.sign(listing, {"before": found[limit - 1].qualification_id}) if len(found) > limit else None
    return Page(items=[QualificationView.of(one, now) for one in found[:limit]], next_cursor=more)
