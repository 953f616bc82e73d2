"""Make the gift sheet of an order that was paid (G2)."""

import os
from dataclasses import replace
from datetime import timedelta

from services.gifts.activity import Grant
from services.gifts.count_gifts import note_purchase
from services.gifts.gift import CLAIM_WITHIN, Gift, Line, Sheet, make
from services.gifts.lot import Lot
from services.gifts.product import Product
from services.gifts.tables import (
    STORE,
    VAULT,
    create_gift,
    find_gift,
    find_grant,
    find_product,
    save_grant,
    spare_budget,
)
from services.shared.contracts.gifts import GiftReady
from services.shared.contracts.orders import GiftTerms, LotTerms, OrderLine, OrderPaid
from services.shared.plumbing.ids import derived_id
from services.shared.plumbing.inbox import NotYet
from services.shared.plumbing.logs import log
from services.shared.plumbing.tables import Begin


def make_gift(paid: OrderPaid, terms: GiftTerms, *, begin: Begin) -> None:
    """The sheet and its sub-gifts, once an order; they can be claimed until 24 h after the payment.

    What the giver wrote is opened from its ciphertext and sealed again under the giver's own key.
    """
    gift_id = derived_id("gft", paid.order_id)
    if find_gift(gift_id):
        return
    grant = _grant(paid)
    [line] = paid.lines  # orders takes one style a gift, as many pieces as recipients
    product = find_product(line.product_id)
    sheet = Sheet(
        gift_id=gift_id,
        order_id=paid.order_id,
        shop_id=paid.shop_id,
        giver=paid.buyer,
        mode=terms.mode,
        to_openid=terms.to_openid,
        show_price=terms.show_price,
        message=grant.message if grant else _resealed(paid.buyer, terms.message_cipher),
        giver_name=grant.giver_name if grant else _resealed(paid.buyer, terms.giver_name_cipher),
        line=_line(line, terms.recipients, product),
        no_delivery_regions=tuple(paid.no_delivery_regions),
        deadline_at=paid.paid_at + CLAIM_WITHIN,
        created_at=paid.paid_at,
        recipients=terms.recipients,
        activity_id=grant.activity_id if grant else None,
    )
    _keep(replace(make(sheet), lot=_lot(paid, terms)), paid, grant, begin)


def _keep(gift: Gift, paid: OrderPaid, grant: Grant | None, begin: Begin) -> None:
    tx, sheet = begin(), gift.sheet
    create_gift(tx, gift)
    if grant:
        save_grant(tx, grant.ready(), grant)
        if spared_fen := grant.price_fen - sheet.line.unit_price_fen:  # orders knew of a lower price
            spare_budget(tx, sheet.shop_id, grant.activity_id, spared_fen)
    else:
        note_purchase(tx, paid)
    ready = GiftReady(
        gift_id=sheet.gift_id,
        order_id=sheet.order_id,
        shop_id=sheet.shop_id,
        giver=sheet.giver,
        title=sheet.line.title,
        to_openid=sheet.to_openid,
        deadline_at=sheet.deadline_at,
        sub_gift_ids=[one.sub_gift_id for one in gift.sub_gifts],
    )
    tx.emit(ready, subject=sheet.gift_id, sequence=len(gift.sub_gifts), shop=sheet.shop_id)
    tx.commit()
    log(STORE.service, "gift_made", gift_id=sheet.gift_id, order_id=sheet.order_id, mode=sheet.mode)


def _grant(paid: OrderPaid) -> Grant | None:
    """What a merchant gave, where it is an own gift. Raises NotYet."""
    if paid.grant_id is None:
        return None
    grant = find_grant(paid.grant_id)
    if grant is None:
        raise NotYet(f"the grant {paid.grant_id}")
    return grant


def _lot(paid: OrderPaid, terms: GiftTerms) -> Lot | None:
    """The draw, its seed fixed before anybody can enter."""
    if terms.mode != "lot":
        return None
    wanted = paid.lot or LotTerms(draw_after_minutes=720, full_at=1_000)
    return Lot(
        seed=os.urandom(32).hex(),  # noqa: TID251 - nobody may guess who wins
        draw_at=paid.paid_at + timedelta(minutes=wanted.draw_after_minutes),
        full_at=wanted.full_at,
        may_enter=tuple(wanted.may_enter),
    )


def _resealed(giver: str, sent: str | None) -> str | None:
    return VAULT.seal(giver, VAULT.open_sent(sent)) if sent else None


def _line(line: OrderLine, recipients: int, product: Product | None) -> Line:
    """The line with its looks of today, which stay the card's whatever becomes of the product."""
    return Line(
        line_no=line.line_no,
        product_id=line.product_id,
        sku_id=line.sku_id,
        title=line.title,
        quantity=line.quantity // recipients,
        unit_price_fen=line.unit_price_fen,
        image=product.image if product else None,
        attributes=product.attributes_of(line.sku_id) if product else None,
    )
