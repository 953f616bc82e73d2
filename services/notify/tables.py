"""Notify's rows in DynamoDB, and the only module of notify that knows of it.

pk                                sk                   what
PERSON#{person} or SHOP#{shop}    MSG#{message}        a message of this inbox; the id sorts by time
the same                          UNREAD#{period}#{n}  one counter of its unread messages
the same, of a person             PREFERENCES          what the person wants to be told, how and when
NAME#{shop}                       SHOP                 the shop's name, as catalog last told it
"""

from datetime import datetime
from typing import Any, cast

from pynamodb.attributes import JSONAttribute, NumberAttribute, UnicodeAttribute

from services.notify.inbox import CATEGORIES, Category, Inbox, Place, of_person
from services.notify.preferences import Preferences
from services.shared.plumbing.documents import Document
from services.shared.plumbing.names import physical
from services.shared.plumbing.tables import (
    InstantAttribute,
    Store,
    Table,
    Transaction,
    get,
    keys_only,
    query,
    read,
    ttl,
)

STORE = Store("notify")
_PREFERENCES = Document(Preferences)


class NotifyRow(Table):
    class Meta:
        table_name = physical("notify")

    category_in = UnicodeAttribute(null=True)  # the inbox and the category, of messages only
    by_category = keys_only("category_in", "sk")
    ttl = NumberAttribute(null=True)


class Message(NotifyRow):
    """What was told: values, not words."""

    category = UnicodeAttribute()
    event = UnicodeAttribute()
    template = UnicodeAttribute()
    template_version = NumberAttribute()
    variables = JSONAttribute()
    subject_id = UnicodeAttribute()
    created_at = InstantAttribute()
    expires_at = InstantAttribute()
    counter = UnicodeAttribute()
    era = NumberAttribute()
    read_at = InstantAttribute(null=True)

    @property
    def message_id(self) -> str:
        return self.sk.removeprefix("MSG#")


class Unread(NotifyRow):
    """How many messages of one period and bucket are unread, by category."""

    era = NumberAttribute()
    expires_at = InstantAttribute()
    trade = NumberAttribute(null=True)
    after_sale = NumberAttribute(null=True)
    gift = NumberAttribute(null=True)
    stock = NumberAttribute(null=True)
    system = NumberAttribute(null=True)
    growth = NumberAttribute(null=True)

    def total(self, category: Category | None = None) -> int:
        """The unread messages of this category, or of all."""
        wanted = CATEGORIES if category is None else (category,)
        return sum(int(getattr(self, _attribute(one)) or 0) for one in wanted)


class PreferencesRow(NotifyRow):
    version = NumberAttribute()
    doc = UnicodeAttribute()


class Shop(NotifyRow):
    name = UnicodeAttribute()
    sequence = NumberAttribute()


# ------------------------------------------------------------------------------------------------------ messages


def message_of(inbox: Inbox, message_id: str) -> Message | None:
    """One message of this inbox."""
    return get(Message, inbox.key, f"MSG#{message_id}")


def newest_messages(inbox: Inbox, after: str | None, limit: int) -> list[Message]:
    """Messages older than ``after``, newest first."""
    start = None if after is None else f"MSG#{after}"
    return query(Message, inbox.key, prefix="MSG#", after=start, limit=limit, newest_first=True)


def list_category(inbox: Inbox, category: Category, after: str | None, limit: int) -> list[str]:
    """Ids of one category's messages older than ``after``, newest first: candidates for `messages_of`."""
    older = None if after is None else NotifyRow.sk < f"MSG#{after}"
    rows = NotifyRow.by_category.query(_category_in(inbox, category), older, scan_index_forward=False, limit=limit)
    return [row.sk.removeprefix("MSG#") for row in rows]


def messages_of(inbox: Inbox, message_ids: list[str]) -> list[Message]:
    """These messages, as far as they exist: at most 100."""
    found = read([(Message, inbox.key, f"MSG#{message_id}") for message_id in message_ids])
    return [message for message in found if message is not None]


def new_message(inbox: Inbox, place: Place, category: Category, created_at: datetime) -> Message:
    """A message at its place; what it says is filled in by the caller."""
    return Message(
        inbox.key,
        f"MSG#{place.message_id}",
        category=category,
        category_in=_category_in(inbox, category),
        created_at=created_at,
        counter=place.counter,
        expires_at=place.expires_at,
        ttl=ttl(place.expires_at),
    )


