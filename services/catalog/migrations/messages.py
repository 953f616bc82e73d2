"""What comes in and goes out over HTTP: migrations, and the plans of their sources."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from services.catalog.imports.tables import ImportRow
from services.catalog.messages import Contact, PageOf, ShopName
from services.catalog.migrations.formats import formats_of
from services.catalog.migrations.mapped_csv import Column, check_columns
from services.catalog.migrations.migration import (
    READS,
    Act,
    Count,
    Decision,
    Format,
    Migration,
    Ownership,
    Part,
    Service,
    State,
    seconds_left,
)
from services.catalog.migrations.plan import Plan, Planned, Source
from services.catalog.migrations.told_row import FileKind, Outcome, ToldRow
from services.catalog.shops.shop import Subject
from services.shared.contracts.migration import Mode, Phase
from services.shared.plumbing.doors import Body, Instant, View

ColumnName = Annotated[str, Field(min_length=1, max_length=200)]
CategoryName = Annotated[str, Field(max_length=64)]
Days = Annotated[int, Field(ge=0, le=365)]


class AskFile(Body):
    """A file of the old shop. ``orders`` and ``aftersales`` are uploads of orders, all others of catalog: each with the
    purpose ``migration``."""

    kind: FileKind
    format: Format | None = Field(default=None, description="Without it, jsonl for members and wechat for all others")
    upload_id: str = Field(max_length=64)
    name: str = Field(default="", max_length=200, description="What the report calls it")

    @model_validator(mode="after")
    def _known_format(self) -> Self:
        known = formats_of(self.kind) if READS[self.kind] == "catalog" else ()
        if known and self.format and self.format not in known:
            raise ValueError(f"{self.kind} are read in the formats {', '.join(known)}")
        return self


class OpenLegacyShop(Body):
    """The old shop as it is to be opened here, at its place in its source's calendar; a private person's too (M5)."""

    name: ShopName
    subject_type: Subject
    contact: Contact


class AskMigration(Body):
    """Into a shop of yours, by ``shop_id``, or into one that is opened for it, by ``shop``: one of the two."""

    source: Source
    old_shop_id: str = Field(min_length=1, max_length=128, pattern=r"^[^\s#]+$", description="What it is called there")
    shop_id: str | None = Field(default=None, max_length=64)
    shop: OpenLegacyShop | None = None
    files: list[AskFile] = Field(
        max_length=20, description="Read by kind: shop, members, products, groups; orders, aftersales"
    )
    default_category_id: str | None = Field(
        default=None, max_length=64, description="For products of no category in `categories`; else other.unsorted"
    )
    categories: dict[CategoryName, CategoryName] = Field(
        default_factory=dict, max_length=500, description="Which category of ours an old category's products go to"
    )
    put_on_sale: bool = Field(default=True, alias="list", description="List what was on sale there")
    columns: dict[Column, ColumnName] = Field(
        default_factory=dict, description="Of files of products in the format csv: which of their columns is what"
    )

    @model_validator(mode="after")
    def _one_target(self) -> Self:
        if (self.shop_id is None) == (self.shop is None):
            raise ValueError("either shop_id or shop, one of the two")
        return self

    @model_validator(mode="after")
    def _readable(self) -> Self:
        if any((one.kind, one.format) == ("products", "csv") for one in self.files):
            check_columns(self.columns)
        return self


class ListMigrations(PageOf):
    shop_id: str | None = Field(
        default=None, max_length=64, description="Whose; the platform's list of those that wait for it without one"
    )


class DecideMigration(Body):
    """Whether the shop may take that old shop, as the platform has seen from what its owner showed."""

    decision: Decision
    reason: str = Field(default="", max_length=500, description="Why not; its owner reads it")


class FileView(View):
    number: int
    kind: FileKind
    format: Format
    upload_id: str
    name: str


class CountView(View):
    """What became of the records of one kind, in the current run."""

    kind: FileKind
    read: int
    moved: int
    unchanged: int = Field(description="Here already")
    refused: int
    taken_out: int
    kept: int
    percent: int = Field(ge=0, le=100)
    left_bytes: int
    left_seconds: float | None = Field(description="At the pace so far; null before there is one")

    @classmethod
    def of(cls, kind: FileKind, count: Count) -> Self:
        said = {name: getattr(count, name) for name in ("read", "moved", "unchanged", "refused", "taken_out", "kept")}
        left = max(0, count.bytes_total - count.bytes_read)
        percent = 100 * count.bytes_read // count.bytes_total if count.bytes_total else 100
        return cls(kind=kind, **said, percent=min(100, percent), left_bytes=left, left_seconds=seconds_left(count))


class PartView(View):
    """A service's share of the current run."""

    service: Service
    state: Literal["running", "ended", "failed"]
    why: str

    @classmethod
    def of(cls, service: Service, part: Part) -> Self:
        return cls(service=service, state=part.state, why=part.why)


class ActView(View):
    what: str
    by: str
    at: datetime

    @classmethod
    def of(cls, act: Act) -> Self:
        return cls(what=act.what, by=act.by, at=act.at)


