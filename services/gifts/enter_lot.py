"""Enter the draw of a gift (G6)."""

from datetime import datetime

from services.gifts.claim_token import entry_id_of, gift_behind
from services.gifts.draw_lot import draw_lot
from services.gifts.gift import Sheet
from services.gifts.lot import Lot
from services.gifts.refusals import EntriesClosed, NotALot
from services.gifts.tables import add_entry, find_lot, is_entered, require_link
from services.shared.plumbing.tables import Begin


def enter_lot(token: str, person: str, *, begin: Begin, now: datetime) -> str:
    """This person's entry, by its id; entering again changes nothing. Whoever makes it full has it drawn at once.

    Raises NotFound, NotALot, NotInvited, EntriesClosed.
    """
    gift = gift_behind(token)
    gift_id, lot = gift.sheet.gift_id, gift.lot
    if lot is None:
        raise NotALot()
    entry_id = entry_id_of(gift.sheet, person)
    if not is_entered(gift_id, entry_id):
        _enter(gift.sheet, lot, entry_id, person, begin, now)
        lot = find_lot(gift_id)
    if lot and lot.is_due(now):  # should this not come about, the sweep draws it
        draw_lot(gift_id, begin=begin, now=now)
    return entry_id


def _enter(sheet: Sheet, lot: Lot, entry_id: str, person: str, begin: Begin, now: datetime) -> None:
    lot.admit(person, now)
    if now >= sheet.deadline_at:
        raise EntriesClosed()
    tx = begin()
    require_link(tx, sheet)
    add_entry(tx, sheet.gift_id, lot, entry_id, person)
    tx.commit()
