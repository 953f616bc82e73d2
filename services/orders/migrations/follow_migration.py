"""Catalog says how a migration goes on, and orders does its part of it (M2, M3)."""

from datetime import timedelta

from services.orders.migrations.run_migration import KIND
from services.orders.migrations.tables import find_dump, find_migration, save_migration
from services.orders.tables import STORE
from services.shared.contracts.envelope import Envelope
from services.shared.contracts.migration import MigrationChanged
from services.shared.contracts.plumbing import JobStepDue
from services.shared.plumbing import files, jobs
from services.shared.plumbing.tables import Begin, Refused, Transaction, instant_text

WORKER_ENDS = timedelta(minutes=1)  # after it began, at the latest


def job_of_run(said: MigrationChanged) -> str:
    """The job that does a run."""
    return f"{said.migration_id}_{said.run}"


def _cut_short(before: MigrationChanged | None) -> bool:
    """Whether somebody may be in the middle of the run before: it was paused, or stopped from outside."""
    if before is None or before.state not in ("paused", "failed"):
        return False
    job = jobs.job_of(STORE, job_of_run(before)) if before.state == "failed" else None
    return before.state == "paused" or (job is not None and job.state == "running")


def on_migration_changed(envelope: Envelope, begin: Begin) -> None:
    """Keep what was said. A run that begins gets its job; one that goes on after a pause is woken at once; when all is
    over, its dumps go."""
    said = envelope.open(MigrationChanged)
    before = find_migration(said.migration_id)
    tx = begin()
    save_migration(tx, said, envelope.sequence)
    if said.state == "done":
        _forget_dumps(tx, said)
    if said.state == "running":
        job = jobs.job_of(STORE, job_of_run(said))
        if job is None:
            args = {"migration_id": said.migration_id, "run": said.run}
            if _cut_short(before):
                args["not_before"] = instant_text(tx.now + WORKER_ENDS)
            jobs.start(tx, job_of_run(said), KIND, args)
        elif before is not None and before.state == "paused" and job.state == "running":
            tx.emit(JobStepDue(job_id=job.id, step=job.step), subject=job.id, sequence=job.step)
    try:
        tx.commit()
    except Refused as refused:
        if "state" not in refused.names:
            raise  # something newer was said before: that holds


def _forget_dumps(tx: Transaction, said: MigrationChanged) -> None:
    """Nobody reads them any more: what a run has found to be this migration's is deleted."""
    for upload_id in dict.fromkeys(one.upload_id for one in said.files):
        if find_dump(said.migration_id, upload_id):
            files.let_go(tx, upload_id)
