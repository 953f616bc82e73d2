"""Notify's Chalice app, on which the doors hang."""

from services.shared.plumbing.doors import Service
from services.shared.plumbing.tables import Store

app = Service("notify", Store("notify"), title="Notify: everyone hears what concerns them")
