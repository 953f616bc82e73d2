"""Each fact is told once per recipient, whatever is delivered twice, late or shuffled (N2)."""

import json
import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from infra.faults import Fault, FaultsProxy
from services.notify import app as notify
from services.notify import tables
from services.notify.inbox import of_person, of_shop
from services.notify.tables import STORE
from services.notify.tellers import told
from services.notify.telling import Silence
from services.shared.contracts import catalog, gifts
from services.shared.contracts.envelope import Envelope
from services.shared.plumbing import clock, contention, ids
from tests.contract.sample import every_sample
from tests.integration.http import Client
from tests.integration.notify.conftest import client, event, hear, paid, staff
from tests.integration.wire import sqs_event


@pytest.fixture
def cast() -> dict[str, str]:
    """People and a shop of this test's own, by what they are called in the samples."""
    sample_shop = "shp_01KK6Z8Q000000000000000001"
    return {sample_shop: ids.new_id("shp")} | {name: ids.new_id(name) for name in ("alice", "bob", "carol")}


@pytest.fixture
def facts(cast: dict[str, str]) -> list[Envelope]:
    """Every sample that notify tells, happening to this cast now."""
    return [one for one in (_played_by(cast, sample) for _, sample in every_sample()) if _is_told(one)]


def test_all_that_concerns_them_reaches_buyer_recipient_and_shop(cast: dict[str, str], facts: list[Envelope]) -> None:
    """What the contracts can say arrives in the inboxes for which it is meant, each message once."""
    hear(*facts)

    assert _inboxes(cast) == _expected(facts)


def test_duplicates_and_disorder_change_nothing(cast: dict[str, str], facts: list[Envelope]) -> None:
    """Every event three times, shuffled, by eight consumers at once: the same inboxes, the same counts."""
    letters = facts * 3
    random.Random(7).shuffle(letters)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(hear, letters))

    assert _inboxes(cast) == _expected(facts)
    assert _unread(cast) == _totals(facts)


@pytest.mark.parametrize(
    "fault",
    [
        Fault("conflict", probability=0.3, times=40),
        Fault("lose_answer", operations={"TransactWriteItems"}, probability=0.3, times=40),
        Fault("fail_before", how="error", probability=0.2, times=40),
        Fault("unprocessed", probability=0.5, times=40),
    ],
    ids=lambda fault: fault.kind,
)
def test_faults_of_the_engine_change_nothing(
    cast: dict[str, str], facts: list[Envelope], proxy: FaultsProxy, fault: Fault
) -> None:
    """What DynamoDB refuses or loses is done again, and never twice."""
    proxy.plan(fault)

    for fact in facts:
        hear(fact)

    assert proxy.fired[fault.kind]
    proxy.clear()
    assert _inboxes(cast) == _expected(facts)
    assert _unread(cast) == _totals(facts)


