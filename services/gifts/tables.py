"""Gifts' rows in DynamoDB, and the only module of gifts that knows of it.

pk                sk             what
GIFT#{gift}       SHEET          a gift sheet; only its link's version changes
GIFT#{gift}       SUB#{sub}      one recipient's share: state, recipient, sealed address
GIFT#{gift}       HOLDS#{person} of a gift for many, this person has one or is claiming it
GIFT#{gift}       LOT            its draw: the seed, how many have entered, who won
GIFT#{gift}       ENTRY#{entry}  one person's entry
PRODUCT#{product} STYLES         what catalog offers of it, by its sequence
SHOP#{shop}       SHOP           the shop's name, by its sequence
the same          SWAP#{by}#{sub} a wish for another style that the shop has to decide by then
NUMBERS#{shop}    DAY#{day}      what became of the shop's gifts on a day
BUYER#{shop}#{who} BUYER         how a person came to know the shop
ACTIVITIES#{shop} {activity}     a merchant's own gifts: pool, budget, what is given
GRANT#{grant}     GRANT          one piece given; GRANTS#{activity} {grant} lists them

Index ``due``: sub-gifts and lots on which time has to act. ``by_giver``: sheets. ``by_recipient``: sub-gifts that
somebody holds.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any, TypeVar
from zlib import crc32

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from services.gifts.activity import Activity, Grant
from services.gifts.gift import Gift, Sheet, sub_gift_id_of
from services.gifts.lot import Lot
from services.gifts.numbers import COUNTS, WAITS_S, Acquaintance, Count, Day
from services.gifts.product import Product
from services.gifts.sub_gift import SubGift
from services.shared.plumbing.documents import Document
from services.shared.plumbing.ids import new_id
from services.shared.plumbing.names import physical
from services.shared.plumbing.tables import (
    Begin,
    DueTable,
    Store,
    Transaction,
    get,
    instant_text,
    keys_only,
    query,
    read,
)
from services.shared.plumbing.vault import Vault

STORE = Store("gifts")
VAULT = Vault(STORE)
T = TypeVar("T")
Key = tuple[type["GiftsRow"], str, str]

NEWER = "newer"  # names the action that a replica's older state fails on
DUE_BUCKETS = 4  # may be raised at any time, never lowered: a row keeps the bucket it was written with

SHEET, SUB_GIFT, PRODUCT, SHOP_NAME = Document(Sheet), Document(SubGift), Document(Product), Document(str)
LOT, ACQUAINTANCE = Document(Lot), Document(Acquaintance)
ACTIVITY, GRANT = Document(Activity), Document(Grant)


def own_begin(now: datetime) -> Begin:
    """Transactions of our own accord: under nobody's key and no inbox mark."""
    return lambda: Transaction(STORE, now, new_id)


class GiftsRow(DueTable):
    """Any row. ``doc`` is the noun as JSON; beside it stands only what keys and conditions need."""

    class Meta:
        table_name = physical("gifts")

    by_giver = keys_only("giver", "gift_id")
    by_recipient = keys_only("recipient", "sub_gift_id")
    giver = UnicodeAttribute(null=True)
    gift_id = UnicodeAttribute(null=True)
    recipient = UnicodeAttribute(null=True)
    sub_gift_id = UnicodeAttribute(null=True)
    version = NumberAttribute(null=True)
    sequence = NumberAttribute(null=True)
    entries = NumberAttribute(null=True)
    doc = UnicodeAttribute()


# --------------------------------------------------------------------------------------------------------- gifts


def find_gift(gift_id: str) -> Gift | None:
    """The gift as it is now."""
    return next(iter(find_gifts([gift_id])), None)


