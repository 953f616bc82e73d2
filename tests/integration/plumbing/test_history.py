"""Facts said again: kept by the publisher, told with their own ids, and in effect once, however long ago they were."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from infra.faults import Fault, FaultsProxy
from infra.local.schedules import scheduled_event
from services.shared.contracts.catalog import MembershipChanged, ShopOpened
from services.shared.contracts.envelope import Envelope, EventBody
from services.shared.contracts.gifts import GiftClaimed
from services.shared.contracts.orders import RefundDue
from services.shared.plumbing import clock, history
from services.shared.plumbing.contention import ending_at
from services.shared.plumbing.ids import new_id
from services.shared.plumbing.tables import Transaction, query
from tests.integration.plumbing import probe
from tests.integration.plumbing.conftest import Later
from tests.integration.plumbing.test_inbox import consume, stored
from tests.integration.plumbing.test_outbox import publish_all, record, rows_of

CLAIMED = GiftClaimed(
    gift_id="gft_1",
    order_id="ord_1",
    shop_id="shp_1",
    giver="person:anna",
    title="tea",
    sub_gift_id="sub_1",
    recipient="person:rita",
    sku_id="sku_1",
    address_cipher="sealed for orders",
)


@pytest.fixture(autouse=True)
def _as_new() -> Iterator[None]:
    """The probe has not heard anything yet, nor do others find that it has."""
    yield
    probe.STORE.row("HEARS", "SINCE").delete()


def say(name: str, body: EventBody, only: str | None = None) -> str:
    """Commit the event, and have it published; returns its id."""
    tx = Transaction(probe.STORE, clock.now(), new_id)
    event_id = tx.emit(body, subject=name, sequence=1, shop=name, only=only)
    tx.commit()
    assert publish_all(*(record(row) for row in rows_of(name))) == []
    return event_id


def said(name: str, to: str) -> list[Envelope]:
    """What is said again of this subject."""
    return [one for one in history.said(probe.STORE, to) if one.subject == name]


def test_a_fact_that_others_hear_is_kept_with_its_id(name: str) -> None:
    """For those who hear it, as it was said when it was said."""
    fact = ShopOpened(shop_id=name, name="A", owner="person:anna")
    event_id = say(name, fact)

    (again,) = said(name, "notify")

    assert (again.id, again.open(ShopOpened), again.resent) == (event_id, fact, True)
    assert said(name, "gifts") == []


def test_what_was_for_one_ear_is_said_to_no_other(name: str) -> None:
    """Although others hear its like."""
    say(name, CLAIMED, only="notify")

    assert len(said(name, "notify")) == 1
    assert said(name, "orders") == []


@pytest.mark.parametrize(
    "body",
    [MembershipChanged(shop_id="s", person="p", role="owner"), RefundDue(payment_id="p", refund_id="r")],
    ids=["state", "to oneself"],
)
def test_what_is_no_history_is_not_kept(name: str, body: EventBody) -> None:
    """State is told as it is now, and what one says to oneself is a step of one's own work."""
    say(name, body)

    assert query(probe.STORE.row, f"SAID#{name}") == []


def test_ciphertext_is_not_kept(name: str) -> None:
    """It would be read with a key of services when the person's own is gone."""
    say(name, CLAIMED)

    (row,) = query(probe.STORE.row, f"SAID#{name}")

    assert "sealed for orders" not in row.body
    assert said(name, "orders")[0].open(GiftClaimed) == CLAIMED.model_copy(update={"address_cipher": ""})


def test_what_could_not_be_kept_comes_again(name: str, proxy: FaultsProxy) -> None:
    """From the stream, and with it those behind it; what is sent twice has its effect once."""
    tx = Transaction(probe.STORE, clock.now(), new_id)
    tx.emit(ShopOpened(shop_id=name, name="A", owner="person:anna"), subject=name, sequence=1)
    tx.commit()
    (row,) = rows_of(name)
    proxy.plan(Fault("fail_before", operations={"PutItem"}, times=1))

    with ending_at(0):
        failed = publish_all(record(row))

    assert len(failed) == 1
    assert publish_all(record(row)) == []
    assert len(said(name, "notify")) == 1


def test_a_consumer_that_is_new_hears_the_oldest_fact_once(name: str, later: Later) -> None:
    """Also when it is told again a year later, when no ordinary mark is left."""
    later(timedelta(days=300))
    probe.tend(scheduled_event("tend", datetime.now(UTC)), None)  # it hears from now on
    old = stored(name).model_copy(update={"resent": True})

    for days in (300, 301, 400, 800):
        later(timedelta(days=days))
        assert consume(old) == []

    assert probe.heard(name) == 1


def test_who_heard_it_when_it_was_new_does_nothing_after_its_mark_is_gone(name: str, later: Later) -> None:
    """It hears since before the fact, so by the time its mark may be gone it must have heard."""
    later(timedelta(days=-1))
    history.note_hearing(probe.STORE, clock.now())
    later(timedelta())
    fact = stored(name)
    assert consume(fact) == []

    for days in (1, 59, 60, 61, 400):
        later(timedelta(days=days))
        assert consume(fact.model_copy(update={"resent": True})) == []

    assert probe.heard(name) == 1


def test_since_when_it_hears_is_noted_once(name: str, later: Later) -> None:
    """By the schedule; no later minute moves it."""
    assert history.hears_since(probe.STORE) is None
    start = clock.now()
    for days in (0, 5):
        later(timedelta(days=days))
        probe.tend(scheduled_event("tend", clock.now()), None)

    since = history.hears_since(probe.STORE)
    assert since is not None
    assert abs(since - start) < timedelta(minutes=1)
