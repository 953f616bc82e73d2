"""What a run does with a record: decided from reads, written in one transaction with what says so (M3)."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from services.orders.migrations.fields import BadRecord
from services.orders.migrations.moved_order import Move
from services.orders.migrations.tables import Spot, bytes_of
from services.orders.order import Order
from services.shared.contracts.migration import MovedSales, Outcome
from services.shared.plumbing.tables import Transaction

Write = Callable[[Transaction], None]
# A row has 400 KB at the most, and what is sealed grows by a third. An order grows here, too.
MAX_ORDER_KB, MAX_ASIDE_KB = 250, 200


@dataclass(frozen=True)
class Item:
    """A line with a JSON object in it."""

    spot: Spot
    record: Any
    size: int


@dataclass(frozen=True)
class Fate:
    """What becomes of a record, and what is written for it: ``actions`` of a transaction, about ``size`` bytes.

    ``rehearse``: what a dry run writes instead, so that it knows in its next chunk what a move would find.
    ``done``: an earlier try of the same run has written it.
    """

    spot: Spot
    outcome: Outcome
    old_id: str = ""
    new_id: str = ""
    why: str = ""
    write: Write | None = None
    rehearse: Write | None = None
    actions: int = 0
    size: int = 0
    done: bool = False
    alone: str = ""  # what it changes, and no other in the same transaction may
    told: bool = True  # whether a row has to say so, or the thing itself does
    sales: tuple[MovedSales, ...] = ()  # by which numbers change with it


def kept_size(order: Order, aside: Mapping[str, Any]) -> int:
    """About how many bytes it takes to keep these. Raises BadRecord for what no row could hold."""
    size, beside = bytes_of(order), len(json.dumps(aside))
    if size > MAX_ORDER_KB << 10:
        raise BadRecord(f"it is too large to be kept: more than {MAX_ORDER_KB} KB")
    if beside > MAX_ASIDE_KB << 10:
        raise BadRecord(f"more than {MAX_ASIDE_KB} KB of it have no place here, and are too much to be kept")
    return size + 2 * beside


class Bringer(Protocol):
    """How records of one kind come in and go out."""

    @property
    def formats(self) -> Sequence[str]: ...

    def bring(self, items: Sequence[Item], fmt: str, move: Move, *, dry: bool) -> list[Fate]:
        """What becomes of these when they come in; ``dry``: were they to come in. In their order."""
        ...

    def take_out(self, items: Sequence[Item], fmt: str, move: Move) -> list[Fate]:
        """What becomes of what came from these when it is taken out again. In their order."""
        ...
