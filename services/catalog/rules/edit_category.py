"""Edit a category, or add one (C4): what holds in it from a date on, with who said so."""

from datetime import datetime, timedelta

from services.catalog.categories import tree_now
from services.catalog.category import Category
from services.catalog.rules.enforce import ENFORCE, RULES_SPREAD
from services.catalog.rules.messages import EditCategory
from services.catalog.rules.tables import Edit, edited_categories, save_category, tree_version
from services.catalog.shops.shop_record import expect_version
from services.shared.plumbing import jobs
from services.shared.plumbing.ids import NewId
from services.shared.plumbing.problems import Invalid
from services.shared.plumbing.tables import Begin

PAST = timedelta(seconds=1)  # what a clock may be wrong by


def edit_category(
    category_id: str, asked: EditCategory, by: str, *, if_match: int | None, begin: Begin, now: datetime, new_id: NewId
) -> None:
    """From its date on these rules hold, whatever was planned from then on; a job then goes over who sells there.

    A rule begins at the earliest when every process has heard of it; one that holds already changes nothing. Raises
    Invalid for a date that is past, and for a new category without names or below no branch; VersionConflict.
    """
    version, edited = tree_version(), edited_categories()
    known = tree_now().find(category_id)
    expect_version(known.version if known else 0, if_match)
    changed = _changed(known, category_id, asked, now)
    if known and known.holds_already(changed):
        return
    tx = begin()
    others = [one for one in edited if one.category_id != category_id]
    place = next((n for n, one in enumerate(edited) if one.category_id == category_id), len(others))
    save_category(tx, [*others[:place], changed, *others[place:]], Edit(changed, by, now), version)
    args = {"category_id": category_id, "since": changed.rules[-1].since.isoformat()}
    jobs.start(tx, new_id("job"), ENFORCE, args)
    tx.commit()
    tree_now()


def _changed(known: Category | None, category_id: str, asked: EditCategory, now: datetime) -> Category:
    if asked.since and asked.since < now - PAST:
        raise Invalid("since: rules cannot begin in the past", errors=[{"at": "since", "why": "past"}])
    rules = asked.rules(max(asked.since or now, now + RULES_SPREAD))
    names = (asked.name.zh, asked.name.en) if asked.name else None
    if known:
        return known.ruled(rules, *(names or (known.name_zh, known.name_en)), now)
    parent = tree_now().find(asked.parent_id or "")
    if names is None or parent is None or parent.parent_id is not None:
        raise Invalid(
            "A new category needs a name and the branch that it is below",
            errors=[{"at": "parent_id", "why": "not a branch"}, {"at": "name", "why": "needed"}],
        )
    return Category(category_id, parent.category_id, *names, (rules,), version=1)
