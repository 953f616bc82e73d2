"""Webhooks of which many are dead, slow or flapping: are the others on time, is anything lost, or brought twice? (N3)

``python -m infra.load.webhooks`` runs it on an engine and a queue of its own, first with healthy endpoints only, then
with 10 % dead (half of them black holes, half refuse), 10 % slow and 10 % flapping among them, and prints for each kind
the lag from the commit of an event to its arrival. Exit status 1 if something was lost or came twice, or if the healthy
ones were late: not within ON_TIME_S, or AS_LATE times the longest lag of the first run where that machine is slower.

Ten endpoints a shop. Functions are threads here: ``consume`` is called at a steady pace, ``push`` with batches of a
real queue of hints, ``sweep`` by a timer. A machine that does all of it, receivers too, says little of how much AWS
carries; the difference between both runs says what bad endpoints cost good ones. Where it is so busy that the engine
does not answer in time, functions die at work, as they may: a push that they could not note is made again (at least
once), and what waits for the end of their lease is brought after it. Both are counted by themselves.
"""

import argparse
import base64
import os
import secrets
import socket
import socketserver
import sys
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from infra.load.letters import wrapped

ENDPOINTS_A_SHOP = 10
ON_TIME_S = 10.0
AS_LATE = 3.0
DEAD = ("black hole", "refusing")


@dataclass(frozen=True)
class Target:
    """An endpoint: how it behaves, whose it is, and the path of its URL."""

    kind: str
    shop: str
    path: str
    webhook_id: str

    @property
    def dead(self) -> bool:
        return self.kind in DEAD


@dataclass(frozen=True)
class Letter:
    """An event as it is told to each endpoint of its shop. ``committing``: just before its commit."""

    delivery_id: str
    committing: float


Wanted = tuple[Target, Letter]


@dataclass
class Outcome:
    """What became of all deliveries. ``lags``: seconds from commit to arrival, by kind."""

    endpoints: int
    on_time_s: float = ON_TIME_S
    seconds: float = 0.0
    wanted: Counter[str] = field(default_factory=Counter)
    lags: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    lost: int = 0
    twice: int = 0
    waiting: int = 0
    unnoted: int = 0
    leased: int = 0

    @property
    def late(self) -> int:
        """Deliveries to healthy endpoints that were not on time."""
        return sum(lag > self.on_time_s for lag in self.lags["healthy"])

    @property
    def good(self) -> bool:
        return not (self.lost or self.twice or self.late)

    def __str__(self) -> str:
        lines = [f"{self.endpoints} endpoints, {sum(self.wanted.values())} deliveries in {self.seconds:.1f} s"]
        for kind, wanted in sorted(self.wanted.items()):
            lags = sorted(self.lags[kind])
            told = f"p50 {_at(lags, 0.5):.2f} s, p99 {_at(lags, 0.99):.2f} s, at most {lags[-1]:.2f} s" if lags else "–"
            lines.append(f"  {kind:10} {len(lags)} of {wanted} arrived: {told}")
        lines.append(
            f"  lost {self.lost}, twice {self.twice}, healthy but late {self.late}, dead and waiting {self.waiting}"
        )
        if self.unnoted or self.leased:
            died = f"{self.unnoted} pushes were not noted, {self.leased} deliveries waited for a lease to end"
            lines.append(f"  functions that died at work: {died}")
        return "\n".join(lines)


def _at(ordered: Sequence[float], part: float) -> float:
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))]


