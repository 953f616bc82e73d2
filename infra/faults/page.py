"""One page of an index Query: its order, its bounds and its key condition."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Item = dict[str, Any]
Key = tuple[Any, ...]

_TOKEN = re.compile(r"[#:]?[\w.-]+|<=|>=|[=<>]")


@dataclass(frozen=True)
class Page:
    """One page of a Query, which goes from place to place: range key first, the table's keys where that is equal."""

    query: Any
    answer: Any
    index_keys: tuple[str, ...]
    table_keys: tuple[str, ...]

    @property
    def keys(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*self.index_keys, *self.table_keys)))

    def had(self, item: Item) -> bool:
        """Whether an item that is elsewhere now, or gone, was in it."""
        if "FilterExpression" in self.query or not set(self.keys) <= item.keys() or not _matches(self.query, item):
            return False
        start, end = self.query.get("ExclusiveStartKey"), self.answer.get("LastEvaluatedKey")
        place = self._place(item)
        return (start is None or self._comes_after(place, self._place(start))) and (
            end is None or not self._comes_after(place, self._place(end))
        )

    def of(self, items: list[Item]) -> Any:
        """The answer with these items, in order, and no more than were asked for."""
        items = sorted(items, key=self._place, reverse=not self._forward)
        limit = self.query.get("Limit", len(items))
        answer = self.answer | {"Items": items[:limit], "Count": len(items[:limit])}
        if len(items) > limit:
            answer["LastEvaluatedKey"] = {name: items[limit - 1][name] for name in self.keys}
        return answer

    @property
    def _forward(self) -> bool:
        return bool(self.query.get("ScanIndexForward", True))

    def _place(self, item: Item) -> Key:
        return values_of(item, (*self.index_keys[1:], *self.table_keys))

    def _comes_after(self, place: Key, other: Key) -> bool:
        return place > other if self._forward else place < other


def _matches(query: Any, item: Item) -> bool:
    """Whether an item meets the Query's key condition."""
    words = _TOKEN.findall(query.get("KeyConditionExpression", ""))
    names, values = query.get("ExpressionAttributeNames", {}), query.get("ExpressionAttributeValues", {})

    def value(word: str) -> Any:
        return _value(values[word]) if word.startswith(":") else _value(item[names.get(word, word)])

    while words:
        if words[0] == "begins_with":
            met, used = value(words[1]).startswith(value(words[2])), 3
        elif words[1].upper() == "BETWEEN":
            met, used = value(words[2]) <= value(words[0]) <= value(words[4]), 5
        else:
            met, used = _COMPARE[words[1]](value(words[0]), value(words[2])), 3
        if not met:
            return False
        words = words[used + 1 :]  # and the AND
    return True


_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda left, right: left == right,
    "<": lambda left, right: left < right,
    "<=": lambda left, right: left <= right,
    ">": lambda left, right: left > right,
    ">=": lambda left, right: left >= right,
}


def projected(item: Item, projection: Any, keys: tuple[str, ...]) -> Item:
    """What of an item the index holds."""
    if projection["ProjectionType"] == "ALL":
        return item
    shown = {*keys, *projection.get("NonKeyAttributes", ())}
    return {name: value for name, value in item.items() if name in shown}


def key_names(described: Any) -> tuple[str, ...]:
    """The names of the key attributes of a described table or index."""
    return tuple(key["AttributeName"] for key in described["KeySchema"])


def values_of(item: Item, names: tuple[str, ...]) -> Key:
    """The item's values of these key attributes."""
    return tuple(_value(item[name]) for name in names)


def _value(attribute: Any) -> Any:
    """A key's value: {"S": "a"} → "a", {"N": "1"} → 1.0."""
    kind, value = next(iter(attribute.items()))
    return float(value) if kind == "N" else value
