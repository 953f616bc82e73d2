"""Who waits how long for whom, and what goes without asking (O6): the platform's terms."""

from datetime import datetime, timedelta

from services.orders.aftersale.aftersale import Status
from services.shared.plumbing.settings import Setting

MAX_APPLICATIONS = 5  # for one line
DISPUTE_DAYS = 7  # after a rejection
MAX_EVIDENCE = 20  # of each side
REFUND_WITHIN = timedelta(days=365)  # WeChat takes no refund of an older payment
MARGIN = timedelta(days=45)  # so long may an after-sale take
FAST_WITHIN = timedelta(hours=2)  # what a fast refund is measured by


class Settings:
    open_days = Setting("ORDERS_AFTERSALE_DAYS", int, default=15)  # after receipt
    answer_hours = Setting("ORDERS_AFTERSALE_ANSWER_HOURS", int, default=48)
    ruling_days = Setting("ORDERS_AFTERSALE_RULING_DAYS", int, default=3)
    return_days = Setting("ORDERS_AFTERSALE_RETURN_DAYS", int, default=7)
    receive_days = Setting("ORDERS_AFTERSALE_RECEIVE_DAYS", int, default=10)
    resend_hours = Setting("ORDERS_AFTERSALE_RESEND_HOURS", int, default=48)
    confirm_days = Setting("ORDERS_AFTERSALE_CONFIRM_DAYS", int, default=10)
    fast_fen = Setting("ORDERS_FAST_REFUND_FEN", int, default=5_000)
    fast_per_buyer = Setting("ORDERS_FAST_REFUNDS_PER_BUYER", int, default=3)  # in FAST_COUNTED_DAYS
    repay_hours = Setting("ORDERS_FAST_REFUND_REPAY_HOURS", int, default=24)


FAST_COUNTED = timedelta(days=30)


def deadline(status: Status, at: datetime) -> datetime | None:
    """Until when somebody may act on an after-sale that has come into this state; None when time does nothing."""
    waits = {
        "requested": timedelta(hours=Settings.answer_hours),
        "rejected": timedelta(days=DISPUTE_DAYS),
        "disputed": timedelta(days=Settings.ruling_days),
        "awaiting_return": timedelta(days=Settings.return_days),
        "returning": timedelta(days=Settings.receive_days),
        "to_resend": timedelta(hours=Settings.resend_hours),
        "resent": timedelta(days=Settings.confirm_days),
    }
    return at + waits[status] if status in waits else None
