"""Orders' Chalice app, on which the doors stand, and who may use them."""

from services.shared.plumbing.doors import Service, member
from services.shared.plumbing.tables import Store

app = Service("orders", Store("orders"), title="Orders: what is bought, paid, shipped and returned, and the money")

STAFF = member("operator", "support", "finance")
SHIPPERS = member("operator")
DESK = member("operator", "support")
