"""Refunds of deposits as shops and the platform see them (C3)."""

from services.catalog.deposits.messages import DepositRefundView
from services.catalog.deposits.tables import find_refund, refunds_of, refunds_waiting
from services.shared.plumbing import cursors
from services.shared.plumbing.doors import Page
from services.shared.plumbing.problems import NotFound


def refund_in(shop_id: str, refund_id: str) -> DepositRefundView:
    """One of the shop's. Raises NotFound."""
    found = find_refund(shop_id, refund_id)
    if found is None:
        raise NotFound()
    return DepositRefundView.of(found)


def refunds(shop_id: str, limit: int, cursor: str | None) -> Page[DepositRefundView]:
    """All of the shop's, newest first: one read. Raises CursorInvalid."""
    listing = f"deposit refunds of {shop_id}"
    position = cursors.read(listing, cursor) or {"before": None}
    found = refunds_of(shop_id, limit + 1, position["before"])
    more = cursors.sign(listing, {"before": found[limit - 1].refund_id}) if len(found) > limit else None
    return Page(items=[DepositRefundView.of(one) for one in found[:limit]], next_cursor=more)


def waiting(limit: int, cursor: str | None) -> Page[DepositRefundView]:
    """Those of all shops that the platform has to pay, oldest first: two reads. Raises CursorInvalid."""
    listing = "deposit refunds that wait"
    position = cursors.read(listing, cursor) or {"after": None}
    found = refunds_waiting(limit + 1, position["after"])
    more = cursors.sign(listing, {"after": found[limit - 1].refund_id}) if len(found) > limit else None
    return Page(items=[DepositRefundView.of(one) for one in found[:limit]], next_cursor=more)
