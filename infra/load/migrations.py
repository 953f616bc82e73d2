"""A move whose workers are killed and throttled, with bad records mixed in, against a clean one (M2, M3).

``python -m infra.load.migrations 10000 --kills 3``: a WeChat dump of so many products is tried and moved into one shop
by one undisturbed worker; and into another by workers of which some are killed (SIGKILL), on an engine that throttles,
conflicts and loses answers. Prints the rates. Exit status 1 when the dry run, the clean and the hurt move differ in one
record's outcome, or one product differs in anything but its ids.
"""

import argparse
import hashlib
import json
import os
import re
import signal
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from infra.faults import Fault, FaultsProxy
from infra.load.imports import PERSON, ground, open_shop
from infra.local.child import spawn

BAD_EVERY = 25  # one record in so many cannot be taken
FIRST = 10_000_087_654_321_001  # above what a float keeps
HURT = (
    Fault("throttle", probability=0.02),
    Fault("conflict", probability=0.02),
    Fault("lose_answer", probability=0.01),
)
ID = re.compile(r"(prd|sku|shp|mig|evt)_[0-9A-HJKMNP-TV-Z]{26}")


@dataclass(frozen=True)
class Found:
    """What it came to. ``faults`` is empty when all ended the same; ``seconds`` of the clean and of the hurt move."""

    records: int
    seconds: tuple[float, float]
    workers: int
    fired: int
    counts: dict[str, int]
    faults: tuple[str, ...]

    def __str__(self) -> str:
        clean, hurt = (self.records / one for one in self.seconds)
        told = ", ".join(f"{count:,} {name}" for name, count in self.counts.items() if count)
        return (
            f"{self.records:,} records: {told}; clean {clean:.0f} records/s, hurt {hurt:.0f} records/s by"
            f" {self.workers} workers with {self.fired:,} faults: {'; '.join(self.faults) or 'the same'}"
        )


def main(arguments: Sequence[str]) -> int:
    """Move so many products on an engine of its own."""
    parser = argparse.ArgumentParser(prog="python -m infra.load.migrations", description=__doc__.splitlines()[0])
    parser.add_argument("records", type=int, nargs="?", default=1_000)
    parser.add_argument("--kills", type=int, default=3, help="how many workers die on the way")
    asked = parser.parse_args(arguments)
    with ground() as engine_url:
        found = run(asked.records, asked.kills, engine_url)
        print(found, flush=True)
    return 1 if found.faults else 0


def run(records: int, kills: int, engine_url: str) -> Found:
    """Try and move so many records cleanly; move them again, hurt, into another shop; compare.

    On the engine and the files that the environment names; the hurt workers see the engine through a faults proxy.
    """
    content = dump(records)
    clean, hurt = _asked(content), _asked(content)
    _act(clean, "dry-run")
    _worked(f"{clean}-1", clean, 0, 0, {})
    _act(clean, "start")
    began = time.monotonic()
    _worked(f"{clean}-2", clean, 0, 0, {})
    between = time.monotonic()
    _act(hurt, "start")
    with FaultsProxy(engine_url, seed=records) as proxy:
        proxy.plan(*HURT)
        workers = _worked(f"{hurt}-1", hurt, records, kills, {"AWS_ENDPOINT_URL_DYNAMODB": proxy.url})
        fired = proxy.fired.total()
    ended = time.monotonic()
    counts, faults = _judged(clean, hurt, records)
    return Found(records, (between - began, ended - between), workers, fired, counts, tuple(faults))


def dump(records: int) -> bytes:
    """A product a line, each in two styles; one in 25 cannot be taken, for one reason or another."""
    return b"".join(_line(number) for number in range(records))


def _line(number: int) -> bytes:
    ident = FIRST + number
    one: dict[str, Any] = {
        "product_id": ident if number % 2 else str(ident),
        "out_product_id": f"out-{number}",
        "title": f"手绘青花马克杯第{number}款",
        "head_imgs": [f"https://images.test/{n}.jpg" for n in range(3)],
        "desc_info": {"desc": "每一只都不一样"},
        "deliver_method": 0,
        "status": 11 if number % 10 == 7 else 5,
        "express_info": {"weight": 380},
        "brand_id": "2100000000",
        "skus": [
            {
                "sku_id": str(ident * 10 + n),
                "sale_price": 1_000 + number % 9_000,
                "stock_num": number % 50,
                "sku_attrs": [{"attr_key": "尺寸", "attr_value": size}],
            }
            for n, size in enumerate(("小", "大"))
        ],
    }
    if number % BAD_EVERY == BAD_EVERY - 1:
        kind = number // BAD_EVERY % 4
        if kind == 0:
            return b'{"product_id": "1\n'
        wrong: list[dict[str, Any]] = [{"title": "短"}, {"skus": []}, {"product_id": FIRST}]
        one |= wrong[kind - 1]
    return json.dumps(one, ensure_ascii=False).encode() + b"\n"


