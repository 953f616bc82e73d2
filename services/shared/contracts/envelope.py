"""The envelope every event travels in, and the base of every event's body.

A **fact** happened; it is applied once (by inbox mark) and in any order. A **state** event carries all of the subject's
current state; only a greater ``sequence`` of the same subject is applied.
Bodies hold ids and what consumers need; personal data only as ciphertext for the receiver (``*_cipher``).
"""

from datetime import datetime
from typing import Any, ClassVar, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field

Kind = Literal["fact", "state"]
B = TypeVar("B", bound="EventBody")


class EventBody(BaseModel):
    """What an event says. Consumers ignore fields they do not know, so that a newer emitter may add some."""

    # Built at its first use: every function imports all events and says or hears a few.
    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)

    NAME: ClassVar[str]
    VERSION: ClassVar[int] = 1
    KIND: ClassVar[Kind] = "fact"


class Envelope(BaseModel):
    """One event on its way."""

    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)

    id: str = Field(description="Unique; the inbox mark of every consumer")
    name: str = Field(description="Emitter and past tense, as in orders.order_paid")
    version: int
    kind: Kind
    emitter: str
    shop: str | None = None
    occurred_at: datetime
    subject: str = Field(description="What it is about: the outbox key, and with the emitter the scope of sequence")
    sequence: int
    trace: str = ""
    resent: bool = Field(default=False, description="A fact said again, from the emitter's history")
    data: dict[str, Any]

    @classmethod
    def wrap(
        cls,
        body: EventBody,
        *,
        event_id: str,
        emitter: str,
        shop: str | None,
        occurred_at: datetime,
        subject: str,
        sequence: int,
        trace: str,
    ) -> Self:
        return cls(
            id=event_id,
            name=body.NAME,
            version=body.VERSION,
            kind=body.KIND,
            emitter=emitter,
            shop=shop,
            occurred_at=occurred_at,
            subject=subject,
            sequence=sequence,
            trace=trace,
            data=body.model_dump(mode="json"),
        )

    def open(self, body: type[B]) -> B:
        """The body as this type; raises ValueError when the event is another one or does not fit."""
        if (self.name, self.version) != (body.NAME, body.VERSION):
            raise ValueError(f"{self.name} v{self.version} is not {body.NAME} v{body.VERSION}")
        return body.model_validate(self.data)
