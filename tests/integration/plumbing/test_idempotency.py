"""Any POST may be sent again: one effect, the same answer."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest

from infra.faults import Fault, FaultsProxy
from services.shared.plumbing import clock
from services.shared.plumbing.contention import AlreadyDone
from services.shared.plumbing.idempotency import Key, keyed
from services.shared.plumbing.ids import new_id
from services.shared.plumbing.problems import KeyInProgress
from tests.integration.http import Client, Reply, token_for
from tests.integration.plumbing import probe
from tests.integration.plumbing.conftest import Later


@pytest.fixture
def path(name: str) -> str:
    """Where parcels are stored on a shelf with 100 places."""
    return f"/v1/shelves/{probe.shelf(name, 100)}/parcels"


def at_once(client: Client, path: str, times: int, key: str) -> list[Reply]:
    """The same request so many times in the same instant."""
    ready = Barrier(times)

    def send(_: int) -> Reply:
        ready.wait()
        return client.post(path, {"label": "a"}, key)

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(send, range(times)))


def test_a_request_sent_again_has_one_effect(anna: Client, path: str, name: str) -> None:
    """And the same answer, though it is built from what is stored."""
    first, second = (anna.post(path, {"label": "a"}, "k") for _ in range(2))

    assert first.status == second.status == 201
    assert first.json == second.json
    assert probe.parcels(name) == [first.json["parcel_id"]]
    assert len(list(probe.STORE.outbox.query(name))) == 1


@pytest.mark.parametrize("conflicts", [False, True])
def test_fifty_at_once_have_one_effect(anna: Client, path: str, name: str, proxy: FaultsProxy, conflicts: bool) -> None:
    """And fifty equal answers, also where the engine lets transactions collide as DynamoDB does."""
    if conflicts:
        proxy.plan(Fault("conflict", operations={"TransactWriteItems"}, probability=0.4))

    replies = at_once(anna, path, 50, "k")

    assert {reply.status for reply in replies} == {201}
    assert len({reply.text for reply in replies}) == 1
    assert probe.parcels(name) == [replies[0].json["parcel_id"]]
    assert bool(proxy.fired["conflict"]) is conflicts


def test_another_body_is_refused(anna: Client, path: str, name: str) -> None:
    """422, and the first effect stays the only one."""
    anna.post(path, {"label": "a"}, "k")

    reply = anna.post(path, {"label": "b"}, "k")

    assert (reply.status, reply.slug) == (422, "idempotency-key-reused")
    assert len(probe.parcels(name)) == 1


def test_the_same_fields_in_another_order_are_the_same_request(anna: Client, path: str) -> None:
    """A client that writes its JSON anew is sending the same again."""
    first = anna.send("POST", path, b'{"label": "a", "weight_g": 2}', "k")
    second = anna.send("POST", path, b'{"weight_g":2,"label":"a"}', "k")

    assert (second.status, second.text) == (201, first.text)


def test_another_persons_same_key_is_another_key(anna: Client, path: str, name: str) -> None:
    """Whatever keys somebody else makes up."""
    bert = Client(probe.app, token_for("person:bert"))

    replies = [client.post(path, {"label": "a"}, "k") for client in (anna, bert)]

    assert [reply.json["by"] for reply in replies] == ["person:anna", "person:bert"]
    assert len(probe.parcels(name)) == 2


def test_the_same_key_at_another_resource_is_another_key(anna: Client, path: str, name: str) -> None:
    """The path's values belong to it."""
    other = probe.shelf(new_id("t"), 1)

    replies = [anna.post(at, {"label": "a"}, "k") for at in (path, f"/v1/shelves/{other}/parcels")]

    assert [reply.json["shelf"] for reply in replies] == [name, other]


def test_a_refusal_is_not_stored(anna: Client, name: str) -> None:
    """The same key is judged anew, when there is a place by now."""
    path = f"/v1/shelves/{probe.shelf(name, 0)}/parcels"
    refused = anna.post(path, {"label": "a"}, "k")
    probe.shelf(name, 1)

    accepted = anna.post(path, {"label": "a"}, "k")

    assert (refused.status, refused.slug) == (409, "full")
    assert accepted.status == 201


def test_a_repeat_that_would_be_refused_by_now_is_answered(anna: Client, name: str) -> None:
    """The last place was taken by this very request; another body is still another request."""
    path = f"/v1/shelves/{probe.shelf(name, 1)}/parcels"

    first, second, other = (anna.post(path, {"label": label}, "k") for label in ("a", "a", "b"))

    assert (second.status, second.text) == (201, first.text)
    assert (other.status, other.slug) == (422, "idempotency-key-reused")
    assert anna.post(path, {"label": "a"}, "k2").slug == "full"


def test_an_expired_key_may_be_used_again(anna: Client, path: str, name: str, later: Later) -> None:
    """After two days, whether or not its record was swept."""
    first = anna.post(path, {"label": "a"}, "k")

    later(timedelta(hours=47))
    assert anna.post(path, {"label": "a"}, "k").text == first.text
    later(timedelta(hours=49))
    assert anna.post(path, {"label": "b"}, "k").status == 201

    assert len(probe.parcels(name)) == 2


@pytest.mark.parametrize("key", ["", "x" * 256])
def test_a_creating_request_needs_a_key(anna: Client, path: str, name: str, key: str) -> None:
    """Of 1 to 255 characters."""
    reply = anna.post(path, {"label": "a"}, key)

    assert (reply.status, reply.slug) == (422, "validation")
    assert "Idempotency-Key" in reply.json["detail"]
    assert probe.parcels(name) == []


@pytest.mark.parametrize("how", ["error", "reset"])
def test_an_answer_lost_after_the_commit(anna: Client, path: str, name: str, proxy: FaultsProxy, how: str) -> None:
    """Whether one attempt lost it or all three of the client: one effect, and its answer."""
    proxy.plan(Fault("lose_answer", operations={"TransactWriteItems"}, times=4, how=how))  # type: ignore[arg-type]

    reply = anna.post(path, {"label": "a"}, "k")
    again = anna.post(path, {"label": "a"}, "k")

    assert (reply.status, again.text) == (201, reply.text)
    assert probe.parcels(name) == [reply.json["parcel_id"]]
    assert proxy.fired["lose_answer"] == 4


def test_the_common_path_costs_no_extra_call(anna: Client, path: str, proxy: FaultsProxy) -> None:
    """The record is read only when the act does not go through."""
    proxy.clear()

    anna.post(path, {"label": "a"}, "k")

    assert [call.operation for call in proxy.calls] == ["BatchGetItem", "TransactWriteItems"]


def test_an_effect_whose_record_has_gone_is_in_progress(name: str) -> None:
    """Between the act that found it and the look at it; a repeat finds out."""
    key = Key("person:anna", "POST /v1/x", name, "null")

    def act() -> str:
        raise AlreadyDone

    with pytest.raises(KeyInProgress) as busy:
        keyed(probe.STORE, key, clock.now(), act, lambda _: "again")

    assert busy.value.headers() == {"Retry-After": "1"}
