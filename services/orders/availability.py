"""Whether a style can be had, as a hint for shelves: changes are told once, decisions never use it."""

from collections.abc import Iterable

from services.orders.tables import OfferRow
from services.shared.contracts.orders import AvailabilityChanged
from services.shared.plumbing.tables import Begin, Refused, Transaction


def mark(tx: Transaction, offer: OfferRow, *, in_stock: bool) -> None:
    """Turn the hint and tell catalog, in the caller's transaction; does nothing when it is so already."""
    if bool(offer.available) == in_stock:
        return
    sequence = int(offer.availability_sequence) + 1
    tx.update(
        OfferRow(offer.pk, offer.sk),
        [OfferRow.available.set(in_stock), OfferRow.availability_sequence.set(sequence)],
        OfferRow.availability_sequence == sequence - 1,
        f"hint {offer.pk}",
    )
    sku_id = offer.pk.removeprefix("SKU#")
    tx.emit(
        AvailabilityChanged(sku_id=sku_id, product_id=offer.product_id, shop_id=offer.shop_id, in_stock=in_stock),
        subject=sku_id,
        sequence=sequence,
        shop=offer.shop_id,
    )


def mark_sold_out(offers: Iterable[OfferRow], begin: Begin) -> None:
    """After a snapshot said "sold out": turn the hints off. Somebody else may have done it."""
    for offer in offers:
        tx = begin()
        mark(tx, offer, in_stock=False)
        if tx.size:
            try:
                tx.commit()
            except Refused:
                continue
