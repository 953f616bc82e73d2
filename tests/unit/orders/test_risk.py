"""Risk (O19): the built-in judge, its rules with their dates, and what a buyer did lately."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.orders.order import Order
from services.orders.refusals import UnderReview
from services.orders.risk.risk import USUAL, Ask, Bounds, Judgement, Opinion, Recent, Rules, judged, rules_of
from services.shared.plumbing.problems import IllegalTransition
from tests.unit.orders.sample import NOON, order

ASK = Ask("pay", "ord_1", "shp_1", "person:anna", 5_000, 1, "direct", NOON, orders_this_hour=0, fen_this_day=0)
RULES = (
    Rules(NOON - timedelta(days=9), Bounds(orders_per_hour=2, fen_per_day=10_000, fen_per_order=6_000), Bounds(4)),
)


@pytest.mark.parametrize(
    ("ask", "opinion"),
    [
        (ASK, Opinion("allow")),
        (replace(ASK, amount_fen=6_000), Opinion("allow")),
        (replace(ASK, amount_fen=6_001), Opinion("review", ("fen_per_order",))),
        (replace(ASK, orders_this_hour=1), Opinion("allow")),
        (replace(ASK, orders_this_hour=2), Opinion("review", ("orders_per_hour",))),
        (replace(ASK, fen_this_day=5_000), Opinion("allow")),
        (replace(ASK, fen_this_day=5_001), Opinion("review", ("fen_per_day",))),
        (replace(ASK, fen_this_day=9_999, amount_fen=7_000), Opinion("review", ("fen_per_day", "fen_per_order"))),
        (replace(ASK, orders_this_hour=4, amount_fen=9_000), Opinion("deny", ("orders_per_hour",))),
    ],
)
def test_a_bound_is_broken_by_more_than_it_says(ask: Ask, opinion: Opinion) -> None:
    """O19: denial comes before review; the record names every bound."""
    assert judged(ask, RULES) == opinion


def test_rules_hold_from_their_moment_on() -> None:
    """O19: prepared ones wait, older ones are replaced; before the first all is allowed."""
    later = Rules(NOON + timedelta(days=1), deny=Bounds(fen_per_order=0))
    both = (later, Rules(NOON, review=Bounds(fen_per_order=0)))

    assert judged(replace(ASK, at=NOON - timedelta(seconds=1)), both).verdict == "allow"
    assert judged(ASK, both).verdict == "review"
    assert judged(replace(ASK, at=later.since), both).verdict == "deny"


def test_usual_rules_let_a_usual_order_through() -> None:
    """O19: and look at what no ordinary buyer does."""
    assert judged(ASK, USUAL).verdict == "allow"
    assert judged(replace(ASK, amount_fen=200_000_001), USUAL).verdict == "review"
    assert judged(replace(ASK, orders_this_hour=10_000), USUAL).verdict == "deny"


def test_rules_are_read_from_a_setting() -> None:
    """O19: as JSON; what is left out is no bound."""
    text = '[{"since": "2026-03-01T12:00:00Z", "review": {"orders_per_hour": 3}, "deny": {"fen_per_day": 9}}]'

    assert rules_of(text) == (Rules(NOON, Bounds(orders_per_hour=3), Bounds(fen_per_day=9)),)
    assert rules_of("[]") == ()


@pytest.mark.parametrize(
    "text",
    [
        "x",
        '[{"review": {}}]',
        '["deny"]',
        '[{"since": "soon"}]',
        '[{"since": "2026-03-01T12:00:00"}]',
        '[{"since": "2026-03-01T12:00:00Z", "denied": {}}]',
        '[{"since": "2026-03-01T12:00:00Z", "deny": {"orders": 3}}]',
        '[{"since": "2026-03-01T12:00:00Z", "deny": {"fen_per_day": -1}}]',
        '[{"since": "2026-03-01T12:00:00Z", "deny": {"fen_per_day": true}}]',
        '[{"since": "2026-03-01T12:00:00Z", "deny": 5}]',
    ],
)
def test_rules_that_make_no_sense_are_refused(text: str) -> None:
    """O19: a misspelt bound must not be no bound."""
    with pytest.raises(ValueError, match=r"."):
        rules_of(text)


@given(st.lists(st.tuples(st.integers(0, 3 * 24 * 60), st.integers(0, 10**9)), max_size=30))
def test_a_day_is_remembered_and_no_more(seen: list[tuple[int, int]]) -> None:
    """O19: orders by the clock's hour, fen over the last 24 hours, in a row that does not grow."""
    recent, start = Recent(), datetime(2026, 3, 1, tzinfo=UTC)
    times = sorted(seen)
    for minutes, fen in times:
        recent = recent.with_order(start + timedelta(minutes=minutes), fen)

    now = start + timedelta(minutes=times[-1][0] if times else 0)
    hour = now.replace(minute=0)
    told = [(start + timedelta(minutes=minutes), fen) for minutes, fen in times]
    assert recent.orders_in_hour_of(now) == sum(at >= hour for at, _ in told)
    assert recent.fen_in_day_until(now) == sum(fen for at, fen in told if at >= hour - timedelta(hours=23))
    assert len(recent.hours) <= 24
    assert recent.version == len(times)


def judged_order(*verdicts: str, **changes: object) -> Order:
    """An order with these decisions."""
    one = replace(order(), **changes)  # type: ignore[arg-type]
    for verdict in verdicts:
        one = one.judge(Judgement(NOON, "pay", verdict, "built-in", one.payable_fen))  # type: ignore[arg-type]
    return one


def test_an_order_under_review_is_not_sent_until_somebody_cleared_it() -> None:
    """O19: whoever cleared it stands with it; clearing it again changes nothing."""
    held = judged_order("review").pay(NOON, 2_000, 12, "pay_1")
    with pytest.raises(UnderReview):
        held.ship(NOON, "person:max", "SF", "1", ())

    cleared = held.clear(NOON, "person:max", "regular customer")

    assert cleared.ship(NOON, "person:max", "SF", "1", ()).status == "shipped"
    assert cleared.risk[-1] == Judgement(NOON, "clear", "allow", "person:max", 2_000, ("regular customer",))
    assert cleared.clear(NOON, "person:bo", "") is cleared


@pytest.mark.parametrize("one", [order(), judged_order("allow"), judged_order("review", status="cancelled")])
def test_only_what_waits_is_cleared(one: Order) -> None:
    """O19: what was never held, and what has ended, is not."""
    with pytest.raises(IllegalTransition):
        one.clear(NOON, "person:max", "")


def test_a_denied_order_is_judged_anew_and_an_allowed_one_only_when_it_costs_more() -> None:
    """O19: -1 until it was let through."""
    assert [
        judged_order(*verdicts).judged_up_to_fen for verdicts in ((), ("deny",), ("deny", "allow"), ("review",))
    ] == [
        -1,
        -1,
        2_000,
        2_000,
    ]


def test_a_gift_that_nobody_clears_is_due_a_day_after_its_payment() -> None:
    """O19: no money waits for ever."""
    held = replace(judged_order("review"), **vars(order(gift=True)) | {"risk": judged_order("review").risk})
    paid = held.pay(NOON, 2_000, 12, "pay_1")

    assert paid.due_at(timedelta()) == NOON + timedelta(hours=24)
    assert paid.clear(NOON, "person:max", "").due_at(timedelta()) is None
