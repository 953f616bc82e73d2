"""What notify says: an endpoint of a shop is told nothing any more."""

from datetime import datetime
from typing import ClassVar

from services.shared.contracts.envelope import EventBody


class WebhookPaused(EventBody):
    """A shop's endpoint took nothing for hours and is paused; what happens meanwhile waits (N3). Subject: its id."""

    NAME: ClassVar[str] = "notify.webhook_paused"

    webhook_id: str
    shop_id: str
    host: str
    since: datetime
