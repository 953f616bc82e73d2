"""The orders' machine, and all that may follow a sale: goods go back and forth, people quarrel, money leaves the shop.

Besides what anybody did before, keepers of goods apply, send back, dispute and complain; the shop answers, judges what
came, sends again, and withdraws its money; the platform rules and pays out; card keys are imported, sold and dropped.
"""

import os
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule

from services.orders import app as orders
from services.orders.aftersale.aftersale import Aftersale
from services.orders.aftersale.tables import find_aftersale
from services.orders.complaints.tables import complaints_page
from services.orders.money.tables import find_book
from services.orders.order import Order
from services.orders.stock.check_stock import start_check
from services.orders.sweep_orders import sweep_orders
from services.orders.tables import STORE, find_order, own_begin
from services.shared.plumbing import clock, ids
from services.shared.plumbing.jobs import job_of
from tests.faults.orders.books import cases_of
from tests.faults.orders.keeping import check_aftersales, check_book, check_keys
from tests.faults.orders.machine import OrdersMachine, styles, which
from tests.integration.http import Client, token_for
from tests.integration.orders.events import ADDRESS, told_of
from tests.integration.orders.market import person

KEPT = ("shipped", "done", "partly_shipped")
ACCOUNT = {"holder": "杭州茶叶有限公司", "bank": "招商银行", "account_number": "6225880123456789"}
PARCEL = {"carrier": "SF", "waybill": "SF1"}
AGREE, REJECT = {"decision": "agree", "return_address": ADDRESS}, {"decision": "reject", "reason": "used"}

# Of an after-sale in this state: whose turn it is, and what they do: no, or yes.
Turn = tuple[str, str, tuple[dict[str, Any] | None, dict[str, Any] | None]]
TURNS: dict[str, Turn] = {
    "requested": ("shop", "decision", (REJECT, AGREE)),
    "rejected": ("keeper", "dispute", (None, None)),
    "disputed": ("platform", "decision", ({"decision": "for_shop"}, {"decision": "for_buyer"})),
    "awaiting_return": ("keeper", "return-shipment", (PARCEL, PARCEL)),
    "returning": ("shop", "receipt", ({"sellable": False}, {"sellable": True})),
    "to_resend": ("shop", "shipment", (PARCEL, PARCEL)),
    "resent": ("keeper", "receipt", (None, None)),
}
kinds = st.sampled_from(["return_refund", "exchange", "reship", "refund"])
answers = st.lists(st.booleans() | st.just(True), min_size=1, max_size=6)
Wish = tuple[str, int | None, list[bool]]
wishes = st.tuples(kinds, st.none() | styles, answers)


