"""What orders owns."""

from services.shared.plumbing.resources import Alarm, Index, Queue, Resources, Table, plumbing_tables

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
    alarms=(
        Alarm("payments_differ", "WeChat's bill of a day and our payments differ: see /payment-reconciliations/{day}"),
        Alarm("payment_amount_refused", "WeChat was paid another amount than the payment's: look at it in both"),
        Alarm("refund_amount_refused", "WeChat gave back another amount than the refund's: look at it in both"),
        Alarm("stock_drift", "A style's counters, flow and orders differ: xiaodian stock check names it"),
        Alarm("ledger_differs", "A shop's ledger is not what its balance says: xiaodian ledger check names it"),
        Alarm("card_keys_missing", "A paid order waits for card keys that its pool does not have"),
    ),
)
