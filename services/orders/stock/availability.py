"""Whether a style can be had, as a hint for shelves: changes are told once, decisions never use it (O1).

The hint must not stay "sold out" while there is stock, or nobody would come to buy it. It is turned off only together
with a check that every shard is empty, and whatever puts units back looks at the hint no earlier than that::

    refused buyer: snapshot 0 ────────────────────── off, if all shards are still 0 ✗ refused
    canceller:                  ─ +1, and its event ─ on, if it is off
    merchant:      reads the hint ─ +5, and on, or a check that nobody turned it off since
"""

from collections.abc import Iterable, Sequence

from services.orders.stock.stock import total
from services.orders.stock.tables import shards_now, still_empty
from services.orders.tables import OfferRow, find_offers
from services.shared.contracts.orders import AvailabilityChanged
from services.shared.plumbing.tables import Begin, Contended, Transaction


def mark_back(tx: Transaction, offer: OfferRow) -> None:
    """Units come on hand in the caller's transaction: turn the hint on, or see that nobody turns it off meanwhile."""
    if offer.available:
        unmoved = OfferRow.availability_sequence == offer.availability_sequence
        tx.check(OfferRow, offer.pk, offer.sk, unmoved, f"hint {offer.pk}")
    else:
        _turn(tx, offer, in_stock=True)


def show_again(sku_ids: Sequence[str], begin: Begin) -> None:
    """Units of these came back a moment ago: turn the hints on where there is any. Raises Contended."""
    for offer in find_offers(sku_ids).values():
        if not offer.available and total(shards_now(offer)).on_hand:
            tx = begin()
            _turn(tx, offer, in_stock=True)
            tx.commit()


def mark_sold_out(offers: Iterable[OfferRow], begin: Begin) -> None:
    """After a snapshot said "sold out": turn the hints off, where it still is so. It is a hint: nobody waits for it."""
    for offer in offers:
        if not offer.available:
            continue
        tx = begin()
        still_empty(tx, offer)
        _turn(tx, offer, in_stock=False)
        try:
            tx.commit()
        except Contended:  # something moved: whoever is refused next sees how it is then
            continue


def _turn(tx: Transaction, offer: OfferRow, *, in_stock: bool) -> None:
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
