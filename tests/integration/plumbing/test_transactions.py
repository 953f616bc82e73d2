"""The one transaction: all or nothing, and when nothing, the failed actions by name."""

import itertools
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from infra.faults import Fault, FaultsProxy
from services.shared.contracts.orders import RefundDue
from services.shared.plumbing import contention
from services.shared.plumbing.ids import new_id
from services.shared.plumbing.problems import TooBusy
from services.shared.plumbing.tables import AlreadyDone, Contended, Once, Refused, Transaction, get, retrying
from tests.integration.plumbing.probe import STORE, Item

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ABSENT = Item.pk.does_not_exist()
PRESENT = Item.pk.exists()


def begin(once: Once | None = None) -> Transaction:
    """A transaction of the probe's."""
    return Transaction(STORE, NOW, new_id, once)


def full(name: str, size: int) -> Transaction:
    """A transaction with so many actions."""
    tx = begin()
    for number in range(size):
        tx.create(Item(name, f"{number:03}"))
    return tx


ACTIONS = ["check", "delete", "put", "update", "create", "check 2", "update 2", "put 2"]


@pytest.mark.parametrize(
    "wrong", [some for length in (1, 2, 8) for some in itertools.combinations(ACTIONS, length)], ids=", ".join
)
def test_a_refusal_names_the_failed_actions(name: str, wrong: tuple[str, ...]) -> None:
    """Whatever kinds are mixed and in whatever order they were added: the library sends them in one of its own."""
    for sk in ("put", "update", "delete", "check", "check 2", "update 2", "put 2"):
        Item(name, sk).save()
    if "create" in wrong:
        Item(name, "create").save()

    tx = begin()
    tx.update(Item(name, "update"), [Item.number.set(1)], ABSENT if "update" in wrong else PRESENT, "update")
    tx.put(Item(name, "put"), ABSENT if "put" in wrong else PRESENT, "put")
    tx.check(Item, name, "check", ABSENT if "check" in wrong else PRESENT, "check")
    tx.delete(Item(name, "delete"), ABSENT if "delete" in wrong else PRESENT, "delete")
    tx.create(Item(name, "create"), "create")
    tx.emit(RefundDue(payment_id=name, refund_id="r"), subject=name, sequence=1)
    tx.check(Item, name, "check 2", ABSENT if "check 2" in wrong else PRESENT, "check 2")
    tx.update(Item(name, "update 2"), [Item.number.set(1)], ABSENT if "update 2" in wrong else PRESENT, "update 2")
    tx.put(Item(name, "put 2"), ABSENT if "put 2" in wrong else PRESENT, "put 2")
    with pytest.raises(Refused) as refused:
        tx.commit()

    assert refused.value.names == set(wrong)
    assert not tx.committed
    assert get(Item, name, "delete") is not None  # nothing happened
    assert list(STORE.outbox.query(name)) == []


def test_a_transaction_that_goes_through_does_all_of_it(name: str) -> None:
    """Every action, and the event."""
    Item(name, "old").save()

    tx = begin()
    tx.create(Item(name, "new", number=1))
    tx.delete(Item(name, "old"), PRESENT)
    tx.update(Item(name, "counted"), [Item.number.add(2)])
    tx.check(Item, name, "absent", ABSENT)
    event_id = tx.emit(RefundDue(payment_id=name, refund_id="r"), subject=name, sequence=1)
    tx.commit()

    assert tx.committed
    assert {item.sk: item.number for item in Item.query(name)} == {"new": 1, "counted": 2}
    assert [row.sk for row in STORE.outbox.query(name)] == [event_id]


def test_a_hundred_actions_fit(name: str) -> None:
    """The engine's limit is ours."""
    full(name, 100).commit()

    assert Item.count(name) == 100


@pytest.mark.parametrize("once", [None, Once("IDEM#never", timedelta(hours=1))], ids=["plain", "once"])
def test_more_than_a_hundred_are_refused_before_the_call(name: str, proxy: FaultsProxy, once: Once | None) -> None:
    """The record that makes it happen once counts, too."""
    tx = begin(once)
    for number in range(100 if once else 101):
        tx.create(Item(name, f"{number:03}"))

    assert tx.size == 101
    with pytest.raises(ValueError, match="101 actions"):
        tx.commit()

    assert proxy.calls == []


