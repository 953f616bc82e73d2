"""A service's function as AWS invokes it: an event, a context, and what a partial batch response means."""

import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from services.shared.plumbing.resources import ACCOUNT

MEMORY_MB = 512


class LambdaContext:
    """What a function is told of its own invocation; attribute names are AWS's."""

    def __init__(self, function_name: str, timeout_s: float, request_id: str = "") -> None:
        self.function_name = function_name
        self.function_version = "$LATEST"
        self.aws_request_id = request_id or str(uuid.uuid4())
        self.memory_limit_in_mb = MEMORY_MB
        self.invoked_function_arn = f"arn:aws:lambda:local:{ACCOUNT}:function:{function_name}"
        self._deadline = time.monotonic() + timeout_s

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until the timeout. On one machine nothing cuts a function off: it only sees the time run out."""
        return max(0, round((self._deadline - time.monotonic()) * 1000))


@dataclass(frozen=True)
class Function:
    """One handler of a service, under its deployed name."""

    name: str
    handler: Callable[[dict[str, Any], LambdaContext], Any]
    timeout_s: float = 30

    def __call__(self, event: dict[str, Any]) -> Any:
        """Invoke it. Raises whatever the handler raises."""
        return self.handler(event, LambdaContext(self.name, self.timeout_s))


def failed_items(response: Any, identifiers: Sequence[str]) -> set[str]:
    """The identifiers that a batch's response reports as failed, read as AWS reads it.

    No response, or an empty list, is success. An identifier that is missing or not of this batch, or a response of
    another shape, fails the whole batch.
    """
    if response is None or response == {}:
        return set()
    batch = set(identifiers)
    try:
        failed = {entry["itemIdentifier"] for entry in response["batchItemFailures"] or ()}
    except (KeyError, TypeError):
        return batch
    return batch if failed - batch else failed
