"""What buyer, giver, recipient and merchant read of goods on their way. The giver reads no waybill (G9)."""

from services.notify.template import Template

DELIVERY: dict[str, tuple[Template, ...]] = {
    "orders.order_shipped/buyer": (
        Template(
            "trade",
            zh=("订单已发货", "{shop:shop}已发出{goods:goods}，{carrier} 运单号 {waybill}。"),
            en=("Order shipped", "{shop:shop} has shipped {goods:goods}: {carrier}, waybill {waybill}."),
        ),
    ),
    "orders.order_shipped/buyer/part": (
        Template(
            "trade",
            zh=(
                "订单部分发货",
                "{shop:shop}已发出{goods:goods}的第 {shipment_no:count} 个包裹，{carrier} 运单号 {waybill}。",
            ),
            en=(
                "Part of the order shipped",
                "{shop:shop} has shipped parcel {shipment_no:count} of {goods:goods}: {carrier}, waybill {waybill}.",
            ),
        ),
    ),
    "orders.order_shipped/giver": (
        Template(
            "gift",
            zh=("礼物已发货", "您送出的{goods:goods}已发货。"),
            en=("Gift shipped", "Your gift {goods:goods} is on its way."),
        ),
    ),
    "orders.order_shipped/giver/part": (
        Template(
            "gift",
            zh=("礼物部分发货", "您送出的{goods:goods}已发出第 {shipment_no:count} 个包裹。"),
            en=("Part of the gift shipped", "Parcel {shipment_no:count} of your gift {goods:goods} is on its way."),
        ),
    ),
    "orders.order_shipped/recipient": (
        Template(
            "gift",
            zh=("礼物已发货", "您收到的礼物{goods:goods}已发货，{carrier} 运单号 {waybill}。"),
            en=("Gift shipped", "The gift you were given, {goods:goods}, is shipped: {carrier}, waybill {waybill}."),
        ),
    ),
    "orders.order_shipped/recipient/part": (
        Template(
            "gift",
            zh=(
                "礼物部分发货",
                "礼物{goods:goods}的第 {shipment_no:count} 个包裹已发出，{carrier} 运单号 {waybill}。",
            ),
            en=(
                "Part of the gift shipped",
                "Parcel {shipment_no:count} of the gift {goods:goods} is shipped: {carrier}, waybill {waybill}.",
            ),
        ),
    ),
    "orders.order_shipped/shop": (
        Template(
            "trade",
            zh=("订单已发货", "{goods:goods}的订单已全部发货，{carrier} 运单号 {waybill}。"),
            en=("Order shipped", "The order of {goods:goods} is shipped completely: {carrier}, waybill {waybill}."),
        ),
    ),
    "orders.order_shipped/shop/part": (
        Template(
            "trade",
            zh=(
                "订单部分发货",
                "{goods:goods}的订单已发出第 {shipment_no:count} 个包裹，{carrier} 运单号 {waybill}。",
            ),
            en=(
                "Part of the order shipped",
                "Parcel {shipment_no:count} of the order of {goods:goods} is shipped: {carrier}, waybill {waybill}.",
            ),
        ),
    ),
    "orders.order_received/buyer/buyer": (
        Template(
            "trade",
            zh=("已确认收货", "您已确认收到{goods:goods}。"),
            en=("Receipt confirmed", "You confirmed that you received {goods:goods}."),
        ),
    ),
    "orders.order_received/buyer/auto": (
        Template(
            "trade",
            zh=("已自动确认收货", "{goods:goods}已发货多日，系统已自动确认收货。"),
            en=(
                "Receipt confirmed automatically",
                "Receipt of {goods:goods}, shipped some days ago, was confirmed automatically.",
            ),
        ),
    ),
    "orders.order_received/recipient/buyer": (
        Template(
            "gift",
            zh=("已确认收礼", "您已确认收到礼物{goods:goods}。"),
            en=("Gift received", "You confirmed that you received the gift {goods:goods}."),
        ),
    ),
    "orders.order_received/recipient/auto": (
        Template(
            "gift",
            zh=("已自动确认收礼", "礼物{goods:goods}已发货多日，系统已自动确认收货。"),
            en=(
                "Gift counts as received",
                "Receipt of the gift {goods:goods}, shipped some days ago, was confirmed automatically.",
            ),
        ),
    ),
    "orders.order_received/giver/buyer": (
        Template(
            "gift",
            zh=("礼物已签收", "您送出的{goods:goods}已被确认收到。"),
            en=("Gift received", "Your gift {goods:goods} has been received."),
        ),
    ),
    "orders.order_received/giver/auto": (
        Template(
            "gift",
            zh=("礼物已自动确认收货", "您送出的{goods:goods}已发货多日，系统已自动确认收货。"),
            en=(
                "Gift counts as received",
                "Receipt of your gift {goods:goods}, shipped some days ago, was confirmed automatically.",
            ),
        ),
    ),
    "orders.order_received/shop/buyer": (
        Template(
            "trade",
            zh=("买家已确认收货", "{goods:goods}已被确认收到，订单完成。"),
            en=("Receipt confirmed", "Received: {goods:goods}. The order is done."),
        ),
    ),
    "orders.order_received/shop/auto": (
        Template(
            "trade",
            zh=("订单已自动确认收货", "{goods:goods}的订单已自动确认收货，订单完成。"),
            en=(
                "Receipt confirmed automatically",
                "Receipt of {goods:goods} was confirmed automatically. The order is done.",
            ),
        ),
    ),
}
