"""Refunds as WeChat takes them (O3): fifty a payment, a minute apart; what it closes or cannot pay out is seen to."""

import random
from collections import Counter
from datetime import timedelta

import pytest

from services.orders.payments import payment
from services.orders.payments.payment import TooManyRefunds
from services.orders.payments.refund import send_refund
from services.orders.payments.reserve_refund import reserve_refund
from services.orders.payments.tables import find_payment, find_refund, save_refund
from services.orders.sweep_orders import sweep_orders
from services.orders.tables import find_order, ledger_page, own_begin
from services.shared.contracts.orders import RefundDelayed, RefundDue, RefundSucceeded
from services.shared.plumbing import clock
from services.shared.plumbing.tables import retrying
from tests.integration.http import Client
from tests.integration.orders.conftest import Hands, both_modes
from tests.integration.orders.events import said
from tests.integration.orders.market import Market, person
from tests.integration.orders.till import Letterbox, Till, eventually


def bought(market: Market, price_fen: int = 10_000) -> tuple[Client, str, str]:
    """A paid purchase: its buyer, its order, its payment."""
    (sku,) = market.offer(stock=5, price_fen=price_fen)
    buyer = person("anna")
    order_id = market.place(buyer, sku)
    return buyer, order_id, market.paid(buyer, order_id)


def back(order_id: str, payment_id: str, amount_fen: int) -> str:
    """Reserve a part, while WeChat may be telling of another; returns the number under which it goes back."""
    return retrying(lambda: _back(order_id, payment_id, amount_fen))


def _back(order_id: str, payment_id: str, amount_fen: int) -> str:
    order, paid_by = find_order(order_id), find_payment(payment_id)
    assert order is not None
    assert paid_by is not None
    tx = own_begin(clock.now())()
    refund = reserve_refund(tx, order, paid_by, amount_fen, "aftersale")
    tx.commit()
    return refund.refund_id


def send(payment_id: str, refund_id: str) -> None:
    """What its event, or the sweep, would do."""
    now = clock.now()
    retrying(lambda: send_refund(payment_id, refund_id, begin=own_begin(now), now=now))


@both_modes
def test_each_has_its_turn_a_minute_apart(market: Market, till: Till, hands: Hands) -> None:
    """O3: what comes at once is asked for one after the other; WeChat never has to refuse for being asked too often."""
    _, order_id, payment_id = bought(market)
    numbers = [back(order_id, payment_id, 100) for _ in range(3)]

    asked = []
    for _ in range(4):
        for number in numbers:
            send(payment_id, number)
        asked.append(len(till.shown(payment_id)["refunds"]))
        hands.move(minutes=1)

    assert asked == [1, 2, 3, 3]
    assert len(said(payment_id, RefundDue)) == 1  # the others are the sweep's


@pytest.fixture
def three_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a test need not make forty-five."""
    assert (payment.MAX_REFUNDS, payment.ALL_REFUNDS) == (45, 50)
    monkeypatch.setattr(payment, "MAX_REFUNDS", 3)


def asked_for(till: Till, payment_id: str, hands: Hands, hours: int) -> list[int]:
    """Let so many hours pass, with some sweeps; what WeChat was asked for until then."""
    sweeps = min(hours, 6)
    for _ in range(sweeps):
        hands.move(hours=hours / sweeps)
        sweep_orders(clock.now())
        eventually(lambda: "PROCESSING" in [one["status"] for one in till.shown(payment_id)["refunds"]], False)
    return [one["amount"]["refund"] for one in till.shown(payment_id)["refunds"]]


@pytest.mark.usefixtures("three_alone")
def test_the_last_ones_are_merged(market: Market, till: Till, hands: Hands) -> None:
    """O3: those that follow each other within a day go back together, and all that was reserved arrives."""
    buyer, order_id, payment_id = bought(market)
    single = [back(order_id, payment_id, 100) for _ in range(3)]
    merged = {back(order_id, payment_id, amount) for amount in (1, 20, 300)}

    assert len({*single, *merged}) == 4
    assert asked_for(till, payment_id, hands, 23) == [100] * 3
    assert back(order_id, payment_id, 4_000) in merged
    assert asked_for(till, payment_id, hands, 3) == [100] * 3 + [4_321]
    eventually(lambda: buyer.get(f"/v1/orders/{order_id}").json["refunded_fen"], 4_621)
    assert back(order_id, payment_id, 5) not in {*single, *merged}
    assert asked_for(till, payment_id, hands, 26)[4:] == [5]


@pytest.mark.usefixtures("three_alone")
def test_nothing_joins_what_wechat_has_heard_of(market: Market, till: Till, hands: Hands) -> None:
    """O3: its amount stands from the moment before it is asked for; a later refund has a number of its own."""
    _, order_id, payment_id = bought(market)
    for _ in range(3):
        back(order_id, payment_id, 100)
    asked_for(till, payment_id, hands, 2)
    (collecting,) = {back(order_id, payment_id, 7) for _ in range(2)}
    hands.move(hours=25)

    send(payment_id, collecting)
    other = back(order_id, payment_id, 7)
    send(payment_id, collecting)

    assert other != collecting
    assert sorted(asked_for(till, payment_id, hands, 26)) == [7, 14, 100, 100, 100]  # due at once: in any order


@both_modes
def test_parts_that_are_told_in_any_order_add_up(
    market: Market, till: Till, letterbox: Letterbox, hands: Hands, mode: str
) -> None:
    """O7: paid = refunded + fees kept + settled + pending after every letter, whichever comes first, each twice."""
    for seed in range(2):
        _, order_id, payment_id = bought(market, 10_001)
        for amount in (333, 4_444, 57, 5_167):
            hands.move(minutes=2)
            send(payment_id, back(order_id, payment_id, amount))
        letters = till.refunded_letters(payment_id) * 2
        assert len(letters) == 8
        random.Random(seed).shuffle(letters)

        for letter in letters:
            assert letter.bring().status == 200
            adds_up(market, order_id)

        order = find_order(order_id)
        assert order is not None
        assert (order.refunded_fen, order.fee_returned_fen) == (10_001, 60)
    assert market.balance() | {"pending_fen": 0, "fees_fen": 0, "wechat_fen": 0} == market.balance()


def adds_up(market: Market, order_id: str) -> None:
    """The order's own fen, by its ledger."""
    order, sums = find_order(order_id), Counter[str]()
    assert order is not None
    for row in ledger_page(market.shop_id, 100, None):
        if row.order_id == order_id:
            sums.update({account: int(fen) for account, fen in row.postings})
    assert order.paid_fen == order.refunded_fen - sums["fees"] - sums["available"] - sums["pending"]
    assert sums["wechat"] == order.paid_fen - order.refunded_fen


