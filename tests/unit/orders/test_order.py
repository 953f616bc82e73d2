"""An order's states and moves (O4): what leads where, what is refused, what time does next."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.orders.aftersale.claim import Claim, Part
from services.orders.order import CODES, MOVES, AddressChange, Order, Status
from services.orders.refusals import AddressChangePending, CarrierMissing
from services.orders.risk.risk import Judgement
from services.shared.plumbing.problems import IllegalTransition
from tests.unit.orders.sample import NOON, line, order

GRACE = timedelta(minutes=5)
LATER = NOON + timedelta(minutes=10)
HELD = Judgement(NOON, "pay", "review", "built-in", 5)


def reviewed(one: Order) -> Order:
    """The same, held for somebody to look at it."""
    return replace(one, risk=(HELD,))


ACTS: dict[str, Callable[[Order], Order]] = {
    "pay": lambda one: one.pay(LATER, one.payable_fen, 12, "pay_1"),
    "cancel": lambda one: one.cancel(LATER),
    "expire": lambda one: one.expire(LATER),
    "claim": lambda one: one.claim(LATER, "person:rita", "sealed"),
    "return_gift": lambda one: one.return_gift(LATER, "gift_expired"),
    "ship": lambda one: one.ship(LATER, "person:max", "SF", "1", ()),
    "ship one": lambda one: one.ship(LATER, "person:max", "SF", "1", [(1, 1)]),
    "receive": lambda one: one.receive(LATER, "buyer"),
    "close_after_sale": lambda one: one.close_after_sale(LATER, "person:max"),
    "complete_group": lambda one: one.complete_group(LATER),
    "dissolve_group": lambda one: one.dissolve_group(LATER),
    "change_price": lambda one: one.reprice(LATER, "person:max", one.lines, 7),
    "change_address": lambda one: one.change_address(LATER, "person:max", "sealed", None),
    "correct_waybill": lambda one: one.correct_waybill(LATER, "person:max", 1, "ZTO", "2"),
    "extend_receipt": lambda one: one.extend_receipt(LATER, 3),
    "refuse": lambda one: reviewed(one).refuse(LATER, "person:max", ""),
}


@given(st.booleans(), st.lists(st.sampled_from(sorted(ACTS)), max_size=12))
def test_whatever_is_tried_only_legal_moves_happen(gift: bool, acts: list[str]) -> None:
    """Every step of the history is one that MOVES allows; a refusal names what is legal and changes nothing."""
    one = order(gift=gift)
    for act in acts:
        move = act.partition(" ")[0]
        refused = (act == "ship one" and one.lines[0].shipped == 2) or (
            act == "extend_receipt" and one.receipt_extended_days
        )
        if one.status not in MOVES[move] or refused:  # type: ignore[index]
            with pytest.raises(IllegalTransition):
                ACTS[act](one)
            continue
        moved = ACTS[act](one)
        assert moved.status in MOVES[move][one.status]  # type: ignore[index]
        assert (moved.version, moved.history[:-1]) == (one.version + 1, one.history)
        assert (moved.history[-1].origin, moved.history[-1].to) == (one.status, moved.status)
        one = moved
    assert all(step.to == after.origin for step, after in zip(one.history, one.history[1:], strict=False))


def test_states_and_codes_are_those_of_the_field() -> None:
    """O4: the numbers that shops know."""
    assert set(CODES.values()) == {10, 12, 13, 20, 21, 30, 100, 200, 250}
    reached: set[Status] = {to for origins in MOVES.values() for ends in origins.values() for to in ends}
    assert reached | {"pending_payment"} <= set(CODES)


def test_a_refusal_says_what_would_be_legal() -> None:
    """O4."""
    with pytest.raises(IllegalTransition) as refused:
        order().receive(LATER, "buyer")

    assert refused.value.fields == {"state": "pending_payment", "legal": ["cancel", "change_price", "expire", "pay"]}


@pytest.mark.parametrize(
    ("started", "due"), [(None, timedelta(minutes=30)), ("pay_1", timedelta(minutes=35))], ids=["idle", "paying"]
)
def test_the_grace_is_for_who_may_be_paying(started: str | None, due: timedelta) -> None:
    """O3."""
    assert order(payment_id=started).due_at(GRACE) == NOON + due


def test_time_acts_on_what_was_shipped_and_on_what_is_done() -> None:
    """O4, O7: by the order's own terms; then never again."""
    shipped = ACTS["ship"](ACTS["pay"](order(auto_confirm_days=3, settle_days=2)))
    done = shipped.receive(NOON + timedelta(days=1), "buyer")
    later = done.refund(NOON + timedelta(days=2), 100, 1)

    assert shipped.due_at(GRACE) == LATER + timedelta(days=3)
    assert done.due_at(GRACE) == later.due_at(GRACE) == NOON + timedelta(days=3)
    assert done.settle(NOON + timedelta(days=3)).due_at(GRACE) is None
    assert ACTS["pay"](order()).due_at(GRACE) is None
    assert ACTS["cancel"](order()).due_at(GRACE) is None


