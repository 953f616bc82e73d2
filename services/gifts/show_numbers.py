"""What becomes of a shop's gifts, in numbers (G10)."""

from datetime import datetime, timedelta

from services.gifts.messages import DayView, NumbersQuery, NumbersView, WaitView
from services.gifts.numbers import WAITS_S, Day, median_s
from services.gifts.tables import days_of
from services.shared.plumbing.day import day_of
from services.shared.plumbing.problems import Invalid

MOST_DAYS = 100


def show_numbers(shop_id: str, query: NumbersQuery, now: datetime) -> NumbersView:
    """The sums of these days, and each. Raises Invalid for more than a hundred days, or none."""
    until = query.until or day_of(now)
    since = query.since or until - timedelta(days=29)
    if not 0 <= (until - since).days < MOST_DAYS:
        raise Invalid(f"1 to {MOST_DAYS} days, the first before the last")
    days = days_of(shop_id, since, until)
    waits = [sum(one.waits[number] for one in days) for number in range(len(WAITS_S) + 1)]
    return NumbersView(
        since=since,
        until=until,
        sent=sum(one.sent for one in days),
        claimed=sum(one.claimed for one in days),
        declined=sum(one.declined for one in days),
        expired=sum(one.expired for one in days),
        new_buyers=sum(one.won for one in days),
        median_claim_s=median_s(waits),
        time_to_claim=[
            WaitView(up_to_s=up_to, claims=claims) for up_to, claims in zip((*WAITS_S, None), waits, strict=True)
        ],
        days=[_view(one) for one in days],
    )


def _view(one: Day) -> DayView:
    return DayView(
        day=one.day,
        sent=one.sent,
        claimed=one.claimed,
        declined=one.declined,
        expired=one.expired,
        new_buyers=one.won,
    )