def test_there_is_an_end(market: Market) -> None:
    """O3: what would be the 51st is refused."""
    _, _, payment_id = bought(market)
    one = find_payment(payment_id)
    assert one is not None
    for _ in range(50):
        one, _ = one.next_refund("rfd_1", clock.now(), 1, "aftersale")

    with pytest.raises(TooManyRefunds):
        one.next_refund("rfd_1", clock.now(), 1, "aftersale")


def declined(market: Market) -> tuple[Client, str, str, str]:
    """A gift that was declined: its giver, order, payment and refund, which is not asked for yet."""
    market.settle_events()  # what others left would meet the trouble that is meant for this one
    (sku,) = market.offer(stock=5, price_fen=500)
    giver = person("anna")
    order_id = market.give(giver, sku)
    market.decline(order_id)
    payment_id = str(giver.get(f"/v1/orders/{order_id}").json["payment_id"])
    return giver, order_id, payment_id, payment_id.replace("pay_", "rfd_")


@both_modes
@pytest.mark.parametrize("told", ["by letter", "when asked"])
def test_what_wechat_closes_is_asked_for_under_another_number(
    market: Market, till: Till, letterbox: Letterbox, hands: Hands, told: str
) -> None:
    """O3: it did not go back; the same amount is still reserved once, and arrives once."""
    giver, order_id, payment_id, refund_id = declined(market)
    till.arm(refund_closes=1)
    market.settle_events()
    letters = letterbox.take()
    if told == "by letter":
        assert [letters[0].bring().status for _ in range(3)] == [200] * 3
    for _ in range(6):
        hands.move(minutes=1)
        sweep_orders(clock.now())
        eventually(lambda: "PROCESSING" in [one["status"] for one in till.shown(payment_id)["refunds"]], False)
    assert letters[0].bring().status == 200

    assert [one["status"] for one in till.shown(payment_id)["refunds"]] == ["CLOSED", "SUCCESS"]
    assert giver.get(f"/v1/orders/{order_id}").json["refunded_fen"] == 500
    closed, paid_by = find_refund(payment_id, refund_id), find_payment(payment_id)
    assert closed is not None
    assert paid_by is not None
    assert (closed.status, paid_by.requested_fen, paid_by.refunded_fen) == ("closed", 500, 500)
    assert len(said(order_id, RefundSucceeded)) == 1
    assert market.balance()["wechat_fen"] == 0


