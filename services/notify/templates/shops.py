"""What a merchant reads of the shop itself, of its uploads and of its stock."""

from services.notify.template import Template

SHOPS: dict[str, tuple[Template, ...]] = {
    "catalog.shop_opened/shop": (
        Template(
            "system",
            zh=("店铺已创建", "{name:title}已创建，审核通过后即可开始销售。"),
            en=("Shop opened", "{name:title} is open. It can sell as soon as its audit is passed."),
        ),
    ),
    "catalog.shop_audit_decided/shop/pass": (
        Template(
            "system",
            zh=("店铺审核已通过", "{name:title}已通过审核。"),
            en=("Shop audit passed", "{name:title} has passed its audit."),
            required=True,
        ),
    ),
    "catalog.shop_audit_decided/shop/reject": (
        Template(
            "system",
            zh=("店铺审核未通过", "{name:title}未通过审核。原因：{reason:stated}。"),
            en=("Shop audit not passed", "{name:title} has not passed its audit. Reason: {reason:stated}."),
            required=True,
        ),
    ),
    "catalog.import_finished/shop": (
        Template(
            "system",
            zh=(
                "批量上传已完成",
                "新增 {created:count}，更新 {updated:count}，未变 {unchanged:count}，未采用 {refused:count}。",
            ),
            en=(
                "Bulk upload finished",
                "New {created:count}, updated {updated:count}, unchanged {unchanged:count}, refused {refused:count}.",
            ),
        ),
    ),
    "catalog.import_finished/shop/failed": (
        Template(
            "system",
            zh=(
                "批量上传未完成",
                "原因：{why}。新增 {created:count}，更新 {updated:count}，未采用 {refused:count}。",
            ),
            en=(
                "Bulk upload failed",
                "Why: {why}. New {created:count}, updated {updated:count}, refused {refused:count}.",
            ),
        ),
    ),
    "orders.stock_low/shop": (
        Template(
            "stock",
            zh=("库存不足", "{title:title}仅剩 {left:count} 件，请及时补货。"),
            en=("Stock is low", "Only {left:count} left of {title:title}."),
        ),
    ),
}
