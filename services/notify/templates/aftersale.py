"""What applicant and merchant read of an after-sale. Amounts are for who paid, or the shop (G9)."""

from services.notify.template import Template

AFTERSALE: dict[str, tuple[Template, ...]] = {
    "orders.aftersale_opened/shop": (
        Template(
            "after-sale",
            zh=("新的售后申请", "{goods:goods}有新的售后申请，请在 {deadline_at:time} 前处理，超时将自动同意。"),
            en=(
                "After-sale asked for",
                "{goods:goods}: an after-sale. Answer by {deadline_at:time}, or it counts as agreed.",
            ),
        ),
    ),
    "orders.aftersale_opened/shop/fast": (
        Template(
            "after-sale",
            zh=("极速退款", "{goods:goods}已极速退款 {amount_fen:money}，由平台垫付，稍后从货款中扣回。"),
            en=(
                "Refunded at once",
                (
                    "{goods:goods}: {amount_fen:money} was refunded at once."
                    " The platform advanced it and takes it back later."
                ),
            ),
        ),
    ),
    "orders.aftersale_moved/applicant/awaiting_return": (
        Template(
            "after-sale",
            zh=("售后已同意，请寄回商品", "{goods:goods}的售后已同意，请在 {deadline_at:time} 前寄回并填写运单号。"),
            en=(
                "After-sale agreed: send it back",
                "{goods:goods}: agreed. Send it back and give the waybill by {deadline_at:time}.",
            ),
        ),
    ),
    "orders.aftersale_moved/applicant/refunding": (
        Template(
            "after-sale",
            zh=("售后退款处理中", "{goods:goods}的售后已通过，退款正在原路退回。"),
            en=("Refund under way", "{goods:goods}: the after-sale was granted, the money is on its way back."),
        ),
    ),
    "orders.aftersale_moved/applicant/to_resend": (
        Template(
            "after-sale",
            zh=("售后已同意，等待商家发货", "{goods:goods}的售后已通过，商家将在 {deadline_at:time} 前重新发货。"),
            en=("New goods will be sent", "{goods:goods}: granted. The shop sends it again by {deadline_at:time}."),
        ),
    ),
    "orders.aftersale_moved/applicant/rejected": (
        Template(
            "after-sale",
            zh=("售后申请未通过", "{goods:goods}的售后未通过，可在 {deadline_at:time} 前申请平台介入。"),
            en=(
                "After-sale rejected",
                "{goods:goods}: the shop said no. You may ask the platform to decide until {deadline_at:time}.",
            ),
        ),
    ),
    "orders.aftersale_moved/applicant/resent": (
        Template(
            "after-sale",
            zh=("商家已重新发货", "{goods:goods}已重新发出，收到后请确认。"),
            en=("Sent again", "{goods:goods} was sent again; confirm when it has come."),
        ),
    ),
    "orders.aftersale_moved/shop/disputed": (
        Template(
            "after-sale",
            zh=(
                "买家申请平台介入",
                "{goods:goods}的售后已由平台介入，请补充凭证，平台将在 {deadline_at:time} 前裁决。",
            ),
            en=(
                "The buyer disputes",
                "{goods:goods}: the platform decides by {deadline_at:time}. Hand in what speaks for you.",
            ),
        ),
    ),
    "orders.aftersale_moved/shop/returning": (
        Template(
            "after-sale",
            zh=("买家已寄回商品", "{goods:goods}正在退回途中，请收货后在 {deadline_at:time} 前处理。"),
            en=("Goods on their way back", "{goods:goods} is on its way back. Say what came by {deadline_at:time}."),
        ),
    ),
    "orders.aftersale_moved/shop/awaiting_return": (
        Template(
            "after-sale",
            zh=("售后已通过，等待买家寄回", "{goods:goods}的售后已通过，等待买家在 {deadline_at:time} 前寄回。"),
            en=(
                "After-sale granted",
                "{goods:goods}: it was granted without you. The buyer sends it back by {deadline_at:time}.",
            ),
        ),
    ),
    "orders.aftersale_moved/shop/refunding": (
        Template(
            "after-sale",
            zh=("售后已通过，退款中", "{goods:goods}的售后已通过，正在退款。"),
            en=("After-sale granted", "{goods:goods}: it was granted without you, the money goes back."),
        ),
    ),
    "orders.aftersale_moved/shop/to_resend": (
        Template(
            "after-sale",
            zh=("售后已通过，请重新发货", "{goods:goods}的售后已通过，请在 {deadline_at:time} 前重新发货。"),
            en=("Send it again", "{goods:goods}: it was granted without you. Send it again by {deadline_at:time}."),
        ),
    ),
    "orders.aftersale_closed/applicant/refunded": (
        Template(
            "after-sale",
            zh=("售后已完成", "{goods:goods}的退款已原路退回给付款人。"),
            en=("After-sale done", "{goods:goods}: the money went back to who paid."),
        ),
    ),
    "orders.aftersale_closed/applicant/completed": (
        Template(
            "after-sale",
            zh=("售后已完成", "{goods:goods}的售后已完成。"),
            en=("After-sale done", "{goods:goods}: the after-sale is done."),
        ),
    ),
    "orders.aftersale_closed/applicant/closed": (
        Template(
            "after-sale",
            zh=("售后已关闭", "{goods:goods}的售后已关闭。"),
            en=("After-sale closed", "{goods:goods}: the after-sale was closed without effect."),
        ),
    ),
    "orders.aftersale_closed/shop/completed": (
        Template(
            "after-sale",
            zh=("售后已完成", "{goods:goods}的售后已完成。"),
            en=("After-sale done", "{goods:goods}: what was sent again has come."),
        ),
    ),
    "orders.aftersale_closed/shop/withdrawn": (
        Template(
            "after-sale",
            zh=("买家已撤销售后", "{goods:goods}的售后申请已由买家撤销。"),
            en=("After-sale withdrawn", "{goods:goods}: the buyer has taken the after-sale back."),
        ),
    ),
    "orders.aftersale_closed/shop/closed": (
        Template(
            "after-sale",
            zh=("售后已关闭", "{goods:goods}的售后已关闭。"),
            en=("After-sale closed", "{goods:goods}: the after-sale was closed without effect."),
        ),
    ),
}
