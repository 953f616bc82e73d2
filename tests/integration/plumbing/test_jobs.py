"""Jobs: work that exceeds one transaction, done to its end, once, whatever happens between."""

import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from threading import Barrier
from types import SimpleNamespace

import pytest

from services.shared.contracts.envelope import Envelope
from services.shared.contracts.orders import RefundDue
from services.shared.contracts.plumbing import JobStepDue
from services.shared.plumbing import clock, contention, inbox, jobs
from services.shared.plumbing.ids import new_id
from services.shared.plumbing.jobs import Job, Kind
from services.shared.plumbing.tables import Begin, Contended, Refused, Transaction, query
from tests.integration.plumbing import probe
from tests.integration.plumbing.conftest import Later
from tests.integration.wire import deliver, discard, sqs_event, wrapped

PROBE = sys.modules[probe.__name__]


def begin() -> Transaction:
    """A transaction of the probe's."""
    return Transaction(probe.STORE, clock.now(), new_id)


@pytest.fixture(autouse=True)
def _nothing_before() -> Iterator[None]:
    discard(PROBE)
    yield
    discard(PROBE)
    for pk, sk in probe.STORE.list_due(jobs.DUE, clock.now() + timedelta(days=1), limit=500):
        probe.STORE.row(pk, sk).delete()


@pytest.fixture
def one_chunk_a_step(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if each chunk took all of a step's time."""
    monkeypatch.setattr(jobs, "STEP_SECONDS", -1.0)


def start(name: str, parcels: int = 10, kind: str = "label") -> str:
    """A job that labels so many parcels; returns its id."""
    tx = begin()
    job = jobs.start(tx, new_id("job"), kind, {"shelf": name, "parcels": parcels})
    tx.commit()
    return job.id


def job(job_id: str) -> Job:
    """How far it is."""
    found = jobs.job_of(probe.STORE, job_id)
    assert found is not None
    return found


def step(job_id: str) -> Envelope:
    """The newest step's event."""
    rows = list(probe.STORE.outbox.query(job_id, consistent_read=True))
    return max((Envelope.model_validate_json(row.body) for row in rows), key=lambda envelope: envelope.sequence)


def react(event: Envelope, kinds: dict[str, Kind] | None = None) -> None:
    """Do the step that the event tells of."""
    reactions = {JobStepDue.NAME: jobs.reaction(probe.STORE, kinds or probe.KINDS, clock.now, new_id)}
    inbox.react(probe.STORE, reactions, event, clock.now, new_id)


def labels(name: str) -> int:
    """How many parcels of this shelf are labelled."""
    return len(query(probe.Item, name, prefix="label-"))


def test_a_job_is_done_to_its_end(name: str) -> None:
    """All its chunks, its counts, and its last act."""
    job_id = start(name)
    assert (job(job_id).state, job(job_id).step) == ("running", 1)

    deliver(PROBE)

    assert job(job_id).state == "done"
    assert job(job_id).counts == {"labelled": 10}
    assert (labels(name), probe.heard(name)) == (10, 1)


@pytest.mark.usefixtures("one_chunk_a_step")
def test_a_long_job_goes_on_in_steps(name: str) -> None:
    """Each with an event of its own, written with the checkpoint; doubled and shuffled they change nothing."""
    job_id = start(name)

    delivered = deliver(PROBE, duplicate=True, shuffle=3)

    assert [envelope.sequence for envelope in delivered] == [1, 1, 2, 2, 3, 3, 4, 4]
    assert (job(job_id).state, job(job_id).step, job(job_id).counts) == ("done", 5, {"labelled": 10})
    assert (labels(name), probe.heard(name)) == (10, 1)


def test_a_job_rests_until_the_schedule_wakes_it(name: str, later: Later) -> None:
    """No step is due meanwhile, and it goes on from where it rested; it is not over while it rests."""
    finished: list[str] = []

    def chunk(one: Job, begin: Begin) -> None:
        one.count("chunks")
        if one.counts["chunks"] == 1:
            one.rest(begin().now + timedelta(minutes=3))
        else:
            one.done()

    kinds = {"label": Kind(chunk, lambda one, _: finished.append(one.id))}
    job_id = start(name)
    react(step(job_id), kinds)
    assert (job(job_id).state, job(job_id).counts, finished) == ("running", {"chunks": 1}, [])

    later(timedelta(minutes=2))
    assert jobs.restart_stalled(probe.STORE, clock.now(), new_id) == 0
    assert step(job_id).sequence == 1
    later(timedelta(minutes=4))
    assert jobs.restart_stalled(probe.STORE, clock.now(), new_id) == 1
    react(step(job_id), kinds)

    assert (job(job_id).state, job(job_id).counts, finished) == ("done", {"chunks": 2}, [job_id])


def test_a_job_is_started_with_what_asks_for_it(name: str) -> None:
    """In its transaction: the same id twice is refused with all the rest."""
    job_id = start(name)
    tx = begin()
    tx.create(probe.Item(name, "asked"))
    jobs.start(tx, job_id, "label", {"shelf": name, "parcels": 1})

    with pytest.raises(Refused) as refused:
        tx.commit()

    assert refused.value.names == {f"job {job_id}"}
    assert query(probe.Item, name) == []


def test_a_chunk_that_died_is_repeated_from_the_checkpoint(name: str) -> None:
    """What it had done is done again, and counted once."""
    job_id = start(name, parcels=6)
    died = False

    def die_after_the_work(job: Job, begin: Begin) -> None:
        nonlocal died
        probe.label_some(job, begin)
        if not died:
            died = True
            raise KeyError("the worker is gone")

    kinds = {"label": Kind(die_after_the_work, probe.tell_labelled)}
    with pytest.raises(KeyError):
        react(step(job_id), kinds)
    assert (labels(name), job(job_id).counts, job(job_id).step) == (3, {}, 1)

    react(step(job_id), kinds)

    assert (job(job_id).state, job(job_id).counts, labels(name)) == ("done", {"labelled": 6}, 6)


def test_a_contended_chunk_is_repeated_alone(name: str) -> None:
    """Not the chunks before it; what it had counted by then is not counted twice."""
    job_id = start(name, parcels=9)
    chunks: list[int] = []

    def contended_in_the_middle(job: Job, begin: Begin) -> None:
        chunks.append(job.cursor or 0)
        probe.label_some(job, begin)
        if chunks.count(3) == 1 and job.cursor == 6:
            raise Contended("somebody else")

    react(step(job_id), {"label": Kind(contended_in_the_middle, probe.tell_labelled)})

    assert chunks == [0, 3, 3, 6]
    assert job(job_id).counts == {"labelled": 9}


def test_two_workers_do_no_harm(name: str) -> None:
    """Both do the step's chunks, one of them writes the checkpoint."""
    job_id = start(name, parcels=6)
    event = step(job_id)
    twin = event.model_copy(update={"id": new_id("evt")})  # as a restart sends it
    met = Barrier(2)

    def meet(job: Job, begin: Begin) -> None:
        if job.cursor is None:
            met.wait(timeout=30)  # both are in the step before either has done anything
        probe.label_some(job, begin)

    kinds = {"label": Kind(meet, probe.tell_labelled)}

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(partial(react, kinds=kinds), [event, twin]))

    assert (job(job_id).state, job(job_id).step, job(job_id).counts) == ("done", 2, {"labelled": 6})
    assert probe.heard(name) == 1


