"""Double entry, in fen: every entry names its cause and sums to zero (O7). Pure.

Accounts, with what a positive amount means::

    wechat      money that lies with WeChat Pay for us          (asset)
    pending     owed to the shop, not yet free   (negative: a liability; so is all below)
    available   owed to the shop, free to withdraw
    frozen      owed to the shop, but somebody disputes it
    paying_out  on its way to the shop's bank account
    deposit     the shop's deposit, which is still its own
    fees        earned by the platform
    late        paid after the deadline, on its way back to the payer
    advanced    what the platform refunded for the shop, which the shop has yet to repay      (positive: an asset)
    owed        what the shop owes the platform: it went back to buyers after it had been withdrawn   (an asset)
    bank        money of deposits that lies with the platform's bank                                   (an asset)
"""

from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Literal

Account = Literal[
    "wechat", "pending", "available", "frozen", "paying_out", "deposit", "fees", "late", "advanced", "owed", "bank"
]
Cause = Literal[
    "payment",
    "fee",
    "refund",
    "fee_returned",
    "settlement",
    "late_payment",
    "late_refund",
    "advance",
    "repay",
    "freeze",
    "unfreeze",
    "withdrawal",
    "withdrawal_paid",
    "withdrawal_returned",
    "debt",
    "debt_repaid",
    "deposit",
]


@dataclass(frozen=True)
class Entry:
    """One movement of money. ``ref`` is the payment, refund or order that caused it."""

    cause: Cause
    ref: str
    order_id: str
    at: datetime
    postings: tuple[tuple[Account, int], ...]

    def __post_init__(self) -> None:
        if sum(amount for _, amount in self.postings) != 0:
            raise ValueError(f"{self.cause} of {self.ref} does not sum to zero")


def half_up(value: Fraction) -> int:
    """Rounded to whole fen, halves up."""
    return int((value + Fraction(1, 2)).__floor__())


def fee(amounts_and_rates: tuple[tuple[int, int], ...]) -> int:
    """The platform's fee on an order's lines ``(fen, basis points)``, rounded once per order."""
    return half_up(sum((Fraction(amount * rate, 10_000) for amount, rate in amounts_and_rates), Fraction(0)))


def fee_returned(fee_fen: int, refunded_fen: int, paid_fen: int) -> int:
    """What of the fee is back with the shop after ``refunded_fen`` of ``paid_fen``: cumulative: parts add up."""
    return half_up(Fraction(fee_fen * refunded_fen, paid_fen)) if paid_fen else 0


def paid(ref: str, order_id: str, amount_fen: int, fee_fen: int, at: datetime) -> list[Entry]:
    """A payment that was accepted, and the fee on it."""
    entries = [Entry("payment", ref, order_id, at, (("wechat", amount_fen), ("pending", -amount_fen)))]
    if fee_fen:
        entries.append(Entry("fee", ref, order_id, at, (("pending", fee_fen), ("fees", -fee_fen))))
    return entries


def paid_late(ref: str, order_id: str, amount_fen: int, at: datetime) -> Entry:
    """A payment after the deadline: it is not the shop's, it goes back."""
    return Entry("late_payment", ref, order_id, at, (("wechat", amount_fen), ("late", -amount_fen)))


def late_refunded(ref: str, order_id: str, amount_fen: int, at: datetime) -> Entry:
    """A late payment went back."""
    return Entry("late_refund", ref, order_id, at, (("late", amount_fen), ("wechat", -amount_fen)))


def refunded(
    ref: str, order_id: str, amount_fen: int, fee_back_fen: int, at: datetime, *, of: Account = "pending"
) -> list[Entry]:
    """Money went back to the payer, and this part of the fee to the shop: of what is pending, or, once that was
    settled, of what is available, which may owe something then."""
    entries = [Entry("refund", ref, order_id, at, ((of, amount_fen), ("wechat", -amount_fen)))] if amount_fen else []
    if fee_back_fen:
        entries.append(Entry("fee_returned", ref, order_id, at, (("fees", fee_back_fen), (of, -fee_back_fen))))
    return entries


def advanced(ref: str, order_id: str, amount_fen: int, at: datetime) -> Entry:
    """The platform refunded it for the shop, before anybody asked the shop."""
    return Entry("advance", ref, order_id, at, (("advanced", amount_fen), ("wechat", -amount_fen)))


def repaid(ref: str, order_id: str, amount_fen: int, at: datetime, *, of: Account = "pending") -> Entry:
    """The shop repaid what was advanced."""
    return Entry("repay", ref, order_id, at, ((of, amount_fen), ("advanced", -amount_fen)))


def settled(order_id: str, amount_fen: int, at: datetime) -> Entry:
    """What is left of an order's money becomes free for the shop."""
    return Entry("settlement", order_id, order_id, at, (("pending", amount_fen), ("available", -amount_fen)))


def frozen(ref: str, order_id: str, amount_fen: int, at: datetime, *, of: Account = "pending") -> Entry:
    """Somebody disputes it: it stays with the platform until that is decided."""
    return Entry("freeze", ref, order_id, at, ((of, amount_fen), ("frozen", -amount_fen)))


def unfrozen(ref: str, order_id: str, amount_fen: int, at: datetime, *, to: Account = "pending") -> Entry:
    """The dispute is over."""
    return Entry("unfreeze", ref, order_id, at, (("frozen", amount_fen), (to, -amount_fen)))


def withdrawn(ref: str, amount_fen: int, at: datetime) -> Entry:
    """The shop wants it in its bank account."""
    return Entry("withdrawal", ref, "", at, (("available", amount_fen), ("paying_out", -amount_fen)))


def withdrawal_paid(ref: str, amount_fen: int, at: datetime) -> Entry:
    """It has arrived there."""
    return Entry("withdrawal_paid", ref, "", at, (("paying_out", amount_fen), ("wechat", -amount_fen)))


def withdrawal_returned(ref: str, amount_fen: int, at: datetime) -> Entry:
    """It has not, and is the shop's to withdraw again."""
    return Entry("withdrawal_returned", ref, "", at, (("paying_out", amount_fen), ("available", -amount_fen)))


def deposited(ref: str, change_fen: int, at: datetime) -> Entry:
    """The shop's deposit grew, or shrank."""
    return Entry("deposit", ref, "", at, (("bank", change_fen), ("deposit", -change_fen)))


def debt(ref: str, available_fen: int, owed_fen: int, at: datetime) -> Entry | None:
    """What names a debt, or repays one; ``available_fen`` as the ledger has it: positive is less than nothing.

    No balance is below zero without a name: what more went back to buyers than the shop has is ``owed``, and repaid
    from the next money that becomes available.
    """
    if available_fen > 0:
        return Entry("debt", ref, "", at, (("owed", available_fen), ("available", -available_fen)))
    if repaid_fen := min(owed_fen, -available_fen):
        return Entry("debt_repaid", ref, "", at, (("available", repaid_fen), ("owed", -repaid_fen)))
    return None
