"""The job of an import: through the file in chunks, then the report (C6).

    beginning ─▶ 200 products ─▶ 200 products ─▶ … ─▶ report ─▶ … ─▶ report ─▶ done, ImportFinished

Memory and time are bounded by a chunk, which ends early where the engine is slow. A chunk may be done twice, by a
worker that comes after one that died or beside another.
"""

import time
from collections.abc import Iterator
from dataclasses import replace

from services.catalog.imports.encoding import NotText
from services.catalog.imports.import_file import FORMATS, Place, beginning, products_from
from services.catalog.imports.import_product import (
    LOOKED_UP_AT_ONCE,
    Source,
    Told,
    import_product,
    look_up,
    why_refused,
)
from services.catalog.imports.import_report import write_report
from services.catalog.imports.product_rows import Group, WrongColumns
from services.catalog.tables import STORE
from services.shared.contracts.catalog import ImportFinished
from services.shared.plumbing.jobs import GIVEN_UP, Job, Kind
from services.shared.plumbing.logs import log
from services.shared.plumbing.tables import Begin, Contended, Transaction, retrying

MAX_ROWS = 200_000
CHUNK_SECONDS = 8.0  # with a step's time before it, and a call's after it, less than its function has


def run_import(job: Job, begin: Begin) -> None:
    """One chunk: find the beginning, bring in the next products, or write the report and end."""
    try:
        if job.cursor is None:
            place = beginning(job.args["key"], FORMATS[job.args["format"]], job.args["encoding"])
        else:
            place = Place.of(job.cursor)
        place = _tell(job, place) if place.ended else _go_on(job, place, begin)
        job.cursor = place.cursor()
    except (NotText, WrongColumns) as refusal:
        job.fail(why_refused(refusal))
    except FileNotFoundError:
        _end(job, "the uploaded file is gone")


def give_up(job: Job) -> None:
    """Its merchant learns where it stands, and that the file may be sent again: what is in the shop stays as it is."""
    place = f" at line {job.cursor['line']}" if job.cursor else ""
    _end(job, f"{GIVEN_UP}{place}: send the file again, what it has brought in is not brought in twice")


def finish_import(job: Job, tx: Transaction) -> None:
    """Tell everybody, in the transaction that ends the job."""
    counts = {name: job.counts.get(name, 0) for name in ("created", "updated", "unchanged", "refused")}
    finished = ImportFinished(import_id=job.id, shop_id=job.args["shop_id"], why=job.why, **counts)
    tx.emit(finished, subject=job.id, sequence=1, shop=job.args["shop_id"])


IMPORT = Kind(run_import, finish_import, give_up)


def _end(job: Job, why: str) -> None:
    """Fail; after a report of what became of the rows so far, unless that is what failed."""
    if job.cursor is None or job.cursor["ended"]:
        job.fail(why)
    else:
        job.cursor = job.cursor | {"ended": True, "why": why}


def _go_on(job: Job, place: Place, begin: Begin) -> Place:
    args = job.args
    format_ = FORMATS[args["format"]]
    source = Source(job.id, args["shop_id"], format_, args["category_id"], args["list"], args.get("person", ""))
    groups, ended = products_from(args["key"], args["bytes"], format_, place)
    place, all_taken = _take(job, source, groups, place, begin)
    ended = ended and all_taken
    if not ended and job.counts["rows_read"] >= MAX_ROWS:
        return replace(place, ended=True, why=f"a file may have {MAX_ROWS} rows: send the rest as another one")
    return replace(place, ended=ended)


def _take(job: Job, source: Source, groups: list[Group], place: Place, begin: Begin) -> tuple[Place, bool]:
    """The place behind what was brought in while a chunk has time, and whether that is all of it.

    What came before a product that fails is counted: the next chunk begins with that one, and raises what it raises.
    """
    start, until = place, time.monotonic() + CHUNK_SECONDS
    try:
        for group, told in _told(source, groups, begin):
            job.count("products", 1 if group.key else 0)
            job.count("rows_read", len(group.rows))
            job.count(told.outcome, len(group.rows))
            place = replace(place, offset=group.end, line=group.next_line, previous_key=group.key or place.previous_key)
            if time.monotonic() > until:
                break
    except Exception as error:
        if place is start:
            raise
        log(STORE.service, "chunk_cut", "warning", error=error, job_id=job.id, line=place.line)
    return place, not groups or place.offset == groups[-1].end


def _told(source: Source, groups: list[Group], begin: Begin) -> Iterator[tuple[Group, Told]]:
    """What became of each product, in file order."""
    for start in range(0, len(groups), LOOKED_UP_AT_ONCE):
        batch = groups[start : start + LOOKED_UP_AT_ONCE]
        shop, seen = look_up(source, batch)
        for group, known in zip(batch, seen, strict=True):
            try:
                told = import_product(source, group, shop, known, begin)
            except Contended:
                told = retrying(lambda: _again(source, group, begin))  # noqa: B023 - called here and now
            shop = told.shop
            yield group, told


def _again(source: Source, group: Group, begin: Begin) -> Told:
    shop, (seen,) = look_up(source, [group])
    return import_product(source, group, shop, seen, begin)


def _tell(job: Job, place: Place) -> Place:
    told = write_report(job.id, place.told, place.parts)
    if told is not None:
        return replace(place, told=told, parts=place.parts + 1)
    if place.why:
        job.fail(place.why)
    else:
        job.done()
    return replace(place, reported=True)