def find_gifts(gift_ids: Sequence[str]) -> list[Gift]:
    """The gifts with these ids, in their order; those that are not there are left out.

    One batched read for fifty, and one more where some have many recipients.
    """
    keys = [key for one in gift_ids for key in (_sheet_key(one), _sub_gift_key(one, 1))]
    docs = _docs(keys)
    sheets = [sheet for one in gift_ids if (sheet := _noun(SHEET, docs.get(_sheet_key(one))))]
    more = [_sub_gift_key(sheet.gift_id, n) for sheet in sheets for n in range(2, sheet.recipients + 1)]
    rows = _rows([*more, *(_lot_key(sheet.gift_id) for sheet in sheets if sheet.mode == "lot")])
    docs |= {key: row.doc for key, row in rows.items()}
    return [gift for sheet in sheets if (gift := _gift(sheet, docs, _lot(rows.get(_lot_key(sheet.gift_id)))))]


def create_gift(tx: Transaction, gift: Gift) -> None:
    """Put a fresh gift, which must not exist yet."""
    sheet = gift.sheet
    tx.create(_sheet_row(sheet), "sheet")
    for one in gift.sub_gifts:
        tx.create(_sub_gift_row(sheet, one), one.sub_gift_id)
    if gift.lot:
        tx.create(_lot_row(sheet.gift_id, gift.lot), "lot")


def save_sub_gift(tx: Transaction, sheet: Sheet, before: SubGift, after: SubGift) -> None:
    """Put the sub-gift, if it still is at the version that was read: of claim and expiry one finds it changed.

    Of a gift for many nobody can hold two: who takes one leaves a row that there can be once, and loses it with it.
    """
    tx.put(_sub_gift_row(sheet, after), GiftsRow.version == before.version, after.sub_gift_id)
    if not _is_wish(before) and _is_wish(after):
        tx.put(_wish_row(sheet, after))
    elif _is_wish(before) and not _is_wish(after):
        tx.delete(_wish_row(sheet, before))
    if sheet.mode == "single" or before.recipient == after.recipient:
        return
    if after.recipient:
        tx.create(GiftsRow(f"GIFT#{sheet.gift_id}", f"HOLDS#{after.recipient}", doc=after.sub_gift_id), "holds")
    elif before.recipient:
        tx.delete(GiftsRow(f"GIFT#{sheet.gift_id}", f"HOLDS#{before.recipient}"))


def undecided_swaps(shop_id: str, limit: int, after: str | None) -> tuple[list[str], str | None]:
    """Ids of sub-gifts with a wish that the shop has not decided, the most urgent first, and where to go on."""
    rows = query(GiftsRow, f"SHOP#{shop_id}", prefix="SWAP#", limit=limit + 1, after=after)
    return [row.doc for row in rows[:limit]], rows[limit - 1].sk if len(rows) > limit else None


def _is_wish(one: SubGift) -> bool:
    return one.swap is not None and one.swap.state == "asked"


def _wish_row(sheet: Sheet, one: SubGift) -> GiftsRow:
    decide_by = instant_text(one.swap.decide_by) if one.swap else ""
    return GiftsRow(f"SHOP#{sheet.shop_id}", f"SWAP#{decide_by}#{one.sub_gift_id}", doc=one.sub_gift_id)


def save_link(tx: Transaction, before: Sheet, after: Sheet) -> None:
    """Put the sheet with another version of its link, if it still has the one that was read."""
    tx.put(_sheet_row(after), _has_link(before), "link")


def require_link(tx: Transaction, sheet: Sheet) -> None:
    """The link is still the one that the sheet was read with: one that was replaced meanwhile opens nothing."""
    tx.check(*_sheet_key(sheet.gift_id), _has_link(sheet), "link")


def _has_link(sheet: Sheet) -> Condition:
    first = GiftsRow.version.does_not_exist()  # sheets had no version once
    has = GiftsRow.version == sheet.token_version
    return first | has if sheet.token_version == 1 else has


def _sheet_row(sheet: Sheet) -> GiftsRow:
    _, pk, sk = _sheet_key(sheet.gift_id)
    doc = _json(SHEET, sheet)
    return GiftsRow(pk, sk, giver=sheet.giver, gift_id=sheet.gift_id, version=sheet.token_version, doc=doc)


