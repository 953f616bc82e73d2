"""The page behind a payment's `code_url` or `h5_url`: what is to be paid, and a Pay button. Pure."""

from __future__ import annotations

from datetime import datetime
from html import escape

from infra.local.wechat_pay.payment import DESCRIPTIONS, Payment, TradeState
from infra.local.wechat_pay.trade import yuan

_PAGE = """<!doctype html>
<html lang="zh">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>WeChat Pay sandbox</title>
<style>
body {{ font-family: system-ui, sans-serif; max-width: 24rem; margin: 3rem auto; padding: 0 1rem; text-align: center }}
.amount {{ font-size: 2.5rem; margin: 1rem 0 }}
button {{ font-size: 1rem; width: 100%; padding: .8rem; border: 0; border-radius: .4rem; margin: .3rem 0 }}
.pay {{ background: #07c160; color: #fff }}
small {{ color: #666 }}
</style>
</head>
<body>
<h1>WeChat Pay sandbox</h1>
<p>{description}</p>
<p class="amount">¥{amount}</p>
<p>{state}</p>
{buttons}
<p><small>{number}<br>No money moves here.</small></p>
</body>
</html>
"""
_BUTTONS = """<form method="post">
<button class="pay" name="action" value="pay">支付 Pay</button>
<button name="action" value="fail">支付失败 Fail</button>
</form>"""


def payment_page(payment: Payment, now: datetime) -> str:
    """HTML. The buttons are there as long as the payment can be paid."""
    open_now = payment.state is TradeState.NOTPAY and now <= payment.expires_at
    over = payment.state is TradeState.NOTPAY and not open_now
    return _PAGE.format(
        description=escape(str(payment.asked["description"])),
        amount=yuan(payment.total_fen),
        state="已过支付结束时间" if over else DESCRIPTIONS[payment.state],
        buttons=_BUTTONS if open_now else "",
        number=escape(payment.out_trade_no),
    )
