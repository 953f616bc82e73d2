"""The consumer's side: each event has its effect once; late, shuffled and bad ones do no harm."""

import json
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest

from infra.faults import Fault, FaultsProxy
from infra.local.functions import LambdaContext
from services.shared.contracts.catalog import MembershipChanged, Role, ShopOpened
from services.shared.contracts.envelope import Envelope, EventBody
from services.shared.contracts.orders import OrderCancelled, RefundDue
from services.shared.plumbing import clock, inbox, memberships
from services.shared.plumbing.doors import LAST_TRY_S
from services.shared.plumbing.ids import new_id
from services.shared.plumbing.outbox import marks_of
from services.shared.plumbing.tables import Begin, Transaction, get
from tests.integration.plumbing import probe
from tests.integration.plumbing.conftest import Later
from tests.integration.wire import deliver, discard, sqs_event, wrapped

PROBE = sys.modules[probe.__name__]


def envelope(body: EventBody, subject: str, sequence: int = 1) -> Envelope:
    """This event, as its emitter would send it."""
    return wrapped(body, subject=subject, sequence=sequence)


def stored(name: str) -> Envelope:
    """A parcel was stored on this shelf."""
    return envelope(RefundDue(payment_id=name, refund_id=new_id("par")), name)


def opened(name: str) -> Envelope:
    """A shop was opened; the probe needs a shelf of its name first."""
    return envelope(ShopOpened(shop_id=name, name="A", owner="person:anna"), name)


def consume(*envelopes: Envelope) -> list[str]:
    """Hand these over as one batch; returns which of them failed, by number."""
    answer = probe.consume(sqs_event(*(one.model_dump_json() for one in envelopes)), None)
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


def together(act: Callable[[], Any], times: int) -> list[Any]:
    """Do it so many times in the same instant."""
    ready = Barrier(times)

    def do(_: int) -> Any:
        ready.wait()
        return act()

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(do, range(times)))


def test_the_same_event_ten_times_has_one_effect(name: str) -> None:
    """In one batch and in several."""
    event = stored(name)

    assert consume(event, event, event, event, event) == []
    assert [consume(event) for _ in range(5)] == [[]] * 5

    assert probe.heard(name) == 1


def test_the_same_event_by_eight_at_once_has_one_effect(name: str) -> None:
    """The mark decides, inside the effect's transaction; nobody fails."""
    event = stored(name)

    assert together(lambda: consume(event), 8) == [[]] * 8

    assert probe.heard(name) == 1


def test_different_events_by_eight_at_once_all_count(name: str) -> None:
    """Contention on one counter is retried, not lost."""
    events = [stored(name) for _ in range(40)]

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(consume, events)) == [[]] * 40

    assert probe.heard(name) == 40


def test_one_bad_message_stops_no_other(name: str) -> None:
    """Only the bad ones stay in the queue, whatever is bad about them."""
    good, other = stored(name), stored(name)
    unheard = envelope(OrderCancelled(order_id="o", shop_id="s", buyer="b", kind="gift", lines=[], why="buyer"), "o")
    newer = good.model_copy(update={"version": 2, "id": new_id("evt")})
    misfit = good.model_copy(update={"data": {"payment_id": name}, "id": new_id("evt")})
    bodies = ["", "{}", "no json", *(one.model_dump_json() for one in (good, unheard, newer, misfit, other))]

    answer = probe.consume(sqs_event(*bodies), None)

    failed = [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]
    assert failed == ["message", "message-1", "message-2", "message-4", "message-5", "message-6"]
    assert probe.heard(name) == 2


