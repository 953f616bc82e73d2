"""What comes in: bodies and queries as models, and the key of a creating request. What does not fit is Invalid (X2)."""

import json
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from services.shared.plumbing.idempotency import Key
from services.shared.plumbing.problems import Invalid, NotFound, PayloadTooLarge

MAX_BODY_BYTES = 5 * 1024 * 1024
MAX_ID_BYTES = 512


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


def _canonical(raw: bytes) -> Any:
    """The body as JSON, so that another order of its fields makes no other request; as text if it is none."""
    try:
        return json.loads(raw) if raw else None
    except (ValueError, RecursionError):
        return raw.decode("utf-8", "replace")