def _sub_gift_row(sheet: Sheet, one: SubGift) -> GiftsRow:
    row = GiftsRow(f"GIFT#{sheet.gift_id}", f"SUB#{one.sub_gift_id}", version=one.version, doc=_json(SUB_GIFT, one))
    row.due_at = one.due_at(sheet.deadline_at)
    if row.due_at:
        row.due_bucket = _due_bucket(sheet.gift_id)
    if one.state in ("claiming", "claimed"):
        row.recipient, row.sub_gift_id = one.recipient, one.sub_gift_id
    return row


def _gift(sheet: Sheet, docs: Mapping[Key, str], lot: Lot | None) -> Gift | None:
    """None for one that was read in the middle of its making: a batched read is not of one moment."""
    parts = [docs.get(_sub_gift_key(sheet.gift_id, number)) for number in range(1, sheet.recipients + 1)]
    sub_gifts = tuple(SUB_GIFT.validate_json(part) for part in parts if part)
    whole = len(sub_gifts) == sheet.recipients and (lot is not None) == (sheet.mode == "lot")
    return Gift(sheet, sub_gifts, lot) if whole else None


def _sheet_key(gift_id: str) -> Key:
    return GiftsRow, f"GIFT#{gift_id}", "SHEET"


def _sub_gift_key(gift_id: str, number: int) -> Key:
    return GiftsRow, f"GIFT#{gift_id}", f"SUB#{sub_gift_id_of(gift_id, number)}"


def _due_bucket(gift_id: str) -> str:
    return f"DUE#{crc32(gift_id.encode()) % DUE_BUCKETS}"


# ---------------------------------------------------------------------------------------------------------- lots


def find_lot(gift_id: str) -> Lot | None:
    """The gift's draw as it is now."""
    return _lot(_rows([_lot_key(gift_id)]).get(_lot_key(gift_id)))


def is_entered(gift_id: str, entry_id: str) -> bool:
    """Whether this entry is among the gift's."""
    return get(GiftsRow, f"GIFT#{gift_id}", f"ENTRY#{entry_id}") is not None


def add_entry(tx: Transaction, gift_id: str, lot: Lot, entry_id: str, person: str) -> None:
    """One more entry, one a person, while it is not full. The count moves only with the entry that it counts.

    The last that fits makes the lot due in the same act, so that it is drawn whoever dies now.
    """
    tx.create(GiftsRow(f"GIFT#{gift_id}", f"ENTRY#{entry_id}", doc=person), "entry")
    _, pk, sk = _lot_key(gift_id)
    moves: list[Action] = [GiftsRow.entries.add(1)]
    if lot.entries + 1 < lot.full_at:
        fits = GiftsRow.entries < lot.full_at - 1
    else:
        fits = GiftsRow.entries == lot.full_at - 1
        moves.append(GiftsRow.due_at.set(tx.now))
    tx.update(GiftsRow(pk, sk), moves, fits & GiftsRow.due_at.exists(), "lot")


def entries_of(gift_id: str) -> dict[str, str]:
    """Every entry of the gift, id → person, in the order of their ids."""
    found: dict[str, str] = {}
    after: str | None = None
    while page := query(GiftsRow, f"GIFT#{gift_id}", prefix="ENTRY#", after=after, limit=500):
        found |= {row.sk.removeprefix("ENTRY#"): row.doc for row in page}
        after = page[-1].sk
    return found


def save_lot(tx: Transaction, sheet: Sheet, before: Lot, after: Lot) -> None:
    """Put the draw with its winners, if it is not ended yet and nobody has entered beyond those that were counted."""
    unmoved = GiftsRow.due_at.exists() & (GiftsRow.entries == (after.entries if after.winners else before.entries))
    tx.put(_lot_row(sheet.gift_id, after), unmoved, "lot")


def _lot_row(gift_id: str, lot: Lot) -> GiftsRow:
    """While it is open it is due when it has to be drawn."""
    _, pk, sk = _lot_key(gift_id)
    row = GiftsRow(pk, sk, entries=lot.entries, doc=_json(LOT, lot))
    if lot.ended_at is None:
        row.due_bucket, row.due_at = _due_bucket(gift_id), lot.draw_at
    return row


