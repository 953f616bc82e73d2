"""What payer and merchant read of money that becomes available or goes back."""

from services.notify.template import Template

MONEY: dict[str, tuple[Template, ...]] = {
    "orders.order_settled/shop": (
        Template(
            "trade",
            zh=("货款已结算", "{goods:goods}的货款 {settled_fen:money} 已可提现，服务费 {fee_fen:money}。"),
            en=("Order settled", "{settled_fen:money} of {goods:goods} is available now; the fee was {fee_fen:money}."),
        ),
    ),
    "orders.withdrawal_ended/shop/paid": (
        Template(
            "trade",
            zh=("提现已到账", "{amount_fen:money} 已汇入 {account}。"),
            en=("Withdrawal paid", "{amount_fen:money} has been paid to {account}."),
        ),
    ),
    "orders.withdrawal_ended/shop/failed": (
        Template(
            "trade",
            zh=("提现失败", "{amount_fen:money} 未能汇入 {account}，已退回可提现余额。{why}"),
            en=("Withdrawal failed", "{amount_fen:money} did not reach {account}; you can withdraw it again. {why}"),
        ),
    ),
    "orders.refund_delayed/buyer": (
        Template(
            "trade",
            zh=("退款尚未到账", "{amount_fen:money} 的退款暂时无法到账，我们仍在处理，也可联系商家。"),
            en=("Refund delayed", "Your refund of {amount_fen:money} has not got through yet; we keep trying."),
        ),
    ),
    "orders.refund_delayed/shop": (
        Template(
            "trade",
            zh=("退款异常待处理", "{amount_fen:money} 的退款数日未成功（{trouble}），请到微信支付商户平台处理。"),
            en=(
                "A refund does not get through",
                "{amount_fen:money} could not be refunded for days ({trouble}): look at it in WeChat Pay.",
            ),
        ),
    ),
    "orders.refund_succeeded/buyer/late_payment": (
        Template(
            "trade",
            zh=("逾期付款已退回", "订单关闭后才收到您的付款，{amount_fen:money} 已全额原路退回。"),
            en=("Late payment returned", "Your payment came after the order was closed: {amount_fen:money} goes back."),
        ),
    ),
    "orders.refund_succeeded/buyer/gift_declined": (
        Template(
            "gift",
            zh=("礼物退款已退回", "对方婉拒了礼物，{amount_fen:money} 已原路退回。"),
            en=("Gift refunded", "The gift was declined: {amount_fen:money} goes back to where it was paid from."),
        ),
    ),
    "orders.refund_succeeded/buyer/gift_expired": (
        Template(
            "gift",
            zh=("礼物退款已退回", "礼物超时未被领取，{amount_fen:money} 已原路退回。"),
            en=("Gift refunded", "Nobody claimed the gift: {amount_fen:money} goes back to where it was paid from."),
        ),
    ),
    "orders.refund_succeeded/buyer/aftersale": (
        Template(
            "after-sale",
            zh=("退款成功", "售后退款 {amount_fen:money} 已原路退回。"),
            en=("Refunded", "Your refund of {amount_fen:money} goes back to where it was paid from."),
        ),
    ),
    "orders.refund_succeeded/buyer/refused": (
        Template(
            "trade",
            zh=("订单款项已退回", "未通过审核的订单已退款，{amount_fen:money} 已全额原路退回。"),
            en=("Order refunded", "Your order was not accepted: {amount_fen:money} goes back to how you paid."),
        ),
    ),
    "orders.refund_succeeded/shop/refused": (
        Template(
            "trade",
            zh=("订单款项已退回", "未通过审核的订单已退款 {amount_fen:money}。"),
            en=("Order refunded", "{amount_fen:money} of an order that was refused on review went back to its buyer."),
        ),
    ),
    "orders.refund_succeeded/shop/late_payment": (
        Template(
            "trade",
            zh=("逾期付款已退回", "订单关闭后才收到的付款 {amount_fen:money} 已全额退回买家。"),
            en=(
                "Late payment returned",
                "{amount_fen:money}, paid after the order was closed, went back to the buyer.",
            ),
        ),
    ),
    "orders.refund_succeeded/shop/gift_declined": (
        Template(
            "gift",
            zh=("礼物订单已退款", "礼物被婉拒，{amount_fen:money} 已退回赠礼人。"),
            en=("Gift order refunded", "The gift was declined: {amount_fen:money} went back to the giver."),
        ),
    ),
    "orders.refund_succeeded/shop/gift_expired": (
        Template(
            "gift",
            zh=("礼物订单已退款", "礼物超时未被领取，{amount_fen:money} 已退回赠礼人。"),
            en=("Gift order refunded", "Nobody claimed the gift: {amount_fen:money} went back to the giver."),
        ),
    ),
    "orders.refund_succeeded/shop/aftersale": (
        Template(
            "after-sale",
            zh=("售后已退款", "售后退款 {amount_fen:money} 已退回买家。"),
            en=("After-sale refunded", "{amount_fen:money} went back to the buyer."),
        ),
    ),
}
