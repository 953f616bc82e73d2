"""An order: its states and its legal moves (O4, G3–G5). Pure.

MOVES is what is enforced; ``python -m infra.checks.states`` draws it into README.md. A move that leads from a state to
the same one changes the order, not its state, and stands in its history too.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal, Self

from services.orders.aftersale.claim import Claim, ClaimState, Swap, held, pieces, unsent
from services.orders.origin import Origin
from services.orders.pricing import Discount
from services.orders.refusals import AddressChangePending, CarrierMissing, UnderReview
from services.orders.risk.risk import REVIEW_WITHIN, Judgement
from services.orders.stock.stock import Taken
from services.shared.plumbing.problems import IllegalTransition, NotFound

Status = Literal[
    "pending_payment",
    "gift_pending_claim",
    "group_pending",
    "to_ship",
    "partly_shipped",
    "shipped",
    "done",
    "handed_on",
    "cancelled_after_sale",
    "cancelled",
]
Kind = Literal["purchase", "gift"]
LineKind = Literal["physical", "e_voucher", "card_key"]
Move = Literal[
    "pay",
    "cancel",
    "expire",
    "claim",
    "return_gift",
    "hand_on",
    "ship",
    "receive",
    "complete_group",
    "dissolve_group",
    "close_after_sale",
    "change_price",
    "change_address",
    "correct_waybill",
    "extend_receipt",
    "refuse",
]

CODES: Mapping[Status, int] = {
    "pending_payment": 10,
    "gift_pending_claim": 12,
    "group_pending": 13,
    "to_ship": 20,
    "partly_shipped": 21,
    "shipped": 30,
    "done": 100,
    "handed_on": 100,
    "cancelled_after_sale": 200,
    "cancelled": 250,
}

_REVIEWED: tuple[Status, ...] = ("pending_payment", "gift_pending_claim", "to_ship")
_ENDED_BY_AFTER_SALE: tuple[Status, ...] = ("to_ship", "partly_shipped", "shipped", "done")


def _stays(*states: Status) -> Mapping[Status, frozenset[Status]]:
    return {state: frozenset({state}) for state in states}


# From which states a move may be made, and where it may lead.
MOVES: Mapping[Move, Mapping[Status, frozenset[Status]]] = {
    "pay": {"pending_payment": frozenset({"to_ship", "gift_pending_claim", "group_pending"})},
    "cancel": {"pending_payment": frozenset({"cancelled"})},
    "expire": {"pending_payment": frozenset({"cancelled"})},
    "claim": {"gift_pending_claim": frozenset({"to_ship"})},
    "return_gift": {"gift_pending_claim": frozenset({"cancelled"})},
    "hand_on": {"gift_pending_claim": frozenset({"handed_on"})},
    "complete_group": {"group_pending": frozenset({"to_ship"})},
    "dissolve_group": {"group_pending": frozenset({"cancelled"})},
    "ship": {
        "to_ship": frozenset({"partly_shipped", "shipped"}),
        "partly_shipped": frozenset({"partly_shipped", "shipped"}),
    },
    "receive": {"shipped": frozenset({"done"})},
    "refuse": {state: frozenset({"cancelled"}) for state in _REVIEWED},
    "close_after_sale": {state: frozenset({"cancelled_after_sale"}) for state in _ENDED_BY_AFTER_SALE},
    "change_price": _stays("pending_payment"),
    "change_address": _stays("to_ship"),
    "correct_waybill": _stays("partly_shipped", "shipped"),
    "extend_receipt": _stays("shipped"),
}


@dataclass(frozen=True)
class Line:
    """So many of one style at one price, with what each promotion took off it (O2).

    ``taken``: the stock it holds or has sold, by shard. ``limited``: its pieces count against its buyer's limit.
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
    kind: LineKind = "physical"
    discounts: tuple[Discount, ...] = ()
    limited: bool = False

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
    """One parcel: ``parts`` are (line number, quantity). What is delivered otherwise has no carrier and no waybill."""

    shipment_no: int
    carrier: str
    waybill: str
    at: datetime
    parts: tuple[tuple[int, int], ...]
    corrected_at: datetime | None = None