def _lot(row: GiftsRow | None) -> Lot | None:
    return None if row is None else replace(LOT.validate_json(row.doc), entries=int(row.entries or 0))


def _lot_key(gift_id: str) -> Key:
    return GiftsRow, f"GIFT#{gift_id}", "LOT"


# --------------------------------------------------------------------------------------------- a merchant's gifts


class ActivityRow(GiftsRow):
    """An activity with what is given of it; counts move only with the grants and the gifts that they count."""

    given = NumberAttribute()
    spent_fen = NumberAttribute()


def create_activity(tx: Transaction, activity: Activity) -> None:
    """Put a new activity."""
    row = _activity_row(activity.shop_id, activity.activity_id)
    row.given, row.spent_fen, row.doc = 0, 0, _json(ACTIVITY, activity)
    tx.create(row, "activity")


def find_activity(shop_id: str, activity_id: str) -> Activity | None:
    """The shop's activity with this id."""
    row = get(ActivityRow, f"ACTIVITIES#{shop_id}", activity_id)
    return None if row is None else _activity(row)


def activities_of(shop_id: str, limit: int, after: str | None) -> tuple[list[Activity], str | None]:
    """A shop's activities, newest first, and where to go on."""
    rows = query(ActivityRow, f"ACTIVITIES#{shop_id}", limit=limit + 1, after=after, newest_first=True)
    return [_activity(row) for row in rows[:limit]], rows[limit - 1].sk if len(rows) > limit else None


def take_from_pool(tx: Transaction, activity: Activity, price_fen: int) -> None:
    """One more piece at this price, if pool and budget still reach for it."""
    reaches = (ActivityRow.given < activity.pool) & (ActivityRow.spent_fen <= activity.budget_fen - price_fen)
    moves = [ActivityRow.given.add(1), ActivityRow.spent_fen.add(price_fen)]
    tx.update(_activity_row(activity.shop_id, activity.activity_id), moves, reaches, "pool")


def give_back_to_pool(tx: Transaction, shop_id: str, activity_id: str, price_fen: int) -> None:
    """One piece at this price came back."""
    moves = [ActivityRow.given.add(-1), ActivityRow.spent_fen.add(-price_fen)]
    tx.update(_activity_row(shop_id, activity_id), moves, ActivityRow.given >= 1, "pool")


def spare_budget(tx: Transaction, shop_id: str, activity_id: str, fen: int) -> None:
    """A piece costs so much less than was set aside for it."""
    tx.update(_activity_row(shop_id, activity_id), [ActivityRow.spent_fen.add(-fen)], ActivityRow.pk.exists(), "budget")


def _activity_row(shop_id: str, activity_id: str) -> ActivityRow:
    return ActivityRow(f"ACTIVITIES#{shop_id}", activity_id)


def _activity(row: ActivityRow) -> Activity:
    return replace(ACTIVITY.validate_json(row.doc), given=int(row.given), spent_fen=int(row.spent_fen))


def save_grant(tx: Transaction, grant: Grant, before: Grant | None) -> None:
    """Put the grant, if it still is at the version that was read, or is not there yet."""
    row = GiftsRow(f"GRANT#{grant.grant_id}", "GRANT", version=grant.version, doc=_json(GRANT, grant))
    if grant.ask_again_at:
        row.due_bucket, row.due_at = "GRANTS", grant.ask_again_at
    if before is None:
        tx.create(row, "grant")
        tx.create(GiftsRow(f"GRANTS#{grant.activity_id}", grant.grant_id, doc=grant.grant_id))
    else:
        tx.put(row, GiftsRow.version == before.version, "grant")


def find_grant(grant_id: str) -> Grant | None:
    """The grant with this id."""
    return next(iter(find_grants([grant_id])), None)


def find_grants(grant_ids: Sequence[str]) -> list[Grant]:
    """The grants with these ids, in their order."""
    docs = _docs([_grant_key(one) for one in grant_ids])
    return [grant for one in grant_ids if (grant := _noun(GRANT, docs.get(_grant_key(one))))]


