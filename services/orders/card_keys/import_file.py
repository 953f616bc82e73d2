"""Import a file of card keys: a job that goes through it, a key a line, and writes down what became of them (O5).

    120 lines ─▶ … ─▶ 120 lines ─▶ report joined, upload emptied ─▶ done

A chunk may be done twice: its keys lie under an import of its own, ``{import}-{chunk}``, so that it finds again what it
has brought in, and an equal key of another chunk is a duplicate. No key is in the job or the report, which names lines;
when the job ends, whether well or not, nothing is left in the upload either.
"""

import csv
import io
from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from typing import NamedTuple

from services.orders.card_keys.import_keys import AT_ONCE, card_key_offer, take_in
from services.orders.card_keys.messages import LONGEST_KEY
from services.orders.card_keys.refusals import UploadUsed
from services.orders.card_keys.seal_keys import as_read, sealer
from services.orders.tables import STORE, VAULT
from services.shared.plumbing import files, jobs
from services.shared.plumbing.ids import derived_id
from services.shared.plumbing.problems import Invalid, NotFound
from services.shared.plumbing.tables import Begin, Refused

KIND = "card_key_import"
PURPOSE = "card_keys"
LINES_A_CHUNK = 3 * AT_ONCE
MOST_LINES = 100_000
CSV = "text/csv; charset=utf-8"
MARK = b"\xef\xbb\xbf"  # with which some programs begin a file in UTF-8
TWICE, BEFORE = "came before in this file", "was imported before"


class Told(NamedTuple):
    """What became of a line that brought in no new key."""

    line: int
    outcome: str
    why: str


def start_key_import(shop_id: str, sku_id: str, upload_id: str, person: str, *, begin: Begin, now: datetime) -> str:
    """Start going through the person's finished upload; returns the import's id.

    An upload is imported once, as the end of its import empties it. Raises NotFound, NotACardKey, UploadMissing,
    UploadUsed.
    """
    card_key_offer(shop_id, sku_id, now)
    key = files.uploaded(STORE, upload_id, person, PURPOSE)
    import_id = derived_id("cki", upload_id)
    args = {"shop_id": shop_id, "sku_id": sku_id, "key": key, "by": person, "created_at": now.isoformat()}
    tx = begin()
    jobs.start(tx, import_id, KIND, args)
    try:
        tx.commit({"shop_id": shop_id, "import_id": import_id})
    except Refused as refused:
        raise UploadUsed() from refused
    return import_id


def report_key(import_id: str) -> str:
    """Where the report of an import lies."""
    return f"{STORE.service}/card-key-imports/{import_id}.csv"


def import_chunk(job: jobs.Job, begin: Begin) -> None:
    """Bring in the next lines; behind the last one write the report, empty the upload, and end."""
    place = job.cursor or {"offset": 0, "line": 1, "chunk": 0, "ended": False, "why": ""}
    if place["ended"]:
        files.join([_part(job.id, one) for one in range(place["chunk"])], report_key(job.id), CSV)
        files.blank(job.args["key"])
        job.cursor = place | {"reported": True}
        if place["why"]:
            job.fail(place["why"])
        else:
            job.done()
        return
    read: list[tuple[bytes, int]] = []
    try:
        read = list(islice(_lines(job.args["key"], place["offset"]), LINES_A_CHUNK))
        told = _bring_in(job, f"{job.id}-{place['chunk']}", place["line"], [line for line, _ in read], begin)
    except FileNotFoundError:
        told, place["why"] = [], "the uploaded file is gone"
    except (NotFound, Invalid) as error:  # the product went meanwhile
        told, read, place["why"] = [], [], error.title
    files.write(_part(job.id, place["chunk"]), _sheet(told, head=place["chunk"] == 0), CSV)
    line = place["line"] + len(read)
    if line > MOST_LINES and len(read) == LINES_A_CHUNK:
        place["why"] = f"a file may have {MOST_LINES} keys: send the rest as another one"
    job.cursor = {
        "offset": read[-1][1] if read else place["offset"],
        "line": line,
        "chunk": place["chunk"] + 1,
        "ended": len(read) < LINES_A_CHUNK or bool(place["why"]),
        "why": place["why"],
    }


def give_up(job: jobs.Job) -> None:
    """End as with a bad file: with its report and an emptied upload; where that is what fails, without."""
    why = f"{jobs.GIVEN_UP}: upload the file again, no key of it is brought in twice"
    if job.cursor and job.cursor["ended"]:
        job.fail(why)
    else:
        place = job.cursor or {"offset": 0, "line": 1, "chunk": 0}
        job.cursor = place | {"ended": True, "why": why}


IMPORT = jobs.Kind(import_chunk, give_up=give_up)


def _bring_in(job: jobs.Job, chunk_id: str, first: int, lines: list[bytes], begin: Begin) -> list[Told]:
    """Raises NotFound, NotACardKey, TooBusy."""
    args, sealing = job.args, sealer(job.args["shop_id"], VAULT)
    told, wanted = [], dict[str, tuple[int, str]]()
    for number, line in enumerate(lines, start=first):
        key, why = _key_in(line)
        if key is None:
            told += [Told(number, "refused", why)] if why else []
        elif (digest := sealing.digest(key)) in wanted:
            told.append(Told(number, "duplicate", TWICE))
        else:
            wanted[digest] = number, key
    by_import: dict[str, str] = {}
    for start in range(0, len(wanted), AT_ONCE):
        part = {digest: key for digest, (_, key) in list(wanted.items())[start : start + AT_ONCE]}
        now = begin().now
        by_import |= take_in(args["shop_id"], args["sku_id"], part, chunk_id, args["by"], now, VAULT)
    for digest, import_id in by_import.items():
        if import_id == chunk_id:
            job.count("added")
        else:
            own = import_id.rpartition("-")[0] == job.id
            told.append(Told(wanted[digest][0], "duplicate", TWICE if own else BEFORE))
    job.count("duplicates", sum(one.outcome == "duplicate" for one in told))
    job.count("refused", sum(one.outcome == "refused" for one in told))
    return sorted(told)


def _key_in(line: bytes) -> tuple[str | None, str]:
    """The key on a line; None and why there is none, or no reason where the line is empty."""
    try:
        key = as_read(line.decode())
    except UnicodeDecodeError:
        return None, "no text in UTF-8"
    if len(key) > LONGEST_KEY:
        return None, f"longer than {LONGEST_KEY} characters"
    return key or None, ""


def _lines(key: str, start: int) -> Iterator[tuple[bytes, int]]:
    """The file's lines from a byte on, each with the byte at which the next one begins. Raises FileNotFoundError."""
    rest, at = b"", start
    for piece in files.chunks(key, start):
        *whole, rest = (rest + piece).split(b"\n")
        for line in whole:
            yield line.removeprefix(MARK) if at == 0 else line, at + len(line) + 1
            at += len(line) + 1
    if rest:
        yield rest.removeprefix(MARK) if at == 0 else rest, at + len(rest)


def _part(import_id: str, chunk: int) -> str:
    return f"{STORE.service}/card-key-imports/{import_id}/{chunk:05}"


def _sheet(told: list[Told], *, head: bool) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows([Told._fields, *told] if head else told)
    return text.getvalue().encode()
