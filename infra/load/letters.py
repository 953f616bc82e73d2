"""Events handed to a service of this process, as its queue would; for what is measured here."""

from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # services are loaded once they have their settings
    from services.shared.contracts.envelope import Envelope, EventBody


def wrapped(body: "EventBody", emitter: str, subject: str, sequence: int = 1, shop: str | None = None) -> "Envelope":
    """An event as its emitter sends it, now."""
    from services.shared.contracts.envelope import Envelope
    from services.shared.plumbing import clock, ids

    return Envelope.wrap(
        body,
        event_id=ids.new_id("evt"),
        emitter=emitter,
        shop=shop,
        occurred_at=clock.now(),
        subject=subject,
        sequence=sequence,
        trace="",
    )


def hand_over(app: ModuleType, letter: str) -> bool:
    """Bring one envelope, as text. Whether the service has taken it."""
    record = {
        "messageId": "1",
        "receiptHandle": "",
        "body": letter,
        "attributes": {"ApproximateReceiveCount": "1"},
        "messageAttributes": {},
        "eventSource": "aws:sqs",
        "eventSourceARN": f"arn:aws:sqs:local:0:{app.app.service}-events",
        "awsRegion": "local",
    }
    return not app.consume({"Records": [record]}, None)["batchItemFailures"]
