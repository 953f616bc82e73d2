"""What a run does with a record: decided from reads, written in one transaction with what says so (M3)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from services.orders.migrations.moved_order import Move
from services.orders.migrations.tables import Spot
from services.shared.contracts.migration import Outcome
from services.shared.plumbing.tables import Transaction

Write = Callable[[Transaction], None]


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
