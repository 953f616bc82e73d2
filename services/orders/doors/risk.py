"""Doors to what was decided about an order before it was paid (O19)."""

from services.orders import views
from services.orders.clear_order import clear_order
from services.orders.messages import OrderView
from services.orders.refuse_order import refuse_order
from services.orders.risk.messages import ClearanceBody, RefusalBody, RiskView
from services.orders.service import app
from services.orders.shops_order import order_in
from services.orders.tables import VAULT
from services.shared.plumbing.doors import Call, member
from services.shared.plumbing.problems import IllegalTransition, NotFound, TooBusy

REVIEWERS = member("operator", or_platform=True)


@app.door("GET", "/v1/shops/{shop_id}/orders/{order_id}/risk", REVIEWERS, problems=(NotFound,))
def get_risk(call: Call, shop_id: str, order_id: str) -> RiskView:
    """Every decision about the order, oldest first, and whether it waits to be cleared."""
    return RiskView.of(order_in(shop_id, order_id).as_of(call.now))


@app.door(
    "POST",
    "/v1/shops/{shop_id}/orders/{order_id}/clearance",
    REVIEWERS,
    problems=(NotFound, IllegalTransition),
)
def post_clearance(call: Call, shop_id: str, order_id: str, body: ClearanceBody) -> OrderView:
    """Let an order under review go on: it can be sent; a gift can be claimed, for 24 hours from now.

    Repeating it is the same answer.
    """
    order = clear_order(shop_id, order_id, call.person, body.note, begin=call.begin, now=call.now, vault=VAULT)
    return views.shops_view(order, call.now, VAULT, call.role)


@app.door(
    "POST",
    "/v1/shops/{shop_id}/orders/{order_id}/refusal",
    REVIEWERS,
    problems=(NotFound, IllegalTransition, TooBusy),
)
def post_refusal(call: Call, shop_id: str, order_id: str, body: RefusalBody) -> OrderView:
    """End an order under review: what was paid goes back in full, and its buyer is told that it was refused.

    Repeating it is the same answer.
    """
    order = refuse_order(shop_id, order_id, call.person, body.note, begin=call.begin, now=call.now)
    return views.order_view(order, call.now, VAULT, sees_address=False)
