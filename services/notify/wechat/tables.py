"""Rows of WeChat notices: a table of their own.

pk                    sk             what
PERSON#{person}       {message}      a notice, kept 30 days after its message was told
BINDINGS              {template}     which WeChat template says what ours says
APP#{appid}           APP            the app's access token, who renews it, and until when its quota is used up

Index ``due``: notices by when they are looked at (``NOTICES#{n}``).
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from services.notify.inbox import of_person
from services.notify.preferences import Preferences
from services.notify.tables import STORE, Message, PreferencesRow, read_preferences
from services.notify.templates import TEMPLATES
from services.notify.wechat.binding import Binding
from services.notify.wechat.notice import Notice
from services.shared.plumbing.documents import Document
from services.shared.plumbing.ids import NewId
from services.shared.plumbing.names import physical
from services.shared.plumbing.tables import Begin, DueTable, InstantAttribute, Transaction, get, query, read, ttl
from services.shared.plumbing.vault import Vault

KEPT = timedelta(days=30)
BUCKETS = 4
VAULT = Vault(STORE)
NOTICE, TOKEN = "notice", "token"

_NOTICE = Document(Notice)
_BINDING = Document(Binding)


class WechatRow(DueTable):
    class Meta:
        table_name = physical("notify-wechat")

    version = NumberAttribute(null=True)
    doc = UnicodeAttribute(null=True)
    ttl = NumberAttribute(null=True)


class AppRow(WechatRow):
    token = UnicodeAttribute(null=True)  # sealed
    good_until = InstantAttribute(null=True)
    leased_until = InstantAttribute(null=True)
    forced_at = InstantAttribute(null=True)
    paused_until = InstantAttribute(null=True)


def own_begin(now: datetime, new_id: NewId) -> Begin:
    """Transactions of our own accord: under nobody's key and no inbox mark."""
    return lambda: Transaction(STORE, now, new_id)


# ------------------------------------------------------------------------------------------------------- notices


@dataclass(frozen=True)
class Situation:
    """All that decides what becomes of a notice, as of one read."""

    notice: Notice | None
    message: Message | None
    preferences: Preferences
    binding: Binding | None
    paused_until: datetime | None


def situation_of(appid: str, person: str, message_id: str) -> Situation:
    """A notice with what it says, to whom and how; two reads, because the notice names its template."""
    row = get(WechatRow, f"PERSON#{person}", message_id)
    notice = _NOTICE.validate_json(row.doc) if row else None
    if notice is None:
        return Situation(None, None, Preferences(), None, None)
    inbox = of_person(person).key
    message, preferences, binding, app = read(
        [
            (Message, inbox, f"MSG#{message_id}"),
            (PreferencesRow, inbox, "PREFERENCES"),
            (WechatRow, "BINDINGS", notice.template),
            (AppRow, f"APP#{appid}", "APP"),
        ]
    )
    return Situation(notice, message, read_preferences(preferences), _bound(binding), app and app.paused_until)


def wanted_for(people: dict[str, str]) -> dict[str, tuple[Preferences, bool]]:
    """By person: what they want, and whether a binding is named for the template that they are told by; one read."""
    keys = [(PreferencesRow, of_person(person).key, "PREFERENCES") for person in people]
    found = read([*keys, *((WechatRow, "BINDINGS", template) for template in people.values())])
    preferred, bound = found[: len(people)], found[len(people) :]
    return {
        person: (read_preferences(preferences), binding is not None)
        for person, preferences, binding in zip(people, preferred, bound, strict=True)
    }


def add_notice(tx: Transaction, notice: Notice) -> None:
    """A new one."""
    tx.create(_notice_row(notice), NOTICE)


def save_notice(tx: Transaction, notice: Notice, *, after: Notice) -> None:
    """Put it where still that one is; refused as ``notice`` otherwise."""
    tx.put(_notice_row(notice), WechatRow.version == after.version, NOTICE)


