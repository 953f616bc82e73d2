"""Whatever happens in whatever order, a gift ends once, and in one way."""

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from services.gifts.gift import Gift
from services.gifts.sub_gift import REFUSED, Ending, Refusal, Style, SubGift
from services.shared.plumbing.problems import Problem
from tests.unit.gifts.sample import BLUE, DEADLINE, PAID_AT, RED, gift

PEOPLE = st.sampled_from(["person:bo", "person:cy", "person:di"])
STEPS = st.sampled_from([0, 1, 30, 60, 3_600, 43_200, 86_399, 86_400])
ENDINGS = ("claimed", "declined", "expired")


class OneGift(RuleBasedStateMachine):
    """One gift, a clock that moves on, people who press, orders that answers late and twice, a sweeper that is late."""

    def __init__(self) -> None:
        super().__init__()
        self.gift, self.now = gift(), PAID_AT
        self.ended: list[str] = []
        self.held: Style | None = BLUE  # what orders has taken from stock for it

    @property
    def one(self) -> SubGift:
        return self.gift.sub_gifts[0]

    def moved(self, after: Gift) -> None:
        before, self.gift = self.one, after
        if before.state != self.one.state and self.one.state in ENDINGS:
            self.ended.append(self.one.state)
        if before.state not in ENDINGS and self.one.state in ("declined", "expired"):
            self.held = None

    def tried(self, act: Callable[[], Gift]) -> None:
        with suppress(Problem):
            self.moved(act())

    @rule(seconds=STEPS)
    def time_passes(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    @rule(person=PEOPLE, style=st.sampled_from([BLUE, RED]))
    def somebody_claims(self, person: str, style: Style) -> None:
        before = self.one
        self.tried(lambda: self.gift.claim(person, style, f"sealed for {person}", self.now))
        if before != self.one:
            assert self.now < DEADLINE
            assert before.state == "claimable"

    @rule(person=PEOPLE)
    def somebody_declines(self, person: str) -> None:
        self.tried(lambda: self.gift.decline(person, self.now))

    @precondition(lambda self: self.one.attempt > 0)
    @rule(refusal=st.sampled_from([None, *REFUSED]), back=st.integers(0, 2))
    def orders_answers(self, refusal: Refusal | None, back: int) -> None:
        """The current question, or an older one once more."""
        open_question = self.one.state == "claiming" and back == 0
        self.moved(self.gift.answer(self.one.sub_gift_id, self.one.attempt - back, refusal, self.now))
        if open_question and refusal is None:
            self.held = self.one.style

    @rule()
    def the_sweeper_comes(self) -> None:
        self.moved(self.gift.expire(self.now).ask_again(self.now))

    @rule(ending=st.sampled_from(["declined", "expired"]))
    def money_returns(self, ending: Ending) -> None:
        self.moved(self.gift.refund(ending, self.now))

    @invariant()
    def it_ends_at_most_once(self) -> None:
        assert len(self.ended) <= 1
        assert (self.one.state in ENDINGS) == bool(self.ended)

    @invariant()
    def what_is_held_is_what_the_recipient_gets(self) -> None:
        if self.one.state == "claimed":
            assert self.held == self.one.style
        if self.one.refunded_at:
            assert self.held is None

    @invariant()
    def only_who_claims_has_an_address_there(self) -> None:
        claims = self.one.state in ("claiming", "claimed")
        assert (self.one.address is not None) == claims
        assert not claims or self.one.address == f"sealed for {self.one.recipient}"

    def teardown(self) -> None:
        """Once orders has answered and the sweeper has come, however late, nothing is left open."""
        self.now = max(self.now, DEADLINE) + timedelta(hours=5)
        self.moved(self.gift.answer(self.one.sub_gift_id, self.one.attempt, "sold_out", self.now))
        self.the_sweeper_comes()
        assert len(self.ended) == 1


TestOneGift = OneGift.TestCase
