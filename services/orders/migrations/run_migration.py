"""The job of a run: through the dumps of orders, in chunks (M2, M3).

    look at each dump ─▶ 200 lines ─▶ 200 lines ─▶ … ─▶ the next dump ─▶ … ─▶ ended, MigrationProgressed

What a chunk has done stands in the table with its effect, so a chunk that is done twice, by a worker that comes after
one that died or beside another, changes and counts nothing twice. Each chunk tells how far it is. A pause takes effect
at the next chunk, and a new run ends the one before.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import timedelta
from itertools import islice
from typing import Any

from services.orders.migrations.bring_aftersales import BringAftersales
from services.orders.migrations.bring_orders import BringOrders
from services.orders.migrations.bringing import Bringer, Fate, Item
from services.orders.migrations.dump import DumpLine, lines_from
from services.orders.migrations.history import MOST_SALES, Sales, tell_sales
from services.orders.migrations.moved_order import Move
from services.orders.migrations.pace import FEWEST, MOST, after_trouble, next_size
from services.orders.migrations.progress import say_once, tell_progress, tell_rows
from services.orders.migrations.tables import (
    Spot,
    find_dump,
    find_migration,
    keep_dump,
    tell_row,
    told_rows,
)
from services.orders.tables import STORE
from services.shared.contracts.migration import FileKind, MigrationChanged, MigrationFile, MigrationRow, Outcome
from services.shared.plumbing import files
from services.shared.plumbing.contention import Busy, Throttled
from services.shared.plumbing.jobs import Job, Kind
from services.shared.plumbing.problems import Problem
from services.shared.plumbing.tables import Begin, Refused, Transaction, instant_of

KIND = "migration"
LINES_A_CHUNK = 200
CHUNK_BYTES, TRANSACTION_BYTES = 8 << 20, 1 << 20
CHUNK_SECONDS = 6.0
ACTIONS = 96
PAUSE = timedelta(minutes=1)  # until a paused run looks whether it goes on; who resumes it wakes it at once
TOLD: tuple[Outcome, ...] = ("refused", "kept")  # what the merchant should look at
KINDS: tuple[FileKind, ...] = ("orders", "aftersales")
BRINGERS: Mapping[FileKind, Bringer] = {"orders": BringOrders(), "aftersales": BringAftersales()}


@dataclass(frozen=True)
class Place:
    """How far a run is: the dump by its number in the run, and in it the next byte and its line. ``chunk`` counts what
    was told; ``pace``: how many records a transaction takes now. ``dumps``: key and bytes of those looked at."""

    dumps: tuple[tuple[str, int], ...] = ()
    at: int = 0
    offset: int = 0
    line: int = 1
    chunk: int = 0
    pace: int = MOST
    seconds: float = 0.0
    counted: dict[str, dict[str, int]] = field(default_factory=dict)

    @classmethod
    def of(cls, cursor: Mapping[str, Any] | None) -> "Place":
        found = dict(cursor or {})
        return cls(**found | {"dumps": tuple((key, size) for key, size in found.get("dumps", ()))})


def ours(said: MigrationChanged) -> list[MigrationFile]:
    """The files that orders reads, in the order in which it does: what refers to orders after them, and out before."""
    chosen = sorted(
        (one for one in said.files if one.kind in KINDS), key=lambda one: (KINDS.index(one.kind), one.number)
    )
    return chosen[::-1] if said.mode == "rollback" else chosen


def run_migration(job: Job, begin: Begin) -> None:
    """One chunk."""
    said = find_migration(job.args["migration_id"])
    if said is None or said.run != job.args["run"] or said.state not in ("running", "paused"):
        job.fail("superseded")
        return
    if said.state == "paused":
        job.rest(begin().now + PAUSE)
        return
    quiet_at = instant_of(job.args["not_before"]) if "not_before" in job.args else begin().now
    if begin().now < quiet_at:
        job.rest(quiet_at)
        return
    place, todo = Place.of(job.cursor), ours(said)
    started = time.monotonic()
    if len(place.dumps) < len(todo):
        place = _look_at(job, said, todo[len(place.dumps)], place, begin)
    elif place.at < len(todo):
        place = _go_on(job, said, todo[place.at], place, begin)
    if job.state == "running" and place.at >= len(todo) == len(place.dumps):
        job.done()
    place = replace(place, chunk=place.chunk + 1, seconds=round(place.seconds + time.monotonic() - started, 3))
    job.cursor = asdict(place)
    if job.state == "running":
        tx = begin()
        tell_progress(tx, said, todo, place, "running")
        say_once(tx, said, f"{place.chunk}")


def end_run(job: Job, tx: Transaction) -> None:
    """Say that it is over, in the transaction that ends it; nothing of a run that another one has followed."""
    said = find_migration(job.args["migration_id"])
    if said is not None and said.run == job.args["run"] and job.why != "superseded":
        place = Place.of(job.cursor)
        tell_progress(tx, said, ours(said), place, "ended" if job.state == "done" else "failed", job.why)


RUN = Kind(run_migration, end_run)


def _look_at(job: Job, said: MigrationChanged, file: MigrationFile, place: Place, begin: Begin) -> Place:
    """Find the dump, and whether it is what was announced: by its hash, once."""
    formats = BRINGERS[file.kind].formats
    if file.format not in formats:
        job.fail(f"file {file.number}: there is no format {file.format!r}, but {', '.join(formats)}")
        return place
    known = find_dump(said.migration_id, file.upload_id)
    if known is None:
        try:
            key = files.uploaded(STORE, file.upload_id, said.person, "migration")
        except Problem as refusal:
            job.fail(f"file {file.number}: {refusal.title}")
            return place
        known = key, files.size_of(key)
        tx = begin()
        keep_dump(tx, said.migration_id, file.upload_id, *known)
        files.keep(tx, file.upload_id, said.migration_id)
        try:
            tx.commit()
        except Refused as refused:
            if "upload" not in refused.names:
                raise
            job.fail(f"file {file.number}: another migration reads this upload; send the file once more")
    return replace(place, dumps=(*place.dumps, known))


def _go_on(job: Job, said: MigrationChanged, file: MigrationFile, place: Place, begin: Begin) -> Place:
    """The next lines of this dump, or the next dump."""
    key, size = place.dumps[place.at]
    try:
        lines = _lines(key, place) if place.offset < size else []
    except FileNotFoundError:
        job.fail(f"file {file.number}: the uploaded dump is gone")
        return place
    if not lines:
        return replace(place, at=place.at + 1, offset=0, line=1)
    fates = list(_fates(said, file, lines))
    done, pace = _carry_out(said, file, fates, place.pace, begin)
    told, last = fates[:done], lines[done - 1]
    tell_rows(said, [row_of(fate, file.kind) for fate in told if fate.outcome in TOLD], begin)
    counted = {kind: dict(counts) for kind, counts in place.counted.items()}
    mine = counted.setdefault(file.kind, {})
    for name in ("read", *(fate.outcome for fate in told)):
        mine[name] = mine.get(name, 0) + (len(told) if name == "read" else 1)
    mine["bytes_read"] = mine.get("bytes_read", 0) + last.end - place.offset
    return replace(place, offset=last.end, line=last.number + 1, pace=pace, counted=counted)


def _lines(key: str, place: Place) -> list[DumpLine]:
    read, found = 0, []
    for line in islice(lines_from(files.chunks(key, place.offset), place.offset, place.line), LINES_A_CHUNK):
        found.append(line)
        read += line.size
        if read > CHUNK_BYTES:
            break
    return found


def _fates(said: MigrationChanged, file: MigrationFile, lines: Sequence[DumpLine]) -> Iterator[Fate]:
    """What becomes of each line, in their order; what is known of it already is not decided anew."""
    spots = [Spot(said.migration_id, said.run, file.number, line.number) for line in lines]
    known = told_rows(spots)
    fresh = [
        Item(spot, line.record, line.size)
        for spot, line in zip(spots, lines, strict=True)
        if spot not in known and not line.why
    ]
    decided = {fate.spot: fate for fate in _decide(said, file, fresh)}
    for spot, line in zip(spots, lines, strict=True):
        if row := known.get(spot):
            yield Fate(spot, row.outcome, row.old_id, row.new_id, row.why, done=True)
        elif line.why:
            outcome = "unchanged" if said.mode == "rollback" else "refused"
            yield Fate(spot, outcome, why=line.why)  # type: ignore[arg-type]
        else:
            yield decided[spot]


def _decide(said: MigrationChanged, file: MigrationFile, items: Sequence[Item]) -> list[Fate]:
    move = Move(said.migration_id, said.run, said.shop_id, said.source, said.old_shop_id)
    bringer = BRINGERS[file.kind]
    if not items:
        return []
    if said.mode == "rollback":
        return bringer.take_out(items, file.format, move)
    return bringer.bring(items, file.format, move, dry=said.mode == "dry")


def _carry_out(
    said: MigrationChanged, file: MigrationFile, fates: Sequence[Fate], size: int, begin: Begin
) -> tuple[int, int]:
    """Write what becomes of them, in their order; returns how many were, and how many a transaction takes from now on:
    fewer where the table throttles, and the rest later where it takes no more even of the fewest.

    Raises Busy, Contended, the first only before anything is written by this very call.
    """
    until, done = time.monotonic() + CHUNK_SECONDS, 0
    while done < len(fates) and (done == 0 or time.monotonic() < until):
        tx, count = _packed(said, file, fates[done:], size, begin)
        started = time.monotonic()
        try:
            if tx.size:
                tx.commit()
        except (Busy, Throttled):
            if size > FEWEST:
                size = after_trouble(size)
                continue
            if not done:
                raise
            break
        done, size = done + count, next_size(size, time.monotonic() - started) if tx.size else size
    return done, size


def _packed(
    said: MigrationChanged, file: MigrationFile, fates: Sequence[Fate], size: int, begin: Begin
) -> tuple[Transaction, int]:
    """As many as one transaction takes, at most ``size`` that write something."""
    tx, count, writing, weight, changed, sales = begin(), 0, 0, 0, set[str](), Sales()
    for fate in fates:
        full = writing >= size or tx.size + fate.actions + 1 > ACTIONS or weight + fate.size > TRANSACTION_BYTES
        full = full or sales.would_be(fate.sales) > MOST_SALES
        if not fate.done and writing and (full or fate.alone in changed):
            break
        if not fate.done:
            _write(tx, said, file, fate)
            writing, weight = writing + 1, weight + fate.size
            changed |= {fate.alone} - {""}
            sales.add(fate.sales)
        count += 1
    if said.mode != "dry":
        tell_sales(tx, said, sales)
    return tx, count


def _write(tx: Transaction, said: MigrationChanged, file: MigrationFile, fate: Fate) -> None:
    written = fate.rehearse if said.mode == "dry" else fate.write
    if written:
        written(tx)
    if fate.told:
        tell_row(tx, fate.spot, row_of(fate, file.kind))


def row_of(fate: Fate, kind: FileKind) -> MigrationRow:
    """The same for others to read."""
    return MigrationRow(
        kind=kind,
        file=fate.spot.file,
        line=fate.spot.line,
        old_id=fate.old_id,
        new_id=fate.new_id,
        outcome=fate.outcome,
        why=fate.why[:300],
    )
