"""A shop's funnel over some days (C11)."""

from datetime import timedelta

from services.catalog.traffic.funnel import funnel_of
from services.catalog.traffic.messages import AskFunnel, FunnelView
from services.catalog.traffic.tables import days_of


def show_funnel(shop_id: str, asked: AskFunnel) -> FunnelView:
    """All days together, each day, each channel, the most seen products: one read a day."""
    days = [asked.since + timedelta(days=n) for n in range((asked.until - asked.since).days + 1)]
    found = days_of(shop_id, days)
    whole = funnel_of((tally for tallies in found for tally in tallies), asked.channel)
    each = [(day, funnel_of(tallies, asked.channel).all) for day, tallies in zip(days, found, strict=True)]
    return FunnelView.of(shop_id, whole, each)
