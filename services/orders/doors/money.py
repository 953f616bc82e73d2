"""Doors to a shop's money (O7)."""

from services.orders import lists, views
from services.orders import messages as m
from services.orders.balance import balance_of
from services.orders.service import app
from services.shared.plumbing import ids
from services.shared.plumbing.doors import Call, Page, member


@app.door("GET", "/v1/shops/{shop_id}/ledger", member("finance", or_platform=True))
def get_ledger(call: Call, shop_id: str, query: m.Paging) -> Page[m.EntryView]:
    """The shop's ledger, newest entry first. Every entry names its cause and sums to zero (O7)."""
    return lists.list_ledger(shop_id, query)


@app.door("GET", "/v1/shops/{shop_id}/balance", member("finance", or_platform=True))
def get_balance(call: Call, shop_id: str) -> m.BalanceView:
    """Pending and available money, derived from the ledger (O7)."""
    return views.balance_view(shop_id, balance_of(shop_id, ids.new_id))