class MigrationView(View):
    """A migration with how far its current run is, over all services (M2, M3)."""

    migration_id: str
    shop_id: str
    source: Source
    old_shop_id: str
    state: State = Field(description="Withdrawn, or done, it runs no more and its files are deleted")
    ownership: Ownership = Field(
        description="Whether its shop may take that old shop; waiting: the platform looks at it"
    )
    ownership_why: str = Field(description="Why the platform refused it")
    mode: Mode = Field(description="Of the current run, or the last one: dry, move or rollback")
    run: int
    why: str = Field(description="Why the run failed as a whole")
    files: list[FileView]
    counts: list[CountView]
    parts: list[PartView]
    left_seconds: float | None = Field(description="What the run will still take; null while nobody can tell")
    moved_at: datetime | None
    acts: list[ActView] = Field(description="Who did what with it, oldest first")
    created_at: datetime
    updated_at: datetime
    version: int

    @classmethod
    def of(cls, one: Migration) -> Self:
        counts = [
            CountView.of(kind, count)
            for kind in READS
            for part in one.parts.values()
            if (count := part.counts.get(kind))
        ]
        lefts = [count.left_seconds for count in counts]
        known = [left for left in lefts if left is not None]
        running = one.state in ("running", "paused")
        return cls(
            migration_id=one.migration_id,
            shop_id=one.shop_id,
            source=one.source,
            old_shop_id=one.old_shop_id,
            state=one.state,
            ownership=one.ownership,
            ownership_why=one.ownership_why,
            mode=one.mode,
            run=one.run,
            why=one.why,
            files=[FileView.model_validate(file, from_attributes=True) for file in one.files],
            counts=counts,
            parts=[PartView.of(service, part) for service, part in sorted(one.parts.items())],
            left_seconds=(max(known) if known and len(known) == len(lefts) else None) if running else 0.0,
            moved_at=one.moved_at,
            acts=[ActView.of(act) for act in one.acts],
            created_at=one.created_at,
            updated_at=one.updated_at,
            version=one.version,
        )


class ListRows(PageOf):
    file: int = Field(default=1, ge=1, le=20, description="Which file, by its number")
    run: int | None = Field(default=None, ge=1, description="Which run; the current one without it")


class MigrationRowView(View):
    """What became of one record of a file."""

    file: int
    line: int
    old_id: str
    outcome: Literal["moved", "unchanged", "refused", "taken_out", "kept"]
    why: str
    new_id: str | None

    @classmethod
    def of(cls, file: int, row: ImportRow) -> Self:
        return cls.model_validate(
            {
                "file": file,
                "line": int(row.lines[0]),
                "old_id": row.key,
                "outcome": row.outcome,
                "why": row.why,
                "new_id": row.product_id,
            }
        )


class ListRefusals(PageOf):
    run: int | None = Field(default=None, ge=1, description="Which run; the current one without it")


class RefusalView(View):
    """A record that was refused, or kept by a rollback, whichever service read it."""

    kind: FileKind
    file: int = Field(description="0 for what a rollback kept: it goes over what came in, not over files")
    line: int
    old_id: str
    new_id: str | None
    outcome: Outcome
    why: str

    @classmethod
    def of(cls, row: ToldRow) -> Self:
        return cls(**{**asdict(row), "new_id": row.new_id or None})


class AskOrigin(Body):
    kind: Literal["products", "members", "shop"]
    old_id: str = Field(min_length=1, max_length=128, description="As the rows call it")


class OriginView(View):
    """How a record came, and what of it has no place here, as it was in the file."""

    kind: Literal["products", "members", "shop"]
    old_id: str
    migration_id: str = Field(description="Which migration brought it last")
    taken_out: bool
    aside: dict[str, Any]


class ReasonView(View):
    outcome: str
    why: str
    count: int
    examples: list[str]


class AskReport(Body):
    format: Literal["json", "markdown", "csv"] = "json"


class ReportView(View):
    """The current run in one place: what became of what, what is left, why something was refused."""

    migration: MigrationView
    reasons: list[ReasonView] = Field(description="Most frequent first")
    refusals: list[RefusalView] = Field(description="The first thousand")
    more: bool = Field(description="There are more: see the refusals' own list")


# ------------------------------------------------------------------------------------------------------- plans


class PlanDates(Body):
    """When each phase begins; what is left out stays."""

    notice: Instant | None = None
    no_new_physical: Instant | None = None
    vouchers_delisted: Instant | None = None
    read_only: Instant | None = None
    done: Instant | None = None

    def given(self) -> dict[Phase, datetime]:
        return {phase: at for phase, at in self.model_dump().items() if at is not None}  # type: ignore[misc]


class EditPlan(Body):
    dates: PlanDates = Field(default_factory=PlanDates)
    lead_days: Days | None = Field(default=None, description="How long before each step its merchants are told of it")
    remind_days: Days | None = Field(default=None, ge=1, description="How often a stuck person is reminded (M5)")
    rollback_days: Days | None = Field(default=None, description="How long a move can be rolled back at least")

    def days(self) -> dict[str, int]:
        """Those that were given."""
        return self.model_dump(exclude={"dates"}, exclude_none=True)


class StepDateView(View):
    phase: Phase
    at: datetime


class PlanView(View):
    """The calendar of a source. The first version is what the system shipped with."""

    source: Planned
    phase: Phase | None = Field(description="In force now; null before the notice")
    steps: list[StepDateView]
    lead_days: int
    remind_days: int
    rollback_days: int
    by: str
    updated_at: datetime | None
    version: int

    @classmethod
    def of(cls, plan: Plan, now: datetime) -> Self:
        return cls(
            source=plan.source,
            phase=plan.phase_at(now),
            steps=[StepDateView(phase=one.phase, at=one.at) for one in plan.steps],
            lead_days=plan.lead_days,
            remind_days=plan.remind_days,
            rollback_days=plan.rollback_days,
            by=plan.by,
            updated_at=plan.updated_at,
            version=plan.version,
        )


# ----------------------------------------------------------------------------------------------------- old ids


class FromOldShop(Body):
    """From which old shop an old id is; needed only where several had the same."""

    source: Source | None = None
    old_shop_id: str | None = Field(default=None, max_length=128)


class FromSource(Body):
    """In which system an old shop was; needed only where shops of several had the same id."""

    source: Planned | None = None
