"""A payment of one order through WeChat Pay, and the refunds on it (O3). Pure.

open ─ paid ─▶ paid ─ refund reserved, done ─▶ paid, with less left to refund
  └─ close ─▶ closed (a payment that still comes is refunded)
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from services.shared.plumbing.problems import Conflict

Method = Literal["native", "jsapi", "h5"]
PaymentStatus = Literal["open", "paid", "closed"]
RefundStatus = Literal["due", "sent", "succeeded", "closed"]
RefundWhy = Literal["late_payment", "gift_declined", "gift_expired", "aftersale", "refused"]

# WeChat allows 50 partial refunds a payment, a minute apart. Of the last five each waits a day for others to join it.
MAX_REFUNDS, ALL_REFUNDS = 45, 50
REFUNDS_APART = timedelta(minutes=1)
COLLECTS_FOR = timedelta(days=1)
MOST_JOINED = 20  # after-sales that one transaction books
LONGEST_PAUSE = timedelta(hours=1)
LONGEST_AFTER_CLOSED = timedelta(days=1)  # each time costs a number
DELAYED_AFTER = timedelta(days=3)


class RefundTooLarge(Conflict):
    slug, title = "refund-too-large", "More would be refunded than was paid"


class TooManyRefunds(Conflict):
    slug, title = "too-many-refunds", "WeChat Pay takes no more refunds of this payment"


@dataclass(frozen=True)
class Payment:
    """One out_trade_no at WeChat. ``requested_fen`` is reserved for refunds, ``refunded_fen`` of it is done.

    ``collecting`` is the refund that later ones join; ``refund_turn`` when the latest may be asked for.
    """

    payment_id: str
    order_id: str
    shop_id: str
    method: Method
    status: PaymentStatus
    amount_fen: int
    expires_at: datetime
    created_at: datetime
    updated_at: datetime
    payer: str
    version: int = 1
    code_url: str | None = None
    prepay_id: str | None = None
    h5_url: str | None = None
    transaction_id: str | None = None
    paid_at: datetime | None = None
    late: bool = False
    requested_fen: int = 0
    refunded_fen: int = 0
    refunds: int = 0
    refund_turn: datetime | None = None
    collecting: str | None = None
    client_ip: str = ""
    openid: str | None = None
    h5_type: str | None = None
    sub_mchid: str | None = None
    sub_appid: str | None = None

    def pay(self, at: datetime, transaction_id: str, paid_at: datetime, *, late: bool) -> "Payment":
        return self._with(at, status="paid", transaction_id=transaction_id, paid_at=paid_at, late=late)

    def close(self, at: datetime) -> "Payment":
        return self._with(at, status="closed")

    def prepaid(self, at: datetime, **handles: str | None) -> "Payment":
        """What the payer's phone needs: ``code_url``, ``prepay_id`` or ``h5_url``."""
        return self._with(at, **handles)

    def reserve(self, at: datetime, amount_fen: int) -> "Payment":
        """Set an amount aside for a refund. Raises RefundTooLarge: refunds never pass what was paid."""
        if self.status != "paid" or self.requested_fen + amount_fen > self.amount_fen or amount_fen <= 0:
            raise RefundTooLarge(left_fen=self.amount_fen - self.requested_fen)
        return self._with(at, requested_fen=self.requested_fen + amount_fen)

    def next_refund(self, first_id: str, at: datetime, amount_fen: int, why: "RefundWhy") -> tuple["Payment", "Refund"]:
        """A refund under a number of its own, which follows from the ``first_id``, and when its turn is.

        The amount must be reserved already; a refund that WeChat closed is asked for again under the next number.
        Raises TooManyRefunds.
        """
        number = self.refunds + 1
        if not self.takes_more_refunds:
            raise TooManyRefunds()
        collects = number > MAX_REFUNDS
        turn = max(at + (COLLECTS_FOR if collects else timedelta(0)), (self.refund_turn or at) + self._apart)
        refund = Refund(
            refund_id=first_id + ("" if number == 1 else f"_{number}"),
            payment_id=self.payment_id,
            order_id=self.order_id,
            amount_fen=amount_fen,
            why=why,
            status="due",
            created_at=at,
            updated_at=at,
            next_try_at=turn,
            collects=collects,
        )
        collecting = refund.refund_id if collects else None
        return self._with(at, refunds=number, refund_turn=turn, collecting=collecting), refund

    @property
    def takes_more_refunds(self) -> bool:
        """Whether there is another number to ask for a refund under."""
        return self.refunds < ALL_REFUNDS

    @property
    def _apart(self) -> timedelta:
        return REFUNDS_APART if self.refunds else timedelta(0)

    def refund(self, at: datetime, amount_fen: int) -> "Payment":
        """A reserved refund reached the payer."""
        return self._with(at, refunded_fen=self.refunded_fen + amount_fen)

    def _with(self, at: datetime, **changes: object) -> "Payment":
        return replace(self, updated_at=at, version=self.version + 1, **changes)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Refund:
    """Money on its way back. ``refund_id`` is WeChat's out_refund_no: sent again it is the same refund.

    ``created_at``: since when the money is on its way, also under earlier numbers.
    ``collects``: others of the same payment may still join it. ``trouble`` is why the last try did not get it through,
    ``delay_told`` whether that was said. ``accepted_at``: when WeChat took it in.
    """

    refund_id: str
    payment_id: str
    order_id: str
    amount_fen: int
    why: RefundWhy
    status: RefundStatus
    created_at: datetime
    updated_at: datetime
    next_try_at: datetime | None
    tries: int = 0
    sub_gift_ids: tuple[str, ...] = ()  # of a gift for many: which of them nobody took
    collects: bool = False
    trouble: str | None = None
    delay_told: bool = False
    accepted_at: datetime | None = None
    aftersale_ids: tuple[str, ...] = ()  # what it is for, in an after-sale (O6)
    followed_by: str | None = None  # of a closed one: the refund under which it was asked for again

    def takes_in(self, order_id: str, why: "RefundWhy") -> bool:
        """Whether a later refund of the same payment may join it: one of the same order and of the same kind."""
        same = (self.order_id, self.why) == (order_id, why)
        return self.collects and same and len(self.aftersale_ids) < MOST_JOINED

    def join(
        self, at: datetime, amount_fen: int, sub_gift_ids: tuple[str, ...] = (), aftersale_ids: tuple[str, ...] = ()
    ) -> "Refund":
        """A later refund, merged into this one before WeChat heard of it."""
        return replace(
            self,
            amount_fen=self.amount_fen + amount_fen,
            sub_gift_ids=(*self.sub_gift_ids, *sub_gift_ids),
            aftersale_ids=(*self.aftersale_ids, *aftersale_ids),
            updated_at=at,
        )

    def try_again(self, at: datetime, status: RefundStatus, trouble: str | None) -> "Refund":
        """Later, ever less often, at least hourly: what it waits for is outside."""
        next_try_at = at + min(LONGEST_PAUSE, self._pause)
        return replace(
            self, status=status, trouble=trouble, tries=self.tries + 1, updated_at=at, next_try_at=next_try_at
        )

    def closed(self, at: datetime, following: "Refund") -> tuple["Refund", "Refund"]:
        """WeChat closed it, for good; and the one that follows it, for the same, whose turn comes ever less often."""
        later = max(following.next_try_at or at, at + min(LONGEST_AFTER_CLOSED, self._pause))
        follows = replace(
            following,
            order_id=self.order_id,
            sub_gift_ids=self.sub_gift_ids,
            aftersale_ids=self.aftersale_ids,
            created_at=self.created_at,
            tries=self.tries + 1,
            trouble="CLOSED",
            delay_told=self.delay_told,
            next_try_at=later,
        )
        ended = replace(self, status="closed", trouble="CLOSED", updated_at=at, next_try_at=None)
        return replace(ended, followed_by=following.refund_id), follows

    @property
    def _pause(self) -> timedelta:
        return timedelta(seconds=30 * 2 ** min(self.tries, 12))

    def is_delayed(self, at: datetime) -> bool:
        """Whether it is time to say that it does not get through."""
        return self.trouble is not None and not self.delay_told and at - self.created_at >= DELAYED_AFTER
