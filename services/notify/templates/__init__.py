"""All texts, by ``event/audience``: the versions of each, oldest first (N2).

A published version is never edited or removed, because messages were stored with it: a better text is added behind it.
"""

from services.notify.template import Template
from services.notify.templates.aftersale import AFTERSALE
from services.notify.templates.complaints import COMPLAINTS
from services.notify.templates.delivery import DELIVERY
from services.notify.templates.fulfilment import FULFILMENT
from services.notify.templates.gifts import GIFTS
from services.notify.templates.migration import MIGRATION
from services.notify.templates.money import MONEY
from services.notify.templates.orders import ORDERS
from services.notify.templates.shops import SHOPS
from services.notify.templates.webhooks import WEBHOOKS

TEMPLATES: dict[str, tuple[Template, ...]] = (
    SHOPS | ORDERS | DELIVERY | FULFILMENT | AFTERSALE | COMPLAINTS | MONEY | GIFTS | WEBHOOKS | MIGRATION
)
