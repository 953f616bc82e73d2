"""Who may take a gift, and until when."""

from datetime import timedelta

import pytest

from services.gifts.gift import Gift
from services.gifts.refusals import (
    GiftAlreadyClaimed,
    GiftBeingClaimed,
    GiftDeclined,
    GiftExpired,
    NotTheRecipient,
    RegionNotServed,
)
from services.gifts.sub_gift import Style
from tests.unit.gifts.sample import BLUE, DEADLINE, JUST_IN_TIME, PAID_AT, RED, SHEET, gift

NOW = PAID_AT + timedelta(hours=1)
BO, CY = "person:bo", "person:cy"


def asked() -> Gift:
    """Bo has asked for it in red."""
    return gift().claim(BO, RED, "sealed", NOW)


def test_the_deadline_is_24_hours_after_the_payment() -> None:
    """On the second (G3)."""
    hours = (DEADLINE - PAID_AT).total_seconds() / 3_600
    assert hours == 24
    assert gift().status(JUST_IN_TIME) == "claimable"
    assert gift().status(DEADLINE) == "expired"


def test_the_first_who_claims_has_it() -> None:
    """In the ordered style at once (G3)."""
    claimed = gift().claim(BO, BLUE, "sealed", JUST_IN_TIME)

    [one] = claimed.sub_gifts
    assert (one.state, one.recipient, one.style) == ("claimed", BO, BLUE)
    for person in (BO, CY):
        with pytest.raises(GiftAlreadyClaimed):
            claimed.claim(person, BLUE, "sealed", NOW)


@pytest.mark.parametrize("style", [BLUE, RED])
def test_nobody_claims_at_the_deadline(style: Style) -> None:
    """Whether or not anything has come round to write the expiry down (G4)."""
    with pytest.raises(GiftExpired):
        gift().claim(BO, style, "sealed", DEADLINE)
    with pytest.raises(GiftExpired):
        gift().decline(BO, DEADLINE)
    with pytest.raises(GiftExpired):
        gift().expire(DEADLINE).refund("expired", DEADLINE).claim(BO, style, "sealed", DEADLINE)


def test_while_a_style_is_asked_for_nobody_else_can_have_it() -> None:
    """Nor decline it, and the deadline passes over it (G3)."""
    with pytest.raises(GiftBeingClaimed):
        asked().claim(CY, BLUE, "sealed", NOW)
    with pytest.raises(GiftBeingClaimed):
        asked().decline(CY, NOW)
    assert asked().expire(DEADLINE) == asked()
    assert asked().status(DEADLINE) == "claiming"


def test_taken_after_the_deadline_is_claimed() -> None:
    """The question was in time, so the recipient has it (G3)."""
    after = asked().answer("sub_X", 1, None, DEADLINE + timedelta(hours=2))

    [one] = after.sub_gifts
    assert (one.state, one.recipient, one.style) == ("claimed", BO, RED)


def test_refused_in_time_is_open_to_all_again() -> None:
    """In the ordered style too (G3)."""
    refused = asked().answer("sub_X", 1, "sold_out", NOW)

    assert refused.status(NOW) == "claimable"
    assert refused.claim(CY, BLUE, "sealed", NOW).held_by(CY) is not None


def test_refused_after_the_deadline_is_expired() -> None:
    """In one step, so that there is no moment in which it is nothing (G3)."""
    assert asked().answer("sub_X", 1, "sold_out", DEADLINE).sub_gifts[0].state == "expired"


@pytest.mark.parametrize("attempt", [0, 2])
def test_an_answer_to_another_attempt_changes_nothing(attempt: int) -> None:
    """Late and doubled answers do no harm (G3)."""
    assert asked().answer("sub_X", attempt, "sold_out", NOW) == asked()
    assert asked().answer("sub_X-2", 1, "sold_out", NOW) == asked()


def test_a_question_is_put_again_after_a_minute() -> None:
    """The same attempt, each minute until orders answers (G3)."""
    early, late = NOW + timedelta(seconds=59), NOW + timedelta(seconds=60)

    assert asked().ask_again(early) == asked()
    [again] = asked().ask_again(late).sub_gifts
    assert (again.attempt, again.asked_at) == (1, late)


def test_a_gift_to_one_person_is_nobody_elses() -> None:
    """Others can neither claim nor decline it (G3)."""
    addressed = gift(to_openid=BO)

    with pytest.raises(NotTheRecipient):
        addressed.claim(CY, BLUE, "sealed", NOW)
    with pytest.raises(NotTheRecipient):
        addressed.decline(CY, NOW)
    assert addressed.claim(BO, BLUE, "sealed", NOW).held_by(BO)


def test_a_giver_may_know_only_the_openid_of_the_one_it_is_for() -> None:
    """A person who signed in through WeChat is named by app and openid (X1, G3)."""
    addressed = gift(to_openid="o123")

    with pytest.raises(NotTheRecipient):
        addressed.claim("wx1:o1234", BLUE, "sealed", NOW)
    assert addressed.claim("wx1:o123", BLUE, "sealed", NOW).held_by("wx1:o123")


def test_declined_once_is_declined() -> None:
    """By the same person again it changes nothing; nobody can claim it (G5)."""
    declined = gift().decline(BO, NOW)

    assert declined.status(NOW) == "declined"
    assert declined.decline(BO, NOW) == declined
    with pytest.raises(GiftDeclined):
        declined.decline(CY, NOW)
    with pytest.raises(GiftDeclined):
        declined.refund("declined", NOW).claim(CY, BLUE, "sealed", NOW)


@pytest.mark.parametrize("places", [("西藏自治区", "拉萨市"), ("四川省", "西藏自治区")])
def test_a_region_not_served_is_refused(places: tuple[str, str]) -> None:
    """By province or by city (G2)."""
    with pytest.raises(RegionNotServed):
        SHEET.serve(*places)
    SHEET.serve("四川省", "成都市")


def test_many_share_a_sheet() -> None:
    """Each person has at most one, the ids follow from the gift's, and what is left expires together."""
    three = gift(mode="group", recipients=3).claim(BO, BLUE, "sealed", NOW).claim(CY, RED, "sealed", NOW)

    assert [one.sub_gift_id for one in three.sub_gifts] == ["sub_X", "sub_X-2", "sub_X-3"]
    with pytest.raises(GiftAlreadyClaimed):
        three.claim(BO, BLUE, "sealed", NOW)
    assert three.expire(DEADLINE) == three  # one is still asked for
    [hers] = [one.sub_gift_id for one in three.sub_gifts if one.recipient == CY]
    ended = three.answer(hers, 1, "sold_out", DEADLINE)
    assert [one.recipient for one in ended.sub_gifts if one.state == "claimed"] == [BO]
    refunded = ended.refund("expired", DEADLINE)
    assert sorted(one.status for one in refunded.sub_gifts) == ["claimed", "refunded", "refunded"]
