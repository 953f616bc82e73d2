"""One deployment in the steps that CloudFormation can take, and can take back.

Tables and queues come first, in an update of their own, and leave only when nothing uses them any more::

    deployed ─▶ + new tables, queues, indexes ─▶ the new functions ─▶ − indexes that nobody reads
                one index of a table at a time   (may be taken back)   one at a time

So a release that fails, or is rolled back, never takes a table with it, nor leaves one outside of its stack.
"""

from collections.abc import Iterator
from typing import NamedTuple

from infra.package.template.function import Json

STATE = {"AWS::DynamoDB::Table", "AWS::SQS::Queue"}


class Step(NamedTuple):
    """One update. ``releases`` when it is the one that changes the functions."""

    template: Json
    releases: bool


def steps(deployed: Json | None, wanted: Json) -> list[Step]:
    """The updates to make one after another; the last template is ``wanted``."""
    before = _state(deployed) if deployed else {}
    after = _state(wanted)
    grown = {name: _grown(before.get(name), resource) for name, resource in after.items()}
    first = [before | state for state in _one_index_at_a_time(before, grown)] if grown else []
    last = [Step(_with(wanted, state), releases=False) for state in _one_index_at_a_time(grown, after)]
    base = deployed or {name: wanted[name] for name in ("AWSTemplateFormatVersion", "Description") if name in wanted}
    growing = [Step(_with(base, state), releases=False) for state in first]
    return [*growing, Step(_with(wanted, grown), releases=True), *last]


def rolled_back(previous: Json, deployed: Json) -> Json:
    """An earlier release over today's tables and queues: whatever came since stays, and stays in the stack."""
    return _with(previous, _state(deployed))


def _state(template: Json) -> dict[str, Json]:
    return {name: one for name, one in template["Resources"].items() if one["Type"] in STATE}


def _with(template: Json, state: dict[str, Json]) -> Json:
    """The template with exactly these tables and queues beside its other resources."""
    others = {name: one for name, one in template.get("Resources", {}).items() if one["Type"] not in STATE}
    return template | {"Resources": state | others}


def _indexes(resource: Json | None) -> dict[str, Json]:
    found = (resource or {}).get("Properties", {}).get("GlobalSecondaryIndexes", ())
    return {one["IndexName"]: one for one in found}


def _grown(now: Json | None, wanted: Json) -> Json:
    """As wanted, with the indexes that there are now."""
    return _with_indexes(wanted, _indexes(wanted) | _indexes(now), now) if now else wanted


def _with_indexes(table: Json, indexes: dict[str, Json], other: Json | None = None) -> Json:
    """The table with these indexes, and the attributes that its keys and theirs are made of."""
    if table["Type"] != "AWS::DynamoDB::Table":
        return table
    properties = dict(table["Properties"])
    known = [*properties["AttributeDefinitions"], *(other or table)["Properties"]["AttributeDefinitions"]]
    types = {one["AttributeName"]: one for one in known}
    schemas = [properties["KeySchema"], *(one["KeySchema"] for one in indexes.values())]
    used = sorted({key["AttributeName"] for schema in schemas for key in schema})
    properties["AttributeDefinitions"] = [types[name] for name in used]
    properties.pop("GlobalSecondaryIndexes", None)
    if indexes:
        properties["GlobalSecondaryIndexes"] = list(indexes.values())
    return table | {"Properties": properties}


def _one_index_at_a_time(now: dict[str, Json], wanted: dict[str, Json]) -> Iterator[dict[str, Json]]:
    """From one state to another, in states of which each has at most one index more or less than the one before."""
    current = {name: now[name] for name in wanted if name in now}
    while current != wanted:
        current = {name: _nearer(current.get(name), wanted[name]) for name in wanted}
        yield current


def _nearer(now: Json | None, wanted: Json) -> Json:
    if now is None:
        return wanted  # a new table may have all its indexes at once
    have, want = _indexes(now), _indexes(wanted)
    added = [name for name in want if name not in have]
    dropped = [name for name in have if name not in want]
    if len(added) + len(dropped) <= 1:
        return wanted
    change = {name: one for name, one in have.items() if added or name != dropped[0]}
    return _with_indexes(wanted, change | ({added[0]: want[added[0]]} if added else {}), now)
