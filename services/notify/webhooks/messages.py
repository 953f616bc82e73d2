"""What comes in and goes out over HTTP about webhooks."""

from datetime import datetime
from typing import Annotated, Any, Self

from pydantic import AfterValidator, Field, model_validator

from services.notify.webhooks import tables
from services.notify.webhooks.catalogue import pushed
from services.notify.webhooks.delivery import Attempt, Delivery, Trouble
from services.notify.webhooks.delivery import Status as DeliveryStatus
from services.notify.webhooks.endpoint import MAX_OVERLAP, Endpoint, Format, Mode, PausedWhy, Status, WhichKeys
from services.notify.webhooks.push import letter_in
from services.notify.webhooks.sealing import aes_key_of
from services.shared.plumbing.doors import Body, View
from services.shared.plumbing.vault import Erased


def _known(event: str) -> str:
    if event not in pushed():
        raise ValueError("there is no such event; see docs/webhooks.md")
    return event


def _aes_key(text: str) -> str:
    aes_key_of(text)
    return text


Url = Annotated[str, Field(max_length=1_000, description="https, of a host whose addresses are all public")]
Token = Annotated[str, Field(pattern=r"^[A-Za-z0-9]{3,32}$", description="Signs what is pushed; it is never shown")]
AesKey = Annotated[
    str, Field(description="43 characters: 32 bytes in base64 without its `=`; never shown"), AfterValidator(_aes_key)
]
Events = Annotated[list[Annotated[str, AfterValidator(_known)]], Field(max_length=100)]


class RegisterWebhook(Body):
    url: Url
    token: Token
    encoding_aes_key: AesKey | None = None
    format: Format = "json"
    mode: Mode = "safe"
    events: Events = Field(default=[], description="What it is told of; empty: everything, also what will be new")

    @model_validator(mode="after")
    def _has_its_key(self) -> Self:
        if self.mode == "safe" and self.encoding_aes_key is None:
            raise ValueError("safe mode needs an encoding_aes_key")
        return self


class ChangeWebhook(Body):
    """What is left out, or null, stays. New keys hold at once; those before are tried as well while they overlap."""

    url: Url | None = None
    token: Token | None = None
    encoding_aes_key: AesKey | None = None
    overlap_hours: int = Field(
        default=24, ge=0, le=MAX_OVERLAP.days * 24, description="With the keys it has: 0 ends an overlap"
    )
    format: Format | None = None
    mode: Mode | None = None
    events: Events | None = None
    status: Status | None = Field(default=None, description="`paused`: events wait; `active`: they are delivered")


class DeliveriesQuery(Body):
    limit: int = Field(default=20, ge=1, le=100)
    cursor: str | None = None
    status: DeliveryStatus | None = Field(default=None, description="With it a page may be short, and still go on")


class WebhookView(View):
    """An endpoint without its keys."""

    webhook_id: str
    url: str
    format: Format
    mode: Mode
    events: list[str]
    appid: str = Field(description="What decrypting clients must be given as the app id: the shop's id")
    status: Status
    paused_at: datetime | None
    paused_why: PausedWhy | None
    previous_keys_until: datetime | None = Field(description="Till when the keys before are used for every second try")
    created_at: datetime
    updated_at: datetime
    version: int

    @classmethod
    def of(cls, endpoint: Endpoint) -> Self:
        said = {**vars(endpoint), "events": list(endpoint.events), "appid": endpoint.shop_id}
        return cls.model_validate({**said, "previous_keys_until": endpoint.previous_until}, extra="ignore")


class AttemptView(View):
    at: datetime
    trouble: Trouble = Field(description="Why it failed; empty when it went well")
    status: int | None = Field(description="The HTTP status, where one came")
    latency_ms: int
    answer: str = Field(description="The first 512 characters of the body that came back")
    keys: WhichKeys

    @classmethod
    def of(cls, shop_id: str, attempt: Attempt) -> Self:
        answer = tables.unseal(shop_id, attempt.answer) if attempt.answer else ""
        return cls.model_validate({**vars(attempt), "answer": answer})


class DeliveryView(View):
    """An event for an endpoint, with what was tried. ``told``: what the push says of the event."""

    delivery_id: str
    webhook_id: str
    event: str
    event_id: str
    status: DeliveryStatus
    tries: int
    next_at: datetime | None
    ended_at: datetime | None
    occurred_at: datetime
    created_at: datetime
    expires_at: datetime
    told: dict[str, Any]
    attempts: list[AttemptView]

    @classmethod
    def of(cls, delivery: Delivery) -> Self:
        try:
            told = dict(letter_in(delivery).told)
            attempts = [AttemptView.of(delivery.shop_id, one) for one in delivery.attempts]
        except Erased:
            told, attempts = {}, []
        return cls.model_validate({**vars(delivery), "told": told, "attempts": attempts}, extra="ignore")


class RedrivenView(View):
    redelivered: int
    more: bool = Field(description="There are more: ask again")
