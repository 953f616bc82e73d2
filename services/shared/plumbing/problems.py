"""What can go wrong, as RFC 9457 problems. Verbs raise these; the one door turns them into answers (X2).

Problem
├── Unauthenticated 401    ├── Conflict 409          a service names its own: OutOfStock, TotalChanged …
├── Forbidden 403          │   └── KeyInProgress
├── NotFound 404           ├── VersionConflict 412
├── Invalid 422            ├── TooManyRequests 429, TooBusy 503: with Retry-After
│   └── KeyReused          └── PayloadTooLarge 413
"""

from typing import Any, ClassVar

TYPE_BASE = "https://xiaodian.example/problems/"


class Problem(Exception):
    """A refusal with a stable slug. ``fields`` go into the answer and must hold no personal data."""

    slug: ClassVar[str] = "internal"
    status: ClassVar[int] = 500
    title: ClassVar[str] = "Something went wrong on our side"

    def __init__(self, detail: str = "", **fields: Any) -> None:
        super().__init__(detail or self.title)
        self.detail = detail or self.title
        self.fields = fields

    def body(self, instance: str) -> dict[str, Any]:
        """The problem+json members; ``instance`` is the request's id."""
        return {
            "type": TYPE_BASE + self.slug,
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "instance": instance,
            **self.fields,
        }

    def headers(self) -> dict[str, str]:
        return {}


class Unauthenticated(Problem):
    slug, status, title = "unauthenticated", 401, "Who are you? Send a valid bearer token"

    def headers(self) -> dict[str, str]:
        return {"WWW-Authenticate": "Bearer"}


class Forbidden(Problem):
    slug, status, title = "forbidden", 403, "You may not do this"


class NotFound(Problem):
    slug, status, title = "not-found", 404, "There is no such thing, or it is not yours"


class MethodNotAllowed(Problem):
    slug, status, title = "method-not-allowed", 405, "This resource does not answer that method"


class Conflict(Problem):
    slug, status, title = "conflict", 409, "That does not fit the current state"


class IllegalTransition(Conflict):
    """A move that the thing's state does not allow; ``legal`` says which moves it would."""

    slug, title = "illegal-transition", "That move is not allowed in this state"


class KeyInProgress(Conflict):
    slug, title = "idempotency-key-in-progress", "The same request is being handled right now; repeat it"

    def headers(self) -> dict[str, str]:
        return {"Retry-After": "1"}


class VersionConflict(Problem):
    slug, status, title = "version-conflict", 412, "Somebody changed it meanwhile; read it again"


class PayloadTooLarge(Problem):
    slug, status, title = "payload-too-large", 413, "The body is too large; use an upload"


class UnsupportedMediaType(Problem):
    slug, status, title = "unsupported-media-type", 415, "Send application/json"


class Invalid(Problem):
    """Bad input. ``errors`` lists ``{"at": "lines.0.quantity", "why": "…"}``."""

    slug, status, title = "validation", 422, "The request is not valid"


class KeyReused(Invalid):
    slug, title = "idempotency-key-reused", "This Idempotency-Key was used for another request"


class CursorInvalid(Invalid):
    slug, title = "cursor-invalid", "This cursor does not belong to this list"


class _Later(Problem):
    def __init__(self, detail: str = "", *, retry_after_s: int = 1, **fields: Any) -> None:
        super().__init__(detail, **fields)
        self.retry_after_s = retry_after_s

    def headers(self) -> dict[str, str]:
        return {"Retry-After": str(self.retry_after_s)}


class TooManyRequests(_Later):
    slug, status, title = "too-many-requests", 429, "Slow down"


class TooBusy(_Later):
    slug, status, title = "too-busy", 503, "Too busy right now; nothing was changed, or a repeat will find what was"
