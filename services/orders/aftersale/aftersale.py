"""An after-sale: its states and its legal moves (O6). Pure.

MOVES is what is enforced; ``python -m infra.checks.states`` draws it into the README. Every state that waits for
somebody has a deadline, and :func:`outcome_of_silence` says what time itself does then.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal, get_args

from services.orders.origin import Origin
from services.orders.stock.stock import Taken
from services.shared.plumbing.problems import IllegalTransition

Kind = Literal["refund", "return_refund", "exchange", "reship"]
Status = Literal[
    "requested",
    "rejected",
    "disputed",
    "awaiting_return",
    "returning",
    "to_resend",
    "resent",
    "refunding",
    "refunded",
    "completed",
    "withdrawn",
    "closed",
]
Move = Literal[
    "agree", "refund_fast", "reject", "dispute", "uphold", "dismiss", "send_back", "receive", "send_again", "confirm",
    "refund_instead", "refunded", "withdraw", "lapse",
]  # fmt: skip
Reason = Literal[
    "changed_mind",
    "late_shipment",
    "wrong_address",
    "quality",
    "damaged",
    "wrong_goods",
    "missing_goods",
    "not_as_described",
    "lost_parcel",
    "price_difference",
    "other",
]
Unclaimed = Literal["gift_unclaimed"]
UNCLAIMED: Unclaimed = "gift_unclaimed"  # nobody applies for that: time does, of a gift for many (G6)
Rejection = Literal[
    "shipped_already",
    "used",
    "not_our_goods",
    "damaged_by_buyer",
    "no_fault_found",
    "evidence_missing",
    "out_of_stock",
    "agreed_otherwise",
    "other",
]
Party = Literal["buyer", "merchant", "platform", "system"]

# What the shop answers for: freight goes back as well when all of an order does.
SHOPS_FAULT: frozenset[Reason] = frozenset(
    ("late_shipment", "quality", "damaged", "wrong_goods", "missing_goods", "not_as_described", "lost_parcel")
)
STATUSES: tuple[Status, ...] = get_args(Status)
ENDED: frozenset[Status] = frozenset(("refunded", "completed", "withdrawn", "closed"))

_GRANTED = frozenset[Status](("awaiting_return", "to_resend", "refunding", "refunded"))
_PAID_BACK = frozenset[Status](("refunding", "refunded"))

# From which states a move may be made, and where it may lead. Where nothing was paid, nothing is refunded: it is over.
MOVES: Mapping[Move, Mapping[Status, frozenset[Status]]] = {
    "agree": {"requested": _GRANTED},
    "refund_fast": {"requested": frozenset({"refunding"})},
    "reject": {"requested": frozenset({"rejected"}), "returning": frozenset({"rejected"})},
    "dispute": {"rejected": frozenset({"disputed"})},
    "uphold": {"disputed": _GRANTED},
    "dismiss": {"disputed": frozenset({"closed"})},
    "send_back": {"awaiting_return": frozenset({"returning"})},
    "receive": {"returning": frozenset({"to_resend", "refunding", "refunded"})},
    "send_again": {"to_resend": frozenset({"resent"})},
    "confirm": {"resent": frozenset({"completed"})},
    "refund_instead": {"to_resend": _PAID_BACK, "awaiting_return": _PAID_BACK},
    "refunded": {"refunding": frozenset({"refunded"})},
    "withdraw": {state: frozenset({"withdrawn"}) for state in ("requested", "rejected", "disputed", "awaiting_return")},
    "lapse": {"rejected": frozenset({"closed"}), "awaiting_return": frozenset({"closed"})},
}

# What time does when nobody has acted by the deadline.
ON_SILENCE: Mapping[Status, Move] = {
    "requested": "agree",
    "rejected": "lapse",
    "disputed": "uphold",
    "awaiting_return": "lapse",
    "returning": "receive",
    "to_resend": "refund_instead",
    "resent": "confirm",
}


@dataclass(frozen=True)
class Turn:
    """One line of an after-sale's history. ``who`` is a person's id, for the shop's and the platform's own eyes."""

    at: datetime
    move: str
    to: Status
    party: Party
    who: str
    why: str | None = None


@dataclass(frozen=True)
class Evidence:
    """What somebody has handed in: files by their keys, and words, sealed under the applicant's key."""

    evidence_id: str
    party: Party
    at: datetime
    keys: tuple[str, ...] = ()
    text_sealed: str | None = None


