"""After-sales without an engine: what is claimed, what it is worth, and where every fen of an order is (O6, O7)."""

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.orders import ledger
from services.orders.aftersale.aftersale import ENDED, MOVES, ON_SILENCE, STATUSES, Aftersale, Kind, Parcel
from services.orders.aftersale.claim import Claim, Part, held, worth_fen
from services.orders.aftersale.claiming import Wish, claim_for
from services.orders.aftersale.refusals import AftersaleTooLate
from services.orders.aftersale.terms import deadline
from services.orders.ledger import Entry
from services.orders.order import Order, Paid
from services.shared.plumbing.problems import IllegalTransition, Problem
from tests.unit.orders.sample import NOON, line, order


def case(**changes: object) -> Aftersale:
    """A return that was asked for at noon."""
    asked = Aftersale(
        aftersale_id="afs_1",
        order_id="ord_1",
        shop_id="shp_1",
        applicant="person:anna",
        payer="person:anna",
        kind="return_refund",
        reason="quality",
        status="requested",
        amount_fen=500,
        created_at=NOON,
        updated_at=NOON,
        history=(),
    )
    return replace(asked, **changes)  # type: ignore[arg-type]


def test_whoever_waits_has_a_deadline_and_an_outcome() -> None:
    """O6: every state that is not the end, and does not wait for WeChat, has both; the outcome is a legal move."""
    for status in STATUSES:
        waits = status not in ENDED and status != "refunding"
        assert (deadline(status, NOON) is not None) == (status in ON_SILENCE) == waits, status
    assert all(status in MOVES[move] for status, move in ON_SILENCE.items())


def test_every_state_can_be_reached_and_left_unless_it_is_the_end() -> None:
    """O6: nothing is drawn that cannot happen, and nobody is caught in a state."""
    left = {origin for origins in MOVES.values() for origin in origins}
    reached = {end for origins in MOVES.values() for ends in origins.values() for end in ends}

    assert left == set(STATUSES) - ENDED
    assert reached | {"requested"} == set(STATUSES)


def test_an_illegal_move_says_what_is_legal() -> None:
    """X2: the present state, and the moves it allows."""
    with pytest.raises(IllegalTransition) as refusal:
        case(status="refunding").move("withdraw", "withdrawn", NOON, "buyer", "person:anna")
    assert refusal.value.fields == {"state": "refunding", "legal": ["refunded"]}

    with pytest.raises(IllegalTransition):
        case().move("agree", "completed", NOON, "merchant", "person:mo")


def test_what_is_granted_goes_back_first() -> None:
    """O6: goods before money, and before other goods."""
    parcel = Parcel("SF", "1", NOON)

    assert case().granted("agree") == "awaiting_return"
    assert case(returned=parcel).granted("receive") == "refunding"
    assert case(kind="refund").granted("agree") == "refunding"


@given(st.integers(0, 10_000), st.integers(1, 12), st.data())
def test_parts_of_a_line_come_to_its_total(total_fen: int, quantity: int, data: st.DataObject) -> None:
    """O6: in whichever sizes its pieces are claimed, each within a fen of its share, and together all of it."""
    claims: list[Claim] = []
    left = quantity
    while left:
        wanted = data.draw(st.integers(1, left))
        claimed = held(claims, 1)
        worth = worth_fen(total_fen, quantity, claimed, wanted)
        paid = sum(part.amount_fen for part in claimed)
        assert abs(worth - (total_fen - paid) * wanted / left) < 1
        claims.append(claim_of(worth, wanted))
        left -= wanted

    assert sum(claim.amount_fen for claim in claims) == total_fen


def claim_of(amount_fen: int, quantity: int) -> Claim:
    """A claim of the first line."""
    return Claim("afs_1", (Part(1, quantity, amount_fen),))


@dataclass
class Books:
    """One order, with its ledger as it is written by what is done to it."""

    order: Order
    sums: Counter[str] = field(default_factory=Counter)
    amounts: dict[str, int] = field(default_factory=dict)

    def write(self, *entries: Entry) -> None:
        for entry in entries:
            for account, fen in entry.postings:
                self.sums[account] += fen

    def grant(self, aftersale_id: str) -> str:
        """Its money is set aside."""
        self.order = self.order.grant_claim(NOON, aftersale_id, with_freight=not self.order.shipments)
        (granted,) = [one for one in self.order.claims if one.aftersale_id == aftersale_id]
        self.amounts[aftersale_id] = granted.back_fen
        return aftersale_id

    def refund(self, aftersale_id: str, *, fast: bool) -> None:
        """WeChat has paid it back."""
        amount = self.amounts[aftersale_id]
        back = ledger.fee_returned(self.order.fee_fen, self.order.refunded_fen + amount, self.order.paid_fen)
        fee_back = back - self.order.fee_returned_fen
        of: ledger.Account = "available" if self.order.settled_at else "pending"
        self.order = self.order.refund(NOON, amount, fee_back).end_claim(NOON, aftersale_id, "refunded")
        direct = 0 if fast else amount
        self.write(*ledger.refunded("rfd_1", "ord_1", direct, fee_back, NOON, of=of))
        if fast:
            self.write(
                ledger.advanced("rfd_1", "ord_1", amount, NOON), ledger.repaid("rfd_1", "ord_1", amount, NOON, of=of)
            )

    def settle(self) -> None:
        """Its time has come."""
        left = self.order.paid_fen - self.order.fee_fen - self.order.refunded_fen + self.order.fee_returned_fen
        self.order = self.order.settle(NOON)
        self.write(ledger.settled("ord_1", left, NOON))


