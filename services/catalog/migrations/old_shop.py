"""An old shop that comes in here: into which shop, by which migrations. Pure."""

from dataclasses import dataclass, replace

from services.catalog.migrations.migration import Migration


@dataclass(frozen=True)
class OldShop:
    """``migrations`` hold it: it is free when none does. ``confirmed``: the platform has said that the shop may take
    it, which holds for every further migration of it as long as one does."""

    shop_id: str = ""
    migrations: tuple[str, ...] = ()
    confirmed: bool = False
    version: int = 0

    def held(self, by: Migration) -> "OldShop":
        """By this one, too, of the same shop; or by this one, when nobody had it."""
        others = tuple(one for one in self.migrations if one != by.migration_id)
        return OldShop(
            by.shop_id,
            (*others, by.migration_id),
            confirmed=by.ownership == "confirmed" or (bool(others) and self.confirmed),
            version=self.version + 1,
        )

    def released(self, by: Migration) -> "OldShop":
        """By this one no more."""
        left = tuple(one for one in self.migrations if one != by.migration_id)
        return replace(self, migrations=left, confirmed=bool(left) and self.confirmed, version=self.version + 1)
