"""A file of a migration's run, and the ids that its records have here. Pure."""

from dataclasses import dataclass

from services.catalog.imports.product_rows import Group
from services.catalog.migrations.migration import File, Migration
from services.catalog.migrations.tables import Origin
from services.shared.contracts.migration import OldKind, old_name
from services.shared.plumbing.ids import id_of


@dataclass(frozen=True)
class Reading:
    """A file of a migration's run, being read."""

    migration: Migration
    file: File

    @property
    def run(self) -> str:
        return f"{self.migration.migration_id}#{self.migration.run}"

    @property
    def rows(self) -> str:
        """Under what name the words about its records are kept."""
        return f"{self.run}#{self.file.number}"

    def new_id(self, prefix: str, kind: OldKind, old_id: str) -> str:
        """The id that an old one has here."""
        one = self.migration
        return id_of(prefix, *old_name(one.shop_id, one.source, one.old_shop_id, kind, old_id))

    def same_shop(self, origin: Origin | None) -> bool:
        """Whether that came from the shop that this file is of."""
        one = self.migration
        return origin is not None and (origin.source, origin.old_shop_id) == (one.source, one.old_shop_id)

    def place(self, group: Group) -> str:
        """Where a record stands, as ``file:line``."""
        return f"{self.file.number}:{group.line}"