class Receivers:
    """All endpoints' receivers, on one port: the path says how one behaves. Notes when each delivery was taken."""

    def __init__(self, slow_s: float) -> None:
        self.slow_s = slow_s
        self.taken: dict[tuple[str, str], list[float]] = {}  # (path, delivery) → moments
        self.ended = threading.Event()
        self._server = _Server(("127.0.0.1", 0), _Hand)
        self._server.receivers = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    def url(self, kind: str, number: int) -> str:
        port = _closed_port() if kind == "refusing" else self._server.server_address[1]
        return f"http://127.0.0.1:{port}/{kind.replace(' ', '-')}/{number}"

    def __enter__(self) -> "Receivers":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.ended.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Hand(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: "_Server"

    def do_POST(self) -> None:
        came = time.monotonic()
        self.rfile.read(int(self.headers["Content-Length"]))
        path, receivers = urlsplit(self.path).path, self.server.receivers
        kind = path.split("/")[1]
        if kind in ("slow", "black-hole"):
            receivers.ended.wait(receivers.slow_s if kind == "slow" else 6)
        if kind == "black-hole":
            self.close_connection = True
            return
        taken = kind != "flapping" or int(self.headers["X-Xiaodian-Attempt"]) % 2 == 0
        if taken:
            receivers.taken.setdefault((path, self.headers["X-Xiaodian-Delivery"]), []).append(came)
        self.send_response(200 if taken else 500)
        self.send_header("Content-Length", "7")
        self.end_headers()
        self.wfile.write(b"success")

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 512
    receivers: Receivers

    def server_bind(self) -> None:
        socketserver.TCPServer.server_bind(self)

    def handle_error(self, *_: object) -> None:
        """A pusher that has hung up."""


def _closed_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def kind_of(number: int, *, bad: bool) -> str:
    """How the endpoint with this number behaves: three of ten badly, the dead ones by turns in one of two ways."""
    if not bad or number % 10 > 2:
        return "healthy"
    if number % 10 == 0:
        return "black hole" if number // 10 % 2 else "refusing"
    return "slow" if number % 10 == 1 else "flapping"


@dataclass(frozen=True)
class Plan:
    """``a_second`` events, each for the ten endpoints of a shop, ``rounds`` for every shop; times in seconds."""

    endpoints: int
    bad: bool
    a_second: float = 2.0
    rounds: int = 2
    functions: int = 50
    sweep_s: float = 10.0
    patience_s: float = 5.0
    slow_s: float = 3.0
    end_s: float = 300.0


def run(plan: Plan, alone: Outcome | None = None) -> Outcome:
    """Carry out a plan. The environment says where engine and queues are; tables and queues are there.

    ``alone``: how it went without bad ones. What this machine cannot do then, is not asked of it with them.
    """
    from infra.local.webhooks import THIS_MACHINE
    from services.notify.webhooks import reach

    longest = max(alone.lags["healthy"], default=0.0) if alone else 0.0
    outcome, before = Outcome(plan.endpoints, max(ON_TIME_S, AS_LATE * longest)), reach.reach()
    reach.use(replace(THIS_MACHINE, patience_s=plan.patience_s))
    try:
        with Receivers(plan.slow_s) as receivers:
            endpoints = _register(plan, receivers)
            begun = time.monotonic()
            with Functions(plan):
                told = _tell(list(dict.fromkeys(one.shop for one in endpoints)) * plan.rounds, plan.a_second)
                wanted = [(one, letter) for one in endpoints for letter in told[one.shop]]
                _await(receivers, wanted, begun + plan.end_s)
                leased = _held(receivers, wanted)
                if leased:
                    _end_leases(receivers, leased, plan)
            outcome.seconds = time.monotonic() - begun
            _forget(endpoints)
            _count(outcome, receivers, wanted, leased)
    finally:
        reach.use(before)
    return outcome


def _register(plan: Plan, receivers: Receivers) -> list[Target]:
    """Shops with their endpoints."""
    from services.notify.tables import STORE
    from services.notify.webhooks import tables
    from services.notify.webhooks.endpoint import Endpoint, Keys
    from services.shared.plumbing import clock, ids
    from services.shared.plumbing.tables import Transaction

    made: list[Target] = []
    shop, key = "", Keys("", None)
    for number in range(plan.endpoints):
        if number % ENDPOINTS_A_SHOP == 0:
            shop = ids.new_id("shp")
            key = Keys(tables.seal(shop, "loadTOKEN"), tables.seal(shop, "a" * 42 + "A"))
        kind, now = kind_of(number, bad=plan.bad), clock.now()
        url = receivers.url(kind, number)
        webhook_id, tx = ids.new_id("whk"), Transaction(STORE, now, ids.new_id)
        tables.add_endpoint(tx, Endpoint(webhook_id, shop, url, "json", "safe", (), key, now, now))
        tx.commit()
        made.append(Target(kind, shop, urlsplit(url).path, webhook_id))
    return made


class Functions:
    """What AWS runs while it is entered: the function of the queue of hints, and the schedule."""

    def __init__(self, plan: Plan) -> None:
        self._plan, self._ended, self._free = plan, threading.Event(), threading.Semaphore(plan.functions)
        self._pool = ThreadPoolExecutor(plan.functions + 2)

    def __enter__(self) -> None:
        self._running = [self._pool.submit(self._sweep), self._pool.submit(self._poll)]

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        with self._pool:
            for one in self._running:
                one.result()

    def _sweep(self) -> None:
        from services.notify.webhooks.sweep_lines import sweep_lines
        from services.shared.plumbing import clock, ids

        while not self._ended.wait(self._plan.sweep_s):
            sweep_lines(clock=clock.now, new_id=ids.new_id)

    def _poll(self) -> None:
        from services.shared.plumbing import outbox
        from services.shared.plumbing.aws import client

        url = outbox.queue_url("webhooks")
        while not self._ended.is_set():
            answer = client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1)
            if messages := answer.get("Messages", []):
                self._free.acquire()
                self._running.append(self._pool.submit(self._follow, url, messages))

    def _follow(self, url: str, messages: list[Any]) -> None:
        from services.notify.webhooks.sweep_lines import follow_hints
        from services.shared.plumbing import clock, ids
        from services.shared.plumbing.aws import client

        try:
            entries = [{"Id": str(n), "ReceiptHandle": one["ReceiptHandle"]} for n, one in enumerate(messages)]
            follow_hints({"Records": [{"body": one["Body"]} for one in messages]}, clock=clock.now, new_id=ids.new_id)
            client("sqs").delete_message_batch(QueueUrl=url, Entries=entries)
        finally:
            self._free.release()


