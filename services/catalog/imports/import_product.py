"""Bring one product of an import into the shop, once, and say what became of its rows (C6).

The word about the rows is an item in the transaction of the effect, by import and line. A step that died begins again
at its checkpoint and finds these words: nothing is done or counted twice, and what was created stays "created".
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from pydantic import ValidationError

from services.catalog.categories import tree
from services.catalog.imports.import_file import Format
from services.catalog.imports.product_rows import Group, RowRefused, Written
from services.catalog.imports.tables import ImportRow, add_row, row_key
from services.catalog.products.create_product import first_copy
from services.catalog.products.edit_product import rewritten
from services.catalog.products.messages import Outcome, WriteProduct
from services.catalog.products.product import NotPassed, Product, new_product
from services.catalog.products.product_record import write_product
from services.catalog.products.take_images import images_of, take_images
from services.catalog.shops.shop import DepositShort, Shop, ShopCannotSell
from services.catalog.tables import (
    LinkRow,
    mark_out_id,
    out_key,
    product_key,
    shop_key,
    shop_of,
    stocked_of,
    take_out_id,
)
from services.shared.plumbing.problems import NotFound, Problem
from services.shared.plumbing.tables import Begin, Transaction, read

MAX_KEY = 128
MAX_WHY = 1_000  # what is said of a row or a file; names in it may be as long as the file
LOOKED_UP_AT_ONCE = 49  # the shop, and two rows of each: what one batched read takes


@dataclass(frozen=True)
class Source:
    """An import: in which shop and format, where rows go that name no category, whether to list what is new."""

    import_id: str
    shop_id: str
    format: Format
    category_id: str | None
    put_on_sale: bool
    person: str  # whose uploads its images may be


class Seen(NamedTuple):
    """What there was before: the word about these rows, the merchant's own id, the product that has it."""

    told: ImportRow | None
    out: LinkRow | None
    product: Product | None


class Told(NamedTuple):
    """What became of a product's rows, why, and the shop as it is after that."""

    outcome: Outcome
    why: str
    product_id: str | None
    shop: Shop


def look_up(source: Source, groups: Sequence[Group]) -> tuple[Shop, list[Seen]]:
    """The shop, and what there is of these products (at most 49): two batched reads."""
    keys = [key for group in groups for key in (row_key(source.import_id, group.line), _own_key(source, group))]
    shop_row, *rows = read([shop_key(source.shop_id), *keys])
    shop = shop_of(shop_row)
    if shop is None:
        raise NotFound()
    outs: list[LinkRow | None] = rows[1::2]
    known = [out.target for out in outs if out is not None]
    found = read([product_key(one) for one in known]) if known else []
    products = {stocked.product.product_id: stocked.product for row in found if (stocked := stocked_of(row))}
    return shop, [
        Seen(told, out, products.get(out.target) if out else None) for told, out in zip(rows[0::2], outs, strict=True)
    ]


def import_product(source: Source, group: Group, shop: Shop, seen: Seen, begin: Begin) -> Told:
    """Create or update the product of these rows, or refuse them; what was told before is only repeated.

    Raises Contended when what was seen has changed: look again.
    """
    if seen.told:
        return Told(seen.told.outcome, seen.told.why, seen.told.product_id, shop)  # type: ignore[arg-type]
    try:
        tx = begin()
        told = _effect(tx, source, group, shop, seen)
    except (RowRefused, ValidationError, Problem) as refusal:
        tx = begin()
        told = Told("refused", why_refused(refusal), None, shop)
    add_row(
        tx,
        source.import_id,
        group.lines,
        key=group.key[:MAX_KEY],
        outcome=told.outcome,
        why=told.why,
        product_id=told.product_id,
    )
    tx.commit()
    return told


def _effect(tx: Transaction, source: Source, group: Group, shop: Shop, seen: Seen) -> Told:
    shop.require_open()  # it may have become read-only since the import was started
    written = _written(source, group)
    mark = f"{source.import_id}#{group.line}"
    before, here = seen.product, f"{source.import_id}#"
    if seen.out and seen.out.seen and seen.out.seen != mark and seen.out.seen.startswith(here):
        raise RowRefused(f"line {seen.out.seen.removeprefix(here)} has this product already: its rows stand together")
    after = _after(tx, source, written, shop, before)
    if after is not before:
        take_images(tx, source.shop_id, source.person, after.latest.images, images_of(before))
    after, notes = _for_sale(tx, source, written, shop, after)
    if seen.out:
        mark_out_id(tx, seen.out, mark)
    else:
        take_out_id(tx, after, mark)
    if after is before:
        return Told("unchanged", notes, after.product_id, shop)
    shop = write_product(tx, shop, before, after)
    return Told("updated" if before else "created", notes, after.product_id, shop)


def _written(source: Source, group: Group) -> Written:
    bad = next((row for row in group.rows if row.why), None)
    if group.why or bad:
        why = group.why or (bad.why if bad else "")
        raise RowRefused(f"line {bad.line}: {why}" if bad and len(group.rows) > 1 else why)
    return source.format.product(group.rows)


def _after(tx: Transaction, source: Source, written: Written, shop: Shop, before: Product | None) -> Product:
    if before:
        body = WriteProduct.model_validate({"category_id": before.latest.category_id, **written.body})
        texts = body.texts(given=True)
        return rewritten(before, texts, body.styles(), tx.now, tx.new_id, auto_pass=shop.auto_pass)
    if not written.body.get("category_id") and not source.category_id:
        raise RowRefused("category_id is missing, and the import has no default_category_id")
    body = WriteProduct.model_validate({"category_id": source.category_id, **written.body})
    copy = first_copy(body.texts(), body.styles(), tx.now, tx.new_id)
    product_id = tx.new_id("prd")
    return new_product(product_id, shop.shop_id, body.out_product_id, copy, tx.now, auto_pass=shop.auto_pass)


def _for_sale(tx: Transaction, source: Source, written: Written, shop: Shop, product: Product) -> tuple[Product, str]:
    """The product, listed if that was asked for and never done, and what to tell of it."""
    notes = list(written.notes)
    if source.put_on_sale and product.status == "new" and not written.published:
        notes.append("not listed: the file says that it is not published")
    elif source.put_on_sale and product.status == "new":
        try:
            offered = product.offer(tx.now)
            shop.admit(offered.latest.kind)
            shop.enter(tree().leaf(offered.latest.category_id), tree(), tx.now)
            product = offered
        except (ShopCannotSell, DepositShort, NotPassed) as refusal:
            notes.append(f"not listed: {refusal.detail}")
    return product, "; ".join(notes)


def _own_key(source: Source, group: Group) -> tuple[type[LinkRow], str, str]:
    # A key over the limit is refused when its product is validated; here it must only be a key that can be asked for.
    return out_key(source.shop_id, group.key[:MAX_KEY] or "-")


def why_refused(refusal: Exception) -> str:
    """What a report says of it, in at most MAX_WHY characters."""
    if isinstance(refusal, ValidationError):
        found = [(".".join(str(part) for part in one["loc"]), one["msg"]) for one in refusal.errors()[:5]]
        return "; ".join(f"{at}: {why}" if at else why for at, why in found)[:MAX_WHY]
    return (refusal.detail if isinstance(refusal, Problem) else str(refusal))[:MAX_WHY]
