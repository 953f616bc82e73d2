"""Old ids of styles go on to name them, too (M2).

A product may have more styles than fit into its transaction: those beyond are named before it, in others. A worker that
dies between them leaves names of what is not here yet; the next one finds them, and goes on.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice

from services.catalog.migrations.migration import Migration
from services.catalog.migrations.tables import resolve, unresolve
from services.shared.plumbing.tables import Begin, Transaction

WITH_IT = 30  # in the product's own transaction
AT_ONCE = 90
MAX_NAME = 256  # characters: a style without an id of its own is called after its choices, however long these are


def name_styles(tx: Transaction, begin: Begin, migration: Migration, targets: Mapping[str, str]) -> None:
    """From now on these old ids name these; nothing is written ahead in a dry run."""
    rest = iter([(old_id, target) for old_id, target in targets.items() if len(old_id) <= MAX_NAME])
    for old_id, target in islice(rest, WITH_IT):
        resolve(tx, "sku", old_id, migration.source, migration.old_shop_id, target)
    while migration.mode != "dry" and (part := list(islice(rest, AT_ONCE))):
        ahead = begin()
        for old_id, target in part:
            resolve(ahead, "sku", old_id, migration.source, migration.old_shop_id, target)
        ahead.commit()


def forget_styles(tx: Transaction, begin: Begin, migration: Migration, old_ids: Sequence[str]) -> None:
    """These name nothing any more."""
    old_ids = [one for one in dict.fromkeys(old_ids) if len(one) <= MAX_NAME]
    _forget(tx, migration, old_ids[:WITH_IT])
    for start in range(WITH_IT, len(old_ids), AT_ONCE):
        ahead = begin()
        _forget(ahead, migration, old_ids[start : start + AT_ONCE])
        ahead.commit()


def _forget(tx: Transaction, migration: Migration, old_ids: Iterable[str]) -> None:
    for old_id in old_ids:
        unresolve(tx, "sku", old_id, migration.source, migration.old_shop_id)