def _asked(content: bytes) -> str:
    """A migration of these products into a fresh shop that may sell; its id."""
    from services.catalog.migrations.ask_migration import ask_migration
    from services.catalog.migrations.messages import AskMigration
    from services.catalog.migrations.migration import PURPOSE
    from services.catalog.tables import STORE
    from services.shared.plumbing import clock, files, ids
    from services.shared.plumbing.tables import Transaction

    def begin() -> Transaction:
        return Transaction(STORE, clock.now(), ids.new_id)

    tx = begin()
    digest = hashlib.sha256(content).hexdigest()
    upload_id = files.ask_upload(tx, PERSON, PURPOSE, "application/x-ndjson", len(content), digest)
    tx.commit()
    files.write(files.key_of(STORE, upload_id), content, "application/x-ndjson")
    body = {
        "source": "mini_shop",
        "old_shop_id": ids.new_id("old"),
        "shop_id": open_shop(),
        "files": [{"kind": "products", "upload_id": upload_id}],
    }
    asked = AskMigration.model_validate(body)
    return ask_migration(asked, PERSON, "", platform=True, begin=begin, now=clock.now(), new_id=ids.new_id)


def _act(migration_id: str, what: str) -> None:
    from services.catalog.migrations.conduct import conduct
    from services.catalog.tables import STORE
    from services.shared.plumbing import clock, ids
    from services.shared.plumbing.tables import Transaction

    now = clock.now()
    conduct(migration_id, what, PERSON, begin=lambda: Transaction(STORE, now, ids.new_id), now=now)


def _worked(job_id: str, migration_id: str, records: int, kills: int, environment: dict[str, str]) -> int:
    """Workers do the job to its end; some die where a share of the records is done. Returns how many there were."""
    for number in range(kills + 1):
        line = records * (number + 1) // (kills + 1) - records // (2 * kills + 2) if number < kills else None
        command = [sys.executable, "-m", "infra.load.imports", "--work", job_id]
        worker = spawn("worker", command, dict(os.environ) | environment)
        try:
            _watched(worker.process, f"{migration_id}#1#1", line)
            if line is None and worker.process.returncode:
                raise RuntimeError(f"the worker ended by itself: {worker.last_words()}")
        finally:
            worker.process.kill()
            worker.stop()
    return kills + 1


def _watched(process: Any, rows: str, line: int | None) -> None:
    from services.catalog.tables import rows_of

    while process.poll() is None:
        if line is not None and rows_of(rows, 1, line - 1):
            process.send_signal(signal.SIGKILL)
            process.wait()
        time.sleep(0.05)


def _judged(clean: str, hurt: str, records: int) -> tuple[dict[str, int], list[str]]:
    """The clean move's counts, and in what the dry run, the clean move and the hurt one differ."""
    tried, moved, again = (_rows(clean, 1), _rows(clean, 2), _rows(hurt, 1))
    outcomes = [row["outcome"] for row in moved]
    told = {name: outcomes.count(name) for name in ("moved", "unchanged", "refused")}
    wrong = {
        f"{len(moved)} of {records} records are told of": len(moved) != records,
        "the dry run told otherwise": tried != moved,
        "the hurt move told otherwise": _nameless(again) != _nameless(moved),
        "a product differs": _products(again) != _products(moved),
        "its counts are not those of its rows": _counts(hurt) != told or _counts(clean) != told,
    }
    return told, [what for what, is_so in wrong.items() if is_so]


def _rows(migration_id: str, run: int) -> list[dict[str, Any]]:
    from services.catalog.tables import rows_of

    found: list[dict[str, Any]] = []
    while page := rows_of(f"{migration_id}#{run}#1", 1_000, found[-1]["line"] if found else 0):
        found += [
            {"line": int(one.lines[0]), "key": one.key, "outcome": one.outcome, "why": one.why, "id": one.product_id}
            for one in page
        ]
    return found


def _nameless(rows: Sequence[dict[str, Any]]) -> list[str]:
    return [ID.sub(r"\1", json.dumps(row)) for row in rows]


def _products(rows: Sequence[dict[str, Any]]) -> list[str]:
    """Every product, with what was said of it, but for ids and times."""
    from services.catalog.tables import STORE, find_products
    from services.shared.plumbing.tables import query

    told: list[str] = []
    ids = iter(row["id"] for row in rows if row["outcome"] == "moved")
    while portion := list(islice(ids, 100)):
        for one in find_products(portion):
            said = [row.name for row in query(STORE.outbox, one.product.product_id)]
            copy = ID.sub(r"\1", repr(one.product.latest))
            told.append(f"{one.product.status} v{one.product.version} {said} {copy}")
    return told


def _counts(migration_id: str) -> dict[str, int]:
    from services.catalog.migrations.conduct import migration_named

    count = migration_named(migration_id).parts["catalog"].counts["products"]
    return {"moved": count.moved, "unchanged": count.unchanged, "refused": count.refused}


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
