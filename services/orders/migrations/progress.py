"""What orders tells catalog of a run: how far it is, and which records the merchant should look at (M2, M3)."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, Protocol

from services.orders.migrations.tables import note_said
from services.shared.contracts.migration import (
    FileKind,
    MigrationChanged,
    MigrationCount,
    MigrationFile,
    MigrationProgressed,
    MigrationRow,
    MigrationRowsTold,
)
from services.shared.plumbing.tables import Begin, Refused, Transaction

ROWS_AN_EVENT = 99  # catalog keeps them in one transaction of 100, with its mark of the event
STEPS_A_RUN = 1_000_000


class Went(Protocol):
    """How far a run is, as its job knows it."""

    @property
    def dumps(self) -> tuple[tuple[str, int], ...]: ...
    @property
    def chunk(self) -> int: ...
    @property
    def seconds(self) -> float: ...
    @property
    def counted(self) -> dict[str, dict[str, int]]: ...


def tell_progress(
    tx: Transaction,
    said: MigrationChanged,
    todo: Sequence[MigrationFile],
    place: Went,
    state: Literal["running", "ended", "failed"],
    why: str = "",
) -> None:
    """Counts of every kind so far, under a sequence that grows with each chunk, and over all runs."""
    total: dict[FileKind, int] = {}
    for file, (_, size) in zip(todo, place.dumps, strict=False):
        total[file.kind] = total.get(file.kind, 0) + size
    share = place.seconds / max(1, len(total))
    body = MigrationProgressed(
        migration_id=said.migration_id,
        shop_id=said.shop_id,
        run=said.run,
        mode="move" if said.mode == "none" else said.mode,
        state=state,
        why=why,
        counts=[_count(kind, place.counted.get(kind, {}), size, share) for kind, size in total.items()],
    )
    step = place.chunk + (1 if state != "running" else 0)
    tx.emit(body, subject=said.migration_id, sequence=said.run * STEPS_A_RUN + step, shop=said.shop_id)


def _count(kind: FileKind, counts: Mapping[str, int], total: int, seconds: float) -> MigrationCount:
    known: dict[str, Any] = {"read": 0} | dict(counts)
    return MigrationCount(kind=kind, bytes_total=total, seconds=round(seconds, 1), **known)


def tell_rows(said: MigrationChanged, rows: Sequence[MigrationRow], begin: Begin) -> None:
    """Those that were refused or kept, so many an event."""
    for start in range(0, len(rows), ROWS_AN_EVENT):
        part = list(rows[start : start + ROWS_AN_EVENT])
        body = MigrationRowsTold(migration_id=said.migration_id, shop_id=said.shop_id, run=said.run, rows=part)
        tx = begin()
        tx.emit(body, subject=said.migration_id, sequence=part[0].line, shop=said.shop_id)
        say_once(tx, said, f"{part[0].file}#{part[0].line}-{part[-1].line}")


def say_once(tx: Transaction, said: MigrationChanged, what: str) -> None:
    """Commit, unless a worker that died after it has said the same before."""
    note_said(tx, said.migration_id, said.run, what)
    try:
        tx.commit()
    except Refused as refused:
        if refused.names != {"said"}:
            raise
