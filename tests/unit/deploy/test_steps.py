"""A deployment is taken in steps that can each be taken back without losing a table."""

import itertools
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.deploy.steps import STATE, Step, rolled_back, steps
from infra.package.template.function import Json
from services.shared.plumbing.resources import Index, Queue, Resources, Table, plumbing_tables
from tests.unit.package.toy import RESOURCES, rendered


def _toys(*indexes: str, more: tuple[Table, ...] = ()) -> Json:
    """The toy service with these indexes on its main table."""
    main = Table("toys", indexes=tuple(Index(name, f"{name}_key", "toy_id") for name in indexes))
    return rendered(replace(RESOURCES, tables=(main, *plumbing_tables("toys"), *more)))


def _indexes(template: Json) -> list[str]:
    properties = template["Resources"]["ToysTable"]["Properties"]
    return [one["IndexName"] for one in properties.get("GlobalSecondaryIndexes", ())]


def _kinds(template: Json) -> set[str]:
    return {one["Type"] for one in template["Resources"].values()}


def test_the_first_deployment_makes_the_state_and_then_the_functions() -> None:
    """If a function cannot be made, its tables are already safe in the stack."""
    wanted = rendered()

    (first, _), second = steps(None, wanted)

    assert _kinds(first) == STATE
    assert "Parameters" not in first
    assert second == Step(wanted, releases=True)


def test_a_release_without_new_state_is_one_step() -> None:
    """As most are."""
    old, new = rendered(), rendered()
    new["Resources"]["Count"]["Properties"]["MemorySize"] = 1024

    assert steps(old, new) == [Step(new, releases=True)]


def test_a_new_table_comes_before_the_functions_that_use_it() -> None:
    """The functions of the first step are the old ones."""
    old, new = _toys(), _toys(more=(Table("toys-attic"),))
    new["Resources"]["Count"]["Properties"]["MemorySize"] = 1024

    (first, _), second = steps(old, new)

    assert "ToysAtticTable" in first["Resources"]
    assert first["Resources"]["Count"] == old["Resources"]["Count"]
    assert second == Step(new, releases=True)


def test_indexes_come_one_by_one_and_go_one_by_one() -> None:
    """New ones before the functions that read them, old ones after the functions that did."""
    old, new = _toys("a", "b"), _toys("c", "d")
    new["Resources"]["Count"]["Properties"]["MemorySize"] = 1024

    steps_taken = steps(old, new)

    taken = [one.template for one in steps_taken]
    assert [one.releases for one in steps_taken] == [False, False, True, False, False]
    assert [set(_indexes(one)) for one in taken] == [set("abc"), set("abcd"), set("abcd"), set("bcd"), set("cd")]
    memory = [one["Resources"]["Count"]["Properties"]["MemorySize"] for one in taken]
    assert memory == [512, 512, 1024, 1024, 1024]
    assert taken[-1] == new


@given(st.sets(st.sampled_from("abcdef")), st.sets(st.sampled_from("abcdef")))
def test_no_step_asks_too_much_of_a_table(old: set[str], new: set[str]) -> None:
    """At most one index more or less a step, and the attributes of exactly the keys that there are."""
    before, wanted = _toys(*sorted(old)), _toys(*sorted(new))

    taken = [before, *(one.template for one in steps(before, wanted))]

    assert taken[-1] == wanted
    for one, next_ in itertools.pairwise(taken):
        assert len(set(_indexes(one)) ^ set(_indexes(next_))) <= 1
    for one in taken:
        attributes = one["Resources"]["ToysTable"]["Properties"]["AttributeDefinitions"]
        keys = {f"{name}_key" for name in _indexes(one)} | ({"toy_id"} if _indexes(one) else set())
        assert {attribute["AttributeName"] for attribute in attributes} == {"pk", "sk"} | keys


def test_a_table_that_is_wanted_no_more_leaves_with_the_functions() -> None:
    """The stack lets go of it, and its policy keeps it."""
    old, new = _toys(more=(Table("toys-attic"),)), _toys()

    assert steps(old, new) == [Step(new, releases=True)]
    assert old["Resources"]["ToysAtticTable"]["DeletionPolicy"] == "Retain"


@pytest.mark.parametrize(
    "grown",
    [
        replace(RESOURCES, tables=(*RESOURCES.tables, Table("toys-attic"))),
        replace(RESOURCES, queues=(*RESOURCES.queues, Queue("toys-post"))),
        replace(RESOURCES, tables=(Table("toys"), *RESOURCES.tables[1:])),
    ],
    ids=["a table", "a queue", "an index less"],
)
def test_going_back_leaves_tables_and_queues_as_they_are(grown: Resources) -> None:
    """Everything else is the earlier release's."""
    previous, deployed = rendered(), rendered(grown)
    deployed["Resources"]["Count"]["Properties"]["MemorySize"] = 1024

    back = rolled_back(previous, deployed)

    for name, resource in back["Resources"].items():
        source = deployed if resource["Type"] in STATE else previous
        assert resource == source["Resources"][name]
    assert {name for name, one in deployed["Resources"].items() if one["Type"] in STATE} <= set(back["Resources"])
    assert steps(deployed, back) == [Step(back, releases=True)]
