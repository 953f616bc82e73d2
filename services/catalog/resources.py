"""What catalog owns."""

from services.shared.plumbing.resources import Index, Queue, Resources, Table, plumbing_tables

resources = Resources(
    service="catalog",
    tables=(
        Table(
            "catalog",
            indexes=(
                Index("by_shop", "shop_key", "product_id"),
                Index("on_sale_in_shop", "sale_shop", "sale_key"),
                Index("on_sale_in_category", "sale_category", "sale_key"),
                Index("on_sale", "sale_market", "sale_key"),
            ),
        ),
        Table("catalog-search", indexes=(Index("in_shop", "shop_key", "sk", include=("text", "category_id")),)),
        *plumbing_tables("catalog"),
    ),
    queues=(Queue("catalog-events"),),
    uses_files=True,
    secrets=(
        "XIAODIAN_CURSOR_KEY",
        "XIAODIAN_CATALOG_SERVICE_KEY",
        "XIAODIAN_TOKEN_KEY",
        "XIAODIAN_STAFF_TOKEN_KEY",
        "WECHAT_APP_SECRET",
    ),
)
