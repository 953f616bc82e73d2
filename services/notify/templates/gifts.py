"""What giver, recipient and merchant read of a gift. The recipient reads no price, the giver no waybill (G9)."""

from services.notify.template import Template

GIFTS: dict[str, tuple[Template, ...]] = {
    "gifts.gift_ready/giver": (
        Template(
            "gift",
            zh=("礼物已备好", "{title:title}共 {shares:count} 份可以送出，请在 {deadline_at:time} 前让对方领取。"),
            en=(
                "Gift ready",
                "You can send {shares:count} × {title:title} now. To be claimed by {deadline_at:time}.",
            ),
        ),
    ),
    "gifts.gift_claimed/recipient": (
        Template(
            "gift",
            zh=("礼物领取成功", "您已领取{title:title}，{shop:shop}将尽快发货。"),
            en=("Gift claimed", "You claimed {title:title}; {shop:shop} will ship it soon."),
        ),
    ),
    "gifts.gift_claimed/giver": (
        Template(
            "gift",
            zh=("礼物已被领取", "您送出的{title:title}已被领取，{shop:shop}将尽快发货。"),
            en=("Gift claimed", "Your gift {title:title} has been claimed; {shop:shop} will ship it soon."),
        ),
    ),
    "gifts.gift_claimed/shop": (
        Template(
            "gift",
            zh=("礼物待发货", "{title:title}已被领取，请尽快发货。"),
            en=("Gift to ship", "{title:title} has been claimed. Please ship."),
        ),
    ),
    "gifts.gift_declined/giver": (
        Template(
            "gift",
            zh=("礼物被婉拒", "对方婉拒了{title:title}（{shares:count} 份），款项将原路退回。"),
            en=("Gift declined", "Declined: {shares:count} × {title:title}. The money will be refunded."),
        ),
    ),
    "gifts.gift_declined/shop": (
        Template(
            "gift",
            zh=("礼物被婉拒", "{title:title}（{shares:count} 份）被婉拒，无需发货，库存将退回。"),
            en=("Gift declined", "Declined: {shares:count} × {title:title}. Do not ship; the stock comes back."),
        ),
    ),
    "gifts.gift_expired/giver": (
        Template(
            "gift",
            zh=("礼物超时未领取", "{title:title}有 {shares:count} 份未在规定时间内被领取，款项将原路退回。"),
            en=("Gift not claimed", "Not claimed in time: {shares:count} × {title:title}. The money will be refunded."),
        ),
    ),
    "gifts.gift_expired/shop": (
        Template(
            "gift",
            zh=("礼物超时未领取", "{title:title}有 {shares:count} 份超时未被领取，无需发货，库存将退回。"),
            en=(
                "Gift not claimed",
                "Not claimed in time: {shares:count} × {title:title}. Do not ship; the stock comes back.",
            ),
        ),
    ),
}
