"""Bring one product of an old shop in, or find it here, or refuse it; say what became of it (M2, M3, M4).

A dry run goes the same way to the same word and then commits the word alone. What a run's own files say twice is found
by the run's own rows, which both write; what is here already, by its id, which follows from its old one.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from pydantic import ValidationError

from services.catalog.categories import tree
from services.catalog.imports.import_product import why_refused
from services.catalog.imports.product_rows import Group, RowRefused
from services.catalog.imports.tables import ImportRow, add_row, row_key
from services.catalog.migrations.formats import reader_of
from services.catalog.migrations.old_product import OldProduct
from services.catalog.migrations.old_styles import claim_styles, name_styles, refuse_others_styles, style_of
from services.catalog.migrations.reading import Reading
from services.catalog.migrations.tables import (
    Brought,
    Heir,
    Key,
    Origin,
    bar_hash,
    bar_key,
    came,
    claim,
    claim_key,
    digest,
    heirs_key,
    heirs_of,
    merge,
    old_key,
    origin_key,
    origin_of,
    resolve,
    save_brought,
    save_heirs,
    save_origin,
    take_bars,
    tell,
    unmerge,
)
from services.catalog.migrations.told_row import ToldRow
from services.catalog.products.create_product import first_copy
from services.catalog.products.messages import WriteProduct
from services.catalog.products.product import NotPassed, Product, new_product
from services.catalog.products.product_record import write_product
from services.catalog.products.take_images import take_images
from services.catalog.shops.shop import DepositShort, Shop, ShopCannotSell
from services.catalog.tables import (
    LinkRow,
    check_product,
    out_key,
    product_key,
    shop_key,
    shop_of,
    stocked_of,
    take_out_id,
)
from services.shared.plumbing.problems import NotFound, Problem
from services.shared.plumbing.tables import Begin, Transaction, get, read

MAX_KEY = 128
AT_ONCE = 11  # products: the shop and up to eight rows of each are one batched read
MAX_BARCODES = 3  # by which a product is looked for


class Told(NamedTuple):
    """What became of a record, why, the product's id here, and the shop as it is after that."""

    outcome: str
    why: str
    new_id: str | None
    shop: Shop
    out: str = ""  # the merchant's own id that it took


class Here(NamedTuple):
    """A product that is here, and where it came from."""

    product: Product
    origin: Origin | None


class Seen(NamedTuple):
    """What there was before: the word about this record, who of the run has its ids, the product itself, and others
    that may be the same."""

    told: ImportRow | None
    claimed: LinkRow | None
    out_claimed: LinkRow | None
    here: Here | None
    by_out: Here | None
    by_bar: Here | None


class Asked(NamedTuple):
    """A record with what has to be known of it."""

    group: Group
    old: OldProduct | None
    why: str
    keys: Mapping[str, Key]


def look_up(reading: Reading, groups: Sequence[Group]) -> tuple[Shop, list[tuple[Asked, Seen]]]:
    """The shop, and what there is of these records (at most 11): two batched reads. Raises NotFound."""
    asked = [_asked(reading, group) for group in groups]
    keys = list(
        dict.fromkeys([shop_key(reading.migration.shop_id), *(key for one in asked for key in one.keys.values())])
    )
    found = dict(zip(keys, read(keys), strict=True))
    shop = shop_of(found[shop_key(reading.migration.shop_id)])
    if shop is None:
        raise NotFound()
    links = [found[key] for one in asked for name, key in one.keys.items() if name == "out" or name.startswith("bar")]
    others = list(dict.fromkeys(link.target for link in links if link))
    rows = read([key for one in others for key in (product_key(one), origin_key(one))]) if others else []
    there = {one: _here(rows[2 * n], rows[2 * n + 1]) for n, one in enumerate(others)}
    return shop, [(one, _seen(one, found, there)) for one in asked]


def _asked(reading: Reading, group: Group) -> Asked:
    keys: dict[str, Key] = {"told": row_key(reading.rows, group.line)}
    try:
        old = _old(reading, group)
    except RowRefused as refusal:
        return Asked(group, None, str(refusal), keys)
    product_id, shop_id = reading.new_id("prd", "product", old.old_id), reading.migration.shop_id
    keys |= {
        "claimed": claim_key(reading.run, "product", old.old_id),
        "here": product_key(product_id),
        "origin": origin_key(product_id),
    }
    out = str(old.body.get("out_product_id") or "")[:MAX_KEY]
    if out:
        keys |= {"out": out_key(shop_id, out), "out_claimed": claim_key(reading.run, "out", out)}
    for number, hashed in enumerate(_bars(old)):
        keys[f"bar{number}"] = bar_key(shop_id, hashed)
    return Asked(group, old, "", keys)


