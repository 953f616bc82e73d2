"""What may follow what."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from services.gifts.refusals import SwapAlreadyAsked, SwapNotOpen
from services.gifts.sub_gift import DECIDE_WITHIN, SubGift
from services.shared.plumbing.problems import IllegalTransition
from tests.unit.gifts.sample import BLUE, DEADLINE, PAID_AT, RED

NOW = PAID_AT + timedelta(hours=1)
FRESH = SubGift("sub_X", BLUE, PAID_AT)
ASKED = FRESH.ask("person:bo", "sealed", RED, NOW)
STATES = {
    "claimable": FRESH,
    "claiming": ASKED,
    "claimed": FRESH.claim("person:bo", "sealed", NOW),
    "declined": FRESH.decline("person:bo", NOW),
    "expired": FRESH.expire(DEADLINE),
    "refunded": FRESH.expire(DEADLINE).refund(DEADLINE),
}
MOVES: dict[str, tuple[Callable[[SubGift], SubGift], dict[str, str]]] = {
    "claim": (lambda one: one.claim("person:cy", "sealed", NOW), {"claimable": "claimed"}),
    "ask": (lambda one: one.ask("person:cy", "sealed", RED, NOW), {"claimable": "claiming"}),
    "ask_again": (lambda one: one.ask_again(NOW), {"claiming": "claiming"}),
    "take": (lambda one: one.take(NOW), {"claiming": "claimed"}),
    "forsake": (lambda one: one.forsake(NOW), {"claiming": "declined"}),
    "refuse": (lambda one: one.refuse("sold_out", BLUE, NOW), {"claiming": "claimable"}),
    "decline": (lambda one: one.decline("person:cy", NOW), {"claimable": "declined"}),
    "expire": (lambda one: one.expire(DEADLINE), {"claimable": "expired"}),
    "refund": (lambda one: one.refund(DEADLINE), {"declined": "refunded", "expired": "refunded"}),
}


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("move", MOVES)
def test_only_legal_moves_are_made(state: str, move: str) -> None:
    """Each move leads where the diagram says, as the next version; any other raises (G3–G5)."""
    make, legal = MOVES[move]
    before = STATES[state]

    if state in legal:
        after = make(before)
        assert (after.status, after.version) == (legal[state], before.version + 1)
    else:
        with pytest.raises(IllegalTransition):
            make(before)


def test_a_refused_question_leaves_nothing_of_the_person() -> None:
    """Recipient, address and style are gone; how many questions were put, and why the last failed, stay (G3)."""
    refused = ASKED.refuse("sold_out", BLUE, NOW)

    assert (refused.recipient, refused.address, refused.style, refused.asked_at) == (None, None, BLUE, None)
    assert (refused.attempt, refused.refusal) == (1, "sold_out")


def test_a_second_question_is_another_attempt() -> None:
    """Orders keeps one outcome an attempt, so a new question has a new number and no old refusal (G3)."""
    again = ASKED.refuse("sold_out", BLUE, NOW).ask("person:cy", "sealed", RED, NOW)

    assert (again.attempt, again.refusal, again.recipient) == (2, None, "person:cy")


@pytest.mark.parametrize(
    ("state", "due_at"),
    [
        ("claimable", DEADLINE),
        ("claiming", NOW + timedelta(minutes=1)),
        ("claimed", None),
        ("declined", None),
        ("expired", None),
        ("refunded", None),
    ],
)
def test_time_has_to_act_on_what_has_not_ended(state: str, due_at: object) -> None:
    """At the deadline, or a minute after a question; never on what has ended (G3, G4)."""
    assert STATES[state].due_at(DEADLINE) == due_at


def test_another_style_is_asked_for_once_after_the_claim() -> None:
    """G7: whatever becomes of it; the merchant's word counts within a day, orders' answer once."""
    claimed = FRESH.claim("person:bo", "sealed", NOW)
    asked = claimed.ask_swap(RED, NOW)
    assert asked.due_at(DEADLINE) == NOW + DECIDE_WITHIN
    with pytest.raises(SwapAlreadyAsked):
        asked.ask_swap(RED, NOW)
    with pytest.raises(SwapNotOpen):
        asked.agree_swap(NOW + DECIDE_WITHIN)
    with pytest.raises(SwapNotOpen):
        claimed.agree_swap(NOW)

    agreed = asked.agree_swap(NOW)
    taken, refused = agreed.settle_swap(None, NOW), agreed.settle_swap("sold_out", NOW)

    assert (taken.style, refused.style) == (RED, FRESH.style)
    assert taken.settle_swap("sold_out", NOW) == taken
    for ended in (taken, refused, asked.reject_swap(NOW), asked.lapse_swap(NOW + DECIDE_WITHIN)):
        assert (ended.state, ended.due_at(DEADLINE)) == ("claimed", None)
        with pytest.raises(SwapAlreadyAsked):
            ended.ask_swap(RED, NOW)
