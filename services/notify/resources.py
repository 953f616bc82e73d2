"""What notify owns."""

from services.shared.plumbing.resources import Index, Queue, Resources, Table, plumbing_tables

resources = Resources(
    service="notify",
    tables=(Table("notify", indexes=(Index("by_category", "category_in", "sk"),)), *plumbing_tables("notify")),
    queues=(Queue("notify-events"),),
    secrets=("XIAODIAN_CURSOR_KEY",),
)
