"""A gift to begin with: ordered in blue by Anna, to be claimed until noon of the second day."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from services.gifts.gift import CLAIM_WITHIN, Gift, Line, Sheet, make
from services.gifts.sub_gift import Style

PAID_AT = datetime(2026, 2, 14, 12, 0, tzinfo=UTC)
DEADLINE = PAID_AT + CLAIM_WITHIN
JUST_IN_TIME = DEADLINE - timedelta(microseconds=1)

BLUE, RED = Style("sku_blue", {"colour": "blue"}), Style("sku_red", {"colour": "red"})
LINE = Line(1, "prd_1", BLUE.sku_id, "Teapot", 1, 9_900, "teapot.jpg", BLUE.attributes)
SHEET = Sheet(
    gift_id="gft_X",
    order_id="ord_X",
    shop_id="shp_1",
    giver="person:anna",
    mode="single",
    to_openid=None,
    show_price=False,
    message=None,
    giver_name=None,
    line=LINE,
    no_delivery_regions=("西藏自治区",),
    deadline_at=DEADLINE,
    created_at=PAID_AT,
    recipients=1,
)


def gift(**changes: Any) -> Gift:
    """A fresh one, with these facts changed."""
    return make(replace(SHEET, **changes))
