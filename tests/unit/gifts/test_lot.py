"""A draw by lot: who may enter until when, and winners that follow from seed and entries (G6)."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.gifts.lot import Lot, commitment_to, winners_among
from services.gifts.refusals import EntriesClosed, GiftExpired, NotAWinner, NotDrawnYet, NotInvited
from tests.unit.gifts.sample import BLUE, DEADLINE, PAID_AT, SHEET, gift

DRAW_AT = PAID_AT + timedelta(hours=12)
LOT = Lot(seed="5f" * 32, draw_at=DRAW_AT, full_at=3)
JUST_BEFORE = DRAW_AT - timedelta(microseconds=1)
ENTRIES = st.sets(st.text("0123456789abcdef", min_size=1, max_size=8), max_size=60)


@given(entries=ENTRIES, seed=st.text("0123456789abcdef", min_size=8, max_size=8), prizes=st.integers(1, 40))
def test_winners_are_distinct_entries_whatever_order_they_came_in(entries: set[str], seed: str, prizes: int) -> None:
    """As many as there are prizes, or all who entered; one more prize changes nobody's place."""
    won = winners_among(sorted(entries), seed, prizes)

    assert len(won) == len(set(won)) == min(prizes, len(entries))
    assert set(won) <= entries
    assert won == winners_among(sorted(entries, reverse=True), seed, prizes)
    assert winners_among(entries, seed, prizes + 1)[: len(won)] == won


def test_every_entry_wins_about_as_often() -> None:
    """Over two thousand seeds, one prize of four entries: each within five standard deviations."""
    entries = ["ent_a", "ent_b", "ent_c", "ent_d"]
    wins = [winners_among(entries, f"{seed:064x}", 1)[0] for seed in range(2_000)]

    assert all(abs(wins.count(entry) - 500) < 5 * (2_000 * 0.25 * 0.75) ** 0.5 for entry in entries)


def test_entries_close_on_the_second_or_when_it_is_full() -> None:
    """Nobody enters after that, nor once it is drawn."""
    LOT.admit("person:bo", JUST_BEFORE)
    for lot, at in ((LOT, DRAW_AT), (Lot(LOT.seed, DRAW_AT, 3, entries=3), PAID_AT), (LOT.void(PAID_AT), PAID_AT)):
        with pytest.raises(EntriesClosed):
            lot.admit("person:bo", at)


def test_only_those_who_were_chosen_may_enter() -> None:
    """By openid or by the whole person, where the giver named some."""
    lot = Lot(LOT.seed, DRAW_AT, 3, may_enter=("o123", "wx1:o456"))
    lot.admit("wx1:o123", PAID_AT)
    lot.admit("wx1:o456", PAID_AT)
    with pytest.raises(NotInvited):
        lot.admit("wx1:o1234", PAID_AT)


def test_the_commitment_is_to_the_seed() -> None:
    """Published first, it fixes what is revealed later."""
    assert LOT.commitment == commitment_to(LOT.seed) != commitment_to("60" * 32)
    assert LOT.seed not in LOT.commitment


def test_only_winners_can_claim_and_only_after_the_draw() -> None:
    """Each the share set aside; after the deadline nobody (G6)."""
    people = {f"ent_{name}": f"person:{name}" for name in ("bo", "cy", "di")}
    two = gift(mode="lot", recipients=2, deadline_at=DEADLINE)
    open_lot = type(two)(two.sheet, two.sub_gifts, LOT)
    with pytest.raises(NotDrawnYet):
        open_lot.claim("person:bo", BLUE, "sealed", JUST_BEFORE)

    drawn = open_lot.draw(people, DRAW_AT)
    assert drawn.lot
    winners = [people[entry] for entry in drawn.lot.winners]
    [loser] = set(people.values()) - set(winners)

    claimed = drawn
    for winner in winners:
        claimed = claimed.claim(winner, BLUE, "sealed", DRAW_AT)
    assert sorted(one.recipient or "" for one in claimed.sub_gifts) == sorted(winners)
    with pytest.raises(NotAWinner):
        drawn.claim(loser, BLUE, "sealed", DRAW_AT)
    with pytest.raises(GiftExpired):
        drawn.claim(winners[0], BLUE, "sealed", DEADLINE)
    assert {one.state for one in drawn.expire(DEADLINE).sub_gifts} == {"expired"}


def test_a_draw_that_nobody_came_to_before_the_deadline_is_void() -> None:
    """Winners would have no time left: the money goes back."""
    late = type(gift())(SHEET, gift().sub_gifts, LOT).draw({"ent_bo": "person:bo"}, DEADLINE)

    assert late.lot
    assert (late.lot.winners, late.lot.ended_at) == ((), DEADLINE)
