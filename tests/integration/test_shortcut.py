"""The short way of a test's calls ends as the way over the wire does."""

from collections.abc import Callable

import pytest
from pynamodb.exceptions import PutError

from infra.faults import Fault, FaultsProxy
from services.shared.plumbing import clock
from services.shared.plumbing import tables as plumbing
from services.shared.plumbing.ids import new_id
from services.shared.plumbing.resources import Resources

Tables = Callable[[str | Resources], Resources]
STORE = plumbing.Store("gifts")


@pytest.mark.parametrize("faults", [(), (Fault("latency", delay_s=(0, 0)),)], ids=["short", "over the wire"])
def test_a_call_is_answered_and_recorded(faults: tuple[Fault, ...], tables: Tables, proxy: FaultsProxy) -> None:
    """What it asks, what it is told and what it is refused."""
    tables("gifts")
    pk = new_id("thing")
    proxy.clear()
    proxy.plan(*faults)

    row = STORE.row(pk, "店")
    row.body = "早上好" * 1000
    row.save()
    found = plumbing.get(STORE.row, pk, "店")
    with pytest.raises(PutError) as refused:
        row.save(condition=STORE.row.pk.does_not_exist())
    tx = plumbing.Transaction(STORE, clock.now(), new_id)
    tx.put(STORE.row(pk, "b"))
    tx.create(row, name="the row")
    with pytest.raises(plumbing.Refused) as cancelled:
        tx.commit()

    assert found is not None
    assert found.body == "早上好" * 1000
    assert refused.value.cause_response_code == "ConditionalCheckFailedException"
    assert cancelled.value.names == {"the row"}
    called = [call.operation for call in proxy.calls]
    assert called == ["PutItem", "BatchGetItem", "PutItem", "TransactWriteItems"]
    assert proxy.harmless is not bool(faults)


def test_what_is_planned_befalls_the_next_call(tables: Tables, proxy: FaultsProxy) -> None:
    """A connection is reset, the call is sent again; the third goes the short way again."""
    tables("gifts")
    pk = new_id("thing")
    plumbing.get(STORE.row, pk, "a")
    proxy.clear()
    proxy.plan(Fault("lose_answer", operations={"PutItem"}, times=1))

    STORE.row(pk, "a").save()

    assert proxy.fired["lose_answer"] == 1
    assert [call.operation for call in proxy.calls] == ["PutItem", "PutItem"]
    proxy.clear()
    assert plumbing.get(STORE.row, pk, "a") is not None
    assert [call.operation for call in proxy.calls] == ["BatchGetItem"]
