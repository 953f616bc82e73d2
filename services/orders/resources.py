"""What orders owns."""

from services.shared.plumbing.resources import Index, Queue, Resources, Table, plumbing_tables

resources = Resources(
    service="orders",
    tables=(
        Table(
            "orders",
            indexes=(
                Index("due", "due_bucket", "due_at"),
                Index("by_buyer", "buyer_key", "placed_at"),
                Index("by_shop", "shop_key", "updated_at"),
            ),
        ),
        *plumbing_tables("orders"),
    ),
    queues=(Queue("orders-events"),),
    uses_files=True,
    secrets=(
        "XIAODIAN_CURSOR_KEY",
        "XIAODIAN_ORDERS_SERVICE_KEY",
        "XIAODIAN_TRANSPORT_KEY_ORDERS",
        "XIAODIAN_TRANSPORT_KEY_GIFTS",
        "WECHAT_PAY_PRIVATE_KEY",
        "WECHAT_PAY_PUBLIC_KEY",
        "WECHAT_PAY_API_V3_KEY",
    ),
)
