"""How a record of an old shop came, and what of it has no place here (M6)."""

import json
from typing import Any

from services.catalog.migrations.conduct import migration_named
from services.catalog.migrations.messages import AskOrigin, OriginView
from services.catalog.migrations.migration import Migration
from services.catalog.migrations.shop_lines import RECORD
from services.catalog.migrations.tables import Brought, find_brought, origin_key, origin_of
from services.catalog.shops.contact import VAULT
from services.shared.contracts.migration import OldKind, old_name
from services.shared.plumbing.ids import id_of
from services.shared.plumbing.problems import NotFound
from services.shared.plumbing.tables import get
from services.shared.plumbing.vault import Erased


def origin_in(migration_id: str, asked: AskOrigin) -> OriginView:
    """What this or another migration from the same old shop brought under this old id. Raises NotFound."""
    migration = migration_named(migration_id)
    if asked.kind == "products":
        ident = _id(migration, "prd", "product", asked.old_id)
        origin = origin_of(get(*origin_key(ident)))
        if origin is None:
            raise NotFound()
        return _view(asked, origin.migration_id, dict(origin.aside), out=origin.out)
    brought = find_brought(migration.shop_id, _brought_id(migration, asked))
    if brought is None:
        raise NotFound()
    return _view(asked, brought.migration_id, _opened(brought), out=brought.out)


def _brought_id(migration: Migration, asked: AskOrigin) -> str:
    if asked.kind == "members":
        return _id(migration, "mbr", "member", asked.old_id)
    if asked.old_id == RECORD:
        return _id(migration, "rec", "shop", migration.old_shop_id)
    return _id(migration, "qua", "qualification", asked.old_id)


def _id(migration: Migration, prefix: str, kind: OldKind, old_id: str) -> str:
    one = migration
    return id_of(prefix, *old_name(one.shop_id, one.source, one.old_shop_id, kind, old_id))


def _opened(brought: Brought) -> dict[str, Any]:
    """Nothing once who asked for the migration is erased."""
    try:
        found: dict[str, Any] = json.loads(VAULT.open(_person(brought), brought.aside)) if brought.aside else {}
    except Erased:
        return {}
    return found


def _person(brought: Brought) -> str:
    return migration_named(brought.migration_id).person


def _view(asked: AskOrigin, migration_id: str, aside: dict[str, Any], *, out: bool) -> OriginView:
    return OriginView(kind=asked.kind, old_id=asked.old_id, migration_id=migration_id, taken_out=out, aside=aside)