def test_a_failure_is_logged_without_the_message(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """What it is and where it happened; a body may hold anything."""
    misfit = stored(name).model_copy(update={"data": {"payment_id": "13800138000"}})

    assert consume(misfit) == ["message"]

    (line,) = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert line.items() >= {"event": "message_failed", "error": "ValidationError", "level": "error"}.items()
    assert "13800138000" not in json.dumps(line)


def test_an_event_without_an_effect_is_remembered_too(name: str) -> None:
    """So that heard and not heard can be told apart."""
    event = envelope(MembershipChanged(shop_id=name, person="person:anna", role="owner"), f"{name}/person:anna")

    assert marks_of([event.id], probe.STORE) == {event.id: None}
    consume(event)

    assert marks_of([event.id], probe.STORE)[event.id] is not None


def test_a_reaction_that_commits_twice_is_an_error(name: str) -> None:
    """Its second effect could not hold the mark: it would be lost without a word."""

    def twice(event: Envelope, begin: Begin) -> None:
        probe.on_stored(event, begin)
        probe.on_stored(event, begin)

    with pytest.raises(RuntimeError, match="commits twice"):
        inbox.react(probe.STORE, {RefundDue.NAME: twice}, stored(name), clock.now, new_id)

    assert probe.heard(name) == 1


def test_the_events_trace_is_the_reactions(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """One request can be followed through all services."""
    early = opened(name).model_copy(update={"trace": "trc_7"})
    unheard = envelope(OrderCancelled(order_id="o", shop_id="s", buyer="b", kind="gift", lines=[], why="buyer"), "o")

    consume(early, unheard)

    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(line["event"], line["event_id"], line["trace_id"]) for line in lines] == [
        ("event_waits", early.id, "trc_7"),
        ("message_failed", unheard.id, unheard.id),
    ]


# --------------------------------------------------------------------------------------- state comes by its sequence


@pytest.mark.parametrize("order", [(1, 2, 3), (3, 2, 1), (2, 3, 1), (3, 3, 2, 2, 1, 1)], ids=str)
def test_state_is_the_newest_whatever_comes_last(name: str, order: tuple[int, ...]) -> None:
    """Only a greater sequence of the same subject is applied."""
    roles: dict[int, Role] = {1: "support", 2: "operator", 3: "finance"}

    for sequence in order:
        change = MembershipChanged(shop_id=name, person="person:anna", role=roles[sequence])
        consume(envelope(change, f"{name}/person:anna", sequence))

    assert memberships.role_of(probe.STORE, name, "person:anna") == "finance"


def test_what_was_taken_away_is_not_brought_back(name: str) -> None:
    """A tombstone keeps its sequence; a newer one gives it back."""

    def change(role: Role | None, sequence: int) -> None:
        consume(
            envelope(MembershipChanged(shop_id=name, person="person:anna", role=role), f"{name}/person:anna", sequence)
        )

    change(None, 2)
    change("owner", 1)
    assert memberships.role_of(probe.STORE, name, "person:anna") is None
    assert memberships.roles_in(probe.STORE, name) == {}

    change("support", 3)
    assert memberships.roles_in(probe.STORE, name) == {"person:anna": "support"}


def test_all_members_of_a_large_shop_are_known(name: str) -> None:
    """More than one page of them."""
    for number in range(103):
        change = MembershipChanged(shop_id=name, person=f"person:{number}", role="support")
        consume(envelope(change, f"{name}/person:{number}"))

    assert len(memberships.roles_in(probe.STORE, name)) == 103


# ---------------------------------------------------------------------------------------------- facts before their time


@pytest.fixture
def buried(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Which messages went to the dead-letter queue in ``retry`` below; nothing waits at the beginning."""
    discard(PROBE)
    return []


def retry(buried: list[str], reactions: dict[str, inbox.Reaction] | None = None) -> int:
    """What the schedule does every minute."""
    return inbox.retry_waiting(
        probe.STORE, probe.REACTIONS if reactions is None else reactions, clock.now, new_id, buried.append
    )


def test_a_fact_before_its_time_waits_for_it(name: str, later: Later, buried: list[str]) -> None:
    """It is no failure: the queue is rid of it, and the schedule tries it again until it has its effect, once."""
    event = opened(name)
    assert consume(event) == []
    later(timedelta(minutes=1))
    assert retry(buried) == 0
    assert probe.heard(name) == 0

    probe.shelf(name, 1)
    later(timedelta(minutes=2))
    assert retry(buried) == 1
    later(timedelta(minutes=3))
    assert retry(buried) == 0
    assert consume(event) == []

    assert probe.heard(name) == 1
    assert buried == []


def test_a_fact_that_waits_too_long_is_dead_lettered(name: str, later: Later, buried: list[str]) -> None:
    """Past its deadline, as it came, so that it alarms and can be redriven; never dropped."""
    event = opened(name)
    consume(event)

    later(timedelta(minutes=59))
    assert retry(buried) == 0
    later(timedelta(minutes=61))
    assert retry(buried) == 1

    assert [Envelope.model_validate_json(body) for body in buried] == [event]
    assert get(probe.STORE.row, f"WAITING#{event.id}", "EVENT") is None
    assert retry(buried) == 0


def test_a_fact_has_a_last_try_at_its_deadline(name: str, later: Later, buried: list[str]) -> None:
    """A schedule that stood still for hours buries nothing that could be done by now."""
    consume(opened(name))
    probe.shelf(name, 1)

    later(timedelta(hours=5))
    assert retry(buried) == 1

    assert (probe.heard(name), buried) == (1, [])


def test_a_redriven_fact_waits_anew(name: str, later: Later, buried: list[str]) -> None:
    """With a deadline of its own."""
    event = opened(name)
    consume(event)
    later(timedelta(hours=2))
    retry(buried)

    assert consume(event) == []
    later(timedelta(hours=2, minutes=50))
    assert retry(buried) == 0

    assert len(buried) == 1


def test_a_waiting_fact_that_fails_stops_no_other(name: str, later: Later, buried: list[str]) -> None:
    """It is tried until its deadline, and ends in the dead-letter queue like any other."""
    bad, good = opened(name), opened(probe.shelf(new_id("t"), 1))
    inbox.react(probe.STORE, {ShopOpened.NAME: too_early}, bad, clock.now, new_id)
    inbox.react(probe.STORE, {ShopOpened.NAME: too_early}, good, clock.now, new_id)

    def fail_for_bad(event: Envelope, begin: Begin) -> None:
        if event.id == bad.id:
            raise ValueError("always")
        probe.on_opened(event, begin)

    later(timedelta(minutes=1))
    assert retry(buried, {ShopOpened.NAME: fail_for_bad}) == 1
    assert (probe.heard(good.subject), buried) == (1, [])
    later(timedelta(minutes=61))
    assert retry(buried, {ShopOpened.NAME: fail_for_bad}) == 1
    assert [Envelope.model_validate_json(body).id for body in buried] == [bad.id]


def test_a_dead_letter_queue_that_fails_loses_nothing(name: str, later: Later, buried: list[str]) -> None:
    """The fact stays due, and is buried when the queue is there again."""
    consume(opened(name))
    later(timedelta(hours=2))

    def no_queue(_: str) -> None:
        raise ConnectionError

    assert inbox.retry_waiting(probe.STORE, probe.REACTIONS, clock.now, new_id, no_queue) == 0
    assert retry(buried) == 1
    assert len(buried) == 1


def too_early(event: Envelope, begin: Begin) -> None:
    """Whatever comes."""
    raise inbox.NotYet("anything")


def test_a_dead_letter_is_shown_without_its_data(name: str) -> None:
    """An operator sees what it is about."""
    event = opened(name)

    shown = inbox.dead_letter_body(event.model_dump_json())

    assert (shown["id"], shown["name"], shown["subject"]) == (event.id, event.name, name)
    assert "data" not in shown


# --------------------------------------------------------------------------------------------------------- the wire


@pytest.mark.parametrize("seed", [None, 1, 2])
def test_the_wire_between_tests_delivers_until_quiet(name: str, seed: int | None) -> None:
    """Doubled and shuffled, each has one effect; nothing is delivered by a second call."""
    discard(PROBE)
    probe.shelf(name, 5)
    for _ in range(5):
        probe.store_parcel(name, "a", lambda: Transaction(probe.STORE, clock.now(), new_id))

    delivered = deliver(PROBE, duplicate=True, shuffle=seed)

    assert len(delivered) == 10
    assert probe.heard(name) == 5
    assert deliver(PROBE) == []


def test_the_wire_raises_what_a_consumer_raises(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A test that delivers hears of every failure."""
    discard(PROBE)
    probe.shelf(name, 1)
    probe.store_parcel(name, "a", lambda: Transaction(probe.STORE, clock.now(), new_id))
    monkeypatch.delitem(probe.REACTIONS, RefundDue.NAME)

    with pytest.raises(inbox.NobodyReacts):
        deliver(PROBE)


def test_what_there_is_no_time_for_stays_in_the_queue(name: str) -> None:
    """A function that would be cut off in the middle of a batch would have its whole batch come again."""
    batch = sqs_event(*(stored(name).model_dump_json() for _ in range(3)))

    late = probe.consume(batch, LambdaContext("consume", timeout_s=1))
    assert len(late["batchItemFailures"]) == 3
    assert probe.heard(name) == 0

    assert probe.consume(batch, LambdaContext("consume", timeout_s=30)) == {"batchItemFailures": []}
    assert probe.heard(name) == 3


def test_trying_again_ends_before_the_function(name: str, proxy: FaultsProxy) -> None:
    """With time for one last call: the engine stays silent, and the message is back in the queue instead of cut off."""
    batch = sqs_event(stored(name).model_dump_json())
    proxy.plan(Fault("fail_before"))
    start = time.monotonic()

    answer = probe.consume(batch, LambdaContext("consume", timeout_s=LAST_TRY_S + 1))

    assert len(answer["batchItemFailures"]) == 1
    assert proxy.fired["fail_before"] >= 2
    assert time.monotonic() - start < LAST_TRY_S + 1
