"""What buyer and shop read of complaints (O15)."""

from services.notify.template import Template

COMPLAINTS: dict[str, tuple[Template, ...]] = {
    "orders.complaint_opened/shop": (
        Template(
            "after-sale",
            zh=("有买家投诉", "买家投诉了{title:title}，请在 {deadline_at:time} 前回应。"),
            en=("A buyer complains", "About {title:title}. Answer by {deadline_at:time}."),
        ),
    ),
    "orders.complaint_moved/buyer/answered": (
        Template(
            "after-sale",
            zh=("商家已回应投诉", "您对{title:title}的投诉，商家已回应。"),
            en=("The shop has answered", "Your complaint about {title:title} was answered."),
        ),
    ),
    "orders.complaint_moved/buyer/escalated": (
        Template(
            "after-sale",
            zh=("投诉已转平台", "商家未及时回应，您对{title:title}的投诉已转平台处理。"),
            en=(
                "The platform looks at it",
                "The shop did not answer in time; your complaint about {title:title} went to the platform.",
            ),
        ),
    ),
    "orders.complaint_moved/buyer/resolved": (
        Template(
            "after-sale",
            zh=("投诉已结束", "您对{title:title}的投诉已按商家的回应结束。"),
            en=("Complaint closed", "Your complaint about {title:title} ended with the shop's answer."),
        ),
    ),
    "orders.complaint_moved/buyer/upheld": (
        Template(
            "after-sale",
            zh=("投诉成立", "您对{title:title}的投诉成立。"),
            en=("Complaint upheld", "Your complaint about {title:title} was upheld."),
        ),
    ),
    "orders.complaint_moved/buyer/dismissed": (
        Template(
            "after-sale",
            zh=("投诉不成立", "您对{title:title}的投诉经平台审核不成立。"),
            en=("Complaint dismissed", "Your complaint about {title:title} was dismissed."),
        ),
    ),
    "orders.complaint_moved/shop/escalated": (
        Template(
            "after-sale",
            zh=("投诉已转平台", "关于{title:title}的投诉已转平台处理。"),
            en=("A complaint went to the platform", "The complaint about {title:title} is with the platform now."),
        ),
    ),
    "orders.complaint_moved/shop/resolved": (
        Template(
            "after-sale",
            zh=("投诉已结束", "关于{title:title}的投诉已结束。"),
            en=("Complaint closed", "The complaint about {title:title} is over."),
        ),
    ),
    "orders.complaint_moved/shop/upheld": (
        Template(
            "after-sale",
            zh=("投诉成立", "关于{title:title}的投诉成立。"),
            en=("Complaint upheld", "The complaint about {title:title} was upheld."),
        ),
    ),
    "orders.complaint_moved/shop/dismissed": (
        Template(
            "after-sale",
            zh=("投诉不成立", "关于{title:title}的投诉不成立，冻结的货款已释放。"),
            en=("Complaint dismissed", "The complaint about {title:title} was dismissed; its money is free again."),
        ),
    ),
    "orders.complaint_moved/shop/withdrawn": (
        Template(
            "after-sale",
            zh=("投诉已撤回", "买家撤回了关于{title:title}的投诉。"),
            en=("Complaint withdrawn", "The buyer withdrew the complaint about {title:title}."),
        ),
    ),
}