def _tell(shops: Sequence[str], a_second: float) -> dict[str, list[Letter]]:
    """An event for each of these, at a steady pace; returns each shop's."""
    from services.notify.reactions import REACTIONS
    from services.notify.tables import STORE
    from services.shared.contracts.orders import StockLow
    from services.shared.plumbing import clock, ids, inbox

    told, begun = defaultdict(list), time.monotonic()
    for number, shop in enumerate(shops):
        time.sleep(max(0.0, begun + number / a_second - time.monotonic()))
        low = StockLow(sku_id=ids.new_id("sku"), product_id=ids.new_id("prd"), shop_id=shop, title="茶杯", left=3)
        envelope = wrapped(low, "orders", shop, shop=shop)
        committing = time.monotonic()
        inbox.react(STORE, REACTIONS, envelope, clock.now, ids.new_id)
        told[shop].append(Letter(ids.derived_id("dlv", envelope.id), committing))
    return told


def _forget(endpoints: Sequence[Target]) -> None:
    """Leave no line behind that somebody's later sweep would visit."""
    from services.notify.webhooks.tables import LineRow

    with LineRow.batch_write() as batch:
        for one in endpoints:
            batch.delete(LineRow(f"SHP#{one.shop}", f"LINE#{one.webhook_id}"))


def _missing(receivers: Receivers, wanted: Sequence[Wanted]) -> list[Wanted]:
    """What can arrive and has not."""
    taken = receivers.taken.keys()
    return [(one, letter) for one, letter in wanted if not one.dead and (one.path, letter.delivery_id) not in taken]


def _await(receivers: Receivers, wanted: Sequence[Wanted], until: float) -> None:
    """Until everything that can arrive has arrived, and a little longer, in which nothing may come again."""
    while time.monotonic() < until and _missing(receivers, wanted):
        time.sleep(0.2)
    time.sleep(receivers.slow_s + 1)


