"""One purchase of the plan on its way: placed, paid, shipped, received; or placed and cancelled.

Each step is chosen by the state that the order is in, so a run that was killed anywhere goes on from there. The keys
are derived from the shop and the invoice, so a repeated request is the same request::

    none ─ place ─▶ pending_payment ─ pay ─▶ to_ship ─ ship ─▶ shipped ─ receive ─▶ done
                        │ └─ cancel ─▶ cancelled: the end of what a credit undoes
                        └─ its time was over before it was paid ─▶ cancelled ─▶ placed again
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from infra.cli.api import Caller, Json, Refusal, Stack
from infra.cli.buying import Basket, Want, cancel, pay, place, receive, ship
from infra.invoices.purchases import Purchase

STEPS = 12  # twice as many as the longest way has, for moves that somebody else made meanwhile
CARRIER = "顺丰速运"


class Stuck(Exception):
    """An order does not come to its end. The message is one sentence."""


@dataclass(frozen=True)
class Market:
    """Where purchases happen: the stack, the shop and its merchant, and the ids of the styles by the merchant's own."""

    stack: Stack
    shop_id: str
    merchant: str
    sku_ids: Mapping[str, str]

    def basket(self, purchase: Purchase) -> Basket:
        wants = [Want(self.sku_ids[line.out_sku_id], line.quantity) for line in purchase.lines]
        return Basket(self.shop_id, wants, purchase.total_fen, purchase.token)


@dataclass
class Journey:
    """One purchase in this market. ``tries``: the orders there were of it already, oldest first."""

    market: Market
    purchase: Purchase
    tries: list[Json] = field(default_factory=list)

    @property
    def finished(self) -> bool:
        """Whether there is nothing left to do."""
        return bool(self.tries) and self._at_its_end(self.tries[-1])

    def finish(self) -> Json:
        """Bring it to its end; returns the order. Raises Stuck, NotPaid, Refusal, NoAnswer."""
        order = self.tries[-1] if self.tries else self._place()
        for _ in range(STEPS):
            if self._at_its_end(order):
                return order
            try:
                order = self._step(order)
            except Refusal as refusal:
                if refusal.slug not in ("illegal-transition", "order-expired"):
                    raise
                order = self._buyer.get(f"/orders/v1/orders/{order['order_id']}")
        raise Stuck(f"{self.purchase.token} does not come to its end: order {order['order_id']} is {order['status']}")

    @property
    def _buyer(self) -> Caller:
        return self.market.stack.person(self.purchase.buyer)

    def _at_its_end(self, order: Json) -> bool:
        return bool(order["status"] == ("cancelled" if self.purchase.undone_by else "done"))

    def _step(self, order: Json) -> Json:
        ident, status = order["order_id"], order["status"]
        if status == "cancelled":
            return self._place()
        if status == "pending_payment":
            if self.purchase.undone_by or order["overdue"]:
                return cancel(self._buyer, ident)
            return pay(self.market.stack, self._buyer, ident, self._key("pay"))
        if status == "to_ship":
            merchant = self.market.stack.person(self.market.merchant)
            waybill = f"SF{self.purchase.invoice}{self.purchase.part:03}"
            return ship(merchant, self.market.shop_id, ident, CARRIER, waybill, self._key("ship"))
        if status == "shipped":
            return receive(self._buyer, ident)
        raise Stuck(f"{self.purchase.token} cannot go on: order {ident} is {status}")

    def _place(self) -> Json:
        order = place(self._buyer, self.market.basket(self.purchase), self._key("place", len(self.tries)))
        self.tries.append(order)
        return order

    def _key(self, verb: str, number: int | None = None) -> str:
        again = f":{number}" if number else ""
        return f"{self.market.shop_id}:{self.purchase.token}:{verb}{again}"
