"""Wait a little for orders' answer to the question for another style (G3)."""

from collections.abc import Callable, Iterator

from services.gifts.gift import Gift
from services.gifts.refusals import GiftBeingClaimed
from services.gifts.sub_gift import REFUSED
from services.gifts.tables import find_gift
from services.shared.plumbing.settings import Setting

FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.05, 0.3


class Settings:
    wait_s = Setting("XIAODIAN_GIFTS_ANSWER_WAIT_S", float, default=2.0)


def wait_for_answer(gift: Gift, person: str, *, sleep: Callable[[float], object]) -> Gift:
    """The gift once this person has claimed it, or still claims it after ``wait_s`` seconds.

    Raises StyleSoldOut or StyleNotOffered when orders refused, GiftBeingClaimed when somebody was quick then.
    """
    asked = gift.held_by(person)
    for pause in _pauses(Settings.wait_s):
        held = gift.held_by(person)
        if held is None or held.state == "claimed":
            break
        sleep(pause)
        gift = find_gift(gift.sheet.gift_id) or gift
    if gift.held_by(person):
        return gift
    refused = (one.refusal for one in gift.sub_gifts if asked and one.sub_gift_id == asked.sub_gift_id)
    refusal = next(refused, None)
    raise REFUSED[refusal]() if refusal else GiftBeingClaimed()


def _pauses(wait_s: float) -> Iterator[float]:
    """Pauses that grow, and together last as long as this."""
    pause = FIRST_PAUSE_S
    while wait_s > 0:
        yield min(pause, wait_s)
        wait_s -= pause
        pause = min(2 * pause, LONGEST_PAUSE_S)
