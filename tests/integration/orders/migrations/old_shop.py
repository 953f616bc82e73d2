"""An old shop that moves: its dumps as uploads, and catalog's words about its migration, as orders hears them."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Literal

import requests

from services.orders.migrations.tables import told_rows
from services.shared.contracts.migration import (
    FileKind,
    MigrationChanged,
    MigrationCount,
    MigrationFile,
    MigrationProgressed,
    MigrationRow,
    MigrationRowsTold,
    Mode,
    State,
    old_name,
)
from services.shared.plumbing import ids
from services.shared.plumbing.ids import id_of
from tests.integration.http import Client
from tests.integration.orders.events import said, tell
from tests.integration.orders.market import Market, person

__all__ = ["OldShop", "told_rows"]


class OldShop:
    """A shop of another system, whose merchant has dumped it."""

    def __init__(self, market: Market, source: str = "channels_shop") -> None:
        self.market, self.source = market, source
        self.migration_id, self.old_shop_id = ids.new_id("mig"), f"wx{ids.new_id('x')[-16:].lower()}"
        self.name = ids.new_id("mover")
        self.files: list[MigrationFile] = []
        self.run, self.sequence, self.mode, self.state = 0, 0, "none", "ready"

    def add(self, lines: Iterable[str], kind: FileKind = "orders", fmt: str = "wechat") -> int:
        """Upload a dump; returns its number."""
        content = "".join(one if one.endswith("\n") else f"{one}\n" for one in lines).encode()
        asked = {
            "purpose": "migration",
            "content_type": "application/x-ndjson",
            "bytes": len(content),
            "sha256": hashlib.sha256(content).hexdigest(),
        }
        reply = person(self.name).post("/v1/uploads", asked)
        assert reply.status == 201, reply.text
        put = requests.put(reply.json["url"], content, headers=reply.json["headers"], timeout=30)
        assert put.ok, put.text
        number = len(self.files) + 1
        self.files.append(MigrationFile(number=number, kind=kind, format=fmt, upload_id=reply.json["upload_id"]))
        return number

    def say(self, state: State, mode: Mode | None = None) -> None:
        """Catalog says how it goes on. Another mode is another run."""
        if mode:
            self.mode, self.run = mode, self.run + 1
        self.sequence += 1
        body = MigrationChanged(
            migration_id=self.migration_id,
            shop_id=self.market.shop_id,
            source=self.source,
            old_shop_id=self.old_shop_id,
            person=f"person:{self.name}",
            run=self.run,
            mode=self.mode,  # type: ignore[arg-type]
            state=state,
            files=self.files,
        )
        tell(body, emitter="catalog", subject=self.migration_id, sequence=self.sequence)

    def goes(self, mode: Literal["dry", "move", "rollback"]) -> dict[str, int]:
        """A run from its beginning to its end; what it came to, over all kinds."""
        self.say("running", mode)
        self.market.settle_events()
        told = self.progress()[-1]
        assert (told.run, told.mode, told.state, told.why) == (self.run, mode, "ended", "")
        return self.sums(told.counts)

    @staticmethod
    def sums(counts: Sequence[MigrationCount]) -> dict[str, int]:
        """What became of records, whichever their kind."""
        names = ("read", "moved", "unchanged", "refused", "taken_out", "kept")
        summed = Counter({name: sum(getattr(one, name) for one in counts) for name in names})
        return {name: number for name, number in summed.items() if number}

    def progress(self) -> list[MigrationProgressed]:
        """How far orders said it was, in order."""
        return said(self.migration_id, MigrationProgressed)

    def rows(self, run: int | None = None) -> list[MigrationRow]:
        """Which records of a run (default: the last) orders has named, each once, by their place."""
        told = [one for one in said(self.migration_id, MigrationRowsTold) if one.run == (run or self.run)]
        rows = {(row.file, row.line): row for one in told for row in one.rows}
        return [rows[place] for place in sorted(rows)]

    def order_id(self, old_id: object) -> str:
        """The id that an old order has here."""
        return id_of("ord", *old_name(self.market.shop_id, self.source, self.old_shop_id, "order", str(old_id)))

    def buyer(self, openid: str) -> Client:
        """Who has this openid in the old shop's app, signed in here."""
        return signed_in(f"{self.old_shop_id}:{openid}")


def signed_in(subject: str) -> Client:
    """Somebody by the name in the token."""
    from services.orders import app as orders
    from tests.integration.http import token_for

    return Client(orders.app, token_for(subject))
