"""Once per person, whatever dies where; and what is promised where WeChat cannot promise it (N2, N4)."""

import random
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from infra.faults import Fault, FaultsProxy
from infra.faults.script import When
from services.notify.wechat.hints import Hint
from services.notify.wechat.sweep_notices import send_notice
from services.shared.contracts.envelope import Envelope
from services.shared.plumbing.ids import new_id
from tests.faults.crash import die_at
from tests.integration.notify.conftest import client, event, hear, paid
from tests.integration.notify.wechat.conftest import Hands, WeChat, bring, notice_of, pay, sweep, taken


def test_duplicates_disorder_and_many_hands_tell_once(wechat: WeChat, shop: str) -> None:
    """Each fact three times, shuffled, by eight consumers; each hint three times, by eight senders, amid sweeps."""
    people = [wechat.person() for _ in range(6)]
    facts: list[Envelope] = [event(paid(person, shop)) for person in people for _ in range(2)] * 3
    random.Random(7).shuffle(facts)
    taken("wechat-events")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(hear, facts))
        hints = taken("wechat-events") * 3
        random.Random(8).shuffle(hints)
        sweeps = [pool.submit(sweep) for _ in range(2)]
        assert list(pool.map(bring, hints)) == [{"batchItemFailures": []}] * len(hints)
        assert all(one.exception() is None for one in sweeps)
    sweep()

    assert [len(wechat.told(person)) for person in people] == [2] * len(people)
    assert [client(person).get("/v1/messages/unread").json["total"] for person in people] == [2] * len(people)


@pytest.mark.parametrize("when", ["before", "after"])
def test_who_dies_at_any_call_loses_nothing(
    wechat: WeChat, shop: str, hands: Hands, proxy: FaultsProxy, when: When
) -> None:
    """Before WeChat was told: once in the end. After it, before that was written down: twice at most, never not at all.

    ::

        claim ── token ── WeChat takes it ── written down
              died here: once   │  died here: nobody knows, so it is told again after the lease
    """
    calls = _calls_of_a_sender(wechat, shop, hands, proxy)
    told = []

    for number in range(1, calls + 1):
        person, hint = _waiting(wechat, shop)
        died = die_at(proxy, number, when, partial(send_notice, hint, clock=hands, new_id=new_id))
        proxy.clear()
        assert died
        hands.on(seconds=61)
        sweep()
        assert notice_of(person).status == "sent"
        told.append(len(wechat.told(person)))

    assert set(told) <= {1, 2}
    assert told.count(2) == (1 if when == "before" else 0), "only between WeChat's answer and the last commit"


@pytest.mark.parametrize(
    "fault",
    [
        Fault("conflict", probability=0.3, times=20),
        Fault("lose_answer", operations={"TransactWriteItems"}, probability=0.3, times=20),
        Fault("fail_before", how="error", probability=0.2, times=20),
    ],
    ids=lambda fault: fault.kind,
)
def test_faults_of_the_engine_tell_nobody_twice(
    wechat: WeChat, shop: str, hands: Hands, proxy: FaultsProxy, fault: Fault
) -> None:
    """What DynamoDB refuses or loses is done again, WeChat is not."""
    waiting = [_waiting(wechat, shop) for _ in range(8)]
    proxy.plan(fault)

    for _, hint in waiting:
        send_notice(hint, clock=hands, new_id=new_id)

    assert proxy.fired[fault.kind]
    proxy.clear()
    assert [len(wechat.told(person)) for person, _ in waiting] == [1] * 8


def test_an_answer_that_was_lost_may_be_told_twice_and_is_never_lost(wechat: WeChat, shop: str, hands: Hands) -> None:
    """WeChat took it and its answer said otherwise: nobody can know, so it is told again (README)."""
    person, hint = _waiting(wechat, shop)
    wechat.will_answer(-1, after_telling=True)

    send_notice(hint, clock=hands, new_id=new_id)
    hands.on(seconds=10)
    sweep()

    assert len(wechat.told(person)) == 2
    assert notice_of(person).status == "sent"


def _waiting(wechat: WeChat, shop: str) -> tuple[str, Hint]:
    """A person with a notice that nobody has looked at."""
    person = wechat.person()
    pay(person, shop)
    return person, Hint(person, notice_of(person).message_id)


def _calls_of_a_sender(wechat: WeChat, shop: str, hands: Hands, proxy: FaultsProxy) -> int:
    for _ in range(2):  # the first one fetches the token too
        _, hint = _waiting(wechat, shop)
        proxy.clear()
        send_notice(hint, clock=hands, new_id=new_id)
    return len(proxy.calls)