def paid_order(prices: list[tuple[int, int]], freight_fen: int) -> Books:
    """A purchase of these lines (price, quantity), paid and sent."""
    lines = tuple(line(number, quantity, price) for number, (price, quantity) in enumerate(prices, start=1))
    placed = order(*lines, freight_fen=freight_fen)
    fee = ledger.fee(tuple((one.total_fen, one.fee_bp) for one in lines))
    paid = placed.pay(NOON, placed.payable_fen, fee, "pay_1")
    books = Books(replace(paid, payments=(Paid("pay_1", placed.payable_fen, NOON),)))
    books.write(*ledger.paid("pay_1", "ord_1", placed.payable_fen, fee, NOON))
    return books


ACTS = ("ship", "receive", "open", "open", "open", "end", "grant", "grant", "refund", "settle")


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 5_000), st.integers(1, 4)), min_size=1, max_size=3),
    st.integers(0, 900),
    st.data(),
)
def test_every_fen_is_somewhere(prices: list[tuple[int, int]], freight_fen: int, data: st.DataObject) -> None:
    """O6, O7: paid = refunded + fees kept + settled + pending, after each of any sequence of acts; never more refunded
    than was paid; no account of the shop below zero; when all was refunded with its freight, nothing is left."""
    books = paid_order(prices, freight_fen)
    waiting: list[str] = []
    for number in range(data.draw(st.integers(1, 14))):
        act = data.draw(
            st.sampled_from(["ship", "receive", "open", "open", "open", "end", "grant", "grant", "refund", "settle"])
        )
        _do(books, act, f"afs_{number}", waiting, data)

        now = books.order
        net = now.refunded_fen + (now.fee_fen - now.fee_returned_fen) - books.sums["available"] - books.sums["pending"]
        assert net == now.paid_fen
        assert sum(books.sums.values()) == 0
        assert sum(books.amounts.values()) <= now.paid_fen
        assert books.sums["pending"] <= 0
        assert books.sums["available"] <= 0
        assert books.sums["wechat"] == now.paid_fen - now.refunded_fen
        if now.status == "cancelled_after_sale" and not now.shipments:
            assert now.refunded_fen == now.paid_fen
            assert not any(books.sums.values())


def _claim(order: Order, ident: str, data: st.DataObject) -> Claim:
    one = data.draw(st.sampled_from(order.lines))
    quantity = data.draw(st.integers(1, one.quantity))
    less = data.draw(st.one_of(st.none(), st.integers(1, 800)))
    kind: Kind = data.draw(st.sampled_from(["refund", "return_refund"])) if less is None else "refund"
    return claim_for(order, ident, kind, [Wish(one.line_no, quantity, less)], NOON)


def _decide(books: Books, act: str, aftersale_id: str, waiting: list[str]) -> None:
    if act == "grant":
        waiting.append(books.grant(aftersale_id))
    else:
        books.order = books.order.end_claim(NOON, aftersale_id, "ended")


def _do(books: Books, act: str, ident: str, waiting: list[str], data: st.DataObject) -> None:
    order = books.order
    opened = [claim.aftersale_id for claim in order.claims if claim.state == "open"]
    try:
        if act == "ship":
            books.order = order.ship(NOON, "person:mo", "SF", "1", ())
        elif act == "receive":
            books.order = order.receive(NOON, "buyer")
        elif act == "open":
            books.order = order.claim_back(NOON, _claim(order, ident, data))
        elif act in ("end", "grant") and opened:
            _decide(books, act, data.draw(st.sampled_from(opened)), waiting)
        elif act == "refund" and waiting:
            done = waiting.pop(data.draw(st.integers(0, len(waiting) - 1)))
            books.refund(done, fast=data.draw(st.booleans()))
        elif act == "settle" and order.settles:
            books.settle()
    except Problem:
        return  # refused: nothing changes


def test_a_claim_keeps_its_money_from_being_settled() -> None:
    """O7: until it has ended."""
    books = paid_order([(1_000, 1)], 0)
    done = books.order.ship(NOON, "person:mo", "SF", "1", ()).receive(NOON, "buyer")
    claim = claim_for(done, "afs_1", "return_refund", [Wish(1, 1)], NOON)

    claimed = done.claim_back(NOON, claim)

    assert done.due_at(timedelta()) == NOON + timedelta(days=7)
    assert claimed.due_at(timedelta()) is None
    assert claimed.end_claim(NOON, "afs_1", "ended").due_at(timedelta()) == NOON + timedelta(days=7)


def test_nothing_is_applied_for_when_wechat_may_refund_it_no_more() -> None:
    """O6: WeChat refunds for a year; an after-sale may take 45 days of it."""
    one, wishes = paid_order([(1_000, 1)], 0).order, [Wish(1, 1)]
    last = NOON + timedelta(days=320)

    assert claim_for(one, "afs_1", "refund", wishes, last - timedelta(seconds=1)).amount_fen == 1_000
    with pytest.raises(AftersaleTooLate):
        claim_for(one, "afs_1", "refund", wishes, last)
