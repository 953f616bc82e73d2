"""A migration: what of an old shop comes into one here, and how far that is (M2, M3). Pure.

ready ─ dry run, move, rollback ─▶ running ⇄ paused;   running ─▶ ended / failed ─ dry run, move, rollback ─▶ running
ended, failed, paused (with something in) ─ its source is done, and the time to roll back or to go on over ─▶ done
ready, ended, failed, paused ─ withdrawn, when nothing of it is in ─▶ withdrawn

Whose the old shop is, is a question of its own: where others rely on it, the platform confirms it before it moves::

    waiting ─ the platform's word ─▶ confirmed / refused ─ another word ─▶ confirmed / refused        not_needed

Each dry run, move and rollback is a numbered run. Catalog and orders each do their part of it; a run has ended when all
parts have. What is told of an older run changes nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal

from services.catalog.migrations.plan import SEED, Source
from services.catalog.migrations.told_row import FileKind
from services.shared.plumbing.problems import Conflict, IllegalTransition

Run = Literal["dry", "move", "rollback"]
Mode = Literal["none", "dry", "move", "rollback"]  # none: before the first run
State = Literal["ready", "running", "paused", "ended", "failed", "done", "withdrawn"]
Ownership = Literal["not_needed", "waiting", "confirmed", "refused"]
Decision = Literal["pass", "reject"]
Service = Literal["catalog", "orders"]
PartState = Literal["running", "ended", "failed"]
Format = Literal["wechat", "youzan", "shopify", "jsonl", "csv"]
# By whom each kind is read, in the order in which catalog reads its own.
READS: Mapping[FileKind, Service] = {
    "shop": "catalog",
    "members": "catalog",
    "products": "catalog",
    "groups": "catalog",
    "orders": "orders",
    "aftersales": "orders",
}
DEFAULT_FORMAT: Mapping[FileKind, Format] = {"members": "jsonl"}  # of the others it is wechat
WORKER_ENDS = timedelta(minutes=1)  # after it began, at the latest
PURPOSE = "migration"  # of its uploads
IDLE = timedelta(days=90)  # after which what nobody has gone on with is over: its files are people's data
# From which states an act may be done.
MOVES: Mapping[str, frozenset[State]] = {
    "dry-run": frozenset({"ready", "ended", "failed"}),
    "start": frozenset({"ready", "ended", "failed"}),
    "rollback": frozenset({"ended", "failed", "paused"}),
    "pause": frozenset({"running"}),
    "resume": frozenset({"paused"}),
    "withdraw": frozenset({"ready", "ended", "failed", "paused"}),
}
OVER: frozenset[State] = frozenset({"done", "withdrawn"})  # it runs no more


class OldShopUnconfirmed(Conflict):
    """``ownership`` says whether the platform has not yet looked, or has refused, and ``why``."""

    slug, title = "old-shop-unconfirmed", "The platform has not confirmed that this shop may take that old shop"


@dataclass(frozen=True)
class File:
    """A file of it. ``key`` and ``size`` (bytes): where catalog's own lie; of others' files only their reader knows."""

    number: int
    kind: FileKind
    format: Format
    upload_id: str
    name: str = ""
    key: str = ""
    size: int = 0


@dataclass(frozen=True)
class Count:
    """What became of the records of one kind in one run; ``seconds`` worked on them."""

    read: int = 0
    moved: int = 0
    unchanged: int = 0
    refused: int = 0
    taken_out: int = 0
    kept: int = 0
    bytes_read: int = 0
    bytes_total: int = 0
    seconds: float = 0.0


@dataclass(frozen=True)
class Part:
    """A service's share of a run."""

    state: PartState = "running"
    why: str = ""
    counts: Mapping[FileKind, Count] = field(default_factory=dict)
    sequence: int = 0


@dataclass(frozen=True)
class Act:
    """Somebody did this with it. ``what``: as the route is called."""

    what: str
    by: str
    at: datetime


