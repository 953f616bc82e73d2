"""Where messages lie, how long, and how they are spread."""

from collections import Counter
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.notify.inbox import BUCKETS, KEPT, PERIOD, of_person, of_shop
from services.shared.plumbing.ids import new_id

NOW = datetime(2026, 3, 8, 6, 30, tzinfo=UTC)
instants = st.integers(0, 80 * 365 * 86_400_000).map(
    lambda ms: datetime(2020, 1, 1, tzinfo=UTC) + timedelta(milliseconds=ms)
)


def test_a_fact_has_one_message_a_recipient() -> None:
    """The same event and recipient: the same id, whenever and wherever it is heard; another recipient: another (N2)."""
    alice, bob, shop = of_person("a"), of_person("b"), of_shop("a")

    assert alice.place("evt_1", NOW) == alice.place("evt_1", NOW)
    assert (
        len({inbox.place(event, NOW).message_id for inbox in (alice, bob, shop) for event in ("evt_1", "evt_2")}) == 6
    )


@given(earlier=instants, later=instants)
def test_ids_sort_by_what_happened_when(earlier: datetime, later: datetime) -> None:
    """Newest first is the order of ids, to the millisecond."""
    earlier, later = sorted((earlier, later))
    if later - earlier >= timedelta(milliseconds=1):
        assert of_person("a").place(new_id("evt"), earlier).message_id < of_shop("b").place("e", later).message_id


@given(at=instants)
def test_a_message_is_kept_180_days_and_expires_with_its_counter(at: datetime) -> None:
    """All of one period end together, so the count never holds what retention deleted."""
    place, next_day = of_shop("a").place("e", at), of_shop("a").place("e", at + timedelta(days=1))

    assert KEPT < place.expires_at - at <= KEPT + PERIOD
    assert place.period == next_day.period or place.expires_at == next_day.expires_at - PERIOD
    assert place.message_id.startswith("msg_")
    assert len(place.message_id) == 30


def test_a_shops_messages_are_spread_over_buckets() -> None:
    """No single counter takes all writes of a busy shop; a person's need one."""
    counters = Counter(of_shop("a").place(f"evt_{n}", NOW).counter for n in range(4000))

    assert len(counters) == BUCKETS["SHOP"] == 4
    assert min(counters.values()) > 800
    assert {of_person("a").place(f"evt_{n}", NOW).bucket for n in range(100)} == {0}
