"""Everything that two moves of one old shop have left in the tables, to be compared row by row.

Ids are told by the old ones that they follow from, sealed texts are opened, and what is of one run only (its progress,
its job) is left out. The rest is compared bit for bit.
"""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from services.shared.contracts.migration import old_name
from services.shared.plumbing.ids import id_of
from services.shared.plumbing.resources import physical

ID = re.compile(r"\b(?:prd|sku|grp|ord|afs|shp|mig|evt|old|upl)_[0-9A-HJKMNP-TV-Z]{26}\b")
# Of a list that is spread over buckets by the id, the bucket.
BUCKETED = ("shop_key", "due_bucket", "sale_shop", "sale_category", "sale_market")
RUN = re.compile(r'(?<="run": )\d+|(?<=MIG#)\d+')
Names = Mapping[str, str]
# What is said of the migration and its runs as such: how far they are, in how many steps, and when.
OF_A_RUN = re.compile(r"(MIGR?#)?MIG([#-]\d*(run)?)?\|(MIGRATION|SAID#.*|FILE#.*|evt)")


@dataclass(frozen=True)
class Side:
    """One of the shops into which it moved. ``run``: the one that moved it."""

    migration_id: str
    shop_id: str
    source: str
    old_shop_id: str
    run: int

    def names(self, old_ids: Iterator[tuple[str, str, str]]) -> dict[str, str]:
        """What each id of this shop is called in both."""
        of = self.shop_id, self.source, self.old_shop_id
        found = {id_of(prefix, *old_name(*of, kind, old)): f"{kind}:{old}" for prefix, kind, old in old_ids}  # type: ignore[arg-type]
        return found | {self.migration_id: "MIG", self.shop_id: "SHOP", self.old_shop_id: "OLD"}


@dataclass
class Found:
    """Digests of the rows of one shop by what they are called, of the move and of runs before it. ``sums``: of what is
    told in more or fewer rows, by how many orders were written at once: the numbers of days."""

    moved: dict[str, list[bytes]] = field(default_factory=dict)
    before: dict[str, list[bytes]] = field(default_factory=dict)
    tables: Counter[str] = field(default_factory=Counter)
    sums: Counter[str] = field(default_factory=Counter)

    def add(self, of: dict[str, list[bytes]], name: str, said: str) -> None:
        of.setdefault(name, []).append(hashlib.blake2b(said.encode(), digest_size=16).digest())

    def differs(self, other: "Found") -> list[str]:
        """Which rows are not there, or not the same, in either."""
        names = self.moved.keys() | other.moved.keys()
        rows = sorted(one for one in names if sorted(self.moved.get(one, [])) != sorted(other.moved.get(one, [])))
        sums = sorted(one for one in self.sums | other.sums if self.sums[one] != other.sums[one])
        return [*rows, *sums]


def rows_of(
    dynamodb: Any, tables: Mapping[str, Callable[[list[dict[str, Any]]], None]], sides: Mapping[Side, Names]
) -> list[Found]:
    """What each of these shops has in these tables; a table's function opens what is sealed in a page of rows, in its
    place."""
    places = {ident: (place, name) for place, names in enumerate(sides.values()) for ident, name in names.items()}
    found = [Found() for _ in sides]
    runs = [side.run for side in sides]
    for table, opened in tables.items():
        for page in dynamodb.get_paginator("scan").paginate(TableName=physical(table), ConsistentRead=True):
            rows = [{name: _plain(value) for name, value in item.items()} for item in page["Items"]]
            owned = [
                (next((places[one][0] for one in ID.findall(_texts(row)) if one in places), None), row) for row in rows
            ]
            mine = [(place, row) for place, row in owned if place is not None]
            opened([row for _, row in mine])
            for place, row in mine:
                _sort(found[place], table, row, places, runs[place])
    return found


def _plain(value: dict[str, Any]) -> Any:
    return next(iter(value.values()))


def _texts(row: Mapping[str, Any]) -> str:
    return "|".join(str(one) for one in row.values())


def _same_in_both(row: dict[str, Any]) -> None:
    """Leave out what differs though the two shops are the same."""
    for name in BUCKETED:
        if name in row:
            row[name] = row[name].rpartition("#")[0]
    for name, value in row.items():
        if isinstance(value, str) and value.startswith(("{", "[")):
            row[name] = json.loads(value)
    doc: Any = row.get("doc")
    if row["sk"] == "ORIGIN":
        del doc["copy"]  # a digest over ids
    elif row["sk"] == "SHOP" and row["pk"].startswith("SHP#"):
        del doc["created_at"], doc["payment_account"]  # they were opened one after the other


def _sort(found: Found, table: str, row: dict[str, Any], places: Mapping[str, tuple[int, str]], run: int) -> None:
    _same_in_both(row)

    def named(text: str) -> str:
        return ID.sub(lambda match: places.get(match[0], (0, match[0][:3]))[1], text)

    said = named(json.dumps(row, sort_keys=True, ensure_ascii=False, default=str))
    key = named(f"{row['pk']}|{row['sk']}")
    its_run = re.search(r"MIG#(\d+)", key)
    name = f"{table} {RUN.sub('run', key)}"
    if OF_A_RUN.fullmatch(name.partition(" ")[2]):
        return
    found.tables[table] += 1
    if row["pk"].startswith("TRF#"):
        found.sums.update(dict(_numbers(json.loads(said)["doc"], row["day"])))
        return
    where = found.before if its_run and int(its_run[1]) != run else found.moved
    found.add(where, name, RUN.sub("run", said))


def _numbers(doc: Any, at: str) -> Iterator[tuple[str, int]]:
    """Every number in it, with its place."""
    if isinstance(doc, int):
        yield at, doc
    for name, inner in doc.items() if isinstance(doc, dict) else enumerate(doc) if isinstance(doc, list) else ():
        yield from _numbers(inner, f"{at} {name}")