@dataclass(frozen=True)
class Parcel:
    """Goods on their way back, or once more to the buyer."""

    carrier: str
    waybill: str
    at: datetime


@dataclass(frozen=True)
class Replacement:
    """New goods for a line, taken out of stock for it."""

    line_no: int
    sku_id: str
    quantity: int
    taken: tuple[Taken, ...] = ()


@dataclass(frozen=True)
class Aftersale:
    """An after-sale as it is at one version. What it claims of the order stands on the order.

    ``applicant``: who keeps the goods. ``payer``: who gets the money. Words and addresses are ciphertext under the
    applicant's key. ``advanced_fen``: what the platform has advanced and the shop not yet repaid.
    """

    aftersale_id: str
    order_id: str
    shop_id: str
    applicant: str
    payer: str
    kind: Kind
    reason: Reason | Unclaimed
    status: Status
    amount_fen: int
    created_at: datetime
    updated_at: datetime
    history: tuple[Turn, ...]
    deadline_at: datetime | None = None
    version: int = 1
    text_sealed: str | None = None
    evidence: tuple[Evidence, ...] = ()
    new_goods: tuple[Replacement, ...] = ()
    return_address_sealed: str | None = None
    returned: Parcel | None = None
    sellable: bool | None = None
    resent: Parcel | None = None
    rejection: Rejection | None = None
    rejection_sealed: str | None = None
    payment_id: str | None = None
    refund_id: str | None = None
    refund_asked_at: datetime | None = None
    refunded_at: datetime | None = None
    fast: bool = False
    advanced_fen: int = 0
    advanced_from: Literal["pending", "available"] = "pending"
    origin: Origin | None = None  # of one that was opened in an old shop
    sub_gift_ids: tuple[str, ...] = ()  # what nobody took, of a gift for many

    @property
    def ended(self) -> bool:
        return self.status in ENDED

    @property
    def brings_goods_back(self) -> bool:
        return self.kind in ("return_refund", "exchange")

    def granted(self, move: Move) -> Status:
        """Where it leads when it is granted: goods come back first, where they have not; then goods or money go."""
        if move == "refund_instead":
            return "refunding"
        if self.brings_goods_back and self.returned is None:
            return "awaiting_return"
        return "to_resend" if self.new_goods else "refunding"

    def move(
        self,
        move: Move,
        to: Status,
        at: datetime,
        party: Party,
        who: str,
        why: str | None = None,
        *,
        deadline_at: datetime | None = None,
        **changes: Any,
    ) -> "Aftersale":
        """The same after this move. Raises IllegalTransition, saying what would be legal."""
        self.guard(move)
        if to not in MOVES[move][self.status]:
            raise self._illegal(f"{move} does not lead from {self.status} to {to}")
        turn = Turn(at, move, to, party, who, why)
        changed = {"status": to, "history": (*self.history, turn), "deadline_at": deadline_at}
        return replace(self, updated_at=at, version=self.version + 1, **changed | changes)

    def guard(self, move: Move) -> None:
        """Raise IllegalTransition unless this move may be made now."""
        if self.status not in MOVES[move]:
            raise self._illegal(f"An after-sale that is {self.status} cannot {move.replace('_', ' ')}")

    def hand_in(self, at: datetime, evidence: Evidence) -> "Aftersale":
        """More to look at, while it goes on; no change of state."""
        if self.ended:
            raise self._illegal(f"An after-sale that is {self.status} takes no evidence")
        return replace(self, evidence=(*self.evidence, evidence), updated_at=at, version=self.version + 1)

    def repay(self, at: datetime) -> "Aftersale":
        """The shop has repaid what was advanced."""
        return replace(self, advanced_fen=0, deadline_at=None, updated_at=at, version=self.version + 1)

    def is_overdue(self, now: datetime) -> bool:
        """Whether time has to act on it."""
        return self.deadline_at is not None and self.deadline_at <= now

    def _illegal(self, detail: str) -> IllegalTransition:
        legal = sorted(move for move, origins in MOVES.items() if self.status in origins)
        return IllegalTransition(detail, state=self.status, legal=legal)
