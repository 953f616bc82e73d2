"""What notify owns."""

from services.shared.plumbing.resources import Alarm, Index, Queue, Resources, Table, plumbing_tables

resources = Resources(
    service="notify",
    tables=(
        Table("notify", indexes=(Index("by_category", "category_in", "sk"),)),
        Table("notify-webhooks", indexes=(Index("due", "due_bucket", "due_at"),)),
        Table("notify-wechat", indexes=(Index("due", "due_bucket", "due_at"),)),
        *plumbing_tables("notify"),
    ),
    queues=(
        Queue("notify-events"),
        Queue("webhooks-events", fed_by=("api", "consume", "push", "tend")),
        # Few at once: WeChat counts what a mini program says in a minute.
        Queue("wechat-events", max_concurrency=5, fed_by=("consume", "tend"), buried_by=("notices", "sweep_notices")),
    ),
    secrets=("WECHAT_APP_SECRET", "XIAODIAN_CURSOR_KEY", "XIAODIAN_NOTIFY_SERVICE_KEY"),
    alarms=(
        Alarm("webhooks_late", "Pushes to shops' webhooks wait for longer than ten minutes: visit_failed says why"),
        Alarm("wechat_refuses_us", "WeChat gives no access token for this id and secret; the log has its errcode"),
    ),
)
