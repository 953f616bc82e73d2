"""The card that a claim link opens (G2, G9)."""

from datetime import datetime

from services.gifts.claim_token import entry_id_of, gift_behind
from services.gifts.gift import Gift
from services.gifts.giver_words import message_of, name_of_giver
from services.gifts.messages import CardView, Goods, LotView, StyleView
from services.gifts.product import styles_to_choose
from services.gifts.sub_gift import REFUSED
from services.gifts.tables import find_product_and_shop_name, is_entered
from services.shared.plumbing.auth import Principal


def show_card(token: str, caller: Principal | None, now: datetime) -> CardView:
    """Who gives what, and the styles to choose among; no address, no person's id, no price unless the giver shows it.

    Once nobody can claim any more, a link that went round tells strangers the status and nothing else. Raises NotFound.
    """
    gift = gift_behind(token)
    viewer = caller.person if caller else None
    sheet, held = gift.sheet, gift.held_by(viewer)
    status = gift.status_of(held, now) if held else gift.status(now)
    if status not in ("claimable", "claiming") and not held and viewer != sheet.giver:
        return CardView(status=status, deadline_at=sheet.deadline_at, addressed=sheet.to_openid is not None)
    product, shop_name = find_product_and_shop_name(sheet.line.product_id, sheet.shop_id)
    return CardView(
        status=status,
        deadline_at=sheet.deadline_at,
        addressed=sheet.to_openid is not None,
        giver_name=name_of_giver(sheet),
        message=message_of(sheet),
        shop_name=shop_name,
        goods=[Goods.of(sheet.line, priced=sheet.show_price, style=held.style if held else None)],
        styles=[
            StyleView(
                sku_id=style.sku_id,
                attributes=style.attributes,
                ordered=style.sku_id == sheet.line.sku_id,
            )
            for style in styles_to_choose(sheet.line, product)
        ],
        last_refusal=_last_refusal(gift),
        left=gift.left(now),
        lot=_lot(gift, viewer, now),
    )


def _lot(gift: Gift, viewer: str | None, now: datetime) -> LotView | None:
    lot = gift.lot
    if lot is None:
        return None
    entry_id = entry_id_of(gift.sheet, viewer) if viewer else None
    return LotView(
        state=lot.state(now),
        draw_at=lot.draw_at,
        full_at=lot.full_at,
        entries=lot.entries,
        commitment=lot.commitment,
        entry_id=entry_id if entry_id and is_entered(gift.sheet.gift_id, entry_id) else None,
        won=None if lot.ended_at is None else entry_id in lot.winners,
    )


def _last_refusal(gift: Gift) -> str | None:
    refused = [(one.updated_at, one.refusal) for one in gift.sub_gifts if one.refusal]
    return REFUSED[max(refused)[1]].slug if refused else None
