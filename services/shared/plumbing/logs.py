"""Logs are events: a name and a few allowed fields, as one JSON line, with the request's and the trace's id.

Only fields on the allow-list are written. Anything else is left out and its *name* is listed under ``left_out``, so
that a person's data, a key or a token can never slip into a log by a new keyword (X3).
"""

from contextvars import ContextVar
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger

ALLOWED = frozenset(
    """
    action actor attempt attempts batch bytes bucket cause chunk code count counts consumer day due duration_ms emitter
    error event event_id event_name from_state function gift_id import_id job_id kind lag_ms left line lines limit method
    migration_id mode name order_id payment_id problem product_id quantity queue reason refund_id refused region
    request_id role route row rows sequence service shard shards shop_id sku_id slug state status step sub_gift_id
    subject to_state version waiting why
    """.split()
)

trace_id: ContextVar[str] = ContextVar("trace_id", default="")
request_id: ContextVar[str] = ContextVar("request_id", default="")


@cache
def _logger(service: str) -> Logger:
    return Logger(service=service, level="INFO", utc=True)


def log(service: str, event: str, /, level: str = "info", *, error: BaseException | None = None, **fields: Any) -> None:
    """Write one event. ``error`` adds its type and traceback, never its message's arguments."""
    kept = {name: value for name, value in fields.items() if name in ALLOWED}
    if len(kept) < len(fields):
        kept["left_out"] = sorted(set(fields) - ALLOWED)
    kept |= {"trace_id": trace_id.get(), "request_id": request_id.get()}
    if error is not None:
        kept["error"] = type(error).__name__
    getattr(_logger(service), level)(event, extra=kept, exc_info=error if level == "error" else None)
