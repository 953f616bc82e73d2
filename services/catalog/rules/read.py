"""Categories and brand words as the platform edits them (C1, C4)."""

from datetime import datetime

from services.catalog.categories import tree_now
from services.catalog.category_seed import SINCE, TREE
from services.catalog.rules.messages import CategoryEditView, CategoryRulesView
from services.catalog.rules.tables import Edit, edits_of
from services.shared.plumbing import cursors
from services.shared.plumbing.doors import Page
from services.shared.plumbing.problems import NotFound


def category_view(category_id: str, now: datetime) -> CategoryRulesView:
    """A category as it is, with what will come. Raises NotFound."""
    found = tree_now().find(category_id)
    if found is None:
        raise NotFound()
    return CategoryRulesView.of(found, now)


def history_of(category_id: str, limit: int, cursor: str | None) -> Page[CategoryEditView]:
    """A category's edits, newest first, the last is what the system ships with: one read. Raises CursorInvalid,
    NotFound."""
    listing = f"history of category {category_id}"
    position = cursors.read(listing, cursor) or {"before": None}
    found = edits_of(category_id, limit + 1, position["before"])
    views = [CategoryEditView.of(edit) for _, edit in found]
    if len(found) <= limit and (shipped := TREE.find(category_id)):
        views.append(CategoryEditView.of(Edit(shipped, by="", at=SINCE)))
    if not views and position["before"] is None:
        raise NotFound()
    more = cursors.sign(listing, {"before": found[limit - 1][0]}) if len(views) > limit else None
    return Page(items=views[:limit], next_cursor=more)
