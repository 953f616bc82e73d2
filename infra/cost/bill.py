"""The bill for one order from counted units: its own acts, and those of everybody who hears of it.

Letters go singly (received, deleted, one batch a queue) and every event is published by itself: what a quiet shop
pays. Ten at a time, a busy one pays a tenth of the requests and invocations of its events.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.cost.units import Table, Units
from infra.package.template.runtime import MEMORY_MB, OTHER_MEMORY_MB

FOLDER = Path(__file__).parent
ORDERS = 1_000_000
GB = 1e9
QUEUES, ALARMS = 6, 84  # of all services together; a test counts them in the templates


class NotCounted(LookupError):
    """Somebody hears of the journey whose act nobody has named."""


@dataclass(frozen=True)
class Line:
    """One cause of cost, for all orders."""

    cause: str
    quantity: float
    unit: str
    cost: float


@dataclass(frozen=True)
class Bill:
    """What so many orders take. ``lines`` count; ``apart`` is told and not counted: the gateway's REST calls.

    ``standing`` is what a month costs in which nothing is sold.
    """

    region: str
    currency: str
    lines: tuple[Line, ...]
    apart: Line
    standing: tuple[Line, ...]

    @property
    def total(self) -> float:
        return sum(line.cost for line in self.lines)

    @property
    def largest(self) -> list[Line]:
        """The three largest causes."""
        return sorted(self.lines, key=lambda line: -line.cost)[:3]


def prices() -> dict[str, dict[str, Any]]:
    """List prices by region, with their date."""
    found: dict[str, dict[str, Any]] = json.loads((FOLDER / "prices.json").read_text(encoding="utf-8"))
    return found


def journey() -> dict[str, Any]:
    """What an order goes through, and what is assumed."""
    found: dict[str, Any] = json.loads((FOLDER / "journey.json").read_text(encoding="utf-8"))
    return found


def acts(table: Table, way: Mapping[str, Any]) -> list[tuple[str, Units, float]]:
    """(scenario, its units, how often per order) of the whole journey. Raises NotCounted."""
    return list(_acts(table, way, [(name, float(times)) for name, times in way["acts"].items()]))


def _acts(table: Table, way: Mapping[str, Any], ahead: list[tuple[str, float]]) -> Iterator[tuple[str, Units, float]]:
    while ahead:
        name, times = ahead.pop(0)
        if name not in table:
            raise NotCounted(f"{name} is in no row of units.json")
        yield name, table[name], times
        for event, consumers in table[name].events.items():
            for consumer in consumers:
                if consumer not in way["heard"].get(event, {}):
                    raise NotCounted(f"{consumer} hears {event}: say in journey.json which scenario that is")
                ahead.append((way["heard"][event][consumer], times))


def bill(region: str, table: Table, orders: int = ORDERS) -> Bill:
    """What so many orders cost in this region."""
    price, way = prices()[region], journey()
    done = acts(table, way)
    return Bill(
        region,
        price["currency"],
        tuple(_lines(done, price, way["assumed"], orders)),
        _rest(done, price, orders),
        tuple(_standing(price)),
    )


def _lines(
    done: list[tuple[str, Units, float]], price: Mapping[str, Any], assumed: Mapping[str, Any], orders: int
) -> Iterator[Line]:
    writes: Counter[str] = Counter()
    for name, units, times in done:
        for table, count in units.writes.items():
            writes[_cause(name, table)] += count * times * orders  # type: ignore[assignment]
    for cause, count in writes.items():
        yield Line(cause, count, "write units", count / 1e6 * price["write_units_per_million"])
    reads = _sum(done, lambda units: units.read_units) * orders
    yield Line("reads", reads, "read units", reads / 1e6 * price["read_units_per_million"])
    requests = _sum(done, lambda units: units.sqs_requests) * orders
    yield Line("queues", requests, "SQS requests", requests / 1e6 * price["sqs_requests_per_million"])
    runs = _sum(done, lambda units: units.invocations) * orders
    yield Line("functions, invoked", runs, "invocations", runs / 1e6 * price["invocations_per_million"])
    seconds = _sum(done, _gb) * orders * assumed["ms_per_invocation"] / 1e3
    yield Line("functions, running", seconds, "GB-s", seconds * price["gb_seconds"])
    logs = runs * assumed["log_bytes_per_invocation"] / GB
    yield Line("logs", logs, "GB", logs * price["logs_gb"])
    kept = sum(sum(units.bytes.values()) * times for _, units, times in done) * orders / GB
    yield Line("stored, first month", kept, "GB-months", kept * price["stored_gb_month"])
    yield Line("backup, first month", kept, "GB-months", kept * price["backup_gb_month"])


def _cause(name: str, table: str) -> str:
    """Which of the write units are one cause: an index, the events, marks and keys, or a service's own items."""
    service = name.partition(".")[0]
    if "/" in table:
        return f"{service}: its indexes"
    if table.endswith("-outbox"):
        return "events on their way"
    return "keys and inbox marks" if table.endswith("-plumbing") else f"{service}: its items"


def _sum(done: list[tuple[str, Units, float]], figure: Any) -> float:
    return sum(float(figure(units)) * times for _, units, times in done)


def _gb(units: Units) -> float:
    """The memory of all functions that the act runs: a door's is the API's, a publisher's and any other the usual."""
    door = MEMORY_MB["api"] if _is_door(units) else OTHER_MEMORY_MB
    return (door + (units.invocations - 1) * OTHER_MEMORY_MB) / 1024


def _is_door(units: Units) -> bool:
    return units.entry.startswith(("get_", "post_", "put_", "patch_", "delete_"))


def _rest(done: list[tuple[str, Units, float]], price: Mapping[str, Any], orders: int) -> Line:
    calls = sum(times for _, units, times in done if _is_door(units)) * orders
    return Line("REST calls", calls, "calls", calls / 1e6 * price["rest_calls_per_million"])


def _standing(price: Mapping[str, Any]) -> Iterator[Line]:
    """What a month costs in which nothing is sold: four services' pollers, sweeps, alarms, dashboards, the key."""
    polls = QUEUES * 5 * 3 * 60 * 24 * 30  # five pollers a queue, one long poll of 20 seconds each
    yield Line("queues, polled", polls, "SQS requests", polls / 1e6 * price["sqs_requests_per_million"])
    yield Line("dashboards", 4, "dashboards", 4 * price["dashboard_month"])
    yield Line("alarms", ALARMS, "alarms", ALARMS * price["alarm_month"])
    yield Line("keys", 1, "keys", price["kms_key_month"])