@pytest.mark.usefixtures("one_chunk_a_step")
def test_a_stalled_job_gets_its_step_again(name: str, later: Later) -> None:
    """Five minutes after its last sign of life, as often as it takes; one that is done does not."""
    job_id = start(name, parcels=4)
    discard(PROBE)  # the step is lost, say in the dead-letter queue

    assert jobs.restart_stalled(probe.STORE, clock.now(), new_id) == 0
    later(timedelta(minutes=6))
    assert jobs.restart_stalled(probe.STORE, clock.now(), new_id) == 1
    assert jobs.restart_stalled(probe.STORE, clock.now(), new_id) == 0
    deliver(PROBE)
    assert (job(job_id).state, probe.heard(name)) == ("done", 1)

    later(timedelta(hours=1))
    assert jobs.restart_stalled(probe.STORE, clock.now(), new_id) == 0


@pytest.mark.parametrize("gives_up", [True, False])
def test_a_job_that_comes_no_further_is_given_up_where_its_kind_says_so(
    name: str, later: Later, monkeypatch: pytest.MonkeyPatch, gives_up: bool
) -> None:
    """After so many restarts of one step, of which those of the step before it are none; others are tried for ever."""
    monkeypatch.setattr(jobs, "MOST_RESTARTS", 2)

    def fail_at_three(job: Job, begin: Begin) -> None:
        if job.cursor == 3:
            raise ValueError("a poisoned row")
        probe.label_some(job, begin)

    give_up = (lambda one: one.fail("stuck")) if gives_up else None
    kinds = {"label": Kind(fail_at_three, probe.tell_labelled, give_up)}
    job_id = start(name)
    later(timedelta(minutes=6))
    assert jobs.restart_stalled(probe.STORE, clock.now(), new_id) == 1
    react(step(job_id), kinds)
    for restart in (1, 2):
        with pytest.raises(ValueError, match="poisoned"):
            react(step(job_id), kinds)
        later(timedelta(minutes=6 + 6 * restart))
        assert jobs.restart_stalled(probe.STORE, clock.now(), new_id) == 1

    if gives_up:
        react(step(job_id), kinds)
        assert (job(job_id).state, job(job_id).why, probe.heard(name)) == ("failed", "stuck", 1)
    else:
        with pytest.raises(ValueError, match="poisoned"):
            react(step(job_id), kinds)
        react(step(job_id))  # mended
        assert (job(job_id).state, job(job_id).counts) == ("done", {"labelled": 10})