@dataclass(frozen=True)
class AddressChange:
    """Another address that the keeper asked for: ciphertext under the keeper's key. ``by`` ended it.

    ``freight_fen``: what sending it there would have cost when it was asked; the order's freight stays.
    """

    status: Literal["asked", "accepted", "rejected", "expired"]
    asked_at: datetime
    deadline_at: datetime
    address_sealed: str | None
    freight_fen: int = 0
    ended_at: datetime | None = None
    by: str | None = None
    why: str | None = None

    def end(self, at: datetime, status: Literal["accepted", "rejected", "expired"], by: str, why: str | None) -> Self:
        """Decided; the address it asked for is kept no longer than needed."""
        return replace(self, status=status, address_sealed=None, ended_at=at, by=by, why=why)


@dataclass(frozen=True)
class Lot:
    """A draw: when, at how many entries at the latest, and who may enter: all with the link when nobody is named."""

    draw_after_minutes: int
    full_at: int
    may_enter: tuple[str, ...] = ()


@dataclass(frozen=True)
class Gift:
    """What the giver asked for; message and name are ciphertext under the giver's key."""

    mode: Literal["single", "group", "lot"]
    recipients: int
    to_openid: str | None = None
    message_sealed: str | None = None
    giver_name_sealed: str | None = None
    show_price: bool = False
    lot: Lot | None = None


@dataclass(frozen=True)
class Share:
    """What became of one sub-gift of a sheet for many. ``swapped``: it is being claimed in the style ``sku_id``."""

    sub_gift_id: str
    state: Literal["swapped", "handed_on", "returned"]
    sku_id: str | None = None
    taken: tuple[Taken, ...] = ()


