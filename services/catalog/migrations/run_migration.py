"""The job of a migration's run, catalog's part: through its files in chunks, or back over what came in (M2, M3).

    file 1 ─▶ beginning ─▶ products ─▶ products ─▶ … ─▶ file 2 ─▶ … ─▶ done, and the migration knows

Each chunk asks the migration first: a paused one rests, one that has gone on to another run ends. A chunk may be done
twice, and where the engine throttles, the job keeps what it has and rests, longer each time.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from services.catalog.imports.encoding import NotText
from services.catalog.imports.import_file import Format, Place, beginning, products_from
from services.catalog.imports.product_rows import Group, WrongColumns
from services.catalog.migrations.conduct import migration_named, write_migration
from services.catalog.migrations.formats import format_of
from services.catalog.migrations.migration import PURPOSE, READS, Count, File, Migration, Part
from services.catalog.migrations.move_group import move_group
from services.catalog.migrations.move_member import move_member
from services.catalog.migrations.move_product import AT_ONCE, Asked, Told, look_up, move_product
from services.catalog.migrations.move_record import Told as Record
from services.catalog.migrations.move_shop import move_shop
from services.catalog.migrations.reading import Reading
from services.catalog.migrations.roll_back import roll_back
from services.catalog.migrations.told_row import FileKind
from services.catalog.tables import STORE
from services.shared.plumbing import files
from services.shared.plumbing.jobs import Job, Kind
from services.shared.plumbing.problems import NotFound, TooBusy
from services.shared.plumbing.tables import Begin, Contended, Transaction, retrying

CHUNK_SECONDS = 8.0
PAUSED_LOOKS = timedelta(minutes=5)
# By whom a record that is no product is moved.
MOVERS: Mapping[FileKind, Callable[[Reading, Group, int, Begin], Record]] = {
    "shop": move_shop,
    "members": move_member,
    "groups": move_group,
}
RESTS_S = (5, 15, 60, 300)  # after the engine was busy once, twice …


def run_migration(job: Job, begin: Begin) -> None:
    """One chunk of a run."""
    migration = migration_named(job.args["migration_id"])
    if migration.run != job.args["run"] or migration.state not in ("running", "paused"):
        job.done()  # another one has begun, or this one was stopped
    elif migration.state == "paused":
        job.rest(begin().now + PAUSED_LOOKS)
    elif job.cursor is None and migration.quiet_at and begin().now < migration.quiet_at:
        job.rest(migration.quiet_at)
    else:
        _chunk(job, migration, begin)


def _chunk(job: Job, migration: Migration, begin: Begin) -> None:
    cursor: dict[str, Any] = job.cursor or {"file": 0, "place": None, "after": None, "strained": 0}
    try:
        if migration.mode == "rollback":
            cursor = roll_back(job, migration, cursor, begin)
        else:
            cursor = _read_on(job, migration, cursor, begin)
        cursor["strained"] = 0
    except TooBusy:
        strained = cursor["strained"]
        cursor = {**(job.cursor or cursor), "strained": strained + 1}
        job.rest(begin().now + timedelta(seconds=RESTS_S[min(strained, len(RESTS_S) - 1)]))
    except FileNotFoundError:
        job.fail("an uploaded file is gone")
    job.cursor = cursor


def _read_on(job: Job, migration: Migration, cursor: dict[str, Any], begin: Begin) -> dict[str, Any]:
    own = own_files(migration)
    if cursor["file"] >= len(own):
        job.done()
        return cursor
    file = own[cursor["file"]]
    reading = Reading(migration, file)
    form = format_of(migration, file)
    cursor = {**cursor, "kind": file.kind}
    try:
        place = Place.of(cursor["place"]) if cursor["place"] else _begun(migration, file, form)
    except (NotText, WrongColumns, files.UploadMissing) as refusal:
        job.fail(f"file {file.number}: {refusal}")
        return cursor
    place, ended = _move_on(job, reading, form, place, begin)
    job.counts[f"{file.number}.bytes"] = file.size if ended else place.offset
    if ended:
        return {**cursor, "file": cursor["file"] + 1, "place": None}
    return {**cursor, "place": place.cursor()}


def _begun(migration: Migration, file: File, form: Format) -> Place:
    """The beginning of a file that is what was announced, by its hash. Raises NotText, WrongColumns, UploadMissing."""
    try:
        files.uploaded(STORE, file.upload_id, migration.person, PURPOSE)
    except NotFound as error:
        raise files.UploadMissing("the uploaded file is gone") from error
    return beginning(file.key, form, "auto")


def _move_on(job: Job, reading: Reading, form: Format, place: Place, begin: Begin) -> tuple[Place, bool]:
    """The next products, as many as there is time for; the place after them, and whether the file has ended."""
    until = time.monotonic() + CHUNK_SECONDS
    file = reading.file
    groups, ended = products_from(file.key, file.size, form, place)
    for start in range(0, len(groups), AT_ONCE):
        batch = groups[start : start + AT_ONCE]
        try:
            done = _outcomes(job, reading, batch, begin)
        except TooBusy:
            if start == 0:
                raise
            return place, False  # what is done stays done; the next chunk begins with this batch
        for group, outcome in zip(batch, done, strict=True):
            job.count(f"{file.kind}.read")
            job.count(f"{file.kind}.{outcome}")
            place = replace(place, offset=group.end, line=group.next_line, previous_key=group.key or place.previous_key)
        if time.monotonic() > until and start + AT_ONCE < len(groups):
            return place, False
    return place, ended


def _outcomes(job: Job, reading: Reading, batch: list[Group], begin: Begin) -> list[str]:
    if reading.file.kind == "products":
        return [told.outcome for told in _batch(reading, batch, begin)]
    done: list[str] = []
    move = MOVERS[reading.file.kind]
    for group in batch:
        moved = job.counts.get(f"{reading.file.kind}.moved", 0) + done.count("moved")
        told = retrying(lambda: move(reading, group, moved, begin))  # noqa: B023 - called here and now
        done.append(told.outcome)
    return done


def _batch(reading: Reading, batch: list[Group], begin: Begin) -> list[Told]:
    shop, seen = look_up(reading, batch)
    done: list[Told] = []
    for asked, known in seen:
        try:
            told = move_product(reading, asked, shop, known, begin)
        except Contended:
            told = retrying(lambda: _again(reading, asked, begin))  # noqa: B023 - called here and now
        shop = told.shop
        done.append(told)
    return done


def _again(reading: Reading, asked: Asked, begin: Begin) -> Told:
    shop, [(again, seen)] = look_up(reading, [asked.group])
    return move_product(reading, again, shop, seen, begin)


def own_files(migration: Migration) -> list[File]:
    """What catalog reads of it: what others refer to before them."""
    return [one for kind, by in READS.items() if by == "catalog" for one in migration.files if one.kind == kind]


def part_of(migration: Migration, job: Job, seconds: float = 0.0) -> Part:
    """How far the job is with catalog's part, ``seconds`` after it began."""
    counts: dict[FileKind, Count] = {}
    for kind, reader in READS.items():
        files = [one for one in migration.files if one.kind == kind]
        if reader == "catalog" and files:
            counts[kind] = replace(_count(job, kind, files), seconds=seconds)
    state = {"running": "running", "done": "ended", "failed": "failed"}[job.state]
    return Part(state, job.why, counts)  # type: ignore[arg-type]


def _count(job: Job, kind: FileKind, files: list[File]) -> Count:
    got = {name: job.counts.get(f"{kind}.{name}", 0) for name in ("read", "moved", "unchanged", "refused")}
    back = {name: job.counts.get(f"{kind}.{name}", 0) for name in ("taken_out", "kept")}
    read, total = sum(job.counts.get(f"{one.number}.bytes", 0) for one in files), sum(one.size for one in files)
    if job.state == "done":
        read = total
    return Count(**got, **back, bytes_read=read, bytes_total=total)


def finish(job: Job, tx: Transaction) -> None:
    """The migration knows that catalog's part has ended, in the transaction that ends the job."""
    migration = migration_named(job.args["migration_id"])
    after = migration.progressed("catalog", job.args["run"], part_of(migration, job), tx.now)
    if after is not migration:
        write_migration(tx, migration, after)


KIND = Kind(run_migration, finish)
