"""What a scene has left in the tables, without ids, times and ciphertext: two that end the same are equal.

Only items that were written while it was played are looked at: the faults proxy has seen their keys. An id becomes its
kind and what is said of it elsewhere, so that two things do not pass for one, nor one for two.
"""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import cache
from typing import Any

import boto3
from boto3.dynamodb.types import TypeDeserializer

from infra.faults import Call
from infra.local.engine import Engine

ID = re.compile(r"([A-Za-z:]+)_([0-9A-HJKMNP-TV-Z]{26})(?![0-9A-Z])")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)")
PLACE = re.compile(r"(?<=\d\d#)\d{15}(?=#)")  # newest first: a moment, counted down
DAY = re.compile(r"(?<!\d)\d{4}-\d\d-\d\d")
DIGEST = re.compile(r"\b[0-9a-f]{64}\b")
SEALED = re.compile(r"(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{40,}={0,2}")
# Names that tests made up, and what WeChat calls persons and payments; of old shops also orders and after-sales.
NAME = re.compile(
    r"\b4200\d{24}\b|\b(?:37051|20000)\d{14}\b"
    r"|(?<=[小大]店)[0-9A-Za-z]{12}|(?<=person:p)[0-9A-Z]{12}|(?<=:)o[\w-]{27}"
)
# Moments, the buckets that an id decides, and the count of a counter's eras, which hangs on its buckets.
LEFT_OUT = frozenset({"ttl", "due_at", "due_bucket", "era"})
TRIES = re.compile(r'(?<="tries": )\d+')  # who died asked somebody outside once more
LATENCY = re.compile(r'(?<="latency_ms": )\d+')
WORKED = re.compile(r'(?<="seconds": )[\d.]+')  # how long a job has worked
PACE = re.compile(r'(?<="pace": )\d+')  # how much it does at once, as it was quick or slow
TRACE = re.compile(r'(?<="trace": ")[^"]*')  # which request it was
BUCKET = re.compile(r'#\d(?=")')
PART = re.compile(r'(?<="sk": ")\d\d(?=")')  # of a day's funnel, which the product's id decides
# One count in many counters: how it is spread hangs on ids. Their sum is looked at.
COUNTERS = re.compile(r"(STK#\w+#\d+#|UNREAD#\d+#)\d+$")
Key = tuple[str, str, str]
Item = tuple[str, dict[str, Any]]


def keys_written(calls: Iterable[Call]) -> set[Key]:
    """(table, pk, sk) of every item that these calls may have written."""
    return {(table, item["pk"]["S"], item["sk"]["S"]) for call in calls for table, item in call.writes}


def trace(engine: Engine, keys: Iterable[Key]) -> Counter[str]:
    """The items of these keys as they are now, each as text without what differs from run to run."""
    items = [_told(table, item) for table, item in _summed(_items(engine, keys))]
    said: dict[str, list[str]] = {}
    for text in items:
        for ident in {found.group(0) for found in ID.finditer(text)}:
            said.setdefault(ident, []).append(_without_ids(text.replace(ident, "@")))
    names = {ident: _name(ident, texts) for ident, texts in said.items()}
    return Counter(ID.sub(lambda found: names[found.group(0)], text) for text in items)


def difference(found: Counter[str], wanted: Counter[str]) -> str:
    """What is there more and less; what differs in ids only, where there is nothing else."""
    told = [Counter({_unnamed(text): count for text, count in one.items()}) for one in (found, wanted)]
    more, less = (told[0] - told[1], told[1] - told[0]) if told[0] != told[1] else (found - wanted, wanted - found)
    return "\n".join([*(f"+ {text}" for text in more), *(f"- {text}" for text in less)])


def _unnamed(text: str) -> str:
    return re.sub(r"_[0-9a-f]{8}\b", "", text)


def _items(engine: Engine, keys: Iterable[Key]) -> list[Item]:
    read, found = TypeDeserializer(), []
    for some in _batches(sorted(keys), 100):
        asked: dict[str, Any] = {}
        for table, pk, sk in some:
            wanted = asked.setdefault(table, {"Keys": [], "ConsistentRead": True})
            wanted["Keys"].append({"pk": {"S": pk}, "sk": {"S": sk}})
        while asked:
            answer = _past_the_proxy(engine.url).batch_get_item(RequestItems=asked)
            for table, items in answer["Responses"].items():
                found += [(table, {name: read.deserialize(value) for name, value in item.items()}) for item in items]
            asked = answer["UnprocessedKeys"]
    return found


def remove(engine: Engine, keys: Iterable[Key]) -> None:
    """Delete the items of these keys."""
    for some in _batches(sorted(keys), 25):
        left: dict[str, Any] = {}
        for table, pk, sk in some:
            left.setdefault(table, []).append({"DeleteRequest": {"Key": {"pk": {"S": pk}, "sk": {"S": sk}}}})
        while left:
            left = _past_the_proxy(engine.url).batch_write_item(RequestItems=left)["UnprocessedItems"]


def _batches(keys: Sequence[Key], size: int) -> Iterator[Sequence[Key]]:
    """The keys, so many at a time."""
    return (keys[start : start + size] for start in range(0, len(keys), size))


@cache
def _past_the_proxy(url: str) -> Any:
    """A client of the engine itself: it takes longer to make than to ask."""
    return boto3.client("dynamodb", endpoint_url=url)


def _summed(items: Iterable[Item]) -> Iterator[Item]:
    """The items, with one for all counters of one count."""
    sums: dict[Key, Counter[str]] = {}
    for table, item in items:
        pk, sk = (COUNTERS.sub(r"\1", item[name]) for name in ("pk", "sk"))
        if (pk, sk) == (item["pk"], item["sk"]):
            yield table, item
            continue
        numbers = {name: int(value) for name, value in item.items() if isinstance(value, Decimal)}
        sums.setdefault((table, pk, sk), Counter()).update(numbers)
    for (table, pk, sk), summed in sums.items():
        yield table, {"pk": pk, "sk": sk, **{name: number for name, number in summed.items() if number}}


def _told(table: str, item: Mapping[str, Any]) -> str:
    kept = {name: _opened(value) for name, value in sorted(item.items()) if name not in LEFT_OUT}
    text = f"{table.partition('-')[2]} {json.dumps(kept, sort_keys=True, default=str, ensure_ascii=False)}"
    for pattern, word in (
        (PLACE, "PLACE"),
        (TIME, "TIME"),
        (DAY, "DAY"),
        (DIGEST, "DIGEST"),
        (SEALED, "SEALED"),
        (NAME, "NAME"),
        (BUCKET, "#n"),
        (PART, "n"),
        (TRACE, ""),
        (TRIES, "n"),
        (LATENCY, "n"),
        (WORKED, "n"),
        (PACE, "n"),
    ):
        text = pattern.sub(word, text)
    return text


def _opened(value: Any) -> Any:
    """JSON in text as what it says, so that its order of fields does not matter."""
    if isinstance(value, str) and value[:1] in ("{", "["):
        return json.loads(value)
    return value


def _without_ids(text: str) -> str:
    return ID.sub(lambda found: found.group(1), text)


def _name(ident: str, texts: list[str]) -> str:
    digest = hashlib.sha256("\n".join(sorted(texts)).encode()).hexdigest()[:8]
    return f"{ident.partition('_')[0]}_{digest}"