@dataclass(frozen=True)
class Paid:
    """A payment that was made for an order: the one that it was accepted by, or a late one, which goes back."""

    payment_id: str
    amount_fen: int
    paid_at: datetime
    late: bool = False
    refunded_fen: int = 0


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
    receipt_extended_days: int = 0
    address_change: AddressChange | None = None
    settled_at: datetime | None = None
    no_delivery_regions: tuple[str, ...] = ()
    payments: tuple[Paid, ...] = ()
    shares: tuple[Share, ...] = ()  # of a gift for many: the sub-gifts of which something became
    part_of: str | None = None  # the sheet's order, for what one of its recipients claimed
    sub_gift_id: str | None = None
    grant_id: str | None = None  # of a merchant's own gift
    risk: tuple[Judgement, ...] = ()
    claims: tuple[Claim, ...] = ()  # of its after-sales, in the order in which they were opened (O6)
    swaps: tuple[Swap, ...] = ()  # what was exchanged for another style
    frozen: tuple[tuple[str, int], ...] = ()  # of its money, fen, by the dispute that holds it (O7)
    origin: Origin | None = None  # of one that was placed in an old shop, which has its money

    @property
    def left_fen(self) -> int:
        """Of its money, what is the shop's, settled or not: paid − fee − refunded + fee returned. Nothing of what lies
        with an old shop."""
        if self.origin:
            return 0
        return self.paid_fen - self.fee_fen - self.refunded_fen + self.fee_returned_fen

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
    def received_fen(self) -> int:
        """All that was paid for it, with what came too late; ``paid_fen`` is what it was accepted with."""
        return self.paid_fen + sum(one.amount_fen for one in self.payments if one.late)

    @property
    def returned_fen(self) -> int:
        """All that went back to the payer, with what had come too late."""
        return self.refunded_fen + sum(one.refunded_fen for one in self.payments if one.late)

    @property
    def paid_at_all(self) -> bool:
        """Whether it ever was paid, also when it ended after that."""
        unpaid = ("pending_payment", "cancelled")
        return any(step.origin == "pending_payment" and step.to not in unpaid for step in self.history)

    @property
    def keeper(self) -> str:
        """Who gets the goods and may say that they came: the recipient of a claimed gift, else the buyer."""
        return self.recipient or self.buyer

    def shows_price_to(self, person: str) -> bool:
        """Whether its amounts are this person's to know: the buyer's, and of a gift the recipient's where the giver
        shows them (G9)."""
        return person == self.buyer or (self.gift is not None and self.gift.show_price)

    @property
    def for_many(self) -> bool:
        """Whether it is a gift sheet whose recipients get an order each (G6)."""
        return self.gift is not None and self.gift.mode != "single"

    @property
    def given(self) -> bool:
        """Whether gifts knows it as a gift: it was paid, and somebody has cleared it where that was needed."""
        return self.gift is not None and self.paid_at_all and not (self.risk and self.risk[-1].verdict != "allow")

    @property
    def under_review(self) -> bool:
        """Whether somebody has to clear it before it is sent, or offered as a gift (O19); not once it has ended."""
        return bool(self.risk) and self.risk[-1].verdict == "review" and self.status in _REVIEWED

    @property
    def refused(self) -> bool:
        """Whether somebody has looked at it and did not let it go on (O19)."""
        return bool(self.risk) and (self.risk[-1].act, self.risk[-1].verdict) == ("clear", "deny")

    @property
    def judged_up_to_fen(self) -> int:
        """Up to which total it may be paid by what was decided; -1: not at all."""
        return max((one.amount_fen for one in self.risk if one.verdict != "deny"), default=-1)

    # ------------------------------------------------------------------------------------------------- moves

    def pay(
        self, at: datetime, amount_fen: int, fee_fen: int, payment_id: str | None, paid_at: datetime | None = None
    ) -> "Order":
        """Paid by this payment, which need not be the one started last; by none when there is nothing to pay."""
        to: Status = "gift_pending_claim" if self.kind == "gift" else "to_ship"
        made = (Paid(payment_id, amount_fen, paid_at or at),) if payment_id else ()
        money = {"paid_fen": amount_fen, "fee_fen": fee_fen, "payment_id": payment_id}
        return self._move("pay", to, at, self.buyer, "paid", payments=(*self.payments, *made), **money)

    def pay_late(self, at: datetime, payment_id: str, amount_fen: int, paid_at: datetime) -> "Order":
        """Paid after its deadline, its end or another payment: no change of state, the money goes back in full."""
        made = Paid(payment_id, amount_fen, paid_at, late=True)
        return replace(self, payments=(*self.payments, made), updated_at=at, version=self.version + 1)

    def cancel(self, at: datetime) -> "Order":
        return self._move("cancel", "cancelled", at, self.buyer, "buyer")

    def expire(self, at: datetime) -> "Order":
        return self._move("expire", "cancelled", at, "system", "expired")

    def claim(self, at: datetime, recipient: str, address_sealed: str) -> "Order":
        received = {"recipient": recipient, "address_sealed": address_sealed, "address_of": recipient}
        return self._move("claim", "to_ship", at, recipient, "claimed", **received)

    def return_gift(self, at: datetime, why: Literal["gift_declined", "gift_expired"]) -> "Order":
        return self._move("return_gift", "cancelled", at, "system", why)

    def hand_on(self, at: datetime) -> "Order":
        """Every sub-gift of a sheet for many has ended, and somebody has taken some of them."""
        return self._move("hand_on", "handed_on", at, "system", "handed_on")

    def ship(self, at: datetime, by: str, carrier: str, waybill: str, parts: Iterable[tuple[int, int]]) -> "Order":
        """Send ``parts`` (line number, quantity); without any, all that is left.

        Raises IllegalTransition, AddressChangePending, and CarrierMissing for goods that need one.
        """
        left = {line.line_no: self.to_send(line) for line in self.lines}
        chosen = tuple(parts) or tuple((line_no, rest) for line_no, rest in left.items() if rest)
        self.guard("ship")
        if self.under_review:
            raise UnderReview()
        if self.address_change and self.asked_address(at):
            raise AddressChangePending(deadline_at=self.address_change.deadline_at.isoformat())
        for line_no, quantity in chosen:
            left[line_no] = left.get(line_no, 0) - quantity
        if not chosen or any(rest < 0 for rest in left.values()):
            raise self._illegal("More is shipped than was ordered, not yet shipped, and not in an after-sale")
        sent = {line_no for line_no, _ in chosen}
        if not (carrier and waybill) and any(line.kind == "physical" for line in self.lines if line.line_no in sent):
            raise CarrierMissing()
        lines = tuple(
            replace(line, shipped=line.shipped + self.to_send(line) - left[line.line_no]) for line in self.lines
        )
        parcel = Shipment(len(self.shipments) + 1, carrier, waybill, at, chosen)
        to: Status = "shipped" if replace(self, lines=lines).all_sent else "partly_shipped"
        why = f"shipment {parcel.shipment_no}"
        return self._move("ship", to, at, by, why, lines=lines, shipments=(*self.shipments, parcel))

    def correct_waybill(self, at: datetime, by: str, shipment_no: int, carrier: str, waybill: str) -> "Order":
        """A parcel went under another number. Raises IllegalTransition, NotFound for a parcel that is not there."""
        self.guard("correct_waybill")
        if not any(one.shipment_no == shipment_no and one.waybill for one in self.shipments):
            raise NotFound("There is no such parcel")
        shipments = tuple(
            replace(one, carrier=carrier, waybill=waybill, corrected_at=at) if one.shipment_no == shipment_no else one
            for one in self.shipments
        )
        return self._move("correct_waybill", self.status, at, by, f"shipment {shipment_no}", shipments=shipments)

    def extend_receipt(self, at: datetime, days: int) -> "Order":
        """The keeper wants to wait longer before it counts as received; once. Raises IllegalTransition."""
        self.guard("extend_receipt")
        if self.receipt_extended_days:
            raise self._illegal("The time to confirm receipt was extended already")
        why = f"{days} days more"
        return self._move("extend_receipt", self.status, at, self.keeper, why, receipt_extended_days=days)

    def receive(self, at: datetime, by: Literal["buyer", "auto"]) -> "Order":
        return self._move("receive", "done", at, self.keeper if by == "buyer" else "system", by)

    def complete_group(self, at: datetime) -> "Order":
        """Enough bought together (O10)."""
        return self._move("complete_group", "to_ship", at, "system", "group_complete")

    def dissolve_group(self, at: datetime) -> "Order":
        """Not enough bought together in time (O10)."""
        return self._move("dissolve_group", "cancelled", at, "system", "group_dissolved")

    def close_after_sale(self, at: datetime, by: str) -> "Order":
        """Everything went back to the buyer after the sale (O6)."""
        return self._move("close_after_sale", "cancelled_after_sale", at, by, "all_refunded")

    def reprice(self, at: datetime, by: str, lines: tuple[Line, ...], freight_fen: int) -> "Order":
        """Another price before it is paid; what was started for the old one pays it no more."""
        new = replace(self, lines=lines, freight_fen=freight_fen)
        why = f"{self.payable_fen} to {new.payable_fen} fen"
        return self._move(
            "change_price", self.status, at, by, why, lines=lines, freight_fen=freight_fen, payment_id=None
        )

    # ------------------------------------------------------------------------------------------------ after-sales

    @property
    def open_claims(self) -> tuple[Claim, ...]:
        """Of after-sales that go on: what they claim is neither shipped nor settled meanwhile."""
        return tuple(claim for claim in self.claims if claim.state in ("open", "granted"))

    def to_send(self, line: Line) -> int:
        """How many pieces of a line may be shipped: not those that somebody wants the money back for."""
        return line.quantity - line.shipped - unsent(held(self.claims, line.line_no))

    @property
    def all_sent(self) -> bool:
        """Whether everything was shipped but what was refunded before that."""
        refunded = [claim for claim in self.claims if claim.state == "refunded"]
        return all(line.quantity == line.shipped + unsent(held(refunded, line.line_no)) for line in self.lines)

    def claim_back(self, at: datetime, claim: Claim) -> "Order":
        """An after-sale begins; no change of state."""
        return self._with(at, claims=(*self.claims, claim))

    def grant_claim(self, at: datetime, aftersale_id: str, *, with_freight: bool) -> "Order":
        """Its money goes back: what its pieces are worth. With the last pieces of the order freight goes too, if it
        shall: then that is all that is left of what was paid. Together never more than was paid."""
        [claim] = [one for one in self.claims if one.aftersale_id == aftersale_id]
        others = [one for one in self.claims if one.going_back]
        left_fen = self.paid_fen - sum(one.back_fen for one in others)
        last = all(line.quantity == pieces(held([*others, claim], line.line_no)) for line in self.lines)
        back_fen = left_fen if last and with_freight else min(left_fen, claim.amount_fen)
        granted = replace(claim, state="granted", back_fen=back_fen)
        return self._with(at, claims=tuple(granted if one is claim else one for one in self.claims))

    def end_claim(self, at: datetime, aftersale_id: str, state: ClaimState) -> "Order":
        """An after-sale is over. Where everything was refunded the order is, too; where what is left was sent, it is
        shipped. What was refunded counts by :meth:`refund`."""
        claims = tuple(replace(one, state=state) if one.aftersale_id == aftersale_id else one for one in self.claims)
        after = self._with(at, claims=claims)
        if after.status not in MOVES["close_after_sale"]:
            return after
        refunded = [claim for claim in claims if claim.state == "refunded"]
        if all(line.quantity == pieces(held(refunded, line.line_no)) for line in self.lines):
            return replace(after.close_after_sale(at, "system"), version=after.version)
        if after.status == "partly_shipped" and after.all_sent:
            return replace(after.end_shipping(at), version=after.version)
        return after

    def end_shipping(self, at: datetime) -> "Order":
        """What was sent is all there will be: the rest was refunded."""
        return self._move("ship", "shipped", at, "system", "rest refunded")

    # ------------------------------------------------------------------------------------------ another address

    def ask_address(self, at: datetime, asked: AddressChange) -> "Order":
        """The keeper asks for another address; asking again replaces what was asked. Raises IllegalTransition."""
        self.guard("change_address")
        return self._with(at, address_change=asked)

    def change_address(self, at: datetime, by: str, address_sealed: str, change: AddressChange | None) -> "Order":
        """It goes to another address of its keeper from now on; freight stays as it was paid."""
        where = {"address_sealed": address_sealed, "address_of": self.keeper, "address_change": change}
        return self._move("change_address", self.status, at, by, "address changed", **where)

    def refuse_address(self, at: datetime, status: Literal["rejected", "expired"], by: str, why: str | None) -> "Order":
        """The address stays. Raises IllegalTransition when nothing was asked."""
        if self.address_change is None or self.address_change.status != "asked":
            raise self._illegal("No other address is asked for")
        return self._with(at, address_change=self.address_change.end(at, status, by, why))

    def asked_address(self, at: datetime) -> str | None:
        """The address that waits for the merchant's word, as ciphertext; None when none does, or its time is over."""
        change = self.address_change
        if change is None or change.status != "asked" or self.status != "to_ship" or at >= change.deadline_at:
            return None
        return change.address_sealed

    def settle(self, at: datetime) -> "Order":
        """Its money became available; no change of state."""
        return replace(self, settled_at=at, updated_at=at, version=self.version + 1)

    def freeze(self, at: datetime, frozen: Mapping[str, int]) -> "Order":
        """So much of its money is held by disputes; it is not settled meanwhile."""
        return self._with(at, frozen=tuple((ref, fen) for ref, fen in frozen.items()))

    def refund(self, at: datetime, amount_fen: int, fee_back_fen: int) -> "Order":
        """Money that it was accepted with went back; no change of state by itself."""
        return replace(
            self,
            payments=self._returned(self.payment_id, amount_fen),
            refunded_fen=self.refunded_fen + amount_fen,
            fee_returned_fen=self.fee_returned_fen + fee_back_fen,
            updated_at=at,
            version=self.version + 1,
        )

    def refund_elsewhere(self, at: datetime, amount_fen: int) -> "Order":
        """Money that lies with an old shop went back from there; no change of state by itself."""
        payments = tuple(replace(one, refunded_fen=one.refunded_fen + amount_fen) for one in self.payments)
        return self._with(at, refunded_fen=self.refunded_fen + amount_fen, payments=payments)

    def refund_late(self, at: datetime, payment_id: str, amount_fen: int) -> "Order":
        """A payment that came too late went back."""
        payments = self._returned(payment_id, amount_fen)
        return replace(self, payments=payments, updated_at=at, version=self.version + 1)

    def _returned(self, payment_id: str | None, amount_fen: int) -> tuple[Paid, ...]:
        return tuple(
            replace(one, refunded_fen=one.refunded_fen + amount_fen) if one.payment_id == payment_id else one
            for one in self.payments
        )

    def with_style(self, at: datetime, line_no: int, line: Line) -> "Order":
        """Another style on a line of a gift that is being claimed (G3)."""
        lines = tuple(line if one.line_no == line_no else one for one in self.lines)
        return replace(self, lines=lines, updated_at=at, version=self.version + 1)

    def judge(self, judgement: Judgement) -> "Order":
        """A decision about it (O19); no change of state by itself."""
        return self._with(judgement.at, risk=(*self.risk, judgement))

    def clear(self, at: datetime, by: str, note: str) -> "Order":
        """Somebody has looked at it and lets it go on; the same order when it was cleared before.

        Raises IllegalTransition when it was never held, or has ended.
        """
        if self.risk and self.risk[-1].act == "clear" and not self.refused:
            return self
        return self.judge(self._looked_at(at, "allow", by, note))

    def refuse(self, at: datetime, by: str, note: str) -> "Order":
        """Somebody has looked at it and does not let it go on: it ends; the same order when it was refused before.

        Raises IllegalTransition when it was never held, has ended, or an after-sale has claimed some of it.
        """
        if self.refused:
            return self
        looked_at = self._looked_at(at, "deny", by, note)
        if any(claim.holds for claim in self.claims):
            raise self._illegal("An after-sale has claimed some of it: the rest goes back by after-sales too")
        return self._move("refuse", "cancelled", at, by, "refused", risk=(*self.risk, looked_at))

    def _looked_at(self, at: datetime, verdict: Literal["allow", "deny"], by: str, note: str) -> Judgement:
        if not self.under_review:
            raise self._illegal("It is not under review")
        return Judgement(at, "clear", verdict, by, self.payable_fen, (note,) if note else ())

    def with_payment(self, at: datetime, payment_id: str) -> "Order":
        return replace(self, payment_id=payment_id, updated_at=at, version=self.version + 1)

    # ------------------------------------------------------------------------------------------------- rules

    def guard(self, move: Move) -> None:
        """Raise IllegalTransition, saying what would be legal, unless this move may be made now."""
        if self.status not in MOVES[move]:
            raise self._illegal(f"An order that is {self.status} cannot {move.replace('_', ' ')}")

    def _illegal(self, detail: str) -> IllegalTransition:
        possible = MOVES if self.under_review else MOVES.keys() - {"refuse"}
        legal = sorted(move for move in possible if self.status in MOVES[move])
        return IllegalTransition(detail, state=self.status, legal=legal)

    def due_at(self, grace: timedelta) -> datetime | None:
        """When time itself acts on it next: expiry (with grace once somebody may be paying), receipt, settlement;
        a gift that nobody clears goes back."""
        if self.status == "pending_payment":
            return self.expires_at + (grace if self.payment_id else timedelta(0))
        if self.status == "gift_pending_claim" and self.under_review:
            return self.entered_at + REVIEW_WITHIN
        if self.status == "shipped":
            return self.entered_at + timedelta(days=self.auto_confirm_days + self.receipt_extended_days)
        if self.settles:
            return self.entered_at + timedelta(days=self.settle_days)
        if self.status == "to_ship" and self.address_change and self.address_change.status == "asked":
            return self.address_change.deadline_at
        return None

    @property
    def settles(self) -> bool:
        """Whether its money is going to be the shop's: not before its after-sales have ended (O6, O7). Of one that was
        refunded as a whole something may be left: freight that was spent."""
        left = self.status == "done" or (self.status == "cancelled_after_sale" and self.refunded_fen < self.paid_fen)
        return left and not (self.settled_at or self.open_claims or self.frozen or self.origin)

    @property
    def entered_at(self) -> datetime:
        """Since when it is in its state: what changes meanwhile does not put off what time does."""
        return next(step.at for step in reversed(self.history) if step.origin != step.to)

    def as_of(self, now: datetime) -> "Order":
        """As time has already made it, where only the writing is outstanding; version and time of change as stored.

        Unpaid and over: cancelled, unless somebody may have paid in time, which WeChat has yet to say. Sent and over:
        done. An address that nobody decided about in time: refused. A gift that nobody cleared in time: gone back.
        """
        due_at = self.due_at(timedelta(0))
        if due_at is None or now < due_at:
            return self
        if self.status == "pending_payment" and not self.payment_id:
            later = self.expire(due_at)
        elif self.status == "gift_pending_claim":
            later = self.return_gift(due_at, "gift_expired")
        elif self.status == "shipped":
            later = self.receive(due_at, "auto")
        elif self.status == "to_ship":
            later = self.refuse_address(due_at, "expired", "system", None)
        else:
            return self
        return replace(later, updated_at=self.updated_at, version=self.version)

    def _move(self, move: Move, to: Status, at: datetime, by: str, why: str, **changes: Any) -> "Order":
        self.guard(move)
        if to not in MOVES[move][self.status]:
            raise self._illegal(f"{move} does not lead from {self.status} to {to}")
        step = Step(at, self.status, to, by, why)
        asked = self.address_change
        if asked and asked.status == "asked" and to != "to_ship":  # nobody can answer any more
            changes["address_change"] = asked.end(at, "expired", "system", None)
        return replace(self._with(at, status=to, history=(*self.history, step)), **changes)

    def _with(self, at: datetime, **changes: Any) -> "Order":
        return replace(self, updated_at=at, version=self.version + 1, **changes)
