"""Edit preferences: what is told from now on, and when (N8)."""

from dataclasses import replace

from services.notify import tables
from services.notify.preferences import Preferences
from services.shared.plumbing.problems import VersionConflict
from services.shared.plumbing.tables import Begin


def edit_preferences(person: str, wanted: Preferences, if_match: int | None, *, begin: Begin) -> Preferences:
    """Replace what the person said before; saying the same again changes nothing. Raises VersionConflict (412)."""
    before = tables.preferences_of(person)
    if if_match not in (None, before.version):
        raise VersionConflict()
    if replace(wanted, version=before.version, updated_at=before.updated_at) == before and before.version:
        return before
    tx = begin()
    after = replace(wanted, version=before.version + 1, updated_at=tx.now)
    tables.save_preferences(tx, person, after)
    tx.commit()
    return after