def mark_read(tx: Transaction, message: Message) -> None:
    """One message becomes read; refused when it was meanwhile."""
    tx.update(message, [Message.read_at.set(tx.now)], Message.pk.exists() & Message.read_at.does_not_exist())


# ------------------------------------------------------------------------------------------------------ counting


def unread_of(inbox: Inbox) -> dict[str, Unread]:
    """The inbox's counters by their name: one query, however many they are."""
    return {row.sk.removeprefix("UNREAD#"): row for row in query(Unread, inbox.key, prefix="UNREAD#")}


def is_unread(message: Message, counters: dict[str, Unread]) -> bool:
    """Neither was it read itself, nor has its era ended."""
    counter = counters.get(message.counter)
    return message.read_at is None and counter is not None and counter.era == message.era


def count_unread(tx: Transaction, message: Message, by: int) -> None:
    """Move the counter of a message that is written or read in the same transaction.

    Refused when the message's era ended meanwhile::

        tell     reads era 3 ──────────────▶ message(era 3), +1 if era is 3 ✗ again, in era 4
        read all           era 3 → 4, count 0
    """
    era = int(message.era)
    in_this_era = Unread.era == era
    if era == 0:
        in_this_era |= Unread.pk.does_not_exist()
    actions = [
        _ATTRIBUTES[cast(Category, message.category)].add(by),
        Unread.era.set(era),
        Unread.expires_at.set(message.expires_at),
        Unread.ttl.set(message.ttl),
    ]
    tx.update(Unread(message.pk, f"UNREAD#{message.counter}"), actions, in_this_era)


def end_era(tx: Transaction, counter: Unread) -> None:
    """Everything in this counter is read."""
    era = int(counter.era)
    cleared = [attribute.remove() for attribute in _ATTRIBUTES.values()]
    tx.update(counter, [Unread.era.set(era + 1), *cleared], Unread.era == era)


def _attribute(category: Category) -> str:
    return category.replace("-", "_")


_ATTRIBUTES: dict[Category, NumberAttribute] = {
    category: getattr(Unread, _attribute(category)) for category in CATEGORIES
}


def _category_in(inbox: Inbox, category: Category) -> str:
    return f"{inbox.key}#{category}"


# --------------------------------------------------------------------------------------------------------- shops


def shop_and_eras(shop_id: str, counters: list[tuple[Inbox, str]]) -> tuple[str | None, list[int]]:
    """The shop's name, None while it is unknown, and the eras of these counters, in one read."""
    keys: list[tuple[Any, str, str]] = [(Shop, f"NAME#{shop_id}", "SHOP")]
    keys += [(Unread, inbox.key, f"UNREAD#{counter}") for inbox, counter in counters]
    shop, *found = read(keys)
    return shop.name if shop else None, [int(row.era) if row else 0 for row in found]


def name_shop(tx: Transaction, shop_id: str, name: str, sequence: int) -> None:
    """Keep a shop's name unless a newer one is there; the action ``shop`` is refused then."""
    shop = Shop(f"NAME#{shop_id}", "SHOP", name=name, sequence=sequence)
    tx.put(shop, Shop.pk.does_not_exist() | (Shop.sequence < sequence), "shop")


# --------------------------------------------------------------------------------------------------- preferences


def preferences_of(person: str) -> Preferences:
    """What a person said, or what holds for who said nothing."""
    return read_preferences(get(PreferencesRow, of_person(person).key, "PREFERENCES"))


def read_preferences(row: PreferencesRow | None) -> Preferences:
    """What a row says; the usual without one."""
    return _PREFERENCES.validate_json(row.doc) if row else Preferences()


def save_preferences(tx: Transaction, person: str, preferences: Preferences) -> None:
    """Put them where still the version before them is."""
    row = PreferencesRow(of_person(person).key, "PREFERENCES", version=preferences.version)
    row.doc = _PREFERENCES.dump_json(preferences).decode()
    if preferences.version == 1:
        tx.create(row, "preferences")
    else:
        tx.put(row, PreferencesRow.version == preferences.version - 1, "preferences")