def test_a_consumer_that_dies_after_its_commit_tells_once(
    buyer: str, shop: str, proxy: FaultsProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The event stays in the queue, and does nothing when it comes again."""
    letter = event(paid(buyer, shop))
    proxy.at_call(1, "after", "crash", {"TransactWriteItems"})

    with monkeypatch.context() as impatient:
        impatient.setattr(contention, "MOST_TRIES", 3)
        answer = notify.consume(sqs_event(letter.model_dump_json()), None)
    proxy.clear()
    hear(letter)

    assert answer["batchItemFailures"]
    assert client(buyer).get("/v1/messages/unread").json["total"] == 1


def test_a_message_outlives_the_mark_of_its_event(buyer: str, shop: str) -> None:
    """When the inbox mark is gone by age, the fact is still not told twice."""
    letter = event(paid(buyer, shop))
    hear(letter)
    STORE.row(f"IN#{letter.id}", "ONCE").delete()

    hear(letter)

    assert client(buyer).get("/v1/messages/unread").json["total"] == 1
    assert len(client(buyer).get("/v1/messages").json["items"]) == 1


def test_who_is_concerned_twice_hears_it_once(buyer: str, shop: str) -> None:
    """A giver who claims the own gift hears it as its recipient."""
    claimed = gifts.GiftClaimed(
        gift_id="gft_1",
        order_id="ord_1",
        shop_id=shop,
        giver=buyer,
        title="茶杯",
        sub_gift_id="sub_1",
        recipient=buyer,
        sku_id="sku_1",
        address_cipher="",
    )

    hear(event(claimed))

    assert [one["title"] for one in client(buyer).get("/v1/messages").json["items"]] == ["礼物领取成功"]


def test_a_fact_that_comes_late_is_listed_where_it_belongs(buyer: str, shop: str) -> None:
    """Newest first is by what happened when, not by what was heard when."""
    now = clock.now()
    earlier = event(paid(buyer, shop, title="早"), at=now - timedelta(milliseconds=1))
    later = event(paid(buyer, shop, title="晚"), at=now)

    hear(later)
    hear(earlier)

    bodies = [one["body"] for one in client(buyer).get("/v1/messages").json["items"]]
    assert ["晚" in bodies[0], "早" in bodies[1]] == [True, True]


def test_a_text_names_the_shop_as_it_was_called(buyer: str, shop: str) -> None:
    """By the newest name that catalog has told, in whatever order; messages already told keep theirs."""
    for sequence, name in ((1, "旧茶铺"), (3, "新茶铺"), (2, "中茶铺")):
        body = catalog.ShopChanged(shop_id=shop, name=name, status="active", can_sell=True)
        hear(event(body, sequence=sequence))
        hear(event(paid(buyer, shop)))

    bodies = [one["body"] for one in client(buyer).get("/v1/messages").json["items"]]

    assert [next(name for name in ("旧", "中", "新") if name in body) for body in bodies] == ["新", "新", "旧"]


def test_rows_hold_no_more_than_the_words_need(buyer: str, shop: str) -> None:
    """No price in a recipient's inbox, nobody's name, no waybill in a giver's (G9)."""
    hear(event(paid(buyer, shop, fen=123_456)))

    [message] = tables.newest_messages(of_person(buyer), None, 10)

    assert message.variables == {
        "paid_fen": 123_456,
        "shop": None,
        "goods": {"title": "茶杯", "kinds": 1, "pieces": 1},
    }


def _played_by(cast: dict[str, str], sample: Envelope) -> Envelope:
    text = sample.model_dump_json()
    for called, person in cast.items():
        text = text.replace(f'"{called}"', f'"{person}"')
    return Envelope.model_validate({**json.loads(text), "id": ids.new_id("evt"), "occurred_at": clock.now()})


def _is_told(envelope: Envelope) -> bool:
    try:
        return not isinstance(told(envelope), Silence)
    except KeyError:
        return False


def _expected(facts: list[Envelope]) -> dict[str, Counter[Any]]:
    """(event, subject) of each message, by inbox."""
    inboxes: dict[str, Counter[Any]] = {}
    for fact in facts:
        tellings = told(fact)
        assert not isinstance(tellings, Silence)
        for telling in tellings:
            inboxes.setdefault(telling.inbox.key, Counter())[fact.name, telling.subject_id] += 1
    return inboxes


def _totals(facts: list[Envelope]) -> dict[str, int]:
    return {inbox: messages.total() for inbox, messages in _expected(facts).items()}


def _readers(cast: dict[str, str]) -> dict[str, tuple[Client, str]]:
    shop, *people = cast.values()
    hear(staff(shop, "person:mei", "owner"))
    return {
        **{of_person(person).key: (client(person), "") for person in people},
        of_shop(shop).key: (client("person:mei"), f"as_shop={shop}"),
    }


def _inboxes(cast: dict[str, str]) -> dict[str, Counter[Any]]:
    found: dict[str, Counter[Any]] = {}
    for inbox, (reader, query) in _readers(cast).items():
        found[inbox], cursor = Counter(), ""
        while cursor is not None:
            page = reader.get(f"/v1/messages?limit=100&{query}{cursor and f'&cursor={cursor}'}").json
            found[inbox].update((one["event"], one["subject_id"]) for one in page["items"])
            cursor = page["next_cursor"]
    return found


def _unread(cast: dict[str, str]) -> dict[str, int]:
    return {
        inbox: reader.get(f"/v1/messages/unread?{query}").json["total"]
        for inbox, (reader, query) in _readers(cast).items()
    }
