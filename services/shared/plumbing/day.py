"""The day that merchants, WeChat and the law mean: Beijing's, UTC+8 all the year. Pure."""

from datetime import date, datetime, timedelta, timezone

BEIJING = timezone(timedelta(hours=8))


def day_of(at: datetime) -> date:
    """The day on which this is there."""
    return at.astimezone(BEIJING).date()
