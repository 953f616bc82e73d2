"""Doors to traffic (C11)."""

from services.catalog.service import STAFF, app
from services.catalog.traffic import messages as m
from services.catalog.traffic.count_traffic import count_batch
from services.catalog.traffic.show_funnel import show_funnel
from services.shared.plumbing.doors import PERSON, Call
from services.shared.plumbing.problems import NotFound


@app.door("POST", "/v1/traffic-events", PERSON, status=202, problems=(NotFound,))
def post_traffic_events(call: Call, body: m.CountTraffic) -> m.CountedView:
    """Tell what a buyer saw and pressed, up to 500 events at once.

    A batch counts once, however often it is sent. Counts show in the funnel after about seven minutes.
    """
    new = count_batch(body.shop_id, body.batch_id, body.events, begin=call.begin, now=call.now)
    return m.CountedView(batch_id=body.batch_id, events=len(body.events), again=not new)


@app.door("GET", "/v1/shops/{shop_id}/funnel", STAFF)
def get_funnel(_: Call, shop_id: str, query: m.AskFunnel) -> m.FunnelView:
    """From impressions to money, by day, channel and product; flags what is pressed often and bought seldom."""
    return show_funnel(shop_id, query)
