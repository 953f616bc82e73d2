"""Everybody does anything at any time, and the books must balance after every step.

Buyers place, pay, pay late and by two ways, cancel, want it sent elsewhere; recipients claim, decline, want another
style; the merchant sends, counts, splits, changes prices and addresses, and looks at what is held for review; time goes
by; WeChat's letters and orders' own events come twice, late and shuffled, or not at all.
"""

import json
import os
import random
from datetime import timedelta
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from infra.faults import Fault, FaultsProxy
from services.orders import app as orders
from services.orders.order import Order
from services.orders.payments.tables import find_payment
from services.orders.reactions import REACTIONS
from services.orders.sweep_orders import sweep_orders
from services.orders.tables import GRACE, STORE, find_offers, find_orders
from services.shared.contracts.envelope import Envelope
from services.shared.plumbing import clock, ids, inbox
from tests.faults.orders.books import check
from tests.faults.orders.world import orders_of
from tests.integration.http import Reply
from tests.integration.orders import events
from tests.integration.orders.conftest import Hands
from tests.integration.orders.events import ADDRESS, told_of
from tests.integration.orders.market import Market, open_market, person
from tests.integration.orders.till import Letter, Letterbox, Till
from tests.integration.wire import sqs_event

which = st.integers(0, 30)
styles = st.integers(0, 1)
seeds = st.integers(0, 1_000)


QUEUES_KEEP = timedelta(days=28)  # with dead letters
HELD_FROM_FOUR = json.dumps([{"since": "2026-01-01T00:00:00Z", "review": {"fen_per_order": 1_000}}])


