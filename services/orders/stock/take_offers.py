"""What catalog offers: orders keeps a copy of each style, and its stock from the first time it sees it (C12, O1)."""

from collections.abc import Sequence

from services.orders import ledger
from services.orders.freight.tables import ship_product_by
from services.orders.money.book import closes_next
from services.orders.money.tables import plan_first_fold
from services.orders.stock.check_stock import CHECKED_EVERY
from services.orders.stock.low_stock import threshold
from services.orders.stock.stock import spread
from services.orders.stock.stock_balance import Figures
from services.orders.stock.tables import create_shards, low_row, plan_check, record_flow, stock_list_key, stock_terms
from services.orders.tables import (
    OfferRow,
    ProductRow,
    ShopRow,
    append_entries,
    find_offers,
    find_product,
    own_begin,
    shop_key,
)
from services.shared.contracts.catalog import ProductOffered, ProductWithdrawn, ShopChanged, SkuOffer
from services.shared.contracts.envelope import Envelope
from services.shared.plumbing.tables import Begin, Refused, Transaction, get

NEW_PER_TRANSACTION = 15  # of 100 actions: an offer, a shard, a line of flow and a line among the low each


def take_shop(envelope: Envelope, begin: Begin) -> None:
    """ShopChanged: whether it may sell, and its terms."""
    shop = envelope.open(ShopChanged)
    _, pk, sk = shop_key(shop.shop_id)
    row = ShopRow(pk, sk, sequence=envelope.sequence, name=shop.name, can_sell=shop.can_sell)
    row.auto_confirm_days, row.settle_days = shop.auto_confirm_days, shop.settle_days
    row.sub_mchid, row.sub_appid = shop.sub_mchid, shop.sub_appid
    tx = begin()
    _book_deposit(tx, shop, row, envelope.id)
    plan_check(tx, shop.shop_id, tx.now + CHECKED_EVERY, None, None)
    plan_first_fold(tx, shop.shop_id, closes_next(tx.now))
    _commit_state(tx)


def _book_deposit(tx: Transaction, shop: ShopChanged, row: ShopRow, ref: str) -> None:
    """What the deposit has changed by since the shop was last heard of stands in its ledger, once, with that state."""
    known = get(*shop_key(shop.shop_id))
    before = int(known.deposit_fen or 0) if known else 0
    after = before if shop.deposit_fen is None else shop.deposit_fen
    row.deposit_fen = after
    if after != before and (known is None or known.sequence < row.sequence):
        append_entries(tx, shop.shop_id, [ledger.deposited(ref, after - before, tx.now)])
        # What it changed by is right only while nobody else has heard of another.
        unmoved = ShopRow.pk.does_not_exist() if known is None else ShopRow.sequence == known.sequence
        tx.put(row, unmoved, "deposit")
    else:
        tx.put(row, ShopRow.pk.does_not_exist() | (ShopRow.sequence < row.sequence), "state")


def take_offers(envelope: Envelope, begin: Begin) -> None:
    """ProductOffered: every style as it is now, styles that are gone withdrawn; initial stock counts once."""
    offered = envelope.open(ProductOffered)
    known = find_product(offered.product_id)
    own = own_begin(begin().now)  # only the last of these transactions carries the inbox mark
    ids = [sku.sku_id for sku in offered.skus]
    if known is not None and known.sequence >= envelope.sequence:
        _give_way(own, ids, known)
        return
    gone = [sku_id for sku_id in (known.sku_ids if known else []) if sku_id not in set(ids)]
    there = find_offers(ids)
    fresh = [sku for sku in offered.skus if sku.sku_id not in there]
    for sku in (one for one in offered.skus if one.sku_id in there):
        _update(own(), there[sku.sku_id], offered, sku, envelope.sequence)
    for sku_id in gone:
        _withdraw(own(), sku_id, envelope.sequence)
    for start in range(0, len(fresh), NEW_PER_TRANSACTION):
        _create(own(), offered, fresh[start : start + NEW_PER_TRANSACTION], envelope)
    tx = begin()
    _mark_product(tx, offered.product_id, [*ids, *gone], envelope.sequence, offered.freight_template_id)
    was = known.freight_template_id if known else ""
    ship_product_by(tx, offered.shop_id, offered.product_id, was, offered.freight_template_id)
    if not _commit_state(tx) and (newer := find_product(offered.product_id)):
        _give_way(own, ids, newer)


