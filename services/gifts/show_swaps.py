"""What a merchant sees of wishes for another style: what is wanted and until when, of nobody the name (G7, G9)."""

from datetime import datetime

from services.gifts.gift import Gift, gift_id_of
from services.gifts.messages import PageQuery, SwapView
from services.gifts.tables import find_gifts, undecided_swaps
from services.shared.plumbing import cursors
from services.shared.plumbing.doors import Page
from services.shared.plumbing.problems import NotFound


def list_shops_swaps(shop_id: str, query: PageQuery, now: datetime) -> Page[SwapView]:
    """Undecided ones, the most urgent first."""
    listing = f"swaps in {shop_id}"
    at = cursors.read(listing, query.cursor) or {"after": None}
    ids, after = undecided_swaps(shop_id, query.limit, at["after"])
    gifts = {gift.sheet.gift_id: gift for gift in find_gifts([gift_id_of(one) for one in ids])}
    views = [swap_view(gifts[gift_id_of(one)], one, now) for one in ids if gift_id_of(one) in gifts]
    cursor = cursors.sign(listing, {"after": after}) if after else None
    return Page(items=[view for view in views if view.status == "asked"], next_cursor=cursor)


def swap_view(gift: Gift, sub_gift_id: str, now: datetime) -> SwapView:
    """One wish, as it is now. Raises NotFound where there is none."""
    share = gift.share(sub_gift_id)
    shown = share.lapse_swap(now) if share else None
    if share is None or shown is None or shown.swap is None:
        raise NotFound()
    return SwapView(
        sub_gift_id=sub_gift_id,
        order_id=gift.sheet.order_of(sub_gift_id),
        title=gift.sheet.line.title,
        status=shown.swap.state,
        has=shown.style.attributes,
        wants=shown.swap.style.attributes,
        wants_sku_id=shown.swap.style.sku_id,
        decide_by=shown.swap.decide_by,
    )
