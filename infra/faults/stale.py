"""An index that lags behind its table.

The proxy remembers what each written item was before. A stale answer is the engine's answer with the latest writes
undone: an item written since is missing, and an item changed or deleted since still stands where it stood.
"""

import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any

from infra.faults.call import Call
from infra.faults.page import Item, Key, Page, key_names, projected, values_of

Ask = Callable[[str, Any], Any]  # (operation, body) → what the engine answers


class Past:
    """What the items were before the writes of late."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._lock = threading.Lock()
        self._tables: dict[str, Any] = {}
        self._log: deque[tuple[float, str, Key, Item | None]] = deque()

    def forget(self) -> None:
        """Start anew, with no write remembered."""
        with self._lock:
            self._tables.clear()
            self._log.clear()

    def before(self, call: Call) -> list[tuple[str, Key, Item | None]]:
        """The items that this call is about to write, as they are."""
        keys = [(table, {name: named[name] for name in self._keys(table)}) for table, named in call.writes]
        if not keys:
            return []
        gets = [{"Get": {"TableName": table, "Key": key}} for table, key in keys]
        read = self._ask("TransactGetItems", {"TransactItems": gets}).get("Responses", [])
        return [
            (table, values_of(key, tuple(key)), was.get("Item")) for (table, key), was in zip(keys, read, strict=False)
        ]

    def remember(self, before: list[tuple[str, Key, Item | None]], keep_s: float) -> None:
        """The write has happened: keep what was before, for ``keep_s`` seconds."""
        now = time.monotonic()
        with self._lock:
            self._log.extend((now, *was) for was in before)
            while self._log and now - self._log[0][0] > keep_s:
                self._log.popleft()

    def undo(self, call: Call, answer: Any, lag_s: float) -> Any:
        """The answer to a Query of an index as it was ``lag_s`` seconds ago."""
        query = call.body
        if "ProjectionExpression" in query or query.get("Select") == "COUNT":
            raise NotImplementedError("stale_index needs the keys of the items in the answer")
        table = query["TableName"]
        index = next(
            one for one in self._describe(table)["GlobalSecondaryIndexes"] if one["IndexName"] == query["IndexName"]
        )
        page = Page(query, answer, key_names(index), self._keys(table))
        was = self._was(table, time.monotonic() - lag_s)
        items = [item for item in answer["Items"] if values_of(item, page.table_keys) not in was]
        items += [projected(item, index["Projection"], page.keys) for item in was.values() if item and page.had(item)]
        return page.of(items)

    def _was(self, table: str, since: float) -> dict[Key, Item | None]:
        with self._lock:
            late = [(key, item) for at, name, key, item in self._log if name == table and at >= since]
        return dict(reversed(late))  # of several writes of one item, what was before the first

    def _keys(self, table: str) -> tuple[str, ...]:
        return key_names(self._describe(table))

    def _describe(self, table: str) -> Any:
        if table not in self._tables:
            self._tables[table] = self._ask("DescribeTable", {"TableName": table})["Table"]
        return self._tables[table]