def _held(receivers: Receivers, wanted: Sequence[Wanted]) -> list[Wanted]:
    """What is missing because a function died that had leased the line."""
    from services.notify.webhooks import tables
    from services.shared.plumbing import clock

    def held(target: Target) -> bool:
        lines = {one.endpoint.webhook_id: one.line for one in tables.listeners_of(target.shop)}
        until = lines[target.webhook_id].lease_until
        return until is not None and until > clock.now()

    return [(target, letter) for target, letter in _missing(receivers, wanted) if held(target)]


def _end_leases(receivers: Receivers, leased: Sequence[Wanted], plan: Plan) -> None:
    """Let the time pass after which a function that died is forgotten; the next sweeps bring what it had leased."""
    from services.notify.webhooks.tables import LEASE
    from services.shared.plumbing import clock

    clock.use(lambda: datetime.now(UTC) + LEASE)
    try:
        _await(receivers, leased, time.monotonic() + 3 * plan.sweep_s + receivers.slow_s)
    finally:
        clock.use(lambda: datetime.now(UTC))


def _count(outcome: Outcome, receivers: Receivers, wanted: Sequence[Wanted], leased: Sequence[Wanted]) -> None:
    from services.notify.webhooks import tables

    for target, letter in wanted:
        moments = sorted(receivers.taken.get((target.path, letter.delivery_id), []))
        outcome.wanted[target.kind] += 1
        outcome.waiting += target.dead
        outcome.lost += not moments and not target.dead
        if (target, letter) in leased:
            outcome.leased += 1
        elif moments:
            outcome.lags[target.kind].append(moments[0] - letter.committing)
        if len(moments) > 1:
            delivery = tables.find_delivery(target.webhook_id, letter.delivery_id)
            noted = sum(one.went_well for one in delivery.attempts) if delivery else 0
            outcome.twice += max(0, noted - 1)
            outcome.unnoted += len(moments) - max(1, noted)


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m infra.load.webhooks", description=__doc__.splitlines()[0])
    parser.add_argument("--endpoints", type=int, default=1_000)
    parser.add_argument("--events", type=float, default=2.0, help="a second, each for ten endpoints")
    parser.add_argument("--functions", type=int, default=50, help="batches of hints that are followed side by side")
    parser.add_argument("--rounds", type=int, default=2, help="events for each shop")
    asked = parser.parse_args()
    with _ground():
        plan = Plan(asked.endpoints, False, asked.events, asked.rounds, asked.functions)
        print("all healthy:", alone := run(plan))
        print("with bad ones:", outcome := run(replace(plan, bad=True), alone))
    return 0 if alone.lost + alone.twice == 0 and outcome.good else 1


@contextmanager
def _ground() -> Iterator[None]:
    """An engine and a cloud of its own, in memory."""
    from infra.local.child import free_port
    from infra.local.cloud import start_ministack
    from infra.local.engine import start_engine
    from infra.local.provision import create_queues, create_tables

    engine, cloud = start_engine(free_port(), None), start_ministack(free_port(), None)
    try:
        os.environ |= {
            "AWS_ENDPOINT_URL_DYNAMODB": engine.url,
            "AWS_ENDPOINT_URL_SQS": cloud.url,
            "AWS_DEFAULT_REGION": "cn-north-1",
            "AWS_ACCESS_KEY_ID": "webhooks",
            "AWS_SECRET_ACCESS_KEY": "webhooks",
            "XIAODIAN_PREFIX": "webhooks",
            "XIAODIAN_NOTIFY_SERVICE_KEY": base64.b64encode(secrets.token_bytes(32)).decode(),
        }
        import boto3

        from services.notify.resources import resources

        create_tables(boto3.client("dynamodb"), resources)
        create_queues(boto3.client("sqs"), resources)
        yield
    finally:
        cloud.stop()
        engine.stop()


if __name__ == "__main__":
    sys.exit(main())