def _old(reading: Reading, group: Group) -> OldProduct:
    bad = next((row for row in group.rows if row.why), None)
    if group.why or bad:
        raise RowRefused(group.why or (bad.why if bad else ""))
    if len(group.key) > MAX_KEY:
        raise RowRefused(f"its id is longer than {MAX_KEY} characters")
    return reader_of(reading.migration, reading.file).product(group.rows)


def _bars(old: OldProduct) -> tuple[str, ...]:
    return tuple(bar_hash(str(old.body.get("title", "")), code) for code in old.barcodes[:MAX_BARCODES])


def _here(row: object, origin: object) -> Here | None:
    stocked = stocked_of(row)  # type: ignore[arg-type]
    return Here(stocked.product, origin_of(origin)) if stocked else None  # type: ignore[arg-type]


def _seen(one: Asked, found: Mapping[Key, object], there: Mapping[str, Here | None]) -> Seen:
    rows = {name: found.get(key) for name, key in one.keys.items()}

    def other(name: str) -> Here | None:
        link = rows.get(name)
        return there.get(link.target) if isinstance(link, LinkRow) else None

    bars = (other(name) for name in one.keys if name.startswith("bar"))
    return Seen(
        told=rows["told"],  # type: ignore[arg-type]
        claimed=rows.get("claimed"),  # type: ignore[arg-type]
        out_claimed=rows.get("out_claimed"),  # type: ignore[arg-type]
        here=_here(rows.get("here"), rows.get("origin")),
        by_out=other("out"),
        by_bar=next((one for one in bars if one), None),
    )


def move_product(reading: Reading, asked: Asked, shop: Shop, seen: Seen, begin: Begin) -> Told:
    """Do what is to be done with a record, once; what was told before is only repeated.

    Raises Contended when what was seen has changed: look again.
    """
    if seen.told:
        return Told(seen.told.outcome, seen.told.why, seen.told.product_id, shop)
    try:
        tx = begin()
        told = _effect(tx, reading, asked, shop, seen, begin)
    except (RowRefused, ValidationError, Problem) as refusal:
        tx = begin()
        told = Told("refused", why_refused(refusal), None, shop)
    if reading.migration.mode == "dry":
        tx, told = begin(), told._replace(shop=shop)
    if asked.old and told.outcome != "refused":
        _claim(tx, reading, asked, told, begin)
    group = asked.group
    key = group.key[:MAX_KEY]
    add_row(tx, reading.rows, group.lines, key=key, outcome=told.outcome, why=told.why, product_id=told.new_id)
    if told.outcome == "refused":
        said = ToldRow(
            kind="products", file=reading.file.number, line=group.line, old_id=key, outcome="refused", why=told.why
        )
        tell(tx, reading.migration, said)
    tx.commit()
    return told


def _claim(tx: Transaction, reading: Reading, asked: Asked, told: Told, begin: Begin) -> None:
    assert asked.old is not None
    place = reading.place(asked.group)
    claim(tx, reading.run, "product", asked.old.old_id, place)
    if told.out:
        claim(tx, reading.run, "out", told.out, place)
    if reading.migration.mode == "dry" and told.outcome == "moved" and told.new_id:
        claim_styles(tx, begin, reading, asked.old.skus, told.new_id)


def _effect(tx: Transaction, reading: Reading, asked: Asked, shop: Shop, seen: Seen, begin: Begin) -> Told:
    old = asked.old
    if old is None:
        raise RowRefused(asked.why)
    if seen.claimed:
        file, _, line = seen.claimed.target.partition(":")
        raise RowRefused(f"line {line} of file {file} has this product already")
    if seen.here and not (seen.here.origin and seen.here.origin.out):
        if not _is_its(reading, old, seen.here.origin):  # a rollback has handed it on: its old id leads there again
            _merge(tx, reading, old, seen.here.product, begin)
        return Told("unchanged", "it is here already", seen.here.product.product_id, shop)
    same, why = _same(reading, old, seen)
    if same:
        _merge(tx, reading, old, same, begin)
        return Told("unchanged", f"the same as {same.product_id}, by {why}", same.product_id, shop)
    return _bring(tx, reading, old, shop, seen, begin)


def _is_its(reading: Reading, old: OldProduct, origin: Origin | None) -> bool:
    """Whether this very old product is what came in as it, or has it now."""
    return origin is not None and reading.same_shop(origin) and origin.old_id == old.old_id


def _same(reading: Reading, old: OldProduct, seen: Seen) -> tuple[Product | None, str]:
    """The product here that is the same one, of another shop or made here, and by what (M4)."""
    for here, why in ((seen.by_out, "out_product_id"), (seen.by_bar, "title and barcode")):
        other = here and (not reading.same_shop(here.origin) or _is_its(reading, old, here.origin))
        if here and other and here.product.status != "deleted":
            return here.product, why
    return None, ""


