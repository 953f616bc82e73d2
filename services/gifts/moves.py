"""What a move changed is written and told in one place, so that a state and its event cannot part."""

from collections.abc import Iterator

from services.gifts.gift import Gift, Sheet
from services.gifts.sub_gift import SubGift
from services.gifts.tables import STORE, VAULT, save_sub_gift
from services.shared.contracts.envelope import EventBody
from services.shared.contracts.gifts import GiftClaimed, GiftDeclined, GiftExpired, StyleAsked
from services.shared.plumbing.logs import log
from services.shared.plumbing.tables import Begin


def commit_move(begin: Begin, before: Gift, after: Gift) -> None:
    """One transaction: every sub-gift that moved, on condition that it is as it was read, and what there is to tell.

    Claim against expiry, or two who claim: both write the same item, so the second finds another version, reads again
    and decides again. ::

        claim   ── read v1 ──────── write if v1 ✓ (v2)
        expiry  ───── read v1 ─────────────────────── write if v1 ✗ ── read v2: claimed, nothing to do
    """
    tx, sheet = begin(), after.sheet
    moved = [(old, new) for old, new in zip(before.sub_gifts, after.sub_gifts, strict=True) if old != new]
    for old, new in moved:
        save_sub_gift(tx, sheet, old, new)
    for body in _told(sheet, [new for old, new in moved if not new.refunded_at]):
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


def _told(sheet: Sheet, moved: list[SubGift]) -> Iterator[EventBody]:
    about = {
        "gift_id": sheet.gift_id,
        "order_id": sheet.order_id,
        "shop_id": sheet.shop_id,
        "giver": sheet.giver,
        "title": sheet.line.title,
    }
    for one in moved:
        match one:
            case SubGift(state="claiming"):
                yield StyleAsked(
                    **about,
                    sub_gift_id=one.sub_gift_id,
                    attempt=one.attempt,
                    line_no=sheet.line.line_no,
                    sku_id=one.style.sku_id,
                )
            case SubGift(state="claimed", recipient=str(recipient), address=str(address)):
                yield GiftClaimed(
                    **about,
                    sub_gift_id=one.sub_gift_id,
                    recipient=recipient,
                    sku_id=one.style.sku_id,
                    address_cipher=VAULT.seal_for("orders", VAULT.open(recipient, address)),
                )
            case SubGift(state="declined", recipient=str(recipient)):
                yield GiftDeclined(**about, sub_gift_ids=[one.sub_gift_id], recipient=recipient)
    expired = [one.sub_gift_id for one in moved if one.state == "expired"]
    if expired:
        yield GiftExpired(**about, sub_gift_ids=expired)
