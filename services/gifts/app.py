"""Gifts' doors (see doors/), its queue, its outbox, its schedules."""

from chalice.app import CloudWatchEvent

from services.gifts import doors
from services.gifts.service import app
from services.shared.plumbing import clock, triggers

__all__ = ["app", "consume", "publish", "reactions", "sweep", "tend"]

app.hang(doors)


def reactions() -> triggers.Reactions:
    """What gifts does when it hears something."""
    from services.gifts.reactions import REACTIONS

    return REACTIONS


publish = triggers.publisher(app)
consume = triggers.consumer(app, reactions)
tend = triggers.tender(app, reactions)


@app.schedule("rate(1 minute)", name="sweep")
def sweep(event: CloudWatchEvent) -> dict[str, int]:
    """Draw lots, let overdue gifts expire, and repeat unanswered questions."""
    from services.gifts.sweep_gifts import sweep_gifts
    from services.gifts.tables import own_begin

    now = clock.now()
    return sweep_gifts(begin=own_begin(now), now=now)
