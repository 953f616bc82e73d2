"""Add notices to a fact that is being told: for whom they are, and who wants them (N4, N8)."""

from datetime import datetime

from services.notify.inbox import Place
from services.notify.telling import Telling
from services.notify.templates import TEMPLATES
from services.notify.wechat import tables
from services.notify.wechat.hints import Hint
from services.notify.wechat.notice import OF_USE, Notice
from services.notify.wechat.settings import openid_of
from services.shared.plumbing.tables import Transaction

Placed = list[tuple[Telling, Place]]


def notices_of(placed: Placed, happened_at: datetime, now: datetime) -> list[Notice]:
    """A notice for each person of our mini program who wants it and whose text has a WeChat template.

    One read, and none where nobody is of our mini program. What has long happened is only in the inbox.
    """
    places = {one.inbox.owner: place for one, place in placed if one.inbox.kind == "PERSON"}
    people = {one.inbox.owner: one.template for one, _ in placed if one.inbox.owner in places}
    people = {person: template for person, template in people.items() if openid_of(person)}
    if not people or happened_at + OF_USE <= now:
        return []
    found = []
    for person, (preferences, bound) in tables.wanted_for(people).items():
        template = TEMPLATES[people[person]][-1]
        if bound and preferences.wants("wechat", template.category, compulsory=template.compulsory):
            due_at = preferences.speaks_at(now)
            found.append(Notice(person, places[person].message_id, people[person], now, due_at))
    return found


def add_notices(tx: Transaction, notices: list[Notice]) -> None:
    """In the transaction that writes their messages."""
    for notice in notices:
        tables.add_notice(tx, notice)


def due_now(notices: list[Notice], now: datetime) -> list[Hint]:
    """Those that need not wait."""
    return [Hint(one.person, one.message_id) for one in notices if one.is_due(now)]