@given(st.lists(st.integers(1, 5), min_size=1, max_size=4), st.data())
def test_parcels_add_up(quantities: list[int], data: st.DataObject) -> None:
    """O4: never more than was ordered; shipped exactly when nothing is left."""
    lines = [line(number, quantity) for number, quantity in enumerate(quantities, start=1)]
    one = ACTS["pay"](order(*lines))
    for _ in range(12):
        parts = data.draw(st.lists(st.tuples(st.integers(1, 4), st.integers(1, 5)), min_size=1, max_size=3))
        try:
            one = one.ship(LATER, "person:max", "SF", "1", parts)
        except IllegalTransition:
            continue
        assert all(0 <= each.shipped <= each.quantity for each in one.lines)
        left = sum(each.quantity - each.shipped for each in one.lines)
        assert one.status == ("partly_shipped" if left else "shipped")
    sent = sum(quantity for parcel in one.shipments for _, quantity in parcel.parts)
    assert sent == sum(each.shipped for each in one.lines)


def test_who_keeps_the_goods() -> None:
    """G7: the recipient of a claimed gift, else the buyer."""
    paid = ACTS["pay"](order(gift=True))

    assert (paid.keeper, ACTS["claim"](paid).keeper) == ("person:anna", "person:rita")
    assert not order().paid_at_all
    assert paid.paid_at_all
    assert ACTS["return_gift"](paid).paid_at_all
    assert not ACTS["cancel"](order()).paid_at_all


def test_a_read_shows_what_time_has_made_of_it() -> None:
    """O4: never an overdue state as if it were the present one, and never an end that is not certain."""
    over = NOON + timedelta(minutes=30)
    idle, paying = order(), order(payment_id="pay_1")
    shipped = ACTS["ship"](ACTS["pay"](order(auto_confirm_days=3)))
    done_at = LATER + timedelta(days=3)

    assert idle.as_of(over - timedelta(seconds=1)) is idle
    assert (idle.as_of(over).status, idle.as_of(over).history[-1].at) == ("cancelled", over)
    assert paying.as_of(over).status == "pending_payment"  # WeChat has yet to say whether somebody paid in time
    assert shipped.as_of(done_at - timedelta(seconds=1)).status == "shipped"
    assert (shipped.as_of(done_at).status, shipped.as_of(done_at).version) == ("done", shipped.version)
    assert ACTS["extend_receipt"](shipped).as_of(done_at + timedelta(days=2)).status == "shipped"


def test_what_changes_in_a_state_does_not_put_off_what_time_does() -> None:
    """O4: a corrected waybill is no new shipment."""
    shipped = ACTS["ship"](ACTS["pay"](order(auto_confirm_days=3)))

    assert shipped.correct_waybill(LATER + timedelta(days=2), "person:max", 1, "ZTO", "2").entered_at == LATER