class OrdersMachine(RuleBasedStateMachine):
    """One shop with two styles of a product. ``ground`` is set by who runs it."""

    ground: ClassVar[tuple[Till, Letterbox, Hands, FaultsProxy]]
    faults: ClassVar[list[Fault]] = []

    @initialize()
    def open_shop(self) -> None:
        """Fresh, at the real time, in good weather."""
        self.till, self.letterbox, self.hands, self.proxy = self.ground
        self.hands.moved = timedelta()
        self.letterbox.empty(keep=True)
        self.proxy.clear()
        os.environ["ORDERS_RISK_RULES"] = HELD_FROM_FOUR
        self.market: Market = open_market(self.till, auto_confirm_days=2, settle_days=1)
        self.skus = self.market.offer(stock=12, price_fen=333, styles=2)
        self.buyer = person("anna")
        self.payments: list[str] = []
        self.letters: list[Letter] = []
        self.decisions: dict[str, str] = {}
        self.storm: int | None = None
        self.known: dict[str, Order] = {}
        self.placed_ids: list[str] = []
        self.unheard = False
        self.heard: set[str] = set()

    def pick(self, number: int, *likely: str) -> Order | None:
        """One of the shop's orders: mostly one in a likely state, now and then just any."""
        orders = list(self.known.values())
        wanted = [one for one in orders if one.status in likely]
        candidates = wanted if wanted and number % 5 else orders
        return candidates[number % len(candidates)] if candidates else None

    def answered(self, reply: Reply) -> Reply:
        """Every refusal is fine, an error of ours is not."""
        assert reply.status < 500 or (reply.status == 503 and self.storm is not None), reply.text
        return reply

    # -------------------------------------------------------------------------------------------------- buyers

    @rule(style=styles, quantity=st.integers(1, 4), gift=st.booleans())
    def place(self, style: int, quantity: int, gift: bool) -> None:
        self.placed(style, quantity, gift)

    def placed(self, style: int, quantity: int, gift: bool) -> str | None:
        """The order, unless it was refused."""
        return self.ordered(
            self.market.gift(self.skus[style]) if gift else self.market.order(self.skus[style], quantity)
        )

    def ordered(self, body: dict[str, Any]) -> str | None:
        """The same, of anything."""
        reply = self.answered(self.buyer.post("/v1/orders", body))
        self.unheard |= reply.status == 503  # it may have been placed, and only the answer was lost
        if reply.status != 201:
            return None
        self.placed_ids.append(str(reply.json["order_id"]))
        return self.placed_ids[-1]

    @rule(style=styles, gift=st.booleans(), told=st.booleans())
    def buy(self, style: int, gift: bool, told: bool) -> None:
        """Place and pay at once."""
        order_id = self.placed(style, 1, gift)
        if order_id and self.open_payment(order_id, "native"):
            self.pay(-1)
            if told:
                self.bring(self.letters[-1])

    @rule(style=styles, gift=st.booleans(), minutes=st.sampled_from([31, 33, 40]))
    def buy_late(self, style: int, gift: bool, minutes: int) -> None:
        """Place, and pay when its time is over."""
        order_id = self.placed(style, 2 - gift, gift)
        if order_id and self.open_payment(order_id, "h5"):
            self.hands.move(minutes=minutes)
            self.pay(-1)

    @rule(number=which, method=st.sampled_from(["native", "native", "h5"]))
    def start_paying(self, number: int, method: str) -> None:
        if order := self.pick(number, "pending_payment"):
            self.open_payment(order.order_id, method)

    def open_payment(self, order_id: str, method: str) -> bool:
        """Whether there is a payment now."""
        reply = self.answered(self.buyer.post(f"/v1/orders/{order_id}/payment", {"method": method}))
        if reply.status == 201:
            self.payments.append(reply.json["payment_id"])
        return reply.status == 201

    @rule(number=which)
    def pay(self, number: int) -> None:
        """In time or late, also what was closed. The letter may come at any time, or never."""
        if self.payments:
            payment_id = self.payments[number % len(self.payments)]
            self.till.phone(payment_id, after_close=True, times=0)
            self.letters.append(self.till.paid_letter(payment_id, trade_state="SUCCESS"))

    @rule(number=which)
    def cancel(self, number: int) -> None:
        if order := self.pick(number, "pending_payment"):
            self.answered(self.buyer.post(f"/v1/orders/{order.order_id}/cancellation"))

    @rule(number=which)
    def receive(self, number: int) -> None:
        if order := self.pick(number, "shipped"):
            keeper = person(order.keeper.removeprefix("person:"))
            self.answered(keeper.post(f"/v1/orders/{order.order_id}/receipt"))

    # ---------------------------------------------------------------------------------------------- recipients

    @rule(number=which, what=st.sampled_from(["claimed", "claimed", "declined", "expired"]))
    def decide(self, number: int, what: str) -> None:
        """What gifts decides. It decides once, but tells it again and again."""
        order = self.pick(number, "gift_pending_claim")
        if order is None or order.gift is None:
            return
        ident, decided = order.order_id, self.decisions.setdefault(order.order_id, what)
        if decided == "claimed":
            self.hear(events.claimed(self.market.shop_id, ident, order.lines[0].sku_id, "person:rita"))
        else:
            self.hear((events.declined if decided == "declined" else events.expired)(self.market.shop_id, ident))

    @rule(number=which, style=styles, attempt=st.integers(1, 3))
    def want_another_style(self, number: int, style: int, attempt: int) -> None:
        order = self.pick(number, "gift_pending_claim")
        if order and order.gift:
            self.hear(events.style_asked(self.market.shop_id, order.order_id, self.skus[style], attempt))

    @rule(number=which)
    def wait_longer(self, number: int) -> None:
        if order := self.pick(number, "shipped"):
            keeper = person(order.keeper.removeprefix("person:"))
            self.answered(keeper.post(f"/v1/orders/{order.order_id}/receipt-extension"))

    @rule(number=which, quantity=st.integers(1, 2), less=st.booleans())
    def want_money_back(self, number: int, quantity: int, less: bool) -> None:
        """For what was not sent, or for what was; sometimes only a part of what it is worth."""
        if order := self.pick(number, "to_ship", "partly_shipped", "shipped", "done"):
            line: dict[str, Any] = {"line_no": 1, "quantity": quantity} | ({"amount_fen": 57} if less else {})
            body = {"kind": "refund", "reason": "quality", "lines": [line]}
            keeper = person(order.keeper.removeprefix("person:"))
            self.answered(keeper.post(f"/v1/orders/{order.order_id}/aftersales", body))

    @rule(number=which)
    def want_it_no_more(self, number: int) -> None:
        if claim := self.claimed(number):
            order, aftersale_id = claim
            keeper = person(order.keeper.removeprefix("person:"))
            self.answered(keeper.post(f"/v1/aftersales/{aftersale_id}/withdrawal"))

    def claimed(self, number: int) -> tuple[Order, str] | None:
        """An after-sale of one of the shop's orders, mostly one that goes on."""
        every = [(order, claim) for order in self.known.values() for claim in order.claims]
        going_on = [one for one in every if one[1].state == "open"]
        found = going_on if going_on and number % 5 else every
        return (found[number % len(found)][0], found[number % len(found)][1].aftersale_id) if found else None

    @rule(number=which)
    def want_it_elsewhere(self, number: int) -> None:
        if order := self.pick(number, "to_ship"):
            keeper = person(order.keeper.removeprefix("person:"))
            body = {"address": ADDRESS | {"detail": f"{number}"}}
            self.answered(keeper.post(f"/v1/orders/{order.order_id}/address-change", body))

    # ------------------------------------------------------------------------------------------------ merchant

    def says(self, order: Order, what: str, body: dict[str, Any]) -> None:
        """The merchant does something about one order."""
        path = f"/v1/shops/{self.market.shop_id}/orders/{order.order_id}/{what}"
        self.answered(self.market.merchant.post(path, body))

    @rule(number=which, fen=st.integers(1, 900))
    def change_price(self, number: int, fen: int) -> None:
        """Also of what somebody is paying at this moment."""
        if order := self.pick(number, "pending_payment"):
            self.says(order, "price", {"total_fen": min(fen, order.goods_fen)})

    @rule(number=which, accept=st.booleans())
    def decide_address(self, number: int, accept: bool) -> None:
        if order := self.pick(number, "to_ship"):
            self.says(order, "address-change/decisions", {"decision": "accept" if accept else "reject"})

    @rule(number=which, agree=st.booleans())
    def decide_aftersale(self, number: int, agree: bool) -> None:
        if claim := self.claimed(number):
            body = {"decision": "agree"} if agree else {"decision": "reject", "reason": "used"}
            path = f"/v1/shops/{self.market.shop_id}/aftersales/{claim[1]}/decision"
            self.answered(self.market.merchant.post(path, body))

    @rule(number=which)
    def set_address(self, number: int) -> None:
        if order := self.pick(number, "to_ship"):
            self.says(order, "address", {"address": ADDRESS | {"detail": "by hand"}})

    @rule(number=which, clear=st.booleans())
    def look_at(self, number: int, clear: bool) -> None:
        """At what is held for review: paid, being paid, or not yet."""
        held = [one for one in self.known.values() if one.under_review and one.status != "cancelled"]
        if held:
            self.says(held[number % len(held)], "clearance" if clear else "refusal", {"note": "looked at"})

    @rule(number=which, part=st.booleans())
    def ship(self, number: int, part: bool) -> None:
        if order := self.pick(number, "to_ship", "partly_shipped"):
            self.answered(self.market.ship(order.order_id, [(1, 1)] if part else []))

    @rule(style=styles, mode=st.sampled_from(["add", "subtract", "set"]), quantity=st.integers(0, 9))
    def adjust(self, style: int, mode: str, quantity: int) -> None:
        self.answered(self.market.adjust(self.skus[style], mode, quantity))

    @rule(style=styles, shards=st.sampled_from([1, 2, 4, 8]))
    def split(self, style: int, shards: int) -> None:
        self.answered(self.market.split(self.skus[style], shards))

    # ----------------------------------------------------------------------------------- time, letters, events

    @rule(minutes=st.sampled_from([1, 5, 10, 20, 31, 36, 60 * 25, 60 * 24 * 3]), sweep=st.booleans())
    def wait(self, minutes: int, sweep: bool) -> None:
        """With and without the schedule running."""
        self.hands.move(minutes=minutes)
        if sweep:
            sweep_orders(clock.now())

    @rule(seed=seeds)
    def bring_letters(self, seed: int) -> None:
        """Some of all there ever were, shuffled, some twice; they are never used up."""
        dice = random.Random(seed)
        for letter in dice.choices(self.letters, k=min(4, len(self.letters))):
            self.bring(letter)

    def bring(self, letter: Letter) -> None:
        """In bad weather it may have to come again."""
        reply = letter.bring()
        assert reply.status == 200 or (reply.status == 503 and self.storm is not None), reply.text

    @rule(seed=seeds)
    def bring_events(self, seed: int) -> None:
        """Some of what orders told itself, shuffled, some twice."""
        dice, told = random.Random(seed), list(self.own_events())
        for event in dice.choices(told, k=min(6, len(told))):
            self.hear(event)

    @rule()
    def refunds_arrive(self) -> None:
        """WeChat does what it was asked, and tells."""
        for payment_id in dict.fromkeys(self.payments):
            for letter in self.till.refunded_letters(payment_id):
                self.bring(letter)

    def hear(self, event: Envelope) -> None:
        """Bring an event; in bad weather it may have to come again."""
        answer = orders.consume(sqs_event(event.model_dump_json()), None)
        assert answer == {"batchItemFailures": []} or self.storm is not None
        if answer == {"batchItemFailures": []}:
            self.heard.add(event.id)

    @rule(seed=seeds, on=st.booleans())
    def weather(self, seed: int, on: bool) -> None:
        """Good or bad."""
        self.storm = seed if on and self.faults else None

    def own_events(self) -> list[Envelope]:
        """All that orders told itself until now; what was heard comes again for as long as queues keep it."""
        kept = clock.now() - QUEUES_KEEP
        subjects = [*self.known, *dict.fromkeys(self.payments)]
        told = [event for subject in subjects for event in told_of(subject) if event.name in REACTIONS]
        return [event for event in told if event.occurred_at > kept or event.id not in self.heard]

    @invariant()
    def books_balance(self) -> None:
        """Judged in good weather."""
        if hasattr(self, "market"):
            self.proxy.clear()
            self.look()
            if self.storm is not None:
                self.storm += 1
                self.proxy.clear(self.storm)
                self.proxy.plan(*self.faults)

    @property
    def checked_skus(self) -> list[str]:
        """All styles whose books are looked at."""
        return self.skus

    def look(self) -> None:
        """Whether everything agrees now."""
        check(self.market, self.checked_skus, self.payments, self.known, self.orders())

    def orders(self) -> list[Order]:
        """All as they are now; listed only where one may be that nobody was told of, as that takes ten times as long.
        The end lists them anyway."""
        found = orders_of(self.market) if self.unheard else find_orders([*self.known, *self.placed_ids])
        self.unheard, self.placed_ids = False, []
        return found

    # ------------------------------------------------------------------------------------------------- the end

    def teardown(self) -> None:
        """In the end everything arrives, time does the rest, and nothing is left hanging."""
        os.environ.pop("ORDERS_RISK_RULES", None)
        if not hasattr(self, "market"):
            return
        self.proxy.clear()
        self.storm = None
        for _ in range(5):  # granted by silence, asked for, arrived, repaid, settled
            for letter in self.letters:
                self.bring(letter)
            inbox.retry_waiting(STORE, REACTIONS, clock.now, ids.new_id, lambda _: None)
            for event in self.own_events():
                self.hear(event)
            self.refunds_arrive()
            self.hands.move(days=10)  # longer than an extended time to receive
            sweep_orders(clock.now())
        for event in self.own_events():
            self.hear(event)
        self.check_ends(check(self.market, self.checked_skus, self.payments, {}))

    def check_ends(self, found: list[Order]) -> None:
        """Whoever paid has goods coming or the money back; stock is on hand or sold; shelves show what is there."""
        for order in found:
            due_at = order.due_at(GRACE)
            assert due_at is None or due_at > clock.now(), order
            assert order.status not in ("pending_payment", "shipped")
            assert not order.open_claims
            if not order.claims:
                assert order.refunded_fen in (0, order.paid_fen)
                assert (order.status == "cancelled") == (order.refunded_fen == order.paid_fen)
        for payment_id in dict.fromkeys(self.payments):
            payment, shown = find_payment(payment_id), self.till.shown(payment_id)
            assert payment is not None
            paid_there = shown["trade_state"] in ("SUCCESS", "REFUND")
            assert (payment.status == "paid") == paid_there
            order = next(one for one in found if one.order_id == payment.order_id)
            goes_back = payment.late or order.status == "cancelled"
            after_sale = order.refunded_fen if payment.payment_id == order.payment_id and order.claims else 0
            assert payment.refunded_fen == (payment.amount_fen if paid_there and goes_back else after_sale)
            assert {one["status"] for one in shown["refunds"]} == ({"SUCCESS"} if payment.refunded_fen else set())
            assert len(shown["refunds"]) <= 1 or order.claims
        for sku_id in self.checked_skus:
            stock = self.market.stock(sku_id)
            moved = self.market.merchant.get(f"/v1/shops/{self.market.shop_id}/stock/{sku_id}/flow?limit=100").json
            assert stock["held"] == 0
            assert moved["next_cursor"] or sum(line["quantity"] for line in moved["items"]) == stock["on_hand"]
            assert stock["on_hand"] == 0 or find_offers([sku_id])[sku_id].available
