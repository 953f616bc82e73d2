"""The category tree in force, and a category's rules with what the platform has set (C4).

The tree is what the system ships with, and what the platform has edited of it: data in the table. Every process keeps
it for ``CATALOG_RULES_FRESH_S`` seconds and then asks for its version, which is one small read; so an edit is in force
everywhere when that time is over. What an edit does to products begins later than that (see rules/enforce.py).
"""

import time
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from services.catalog.category import Rules, Tree
from services.catalog.category_seed import TREE
from services.catalog.rules.tables import edited_categories, tree_version
from services.shared.plumbing.settings import Setting


class Settings:
    # Stands above what categories ask, where a platform sells what was described elsewhere (decision 0005).
    min_images = Setting[int | None]("CATALOG_MIN_IMAGES", int, default=None)
    fresh_s = Setting[float]("CATALOG_RULES_FRESH_S", float, default=5.0)


class _Kept(NamedTuple):
    version: int
    tree: Tree
    asked_at: float


_kept = _Kept(0, TREE, float("-inf"))


def tree() -> Tree:
    """All categories, as they were at most ``CATALOG_RULES_FRESH_S`` seconds ago."""
    kept = _kept
    return kept.tree if time.monotonic() - kept.asked_at < Settings.fresh_s else tree_now()


def tree_now() -> Tree:
    """All categories as they are."""
    global _kept
    asked_at, version, kept = time.monotonic(), tree_version(), _kept
    found = kept.tree if version == kept.version else TREE.with_edited(edited_categories())
    _kept = _Kept(version, found, asked_at)
    return found


def rules_of(category_id: str, now: datetime) -> Rules:
    """The rules in force for selling in this category. Raises Invalid when nothing can be sold in it."""
    rules = tree().leaf(category_id).at(now)
    return rules if Settings.min_images is None else replace(rules, min_images=Settings.min_images)
