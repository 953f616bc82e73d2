"""Rows of the platform's rules in catalog's table.

pk                   sk             what
RULES                CATEGORIES     the categories that were edited, in one item
RULES                VERSION        how often that was, so that who has them reads little
RULES                BRANDS         words in shop names that need a brand's certificate
CTH#{category}       {version}      one edit of a category: what, by whom, when; without end
CAT#{category}       SHP#{shop}     a shop that sells there or once did
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.catalog.category import Category
from services.catalog.rules.brand_word import BrandWords
from services.catalog.tables import CatalogRow, LinkRow
from services.shared.plumbing.documents import Document
from services.shared.plumbing.problems import Invalid
from services.shared.plumbing.tables import Transaction, get, query

MAX_BYTES = 360_000
_RULES, _TREE, _VERSION, _BRANDS = "RULES", "CATEGORIES", "VERSION", "BRANDS"


@dataclass(frozen=True)
class Edit:
    """A category as an edit of the platform left it."""

    category: Category
    by: str
    at: datetime


_CATEGORIES = Document(tuple[Category, ...])
_EDIT = Document(Edit)
_WORDS = Document(BrandWords)


class RulesTooLarge(Invalid):
    slug, title = "rules-too-large", "So many rules do not fit together"


def tree_version() -> int:
    """How often categories were edited: one small read."""
    row = get(CatalogRow, _RULES, _VERSION)
    return 0 if row is None else int(row.version)


def edited_categories() -> tuple[Category, ...]:
    """The categories that were edited."""
    row = get(CatalogRow, _RULES, _TREE)
    return () if row is None or row.doc is None else _CATEGORIES.validate_json(row.doc)


def save_category(tx: Transaction, edited: Sequence[Category], edit: Edit, version: int) -> None:
    """Put all edited categories as the next version after ``version``, and the edit into its history.

    Refused when another edit came first. Raises RulesTooLarge.
    """
    doc = _CATEGORIES.dump_json(tuple(edited), exclude_defaults=True).decode()
    if len(doc.encode()) > MAX_BYTES:
        raise RulesTooLarge()
    was = CatalogRow.version == version if version else CatalogRow.pk.does_not_exist()
    tx.put(CatalogRow(_RULES, _VERSION, version=version + 1), was, "rules")
    tx.put(CatalogRow(_RULES, _TREE, version=version + 1, doc=doc))
    category = edit.category
    row = CatalogRow(f"CTH#{category.category_id}", f"{category.version:09d}")
    row.doc = _EDIT.dump_json(edit).decode()
    tx.create(row)


def edits_of(category_id: str, limit: int, before: str | None) -> list[tuple[str, Edit]]:
    """A category's edits with their places, newest first: one read."""
    rows = query(CatalogRow, f"CTH#{category_id}", limit=limit, after=before, newest_first=True)
    return [(row.sk, _EDIT.validate_json(row.doc)) for row in rows if row.doc]


def enter_category(tx: Transaction, category_id: str, shop_id: str) -> None:
    """The shop sells there."""
    tx.put(LinkRow(f"CAT#{category_id}", f"SHP#{shop_id}", target=shop_id))


def shops_in_category(category_id: str, limit: int, after: str | None) -> list[str]:
    """Shops that sell there or once did, from the one after ``after``: one consistent read."""
    rows = query(LinkRow, f"CAT#{category_id}", limit=limit, after=after and f"SHP#{after}")
    return [row.target for row in rows]


def brand_words() -> BrandWords:
    """The words, and how often they were edited."""
    row = get(CatalogRow, _RULES, _BRANDS)
    return BrandWords() if row is None or row.doc is None else _WORDS.validate_json(row.doc)


def save_brand_words(tx: Transaction, words: BrandWords) -> None:
    """Put the words, if they still are at the version before this one. Raises RulesTooLarge."""
    doc = _WORDS.dump_json(words).decode()
    if len(doc.encode()) > MAX_BYTES:
        raise RulesTooLarge()
    was = CatalogRow.version == words.version - 1 if words.version > 1 else CatalogRow.pk.does_not_exist()
    tx.put(CatalogRow(_RULES, _BRANDS, version=words.version, doc=doc), was, "words")
