"""Catalog's doors (see doors/), its queue, its outbox, its schedules."""

from services.catalog.doors import files, groups, imports, products, sessions, shops, sources, staff
from services.catalog.reactions import REACTIONS
from services.catalog.service import app
from services.shared.plumbing import triggers

__all__ = [
    "app",
    "consume",
    "files",
    "groups",
    "imports",
    "products",
    "publish",
    "sessions",
    "shops",
    "sources",
    "staff",
    "tend",
]

publish = triggers.publisher(app)
consume = triggers.consumer(app, REACTIONS)
tend = triggers.tender(app, REACTIONS)
