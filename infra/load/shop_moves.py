"""A whole shop moves, and its workers die (M2, M3): ``python -m infra.load.shop_moves 10000 50000 --kills 3``.

So many products with their groups in catalog, then so many orders with their after-sales in orders, bad records among
all of them, are tried and moved into one shop by one undisturbed worker of each service. Then into another shop, on an
engine that throttles, conflicts, leaves batches half done and loses answers, by workers in processes of their own of
which some are killed (SIGKILL), in each service and at each kind of record. Prints counts, rates, processor time and
write units. Exit status 1 when the two shops differ in one row, or either from what the dry run said.
"""

import argparse
import base64
import hashlib
import json
import os
import resource
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from types import ModuleType
from typing import Any

from infra.faults import ConnectionDropped, Fault, FaultsProxy
from infra.load.imports import PERSON, ground, open_shop
from infra.load.letters import hand_over, wrapped
from infra.load.shop_dumps import OldShop
from infra.load.shop_rows import Found, Side, rows_of
from infra.local.child import Child, spawn

HURT = (
    Fault("throttle", probability=0.02),
    Fault("conflict", probability=0.02),
    Fault("unprocessed", probability=0.02),
    Fault("lose_answer", probability=0.01),
)
SOURCE = "channels_shop"
SERVICES = ("catalog", "orders")
KINDS = {"products": "catalog", "groups": "catalog", "orders": "orders", "aftersales": "orders"}


@dataclass
class Work:
    """What one service's workers took for a run. ``told``: the last one's own words: CPU seconds, units, calls."""

    seconds: float = 0.0
    workers: int = 0
    told: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Moved:
    """What it came to. ``faults`` is empty when all ended the same."""

    counts: Mapping[str, Mapping[str, int]]
    clean: Mapping[str, Work]
    hurt: Mapping[str, Work]
    fired: Mapping[str, int]
    rows: Mapping[str, int]
    faults: tuple[str, ...]

    @property
    def killed(self) -> int:
        """How many workers died."""
        return sum(work.workers - 1 for work in self.hurt.values())

    def __str__(self) -> str:
        lines = [
            f"{kind}: {', '.join(f'{n:,} {what}' for what, n in one.items())}" for kind, one in self.counts.items()
        ]
        for name, clean in self.clean.items():
            hurt, took = self.hurt[name], clean.told
            records = sum(one["read"] for kind, one in self.counts.items() if KINDS[kind] == name)
            lines.append(
                f"{name}: clean {records / clean.seconds:.0f} records/s ({clean.seconds:.0f} s), each"
                f" {1000 * took['cpu'] / records:.2f} ms of CPU, {took['writes'] / records:.1f} write and"
                f" {took['reads'] / records:.1f} read units ({took['writes']:,.0f} and {took['reads']:,.0f} in all),"
                f" {took['memory'] / 1e6:.0f} MB; hurt {records / hurt.seconds:.0f} records/s ({hurt.seconds:.0f} s)"
                f" by {hurt.workers} workers"
            )
        hit = ", ".join(f"{n:,} {kind}" for kind, n in sorted(self.fired.items()))
        rows = ", ".join(f"{n:,} in {table}" for table, n in sorted(self.rows.items()))
        lines += [f"{self.killed} workers killed, faults: {hit}", f"rows compared: {rows}"]
        return "\n".join([*lines, "; ".join(self.faults) or "the same, row by row, and as the dry run said"])


def main(arguments: Sequence[str]) -> int:
    """Move such a shop on an engine of its own."""
    parser = argparse.ArgumentParser(prog="python -m infra.load.shop_moves", description=__doc__.splitlines()[0])
    parser.add_argument("products", type=int, nargs="?", default=1_000)
    parser.add_argument("orders", type=int, nargs="?", default=5_000)
    parser.add_argument("--kills", type=int, default=3, help="how many workers of each service die on the way")
    parser.add_argument("--work", nargs=3, metavar=("SERVICE", "JOB", "NOW"), help=argparse.SUPPRESS)
    asked = parser.parse_args(arguments)
    if asked.work:
        work(*asked.work)
        return 0
    with ground() as engine_url:
        _orders_too()
        moved = run(asked.products, asked.orders, asked.kills, engine_url, lambda said: print(said, flush=True))
        print(moved, flush=True)
    return 1 if moved.faults else 0


def _orders_too() -> None:
    """Orders' tables and key beside catalog's."""
    import boto3

    from infra.local.provision import create_tables

    os.environ["XIAODIAN_ORDERS_SERVICE_KEY"] = base64.b64encode(hashlib.sha256(b"load").digest()).decode()
    from services.orders.resources import resources

    create_tables(boto3.client("dynamodb"), resources)


