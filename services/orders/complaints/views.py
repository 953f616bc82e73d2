"""A complaint as it is shown, and a shop's rates (O15)."""

from datetime import datetime, timedelta

from services.orders import lists
from services.orders.complaints import messages as m
from services.orders.complaints.complaint import Complaint
from services.orders.complaints.tables import complaints_page, counts_since, find_complaints
from services.orders.messages import Paging
from services.orders.money.tables import closed_days, find_book
from services.orders.tables import COMPLAINTS, find_order
from services.shared.plumbing import clock, cursors, files
from services.shared.plumbing.day import day_of
from services.shared.plumbing.doors import Page
from services.shared.plumbing.problems import NotFound
from services.shared.plumbing.vault import Erased, Vault

DAYS = 30


def view(one: Complaint, vault: Vault) -> m.ComplaintView:
    """For its buyer, its shop and the platform."""
    said = [
        m.SaidView(
            at=each.at,
            party=each.party,
            text=_opened(one.buyer, each.text_sealed, vault),
            urls=[files.download_url(key, key.rpartition("/")[2]) for key in each.files],
        )
        for each in one.said
    ]
    return m.ComplaintView(
        complaint_id=one.complaint_id,
        order_id=one.order_id,
        shop_id=one.shop_id,
        reason=one.reason,
        status=one.status,
        deadline_at=one.deadline_at,
        overdue=one.is_overdue(clock.now()),
        said=said,
        history=[
            m.StepView(at=step.at, move=step.move, to=step.to, party=step.party, why=step.why) for step in one.history
        ],
        score=one.score,
        created_at=one.created_at,
        updated_at=one.updated_at,
        version=one.version,
    )


def page_of(of: str, query: Paging, vault: Vault) -> Page[m.ComplaintView]:
    """Complaints about a shop or an order, newest first: two reads."""
    listing = f"complaints of {of}"
    position = cursors.read(listing, query.cursor)
    found = complaints_page(of, query.limit, str(position["after"]) if position else None)
    more = cursors.sign(listing, {"after": found[-1].complaint_id}) if len(found) == query.limit else None
    return Page(items=[view(one, vault) for one in found], next_cursor=more)


def page_for_buyer(order_id: str, buyer: str, query: Paging, vault: Vault) -> Page[m.ComplaintView]:
    """Those about an order that this person bought: three reads. Raises NotFound, also for a gift's recipient."""
    order = find_order(order_id)
    if order is None or order.buyer != buyer:
        raise NotFound()
    return page_of(order_id, query, vault)


def page_for_platform(query: Paging, vault: Vault) -> Page[m.ComplaintView]:
    """Those of all shops that wait for its word, longest waiting first: two reads."""
    keys, more = lists.page_at_desk(COMPLAINTS, query)
    return Page(items=[view(one, vault) for one in find_complaints(keys)], next_cursor=more)


def rates_of(shop_id: str, now: datetime) -> m.RatesView:
    """Of the last 30 days with today: three reads."""
    first = day_of(now) - timedelta(days=DAYS - 1)
    counts = counts_since(shop_id, first, DAYS)
    closed = [one.within for one in closed_days(shop_id, DAYS, None) if one.day >= first]
    paid = sum(day.payments for day in (*closed, *find_book(shop_id).days.values()))
    return m.RatesView(
        shop_id=shop_id,
        paid_orders=paid,
        complaints=counts["opened"],
        disputed=counts["escalated"],
        complaint_rate=_ratio(counts["opened"], paid),
        dispute_rate=_ratio(counts["escalated"], paid),
        rated=counts["rated"],
        satisfaction=_ratio(counts["score"], counts["rated"]),
    )


def _ratio(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def _opened(buyer: str, sealed: str | None, vault: Vault) -> str | None:
    try:
        return vault.open(buyer, sealed) if sealed else None
    except Erased:
        return None
