"""Work that exceeds one transaction: chunked, checkpointed, resumable, and harmless when two workers do it.

A job is started in somebody's transaction. Each step runs the kind's chunk function as long as time is left; chunks
must be harmless when repeated, since a step that dies begins again at its last checkpoint. The checkpoint is
conditional on the step, and the next step's event is written with it::

    start ─tx─▶ JobStepDue(1) ─▶ chunk, chunk, chunk ─tx─▶ checkpoint + JobStepDue(2) ─▶ … ─tx─▶ done

A step that is lost or fails is due again every five minutes. A job that somebody waits for says how it gives up
(``Kind.give_up``), and does after six hours of that; what has to be done whatever happens says nothing, and never does.
"""

import copy
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from services.shared.contracts.envelope import Envelope
from services.shared.contracts.plumbing import JobStepDue
from services.shared.plumbing.contention import share_s
from services.shared.plumbing.ids import NewId
from services.shared.plumbing.logs import log
from services.shared.plumbing.tables import Begin, Contended, Row, Store, Transaction, get, read, retrying, ttl

DUE = "JOBS"
STALLED_AFTER = timedelta(minutes=5)
STEP_SECONDS = 15.0
CHUNK_NEEDS_S = 8.0  # the longest chunk
MOST_RESTARTS = 72  # of one step: about six hours
GIVEN_UP = "it came no further for six hours, by a fault of ours"


@dataclass
class Job:
    """A job as its chunk function sees it; it moves ``cursor`` and ``counts`` on and says when it is ``done``."""

    id: str
    kind: str
    args: dict[str, Any]
    state: str = "running"  # running, done, failed
    step: int = 1
    cursor: Any = None
    counts: dict[str, int] = field(default_factory=dict)
    why: str = ""
    rests_until: datetime | None = None
    restarts: int = 0  # of this step

    def count(self, name: str, by: int = 1) -> None:
        self.counts[name] = self.counts.get(name, 0) + by

    def rest(self, until: datetime) -> None:
        """The next chunk does not begin before; the schedule wakes it, so give or take a minute."""
        self.rests_until = until

    def done(self) -> None:
        self.state = "done"

    def fail(self, why: str) -> None:
        self.state, self.why = "failed", why


# Does one chunk from job.cursor; called with a `begin` for its own transactions and the job to move on.
Chunk = Callable[[Job, Begin], None]
# Called in the transaction that ends the job, to add what must happen with it.
Finish = Callable[[Job, Transaction], None]


@dataclass(frozen=True)
class Kind:
    """How one kind of job is done. ``give_up`` ends one that comes no further, or turns it to what is still possible;
    without it, it is tried until it is done."""

    chunk: Chunk
    finish: Finish | None = None
    give_up: Callable[[Job], None] | None = None


def start(tx: Transaction, job_id: str, kind: str, args: Mapping[str, Any]) -> Job:
    """Start a job in the caller's transaction. The same id twice is refused by the transaction."""
    job = Job(job_id, kind, dict(args))
    tx.create(_row(tx.store, job, tx.now), f"job {job_id}")
    tx.emit(JobStepDue(job_id=job_id, step=1), subject=job_id, sequence=1)
    return job


def job_of(store: Store, job_id: str) -> Job | None:
    """The job with its progress."""
    row = get(store.row, f"JOB#{job_id}", "JOB")
    return None if row is None else _job(row)


def jobs_of(store: Store, job_ids: Sequence[str]) -> list[Job | None]:
    """The jobs with these ids in their order, None where there is none: one batched read."""
    rows = read([(store.row, f"JOB#{one}", "JOB") for one in job_ids])
    return [None if row is None else _job(row) for row in rows]


def reaction(store: Store, kinds: Mapping[str, Kind], now: Callable[[], datetime], new_id: NewId) -> Any:
    """The service's reaction to JobStepDue."""

    def on_step(envelope: Envelope, begin: Begin) -> None:
        due = envelope.open(JobStepDue)
        job = job_of(store, due.job_id)
        if job is None or job.state != "running" or job.step != due.step:
            return  # an older step of a job that went on without it
        kind = kinds[job.kind]
        if kind.give_up and job.restarts >= MOST_RESTARTS:
            kind.give_up(job)
        else:
            job = _step(store, job, kind, lambda: Transaction(store, now(), new_id))
        _checkpoint(begin(), job, kind)

    return on_step


def _step(store: Store, job: Job, kind: Kind, begin: Begin) -> Job:
    """The job after as many chunks as fit into a step, at least one. Raises what the first one raises."""
    until = time.monotonic() + min(STEP_SECONDS, share_s())
    start = job
    while job.state == "running" and not job.rests_until and (job is start or time.monotonic() < until):
        try:
            job = retrying(partial(_after_chunk, job, kind, begin))
        except Exception as error:
            if job is start:
                raise
            # What was done is kept. The next step begins with this chunk, and raises.
            log(store.service, "chunk_failed", "warning", error=error, job_id=job.id, kind=job.kind)
            break
    return job


def _after_chunk(job: Job, kind: Kind, begin: Begin) -> Job:
    """A chunk works on a copy: one that fails half-way has counted nothing."""
    moved = copy.deepcopy(job)
    kind.chunk(moved, begin)
    return moved


def _checkpoint(tx: Transaction, job: Job, kind: Kind) -> None:
    before = job.step
    job.step, job.restarts = before + 1, 0
    row = tx.store.row
    tx.put(_row(tx.store, job, tx.now), row.sequence == before, "step")
    if job.state == "running" and not job.rests_until:
        tx.emit(JobStepDue(job_id=job.id, step=job.step), subject=job.id, sequence=job.step)
    elif job.state != "running" and kind.finish:
        kind.finish(job, tx)
    tx.commit()
    log(tx.store.service, "job_step", job_id=job.id, kind=job.kind, step=before, state=job.state)


def restart_stalled(store: Store, now: datetime, new_id: NewId) -> int:
    """The schedule's part: a job that rested, or whose step was lost (to the DLQ, a dead worker), gets its step."""
    restarted = 0
    for pk, sk in store.list_due(DUE, now):
        row = get(store.row, pk, sk)
        if row is None or row.state != "running" or row.due_at is None or row.due_at > now:
            continue
        job = _job(row)
        job.restarts += 1
        tx = Transaction(store, now, new_id)
        tx.put(_row(store, job, now), store.row.sequence == job.step)
        tx.emit(JobStepDue(job_id=job.id, step=job.step), subject=job.id, sequence=job.step)
        try:
            tx.commit()
            restarted += 1
        except Contended:
            continue  # it went on by itself
    return restarted


def _row(store: Store, job: Job, now: datetime) -> Row:
    row = store.row(f"JOB#{job.id}", "JOB")
    row.state, row.sequence = job.state, job.step
    row.data = {"kind": job.kind, "args": job.args, "cursor": job.cursor, "counts": job.counts, "why": job.why}
    row.data |= {"restarts": job.restarts} if job.restarts else {}
    if job.state == "running":
        row.due_bucket, row.due_at = DUE, job.rests_until or now + STALLED_AFTER
    else:
        row.ttl = ttl(now + timedelta(days=90))
    return row


def _job(row: Row) -> Job:
    data = row.data or {}
    return Job(
        id=row.pk.removeprefix("JOB#"),
        kind=data["kind"],
        args=data["args"],
        state=row.state or "running",
        step=int(row.sequence or 1),
        cursor=data["cursor"],
        counts=data["counts"],
        why=data["why"],
        restarts=data.get("restarts", 0),
    )