def withdraw_offers(envelope: Envelope, begin: Begin) -> None:
    """ProductWithdrawn: none of its styles is for sale; they keep their stock, and the sequence."""
    withdrawn = envelope.open(ProductWithdrawn)
    known = find_product(withdrawn.product_id)
    if known is not None and known.sequence >= envelope.sequence:
        return
    own = own_begin(begin().now)
    ids: list[str] = known.sku_ids if known else []
    for sku_id in ids:
        _withdraw(own(), sku_id, envelope.sequence)
    tx = begin()
    _mark_product(tx, withdrawn.product_id, ids, envelope.sequence)
    if known is not None:
        ship_product_by(tx, withdrawn.shop_id, withdrawn.product_id, known.freight_template_id, "")
    _commit_state(tx)


def _create(tx: Transaction, offered: ProductOffered, skus: Sequence[SkuOffer], envelope: Envelope) -> None:
    """First sight of these styles: the offer, one counter with the initial stock, a line of flow. All or nothing."""
    low_at = threshold(None, stock_terms(offered.shop_id))
    for sku in skus:
        row = OfferRow(f"SKU#{sku.sku_id}", "OFFER", shards=1, epoch=1, availability_sequence=0)
        # Card keys' stock is their keys, which are imported later (O5).
        initial = 0 if offered.kind == "card_key" else sku.initial_stock
        row.available = initial > 0
        row.shop_key, row.updated_at = stock_list_key(offered.shop_id), tx.now
        if initial <= low_at:  # it begins low: the shop knows, and hears when it falls again
            row.low = True
            tx.put(low_row(offered.shop_id, sku.sku_id))
        for name, value in _facts(offered, sku).items():
            setattr(row, name, value)
        row.offered, row.sequence = True, envelope.sequence
        tx.create(row, "offer")
        create_shards(tx, sku.sku_id, 1, spread(initial, 1))
        moved = Figures(initial)
        record_flow(tx, sku.sku_id, what="initial", ref=envelope.id, by="catalog", moved=moved, at=tx.now)
    tx.commit()


def _update(tx: Transaction, row: OfferRow, offered: ProductOffered, sku: SkuOffer, sequence: int) -> None:
    actions = [getattr(OfferRow, name).set(value) for name, value in _facts(offered, sku).items()]
    actions += [OfferRow.offered.set(True), OfferRow.sequence.set(sequence)]
    tx.update(OfferRow(row.pk, row.sk), actions, OfferRow.sequence < sequence, "state")
    _commit_state(tx)


def _withdraw(tx: Transaction, sku_id: str, sequence: int) -> None:
    actions = [OfferRow.offered.set(False), OfferRow.sequence.set(sequence)]
    tx.update(OfferRow(f"SKU#{sku_id}", "OFFER"), actions, OfferRow.sequence < sequence, "state")
    _commit_state(tx)


def _give_way(own: Begin, sku_ids: Sequence[str], newer: ProductRow) -> None:
    """Newer state was there first. What it does not name it could not withdraw, as nobody had seen it yet::

    older  knows A ─ creates B ──────────────────────── its list is refused ─ withdraws B
    newer          knows A ─ (nothing to withdraw) ─ A ─▶
    """
    for sku_id in sku_ids:
        if sku_id not in newer.sku_ids:
            _withdraw(own(), sku_id, int(newer.sequence))


def _facts(offered: ProductOffered, sku: SkuOffer) -> dict[str, object]:
    return {
        "shop_id": offered.shop_id,
        "product_id": offered.product_id,
        "title": offered.title,
        "attributes": sku.attributes,
        "price_fen": sku.price_fen,
        "original_price_fen": sku.original_price_fen,
        "kind": offered.kind,
        "giftable": offered.giftable,
        "fee_bp": offered.fee_bp,
        "no_delivery": offered.no_delivery_regions,
        "weight_g": sku.weight_g,
        "freight_template_id": offered.freight_template_id,
        "max_per_buyer": offered.max_per_buyer,
    }


def _mark_product(
    tx: Transaction, product_id: str, sku_ids: list[str], sequence: int, freight_template_id: str = ""
) -> None:
    row = ProductRow(f"PRD#{product_id}", "SKUS", sku_ids=sku_ids, sequence=sequence)
    row.freight_template_id = freight_template_id
    tx.put(row, ProductRow.pk.does_not_exist() | (ProductRow.sequence < sequence), "state")


def _commit_state(tx: Transaction) -> bool:
    """Older state than what is known is no state: leave it, and say so."""
    try:
        tx.commit()
    except Refused as refused:
        if "state" not in refused.names:
            raise
        return False
    return True
