"""A shop's book (O7): whatever happens in whatever order, every fen is somewhere, under its name."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.orders import ledger
from services.orders.ledger import Entry
from services.orders.money.book import BOOKED, Book, Keyed, closes_next
from services.orders.money.hold_money import make_room
from services.orders.order import Order
from tests.unit.orders.sample import NOON, line, order

ACTS = st.lists(
    st.tuples(
        st.sampled_from(["pay", "refund", "settle", "freeze", "release", "withdraw", "bounce", "paid_out", "fold"]),
        st.integers(0, 5),
        st.integers(1, 10_000),
    ),
    max_size=60,
)


class Shop:
    """A shop's orders and its ledger, moved by the rules that the verbs follow."""

    def __init__(self) -> None:
        self.orders: dict[int, Order] = {}
        self.entries: list[Entry] = []
        self.unfolded: list[Entry] = []
        self.book = Book("shp_1")
        self.out: Counter[str] = Counter()
        self.keys = 0

    def append(self, *entries: Entry) -> None:
        self.entries += entries
        self.unfolded += entries

    def booked(self, entry: Entry) -> None:
        self.entries.append(entry)
        self.book = self.book.take(BOOKED, [Keyed(self.key(), entry)])

    def key(self) -> str:
        self.keys += 1
        return f"led_{self.keys:06}"

    def fold(self) -> None:
        self.book = self.book.take("0", [Keyed(self.key(), one) for one in self.unfolded])
        self.unfolded = []
        if owed := self.book.debt(NOON):
            self.booked(owed)

    def pay(self, number: int, fen: int) -> None:
        if number not in self.orders:
            bare = order(line(1, 1, fen, 60))
            fee = ledger.fee(((fen, 60),))
            self.orders[number] = bare.pay(NOON, fen, fee, "pay")
            self.append(*ledger.paid("pay", str(number), fen, fee, NOON))

    def refund(self, number: int, share: int) -> None:
        one = self.orders.get(number)
        amount = min(one.paid_fen - one.refunded_fen, max(1, one.paid_fen * share // 10_000)) if one else 0
        if one and amount > 0:
            back = ledger.fee_returned(one.fee_fen, one.refunded_fen + amount, one.paid_fen) - one.fee_returned_fen
            freed, room = make_room(one, amount - back, NOON)
            of: ledger.Account = "available" if one.settled_at else "pending"
            self.append(*room, *ledger.refunded("rfd", str(number), amount, back, NOON, of=of))
            self.orders[number] = freed.refund(NOON, amount, back)

    def settle(self, number: int, _: int) -> None:
        one = self.orders.get(number)
        if one and one.settled_at is None and not one.frozen:
            self.append(ledger.settled(str(number), one.left_fen, NOON))
            self.orders[number] = one.settle(NOON)

    def freeze(self, number: int, _: int) -> None:
        one = self.orders.get(number)
        if one and not one.frozen:
            of: ledger.Account = "available" if one.settled_at else "pending"
            self.append(ledger.frozen("cmp", str(number), one.left_fen, NOON, of=of))
            self.orders[number] = one.freeze(NOON, {"cmp": one.left_fen})

    def release(self, number: int, _: int) -> None:
        one = self.orders.get(number)
        if one and one.frozen:
            to: ledger.Account = "available" if one.settled_at else "pending"
            self.append(ledger.unfrozen("cmp", str(number), dict(one.frozen)["cmp"], NOON, to=to))
            self.orders[number] = one.freeze(NOON, {})

    def withdraw(self, _: int, fen: int) -> None:
        if fen <= self.book.available_fen:
            self.booked(ledger.withdrawn("wdr", fen, NOON))
            self.out["asked"] += fen

    def bounce(self, _: int, fen: int) -> None:
        self.end(fen, ledger.withdrawal_returned("wdr", min(fen, self.out["asked"]), NOON), "bounced")

    def paid_out(self, _: int, fen: int) -> None:
        self.end(fen, ledger.withdrawal_paid("wdr", min(fen, self.out["asked"]), NOON), "arrived")

    def end(self, fen: int, entry: Entry, what: str) -> None:
        done = min(fen, self.out["asked"])
        if done:
            self.booked(entry)
            self.out["asked"] -= done
            self.out[what] += done


@given(ACTS)
def test_every_fen_is_somewhere_under_its_name(acts: list[tuple[str, int, int]]) -> None:
    """paid = refunded + fees kept + pending + frozen + available + on its way + paid out − owed, and nothing folded in
    is below zero; the book is what a recount of all entries says."""
    shop = Shop()

    for act, number, fen in acts:
        if act == "fold":
            shop.fold()
        else:
            getattr(shop, act)(number, fen)
    shop.fold()

    sums, recount = shop.book.sums, Counter[str]()
    for entry in shop.entries:
        for account, fen in entry.postings:
            recount[account] += fen
    assert {name: fen for name, fen in sums.items() if fen} == {name: fen for name, fen in recount.items() if fen}
    assert sum(sums.values()) == 0
    has = {name: -sums.get(name, 0) for name in ("pending", "frozen", "available", "paying_out", "fees")}
    owed, orders = sums.get("owed", 0), shop.orders.values()
    assert min([*has.values(), owed]) >= 0
    assert owed == 0 or has["available"] == 0
    paid, refunded = sum(one.paid_fen for one in orders), sum(one.refunded_fen for one in orders)
    assert paid == refunded + sum(has.values()) + shop.out["arrived"] - owed
    assert has["fees"] == sum(one.fee_fen - one.fee_returned_fen for one in orders)
    assert has["frozen"] == sum(fen for one in orders for _, fen in one.frozen)
    assert sums.get("wechat", 0) == paid - refunded - shop.out["arrived"]


@given(st.lists(st.tuples(st.integers(0, 200), st.integers(1, 1_000)), max_size=40), st.integers(1, 20))
def test_days_add_up_to_the_book(payments: list[tuple[int, int]], every: int) -> None:
    """Closed now and then, at any point: every day opens with what the one before closed with, the last with the sums,
    and an entry that came late is in the first day that was open."""
    start = datetime(2027, 3, 1, tzinfo=UTC)
    book, opening, days = Book("shp_1"), dict[str, int](), list[date]()
    for number, (hours, fen) in enumerate(payments):
        at = start + timedelta(hours=hours)
        book = book.take("0", [Keyed(f"led_{number:04}", ledger.paid("pay", "ord", fen, 0, at)[0])])
        if number % every == 0 and (upto := book.to_close(at)):
            book, closed = book.close(upto)
            for one in closed:
                assert one.opening == opening
                opening = dict(one.closing)
                days.append(one.day)

    assert days == sorted(set(days))
    assert book.opening == opening
    paid = sum(fen for _, fen in payments)
    assert book.sums.get("wechat", 0) == paid
    assert opening.get("wechat", 0) + sum(day.moved["wechat"] for day in book.days.values()) == paid


def test_a_day_closes_ten_minutes_after_midnight_in_beijing() -> None:
    """16:10 UTC; until then it is still the day before that is due."""
    assert closes_next(datetime(2027, 3, 1, 16, 9, tzinfo=UTC)) == datetime(2027, 3, 1, 16, 10, tzinfo=UTC)
    assert closes_next(datetime(2027, 3, 1, 16, 10, tzinfo=UTC)) == datetime(2027, 3, 2, 16, 10, tzinfo=UTC)
    assert Book("shp_1").to_close(datetime(2027, 3, 1, 16, 9, tzinfo=UTC)) == date(2027, 2, 28)
    assert Book("shp_1").to_close(datetime(2027, 3, 1, 16, 10, tzinfo=UTC)) == date(2027, 3, 1)
