"""Catalog's Chalice app, on which the doors stand, and who may use them."""

from services.catalog.tables import STORE
from services.shared.plumbing.doors import Service, member

app = Service("catalog", STORE, title="Xiaodian catalog: who sells, what is for sale, how it is shown")

STAFF = member("operator", "support", "finance")
STAFF_OR_PLATFORM = member("operator", "support", "finance", or_platform=True)
EDITORS = member("operator")
MONEY = member("finance")
