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
            required=True,
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
            required=True,
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
    "gifts.lot_drawn/winner": (
        Template(
            "gift",
            zh=("您中奖了", "恭喜！{shop:shop}的{title:title}归您了，请在 {deadline_at:time} 前填写地址领取。"),
            en=(
                "You have won",
                "{title:title} of {shop:shop} is yours. Claim it with your address by {deadline_at:time}.",
            ),
        ),
    ),
    "gifts.lot_drawn/giver": (
        Template(
            "gift",
            zh=("抽奖已开奖", "您送出的{title:title}已开奖：{entries:count} 人参与，{wins:count} 人中奖。"),
            en=("Winners drawn", "Your gift {title:title}: {entries:count} entered, {wins:count} won."),
        ),
    ),
    "gifts.lot_drawn/giver/nobody": (
        Template(
            "gift",
            zh=("抽奖无人参与", "您送出的{title:title}无人参与抽奖，{deadline_at:time} 后款项将原路退回。"),
            en=(
                "Nobody entered",
                "Nobody entered the draw of {title:title}. After {deadline_at:time} the money will be refunded.",
            ),
            required=True,
        ),
    ),
    "gifts.style_swap_asked/shop": (
        Template(
            "gift",
            zh=("礼物换款申请", "收礼人希望更换{title:title}的款式，请在 {decide_by:time} 前处理，逾期视为不同意。"),
            en=(
                "Another style wanted",
                "Who claimed {title:title} would rather have another style. Decide by {decide_by:time}, or it stays.",
            ),
        ),
    ),
    "gifts.style_swap_ended/shop": (
        Template(
            "gift",
            zh=("礼物已换款", "{title:title}已按收礼人的申请更换款式，请按新款式发货。"),
            en=("Style changed", "{title:title} is now in the style that its recipient asked for. Ship that one."),
        ),
    ),
    "gifts.style_swap_ended/recipient/swapped": (
        Template(
            "gift",
            zh=("礼物换款成功", "您领取的{title:title}已更换为所选款式。"),
            en=("Style changed", "{title:title} comes in the style that you asked for."),
        ),
    ),
    "gifts.style_swap_ended/recipient/rejected": (
        Template(
            "gift",
            zh=("礼物换款未通过", "{shop:shop}未同意更换{title:title}的款式，将按原款式发货。"),
            en=(
                "Style not changed",
                "{shop:shop} did not agree to another style of {title:title}. It comes as you claimed it.",
            ),
        ),
    ),
    "gifts.style_swap_ended/recipient/lapsed": (
        Template(
            "gift",
            zh=("礼物换款已超时", "{shop:shop}未在期限内处理{title:title}的换款申请，将按原款式发货。"),
            en=("Style not changed", "{shop:shop} did not answer in time. {title:title} comes as you claimed it."),
        ),
    ),
    "gifts.style_swap_ended/recipient/sold_out": (
        Template(
            "gift",
            zh=("礼物换款失败", "您想要的款式已售罄，{title:title}将按原款式发货。"),
            en=("Style sold out", "That style has sold out. {title:title} comes as you claimed it."),
        ),
    ),
    "gifts.style_swap_ended/recipient/not_offered": (
        Template(
            "gift",
            zh=("礼物换款失败", "{title:title}已无法更换款式，将按原款式发货。"),
            en=(
                "Style not changed",
                "Another style of {title:title} cannot be had any more. It comes as you claimed it.",
            ),
        ),
    ),
    "orders.grant_refused/shop/out_of_stock": (
        Template(
            "gift",
            zh=("赠礼未成功", "一份商家赠礼未能送出：库存不足。名额与预算已退回活动。"),
            en=(
                "Gift not given",
                "An own gift could not be given: it is sold out. Pool and budget have it back.",
            ),
        ),
    ),
    "orders.grant_refused/shop/not_for_sale": (
        Template(
            "gift",
            zh=("赠礼未成功", "一份商家赠礼未能送出：商品已下架。名额与预算已退回活动。"),
            en=(
                "Gift not given",
                "An own gift could not be given: it is not for sale. Pool and budget have it back.",
            ),
        ),
    ),
    "orders.grant_refused/shop/not_giftable": (
        Template(
            "gift",
            zh=("赠礼未成功", "一份商家赠礼未能送出：该商品不可作为礼物。名额与预算已退回活动。"),
            en=(
                "Gift not given",
                "An own gift could not be given: it cannot be given as a gift. Pool and budget have it back.",
            ),
        ),
    ),
    "orders.grant_refused/shop/shop_closed": (
        Template(
            "gift",
            zh=("赠礼未成功", "一份商家赠礼未能送出：店铺暂不可售。名额与预算已退回活动。"),
            en=(
                "Gift not given",
                "An own gift could not be given: the shop cannot sell right now. Pool and budget have it back.",
            ),
        ),
    ),
    "orders.grant_refused/shop/price": (
        Template(
            "gift",
            zh=("赠礼未成功", "一份商家赠礼未能送出：商品价格已超出预算价。名额与预算已退回活动。"),
            en=(
                "Gift not given",
                "An own gift could not be given: it costs more now than was budgeted. Pool and budget have it back.",
            ),
        ),
    ),
}
