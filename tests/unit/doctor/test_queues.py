"""A queue is behind when its oldest message has waited longer than all its tries take; a dead letter is never right."""

import pytest

from infra.doctor.account import Account
from infra.doctor.deployed import Deployed
from infra.doctor.queues import _behind, _dead
from infra.package.stage import Stage
from tests.unit.package.toy import rendered

TOYS = Deployed("toys", rendered(), {}, Account(Stage("test")))
LIVE = TOYS.of_type("AWS::SQS::Queue")["ToysEventsQueue"]


@pytest.mark.parametrize(("age_s", "late"), [(0, False), (900, False), (901, True), (86_400, True)])
def test_a_queue_is_late_after_all_tries_of_a_message(age_s: int, late: bool) -> None:
    """Five tries of 180 s: until then the message may be one that fails, which is no matter of the queue."""
    found = list(_behind("toys-events", LIVE, 7, age_s))

    assert [one.what for one in found] == ([f"7 messages wait, the oldest for {_time(age_s)}"] if late else [])


def _time(age_s: int) -> str:
    return "1 day, 0:00:00" if age_s == 86_400 else "0:15:01"


def test_dead_letters_say_how_old_they_are_and_how_long_they_are_kept() -> None:
    """And by which commands they are seen and sent again."""
    (found,) = _dead(TOYS, "xiaodian-test-toys-events-dlq", 3, 86_400)

    assert found.level == "error"
    assert found.what == "3 dead letters, the oldest for 1 day, 0:00:00; they are kept for 14 days"
    assert "xiaodian dlq list --stage test" in found.advice
    assert "xiaodian dlq redrive --stage test" in found.advice


def test_an_age_that_cloudwatch_has_not_heard_of_is_left_out() -> None:
    """It hears of it after minutes."""
    (found,) = _dead(TOYS, "xiaodian-test-toys-events-dlq", 1, 0)

    assert found.what == "1 dead letters; they are kept for 14 days"
