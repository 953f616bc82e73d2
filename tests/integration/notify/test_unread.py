"""Unread counts are exact, whoever writes and reads at the same moment (N1)."""

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest

from infra.faults import Fault, FaultsProxy
from services.notify import app as notify
from services.notify import tables
from services.notify.count_unread import count_unread
from services.notify.inbox import Inbox, of_person, of_shop
from services.shared.contracts.envelope import Envelope
from services.shared.plumbing import clock
from tests.integration.http import Client
from tests.integration.notify.conftest import client, event, hear, paid, staff, stock_low
from tests.integration.wire import sqs_event

THREADS = 16


def test_messages_are_counted_by_category(buyer: str, shop: str) -> None:
    """Each category by itself and all together; a shop's and a person's apart."""
    hear(staff(shop, f"mei-of-{shop}"), event(paid(buyer, shop)), event(paid(buyer, shop)), event(stock_low(shop)))

    mine = client(buyer).get("/v1/messages/unread")
    theirs = client(f"mei-of-{shop}").get(f"/v1/messages/unread?as_shop={shop}")

    nothing = {"trade": 0, "after-sale": 0, "gift": 0, "stock": 0, "system": 0, "growth": 0}
    assert mine.json == {"total": 2, "categories": nothing | {"trade": 2}}
    assert theirs.json == {"total": 3, "categories": nothing | {"trade": 2, "stock": 1}}


def test_reading_a_message_again_counts_once(buyer: str, shop: str) -> None:
    """POST …/read needs no key: it can be repeated as it is."""
    hear(event(paid(buyer, shop)), event(paid(buyer, shop)))
    message_id = client(buyer).get("/v1/messages").json["items"][0]["message_id"]

    replies = [client(buyer).post(f"/v1/messages/{message_id}/read", key="") for _ in range(3)]

    assert {(reply.status, reply.json["read"]) for reply in replies} == {(200, True)}
    assert [one["read"] for one in client(buyer).get("/v1/messages").json["items"]] == [True, False]
    assert _unread(of_person(buyer)) == 1


def test_all_is_read_and_what_comes_after_is_not(buyer: str, shop: str) -> None:
    """Also messages of an earlier period; a second read-all has nothing to do."""
    for days in (0, 1, 65, 130):
        hear(event(paid(buyer, shop), at=clock.now() - timedelta(days=days)))
    client(buyer).post(f"/v1/messages/{_ids(buyer)[0]}/read", key="")

    after = client(buyer).post("/v1/messages/read-all", key="").json
    again = client(buyer).post("/v1/messages/read-all", key="").json
    hear(event(paid(buyer, shop), at=clock.now() - timedelta(days=2)))

    assert after["total"] == again["total"] == 0
    assert [one["read"] for one in client(buyer).get("/v1/messages").json["items"]] == [True, True, False, True, True]
    assert _unread(of_person(buyer)) == 1


def test_reading_all_costs_no_more_for_a_full_inbox(buyer: str, shop: str, proxy: FaultsProxy) -> None:
    """One query, and one write a counter with something unread, however many messages there are."""
    hear(staff(shop, f"mei-of-{shop}"))
    for _ in range(60):
        hear(event(paid(buyer, shop)))
    counters = len(tables.unread_of(of_shop(shop)))
    proxy.clear()

    client(f"mei-of-{shop}").post(f"/v1/messages/read-all?as_shop={shop}", key="")

    writes = [call for call in proxy.calls if call.operation == "TransactWriteItems"]
    assert counters == 4
    assert len(writes) == counters
    assert len(proxy.calls) == counters + 3  # the role, the counters, and the counters once more for the answer


@pytest.mark.parametrize("conflicts", [0.0, 0.3], ids=["", "with conflicts"])
def test_sixteen_writers_at_once_are_counted_exactly(
    buyer: str, shop: str, proxy: FaultsProxy, conflicts: float
) -> None:
    """Every message counts, on one counter of a person and on four of a shop."""
    proxy.plan(Fault("conflict", probability=conflicts))

    _at_once(_hear_at_last, [event(paid(buyer, shop)) for _ in range(10 * THREADS)])

    assert bool(proxy.fired["conflict"]) == bool(conflicts)
    assert (_unread(of_person(buyer)), _unread(of_shop(shop))) == (160, 160)
    assert len(tables.unread_of(of_shop(shop))) == 4


def test_sixteen_readers_of_one_message_count_it_once(buyer: str, shop: str, proxy: FaultsProxy) -> None:
    """However the readers meet."""
    hear(*(event(paid(buyer, shop)) for _ in range(3)))
    path = f"/v1/messages/{_ids(buyer)[0]}/read"
    proxy.plan(Fault("conflict", probability=0.2), Fault("latency", delay_s=(0, 0.005)))

    statuses = _at_once(lambda reader: _post(reader, path), [client(buyer) for _ in range(THREADS)])

    assert set(statuses) == {200}
    assert _unread(of_person(buyer)) == 2