def test_an_old_step_changes_nothing(name: str) -> None:
    """Of a job that went on without it, or that is no longer there."""
    job_id = start(name)
    event = step(job_id)
    react(event)

    react(event.model_copy(update={"id": new_id("evt")}))
    react(event.model_copy(update={"id": new_id("evt"), "data": {"job_id": "job_gone", "step": 1}}))

    assert (job(job_id).step, probe.heard(name)) == (2, 1)
    assert jobs.job_of(probe.STORE, "job_gone") is None


def test_a_job_may_fail_and_says_why(name: str) -> None:
    """It ends like any other, its last act included, and is not restarted."""

    def refuse(job: Job, begin: Begin) -> None:
        job.fail("the file has no header")

    job_id = start(name)
    react(step(job_id), {"label": Kind(refuse, probe.tell_labelled)})

    assert (job(job_id).state, job(job_id).why) == ("failed", "the file has no header")
    assert probe.heard(name) == 1


def test_progress_is_kept_when_a_later_chunk_fails(name: str) -> None:
    """The step is written as far as it came: a chunk that always fails does not repeat those before it for ever."""
    job_id = start(name, parcels=9)
    chunks: list[int] = []

    def fail_at_six(job: Job, begin: Begin) -> None:
        chunks.append(job.cursor or 0)
        if job.cursor == 6:
            raise ValueError("a poisoned row")
        probe.label_some(job, begin)

    kinds = {"label": Kind(fail_at_six, probe.tell_labelled)}
    react(step(job_id), kinds)
    assert (job(job_id).step, job(job_id).cursor) == (2, 6)
    with pytest.raises(ValueError, match="poisoned"):
        react(step(job_id), kinds)

    assert chunks == [0, 3, 6, 6]


# ------------------------------------------------------------------------------------------- in a batch with others


def consume(*events: Envelope, chunk: Callable[[Job], None], told: list[str]) -> list[str]:
    """Hand these over as one batch, to a function that does this as a chunk; which of them failed, by number."""
    kinds = {"label": Kind(lambda job, _: chunk(job))}
    reactions: dict[str, inbox.Reaction] = {
        JobStepDue.NAME: jobs.reaction(probe.STORE, kinds, clock.now, new_id),
        RefundDue.NAME: lambda event, _: told.append(event.subject),
    }
    batch = sqs_event(*(one.model_dump_json() for one in events))
    answer = inbox.consume(probe.STORE, reactions, batch, clock.now, new_id)
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


@pytest.fixture
def hand(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[float]]:
    """The seconds that have passed in a function which may begin things for 26.5 of them."""
    passed = [0.0]
    hands = SimpleNamespace(monotonic=lambda: sum(passed), sleep=lambda _: None)
    monkeypatch.setattr(contention, "time", hands)
    monkeypatch.setattr(jobs, "time", hands)
    with contention.ending_at(26.5):
        yield passed


def test_events_do_not_wait_behind_a_job(name: str) -> None:
    """A step takes what time there is; what came with it, and after it, has had its effect by then."""
    steps = [step(start(f"{name}{number}")) for number in range(2)]
    event = wrapped(RefundDue(payment_id=name, refund_id=new_id("par")), subject="event")
    told: list[str] = []

    def chunk(job: Job) -> None:
        told.append("chunk")
        job.done()

    assert consume(*steps, event, chunk=chunk, told=told) == []
    assert told == ["event", "chunk", "chunk"]


def test_steps_of_a_batch_share_the_functions_time(name: str, hand: list[float]) -> None:
    """Each job of it goes on; the first one alone would take all, and the function be cut off amid the second."""
    ids = [start(f"{name}{number}") for number in range(3)]
    steps = [step(one) for one in ids]

    def chunk(job: Job) -> None:
        job.count("chunks")
        hand.append(1.0)

    assert consume(*steps, chunk=chunk, told=[]) == []
    assert [job(one).step for one in ids] == [2] * 3
    assert all(8 <= job(one).counts["chunks"] <= 9 for one in ids)
    assert sum(hand) < 30


def test_a_step_is_not_begun_that_could_not_end(name: str, hand: list[float]) -> None:
    """It stays in the queue: cut off in the middle, the function would fail for the whole batch."""
    ids = [start(f"{name}{number}") for number in range(4)]
    steps = [step(one) for one in ids]

    failed = consume(*steps, chunk=lambda _: hand.append(8.0), told=[])

    assert len(failed) == 1
    assert [job(one).step for one in ids] == [2, 2, 2, 1]
    assert sum(hand) < 30
