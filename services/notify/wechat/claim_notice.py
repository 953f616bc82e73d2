"""Claim a notice that is due, or put it off, or find that nobody wants it any more (N4, N8)."""

from dataclasses import dataclass
from datetime import datetime

from services.notify.language import Language
from services.notify.templates import TEMPLATES
from services.notify.wechat import hints, tables
from services.notify.wechat.hints import Hint
from services.notify.wechat.notice import Notice
from services.notify.wechat.settings import Settings, openid_of
from services.notify.wechat.tables import Situation
from services.shared.plumbing.tables import Begin


@dataclass(frozen=True)
class Claimed:
    """A notice that is mine, and what WeChat is to be told."""

    notice: Notice
    openid: str
    template_id: str
    page: str
    fields: dict[str, dict[str, str]]
    language: Language


def claim_notice(person: str, message_id: str, *, again: bool, begin: Begin, now: datetime) -> Claimed | None:
    """None when there is nothing to send now. ``again``: what has failed is tried once more."""
    situation = tables.situation_of(Settings.appid, person, message_id)
    if situation.notice is None:
        return None
    notice = situation.notice
    if again and notice.status == "failed":
        notice = notice.send_again(now)
    if not notice.is_due(now):
        return None
    decided = _decided(situation, notice, now)
    after = decided.notice if isinstance(decided, Claimed) else decided
    if after.status == "failed":  # put off until it is of no use; the letter first, as in settle_notice
        hints.bury(Hint(person, message_id))
    tx = begin()
    tables.save_notice(tx, after, after=situation.notice)
    tx.commit()
    return decided if isinstance(decided, Claimed) else None


def _decided(situation: Situation, notice: Notice, now: datetime) -> Claimed | Notice:
    """Mine to send, or what becomes of it instead."""
    message, binding, preferences = situation.message, situation.binding, situation.preferences
    openid = openid_of(notice.person)
    if message is None or binding is None or openid is None:
        return notice.end("dropped", now)
    told = TEMPLATES[message.template][int(message.template_version) - 1]
    if not preferences.wants("wechat", told.category, compulsory=told.compulsory):
        return notice.end("dropped", now)
    speaks_at = max(preferences.speaks_at(now), situation.paused_until or now)
    if speaks_at > now:
        return notice.put_off(speaks_at, notice.errcode)
    try:
        fields = binding.filled(message.variables, preferences.reader)
    except KeyError:  # a binding for a newer text than the one that this message is told in
        return notice.end("dropped", now)
    return Claimed(notice.claim(now), openid, binding.template_id, binding.page, fields, preferences.language)
