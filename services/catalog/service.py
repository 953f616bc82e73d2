"""Catalog's Chalice app, on which the doors stand, and who may use them."""

from services.shared.plumbing.doors import Service, member
from services.shared.plumbing.tables import Store

app = Service("catalog", Store("catalog"), title="Xiaodian catalog: who sells, what is for sale, how it is shown")

STAFF = member("operator", "support", "finance")
STAFF_OR_PLATFORM = member("operator", "support", "finance", or_platform=True)
EDITORS = member("operator")
MONEY = member("finance")
