"""Orders that move here from an old shop: read from its dumps, brought in once, taken out again (M2, M3, M6)."""

NOUNS = (
    "dump",
    "fields",
    "old_address",
    "old_order",
    "pace",
    "shop_v1_orders",
    "wechat_aftersales",
    "wechat_orders",
)
