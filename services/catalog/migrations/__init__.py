"""Shops move here: the calendar of each source, what comes in of a shop, and the way back (M1–M6)."""

NOUNS = (
    "calendar",
    "migration",
    "old_members",
    "old_product",
    "old_shop",
    "plan",
    "shop_lines",
    "shop_v1_products",
    "told_row",
    "wechat_groups",
    "wechat_products",
    "youzan_products",
)
