"""The stages on which verbs are counted are those on which they die."""

from tests.integration.orders.conftest import hands, letterbox, mode, open_till, till
from tests.integration.verbs.conftest import (
    catalog_stage,
    gifts_settings,
    gifts_stage,
    notify_stage,
    orders_stage,
    stage,
    wechat_api,
)

__all__ = [
    "catalog_stage",
    "gifts_settings",
    "gifts_stage",
    "hands",
    "letterbox",
    "mode",
    "notify_stage",
    "open_till",
    "orders_stage",
    "stage",
    "till",
    "wechat_api",
]