def list_due(now: datetime, limit: int) -> list[tuple[str, str]]:
    """(person, message id) of notices that are due, about as many of each bucket; candidates only."""
    found: list[tuple[datetime, str, str]] = []
    for bucket in range(BUCKETS):
        rows = WechatRow.due.query(f"NOTICES#{bucket}", WechatRow.due_at <= now, limit=limit)
        found += [(row.due_at, row.pk.removeprefix("PERSON#"), row.sk) for row in rows]
    return [(person, message_id) for _, person, message_id in sorted(found)[:limit]]


def _notice_row(notice: Notice) -> WechatRow:
    row = WechatRow(f"PERSON#{notice.person}", notice.message_id, version=notice.version)
    row.doc = _NOTICE.dump_json(notice).decode()
    row.ttl = ttl(notice.created_at + KEPT)
    if notice.due_at:
        row.due_bucket = f"NOTICES#{hashlib.sha256(notice.message_id.encode()).digest()[0] % BUCKETS}"
        row.due_at = notice.due_at
    return row


# ------------------------------------------------------------------------------------------------------ bindings


def bindings() -> list[Binding]:
    """All, by template."""
    rows = query(WechatRow, "BINDINGS", limit=len(TEMPLATES))
    return [_BINDING.validate_json(row.doc) for row in rows if row.doc]


def binding_of(template: str) -> Binding | None:
    """The one of this text."""
    return _bound(get(WechatRow, "BINDINGS", template))


def save_binding(tx: Transaction, binding: Binding) -> None:
    """Instead of the one before, if there was one."""
    tx.put(WechatRow("BINDINGS", binding.template, doc=_BINDING.dump_json(binding).decode()))


def remove_binding(tx: Transaction, template: str) -> None:
    """Refused as ``binding`` where there is none."""
    tx.delete(WechatRow("BINDINGS", template), WechatRow.pk.exists(), "binding")


def _bound(row: WechatRow | None) -> Binding | None:
    return _BINDING.validate_json(row.doc) if row and row.doc else None


# ----------------------------------------------------------------------------------------------------------- app


@dataclass(frozen=True)
class HeldToken:
    """What is known of the app's access token; ``leased_until``: somebody is fetching another one; ``forced_at``: when
    WeChat was last made to give another one than it would."""

    text: str
    good_until: datetime | None
    leased_until: datetime | None
    forced_at: datetime | None
    version: int


def held_token(appid: str) -> HeldToken:
    """The token that all functions share, unsealed."""
    row = get(AppRow, f"APP#{appid}", "APP")
    if row is None:
        return HeldToken("", None, None, None, 0)
    text = VAULT.open(_sealed_for(appid), row.token) if row.token else ""
    return HeldToken(text, row.good_until, row.leased_until, row.forced_at, int(row.version or 0))


def lease_token(tx: Transaction, appid: str, held: HeldToken, until: datetime) -> None:
    """Only one fetches: refused when the token is another one by now, or somebody else is at it."""
    row = AppRow(f"APP#{appid}", "APP")
    free = AppRow.leased_until.does_not_exist() | (AppRow.leased_until <= tx.now)
    known = (AppRow.version == held.version) if held.version else AppRow.version.does_not_exist()
    tx.update(row, [AppRow.leased_until.set(until)], free & known, TOKEN)


def save_token(
    tx: Transaction, appid: str, held: HeldToken, text: str, good_until: datetime, forced_at: datetime | None
) -> None:
    """In place of the held one, and the lease ends; refused when it is another one by now."""
    row = AppRow(f"APP#{appid}", "APP")
    known = (AppRow.version == held.version) if held.version else AppRow.version.does_not_exist()
    actions = [
        AppRow.token.set(VAULT.seal(_sealed_for(appid), text)),
        AppRow.good_until.set(good_until),
        AppRow.version.set(held.version + 1),
        AppRow.leased_until.remove(),
    ]
    actions += [AppRow.forced_at.set(forced_at)] if forced_at else []
    tx.update(row, actions, known, TOKEN)


def pause_app(tx: Transaction, appid: str, until: datetime) -> None:
    """Nobody is told anything until then."""
    tx.update(AppRow(f"APP#{appid}", "APP"), [AppRow.paused_until.set(until)])


def _sealed_for(appid: str) -> str:
    return f"wechat:{appid}"
