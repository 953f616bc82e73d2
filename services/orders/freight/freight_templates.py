"""A shop's freight templates: write, change, take away (O13). All of a shop's lie in one row, so each is one write."""

from dataclasses import replace
from datetime import datetime

from services.orders.freight.freight import MAX_TEMPLATES, Book, Template, Terms
from services.orders.freight.tables import book_key, book_of, products_shipped_by, save_book
from services.orders.refusals import TemplateInUse, TooManyTemplates
from services.shared.plumbing.ids import NewId
from services.shared.plumbing.problems import NotFound, VersionConflict
from services.shared.plumbing.tables import Begin, get


def freight_book(shop_id: str) -> Book:
    """The shop's templates as they are."""
    return book_of(get(*book_key(shop_id)))


def create_template(
    shop_id: str, terms: Terms, *, default: bool, begin: Begin, now: datetime, new_id: NewId
) -> tuple[Template, Book]:
    """A new template, the shop's default if asked; and the book as it is now. Raises TooManyTemplates."""
    book = freight_book(shop_id)
    if len(book.templates) >= MAX_TEMPLATES:
        raise TooManyTemplates(most=MAX_TEMPLATES)
    template = Template(new_id("frt"), terms, now, now)
    after = book.with_template(template, default=default)
    tx = begin()
    save_book(tx, shop_id, after, book)
    tx.commit({"shop_id": shop_id, "template_id": template.template_id})
    return template, after


def edit_template(
    shop_id: str,
    template_id: str,
    terms: Terms,
    *,
    default: bool | None,
    if_match: int | None,
    begin: Begin,
    now: datetime,
) -> tuple[Template, Book]:
    """Other terms, and whether it is the default (None: as it was), for orders placed from now on.

    Writes nothing when nothing differs. Raises NotFound, VersionConflict.
    """
    book = freight_book(shop_id)
    template = _template_in(book, template_id, if_match)
    is_default = book.default_id == template_id
    if template.terms == terms and default in (None, is_default):
        return template, book
    edited = replace(template, terms=terms, updated_at=now, version=template.version + 1)
    after = book.with_template(edited, default=default)
    tx = begin()
    save_book(tx, shop_id, after, book)
    tx.commit()
    return edited, after


def delete_template(shop_id: str, template_id: str, *, if_match: int | None, begin: Begin) -> None:
    """Take it away. Raises NotFound, VersionConflict; TemplateInUse while products name it or it is the default."""
    book = freight_book(shop_id)
    _template_in(book, template_id, if_match)
    if book.default_id == template_id:
        raise TemplateInUse("It is the shop's default: make another one the default first", product_ids=[])
    if product_ids := products_shipped_by(shop_id, template_id, 20):
        raise TemplateInUse(product_ids=product_ids)
    tx = begin()
    save_book(tx, shop_id, book.without(template_id), book)
    tx.commit()


def template_of(shop_id: str, template_id: str) -> tuple[Template, Book]:
    """One template, and the book it is in. Raises NotFound."""
    book = freight_book(shop_id)
    return _template_in(book, template_id, None), book


def _template_in(book: Book, template_id: str, if_match: int | None) -> Template:
    template = book.find(template_id)
    if template is None:
        raise NotFound()
    if if_match not in (None, template.version):
        raise VersionConflict(version=template.version)
    return template
