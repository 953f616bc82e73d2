"""What a giver sees of the gifts sent: their status and the link, nobody's address (G9)."""

from datetime import datetime

from services.gifts.claim_token import token_of, url_of
from services.gifts.gift import Gift
from services.gifts.giver_words import message_of
from services.gifts.messages import GiftView, Goods, PageQuery, QrView, SubGiftView
from services.gifts.tables import find_gift, find_gifts, list_given
from services.shared.plumbing import cursors
from services.shared.plumbing.doors import Page
from services.shared.plumbing.problems import NotFound
from services.shared.plumbing.qr import qr_of


def show_given(gift_id: str, person: str, now: datetime) -> GiftView:
    """One gift of this giver. Raises NotFound for another's."""
    gift = find_gift(gift_id)
    if gift is None or gift.sheet.giver != person:
        raise NotFound()
    return _view(gift, now)


def qr_of_gift(gift_id: str, person: str, now: datetime) -> QrView:
    """The claim link of this giver's gift as a QR code (C9). Raises NotFound for another's and for one without it."""
    url = show_given(gift_id, person, now).claim_url
    if url is None:
        raise NotFound()
    code = qr_of(url)
    return QrView(url=url, svg=code.svg, png=code.png, width=code.width)


def list_given_gifts(person: str, query: PageQuery, now: datetime) -> Page[GiftView]:
    """This giver's gifts, newest first."""
    listing = f"given {person}"
    at = cursors.read(listing, query.cursor) or {"after": None}
    ids = list_given(person, query.limit + 1, at["after"])
    page = ids[: query.limit]
    cursor = cursors.sign(listing, {"after": page[-1]}) if len(ids) > len(page) else None
    return Page(items=[_view(gift, now) for gift in find_gifts(page)], next_cursor=cursor)


def _view(gift: Gift, now: datetime) -> GiftView:
    sheet, status = gift.sheet, gift.status(now)
    token = token_of(sheet) if status in ("claimable", "claiming") else None
    return GiftView(
        gift_id=sheet.gift_id,
        order_id=sheet.order_id,
        shop_id=sheet.shop_id,
        mode=sheet.mode,
        status=status,
        message=message_of(sheet),
        goods=[Goods.of(sheet.line, priced=True)],
        deadline_at=sheet.deadline_at,
        claim_token=token,
        claim_url=url_of(token) if token else None,
        sub_gifts=[
            SubGiftView(
                sub_gift_id=one.sub_gift_id,
                status=gift.status_of(one, now),
                sku_id=one.style.sku_id,
                refund_id=one.refund_id,
                refunded_at=one.refunded_at,
            )
            for one in gift.sub_gifts
        ],
        created_at=sheet.created_at,
        updated_at=max(one.updated_at for one in gift.sub_gifts),
        version=sum(one.version for one in gift.sub_gifts) + sheet.token_version - 1,  # a new link is a change too
    )
