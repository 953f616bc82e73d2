"""A large import whose workers are killed (C6): ``python -m infra.load.imports 50000 --kills 3``.

A native CSV of so many rows is imported on an engine of its own, by the worker's own code in a process of its own,
which is killed (SIGKILL) while it works, as often as asked, each time somewhere else; another one goes on. Prints the
rate and the most memory that any worker had, as Linux counted it. Exit status 1 when a row was lost or told of twice, a
product made or offered twice, or a worker had more than 200 MB.
"""

import argparse
import base64
import csv
import hashlib
import io
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from infra.load.letters import hand_over, wrapped
from infra.local.child import Child, free_port, spawn

MOST_MEMORY = 200_000_000  # bytes
ROWS_A_PRODUCT = 5
OFFERS_LOOKED_AT = 200
PERSON = "person:load"


@dataclass(frozen=True)
class Found:
    """What an import came to. ``faults`` is empty when it ended right; ``memory`` is the most of any worker, bytes."""

    rows: int
    workers: int
    seconds: float
    memory: int
    counts: Mapping[str, int]
    faults: tuple[str, ...]

    def __str__(self) -> str:
        told = ", ".join(f"{count:,} {name}" for name, count in self.counts.items())
        rate = self.rows / self.seconds
        return (
            f"{self.rows:,} rows in {self.seconds:.0f} s ({rate:.0f} rows/s) by {self.workers} workers: {told};"
            f" {self.memory / 1e6:.0f} MB at most: {'; '.join(self.faults) or 'right'}"
        )


def main(arguments: Sequence[str]) -> int:
    """Import a file of so many rows, and the same file again, on an engine of its own."""
    parser = argparse.ArgumentParser(prog="python -m infra.load.imports", description=__doc__.splitlines()[0])
    parser.add_argument("rows", type=int, nargs="?", default=5_000)
    parser.add_argument("--kills", type=int, default=3, help="how many workers die on the way")
    parser.add_argument("--again", action="store_true", help="import the same file a second time")
    parser.add_argument("--work", metavar="IMPORT", help=argparse.SUPPRESS)  # this process is a worker
    asked = parser.parse_args(arguments)
    if asked.work:
        work(asked.work)
        return 0
    from rich.console import Console
    from rich.progress import Progress

    with ground():
        faults: list[str] = []
        shop_id = open_shop()
        for time_ in ("first", "second")[: 2 if asked.again else 1]:
            with Progress(console=Console(stderr=True)) as bar:
                task = bar.add_task(f"{time_} time", total=asked.rows)
                found = run(shop_id, asked.rows, asked.kills, lambda rows, task=task: bar.update(task, completed=rows))  # type: ignore[misc]
            print(f"{time_} time: {found}", flush=True)
            faults += found.faults
    return 1 if faults else 0


def run(shop_id: str, rows: int, kills: int, tell: Callable[[int], object] = lambda _: None) -> Found:
    """Import so many rows into the shop; ``kills`` workers are killed on the way. ``tell`` hears of the rows done.

    On the engine and the files that the environment names. To be called from the main thread.
    """
    import_id = _start(shop_id, _file(rows))
    beginning, workers, memory = time.monotonic(), 0, 0
    for number in range(kills + 1):
        last_line = rows * (number + 1) // (kills + 1) - rows // (2 * kills + 2) if number < kills else None
        worker = spawn("worker", [sys.executable, "-m", "infra.load.imports", "--work", import_id], dict(os.environ))
        workers += 1
        try:
            memory = max(memory, _watched(worker, import_id, last_line, tell))
        finally:
            worker.process.kill()
            worker.stop()
    seconds = time.monotonic() - beginning
    counts, faults = _judged(import_id, rows)
    if memory > MOST_MEMORY:
        faults.append(f"a worker had {memory / 1e6:.0f} MB")
    return Found(rows, workers, seconds, memory, counts, tuple(faults))


def work(import_id: str) -> None:
    """Do the steps of an import as its function does, until it has ended."""
    from services.catalog import app as catalog
    from services.catalog.tables import STORE
    from services.shared.contracts.plumbing import JobStepDue
    from services.shared.plumbing.jobs import job_of

    while (job := job_of(STORE, import_id)) is not None and job.state == "running":
        due = JobStepDue(job_id=import_id, step=job.step)
        hand_over(catalog, wrapped(due, STORE.service, import_id, job.step).model_dump_json())


def open_shop() -> str:
    """A shop that may sell; returns its id."""
    from services.catalog.shops.shop import PaymentAccount, new_shop
    from services.catalog.shops.template import TEMPLATES
    from services.catalog.tables import STORE, save_shop
    from services.shared.plumbing import clock, ids
    from services.shared.plumbing.tables import Transaction

    now = clock.now()
    new = new_shop(
        shop_id=ids.new_id("shp"),
        owner=PERSON,
        name="load",
        subject_type="enterprise",
        contact="",
        template=TEMPLATES["general"],
        submit=True,
        now=now,
    )
    shop = replace(new, status="passed", deposit_fen=100_000, payment_account=PaymentAccount("1900000109", None, now))
    tx = Transaction(STORE, now, ids.new_id)
    save_shop(tx, shop)
    tx.commit()
    return shop.shop_id


