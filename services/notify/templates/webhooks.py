"""What a merchant reads of the shop's webhooks."""

from services.notify.template import Template

WEBHOOKS: dict[str, tuple[Template, ...]] = {
    "notify.webhook_paused/shop": (
        Template(
            "system",
            zh=(
                "消息推送已暂停",
                "自 {since:time} 起，推送到 {host} 的消息均未成功，推送已暂停。新消息会保留，恢复推送后将继续发送。",
            ),
            en=(
                "Webhook paused",
                (
                    "Nothing has reached {host} since {since:time}, so its webhook is paused."
                    " What happens meanwhile is kept, and sent once you resume it."
                ),
            ),
        ),
    ),
}
