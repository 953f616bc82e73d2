"""Who did what, when, from where: every act of a shop's members and of the platform, append-only (O20).

The door writes the entry into the act's own transaction, so neither is there without the other, and a repeat under the
same key adds none. An entry names things by their ids and holds nothing of a body; it is never changed, and has no end.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from pydantic import Field

from services.shared.plumbing import cursors
from services.shared.plumbing.answers import Page, View
from services.shared.plumbing.ids import new_id
from services.shared.plumbing.inputs import Body, Instant
from services.shared.plumbing.instants import instant_of, instant_text
from services.shared.plumbing.tables import Row, Store, Transaction, query

PLATFORM_ONLY = "platform"  # what the platform did to no shop in particular
LOOKED_AT = 500  # entries, for one page with a filter
MAX_AGENT = 200


@dataclass(frozen=True)
class Deed:
    """One request of somebody who acts for a shop or for the platform."""

    entry_id: str
    shop_id: str | None
    actor: str
    role: str
    action: str
    things: Mapping[str, str]
    ip: str
    agent: str
    token_id: str | None
    request_id: str

    def write_in(self, tx: Transaction) -> None:
        """Add the entry to the act's transaction; an act in several transactions is one entry."""
        row = tx.store.row(_pk(self.shop_id), f"{instant_text(tx.now)}#{self.entry_id}")
        row.data = {
            "actor": self.actor,
            "role": self.role,
            "action": self.action,
            "things": dict(self.things),
            "ip": self.ip,
            "agent": self.agent[:MAX_AGENT],
            "token": self.token_id,
            "request": self.request_id,
        }
        tx.put(row)


def new_entry_id() -> str:
    """Apart from all others of the same moment."""
    return new_id("aud")


class AuditQuery(Body):
    """Which entries; with a filter a page may be short, or empty, and still go on."""

    limit: int = Field(default=20, ge=1, le=100)
    cursor: str | None = None
    actor: str | None = Field(default=None, max_length=512, description="Only what this person did")
    action: str | None = Field(default=None, max_length=100, description="Only this action, as entries name it")
    after: Instant | None = Field(default=None, description="Not before this moment")
    before: Instant | None = Field(default=None, description="Before this moment")


class DeedView(View):
    """``things``: the ids in the route's path. ``action``: the route's name in the OpenAPI document."""

    entry_id: str
    at: datetime
    actor: str
    role: str = Field(description="In which role: owner, operator, support, finance or platform")
    action: str
    things: dict[str, str]
    ip: str
    user_agent: str
    token_id: str | None = Field(description="The token's `jti`, where its issuer gives one")
    request_id: str


def list_deeds(store: Store, shop_id: str | None, asked: AuditQuery) -> Page[DeedView]:
    """A page of what was done to a shop, newest first: one read."""
    listing = f"audit of {shop_id} {asked.actor} {asked.action} {asked.after} {asked.before}"
    position = cursors.read(listing, asked.cursor)
    start = position["after"] if position else (instant_text(asked.before) if asked.before else None)
    filtered = asked.actor is not None or asked.action is not None
    read = LOOKED_AT if filtered else asked.limit
    rows = query(store.row, _pk(shop_id), limit=read, after=start, newest_first=True)
    items: list[DeedView] = []
    for row in rows:
        deed = _view(row)
        if asked.after and deed.at < asked.after:
            return Page(items=items)
        if asked.actor in (None, deed.actor) and asked.action in (None, deed.action):
            items.append(deed)
        if len(items) == asked.limit:
            return Page(items=items, next_cursor=cursors.sign(listing, {"after": row.sk}))
    more = cursors.sign(listing, {"after": rows[-1].sk}) if len(rows) == read else None
    return Page(items=items, next_cursor=more)


def _view(row: Row) -> DeedView:
    at, _, entry_id = row.sk.partition("#")
    data = row.data or {}
    return DeedView(
        entry_id=entry_id,
        at=instant_of(at),
        actor=data["actor"],
        role=data["role"],
        action=data["action"],
        things=data["things"],
        ip=data["ip"],
        user_agent=data["agent"],
        token_id=data["token"],
        request_id=data["request"],
    )


def _pk(shop_id: str | None) -> str:
    return f"AUDIT#{shop_id or PLATFORM_ONLY}"