@pytest.mark.parametrize("move", ["ship", "close_after_sale"])
def test_nobody_answers_about_another_address_when_it_has_left(move: str) -> None:
    """O4: nor is the address that was asked for kept."""
    asked = ACTS["pay"](order()).ask_address(LATER, AddressChange("asked", LATER, LATER, "new"))

    left = ACTS[move](asked)

    assert left.address_change is not None
    assert (left.address_change.status, left.address_change.address_sealed) == ("expired", None)


def test_another_address_waits_for_an_answer_until_its_deadline() -> None:
    """O4: a parcel does not leave meanwhile; time refuses what nobody decided."""
    deadline = LATER + timedelta(hours=1)
    asked = ACTS["pay"](order()).ask_address(LATER, AddressChange("asked", LATER, deadline, "new"))

    assert (asked.asked_address(LATER), asked.due_at(GRACE)) == ("new", deadline)
    with pytest.raises(AddressChangePending):
        ACTS["ship"](asked)
    overdue = asked.as_of(deadline)
    assert overdue.address_change is not None
    assert (overdue.address_change.status, overdue.address_change.address_sealed) == ("expired", None)
    assert (overdue.due_at(GRACE), overdue.address_sealed) == (None, order().address_sealed)
    assert asked.ship(deadline, "person:max", "SF", "1", ()).status == "shipped"
    with pytest.raises(IllegalTransition):
        overdue.refuse_address(deadline, "rejected", "person:max", None)


def test_only_goods_that_travel_need_a_carrier() -> None:
    """O4: a voucher is delivered without one; beside a parcel it may go in it."""
    voucher, goods = replace(line(1), kind="e_voucher"), line(2)
    paid = ACTS["pay"](order(voucher, goods))

    assert paid.ship(LATER, "person:max", "", "", [(1, 2)]).status == "partly_shipped"
    for parts in ([(2, 1)], [(1, 1), (2, 1)], []):
        with pytest.raises(CarrierMissing):
            paid.ship(LATER, "person:max", "", "", parts)


def test_who_looked_at_it_decides_once() -> None:
    """O19: cleared it is not refused, refused it is not cleared, and neither is done to what was never held."""
    paid = reviewed(ACTS["pay"](order()))
    cleared, refused = paid.clear(LATER, "person:max", ""), paid.refuse(LATER, "person:max", "strange")

    assert (refused.status, refused.refused, refused.under_review) == ("cancelled", True, False)
    assert (cleared.clear(LATER, "person:mo", ""), refused.refuse(LATER, "person:mo", "")) == (cleared, refused)
    with pytest.raises(IllegalTransition):
        cleared.refuse(LATER, "person:max", "")
    with pytest.raises(IllegalTransition):
        refused.clear(LATER, "person:max", "")
    with pytest.raises(IllegalTransition):
        order().refuse(LATER, "person:max", "")


def test_what_an_after_sale_has_claimed_goes_back_by_after_sales() -> None:
    """O6, O19: no fen and no piece of it goes back twice; a claim that came to nothing is in nobody's way."""
    paid = reviewed(ACTS["pay"](order()))
    claim = Claim("ast_1", (Part(1, 1, 5, unsent=1),))

    with pytest.raises(IllegalTransition):
        replace(paid, claims=(claim,)).refuse(LATER, "person:max", "")
    assert replace(paid, claims=(replace(claim, state="ended"),)).refuse(LATER, "person:max", "").status == "cancelled"


def test_another_price_is_no_payment() -> None:
    """O4, G2: an unpaid gift whose price was changed is offered to nobody, also after its end; the paid one is."""
    repriced = ACTS["change_price"](order(gift=True))

    assert [one.given for one in (repriced, repriced.expire(LATER))] == [False, False]
    assert (repriced.paid_at_all, ACTS["pay"](repriced).paid_at_all, ACTS["pay"](repriced).given) == (False, True, True)