# ------------------------------------------------------------------------------------------------------ one worker


def work(service: str, job_id: str, now: str) -> None:
    """Do the steps of a service's job as its function does, until it has ended, and say what that took.

    Time stands still at ``now``, so that all of it comes out the same.
    """
    from services.shared.plumbing import clock
    from services.shared.plumbing.jobs import job_of

    at, app = datetime.fromisoformat(now), _app(service)
    clock.use(lambda: at)
    from services.shared.contracts.plumbing import JobStepDue

    taken = _metered()
    while (job := job_of(app.app.store, job_id)) is not None and job.state == "running":
        due = JobStepDue(job_id=job_id, step=job.step)
        hand_over(app, wrapped(due, service, job_id, job.step).model_dump_json())
    used = resource.getrusage(resource.RUSAGE_SELF)
    told = {"cpu": used.ru_utime + used.ru_stime, "memory": used.ru_maxrss * 1024, **taken}
    print(json.dumps({"writes": 0, "reads": 0} | told), flush=True)


def _app(service: str) -> ModuleType:
    from importlib import import_module

    return import_module(f"services.{service}.app")


def _metered() -> Counter[str]:
    """Counts this process's units from now on, and its transactions."""
    from services.shared.plumbing.tables import connection

    taken: Counter[str] = Counter()

    def ask(params: dict[str, Any], model: Any, **_: Any) -> None:
        if "ReturnConsumedCapacity" in model.input_shape.members:
            params["ReturnConsumedCapacity"] = "TOTAL"

    def note(parsed: dict[str, Any], model: Any, **_: Any) -> None:
        counted = parsed.get("ConsumedCapacity", [])
        units = sum(one["CapacityUnits"] for one in (counted if isinstance(counted, list) else [counted]))
        writes = model.name in ("TransactWriteItems", "PutItem", "UpdateItem", "DeleteItem")
        taken["writes" if writes else "reads"] += units
        taken["transactions"] += model.name == "TransactWriteItems"

    events = connection().client.meta.events
    events.register("provide-client-params.dynamodb", ask)
    events.register("after-call.dynamodb", note)
    return taken


# ------------------------------------------------------------------------------------------------------ the workers


class Shift:
    """The workers of one service at one job, one after the other: who is killed is followed by the next."""

    def __init__(self, service: str, job_id: str, now: datetime, env: Mapping[str, str]) -> None:
        command = "-m", "infra.load.shop_moves", "--work", service, job_id, now.isoformat()
        self._start: Callable[[], Child] = lambda: spawn(
            service, [sys.executable, *command], dict(os.environ) | dict(env)
        )
        self.work = Work()
        self._began = time.monotonic()
        self._child: Child | None = None

    def kill(self, _: object = None) -> None:
        """The one that is working now dies; what it has just asked for gets no answer."""
        assert self._child is not None
        self._child.process.send_signal(signal.SIGKILL)
        raise ConnectionDropped

    def goes_on(self) -> bool:
        """Look after it: whether there is still something to do. Raises RuntimeError for a worker that gave up."""
        if self._child is None:
            self._child, self.work.workers = self._start(), self.work.workers + 1
            return True
        code = self._child.process.poll()
        if code is None:
            return True
        words, child = self._child.last_words(), self._child
        self._child = None
        child.stop()
        if code == -signal.SIGKILL:
            return self.goes_on()
        if code:
            raise RuntimeError(f"the worker ended by itself: {words}")
        self.work.seconds, self.work.told = time.monotonic() - self._began, json.loads(words)
        return False

    def stop(self) -> None:
        """Nobody works any more."""
        if self._child:
            self._child.process.kill()
            self._child.stop()


def _done(shifts: Sequence[Shift]) -> dict[str, Work]:
    left = list(shifts)
    try:
        while left:
            left = [one for one in left if one.goes_on()]
            time.sleep(0.05)
    finally:
        for one in shifts:
            one.stop()
    return {name: one.work for name, one in zip(SERVICES, shifts, strict=True)}


# -------------------------------------------------------------------------------------------------------- the move


