"""Logs are events: a name and a few allowed fields, as one JSON line, with the request's and the trace's id.

Only fields on the allow-list are written. Anything else is left out and its *name* is listed under ``left_out``, so
that a person's data, a key or a token can never slip into a log by a new keyword (X3).

An ``alarm`` is an error that wakes somebody: its line is a metric too, and the service's ``resources`` name it.
"""

import json
from collections.abc import Iterator
from contextvars import ContextVar
from datetime import UTC, datetime
from traceback import walk_tb
from typing import Any

from services.shared.plumbing.names import physical

ALLOWED = frozenset(
    """
    action actor attempt attempts batch bucket bytes cause check_id chunk code consumer count counts day due
    duration_ms emitter event_id event_name from_state function gift_id grant_id import_id job_id judge kind lag_ms
    left limit line lines method migration_id mode name order_id payment_id problem product_id quantity queue reason
    refund_id refused region role route row rows sequence shard shards shop_id sku_id slug state status step
    sub_gift_id subject to_state verdict version waiting why
    """.split()
)

trace_id: ContextVar[str] = ContextVar("trace_id", default="")
request_id: ContextVar[str] = ContextVar("request_id", default="")


def log(service: str, event: str, /, level: str = "info", *, error: BaseException | None = None, **fields: Any) -> None:
    """Write one event. ``error`` adds its type, its causes and where they were raised, never what they say."""
    _write(service, event, level, error, fields)


def alarm(service: str, event: str, /, **fields: Any) -> None:
    """Write an error that somebody has to look at now. CloudWatch counts such lines, as the metric ``event`` of the
    deployed service's namespace (its embedded metric format); ``resources.alarms`` says what it means."""
    _write(service, event, "error", None, fields, counted=True)


def _write(
    service: str, event: str, level: str, error: BaseException | None, fields: dict[str, Any], *, counted: bool = False
) -> None:
    now = datetime.now(UTC)  # noqa: TID251 - a log's time is the machine's
    line: dict[str, Any] = {
        "time": now.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "level": level,
        "service": service,
        "event": event,
    }
    line |= {name: value for name, value in fields.items() if name in ALLOWED}
    left_out = sorted(set(fields) - ALLOWED)
    line |= {"left_out": left_out} if left_out else {}
    line |= {"trace_id": trace_id.get(), "request_id": request_id.get()}
    if counted:
        metric = {"Namespace": physical(service), "Dimensions": [[]], "Metrics": [{"Name": event, "Unit": "Count"}]}
        line |= {event: 1, "_aws": {"Timestamp": int(now.timestamp() * 1000), "CloudWatchMetrics": [metric]}}
    if error is not None:
        line |= {"error": type(error).__name__, "causes": list(_causes(error))}
    # In one piece with its end: of two threads' lines that met no reader would take either, nor count an alarm.
    print(f"{json.dumps(line, default=str)}\n", end="", flush=True)  # noqa: T201 - stdout is where logs are read


def _causes(error: BaseException | None) -> Iterator[str]:
    """The error and what led to it, as ``KeyError at place_order.py:12 in place_order, app.py:30 in post_order``.

    Messages are left out: they hold values, such as the refused part of a body. An error class that says that its
    messages are ``tellable`` is told in full: a missing setting has to name itself.
    """
    told: set[int] = set()
    while error is not None and id(error) not in told:
        told.add(id(error))
        frames = [f"{at.f_code.co_filename}:{line} in {at.f_code.co_name}" for at, line in walk_tb(error.__traceback__)]
        said = f": {error}" if getattr(error, "tellable", False) else ""
        yield f"{type(error).__name__}{said} at {', '.join(frames[:-9:-1])}"  # the innermost first, eight of them
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
