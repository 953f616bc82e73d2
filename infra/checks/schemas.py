"""What a change of an event's JSON Schema would break, while emitters and consumers are deployed one at a time.

Two readers have to understand what they get, and an event may be on its way for weeks (outbox, queue, dead letters)::

    a consumer that is not deployed yet  ◀── events of the new emitter    so nothing may go, widen or change its type
    the new consumer                     ◀── events already on their way  so nothing may narrow or become required

What is left: a new field with a default, a default for a field that had none, and words. Anything else is a new
version of the event, emitted when every consumer takes it.
"""

from collections.abc import Iterator, Mapping
from typing import Any

Schema = Mapping[str, Any]

EVENT = "the event"
ON_THEIR_WAY = "events on their way"
NOT_DEPLOYED = "a consumer that is not deployed yet"
# Words about a field, and what is compared on its own.
WORDS = frozenset("$defs default description examples title".split())
COMPARED = frozenset("additionalProperties anyOf const enum items properties required type".split())


def breaks(old: Schema, new: Schema) -> Iterator[str]:
    """Sentences on what an event's change of schema breaks, and for whom. Nothing for a harmless change."""
    yield from _node(EVENT, _inlined(old, old.get("$defs", {})), _inlined(new, new.get("$defs", {})))


def _node(at: str, old: Schema, new: Schema) -> Iterator[str]:
    before, after = _options(old), _options(new)
    if gone := sorted(before.keys() - after.keys()):
        yield f"{at} is no longer {' or '.join(gone)}: {ON_THEIR_WAY} may hold it"
    if added := sorted(after.keys() - before.keys()):
        yield f"{at} may now be {' or '.join(added)}: {NOT_DEPLOYED} refuses it"
    for shape in sorted(before.keys() & after.keys()):
        yield from _option(at, before[shape], after[shape])


def _option(at: str, old: Schema, new: Schema) -> Iterator[str]:
    yield from _values(at, _literals(old), _literals(new))
    yield from _fields("" if at == EVENT else f"{at}.", old, new)
    for inside, place in (("items", f"{at}[]"), ("additionalProperties", f"{at}{{}}")):
        if inside in old or inside in new:
            yield from _node(place, _schema(old.get(inside)), _schema(new.get(inside)))
    for keyword in sorted((old.keys() | new.keys()) - WORDS - COMPARED):
        if old.get(keyword) != new.get(keyword):
            yield f"{at} changes its {keyword} from {old.get(keyword)} to {new.get(keyword)}"


def _fields(place: str, old: Schema, new: Schema) -> Iterator[str]:
    before, after = old.get("properties", {}), new.get("properties", {})
    for name in sorted(before.keys() - after.keys()):
        yield f"{place}{name} is gone: {NOT_DEPLOYED} may need it"
    for name in sorted(set(new.get("required", ())) - set(old.get("required", ()))):
        yield f"{place}{name} is now required: {ON_THEIR_WAY} may lack it, so give it a default"
    for name in sorted(before.keys() & after.keys()):
        yield from _node(f"{place}{name}", before[name], after[name])


def _values(at: str, old: frozenset[str] | None, new: frozenset[str] | None) -> Iterator[str]:
    if old is None and new is not None:
        yield f"{at} takes only {', '.join(sorted(new))} now: {ON_THEIR_WAY} may hold others"
    elif old is not None and new is None:
        yield f"{at} takes any value now: {NOT_DEPLOYED} refuses most"
    elif old is not None and new is not None:
        if added := sorted(new - old):
            yield f"{at} has the new value {', '.join(added)}: {NOT_DEPLOYED} refuses it"
        if gone := sorted(old - new):
            yield f"{at} has lost the value {', '.join(gone)}: {ON_THEIR_WAY} may hold it"


def _literals(schema: Schema) -> frozenset[str] | None:
    if "const" in schema:
        return frozenset({repr(schema["const"])})
    return frozenset(map(repr, schema["enum"])) if "enum" in schema else None


def _options(schema: Schema) -> dict[str, Schema]:
    """What a value may be, by shape: its JSON type, with its model's name where two options share the type."""
    options = schema.get("anyOf", [schema])
    kinds = [str(option.get("type", "anything")) for option in options]
    return {
        kind if kinds.count(kind) == 1 else f"{kind} {option.get('title', '')}": option
        for kind, option in zip(kinds, options, strict=True)
    }


def _inlined(node: Any, defs: Schema) -> Any:
    """The schema with each reference replaced by what it names; pydantic refers to nested models so."""
    match node:
        case {"$ref": str(reference)}:
            return _inlined(defs[reference.rpartition("/")[2]], defs)
        case dict():
            return {name: _inlined(inner, defs) for name, inner in node.items() if name != "$defs"}
        case list():
            return [_inlined(inner, defs) for inner in node]
    return node


def _schema(value: object) -> Schema:
    """``additionalProperties`` may also be true, or missing: anything."""
    return value if isinstance(value, Mapping) else {}
