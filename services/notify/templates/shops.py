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
    "catalog.shop_closed/shop": (
        Template(
            "system",
            zh=("店铺已关闭", "{name:title}已关闭，商品将全部下架，进行中的订单请继续处理。"),
            en=("Shop closed", "{name:title} is closed and its products go off sale. Please finish open orders."),
        ),
    ),
    "catalog.qualification_decided/shop/pass": (
        Template(
            "system",
            zh=("资质审核已通过", "{what:licence}已通过审核。"),
            en=("Qualification passed", "{what:licence} has passed its audit."),
        ),
    ),
    "catalog.qualification_decided/shop/reject": (
        Template(
            "system",
            zh=("资质审核未通过", "{what:licence}未通过审核，需要它的商品不能销售。原因：{reason:stated}。"),
            en=(
                "Qualification not passed",
                "{what:licence} has not passed; what needs it cannot be sold. Reason: {reason:stated}.",
            ),
        ),
    ),
    "catalog.licence_expiring/shop": (
        Template(
            "system",
            zh=("资质即将到期", "{what:licence}有效期至 {expires_on}，请及时提交新的资质，以免商品下架。"),
            en=(
                "A qualification ends soon",
                "{what:licence} is valid until {expires_on}. Hand in a new one, or what needs it goes off sale.",
            ),
        ),
    ),
    "catalog.product_held/shop/held": (
        Template(
            "system",
            zh=("商品已被平台下架", "{title:title}已被平台下架。原因：{reason:stated}。"),
            en=("Product taken off sale", "The platform has taken {title:title} off sale. Reason: {reason:stated}."),
        ),
    ),
    "catalog.product_held/shop/banned": (
        Template(
            "system",
            zh=("商品已被封禁", "{title:title}已被平台封禁，不能编辑或上架。原因：{reason:stated}。"),
            en=(
                "Product banned",
                "The platform has banned {title:title}; it cannot be edited or listed. Reason: {reason:stated}.",
            ),
        ),
    ),
    "catalog.listing_missed/shop": (
        Template(
            "system",
            zh=("定时上架未成功", "{title:title}没有按计划上架：{why:obstacle}。"),
            en=("A planned listing did not come about", "{title:title} is not on sale as planned: {why:obstacle}."),
        ),
    ),
    "catalog.shop_held/shop/deposit": (
        Template(
            "system",
            zh=("保证金不足，商品下架", "{name:title}的保证金还差 {short_fen:money}，商品将下架，补足后自动恢复。"),
            en=(
                "The deposit is short",
                "{name:title} lacks {short_fen:money} of its deposit. Its products go off sale until that is paid.",
            ),
        ),
    ),
    "catalog.shop_held/shop/licence": (
        Template(
            "system",
            zh=("资质失效，商品下架", "{name:title}有类目缺少有效资质，相关商品将下架，新资质通过审核后自动恢复。"),
            en=(
                "A licence is missing",
                "{name:title} lacks a licence in a category. What it sells there goes off sale until it has one.",
            ),
        ),
    ),
    "catalog.shop_held/shop/brand_certificate": (
        Template(
            "system",
            zh=(
                "品牌授权失效，商品下架",
                "{name:title}店名中的品牌没有有效授权，商品将下架，提交新授权或改名后自动恢复。",
            ),
            en=(
                "A brand's certificate has ended",
                "{name:title} needs a new certificate for its name, or another name. Nothing is on sale until then.",
            ),
        ),
    ),
    "catalog.deposit_refund_ended/shop/paid": (
        Template(
            "system",
            zh=("保证金已退还", "保证金 {amount_fen:money} 已退还。"),
            en=("Deposit paid back", "{amount_fen:money} of the deposit have been paid back."),
        ),
    ),
    "catalog.deposit_refund_ended/shop/rejected": (
        Template(
            "system",
            zh=("保证金未能退还", "{amount_fen:money} 未能退还，仍计入店铺保证金。原因：{why:stated}。"),
            en=(
                "Deposit not paid back",
                "{amount_fen:money} could not be paid back and remain in the deposit. Reason: {why:stated}.",
            ),
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
