"""What buyer, giver and merchant read of an order until it is paid or ends unpaid."""

from services.notify.template import Template

ORDERS: dict[str, tuple[Template, ...]] = {
    "orders.order_placed/buyer": (
        Template(
            "trade",
            zh=("订单待支付", "{goods:goods}已下单，请在 {expires_at:time} 前支付 {payable_fen:money}。"),
            en=("Order waiting for payment", "{goods:goods}: please pay {payable_fen:money} by {expires_at:time}."),
        ),
    ),
    "orders.order_placed/shop": (
        Template(
            "trade",
            zh=("买家已下单", "{goods:goods}，待支付 {payable_fen:money}。"),
            en=("Order placed", "{goods:goods}: {payable_fen:money} to be paid."),
        ),
    ),
    "orders.order_paid/buyer": (
        Template(
            "trade",
            zh=("支付成功", "已支付 {paid_fen:money}，{shop:shop}将尽快发出{goods:goods}。"),
            en=("Payment received", "You paid {paid_fen:money}; {shop:shop} will ship {goods:goods} soon."),
        ),
    ),
    "orders.order_paid/giver": (
        Template(
            "gift",
            zh=("礼物已支付", "已为{goods:goods}支付 {paid_fen:money}，礼物备好后即可送出。"),
            en=("Gift paid", "You paid {paid_fen:money} for {goods:goods}. You can send the gift once it is ready."),
        ),
    ),
    "orders.order_paid/shop": (
        Template(
            "trade",
            zh=("新订单", "{goods:goods}已支付 {paid_fen:money}，请尽快发货。"),
            en=("New order", "{goods:goods}: {paid_fen:money} paid. Please ship."),
        ),
    ),
    "orders.order_paid/shop/gift": (
        Template(
            "gift",
            zh=("新礼物订单", "{goods:goods}已支付 {paid_fen:money}，礼物被领取后请发货。"),
            en=("New gift order", "{goods:goods}: {paid_fen:money} paid. Please ship once the gift is claimed."),
        ),
    ),
    "orders.order_paid/buyer/review": (
        Template(
            "trade",
            zh=("已支付，订单审核中", "已支付 {paid_fen:money}。{goods:goods}的订单审核通过后发货，未通过则全额退款。"),
            en=(
                "Paid, under review",
                "You paid {paid_fen:money}. {goods:goods} will ship once reviewed, or you get it all back.",
            ),
        ),
    ),
    "orders.order_paid/giver/review": (
        Template(
            "gift",
            zh=("礼物已支付，审核中", "已为{goods:goods}支付 {paid_fen:money}，审核通过后即可送出，未通过则全额退款。"),
            en=(
                "Gift paid, under review",
                "You paid {paid_fen:money} for {goods:goods}. You can send it once reviewed, or get it all back.",
            ),
        ),
    ),
    "orders.order_paid/shop/review": (
        Template(
            "trade",
            zh=("订单待审核", "{goods:goods}已支付 {paid_fen:money}，请审核后放行或拒绝，放行前请勿发货。"),
            en=(
                "Order to be reviewed",
                "{goods:goods}: {paid_fen:money} paid. Clear or refuse it before you ship.",
            ),
        ),
    ),
    "orders.order_paid/shop/gift/review": (
        Template(
            "gift",
            zh=("礼物订单待审核", "{goods:goods}已支付 {paid_fen:money}，请在 24 小时内审核，逾期自动全额退款。"),
            en=(
                "Gift to be reviewed",
                "{goods:goods}: {paid_fen:money} paid. Clear it in 24 hours, or it goes back.",
            ),
        ),
    ),
    "orders.order_cancelled/buyer/buyer": (
        Template(
            "trade",
            zh=("订单已取消", "您已取消{goods:goods}的订单。"),
            en=("Order cancelled", "You cancelled the order of {goods:goods}."),
        ),
    ),
    "orders.order_cancelled/buyer/expired": (
        Template(
            "trade",
            zh=("订单已关闭", "{goods:goods}的订单未在规定时间内支付，已自动关闭。"),
            en=("Order closed", "The order of {goods:goods} was not paid in time and has been closed."),
        ),
    ),
    "orders.order_cancelled/shop/buyer": (
        Template(
            "trade",
            zh=("订单已取消", "买家取消了{goods:goods}的订单。"),
            en=("Order cancelled", "The buyer cancelled the order of {goods:goods}."),
        ),
    ),
    "orders.order_cancelled/shop/expired": (
        Template(
            "trade",
            zh=("订单已关闭", "{goods:goods}的订单超时未支付，已自动关闭。"),
            en=("Order closed", "The order of {goods:goods} was not paid in time and has been closed."),
        ),
    ),
    "orders.order_refused/buyer": (
        Template(
            "trade",
            zh=("订单未通过审核", "{goods:goods}的订单未通过审核，已关闭。"),
            en=("Order not accepted", "The order of {goods:goods} was reviewed, not accepted, and closed."),
        ),
    ),
    "orders.order_refused/buyer/paid": (
        Template(
            "trade",
            zh=("订单未通过审核", "{goods:goods}的订单未通过审核，已支付的 {paid_fen:money} 将全额原路退回。"),
            en=(
                "Order not accepted",
                "{goods:goods}: not accepted on review. Your {paid_fen:money} goes back in full.",
            ),
        ),
    ),
    "orders.order_refused/shop": (
        Template(
            "trade",
            zh=("订单未通过审核", "{goods:goods}的订单未通过审核，已关闭，请勿发货。"),
            en=("Order not accepted", "The order of {goods:goods} was refused on review and closed. Do not ship it."),
        ),
    ),
}
