"""What gifts owns."""

from services.shared.plumbing.resources import Index, Queue, Resources, Table, plumbing_tables

resources = Resources(
    service="gifts",
    tables=(
        Table(
            "gifts",
            indexes=(
                Index("due", "due_bucket", "due_at"),
                Index("by_giver", "giver", "gift_id"),
                Index("by_recipient", "recipient", "sub_gift_id"),
            ),
        ),
        *plumbing_tables("gifts"),
    ),
    queues=(Queue("gifts-events"),),
    secrets=(
        "XIAODIAN_CURSOR_KEY",
        "XIAODIAN_GIFTS_SERVICE_KEY",
        "XIAODIAN_GIFTS_TOKEN_KEY",
        "XIAODIAN_TRANSPORT_KEY_GIFTS",
        "XIAODIAN_TRANSPORT_KEY_ORDERS",
    ),
)
