"""What a move changed is written and told in one place, so that a state and its event cannot part."""

from collections.abc import Iterator
from typing import Any

from services.gifts.gift import Gift, Sheet
from services.gifts.sub_gift import SubGift, Swap
from services.gifts.tables import STORE, VAULT, give_back_to_pool, require_link, save_lot, save_sub_gift
from services.shared.contracts.envelope import EventBody
from services.shared.contracts.gifts import (
    GiftClaimed,
    GiftDeclined,
    GiftExpired,
    LotDrawn,
    StyleAsked,
    StyleSwapAsked,
    StyleSwapEnded,
)
from services.shared.plumbing.logs import log
from services.shared.plumbing.tables import Begin


def commit_move(begin: Begin, before: Gift, after: Gift, *, by_link: bool = False) -> None:
    """One transaction: every sub-gift that moved, on condition that it is as it was read, and what there is to tell.

    Claim against expiry, or two who claim: both write the same item, so the second finds another version, reads again
    and decides again. What came ``by_link`` also needs the link to be still the one that opens the gift. ::

        claim   ── read v1 ──────── write if v1 ✓ (v2)
        expiry  ───── read v1 ─────────────────────── write if v1 ✗ ── read v2: claimed, nothing to do
    """
    tx, sheet = begin(), after.sheet
    moved = [(old, new) for old, new in zip(before.sub_gifts, after.sub_gifts, strict=True) if old != new]
    for old, new in moved:
        save_sub_gift(tx, sheet, old, new)
        if sheet.activity_id and new.state in ("declined", "expired") and old.state != new.state:
            give_back_to_pool(tx, sheet.shop_id, sheet.activity_id, sheet.line.unit_price_fen)
    if by_link:
        require_link(tx, sheet)
    if before.lot and after.lot and before.lot != after.lot:
        save_lot(tx, sheet, before.lot, after.lot)
    for body in _told(before, after, moved):
        tx.emit(body, subject=sheet.gift_id, sequence=sum(one.version for one in after.sub_gifts), shop=sheet.shop_id)
    tx.commit()
    for old, new in moved:
        log(
            STORE.service,
            "sub_gift_moved",
            gift_id=sheet.gift_id,
            sub_gift_id=new.sub_gift_id,
            from_state=old.status,
            to_state=new.status,
            attempt=new.attempt,
        )


def _told(before: Gift, after: Gift, moved: list[tuple[SubGift, SubGift]]) -> Iterator[EventBody]:
    sheet, about = after.sheet, _about(after.sheet)
    for old, new in moved:
        yield from _told_of_one(sheet, old, new)
    expired = [new.sub_gift_id for old, new in moved if new.state == "expired" != old.state]
    if expired:
        yield GiftExpired(**about, sub_gift_ids=expired, own=sheet.activity_id is not None)
    if before.lot != after.lot and after.lot and after.lot.ended_at and after.lot.ended_at < sheet.deadline_at:
        winners = [one.reserved_for for one in after.sub_gifts if one.reserved_for]
        yield LotDrawn(**about, entries=after.lot.entries, winners=winners, deadline_at=sheet.deadline_at)


def _told_of_one(sheet: Sheet, old: SubGift, new: SubGift) -> Iterator[EventBody]:
    about = _about(sheet)
    match new:
        case SubGift(state="claiming"):
            yield _asked(sheet, new)
        case SubGift(state="claimed", recipient=str(recipient), address=str(address)) if old.state != "claimed":
            yield GiftClaimed(
                **about,
                sub_gift_id=new.sub_gift_id,
                recipient=recipient,
                sku_id=new.style.sku_id,
                address_cipher=VAULT.seal_for("orders", VAULT.open(recipient, address)),
                recipient_order_id=sheet.order_of(new.sub_gift_id),
                waited_s=int((new.updated_at - sheet.created_at).total_seconds()),
            )
        case SubGift(state="claimed", recipient=str(recipient), swap=Swap() as swap):
            yield _told_of_swap(sheet, new, recipient, swap)
        case SubGift(state="declined", recipient=str(recipient), refunded_at=None):
            own = sheet.activity_id is not None
            yield GiftDeclined(**about, sub_gift_ids=[new.sub_gift_id], recipient=recipient, own=own)


def _told_of_swap(sheet: Sheet, one: SubGift, recipient: str, swap: Swap) -> EventBody:
    if swap.state == "agreed":
        return _asked(sheet, one)
    about: dict[str, Any] = {
        **_about(sheet),
        "sub_gift_id": one.sub_gift_id,
        "recipient": recipient,
        "recipient_order_id": sheet.order_of(one.sub_gift_id),
        "sku_id": swap.style.sku_id,
    }
    if swap.state == "asked":
        return StyleSwapAsked(**about, decide_by=swap.decide_by)
    if swap.state == "refused":
        return StyleSwapEnded(**about, outcome="sold_out" if swap.refusal == "sold_out" else "not_offered")
    return StyleSwapEnded(**about, outcome=swap.state)


def _asked(sheet: Sheet, one: SubGift) -> StyleAsked:
    """The question for another style, of the order that will have it: after the claim the recipient's own."""
    wanted = one.swap.style if one.swap else one.style
    order_id = sheet.order_of(one.sub_gift_id) if one.swap else sheet.order_id
    return StyleAsked(
        gift_id=sheet.gift_id,
        order_id=order_id,
        shop_id=sheet.shop_id,
        giver=sheet.giver,
        title=sheet.line.title,
        sub_gift_id=one.sub_gift_id,
        attempt=one.attempt,
        line_no=sheet.line.line_no,
        sku_id=wanted.sku_id,
        after_claim=one.swap is not None,
    )


def _about(sheet: Sheet) -> dict[str, str]:
    return {
        "gift_id": sheet.gift_id,
        "order_id": sheet.order_id,
        "shop_id": sheet.shop_id,
        "giver": sheet.giver,
        "title": sheet.line.title,
    }
