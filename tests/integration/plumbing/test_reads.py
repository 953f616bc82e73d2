"""Reads: consistent, in the order asked, whatever the engine leaves out."""

import pytest

from infra.faults import Fault, FaultsProxy
from services.shared.plumbing.contention import Busy, Contended, ending_at
from services.shared.plumbing.tables import get, query, read, snapshot
from tests.integration.plumbing.probe import STORE, Item


def items(name: str, count: int) -> list[str]:
    """So many items in one partition, numbered from 0; returns their sort keys."""
    keys = [f"{number:03}" for number in range(count)]
    with Item.batch_write() as batch:
        for number, sk in enumerate(keys):
            batch.save(Item(name, sk, number=number))
    return keys


def test_an_item_is_read_or_is_none(name: str) -> None:
    """What is not there is no error."""
    items(name, 1)

    found = get(Item, name, "000")
    assert found is not None
    assert found.number == 0
    assert get(Item, name, "001") is None


def test_a_read_keeps_the_order_of_its_keys(name: str, proxy: FaultsProxy) -> None:
    """Over tables, with gaps and repeats: one call."""
    items(name, 3)
    STORE.row(f"R#{name}", "ROW", state="there").save()
    proxy.clear()

    found = read(
        [
            (Item, name, "002"),
            (STORE.row, f"R#{name}", "ROW"),
            (Item, name, "none"),
            (Item, name, "000"),
            (Item, name, "002"),
        ]
    )

    assert [one and (one.state if isinstance(one, STORE.row) else one.number) for one in found] == [
        2,
        "there",
        None,
        0,
        2,
    ]
    assert [call.operation for call in proxy.calls] == ["BatchGetItem"]
    assert {asked["ConsistentRead"] for asked in proxy.calls[0].body["RequestItems"].values()} == {True}


@pytest.mark.parametrize(("pk", "sk"), [("", "a"), ("a", ""), ("x" * 2_049, "a"), ("a", "汉" * 342)])
def test_what_no_key_can_be_is_not_there(name: str, pk: str, sk: str, proxy: FaultsProxy) -> None:
    """Whatever a stranger asks for: DynamoDB would refuse the whole read."""
    items(name, 1)
    proxy.clear()

    found, none = read([(Item, name, "000"), (Item, pk, sk)])

    assert found.number == 0
    assert none is None
    assert len(proxy.calls[0].body["RequestItems"][Item.Meta.table_name]["Keys"]) == 1
    assert query(Item, "x" * 2_049) == []


def test_a_read_of_nothing_asks_nothing(proxy: FaultsProxy) -> None:
    """No call for no keys."""
    assert read([]) == []
    assert proxy.calls == []


def test_keys_that_the_engine_leaves_out_are_asked_for_again(name: str, proxy: FaultsProxy) -> None:
    """Until all are answered: an unprocessed key is not a missing item."""
    keys = items(name, 60)
    proxy.plan(Fault("unprocessed", times=3))

    found = read([(Item, name, sk) for sk in [*keys, "none"]])

    assert [one and one.number for one in found] == [*range(60), None]
    assert proxy.fired["unprocessed"] == 3


@pytest.mark.usefixtures("no_time")
def test_an_engine_that_leaves_keys_out_again_and_again_is_busy(name: str, proxy: FaultsProxy) -> None:
    """Never half of the items."""
    keys = items(name, 100)
    proxy.clear()
    proxy.plan(Fault("unprocessed"))

    with pytest.raises(Busy, match="UnprocessedKeys"):
        read([(Item, name, sk) for sk in keys] * 2)

    assert len(proxy.calls) == 1


def test_a_read_is_one_call_for_each_hundred_keys(name: str, proxy: FaultsProxy) -> None:
    """A page of a hundred looks for one more; repeats of a key count once."""
    keys = [(Item, name, sk) for sk in items(name, 101)]
    proxy.clear()

    assert [one.number for one in read(keys)] == [*range(101)]
    assert [len(one.body["RequestItems"][Item.Meta.table_name]["Keys"]) for one in proxy.calls] == [100, 1]

    assert [one.number for one in read(keys[:100] * 2)] == [*range(100)] * 2
    assert len(proxy.calls) == 3


def test_more_keys_than_one_snapshot_takes_are_refused_before_the_call(name: str, proxy: FaultsProxy) -> None:
    """It is as of one moment, or none."""
    with pytest.raises(ValueError, match="100"):
        snapshot([(Item, name, f"{number:03}") for number in range(101)])

    assert proxy.calls == []


@pytest.mark.parametrize(
    "fault",
    [
        Fault("throttle", operations={"BatchGetItem"}, times=3),
        Fault("fail_before", operations={"BatchGetItem"}, times=3),
    ],
    ids=lambda fault: fault.kind,
)
def test_a_read_that_finds_the_engine_busy_is_sent_again(name: str, proxy: FaultsProxy, fault: Fault) -> None:
    """Also outside of any verb; what is still busy when the time is over says so."""
    proxy.plan(fault)

    assert get(Item, name, "000") is None
    assert proxy.fired[fault.kind] == 3

    proxy.plan(Fault(fault.kind))
    with pytest.raises(Busy), ending_at(0):
        get(Item, name, "000")


def test_a_snapshot_is_as_of_one_moment(name: str, proxy: FaultsProxy) -> None:
    """One transaction for all keys; None only for what is not there."""
    items(name, 3)
    proxy.clear()

    found = snapshot([(Item, name, "002"), (Item, name, "none"), (Item, name, "000")])

    assert [one and one.number for one in found] == [2, None, 0]
    assert [call.operation for call in proxy.calls] == ["TransactGetItems"]


def test_a_snapshot_in_the_middle_of_a_write_is_contended(name: str, proxy: FaultsProxy) -> None:
    """It never answers with half of somebody's transaction."""
    items(name, 2)
    proxy.plan(Fault("conflict", operations={"TransactGetItems"}, times=1))

    with pytest.raises(Contended, match="TransactionConflict"):
        snapshot([(Item, name, "000"), (Item, name, "001")])


def test_a_query_gives_a_partition_in_key_order(name: str) -> None:
    """From either end, from a prefix, after a key, up to a limit."""
    items(name, 12)

    def numbers(**how: object) -> list[int]:
        return [int(item.number) for item in query(Item, name, **how)]  # type: ignore[arg-type]

    assert numbers() == [*range(12)]
    assert numbers(limit=3) == [0, 1, 2]
    assert numbers(prefix="01") == [10, 11]
    assert numbers(after="004", limit=2) == [5, 6]
    assert numbers(newest_first=True, after="004") == [3, 2, 1, 0]
    assert numbers(prefix="00", after="007") == [8, 9]
