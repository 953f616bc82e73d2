"""Shops move here: the calendar of each source, what comes in of a shop, and the way back (M1–M6)."""

NOUNS = (
    "calendar",
    "migration",
    "old_product",
    "old_shop",
    "plan",
    "wechat_groups",
    "wechat_products",
    "youzan_products",
)