class ShopMachine(OrdersMachine):
    """With a style of card keys, and a bank account."""

    @initialize()
    def open_shop(self) -> None:
        os.environ["ORDERS_FOLD_AFTER_SECONDS"] = "0"  # one step after the other: nobody else is writing entries
        super().open_shop()
        (self.keys,) = self.market.offer(stock=0, price_fen=450, kind="card_key", giftable=False)
        self.platform = Client(orders.app, token_for("person:olga", platform=True))
        self.imported = 0
        self.put(self.market.merchant, "bank-account", ACCOUNT)
        self.import_keys(0, 6)
        for style, received in ((0, True), (1, False)):
            self.buy_and_get(style, 2, received)

    @property
    def checked_skus(self) -> list[str]:
        return [*self.skus, self.keys]

    def put(self, who: Client, what: str, body: dict[str, Any]) -> None:
        """Somebody changes something of the shop."""
        self.answered(who.put(f"/v1/shops/{self.market.shop_id}/{what}", body))

    def post(self, what: str, body: dict[str, Any]) -> None:
        """The merchant does something."""
        self.answered(self.market.merchant.post(f"/v1/shops/{self.market.shop_id}/{what}", body))

    # --------------------------------------------------------------------------------------------- after-sales

    def case(self, number: int, *likely: str) -> Aftersale | None:
        """One of the shop's after-sales: mostly one in a likely state, now and then just any."""
        cases = list(cases_of(list(self.known.values())).values())
        wanted = [one for one in cases if one.status in likely]
        found = wanted if wanted and number % 5 else cases
        return found[number % len(found)] if found else None

    def of_keeper(self, case: Aftersale | None, what: str, body: dict[str, Any] | None = None) -> None:
        """Who keeps the goods does something about an after-sale."""
        if case:
            keeper = person(case.applicant.removeprefix("person:"))
            self.answered(keeper.post(f"/v1/aftersales/{case.aftersale_id}/{what}", body))

    def of_shop(self, case: Aftersale | None, what: str, body: dict[str, Any]) -> None:
        """So does the shop."""
        if case:
            self.post(f"aftersales/{case.aftersale_id}/{what}", body)

    def buy_and_get(self, style: int, quantity: int, received: bool) -> str | None:
        """A sale, before anything of it comes back; the order, unless it was refused."""
        order_id = self.placed(style, quantity, False)
        if order_id and self.open_payment(order_id, "native"):
            self.pay(-1)
            self.bring(self.letters[-1])
            self.answered(self.market.ship(order_id))
            if received:
                self.answered(self.buyer.post(f"/v1/orders/{order_id}/receipt"))
        return order_id

    @rule(number=which, style=styles, quantity=st.integers(1, 2), first=wishes, more=st.none() | wishes)
    def sell_and_see_to_it(self, number: int, style: int, quantity: int, first: Wish, more: Wish | None) -> None:
        """A sale, and a good part of what may follow."""
        sold = self.buy_and_get(style, quantity, number % 2 == 0)
        self.books_balance()
        self.see_to_it(find_order(sold) if sold else None, first)
        if more:
            self.see_to_it(self.pick(number, *KEPT), more)

    @rule(number=which, wish=wishes)
    def come_back(self, number: int, wish: Wish) -> None:
        """With whichever order, also one that has seen some of it."""
        self.see_to_it(self.pick(number, *KEPT), wish)

    def see_to_it(self, order: Order | None, wish: Wish) -> None:
        """Apply, and go on with it."""
        kind, style, answers = wish
        other = {"sku_id": self.skus[style]} if kind == "exchange" and style is not None else {}
        case = self.apply(order, kind, 1, **other)
        self.books_balance()
        self.go_on(case, answers)

    def apply(self, order: Order | None, kind: str, quantity: int, **more: Any) -> str | None:
        """Whoever keeps the goods of this order applies; the after-sale, unless it was refused."""
        if order is None:
            return None
        line = {"line_no": 1, "quantity": quantity} | more
        keeper = person(order.keeper.removeprefix("person:"))
        body = {"kind": kind, "reason": "damaged", "lines": [line]}
        reply = self.answered(keeper.post(f"/v1/orders/{order.order_id}/aftersales", body))
        return str(reply.json["aftersale_id"]) if reply.status == 201 else None

    @rule(number=which, answers=answers)
    def more_of_it(self, number: int, answers: list[bool]) -> None:
        """Of one that goes on."""
        cases = [case for case in cases_of(list(self.known.values())).values() if not case.ended]
        self.go_on(cases[number % len(cases)].aftersale_id if cases else None, answers)

    def go_on(self, aftersale_id: str | None, answers: list[bool]) -> None:
        """Whose turn it is does what is due, one way or the other."""
        for yes in answers if aftersale_id else ():
            case = find_aftersale(aftersale_id or "")
            if case is None or case.status not in TURNS:
                return
            who, what, bodies = TURNS[case.status]
            self.act(case, who, what, bodies[yes])
            self.books_balance()

    @rule(number=which, turn=st.sampled_from(sorted(TURNS)), yes=st.booleans())
    def do_what_is_not_due(self, number: int, turn: str, yes: bool) -> None:
        """By whom it may be, whatever has become of it."""
        cases = list(cases_of(list(self.known.values())).values())
        if cases:
            who, what, bodies = TURNS[turn]
            self.act(cases[number % len(cases)], who, what, bodies[yes])

    def act(self, case: Aftersale, who: str, what: str, body: dict[str, Any] | None) -> None:
        """Somebody does something about an after-sale."""
        people = {
            "keeper": (person(case.applicant.removeprefix("person:")), "/v1"),
            "shop": (self.market.merchant, f"/v1/shops/{self.market.shop_id}"),
            "platform": (self.platform, "/v1"),
        }
        client, path = people[who]
        self.answered(client.post(f"{path}/aftersales/{case.aftersale_id}/{what}", body))

    # ---------------------------------------------------------------------------------------------- complaints

    @rule(number=which)
    def complain(self, number: int) -> None:
        if order := self.pick(number, *KEPT):
            body = {"reason": "late", "text": "等了很久"}
            self.answered(self.buyer.post(f"/v1/orders/{order.order_id}/complaints", body))

    @rule(number=which, what=st.sampled_from(["answer", "accept", "escalate", "withdraw", "uphold", "dismiss"]))
    def quarrel(self, number: int, what: str) -> None:
        every = complaints_page(self.market.shop_id, 100, None)
        going_on = [one for one in every if not one.ended]
        found = going_on if going_on and number % 5 else every
        if not found:
            return
        one = found[number % len(found)]
        if what == "answer":
            self.post(f"complaints/{one.complaint_id}/statements", {"text": "马上补发"})
        elif what in ("uphold", "dismiss"):
            self.put(self.platform, f"complaints/{one.complaint_id}/decision", {"decision": what, "why": "证据充分"})
        else:
            self.answered(self.buyer.put(f"/v1/complaints/{one.complaint_id}/move", {"move": what}))

    # ----------------------------------------------------------------------------------------------- card keys

    @rule(count=st.integers(1, 3), old=st.booleans())
    def bring_keys(self, count: int, old: bool) -> None:
        """New ones, and now and then those that were there before too."""
        self.import_keys(0 if old else self.imported, self.imported + count)

    def import_keys(self, first: int, end: int) -> None:
        """Those with these numbers."""
        keys, self.imported = [f"KEY-{number:04}" for number in range(first, end)], end
        self.post("card-keys", {"sku_id": self.keys, "keys": keys})

    @rule(number=which)
    def drop_a_key(self, number: int) -> None:
        path = f"/v1/shops/{self.market.shop_id}/card-keys/{self.keys}/keys"
        free = self.answered(self.market.merchant.get(path)).json.get("items", [])
        if free:
            self.answered(self.market.merchant.delete(f"{path}/{free[number % len(free)]['key_id']}"))

    @rule(quantity=st.integers(1, 2), told=st.booleans())
    def buy_keys(self, quantity: int, told: bool) -> None:
        order_id = self.ordered(self.market.order(self.keys, quantity))
        if order_id and self.open_payment(order_id, "native"):
            self.pay(-1)
            if told:
                self.bring(self.letters[-1])

    @rule(mode=st.sampled_from(["add", "subtract", "set"]), quantity=st.integers(0, 3))
    def list_keys(self, mode: str, quantity: int) -> None:
        self.answered(self.market.adjust(self.keys, mode, quantity))

    # --------------------------------------------------------------------------------------------------- money

    @rule(days=st.integers(1, 4))
    def days_go_by(self, days: int) -> None:
        """What was received is settled, and days are closed."""
        for _ in range(days):
            self.hands.move(days=1)
            sweep_orders(clock.now())

    @rule(share=st.sampled_from([0.3, 1, 1, 1.1]), paid=st.none() | st.booleans())
    def take_money_out(self, share: float, paid: bool | None) -> None:
        """As much as there is, a part, or more; with what the bank says of it."""
        amount_fen = int(find_book(self.market.shop_id).available_fen * share) or 1
        self.post("withdrawals", {"amount_fen": amount_fen})
        if paid is not None:
            self.pay_out(paid)

    def pay_out(self, paid: bool) -> None:
        """What waits goes to the bank, which says what became of what it has."""
        payout = self.answered(self.platform.post("/v1/payouts"))
        if payout.status == 202:
            self.step_job(payout.json["payout_id"])
        path = f"/v1/shops/{self.market.shop_id}/withdrawals"
        for one in self.answered(self.market.merchant.get(f"{path}?limit=100")).json.get("items", []):
            if one["status"] == "handed":
                outcome = {"outcome": "paid" if paid else "failed"}
                self.put(self.platform, f"withdrawals/{one['withdrawal_id']}/outcome", outcome)

    def step_job(self, job_id: str) -> None:
        """Let orders hear of a job's steps, in bad weather as often as it takes."""
        for _ in range(10):
            job = job_of(STORE, job_id)
            if job is None or job.state != "running":
                return
            for event in told_of(job_id):
                self.hear(event)

    # ------------------------------------------------------------------------------------------------- the end

    def look(self) -> None:
        super().look()
        found = list(self.known.values())
        cases = cases_of(found)
        check_aftersales(self.market, found, cases)
        check_keys(self.keys, found)
        check_book(self.market)

    def check_ends(self, found: list[Order]) -> None:
        """Nobody waits for anybody, nothing is disputed, and what is the shop's is the shop's."""
        super().check_ends(found)
        assert all(case.ended for case in cases_of(found).values())
        assert not any(order.frozen for order in found)
        assert all(order.settled_at for order in found if order.status == "done")
        assert all(one.ended for one in complaints_page(self.market.shop_id, 100, None))
        self.pay_out(True)
        check_book(self.market)
        self.prove_stock()

    def prove_stock(self) -> None:
        """The daily check finds counters, flow and orders equal, at its first look."""
        now = clock.now()
        job_id = start_check(self.market.shop_id, begin=own_begin(now), now=now, new_id=ids.new_id)
        self.step_job(job_id)
        job = job_of(STORE, job_id)
        assert job is not None
        assert (job.state, job.counts["styles"], job.counts.get("drifts", 0)) == ("done", len(self.checked_skus), 0)

    def teardown(self) -> None:
        try:
            super().teardown()
        finally:
            os.environ.pop("ORDERS_FOLD_AFTER_SECONDS", None)
