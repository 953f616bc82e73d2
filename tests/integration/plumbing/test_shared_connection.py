"""All models share one connection, whichever of them is used first."""

import gc
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any, Literal

import pytest
from pynamodb.attributes import UnicodeAttribute
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection

from infra.faults import Fault, FaultsProxy
from services.shared.plumbing import tables as plumbing
from services.shared.plumbing.contention import MOST_TRIES, Busy, ending_at
from services.shared.plumbing.problems import TooBusy
from services.shared.plumbing.resources import Index, Resources, Table, physical


class _ByColour(GlobalSecondaryIndex["_Coloured"]):  # type: ignore[no-untyped-call]
    class Meta:
        index_name = "by_colour"
        projection = KeysOnlyProjection()

    colour = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)


class _Plain(plumbing.Table):
    class Meta:
        table_name = physical("shared-connection")

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)


class _Coloured(_Plain):
    by_colour = _ByColour()
    colour = UnicodeAttribute()


def test_an_index_is_known_also_when_a_model_without_it_came_first(
    tables: Callable[[str | Resources], Resources],
) -> None:
    """Two models of one table may be used in any order."""
    table = Table("shared-connection", indexes=(Index("by_colour", "colour", "sk"),))
    tables(Resources("probe", tables=(table,), queues=()))
    _Plain("thing", "1").save()

    _Coloured("thing", "2", colour="red").save()

    assert [row.sk for row in _Coloured.by_colour.query("red")] == ["2"]


def test_a_throttled_index_is_read_again(tables: Callable[[str | Resources], Resources], proxy: FaultsProxy) -> None:
    """A list that reads an index is busy rather than broken when it lasts."""
    table = Table("shared-connection", indexes=(Index("by_colour", "colour", "sk"),))
    tables(Resources("probe", tables=(table,), queues=()))
    _Coloured("blue thing", "1", colour="blue").save()
    proxy.plan(Fault("throttle", operations={"Query"}, times=4))

    assert [row.sk for row in _Coloured.by_colour.query("blue")] == ["1"]

    proxy.plan(Fault("throttle", operations={"Query"}))
    with pytest.raises(TooBusy), ending_at(0):
        plumbing.retrying(lambda: list(_Coloured.by_colour.query("blue")))


def test_threads_that_use_a_model_first_share_the_connection(
    tables: Callable[[str | Resources], Resources], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also one that comes while another has only half made it ready."""
    table = Table("shared-connection", indexes=(Index("by_colour", "colour", "sk"),))
    tables(Resources("probe", tables=(table,), queues=()))
    half_made, seen = Event(), Event()
    register = plumbing._register

    def slow_register(*args: Any) -> None:
        half_made.set()
        seen.wait(0.2)
        register(*args)

    class Fresh(_Plain):
        pass

    def used() -> int:
        return id(Fresh._get_connection().connection)

    monkeypatch.setattr(plumbing, "_register", slow_register)
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(used)
        half_made.wait(30)
        second = pool.submit(used)

        assert {first.result(30), second.result(30)} == {id(plumbing.connection())}


@pytest.mark.parametrize(
    "act",
    [
        lambda: _Plain("busy thing", "1").save(),
        lambda: _Plain("busy thing", "1").update([_Plain.pk.set("x")]),
        lambda: _Plain("busy thing", "1").delete(),
        lambda: list(_Plain.query("busy thing")),
        lambda: list(_Plain.scan()),
        lambda: list(_Coloured.by_colour.query("red")),
        lambda: plumbing.get(_Plain, "busy thing", "1"),
        lambda: plumbing.query(_Plain, "busy thing"),
    ],
    ids="save update delete query scan index get plumbing_query".split(),
)
@pytest.mark.parametrize("how", ["throttle", "fail_before"])
def test_every_call_says_that_the_engine_is_busy(
    tables: Callable[[str | Resources], Resources],
    proxy: FaultsProxy,
    monkeypatch: pytest.MonkeyPatch,
    act: Callable[[], object],
    how: Literal["throttle", "fail_before"],
) -> None:
    """In one word, whether it answers so or does not answer at all, after so many tries and not their square."""
    table = Table("shared-connection", indexes=(Index("by_colour", "colour", "sk"),))
    tables(Resources("probe", tables=(table,), queues=()))
    monkeypatch.setattr(time, "sleep", lambda _: None)
    proxy.plan(Fault(how))

    with pytest.raises(TooBusy) as busy:
        plumbing.retrying(act)

    assert isinstance(busy.value.__cause__, Busy)
    assert 2 <= proxy.fired[how] <= MOST_TRIES


@pytest.mark.parametrize("collecting", [True, False])
def test_garbage_is_collected_after_it_was_made_as_before(collecting: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only while botocore builds its client there is no looking for garbage."""
    monkeypatch.setattr(plumbing, "_shared", None)
    was = gc.isenabled()
    try:
        (gc.enable if collecting else gc.disable)()
        plumbing.connection()
        assert gc.isenabled() is collecting
    finally:
        (gc.enable if was else gc.disable)()
