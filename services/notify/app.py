"""Notify's doors (see doors/), its outbox, and its queue, whose events fill the inbox."""

from services.notify import doors
from services.notify.service import app
from services.shared.plumbing import triggers

__all__ = ["app", "consume", "publish", "reactions", "tend"]

app.hang(doors)


def reactions() -> triggers.Reactions:
    """What notify does when it hears something."""
    from services.notify.reactions import REACTIONS

    return REACTIONS


publish = triggers.publisher(app)
consume = triggers.consumer(app, reactions)
tend = triggers.tender(app, reactions)
