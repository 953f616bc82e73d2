"""The Chalice app that gifts' doors hang on."""

from services.gifts.tables import STORE
from services.shared.plumbing.doors import Service

app = Service("gifts", STORE, title="Gifts: paid by one, claimed by another")
