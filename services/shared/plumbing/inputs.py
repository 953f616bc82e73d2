"""What comes in: bodies and queries as models, and the key of a creating request. What does not fit is Invalid (X2)."""

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Annotated, Any, TypeVar

from pydantic import (
    AfterValidator,
    AwareDatetime,  # noqa: TID251 - the one place that bounds it
    BaseModel,
    ConfigDict,
    ValidationError,
)

from services.shared.plumbing.idempotency import Key
from services.shared.plumbing.problems import Invalid, NotFound, PayloadTooLarge

D = TypeVar("D", bound=date)

MAX_BODY_BYTES = 5 * 1024 * 1024
MAX_ID_BYTES = 512
EARLIEST, LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(3000, 1, 1, tzinfo=UTC)


def _instant(at: datetime) -> datetime:
    return _in_reach(at, EARLIEST <= at < LATEST)


def _day(day: date) -> date:
    return _in_reach(day, EARLIEST.date() <= day < LATEST.date())


def _in_reach(when: D, near: bool) -> D:
    if not near:
        raise ValueError(f"it must be from {EARLIEST:%Y} on, and before {LATEST:%Y}")
    return when


# The calendar has days before and after them, in every zone.
Instant = Annotated[AwareDatetime, AfterValidator(_instant)]
Day = Annotated[date, AfterValidator(_day)]


class Body(BaseModel):
    """What comes in. Unknown fields are refused, so that a typing error is seen and not ignored."""

    # Built at its first use: of a service's models, one request needs two or three, and an event none.
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True, frozen=True, defer_build=True)


def body_bytes(body: Any) -> bytes:
    """The body as the gateway gives it. Raises PayloadTooLarge."""
    raw = body.encode() if isinstance(body, str) else bytes(body or b"")
    if len(raw) > MAX_BODY_BYTES:
        raise PayloadTooLarge()
    return raw


def require_ids(path: Mapping[str, str]) -> None:
    """Raises NotFound for what no key of ours can be: DynamoDB would refuse to look."""
    if not all(0 < len(value.encode("utf-8", "replace")) <= MAX_ID_BYTES for value in path.values()):
        raise NotFound()


def parsed(model: type[BaseModel], raw: bytes) -> BaseModel:
    """The body as this model; nothing counts as an empty object. A number is a number, not ``true`` and no text."""
    try:
        return model.model_validate_json(raw or b"{}", strict=True)
    except ValidationError as error:
        raise _invalid(error) from error


def queried(model: type[BaseModel], query: Mapping[str, str] | None) -> BaseModel:
    """The query string as this model; of a name that is there twice, the last counts."""
    try:
        return model.model_validate(dict(query or {}))
    except ValidationError as error:
        raise _invalid(error) from error


def _invalid(error: ValidationError) -> Invalid:
    errors = [{"at": ".".join(str(part) for part in one["loc"]), "why": one["msg"]} for one in error.errors()]
    return Invalid("; ".join(f"{one['at'] or 'body'}: {one['why']}" for one in errors[:3]), errors=errors[:50])


def key_of(value: str, person: str, route: str, path: Mapping[str, str], raw: bytes) -> Key:
    """The Idempotency-Key of this person on this route of this thing, with this body."""
    if not 1 <= len(value) <= 255:
        raise Invalid("Send an Idempotency-Key header of 1 to 255 characters with this request")
    thing = " ".join(f"{name}={path[name]}" for name in sorted(path))
    return Key(person, f"{route} {thing}", value, _canonical(raw))


def _canonical(raw: bytes) -> str:
    """The body as JSON of one form, so that another order of its fields makes no other request; if it is none, or
    deeper than can be read and written again, as a text."""
    try:
        return _one_form(json.loads(raw) if raw else None)
    except (ValueError, RecursionError):
        return _one_form(raw.decode("utf-8", "replace"))


def _one_form(body: Any) -> str:
    return json.dumps(body, sort_keys=True, separators=(",", ":"))