def run(
    products: int, orders: int, kills: int, engine_url: str, tell: Callable[[str], object] = lambda _: None
) -> Moved:
    """Try and move such a shop cleanly; move it again, hurt, into another one; compare. ``tell`` hears what is over.

    On the engine and the files that the environment names; the hurt workers see the engine through faults proxies. To
    be called from the main thread.
    """
    from services.shared.plumbing import clock

    now = clock.now().replace(microsecond=0)
    old = OldShop(products, orders, int(now.timestamp()) - 3_600)
    dumps = old.dumps()
    clean, hurt = (_asked({kind: _uploaded(KINDS[kind], one) for kind, one in dumps.items()}) for _ in range(2))
    tell(f"dry run: {_times(_run_of(clean, 'dry-run', now))}")
    tried = _report(clean, 1)
    works = _run_of(clean, "start", now)
    said = _report(clean, 2)
    tell(f"move: {_times(works)}")
    fired: Counter[str] = Counter()
    with ExitStack() as stack:
        proxies = [stack.enter_context(FaultsProxy(engine_url, seed=number)) for number, _ in enumerate(SERVICES)]
        hurt_works = _run_of(hurt, "start", now, proxies, [_deaths(works[one], kills) for one in SERVICES])
        for proxy in proxies:
            fired += proxy.fired
    again = _report(hurt, 1)
    tell(f"hurt move: {_times(hurt_works)}")
    counts: dict[str, dict[str, int]] = said["counts"]
    sides = [_side(clean, 2), _side(hurt, 1)]
    first, second = _rows(old, sides)
    wrong = {
        "the dry run told otherwise": tried != said,
        "the hurt move told otherwise": again != said,
        "not all records are told of": {kind: one["read"] for kind, one in counts.items()}
        != {kind: one.count(b"\n") for kind, one in dumps.items()},
        **{f"row {name} differs": True for name in first.differs(second)[:20]},
        **{f"the dry run did not foretell {name}": True for name in _unforetold(first)[:20]},
    }
    faults = tuple(what for what, is_so in wrong.items() if is_so)
    return Moved(counts, works, hurt_works, fired, first.tables, faults)


def _times(works: Mapping[str, Work]) -> str:
    return ", ".join(f"{name} {work.seconds:.0f} s by {work.workers}" for name, work in works.items())


def _deaths(work: Work, kills: int) -> list[int]:
    """At which of the transactions workers die: spread over as many as a clean run takes, the last near its end."""
    whole = int(work.told["transactions"])
    return [max(1, round(whole * (number + 0.9) / kills)) for number in range(kills)]


def _run_of(
    migration_id: str,
    what: str,
    now: datetime,
    proxies: Sequence[FaultsProxy] = (),
    deaths: Sequence[Sequence[int]] = (),
) -> dict[str, Work]:
    """Begin the run, have each service's workers do its part, and let each service hear what the other said."""
    from services.catalog.migrations.conduct import conduct, job_id, migration_named
    from services.catalog.tables import STORE
    from services.orders.migrations.follow_migration import job_of_run
    from services.orders.migrations.tables import find_migration
    from services.shared.plumbing import clock, ids
    from services.shared.plumbing.tables import Transaction

    at = clock.now()
    conduct(migration_id, what, PERSON, begin=lambda: Transaction(STORE, at, ids.new_id), now=at)
    _tell(migration_id, "catalog", "orders")
    told = find_migration(migration_id)
    assert told is not None
    jobs = job_id(migration_named(migration_id)), job_of_run(told)
    urls = [{"AWS_ENDPOINT_URL_DYNAMODB": proxy.url} for proxy in proxies] or [{}, {}]
    shifts = [Shift(name, job, now, env) for name, job, env in zip(SERVICES, jobs, urls, strict=True)]
    for shift, proxy, numbers in zip(shifts, proxies, deaths, strict=False):
        proxy.plan(*HURT)
        for place, number in enumerate(numbers):
            proxy.at_call(number, "before" if place % 2 else "after", shift.kill, {"TransactWriteItems"})
    works = _done(shifts)
    _tell(migration_id, "orders", "catalog")
    return works


def _tell(subject: str, emitter: str, consumer: str) -> None:
    """What one has said of the migration reaches the other, in its order; what was heard before changes nothing."""
    from services.shared.plumbing.tables import query

    sender, receiver, after = _app(emitter), _app(consumer), ""
    while page := query(sender.app.store.outbox, subject, after=after or None):
        for row in page:
            if consumer in row.consumers:
                assert hand_over(receiver, row.body), row.body
        after = page[-1].sk


def _uploaded(service: str, content: bytes) -> str:
    """A file in the service's bucket as if its owner had uploaded it; the upload's id."""
    from services.shared.plumbing import clock, files, ids
    from services.shared.plumbing.tables import Transaction

    store = _app(service).app.store
    tx = Transaction(store, clock.now(), ids.new_id)
    digest = hashlib.sha256(content).hexdigest()
    upload_id = files.ask_upload(tx, PERSON, "migration", "application/x-ndjson", len(content), digest)
    tx.commit()
    key, size = files.key_of(store, upload_id), files.PART_BYTES
    parts = [f"{key}/{start}" for start in range(0, len(content), size)]  # the local store takes no large body at once
    for number, part in enumerate(parts):
        files.write(part, content[number * size : (number + 1) * size], "application/x-ndjson")
    files.join(parts, key, "application/x-ndjson")
    return upload_id