@dataclass(frozen=True)
class Migration:
    """A migration as it is. ``categories``: which of ours an old category's products go to, else the default one;
    ``columns``: which columns of a CSV file of products are what; ``began_at``: when its run did; ``moved_at``: when
    its last move ended, None once that was rolled back.

    ``ownership``: whether its shop may take that old shop, and ``ownership_why`` not; ``holds``: no other shop may take
    it; ``inside``: something of it may be here.
    """

    migration_id: str
    shop_id: str
    source: Source
    old_shop_id: str
    person: str
    files: tuple[File, ...]
    category_id: str
    categories: Mapping[str, str]
    put_on_sale: bool
    created_at: datetime
    updated_at: datetime
    version: int = 1
    run: int = 0
    mode: Mode = "none"
    state: State = "ready"
    parts: Mapping[Service, Part] = field(default_factory=dict)
    began_at: datetime | None = None
    moved_at: datetime | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    acts: tuple[Act, ...] = ()
    ownership: Ownership = "not_needed"
    ownership_why: str = ""
    holds: bool = False
    inside: bool = False

    @property
    def relied_on(self) -> bool:
        """Whether others rely on whose the old shop is: WeChat's own ids lead everybody to its products, and persons
        find orders by its app's openids. What a merchant has exported himself he may call as he likes."""
        return self.source in SEED or any(READS[one.kind] == "orders" for one in self.files)

    @property
    def readers(self) -> frozenset[Service]:
        """Who has files of it to read."""
        return frozenset(READS[one.kind] for one in self.files)

    def run_of(self, mode: Run, now: datetime) -> "Migration":
        """The next run, before anybody has done any of it; one without files has ended."""
        parts = {reader: Part() for reader in sorted(self.readers)}
        after = replace(self, run=self.run + 1, mode=mode, state="running", parts=parts, began_at=now)
        return after if parts else self._ended(after, now)

    def do(self, what: str, by: str, now: datetime) -> "Migration":
        """The act, if it is legal: see the picture above; the same migration where it stands already.

        Raises IllegalTransition, OldShopUnconfirmed.
        """
        stands: Mapping[str, tuple[State, Mode | None]] = {
            "dry-run": ("running", "dry"),
            "start": ("running", "move"),
            "rollback": ("running", "rollback"),
            "pause": ("paused", None),
            "resume": ("running", None),
            "withdraw": ("withdrawn", None),
        }
        state, mode = stands[what]
        if self.state == state and mode in (None, self.mode):
            return self
        if self.state not in MOVES[what] or (what == "rollback" and not self._came_in):
            legal = sorted(name for name, states in MOVES.items() if self.state in states)
            raise IllegalTransition(f"A migration that is {self.state} cannot {what}", legal=legal)
        if what == "start" and self.ownership in ("waiting", "refused"):
            raise OldShopUnconfirmed(self.ownership_why, ownership=self.ownership)
        if what == "withdraw" and self.inside:
            raise IllegalTransition("Something of it came in: roll it back first", legal=["rollback"])
        runs: Mapping[str, Run] = {"dry-run": "dry", "start": "move", "rollback": "rollback"}
        after = self.run_of(runs[what], now) if what in runs else replace(self, state=state)
        if what in ("start", "withdraw"):
            after = replace(after, inside=what == "start", holds=what == "start")
        return self._acted(what, by, now, after)

    def decide(self, decision: Decision, reason: str, by: str, now: datetime) -> "Migration":
        """The platform's word on whose the old shop is. The same word again changes nothing.

        Raises IllegalTransition once it is over, and against it while something of it may be here.
        """
        word: Ownership = "confirmed" if decision == "pass" else "refused"
        if (self.ownership, self.ownership_why) == (word, reason):
            return self
        if self.state in OVER or (decision == "reject" and self.inside):
            legal = [] if self.state in OVER else ["rollback"]
            raise IllegalTransition(f"A migration that is {self.state} cannot be decided on so", legal=legal)
        after = replace(self, ownership=word, ownership_why=reason, holds=decision == "pass")
        return self._acted(decision, by, now, after)

    def stop(self, why: str, now: datetime) -> "Migration":
        """Whatever runs of it has failed for this; the same migration when nothing does."""
        if self.state not in ("running", "paused"):
            return self
        parts = {
            reader: replace(part, state="failed", why=why) if part.state == "running" else part
            for reader, part in self.parts.items()
        }
        return self._acted("stop", "system", now, replace(self, state="failed", parts=parts))

    def _acted(self, what: str, by: str, now: datetime, after: "Migration") -> "Migration":
        return self._next(now, replace(after, acts=(*self.acts, Act(what, by, now))[-100:]))

    @property
    def _came_in(self) -> bool:
        # Only the last hundred acts are known.
        begun = any(act.what == "start" for act in self.acts)
        return begun or self.moved_at is not None or self.mode in ("move", "rollback")

    @property
    def quiet_at(self) -> datetime | None:
        """From when on nobody is in the middle of what was paused or stopped, so that a rollback finds all of it; None
        for now."""
        before = self.acts[-2] if len(self.acts) > 1 and self.mode == "rollback" else None
        runs = (act.what for act in reversed(self.acts[:-1]) if act.what in ("dry-run", "start", "rollback"))
        if before is None or before.what not in ("pause", "stop") or next(runs, "") == "dry-run":
            return None
        return before.at + WORKER_ENDS

    def progressed(self, reader: Service, run: int, part: Part, now: datetime) -> "Migration":
        """How far a service's part of a run has come; the same migration for an older run, or an older word."""
        known = self.parts.get(reader)
        if run != self.run or known is None or part.sequence < known.sequence or known == part:
            return self
        if self.state not in ("running", "paused"):
            return self  # it was stopped: what comes now was on its way
        after = replace(self, parts={**self.parts, reader: part})
        states = {one.state for one in after.parts.values()}
        if "running" in states:
            return self._next(now, after)
        return self._next(now, replace(after, state="failed") if "failed" in states else self._ended(after, now))

    def _ended(self, after: "Migration", now: datetime) -> "Migration":
        """The same behind its run."""
        if after.mode == "move":
            after = replace(after, moved_at=now)
        if after.mode == "rollback":
            after = replace(after, moved_at=None, inside=False, holds=False)
        return replace(after, state="ended")

    def end(self, now: datetime) -> "Migration":
        """Beyond rollback, when something of it is in; withdrawn, when nothing is; the same migration while it runs, or
        is over."""
        if self.state not in MOVES["withdraw"]:
            return self
        return self._next(now, replace(self, state="done")) if self.inside else self.do("withdraw", "system", now)

    def total(self, name: Literal["moved", "unchanged", "refused", "taken_out", "kept"]) -> int:
        """Over all kinds in this run."""
        return sum(getattr(count, name) for part in self.parts.values() for count in part.counts.values())

    @property
    def why(self) -> str:
        """Why the run failed as a whole."""
        return "; ".join(f"{reader}: {part.why}" for reader, part in sorted(self.parts.items()) if part.why)

    def _next(self, now: datetime, after: "Migration") -> "Migration":
        return replace(after, version=self.version + 1, updated_at=now)


def seconds_left(count: Count) -> float | None:
    """What its bytes will still take at the pace so far; None before there is one."""
    if count.bytes_read >= count.bytes_total:
        return 0.0
    if not count.bytes_read or not count.seconds:
        return None
    return count.seconds / count.bytes_read * (count.bytes_total - count.bytes_read)
