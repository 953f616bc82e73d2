"""Many at once, on an engine that collides, throttles, loses answers and dawdles: the sums are right."""

from concurrent.futures import ThreadPoolExecutor
from random import Random

import pytest

from infra.faults import Fault, FaultsProxy
from services.shared.plumbing.tables import retrying
from services.shared.plumbing.vault import Vault
from tests.integration.http import Client, Reply, token_for
from tests.integration.plumbing import probe
from tests.integration.plumbing.test_inbox import consume, stored

TROUBLE = (
    Fault("latency", delay_s=(0, 0.005)),
    Fault("fail_before", probability=0.1),
    Fault("conflict", operations={"TransactWriteItems"}, probability=0.2),
    Fault("throttle", operations={"TransactWriteItems"}, code="ThrottlingError", probability=0.05),
    Fault("lose_answer", operations={"TransactWriteItems", "PutItem"}, probability=0.1),
)


@pytest.mark.parametrize("seed", range(3))
def test_every_event_counts_once(name: str, proxy: FaultsProxy, seed: int) -> None:
    """Each brought twice and shuffled, by eight workers; what fails comes again, as from a queue."""
    events = [stored(name) for _ in range(60)]
    proxy.clear(seed)
    proxy.plan(*TROUBLE)
    letters = events * 2

    rounds = 0
    while letters and rounds < 10:
        Random(seed + rounds).shuffle(letters)
        with ThreadPoolExecutor(8) as pool:
            letters = [one for one, failed in zip(letters, pool.map(consume, letters), strict=True) if failed]
        rounds += 1

    assert letters == []
    assert probe.heard(name) == 60
    assert proxy.fired.keys() >= {"conflict", "throttle", "fail_before", "lose_answer"}


@pytest.mark.parametrize("seed", range(3))
def test_places_are_given_out_once(name: str, proxy: FaultsProxy, seed: int) -> None:
    """Twenty places, sixty who want one, each until told yes or no: twenty parcels, twenty events, no place left."""
    path = f"/v1/shelves/{probe.shelf(name, 20)}/parcels"
    proxy.clear(seed)
    proxy.plan(*TROUBLE)

    def want(number: int) -> Reply:
        client = Client(probe.app, token_for(f"person:{number}"))
        while (reply := client.post(path, {"label": "a"}, "k")).status == 503:
            assert reply.headers["retry-after"]
        return reply

    with ThreadPoolExecutor(8) as pool:
        replies = list(pool.map(want, range(60)))

    assert proxy.fired.keys() >= {"conflict", "fail_before", "lose_answer"}
    proxy.clear()
    assert sorted(reply.status for reply in replies) == [201] * 20 + [409] * 40
    accepted = {reply.json["parcel_id"] for reply in replies if reply.status == 201}
    assert set(probe.parcels(name)) == accepted
    assert len(accepted) == len(list(probe.STORE.outbox.query(name))) == 20
    assert Client(probe.app).get(f"/v1/shelves/{name}").json["places"] == 0


@pytest.mark.parametrize("seed", range(3))
def test_a_persons_key_is_one_however_it_was_made(name: str, proxy: FaultsProxy, seed: int) -> None:
    """Also when the answer to making it is lost: nothing is sealed under a key that is not stored."""
    proxy.clear(seed)
    proxy.plan(Fault("lose_answer", operations={"PutItem"}, probability=0.5), Fault("latency", delay_s=(0, 0.01)))

    def seal(number: int) -> str:
        return retrying(lambda: Vault(probe.STORE).seal(name, str(number)))

    with ThreadPoolExecutor(8) as pool:
        sealed = list(pool.map(seal, range(8)))

    proxy.clear()
    assert [Vault(probe.STORE).open(name, one) for one in sealed] == [str(number) for number in range(8)]
