"""Doors to what the platform decides as data: categories and brand words (C1, C4)."""

from services.catalog import messages as m
from services.catalog.rules import messages as r
from services.catalog.rules import read
from services.catalog.rules.edit_brand_words import edit_brand_words
from services.catalog.rules.edit_category import edit_category
from services.catalog.rules.tables import RulesTooLarge, brand_words
from services.catalog.service import app
from services.shared.plumbing import ids
from services.shared.plumbing import problems as p
from services.shared.plumbing.doors import ANYONE, PLATFORM, Call, Page

CATEGORY = "/v1/categories/{category_id}"


@app.door("GET", CATEGORY, ANYONE, problems=(p.NotFound,))
def get_category(call: Call, category_id: str) -> r.CategoryRulesView:
    """A category with the rules in force and those that are planned (C4)."""
    return read.category_view(category_id, call.now)


@app.door("PUT", CATEGORY, PLATFORM, problems=(p.VersionConflict, RulesTooLarge))
def put_category(call: Call, category_id: str, body: r.EditCategory) -> r.CategoryRulesView:
    """Say what holds in a category from a date on, or add a category (C4).

    It takes effect by itself, at the earliest ten seconds from now, when every process knows it. Products that may not
    be sold any more are then delisted, and those that may be again are listed again.
    """
    edit_category(
        category_id,
        body,
        call.person,
        if_match=call.if_match,
        begin=call.begin,
        now=call.now,
        new_id=ids.new_id,
    )
    return read.category_view(category_id, call.now)


@app.door("GET", CATEGORY + "/history", PLATFORM, problems=(p.CursorInvalid,))
def get_category_history(_: Call, category_id: str, query: m.PageOf) -> Page[r.CategoryEditView]:
    """Who changed a category's rules when, newest first (C4)."""
    return read.history_of(category_id, query.limit, query.cursor)


@app.door("GET", "/v1/brand-words", PLATFORM)
def get_brand_words(_: Call) -> r.BrandWordsView:
    """The words in shop names that need a brand's certificate (C1)."""
    return r.BrandWordsView.of(brand_words())


@app.door("PUT", "/v1/brand-words", PLATFORM, problems=(p.VersionConflict, RulesTooLarge))
def put_brand_words(call: Call, body: r.PutBrandWords) -> r.BrandWordsView:
    """Say which words need a brand's certificate: all of them. Names that shops have already stay (C1)."""
    edit_brand_words(body.all(), call.person, if_match=call.if_match, begin=call.begin, now=call.now)
    return r.BrandWordsView.of(brand_words())
