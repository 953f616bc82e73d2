"""Notify's Chalice app, on which the doors hang."""

from services.notify.tables import STORE
from services.shared.plumbing.doors import Service

app = Service("notify", STORE, title="Notify: everyone hears what concerns them")
