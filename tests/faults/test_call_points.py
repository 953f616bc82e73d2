"""Crashes at a named point: every call of a scenario, just before it and just after it."""

import signal
import subprocess
import sys
import threading
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError

from infra.faults import Call, ConnectionDropped, FaultsProxy
from infra.faults.script import When
from services.shared.plumbing.resources import physical
from tests.faults.items import add_in_transaction, fresh_keys, update, value

WHENS: tuple[When, ...] = ("before", "after")


@pytest.mark.parametrize(("when", "written"), [("before", 0), ("after", 1)])
def test_a_dropped_call_is_done_only_when_dropped_after(
    once: Any, proxy: FaultsProxy, when: When, written: int
) -> None:
    """Before: the engine never saw it. After: only the answer is lost. Other calls go on."""
    first, second, third = fresh_keys(3)
    point = proxy.at_call(2, when, "drop")

    once.update_item(**update(first))
    with pytest.raises(ConnectionClosedError):
        once.update_item(**update(second))
    once.update_item(**update(third))

    assert point.reached.is_set()
    assert [value(once, key) for key in (first, second, third)] == [1, written, 1]


def test_points_count_the_operations_they_name(once: Any, proxy: FaultsProxy) -> None:
    """The second transaction, however many reads lie between."""
    (key,) = fresh_keys()
    point = proxy.at_call(2, "before", "drop", operations={"TransactWriteItems"})

    add_in_transaction(once, key)
    assert value(once, key) == 1
    assert not point.reached.is_set()
    with pytest.raises(ConnectionClosedError):
        add_in_transaction(once, key)

    assert value(once, key) == 1


def test_an_action_runs_between_decision_and_commit(once: Any, proxy: FaultsProxy) -> None:
    """
    we     read n = 0 ────────────────────▶ n = 1 if n is still missing: refused
    rival              ──▶ n = 1
    """
    (key,) = fresh_keys()
    seen: list[Call] = []

    def rival(call: Call) -> None:
        seen.append(call)
        once.update_item(**update(key))

    proxy.at_call(2, "before", rival)
    assert value(once, key) == 0

    with pytest.raises(once.exceptions.ConditionalCheckFailedException):
        once.update_item(**update(key, ConditionExpression="attribute_not_exists(n)"))

    assert value(once, key) == 1
    assert [(call.number, call.operation) for call in seen] == [(2, "UpdateItem")]


def test_an_action_holds_its_call(once: Any, proxy: FaultsProxy) -> None:
    """Two threads in a chosen order."""
    slow, quick = fresh_keys(2)
    go_on = threading.Event()
    point = proxy.at_call(1, "before", lambda call: go_on.wait(10), operations={"TransactWriteItems"})
    thread = threading.Thread(target=add_in_transaction, args=(once, slow))
    thread.start()

    assert point.reached.wait(10)
    once.update_item(**update(quick))
    assert [value(once, key) for key in (slow, quick)] == [0, 1]
    go_on.set()
    thread.join()

    assert value(once, slow) == 1


def test_an_action_may_drop_its_call(once: Any, proxy: FaultsProxy) -> None:
    """By raising ConnectionDropped."""

    def drop(call: Call) -> None:
        raise ConnectionDropped

    proxy.at_call(1, "before", drop)

    with pytest.raises(ConnectionClosedError):
        once.list_tables()


def test_an_action_that_fails_fails_the_test(once: Any, proxy: FaultsProxy) -> None:
    """Its error is not lost in the proxy's thread."""

    def fail(call: Call) -> None:
        raise AssertionError("seen from inside")

    proxy.at_call(1, "before", fail)

    with pytest.raises(ConnectionClosedError):
        once.list_tables()
    with pytest.raises(AssertionError, match="seen from inside"):
        proxy.clear()


def test_after_a_crash_nothing_gets_through(patient: Any, proxy: FaultsProxy) -> None:
    """Neither the SDK's own retries nor anything the dead process would still do."""
    first, second = fresh_keys(2)
    proxy.at_call(1, "before", "crash")

    for key in (first, second):
        with pytest.raises(ConnectionClosedError):
            patient.update_item(**update(key))
    proxy.clear()

    assert [value(patient, key) for key in (first, second)] == [0, 0]


def pay_once(client: Any, order: Any, ledger: Any) -> None:
    """A saga of two steps, each of which may be repeated: mark the order, then book it, each under its condition."""
    for key in (order, ledger):
        try:
            client.update_item(**update(key, ConditionExpression="attribute_not_exists(n)"))
        except client.exceptions.ConditionalCheckFailedException:
            continue


def test_every_crash_point_of_a_scenario_can_be_tried(patient: Any, proxy: FaultsProxy) -> None:
    """The way to use it: count the calls, die at each, send again, and compare with what an unhurt run leaves."""
    pay_once(patient, *fresh_keys(2))
    calls = len(proxy.calls)
    assert calls == 2

    left_by_crash = []
    for number in range(1, calls + 1):
        for when in WHENS:
            order, ledger = fresh_keys(2)
            proxy.clear()
            proxy.at_call(number, when, "crash")
            with pytest.raises((ClientError, ConnectionClosedError)):
                pay_once(patient, order, ledger)
            proxy.clear()
            left_by_crash.append((value(patient, order), value(patient, ledger)))

            pay_once(patient, order, ledger)

            assert (value(patient, order), value(patient, ledger)) == (1, 1)

    assert left_by_crash == [(0, 0), (1, 0), (1, 0), (1, 1)]


WRITES_TWICE = """
import boto3, sys
client = boto3.client("dynamodb")
for pk in sys.argv[2:]:
    client.put_item(TableName=sys.argv[1], Item={"pk": {"S": pk}, "sk": {"S": "-"}, "n": {"N": "1"}})
"""


@pytest.mark.parametrize(("when", "left"), [("before", [1, 0]), ("after", [1, 1])])
def test_a_process_can_be_killed_at_a_call(once: Any, proxy: FaultsProxy, when: When, left: list[int]) -> None:
    """kill -9 of the real thing, at the instant of its second write."""
    keys = fresh_keys(2)
    started: list[subprocess.Popen[bytes]] = []

    def kill(call: Call) -> None:
        started[0].kill()
        raise ConnectionDropped  # else the call, which is sent already, would still arrive

    proxy.at_call(2, when, kill)
    command = [sys.executable, "-c", WRITES_TWICE, physical("faulty"), *(key["pk"]["S"] for key in keys)]

    with subprocess.Popen(command) as process:
        started.append(process)
        assert process.wait(30) == -signal.SIGKILL

    assert [value(once, key) for key in keys] == left