def grants_of(activity_id: str, limit: int, after: str | None) -> tuple[list[str], str | None]:
    """Ids of what was given of an activity, newest first, and where to go on."""
    rows = query(GiftsRow, f"GRANTS#{activity_id}", limit=limit + 1, after=after, newest_first=True)
    return [row.sk for row in rows[:limit]], rows[limit - 1].sk if len(rows) > limit else None


def due_grants(now: datetime, limit: int) -> list[str]:
    """Ids of grants that orders has not answered for a while."""
    rows = GiftsRow.due.query("GRANTS", GiftsRow.due_at <= now, limit=limit)
    return [row.pk.removeprefix("GRANT#") for row in rows]


def _grant_key(grant_id: str) -> Key:
    return GiftsRow, f"GRANT#{grant_id}", "GRANT"


# ------------------------------------------------------------------------------------------------------- numbers


class DayRow(GiftsRow):
    """A day's counts: each a number of its own, to which events add."""

    sent = NumberAttribute(null=True)
    claimed = NumberAttribute(null=True)
    declined = NumberAttribute(null=True)
    expired = NumberAttribute(null=True)
    won = NumberAttribute(null=True)
    doc = UnicodeAttribute(null=True)  # there is none
    waited_0 = NumberAttribute(null=True)
    waited_1 = NumberAttribute(null=True)
    waited_2 = NumberAttribute(null=True)
    waited_3 = NumberAttribute(null=True)
    waited_4 = NumberAttribute(null=True)
    waited_5 = NumberAttribute(null=True)
    waited_6 = NumberAttribute(null=True)
    waited_7 = NumberAttribute(null=True)
    waited_8 = NumberAttribute(null=True)
    waited_9 = NumberAttribute(null=True)  # longer than all that has an end


def add_to_day(
    tx: Transaction, shop_id: str, day: date, counts: Mapping[Count, int], waited: int | None = None
) -> None:
    """Add these to the day's counts, in the transaction of the event that they count."""
    moves = [getattr(DayRow, name).add(number) for name, number in counts.items() if number]
    if waited is not None:
        moves.append(getattr(DayRow, f"waited_{waited}").add(1))
    tx.update(DayRow(f"NUMBERS#{shop_id}", f"DAY#{day}"), moves)


def days_of(shop_id: str, first: date, last: date) -> list[Day]:
    """Each day of these of which there is something to count, in their order; at most 100 days."""
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    rows = read([(DayRow, f"NUMBERS#{shop_id}", f"DAY#{day}") for day in days])
    return [_day(day, row) for day, row in zip(days, rows, strict=True) if row is not None]


def _day(day: date, row: DayRow) -> Day:
    counts = {name: int(getattr(row, name) or 0) for name in COUNTS}
    waits = tuple(int(getattr(row, f"waited_{number}") or 0) for number in range(len(WAITS_S) + 1))
    return Day(day, **counts, waits=waits)


def find_acquaintance(shop_id: str, person: str) -> Acquaintance | None:
    """How this person came to know the shop, as far as gifts has heard."""
    return _noun(ACQUAINTANCE, _docs([_buyer_key(shop_id, person)]).get(_buyer_key(shop_id, person)))


def save_acquaintance(tx: Transaction, shop_id: str, person: str, before: Acquaintance, after: Acquaintance) -> None:
    """Put it, if nobody has learned more of it since it was read."""
    _, pk, sk = _buyer_key(shop_id, person)
    unmoved = GiftsRow.doc == _json(ACQUAINTANCE, before)
    fresh = GiftsRow.pk.does_not_exist()
    tx.put(GiftsRow(pk, sk, doc=_json(ACQUAINTANCE, after)), fresh if before == Acquaintance() else unmoved, "buyer")


def _buyer_key(shop_id: str, person: str) -> Key:
    return GiftsRow, f"BUYER#{shop_id}#{person}", "BUYER"


