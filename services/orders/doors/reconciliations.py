"""Doors to the comparison of our books with WeChat's bills (O3)."""

from datetime import date

from services.orders import messages as m
from services.orders.lists import day_named
from services.orders.payments.read_reconciliation import read_reconciliation
from services.orders.payments.reconcile import NoBill, reconcile_by_hand
from services.orders.service import app
from services.shared.plumbing import ids
from services.shared.plumbing.doors import PLATFORM, Call, member
from services.shared.plumbing.problems import NotFound


def reconciliation_again(call: Call, stored: dict[str, str]) -> m.ReconciliationStarted:
    """The comparison that this key started."""
    return m.ReconciliationStarted(run=stored["run"], day=date.fromisoformat(stored["day"]))


@app.door("POST", "/v1/payment-reconciliations", PLATFORM, status=202, again=reconciliation_again, problems=(NoBill,))
def post_reconciliation(call: Call, body: m.DayBody) -> m.ReconciliationStarted:
    """Compare a day's payments and refunds with WeChat's bill, again if need be (O3)."""
    run = reconcile_by_hand(body.day, begin=call.begin, now=call.now, new_id=ids.new_id)
    return m.ReconciliationStarted(run=run, day=body.day)


@app.door("GET", "/v1/payment-reconciliations/{day}", PLATFORM, problems=(NotFound,))
def get_reconciliation(call: Call, day: str, query: m.Paging) -> m.ReconciliationPage:
    """On what WeChat's bill of a (Beijing) day and our books disagree, of all shops (O3)."""
    return read_reconciliation(day_named(day), None, query)


@app.door(
    "GET",
    "/v1/shops/{shop_id}/payment-reconciliations/{day}",
    member("finance", or_platform=True),
    problems=(NotFound,),
)
def get_shop_reconciliation(call: Call, shop_id: str, day: str, query: m.Paging) -> m.ReconciliationPage:
    """On what WeChat's bill of a (Beijing) day and the shop's books disagree (O3)."""
    return read_reconciliation(day_named(day), shop_id, query)
