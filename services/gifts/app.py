"""Gifts' doors (see doors/), its queue, its outbox, its schedules."""

from chalice.app import CloudWatchEvent

from services.gifts.doors import activities, claiming, giving, lots, shops, swaps
from services.gifts.reactions import REACTIONS
from services.gifts.service import app
from services.gifts.sweep_gifts import sweep_gifts
from services.gifts.tables import STORE, own_begin
from services.shared.plumbing import clock, triggers

__all__ = [
    "STORE",
    "activities",
    "app",
    "claiming",
    "consume",
    "giving",
    "lots",
    "publish",
    "shops",
    "swaps",
    "sweep",
    "tend",
]

publish = triggers.publisher(app)
consume = triggers.consumer(app, REACTIONS)
tend = triggers.tender(app, REACTIONS)


@app.schedule("rate(1 minute)", name="sweep")
def sweep(event: CloudWatchEvent) -> dict[str, int]:
    """Draw lots, let overdue gifts expire, and repeat unanswered questions."""
    now = clock.now()
    return sweep_gifts(begin=own_begin(now), now=now)