@pytest.mark.parametrize(
    ("trouble", "word"), [("refund_fails", "ABNORMAL"), ("refund_not_enough", "NOT_ENOUGH")], ids=["abnormal", "empty"]
)
def test_what_does_not_get_through_for_days_is_said_once(
    market: Market, till: Till, letterbox: Letterbox, hands: Hands, trouble: str, word: str
) -> None:
    """O3: the payer's account takes nothing, or ours is empty: after three days it is told, and tried on."""
    giver, order_id, payment_id, _ = declined(market)
    till.arm(**{trouble: 10_000})
    market.settle_events()
    for day in range(1, 6):
        for _ in range(2):
            hands.move(hours=12)
            sweep_orders(clock.now())
            eventually(lambda: "PROCESSING" in [one["status"] for one in till.shown(payment_id)["refunds"]], False)
        assert len(said(order_id, RefundDelayed)) == int(day >= 4 or (day == 3 and bool(said(order_id, RefundDelayed))))
    (told,) = said(order_id, RefundDelayed)
    assert (told.trouble, told.amount_fen, told.shop_id, told.buyer) == (word, 500, market.shop_id, "person:anna")
    assert clock.now() - told.since > timedelta(days=3)

    till.disarm()
    for _ in range(4):
        hands.move(hours=2)
        sweep_orders(clock.now())
        eventually(lambda: "PROCESSING" in [one["status"] for one in till.shown(payment_id)["refunds"]], False)

    assert giver.get(f"/v1/orders/{order_id}").json["refunded_fen"] == 500
    assert len(said(order_id, RefundSucceeded)) == 1


@both_modes
def test_an_abnormal_letter_brings_it_back_to_be_asked_for(
    market: Market, till: Till, letterbox: Letterbox, hands: Hands
) -> None:
    """O3: told by letter, three times and once more when it is over: asked for again, booked once."""
    giver, order_id, payment_id, refund_id = declined(market)
    till.arm(refund_fails=1)
    market.settle_events()
    (abnormal,) = letterbox.take()

    assert [abnormal.bring().status for _ in range(3)] == [200] * 3
    waiting = find_refund(payment_id, refund_id)
    assert waiting is not None
    assert (waiting.status, waiting.trouble, waiting.tries) == ("due", "ABNORMAL", 2)
    hands.move(minutes=5)
    sweep_orders(clock.now())
    (succeeded,) = letterbox.take()
    assert [letter.bring().status for letter in (succeeded, abnormal, succeeded)] == [200] * 3

    assert giver.get(f"/v1/orders/{order_id}").json["refunded_fen"] == 500
    assert len(said(order_id, RefundSucceeded)) == 1


def test_what_wechat_closes_again_and_again_is_said(market: Market, till: Till, hands: Hands) -> None:
    """O3: after three days, once, as any that fails; counted from when its money was first to go back."""
    giver, order_id, payment_id, _ = declined(market)
    till.arm(refund_closes=10_000)
    market.settle_events()
    asked_for(till, payment_id, hands, 96)
    asked_for(till, payment_id, hands, 2)

    assert [one.trouble for one in said(order_id, RefundDelayed)] == ["CLOSED"]
    till.disarm()
    asked_for(till, payment_id, hands, 50)
    eventually(lambda: giver.get(f"/v1/orders/{order_id}").json["refunded_fen"], 500)


def test_what_is_closed_for_weeks_leaves_numbers_for_others(market: Market) -> None:
    """O3: it is asked for under another one ever less often, in the end once a day."""
    _, _, payment_id = bought(market)
    paid_by, at = find_payment(payment_id), clock.now()
    assert paid_by is not None
    paid_by, refund = paid_by.next_refund("rfd_1", at, 1, "aftersale")
    for _ in range(25):
        assert refund.next_try_at is not None
        sent = refund.try_again(refund.next_try_at, "sent", None)
        paid_by, following = paid_by.next_refund("rfd_1", sent.updated_at, 1, "aftersale")
        closed, refund = sent.closed(sent.updated_at, following)
        assert (closed.status, closed.followed_by, refund.created_at) == ("closed", refund.refund_id, at)

    assert refund.next_try_at is not None
    assert refund.next_try_at - at > timedelta(days=18)
    assert paid_by.refunds == 26


def test_the_last_number_that_wechat_closes_stays_in_sight(
    market: Market, till: Till, hands: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    """O3: there is no other number to ask under; it is told after three days, and no letter of WeChat's is refused."""
    monkeypatch.setattr(payment, "MAX_REFUNDS", 1)
    monkeypatch.setattr(payment, "ALL_REFUNDS", 1)
    _, order_id, payment_id, refund_id = declined(market)
    till.arm(refund_closes=1)
    market.settle_events()
    asked_for(till, payment_id, hands, 73)

    waiting = find_refund(payment_id, refund_id)
    assert waiting is not None
    assert (waiting.status, waiting.trouble) == ("sent", "CLOSED")
    assert len(said(order_id, RefundDelayed)) == 1


@both_modes
def test_one_that_wechat_has_lost_is_asked_for_anew(market: Market, till: Till, hands: Hands) -> None:
    """O3: WeChat took it in, and knows nothing of it when it is asked how it is doing. Under its number it is one."""
    giver, order_id, payment_id, refund_id = declined(market)
    due = find_refund(payment_id, refund_id)
    assert due is not None
    tx = own_begin(clock.now())()
    save_refund(tx, due.try_again(clock.now(), "sent", None), due)
    tx.commit()

    asked_for(till, payment_id, hands, 3)

    eventually(lambda: giver.get(f"/v1/orders/{order_id}").json["refunded_fen"], 500)
    assert [one["out_refund_no"] for one in till.shown(payment_id)["refunds"]] == [refund_id]
