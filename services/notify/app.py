"""Notify's doors (see doors/), its outbox, and its queues: of events, of hints at webhooks and at notices."""

from typing import Any

from chalice.app import CloudWatchEvent, SQSEvent

from services.notify import doors
from services.notify.service import app
from services.shared.plumbing import clock, ids, triggers
from services.shared.plumbing.names import physical

__all__ = ["app", "consume", "notices", "publish", "push", "reactions", "sweep", "sweep_notices", "tend"]

app.hang(doors)


def reactions() -> triggers.Reactions:
    """What notify does when it hears something."""
    from services.notify.reactions import REACTIONS

    return REACTIONS


publish = triggers.publisher(app)
consume = triggers.consumer(app, reactions)
tend = triggers.tender(app, reactions)


@app.on_sqs_message(queue=physical("webhooks-events"), batch_size=10, name="push")
def push(event: SQSEvent) -> dict[str, Any]:
    """Push to the webhooks that have something new, those that answer quickly (N3)."""
    from services.notify.webhooks.sweep_lines import follow_hints

    return follow_hints(event.to_dict(), clock=clock.now, new_id=ids.new_id)


@app.schedule("rate(1 minute)", name="sweep")
def sweep(_: CloudWatchEvent) -> dict[str, int]:
    """Push to every webhook that has something due, the slow ones too (N3)."""
    from services.notify.webhooks.sweep_lines import sweep_lines

    return sweep_lines(clock=clock.now, new_id=ids.new_id)


@app.on_sqs_message(queue=physical("wechat-events"), batch_size=1, name="notices")
def notices(event: SQSEvent) -> dict[str, Any]:
    """Tell people on WeChat what has just happened (N4)."""
    from services.notify.wechat.sweep_notices import follow_hints

    return follow_hints(event.to_dict(), clock=clock.now, new_id=ids.new_id)


@app.schedule("rate(1 minute)", name="sweep_notices")
def sweep_notices(_: CloudWatchEvent) -> dict[str, int]:
    """Tell people on WeChat whatever is due: after quiet hours, quotas and answers that did not come (N4)."""
    from services.notify.wechat import sweep_notices as sweeping

    return sweeping.sweep_notices(clock=clock.now, new_id=ids.new_id)
