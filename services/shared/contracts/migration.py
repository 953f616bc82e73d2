"""What catalog and the others say to each other while a shop moves here from elsewhere (M1–M6).

Catalog leads: it says how a migration is meant to go on, orders says how far it has come with its part of it.
"""

from datetime import date
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from services.shared.contracts.envelope import EventBody, Kind

Phase = Literal["notice", "no_new_physical", "vouchers_delisted", "read_only", "done"]
Run = Literal["dry", "move", "rollback"]
Mode = Literal["none", "dry", "move", "rollback"]  # none: before the first run
State = Literal["ready", "running", "paused", "ended", "failed", "done"]
FileKind = Literal["products", "groups", "orders", "aftersales", "members"]
OldKind = Literal["product", "sku", "group", "order", "aftersale", "member", "shop", "qualification"]
Outcome = Literal["moved", "unchanged", "refused", "taken_out", "kept"]


def old_name(shop_id: str, source: str, old_shop_id: str, kind: OldKind, old_id: str) -> tuple[str, ...]:
    """What an old thing is called, for the id that it has here: ``id_of(prefix, *old_name(…))``.

    Whoever knows the old id knows the new one, in every service and at any time: an order needs not ask for its styles.
    The shop is part of it, so that nobody can take an id from somebody else's shop.
    """
    return shop_id, source, old_shop_id, kind, old_id


class MigrationFile(BaseModel):
    """A file of a migration, as it was announced. ``upload_id`` is of the service that reads this kind."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    number: int = Field(description="From 1, in their order: what a refusal names the file by")
    kind: FileKind
    format: str
    upload_id: str
    name: str = ""


class MigrationChanged(EventBody):
    """How a migration is meant to go on (M2, M3). Subject: its id.

    A **run** is one dry run, one move or one rollback; ``run`` grows with each, and what is told of a run names it.
    ``paused`` and then ``running`` under the same run is a pause and its end. ``done``: nothing of it runs any more,
    and nobody needs its files: it can be rolled back no more, or was withdrawn.
    """

    NAME: ClassVar[str] = "catalog.migration_changed"
    KIND: ClassVar[Kind] = "state"

    migration_id: str
    shop_id: str
    source: str
    old_shop_id: str
    person: str = Field(description="Who asked for it: whose uploads its files are")
    run: int
    mode: Mode
    state: State
    files: list[MigrationFile]


class MigrationCount(BaseModel):
    """What became of the records of one kind so far, in one run."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    kind: FileKind
    read: int = Field(description="Records read, good or bad")
    moved: int = 0
    unchanged: int = Field(default=0, description="Here already: by an earlier run, or the same thing of another shop")
    refused: int = 0
    taken_out: int = Field(default=0, description="By a rollback")
    kept: int = Field(default=0, description="By a rollback: changed here meanwhile, and so left")
    bytes_read: int = 0
    bytes_total: int = 0
    seconds: float = Field(default=0, description="Worked so far: with the bytes, what is left can be foretold")


class MigrationProgressed(EventBody):
    """How far orders has come with its part of a run (M2, M3). Subject: the migration's id; one a checkpoint.

    ``sequence`` grows over all runs: ``run * 1_000_000 + step``.
    """

    NAME: ClassVar[str] = "orders.migration_progressed"
    KIND: ClassVar[Kind] = "state"

    migration_id: str
    shop_id: str
    run: int
    mode: Run
    state: Literal["running", "ended", "failed"]
    why: str = Field(default="", description="Why it failed as a whole")
    counts: list[MigrationCount]


class MigrationRow(BaseModel):
    """A record of which the merchant should know: refused, or kept by a rollback; or what a dry run says of it."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    kind: FileKind
    file: int
    line: int
    old_id: str
    new_id: str = ""
    outcome: Outcome
    why: str = ""


class MigrationRowsTold(EventBody):
    """Records of orders' files that were refused or kept, at most 100 an event (M3). Subject: the migration's id.

    No personal data: ids, places and reasons. The same row said twice is one row, by (run, file, line).
    """

    NAME: ClassVar[str] = "orders.migration_rows_told"

    migration_id: str
    shop_id: str
    run: int
    rows: list[MigrationRow]


class MigrationDecided(EventBody):
    """The platform has said whether a shop may take an old one (M2). Subject: the migration's id."""

    NAME: ClassVar[str] = "catalog.migration_decided"

    migration_id: str
    shop_id: str
    source: str
    old_shop_id: str
    decision: Literal["pass", "reject"]
    reason: str = Field(default="", description="Why not")


class MovedSales(BaseModel):
    """Old orders of a product on one day through one channel; below zero where they went out again."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    day: date = Field(description="In Beijing: on which they were paid, or ended without")
    product_id: str
    channel: str
    orders: int
    paid: int
    pieces: int = Field(default=0, description="Of paid ones")
    gmv_fen: int = Field(default=0, description="Of paid ones")


class HistoryMoved(EventBody):
    """Old orders came in by a migration, or went out again: numbers count them on their own days (M2).

    Subject: the migration's id. One for each transaction that wrote orders, in that transaction. Nobody is told of it.
    """

    NAME: ClassVar[str] = "orders.history_moved"

    migration_id: str
    shop_id: str
    run: int
    sales: list[MovedSales]


class StockOf(BaseModel):
    """A product, and the first stock of each of its styles."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    product_id: str
    styles: dict[str, int] = Field(description="Pieces, by the style's id")


class StockAsked(EventBody):
    """Whether anything was done here with the stock of products that a rollback is about to take out (M3). Subject: the
    migration's id. Orders answers it under the same ``part``.
    """

    NAME: ClassVar[str] = "catalog.migration_stock_asked"

    migration_id: str
    shop_id: str
    run: int
    part: str
    products: list[StockOf]


class StockAnswered(EventBody):
    """With the stock of which of these products something was done here (M3). Subject: the migration's id."""

    NAME: ClassVar[str] = "orders.migration_stock_answered"

    migration_id: str
    shop_id: str
    run: int
    part: str
    ordered: list[str] = Field(description="Products of which pieces are held or sold")
    counted: list[str] = Field(description="Others that have another stock than they came with")


class MigrationRunEnded(EventBody):
    """A run of a migration came to its end in all services (M2, M3). Counts are of records of all kinds."""

    NAME: ClassVar[str] = "catalog.migration_run_ended"

    migration_id: str
    shop_id: str
    source: str
    mode: Run
    moved: int
    unchanged: int
    refused: int
    taken_out: int = 0
    kept: int = 0
    why: str = Field(default="", description="Why it failed as a whole; empty when it went through its files")


class MigrationStepAhead(EventBody):
    """A step of a shop's calendar comes (M1)."""

    NAME: ClassVar[str] = "catalog.migration_step_ahead"

    shop_id: str
    source: str
    phase: Phase
    on: date = Field(description="The day on which it begins, in Beijing")


class MigrationStepTaken(EventBody):
    """A step of a shop's calendar was taken (M1). ``stuck``: its plan is done, but a private person owns it (M5)."""

    NAME: ClassVar[str] = "catalog.migration_step_taken"

    shop_id: str
    source: str
    phase: Phase
    stuck: bool = False


class SubjectChangeDue(EventBody):
    """A private person's shop waits, read-only, for its owner to become a business: said again and again (M5)."""

    NAME: ClassVar[str] = "catalog.subject_change_due"

    shop_id: str
    source: str
    since: date = Field(description="From which day on it is read-only, in Beijing")