def test_an_event_that_no_queue_can_take_is_refused_before_the_call(name: str, proxy: FaultsProxy) -> None:
    """SQS ends at 256 KiB: such an event would be parked for ever."""
    tx = begin()

    with pytest.raises(ValueError, match="bytes"):
        tx.emit(RefundDue(payment_id=name, refund_id="r" * 260_000), subject=name, sequence=1)

    assert proxy.calls == []


def test_an_act_on_record_is_not_done_again(name: str) -> None:
    """Even if other conditions fail as well: they fail because it was done."""
    once = Once(f"IDEM#{name}", timedelta(hours=1))
    tx = begin(once)
    tx.create(Item(name, "thing"), "thing")
    tx.commit()

    for conditions in (ABSENT, PRESENT):
        tx = begin(once)
        tx.put(Item(name, "thing", number=2), conditions)
        with pytest.raises(AlreadyDone):
            tx.commit()

    item = get(Item, name, "thing")
    assert item is not None
    assert item.number is None


def test_an_expired_record_is_replaced(name: str) -> None:
    """By its time, not by whether TTL has swept it."""
    pk = f"IDEM#{name}"
    Transaction(STORE, NOW, new_id, Once(pk, timedelta(hours=1), "first")).commit({"thing": "1"})

    with pytest.raises(AlreadyDone):
        Transaction(STORE, NOW + timedelta(hours=1), new_id, Once(pk, timedelta(hours=1))).commit()
    Transaction(STORE, NOW + timedelta(hours=1, seconds=1), new_id, Once(pk, timedelta(hours=1), "second")).commit()

    record = get(STORE.row, pk, "ONCE")
    assert record is not None
    assert record.fingerprint == "second"


@pytest.mark.parametrize(
    "fault",
    [
        Fault("conflict", times=2),
        Fault("throttle", operations={"TransactWriteItems"}, code="ThrottlingError", times=2),
        Fault("throttle", operations={"TransactWriteItems"}, code="ProvisionedThroughputExceeded", times=2),
        Fault("throttle", operations={"TransactWriteItems"}, times=4),
        Fault("fail_before", operations={"TransactWriteItems"}, how="error", times=4),
        Fault("fail_before", operations={"TransactWriteItems"}, how="reset", times=4),
    ],
    ids=lambda fault: f"{fault.kind}-{fault.code}-{fault.how}",
)
def test_a_busy_engine_is_asked_again(name: str, proxy: FaultsProxy, fault: Fault) -> None:
    """A call that it did not take is sent again as it is; after a transaction it cancelled, the verb runs again."""
    proxy.plan(fault)
    runs = 0

    def verb() -> None:
        nonlocal runs
        runs += 1
        tx = begin()
        tx.update(Item(name, "counted"), [Item.number.add(1)])
        tx.commit()

    retrying(verb)

    item = get(Item, name, "counted")
    assert item is not None
    assert item.number == 1
    assert runs == (3 if fault.times == 2 else 1)
    assert proxy.fired[fault.kind] == fault.times


def test_a_verb_that_stays_contended_ends_as_too_busy(
    name: str, proxy: FaultsProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """503 with Retry-After, when the budget is used up; never an endless loop."""
    slept = [0.0]  # time goes by in pauses only, however long the engine takes
    monkeypatch.setattr(contention, "time", SimpleNamespace(monotonic=lambda: sum(slept), sleep=slept.append))
    proxy.plan(Fault("conflict"))

    with pytest.raises(TooBusy) as busy:
        retrying(full(name, 1).commit, budget_s=0.05)

    assert busy.value.headers() == {"Retry-After": "1"}
    assert isinstance(busy.value.__cause__, Contended)
    assert proxy.fired["conflict"] >= 2


def test_an_error_that_a_repeat_cannot_cure_is_raised_as_it_is(name: str) -> None:
    """Such as an item of more than 400 KB."""
    tx = begin()
    tx.create(Item(name, "large", label="x" * 500_000))

    with pytest.raises(Exception, match="Failed to write") as error:
        tx.commit()

    assert not isinstance(error.value, Contended)


def test_a_lost_answer_counts_once(name: str, proxy: FaultsProxy) -> None:
    """The client sends the same request again, under the same token: the engine answers what it has done."""
    proxy.plan(Fault("lose_answer", operations={"TransactWriteItems"}, times=2))
    tx = begin()
    tx.update(Item(name, "counted"), [Item.number.add(1)])

    tx.commit()

    assert proxy.fired["lose_answer"] == 2
    item = get(Item, name, "counted")
    assert item is not None
    assert item.number == 1
