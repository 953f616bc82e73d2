"""An order: its states and its legal moves (O4, G3–G5). Pure.

                    ┌──────────── cancel, expire ───────────▶ cancelled 250
pending_payment 10 ─┤                                            ▲
                    ├─ pay ─▶ to_ship 20 ─ ship ─▶ shipped 30 ─ receive ─▶ done 100
                    │            ▲   └─ ship ─▶ partly_shipped 21 ─┘   │
                    └─ pay ─▶ gift_pending_claim 12 ─ claim ─┘  └──────┤
                                 └─ return_gift ───────────────────────┘
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from services.orders.pricing import Discount
from services.orders.stock import Taken
from services.shared.plumbing.problems import IllegalTransition

Status = Literal[
    "pending_payment",
    "gift_pending_claim",
    "group_pending",
    "to_ship",
    "partly_shipped",
    "shipped",
    "done",
    "cancelled_after_sale",
    "cancelled",
]
Kind = Literal["purchase", "gift"]
Move = Literal["pay", "cancel", "expire", "claim", "return_gift", "ship", "receive"]

CODES: Mapping[Status, int] = {
    "pending_payment": 10,
    "gift_pending_claim": 12,
    "group_pending": 13,
    "to_ship": 20,
    "partly_shipped": 21,
    "shipped": 30,
    "done": 100,
    "cancelled_after_sale": 200,
    "cancelled": 250,
}

# From which states a move may be made, and where it may lead.
MOVES: Mapping[Move, Mapping[Status, frozenset[Status]]] = {
    "pay": {"pending_payment": frozenset({"to_ship", "gift_pending_claim"})},
    "cancel": {"pending_payment": frozenset({"cancelled"})},
    "expire": {"pending_payment": frozenset({"cancelled"})},
    "claim": {"gift_pending_claim": frozenset({"to_ship"})},
    "return_gift": {"gift_pending_claim": frozenset({"cancelled"})},
    "ship": {
        "to_ship": frozenset({"partly_shipped", "shipped"}),
        "partly_shipped": frozenset({"partly_shipped", "shipped"}),
    },
    "receive": {"shipped": frozenset({"done"})},
}


@dataclass(frozen=True)
class Line:
    """So many of one style at one price, with what each promotion took off it (O2).

    ``taken``: the stock it holds or has sold, by shard.
    """

    line_no: int
    sku_id: str
    product_id: str
    title: str
    quantity: int
    unit_price_fen: int
    fee_bp: int
    taken: tuple[Taken, ...]
    shipped: int = 0
    discounts: tuple[Discount, ...] = ()

    @property
    def discount_fen(self) -> int:
        return sum(one.amount_fen for one in self.discounts)

    @property
    def total_fen(self) -> int:
        return self.unit_price_fen * self.quantity - self.discount_fen


@dataclass(frozen=True)
class Step:
    """One line of an order's history."""

    at: datetime
    origin: Status | None
    to: Status
    by: str
    why: str


@dataclass(frozen=True)
class Shipment:
    """One parcel: ``parts`` are (line number, quantity)."""

    shipment_no: int
    carrier: str
    waybill: str
    at: datetime
    parts: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Gift:
    """What the giver asked for; message and name are ciphertext under the giver's key."""

    mode: Literal["single", "group", "lot"]
    recipients: int
    to_openid: str | None = None
    message_sealed: str | None = None
    giver_name_sealed: str | None = None
    show_price: bool = False