def test_writing_reading_and_reading_all_at_once_stay_exact(buyer: str, shop: str, proxy: FaultsProxy) -> None:
    """Whatever wins each race, in the end the count is the number of messages shown as unread."""
    hear(staff(shop, f"mei-of-{shop}"), *(event(paid(buyer, shop)) for _ in range(10)))
    proxy.plan(Fault("conflict", probability=0.1), Fault("latency", delay_s=(0, 0.003)))

    def write() -> None:
        for _ in range(8):
            _hear_at_last(event(paid(buyer, shop)))

    def read() -> None:
        reader = client(buyer)
        for message in reader.get("/v1/messages?unread=true&limit=5").json["items"]:
            assert _post(reader, f"/v1/messages/{message['message_id']}/read") == 200

    def read_all() -> None:
        assert _post(client(buyer), "/v1/messages/read-all") == 200
        assert _post(client(f"mei-of-{shop}"), f"/v1/messages/read-all?as_shop={shop}") == 200

    _at_once(lambda act: act(), [write, read, write, read_all] * (THREADS // 4))
    proxy.clear()

    for reader, query in ((client(buyer), ""), (client(f"mei-of-{shop}"), f"&as_shop={shop}")):
        shown = reader.get(f"/v1/messages?limit=100{query}").json["items"]
        unread = [one for one in shown if not one["read"]]
        assert len(shown) == 10 + 8 * THREADS // 2
        assert reader.get(f"/v1/messages/unread?{query}").json["total"] == len(unread)
        assert reader.get(f"/v1/messages?unread=true&limit=100{query}").json["items"] == unread
        assert reader.post(f"/v1/messages/read-all?{query}", key="").json["total"] == 0


def test_a_message_that_meets_read_all_half_way_is_unread(buyer: str, shop: str, proxy: FaultsProxy) -> None:
    """It saw the old era, and is written into the new one."""
    hear(event(paid(buyer, shop)))
    proxy.at_call(1, "before", lambda _: _read_all(buyer), {"TransactWriteItems"})

    hear(event(paid(buyer, shop)))

    assert [one["read"] for one in client(buyer).get("/v1/messages").json["items"]] == [False, True]
    assert _unread(of_person(buyer)) == 1


def test_a_message_that_read_all_overtakes_counts_once(buyer: str, shop: str, proxy: FaultsProxy) -> None:
    """Read by itself and by all at the same moment: the count does not fall below what is unread."""
    hear(event(paid(buyer, shop)))
    path = f"/v1/messages/{_ids(buyer)[0]}/read"
    proxy.at_call(1, "before", lambda _: _read_all(buyer), {"TransactWriteItems"})

    reply = client(buyer).post(path, key="")
    hear(event(paid(buyer, shop)))

    assert (reply.status, reply.json["read"]) == (200, True)
    assert _unread(of_person(buyer)) == 1


def test_two_who_read_all_at_once_agree(buyer: str, shop: str, proxy: FaultsProxy) -> None:
    """The second finds a new era with a message in it, and does not clear a count that it has not seen."""
    hear(event(paid(buyer, shop)))

    def meanwhile(_: Any) -> None:
        _read_all(buyer)
        hear(event(paid(buyer, shop)))

    proxy.at_call(1, "before", meanwhile, {"TransactWriteItems"})

    _read_all(buyer)

    shown = client(buyer).get("/v1/messages").json["items"]
    assert _unread(of_person(buyer)) == sum(not one["read"] for one in shown)


def test_a_lost_answer_counts_once(buyer: str, shop: str, proxy: FaultsProxy) -> None:
    """A counter moves only with its cause, so doing it again moves nothing."""
    hear(event(paid(buyer, shop)), event(paid(buyer, shop)))
    proxy.plan(Fault("lose_answer", operations={"TransactWriteItems"}, times=2))

    reply = client(buyer).post(f"/v1/messages/{_ids(buyer)[0]}/read", key="")

    assert proxy.fired["lose_answer"] == 2
    assert reply.status == 200
    assert _unread(of_person(buyer)) == 1


def test_expired_messages_leave_the_count_with_their_counter(buyer: str, shop: str) -> None:
    """Retention deletes messages without a word; their counter ends at the same instant."""
    now = clock.now()
    hear(event(paid(buyer, shop), at=now - timedelta(days=61)), event(paid(buyer, shop), at=now))
    old, _ = sorted(counter.expires_at for counter in tables.unread_of(of_person(buyer)).values())

    totals = [_unread_at(of_person(buyer), at) for at in (old - timedelta(seconds=1), old)]

    assert totals == [2, 1]


def _at_once(act: Callable[[Any], Any], arguments: Iterable[Any]) -> list[Any]:
    """Do it with each of these in as many threads, which start together."""
    line = threading.Barrier(THREADS)
    batches = list(arguments)

    def worker(number: int) -> list[Any]:
        line.wait()
        return [act(one) for one in batches[number::THREADS]]

    with ThreadPoolExecutor(THREADS) as pool:
        return [result for results in pool.map(worker, range(THREADS)) for result in results]


def _hear_at_last(envelope: Envelope) -> None:
    """What could not be handled in time comes again, as from its queue."""
    letter = sqs_event(envelope.model_dump_json())
    assert any(notify.consume(letter, None) == {"batchItemFailures": []} for _ in range(20))


def _post(reader: Client, path: str) -> int:
    """The status of the first answer that is not "too busy"; at most 20 times."""
    statuses = (reader.post(path, key="").status for _ in range(20))
    return next((status for status in statuses if status != 503), 503)


def _read_all(buyer: str) -> None:
    assert _post(client(buyer), "/v1/messages/read-all") == 200


def _ids(buyer: str) -> list[str]:
    return [one["message_id"] for one in client(buyer).get("/v1/messages").json["items"]]


def _unread(inbox: Inbox) -> int:
    return sum(counter.total() for counter in tables.unread_of(inbox).values())


def _unread_at(inbox: Inbox, at: datetime) -> int:
    return sum(count_unread(inbox, at).values())
