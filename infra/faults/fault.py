"""What may go wrong with a call, which calls it can befall, and what DynamoDB then answers."""

import math
from collections.abc import Collection
from dataclasses import dataclass
from random import Random
from typing import Literal

from infra.faults.call import BATCHES, OPERATIONS, SINGLE_WRITES, TRANSACTIONS, Call
from infra.faults.message import Message, refusal

Kind = Literal["conflict", "throttle", "fail_before", "lose_answer", "unprocessed", "stale_index", "latency"]
REFUSALS: tuple[Kind, ...] = ("conflict", "throttle", "fail_before")  # the engine never sees the call
_CAN_BEFALL = {
    "conflict": TRANSACTIONS | SINGLE_WRITES,
    "unprocessed": BATCHES,
    "stale_index": frozenset({"Query"}),
}
_REASONS = {
    "TransactionConflict": "Transaction is ongoing for the item",
    "ThrottlingError": "Throughput exceeds the current capacity of your table or index.",
    "ProvisionedThroughputExceeded": "The level of configured provisioned throughput for the table was exceeded.",
}
_THROTTLES = frozenset({"ProvisionedThroughputExceededException", "ThrottlingException"})
_BAD, _FAULT = b"400 Bad Request", b"500 Internal Server Error"


@dataclass(frozen=True)
class Fault:
    """Something to go wrong with some calls.

    conflict     another transaction is at work on one of the items: a transaction is cancelled with the reason
                 TransactionConflict for one item, a single write refused with TransactionConflictException
    throttle     refused with ``code``; ThrottlingError and ProvisionedThroughputExceeded are reasons that cancel a
                 transaction, which botocore does not retry
    fail_before  ``how`` = "error": 500 InternalServerError, "reset": a connection reset; the engine never saw the call
    lose_answer  the same, after the engine has done it
    unprocessed  a batch of several is done in part, the rest comes back as UnprocessedKeys or UnprocessedItems
    stale_index  a Query of an index answers as it was ``lag_s`` seconds ago; by default, when this was planned
    latency      the call arrives ``delay_s`` = (least, most) seconds later

    It befalls calls of ``operations`` (all it can befall) that touch ``tables`` (physical names; all) with
    ``probability``, at most ``times``.
    """

    kind: Kind
    operations: Collection[str] | None = None
    tables: Collection[str] | None = None
    probability: float = 1.0
    times: int | None = None
    code: str = "ProvisionedThroughputExceededException"
    how: Literal["error", "reset"] = "reset"
    lag_s: float = math.inf
    delay_s: tuple[float, float] = (0.0, 0.02)

    def __post_init__(self) -> None:
        """A fault that can never happen would make a test prove nothing."""
        impossible = set(self.operations or ()) - self.possible
        if impossible:
            raise ValueError(f"{self.kind} cannot befall {', '.join(sorted(impossible))}")
        if self.code not in _THROTTLES | _REASONS.keys():
            raise ValueError(f"{self.code} is no throttling error of DynamoDB")

    @property
    def possible(self) -> frozenset[str]:
        """The operations it can befall."""
        if self.kind == "throttle" and self.code in _REASONS:
            return TRANSACTIONS
        return _CAN_BEFALL.get(self.kind, OPERATIONS)

    def concerns(self, call: Call) -> bool:
        """Whether it may befall this call."""
        return (
            call.operation in (self.operations or self.possible)
            and (self.tables is None or not set(self.tables).isdisjoint(call.tables))
            and (self.kind != "stale_index" or "IndexName" in call.body)
            and (self.kind != "unprocessed" or len(call.batch) > 1)
        )

    def answer(self, call: Call, dice: Random) -> Message | None:
        """What the client gets instead of the engine's answer. None: a connection reset."""
        if self.kind == "conflict" and call.operation in SINGLE_WRITES:
            return refusal(_BAD, "TransactionConflictException", _REASONS["TransactionConflict"])
        if self.kind == "conflict":
            return self._cancelled(call, "TransactionConflict", dice)
        if self.kind == "throttle" and self.code in _REASONS:
            return self._cancelled(call, self.code, dice)
        if self.kind == "throttle":
            return refusal(_BAD, self.code, "The request rate is too high.")
        if self.how == "reset":
            return None
        return refusal(_FAULT, "InternalServerError", "Internal server error")

    def _cancelled(self, call: Call, reason: str, dice: Random) -> Message:
        concerned = [
            index for index, (_, do) in enumerate(call.actions) if self.tables is None or do["TableName"] in self.tables
        ]
        reasons: list[dict[str, str]] = [{"Code": "None"} for _ in call.actions]
        reasons[dice.choice(concerned)] = {"Code": reason, "Message": _REASONS[reason]}
        codes = ", ".join(one["Code"] for one in reasons)
        message = f"Transaction cancelled, please refer cancellation reasons for specific reasons [{codes}]"
        return refusal(_BAD, "TransactionCanceledException", message, CancellationReasons=reasons)