def _file(rows: int) -> bytes:
    """Products of five styles each."""
    text = io.StringIO()
    file = csv.writer(text)
    file.writerow("out_product_id,title,category_id,images,attributes,out_sku_id,price_fen,stock".split(","))
    images = "|".join(f"https://images.test/{n}.jpg" for n in range(3))
    for n in range(rows):
        product, style = divmod(n, ROWS_A_PRODUCT)
        texts = [f"青花瓷杯 Blue cup {product}", "home.decor", images] if style == 0 else ["", "", ""]
        file.writerow([f"cup-{product}", *texts, f"尺寸={style}", f"CUP-{product}-{style}", 1_000 + n % 9_000, n % 50])
    return text.getvalue().encode()


def _start(shop_id: str, content: bytes) -> str:
    from services.catalog.imports.start_import import start_import
    from services.catalog.products.messages import StartImport
    from services.catalog.tables import STORE
    from services.shared.plumbing import clock, files, ids
    from services.shared.plumbing.tables import Transaction

    def begin() -> Transaction:
        return Transaction(STORE, clock.now(), ids.new_id)

    tx = begin()
    digest = hashlib.sha256(content).hexdigest()
    upload_id = files.ask_upload(tx, PERSON, "import", "text/csv", len(content), digest)
    tx.commit()
    files.write(files.key_of(STORE, upload_id), content, "text/csv")
    asked = StartImport(upload_id=upload_id, format="native")
    return start_import(shop_id, PERSON, asked, begin=begin, now=clock.now(), new_id=ids.new_id)


def _watched(worker: Child, import_id: str, last_line: int | None, tell: Callable[[int], object]) -> int:
    """Let the worker go on until it has told of this line, and kill it then; or until the end. Returns its memory."""
    from services.catalog.imports.tables import rows_of
    from services.catalog.tables import STORE
    from services.shared.plumbing.jobs import job_of

    memory = 0
    while worker.process.poll() is None:
        memory = max(memory, _memory_of(worker.process.pid))
        if last_line is not None and rows_of(import_id, 1, last_line):
            worker.process.send_signal(signal.SIGKILL)
            worker.process.wait()
        job = job_of(STORE, import_id)
        tell(job.counts.get("rows_read", 0) if job else 0)
        time.sleep(0.1)
    if last_line is None and worker.process.returncode:
        raise RuntimeError(f"the worker ended by itself: {worker.last_words()}")
    return memory


def _memory_of(pid: int) -> int:
    """The most memory that the process had until now, in bytes."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    except (FileNotFoundError, ProcessLookupError):
        return 0
    most = [line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:")]
    return int(most[0]) * 1024 if most else 0


def _judged(import_id: str, rows: int) -> tuple[dict[str, int], list[str]]:
    """The import's counts, and what is wrong: by its report, by the job, by what was told of its products."""
    from services.catalog.imports.import_report import report_key
    from services.catalog.tables import STORE
    from services.shared.contracts.catalog import ProductOffered
    from services.shared.plumbing import files
    from services.shared.plumbing.jobs import job_of
    from services.shared.plumbing.tables import query

    job = job_of(STORE, import_id)
    if job is None or job.state != "done":
        return {}, [f"the import has not ended: {job.why if job else 'gone'}"]
    text = b"".join(files.chunks(report_key(import_id))).decode("utf-8-sig")
    report = list(csv.DictReader(io.StringIO(text)))
    outcomes = [row["outcome"] for row in report]
    products = list(dict.fromkeys(row["product_id"] for row in report))
    offers = [
        sum(row.name == ProductOffered.NAME for row in query(STORE.outbox, one))
        for one in products[:: max(1, len(products) // OFFERS_LOOKED_AT)]
    ]
    counts = {name: job.counts.get(name, 0) for name in ("products", "created", "updated", "unchanged", "refused")}
    wrong = {
        "a row is missing in the report, or there twice": [row["line"] for row in report]
        != [str(line) for line in range(2, rows + 2)],
        "the counts are not those of the report": any(
            counts[name] != outcomes.count(name) for name in ("created", "updated", "unchanged", "refused")
        ),
        "a row was refused": counts["refused"] > 0,
        "a product is missing, or there twice": len(products) != counts["products"]
        or len(products) != -(-rows // ROWS_A_PRODUCT),
        "a product was not offered once": set(offers) != {1},
    }
    return counts, [what for what, is_so in wrong.items() if is_so]


@contextmanager
def ground() -> Iterator[str]:
    """An engine and a file store of their own, in memory, and catalog's tables. Yields the engine's URL."""
    import boto3

    from infra.local.cloud import start_ministack
    from infra.local.engine import start_engine
    from infra.local.provision import create_bucket, create_tables

    engine, cloud_port = start_engine(free_port(), None), free_port()
    key = base64.b64encode(hashlib.sha256(b"load").digest()).decode()
    cloud = start_ministack(cloud_port, None)
    os.environ |= {
        "AWS_ENDPOINT_URL_DYNAMODB": engine.url,
        "AWS_ENDPOINT_URL_S3": cloud.url,
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_DEFAULT_REGION": "cn-north-1",
        "AWS_REGION": "cn-north-1",
        "XIAODIAN_CURSOR_KEY": key,
        "XIAODIAN_FILES_BUCKET": "load-files",
        "XIAODIAN_CATALOG_SERVICE_KEY": key,
    }
    try:
        from services.catalog.resources import resources

        create_tables(boto3.client("dynamodb"), resources)
        create_bucket(boto3.client("s3"), "load-files")
        yield engine.url
    finally:
        cloud.stop()
        engine.stop()


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