def _asked(uploads: Mapping[str, str]) -> str:
    """A migration of these files into a fresh shop that may sell; its id."""
    from services.catalog.migrations.ask_migration import ask_migration
    from services.catalog.migrations.messages import AskMigration
    from services.catalog.tables import STORE
    from services.shared.plumbing import clock, ids
    from services.shared.plumbing.tables import Transaction

    now = clock.now()
    body = {
        "source": SOURCE,
        "old_shop_id": ids.new_id("old"),
        "shop_id": open_shop(),
        "files": [{"kind": kind, "upload_id": upload_id} for kind, upload_id in uploads.items()],
    }

    def begin() -> Transaction:
        return Transaction(STORE, now, ids.new_id)

    asked = AskMigration.model_validate(body)
    return ask_migration(asked, PERSON, "", platform=True, begin=begin, now=now, new_id=ids.new_id)


# ------------------------------------------------------------------------------------------------------ the verdict


def _report(migration_id: str, run_number: int) -> dict[str, Any]:
    """How the run ended: its counts by kind, and every record that it refused, with its reason."""
    from services.catalog.migrations.conduct import migration_named
    from services.catalog.migrations.tables import told_of

    migration, rows, after = migration_named(migration_id), [], None
    while page := told_of(migration_id, run_number, 1_000, after):
        rows += [(one.kind, one.file, one.line, one.old_id, one.outcome, one.why) for _, one in page]
        after = page[-1][0]
    names = ("read", "moved", "unchanged", "refused")
    counts = {kind: one for part in migration.parts.values() for kind, one in part.counts.items()}
    told = {kind: {name: getattr(counts[kind], name) for name in names} for kind in KINDS if kind in counts}
    return {"state": migration.state, "why": migration.why, "counts": told, "rows": rows}


def _side(migration_id: str, run_number: int) -> Side:
    from services.catalog.migrations.conduct import migration_named

    one = migration_named(migration_id)
    return Side(one.migration_id, one.shop_id, one.source, one.old_shop_id, run_number)


def _rows(old: OldShop, sides: Sequence[Side]) -> list[Found]:
    import boto3

    from services.orders.tables import VAULT, own_begin
    from services.shared.plumbing import clock

    def opened(rows: list[dict[str, Any]]) -> None:
        """Orders' sealed texts in clear, to be compared."""
        VAULT.make_ready(filter(None, map(_whose, rows)), own_begin(clock.now()))
        for row in rows:
            if row.get("sealed_for"):
                row["doc"] = VAULT.open(row["sealed_for"], row["doc"])
            elif row["sk"] in ("ORDER", "AFTERSALE"):
                doc = json.loads(row["doc"])
                for name in ("address_sealed", "text_sealed"):
                    if doc.get(name):
                        doc[name] = VAULT.open(_whose(row), doc[name])
                row["doc"] = json.dumps(doc)

    tables = {"catalog": _as_it_is, "catalog-outbox": _as_it_is, "orders": opened, "orders-outbox": _as_it_is}
    return rows_of(boto3.client("dynamodb"), tables, {side: side.names(old.ids()) for side in sides})


def _whose(row: Mapping[str, Any]) -> str:
    """Under whose key something is sealed in it; nobody's where nothing is."""
    if row["sk"] in ("ORDER", "AFTERSALE"):
        doc = json.loads(row["doc"])
        return str(doc.get("address_of") or doc.get("applicant") or "")
    return str(row.get("sealed_for") or "")


def _as_it_is(rows: list[dict[str, Any]]) -> None:
    """Nothing is sealed there; when a row expires is of its run."""
    for row in rows:
        row.pop("ttl", None)


def _unforetold(found: Found) -> list[str]:
    """What the move says of its records and the dry run did not say, or the other way round; which orders and styles
    came, of which a dry run keeps its own note."""
    marks = ("catalog IMP#", "catalog MRF#", "catalog MRU#", "orders MIGR#")
    moved = {name: said for name, said in found.moved.items() if name.startswith(marks)}
    notes = ("|ID#", "|sku#")
    tried = {name: said for name, said in found.before.items() if not any(note in name for note in notes)}
    wrong = [one for one in sorted(moved.keys() | tried.keys()) if moved.get(one) != tried.get(one)]
    would = {name.rpartition(note)[2] for note in notes for name in found.before if note in name}
    came = {
        name.partition("#")[2].partition("|")[0]
        for name in found.moved
        if name.startswith(("orders ORD#", "orders AFS#"))
    }
    came |= {name.split("#")[2].partition("|")[0] for name in found.moved if name.startswith("catalog OLD#sku#")}
    return wrong + sorted(would ^ came)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