def _merge(tx: Transaction, reading: Reading, old: OldProduct, same: Product, begin: Begin) -> None:
    """Lead its old id to that one. What an earlier migration has led there stays that one's."""
    one, target = reading.migration, same.product_id
    ident = reading.new_id("prd", "product", old.old_id)
    known = get(*old_key("product", old.old_id, one.source, one.old_shop_id))
    if isinstance(known, LinkRow) and known.target == target:
        return
    check_product(tx, same)  # a rollback may be taking it out: it hands it on, or this one comes itself
    heirs = heirs_of(get(*heirs_key(target)))
    save_heirs(tx, target, heirs, (*heirs.all, Heir(ident, one.migration_id)))
    resolve(tx, "product", old.old_id, one.source, one.old_shop_id, target)
    if ident != target:
        merge(tx, ident, target)
        unmerge(tx, target)  # for which this one may have stood before it was taken out: nobody is led in a circle
    came(tx, one.migration_id, ident, f"alias {old.old_id}")
    name_styles(tx, begin, one, dict.fromkeys(old.skus, target))
    save_brought(tx, one.shop_id, ident, Brought(one.migration_id, old.old_id, {"skus": json.dumps(old.skus)}))


def _bring(tx: Transaction, reading: Reading, old: OldProduct, shop: Shop, seen: Seen, begin: Begin) -> Told:
    one, notes = reading.migration, list(old.notes)
    body = {**old.body, "category_id": _category(reading, old)}
    if seen.out_claimed or (seen.by_out and reading.same_shop(seen.by_out.origin) and not _is_out(seen.by_out)):
        notes.append("another product of its shop has its out_product_id: it came without")
        body["out_product_id"] = None
    asked = WriteProduct.model_validate(body)
    if len(set(old.skus)) < len(old.skus):
        raise RowRefused("two of its styles have the same id")
    ident, before = reading.new_id("prd", "product", old.old_id), seen.here.product if seen.here else None
    refuse_others_styles(reading, old.old_id, old.skus, ident)
    ids = iter([reading.new_id("sku", "sku", sku) for sku in old.skus])
    copy = first_copy(asked.texts(), asked.styles(), tx.now, lambda _: next(ids))
    product = new_product(ident, shop.shop_id, asked.out_product_id, copy, tx.now, auto_pass=shop.auto_pass)
    if before:  # a rollback has taken it out; what others heard of it had numbers, and these go on
        product = replace(product, version=before.version + 1, offered_once=before.offered_once)
    take_images(tx, shop.shop_id, one.person, copy.images)
    product = _listed(reading, old, product, shop, notes, tx)
    take_out_id(tx, product)
    origin = Origin(
        migration_id=one.migration_id,
        source=one.source,
        old_shop_id=one.old_shop_id,
        old_id=old.old_id,
        copy=digest(product.latest),
        listed=product.status == "listed",
        barcodes=_bars(old),
        skus=old.skus,
        aside=old.aside,
    )
    save_origin(tx, ident, origin)
    take_bars(tx, shop.shop_id, origin.barcodes, ident)
    resolve(tx, "product", old.old_id, one.source, one.old_shop_id, ident)
    came(tx, one.migration_id, ident, "product")
    shop = write_product(tx, shop, before, product, moves=True)
    name_styles(tx, begin, one, {sku: style_of(reading, ident, sku) for sku in old.skus})
    return Told("moved", "; ".join(notes), ident, shop, product.out_product_id or "")


def _category(reading: Reading, old: OldProduct) -> str:
    """Ours that an old category's products go to; our own JSON lines name ours."""
    ours = old.old_category if reading.file.format == "jsonl" else ""
    return reading.migration.categories.get(old.old_category) or ours or reading.migration.category_id


def _is_out(here: Here) -> bool:
    return here.product.status == "deleted"


def _listed(
    reading: Reading, old: OldProduct, product: Product, shop: Shop, notes: list[str], tx: Transaction
) -> Product:
    """The product on sale, if it was on sale there and may be here."""
    if not (old.on_sale and reading.migration.put_on_sale):
        return product
    try:
        hindrance = shop.hinders(product.latest.category_id, product.latest.kind, tree(), tx.now)
        if hindrance:
            raise ShopCannotSell(f"the shop is hindered: {hindrance}")
        shop.enter(tree().leaf(product.latest.category_id), tree(), tx.now)
        return replace(product.offer(tx.now), version=product.version)
    except (ShopCannotSell, DepositShort, NotPassed) as refusal:
        notes.append(f"not listed: {refusal.detail}")
        return product