@dataclass(frozen=True)
class Order:
    """An order as it is at one version. The address is ciphertext under ``address_of``'s key."""

    order_id: str
    shop_id: str
    buyer: str
    kind: Kind
    status: Status
    lines: tuple[Line, ...]
    channel: str
    created_at: datetime
    updated_at: datetime
    expires_at: datetime
    history: tuple[Step, ...]
    # The shop's terms as they were at placing: no defaults, which are not stored, so that none can change them.
    auto_confirm_days: int
    settle_days: int
    version: int = 1
    source_token: str | None = None
    freight_fen: int = 0
    paid_fen: int = 0
    fee_fen: int = 0
    refunded_fen: int = 0
    fee_returned_fen: int = 0
    payment_id: str | None = None
    address_sealed: str | None = None
    address_of: str | None = None
    gift: Gift | None = None
    recipient: str | None = None
    shipments: tuple[Shipment, ...] = ()
    settled_at: datetime | None = None
    no_delivery_regions: tuple[str, ...] = ()

    @property
    def goods_fen(self) -> int:
        return sum(line.unit_price_fen * line.quantity for line in self.lines)

    @property
    def discount_fen(self) -> int:
        return sum(line.discount_fen for line in self.lines)

    @property
    def payable_fen(self) -> int:
        return self.goods_fen - self.discount_fen + self.freight_fen

    @property
    def paid_at_all(self) -> bool:
        """Whether it ever was paid, also when it ended after that."""
        return any(step.origin == "pending_payment" and step.to != "cancelled" for step in self.history)

    @property
    def keeper(self) -> str:
        """Who gets the goods and may say that they came: the recipient of a claimed gift, else the buyer."""
        return self.recipient or self.buyer

    # ------------------------------------------------------------------------------------------------- moves

    def pay(self, at: datetime, amount_fen: int, fee_fen: int, payment_id: str | None) -> "Order":
        """Paid by this payment, which need not be the one started last; by none when there is nothing to pay."""
        to: Status = "gift_pending_claim" if self.kind == "gift" else "to_ship"
        money = {"paid_fen": amount_fen, "fee_fen": fee_fen, "payment_id": payment_id}
        return self._move("pay", to, at, self.buyer, "paid", **money)

    def cancel(self, at: datetime) -> "Order":
        return self._move("cancel", "cancelled", at, self.buyer, "buyer")

    def expire(self, at: datetime) -> "Order":
        return self._move("expire", "cancelled", at, "system", "expired")

    def claim(self, at: datetime, recipient: str, address_sealed: str) -> "Order":
        received = {"recipient": recipient, "address_sealed": address_sealed, "address_of": recipient}
        return self._move("claim", "to_ship", at, recipient, "claimed", **received)

    def return_gift(self, at: datetime, why: Literal["gift_declined", "gift_expired"]) -> "Order":
        return self._move("return_gift", "cancelled", at, "system", why)

    def ship(self, at: datetime, by: str, carrier: str, waybill: str, parts: Iterable[tuple[int, int]]) -> "Order":
        """Send ``parts`` (line number, quantity); without any, all that is left. Raises IllegalTransition."""
        chosen = tuple(parts) or tuple(
            (line.line_no, line.quantity - line.shipped) for line in self.lines if line.shipped < line.quantity
        )
        self.guard("ship")
        left = {line.line_no: line.quantity - line.shipped for line in self.lines}
        for line_no, quantity in chosen:
            left[line_no] = left.get(line_no, 0) - quantity
        if any(rest < 0 for rest in left.values()):
            raise IllegalTransition("More is shipped than was ordered and not yet shipped", state=self.status)
        lines = tuple(replace(line, shipped=line.quantity - left[line.line_no]) for line in self.lines)
        parcel = Shipment(len(self.shipments) + 1, carrier, waybill, at, chosen)
        to: Status = "partly_shipped" if any(left.values()) else "shipped"
        why = f"shipment {parcel.shipment_no}"
        return self._move("ship", to, at, by, why, lines=lines, shipments=(*self.shipments, parcel))

    def receive(self, at: datetime, by: Literal["buyer", "auto"]) -> "Order":
        return self._move("receive", "done", at, self.keeper if by == "buyer" else "system", by)

    def settle(self, at: datetime) -> "Order":
        """Its money became available; no change of state."""
        return replace(self, settled_at=at, updated_at=at, version=self.version + 1)

    def refund(self, at: datetime, amount_fen: int, fee_back_fen: int) -> "Order":
        """Money went back; no change of state by itself."""
        return replace(
            self,
            refunded_fen=self.refunded_fen + amount_fen,
            fee_returned_fen=self.fee_returned_fen + fee_back_fen,
            updated_at=at,
            version=self.version + 1,
        )

    def with_style(self, at: datetime, line_no: int, line: Line) -> "Order":
        """Another style on a line of a gift that is being claimed (G3)."""
        lines = tuple(line if one.line_no == line_no else one for one in self.lines)
        return replace(self, lines=lines, updated_at=at, version=self.version + 1)

    def with_payment(self, at: datetime, payment_id: str) -> "Order":
        return replace(self, payment_id=payment_id, updated_at=at, version=self.version + 1)

    # ------------------------------------------------------------------------------------------------- rules

    def guard(self, move: Move) -> None:
        """Raise IllegalTransition, saying what would be legal, unless this move may be made now."""
        if self.status not in MOVES[move]:
            raise IllegalTransition(
                f"An order that is {self.status} cannot {move.replace('_', ' ')}",
                state=self.status,
                legal=sorted(other for other, origins in MOVES.items() if self.status in origins),
            )

    def due_at(self, grace: timedelta) -> datetime | None:
        """When time itself acts on it next: expiry (with grace once somebody may be paying), receipt, settlement."""
        if self.status == "pending_payment":
            return self.expires_at + (grace if self.payment_id else timedelta(0))
        since = self.history[-1].at  # of this state: money that goes back meanwhile does not put it off
        if self.status == "shipped":
            return since + timedelta(days=self.auto_confirm_days)
        if self.status == "done" and self.settled_at is None:
            return since + timedelta(days=self.settle_days)
        return None

    def _move(self, move: Move, to: Status, at: datetime, by: str, why: str, **changes: Any) -> "Order":
        self.guard(move)
        if to not in MOVES[move][self.status]:
            raise IllegalTransition(f"{move} does not lead from {self.status} to {to}", state=self.status)
        step = Step(at, self.status, to, by, why)
        moved = replace(self, status=to, updated_at=at, version=self.version + 1, history=(*self.history, step))
        return replace(moved, **changes)
