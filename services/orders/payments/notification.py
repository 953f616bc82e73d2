"""What WeChat Pay tells orders of its own accord: payments and refunds (O3)."""

from services.orders.payments import wechat_pay
from services.orders.payments.confirm_payment import confirm_payment
from services.orders.payments.refund import complete_refund
from services.orders.payments.wechat_pay import RefundState, Trade
from services.shared.plumbing.doors import Call
from services.shared.plumbing.vault import Vault


def hear(call: Call, vault: Vault) -> None:
    """Verify, decrypt, act once. Whatever it raises, WeChat tries again: BadNotification, WrongMerchant, NotFound,
    AmountMismatch."""
    told = wechat_pay.notification(call.headers, call.raw_body)
    if isinstance(told, Trade) and told.is_paid:
        confirm_payment(told, begin=call.begin, now=call.now, vault=vault)
    elif isinstance(told, RefundState):
        complete_refund(told, begin=call.begin, now=call.now)
