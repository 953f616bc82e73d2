"""The category tree in force, and a category's rules with what the platform has set."""

from dataclasses import replace
from datetime import datetime

from services.catalog.category import Rules, Tree
from services.catalog.category_seed import TREE
from services.shared.plumbing.settings import Setting


class Settings:
    # Stands above what categories ask, where a platform sells what was described elsewhere (decision 0005).
    min_images = Setting[int | None]("CATALOG_MIN_IMAGES", int, default=None)


def tree() -> Tree:
    """All categories."""
    return TREE


def rules_of(category_id: str, now: datetime) -> Rules:
    """The rules in force for selling in this category. Raises Invalid when nothing can be sold in it."""
    rules = tree().leaf(category_id).at(now)
    return rules if Settings.min_images is None else replace(rules, min_images=Settings.min_images)