# -------------------------------------------------------------------------------------------------- lists, dues


def due_gifts(now: datetime, limit: int) -> list[str]:
    """Ids of gifts on which time has to act, the longest overdue first; up to ``limit`` sub-gifts a bucket."""
    buckets = [f"DUE#{number}" for number in range(DUE_BUCKETS)]
    rows = [row for one in buckets for row in GiftsRow.due.query(one, GiftsRow.due_at <= now, limit=limit)]
    return list(dict.fromkeys(_gift_id(row) for row in sorted(rows, key=lambda row: row.due_at)))


def list_given(giver: str, limit: int, after: str | None) -> list[str]:
    """Ids of a giver's gifts, newest first, beyond ``after``."""
    beyond = GiftsRow.gift_id < after if after else None
    rows = GiftsRow.by_giver.query(giver, beyond, scan_index_forward=False, limit=limit, page_size=limit)
    return [_gift_id(row) for row in rows]


def list_received(recipient: str, limit: int, after: str | None) -> list[tuple[str, str]]:
    """(gift, sub-gift) ids of what a person is claiming or has claimed, newest gift first, beyond ``after``."""
    beyond = GiftsRow.sub_gift_id < after if after else None
    rows = GiftsRow.by_recipient.query(recipient, beyond, scan_index_forward=False, limit=limit, page_size=limit)
    return [(_gift_id(row), row.sk.removeprefix("SUB#")) for row in rows]


def _gift_id(row: GiftsRow) -> str:
    return row.pk.removeprefix("GIFT#")


# --------------------------------------------------------------------------------------------- what catalog says


def find_product(product_id: str) -> Product | None:
    """The product, if gifts has heard of it."""
    return _noun(PRODUCT, _docs([_product_key(product_id)]).get(_product_key(product_id)))


def find_product_and_shop_name(product_id: str, shop_id: str) -> tuple[Product | None, str | None]:
    """Both in one read; None for what gifts has not heard of."""
    product, shop = _product_key(product_id), _shop_key(shop_id)
    docs = _docs([product, shop])
    return _noun(PRODUCT, docs.get(product)), _noun(SHOP_NAME, docs.get(shop))


def save_product(tx: Transaction, product: Product, sequence: int) -> None:
    """Put the product, unless a newer one is there."""
    _put_newer(tx, _product_key(product.product_id), _json(PRODUCT, product), sequence)


def save_shop_name(tx: Transaction, shop_id: str, name: str, sequence: int) -> None:
    """Put the shop's name, unless a newer one is there."""
    _put_newer(tx, _shop_key(shop_id), _json(SHOP_NAME, name), sequence)


def _put_newer(tx: Transaction, key: Key, doc: str, sequence: int) -> None:
    older = GiftsRow.pk.does_not_exist() | (GiftsRow.sequence < sequence)
    tx.put(GiftsRow(key[1], key[2], sequence=sequence, doc=doc), older, NEWER)


def _product_key(product_id: str) -> Key:
    return GiftsRow, f"PRODUCT#{product_id}", "STYLES"


def _shop_key(shop_id: str) -> Key:
    return GiftsRow, f"SHOP#{shop_id}", "SHOP"


# ----------------------------------------------------------------------------------------------------- documents


def _docs(keys: Sequence[Key]) -> dict[Key, str]:
    """The documents under these keys."""
    return {key: row.doc for key, row in _rows(keys).items()}


def _rows(keys: Sequence[Key]) -> dict[Key, GiftsRow]:
    """The rows under these keys, read in hundreds."""
    rest = iter(dict.fromkeys(keys))
    found: dict[Key, GiftsRow] = {}
    while hundred := list(islice(rest, 100)):
        found |= {key: row for key, row in zip(hundred, read(hundred), strict=True) if row is not None}
    return found


def _noun(kind: Document[T], doc: str | None) -> T | None:
    return None if doc is None else kind.validate_json(doc)


def _json(kind: Document[Any], noun: object) -> str:
    return kind.dump_json(noun, exclude_defaults=True).decode()
