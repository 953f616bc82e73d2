"""The Chalice app that gifts' doors hang on."""

from services.shared.plumbing.doors import Service
from services.shared.plumbing.tables import Store

app = Service("gifts", Store("gifts"), title="Gifts: paid by one, claimed by another")
