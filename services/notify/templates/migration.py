"""What a merchant reads of a shop that moves here: its calendar, its runs, its subject (M1, M3, M5)."""

from services.notify.template import Template

MIGRATION: dict[str, tuple[Template, ...]] = {
    "catalog.migration_step_ahead/shop": (
        Template(
            "system",
            zh=("店铺迁移：即将进入下一阶段", "自 {on} 起：{phase:phase}。"),
            en=("Your shop moves: the next step is near", "From {on} on: {phase:phase}."),
            required=True,
        ),
    ),
    "catalog.migration_step_taken/shop": (
        Template(
            "system",
            zh=("店铺迁移：已进入新阶段", "自现在起：{phase:phase}。"),
            en=("Your shop moves: a step is taken", "From now on: {phase:phase}."),
            required=True,
        ),
    ),
    "catalog.migration_step_taken/shop/stuck": (
        Template(
            "system",
            zh=(
                "店铺迁移：请变更主体",
                "迁移期限已到，个人主体的店铺仍为只读。请办理个体工商户或企业登记，并变更店铺主体。",
            ),
            en=(
                "Your shop moves: its subject has to change",
                "The move is over, but a person's shop stays read-only. Register a business and change its subject.",
            ),
            required=True,
        ),
    ),
    "catalog.subject_change_due/shop": (
        Template(
            "system",
            zh=("请变更店铺主体", "店铺自 {since} 起为只读。主体变更为个体工商户或企业后即可恢复经营。"),
            en=(
                "Change the subject of your shop",
                "The shop has been read-only since {since}. It can go on once a business owns it.",
            ),
            required=True,
        ),
    ),
    "catalog.migration_decided/shop/pass": (
        Template(
            "system",
            zh=("原店铺归属已确认", "原店铺 {old_shop_id} 已确认归本店所有，可以开始迁移。"),
            en=(
                "The old shop is confirmed to be yours",
                "The move of old shop {old_shop_id} into this shop can begin.",
            ),
            required=True,
        ),
    ),
    "catalog.migration_decided/shop/reject": (
        Template(
            "system",
            zh=("原店铺归属未获确认", "原店铺 {old_shop_id} 不能迁入本店。原因：{reason}。"),
            en=(
                "The old shop was not confirmed to be yours",
                "Old shop {old_shop_id} cannot move into this shop. Why: {reason}.",
            ),
            required=True,
        ),
    ),
    "catalog.migration_run_ended/shop/dry": (
        Template(
            "system",
            zh=(
                "迁移试运行已完成",
                "可迁入 {moved:count}，已存在 {unchanged:count}，未采用 {refused:count}。未写入任何数据，请查看报告。",
            ),
            en=(
                "Dry run of the move finished",
                "Would come in {moved:count}, here already {unchanged:count}, refused {refused:count}. See the report.",
            ),
        ),
    ),
    "catalog.migration_run_ended/shop/move": (
        Template(
            "system",
            zh=("店铺数据已迁入", "迁入 {moved:count}，已存在 {unchanged:count}，未采用 {refused:count}。请查看报告。"),
            en=(
                "Your shop has moved",
                "Came in: {moved:count}, here already: {unchanged:count}, refused: {refused:count}. See the report.",
            ),
        ),
    ),
    "catalog.migration_run_ended/shop/rollback": (
        Template(
            "system",
            zh=("迁移已撤回", "移除 {taken_out:count}，因已有改动而保留 {kept:count}。请查看报告。"),
            en=(
                "The move was rolled back",
                "Taken out: {taken_out:count}, kept since they were changed here: {kept:count}. See the report.",
            ),
        ),
    ),
    "catalog.migration_run_ended/shop/failed": (
        Template(
            "system",
            zh=("店铺迁移未完成", "原因：{why}。已迁入 {moved:count}，未采用 {refused:count}。"),
            en=("The move did not finish", "Why: {why}. Came in: {moved:count}, refused: {refused:count}."),
        ),
    ),
}
