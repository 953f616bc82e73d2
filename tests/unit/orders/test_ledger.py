"""Money (O7): every entry sums to zero, and whatever is refunded in whatever parts, all of it adds up."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.orders import ledger
from services.orders.ledger import Account, Entry
from services.orders.payments.payment import Payment, RefundTooLarge
from tests.unit.orders.sample import NOON, line, order

prices = st.lists(st.tuples(st.integers(1, 1_000_000), st.integers(0, 2_000)), min_size=1, max_size=5)
parts = st.lists(st.integers(1, 10_000), max_size=12)


def balances(entries: list[Entry]) -> Counter[Account]:
    """What every account holds after these entries."""
    sums: Counter[Account] = Counter()
    for entry in entries:
        for account, fen in entry.postings:
            sums[account] += fen
    return sums


@given(prices, parts, st.booleans())
def test_any_sequence_of_refunds_adds_up(priced: list[tuple[int, int]], shares: list[int], settle: bool) -> None:
    """paid = refunded + fees kept + settled + pending; fees returned are what one refund of it all would return."""
    lines = [line(number, 1, fen, bp) for number, (fen, bp) in enumerate(priced, start=1)]
    fee = ledger.fee(tuple((each.total_fen, each.fee_bp) for each in lines))
    one = order(*lines).pay(NOON, order(*lines).payable_fen, fee, "pay_1")
    entries = ledger.paid("pay_1", one.order_id, one.paid_fen, fee, NOON)

    for share in shares:
        amount = min(one.paid_fen - one.refunded_fen, max(1, one.paid_fen * share // 10_000))
        back = ledger.fee_returned(one.fee_fen, one.refunded_fen + amount, one.paid_fen) - one.fee_returned_fen
        if amount <= 0:
            break
        assert 0 <= back <= amount + 1
        entries += ledger.refunded(f"rfd_{share}", one.order_id, amount, back, NOON)
        one = one.refund(NOON, amount, back)
        assert one.fee_returned_fen == ledger.fee_returned(fee, one.refunded_fen, one.paid_fen)
    left = one.paid_fen - one.fee_fen - one.refunded_fen + one.fee_returned_fen
    if settle and left:
        entries.append(ledger.settled(one.order_id, left, NOON))

    sums = balances(entries)
    assert sum(sums.values()) == 0
    settled = left if settle else 0
    assert sums["wechat"] == one.paid_fen - one.refunded_fen
    assert (-sums["fees"], -sums["available"]) == (one.fee_fen - one.fee_returned_fen, settled)
    assert one.paid_fen == one.refunded_fen - sums["fees"] - sums["available"] - sums["pending"]
    assert -sums["pending"] == left - settled >= 0
    if one.refunded_fen == one.paid_fen:
        assert (sums["fees"], left) == (0, 0)


@pytest.mark.parametrize(
    ("lines", "fee"),
    [(((1_000, 60),), 6), (((83, 60),), 0), (((84, 60),), 1), (((250, 60),), 2), (((84, 60),) * 3, 2), (((5, 0),), 0)],
)
def test_the_fee_is_half_up_once_an_order(lines: tuple[tuple[int, int], ...], fee: int) -> None:
    """60 basis points of 83 fen are 0.498, of 84 fen 0.504, of 250 fen 1.5."""
    assert ledger.fee(lines) == fee


def test_an_entry_that_does_not_sum_to_zero_is_none() -> None:
    """Whoever makes one is told at once."""
    with pytest.raises(ValueError, match="does not sum to zero"):
        Entry("payment", "pay_1", "ord_1", NOON, (("wechat", 5), ("pending", -4)))


def test_a_late_payment_never_touches_the_shops_money() -> None:
    """It comes and goes under an account of its own."""
    came = ledger.paid_late("pay_1", "ord_1", 500, NOON)
    went = ledger.late_refunded("rfd_1", "ord_1", 500, NOON)

    assert balances([came]) == {"wechat": 500, "late": -500}
    assert set(balances([came, went]).values()) == {0}


@given(st.integers(1, 10_000), st.lists(st.integers(-5, 5_000), max_size=20))
def test_refunds_are_reserved_within_what_was_paid(amount: int, wanted: list[int]) -> None:
    """O6: whatever is asked for, in whatever order."""
    payment = Payment("pay_1", "ord_1", "shp_1", "native", "open", amount, NOON, NOON, NOON, "person:anna")
    with pytest.raises(RefundTooLarge):
        payment.reserve(NOON, 1)
    payment = payment.pay(NOON, "4200", NOON, late=False)

    for fen in wanted:
        if 0 < fen <= amount - payment.requested_fen:
            payment = payment.reserve(NOON, fen)
        else:
            with pytest.raises(RefundTooLarge):
                payment.reserve(NOON, fen)

    assert 0 <= payment.requested_fen <= amount
