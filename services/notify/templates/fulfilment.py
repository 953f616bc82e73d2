"""What is read of changes on the way: price, address, waybill, receipt. The keeper is who gets the goods (G9)."""

from services.notify.template import Template

FULFILMENT: dict[str, tuple[Template, ...]] = {
    "orders.order_shipped/buyer/virtual": (
        Template(
            "trade",
            zh=("订单已发货", "{shop:shop}已发放{goods:goods}，无需物流。"),
            en=("Order delivered", "{shop:shop} has delivered {goods:goods}; there is no parcel."),
        ),
    ),
    "orders.order_shipped/shop/virtual": (
        Template(
            "trade",
            zh=("订单已发货", "{goods:goods}已发放给买家，无需物流。"),
            en=("Order delivered", "{goods:goods}: delivered to the buyer without a parcel."),
        ),
    ),
    "orders.waybill_corrected/keeper": (
        Template(
            "trade",
            zh=(
                "运单号已更正",
                "{goods:goods}的第 {shipment_no:count} 个包裹已更正为{carrier} 运单号 {waybill}。",
            ),
            en=(
                "Waybill corrected",
                "Parcel {shipment_no:count} of {goods:goods} went by {carrier}, waybill {waybill}.",
            ),
        ),
    ),
    "orders.receipt_extended/shop": (
        Template(
            "trade",
            zh=("买家已延长收货", "{goods:goods}的自动确认收货时间延长至 {receipt_due_at:time}。"),
            en=("Time to confirm receipt extended", "{goods:goods}: confirmed automatically on {receipt_due_at:time}."),
        ),
    ),
    "orders.order_repriced/buyer": (
        Template(
            "trade",
            zh=(
                "改价通知",
                "{goods:goods}由 {was_fen:money} 改为 {payable_fen:money}，请在 {expires_at:time} 前支付。",
            ),
            en=(
                "Price of your order changed",
                "{goods:goods}: {payable_fen:money} instead of {was_fen:money}. Please pay by {expires_at:time}.",
            ),
        ),
    ),
    "orders.address_change_asked/shop": (
        Template(
            "trade",
            zh=("买家申请修改地址", "{goods:goods}的收货地址申请修改，请在 {deadline_at:time} 前处理。"),
            en=("Another address is asked for", "{goods:goods}: please accept or reject it by {deadline_at:time}."),
        ),
    ),
    "orders.address_change_ended/keeper/accepted": (
        Template(
            "trade",
            zh=("地址修改已通过", "{shop:shop}同意修改{goods:goods}的收货地址。"),
            en=("New address accepted", "{shop:shop} sends {goods:goods} to the address you asked for."),
        ),
    ),
    "orders.address_change_ended/keeper/rejected": (
        Template(
            "trade",
            zh=("地址修改未通过", "{shop:shop}未同意修改{goods:goods}的收货地址，将按原地址发货。"),
            en=("New address rejected", "{shop:shop} keeps the address of {goods:goods} as it was."),
        ),
    ),
    "orders.address_change_ended/keeper/expired": (
        Template(
            "trade",
            zh=("地址修改申请已失效", "{shop:shop}未在规定时间内处理，{goods:goods}将按原地址发货。"),
            en=("New address not answered", "{shop:shop} did not answer in time; {goods:goods} keeps its address."),
        ),
    ),
    "orders.address_change_ended/shop/expired": (
        Template(
            "trade",
            zh=("地址修改申请已失效", "{goods:goods}的地址修改申请超时未处理，请按原地址发货。"),
            en=("New address not answered", "{goods:goods}: the time to answer is over, the address stays."),
        ),
    ),
    "orders.address_change_ended/keeper/automatic": (
        Template(
            "trade",
            zh=("地址已修改", "{goods:goods}的收货地址已修改。"),
            en=("Address changed", "{goods:goods}: the new address is in place."),
        ),
    ),
    "orders.address_change_ended/shop/automatic": (
        Template(
            "trade",
            zh=("收货地址已修改", "{goods:goods}的收货地址已由买家修改，请按新地址发货。"),
            en=("Address changed", "{goods:goods}: the buyer gave another address. Please ship there."),
        ),
    ),
    "orders.address_change_ended/keeper/changed_by_shop": (
        Template(
            "trade",
            zh=("收货地址已修改", "{shop:shop}修改了{goods:goods}的收货地址，如有疑问请联系商家。"),
            en=(
                "Address changed",
                "{shop:shop} changed the address of {goods:goods}. Is it wrong? Ask the shop.",
            ),
        ),
    ),
}
