"""What a recipient sees of the gifts received, with the address given for each (G9)."""

from collections.abc import Iterable
from datetime import datetime

from services.gifts.claim_token import url_of
from services.gifts.gift import Gift
from services.gifts.giver_words import message_of, name_of_giver
from services.gifts.messages import Address, Goods, PageQuery, ReceivedView, RecipientsSwap
from services.gifts.sub_gift import SubGift
from services.gifts.tables import VAULT, find_gifts, list_received
from services.shared.plumbing import cursors
from services.shared.plumbing.doors import Answer, Page
from services.shared.plumbing.problems import NotFound
from services.shared.plumbing.vault import Erased

LOOK_AGAIN_S = 1


def answer_claim(gift: Gift, person: str, token: str, now: datetime) -> Answer:
    """200 with what was claimed; 202, and where to look and when, while orders has not answered for the style."""
    [view] = _views([gift], person, now)
    if view.status == "claimed":
        return Answer(view)
    headers = {"Location": url_of(token), "Retry-After": str(LOOK_AGAIN_S)}
    return Answer(view.model_copy(update={"retry_after_s": LOOK_AGAIN_S}), 202, headers)


def received_view(gift: Gift, person: str, now: datetime) -> ReceivedView:
    """What this person holds of it. Raises NotFound when that is nothing."""
    for view in _views([gift], person, now):
        return view
    raise NotFound()


def list_received_gifts(person: str, query: PageQuery, now: datetime) -> Page[ReceivedView]:
    """What this person is claiming or has claimed, newest gift first."""
    listing = f"received {person}"
    at = cursors.read(listing, query.cursor) or {"after": None}
    ids = list_received(person, query.limit + 1, at["after"])
    page = ids[: query.limit]
    cursor = cursors.sign(listing, {"after": page[-1][1]}) if len(ids) > len(page) else None
    gifts = find_gifts([gift_id for gift_id, _ in page])
    return Page(items=_views(gifts, person, now), next_cursor=cursor)


def _views(gifts: Iterable[Gift], person: str, now: datetime) -> list[ReceivedView]:
    """What this person holds of these gifts: an index may name one that the person holds no longer."""
    return [_view(gift, held, now) for gift in gifts if (held := gift.held_by(person))]


def _view(gift: Gift, held: SubGift, now: datetime) -> ReceivedView:
    sheet = gift.sheet
    return ReceivedView(
        sub_gift_id=held.sub_gift_id,
        gift_id=sheet.gift_id,
        order_id=sheet.order_of(held.sub_gift_id),
        shop_id=sheet.shop_id,
        status=gift.status_of(held, now),
        giver_name=name_of_giver(sheet),
        message=message_of(sheet),
        goods=[Goods.of(sheet.line, priced=sheet.show_price, style=held.style)],
        address=_address(held),
        claimed_at=held.ended_at,
        swap=_swap(held.lapse_swap(now)),
    )


def _swap(held: SubGift) -> RecipientsSwap | None:
    if held.swap is None:
        return None
    return RecipientsSwap(status=held.swap.state, sku_id=held.swap.style.sku_id, decide_by=held.swap.decide_by)


def _address(held: SubGift) -> Address | None:
    try:
        return Address.model_validate_json(VAULT.open(held.recipient or "", held.address or ""))
    except Erased:
        return None
