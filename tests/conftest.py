"""The ground every test stands on: an environment that cannot reach AWS, a real engine, and no process left behind.

Endpoints stay the same for the whole run, because a service makes its clients once: DynamoDB is always reached through
the faults proxy, which does nothing until a test plans a fault, counts calls, and costs 0.25 ms a call.
"""

import base64
import gc
import hashlib
import importlib
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import boto3
import pytest
from hypothesis import HealthCheck, settings
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

from infra.faults import FaultsProxy
from infra.local.child import free_port
from infra.local.cloud import start_ministack
from infra.local.engine import Engine, start_engine
from infra.local.provision import create_bucket, create_queues, create_tables
from services.shared.plumbing.resources import Resources, physical
from services.shared.plumbing.tables import connection
from tests.shortcut import shorten
from tests.tokens import trusted

WORKER = os.environ.get("PYTEST_XDIST_WORKER", "main")
PREFIX = f"t{WORKER}"
ENGINE, CLOUD = free_port(), free_port()
_made: dict[str, tuple[Any, Resources]] = {}  # the services whose tables there are
WHOLE = ("tests/e2e/deployed/", "tests/integration/package/")  # a deployed stage; rendered templates
RUN = f"{os.getpid()}-{time.monotonic_ns()}"


def _secret(name: str) -> str:
    """A valid key, the same in every run, of no value to anybody."""
    return base64.b64encode(hashlib.sha256(name.encode()).digest()).decode()


for name in [name for name in os.environ if name.startswith(("AWS_", "XIAODIAN_"))]:
    del os.environ[name]  # the developer's own accounts and settings
os.environ |= {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_DEFAULT_REGION": "cn-north-1",
    "AWS_REGION": "cn-north-1",
    "NO_PROXY": "127.0.0.1",
    "AWS_ENDPOINT_URL": "http://127.0.0.1:9",  # whatever has no endpoint below answers to nobody
    "AWS_ENDPOINT_URL_DYNAMODB": f"http://127.0.0.1:{ENGINE}",
    "AWS_ENDPOINT_URL_DYNAMODB_STREAMS": f"http://127.0.0.1:{ENGINE}",
    "AWS_ENDPOINT_URL_SQS": f"http://127.0.0.1:{CLOUD}",
    "AWS_ENDPOINT_URL_S3": f"http://127.0.0.1:{CLOUD}",
    "XIAODIAN_TEST_RUN": RUN,
    "XIAODIAN_PREFIX": PREFIX,
    "XIAODIAN_FILES_BUCKET": f"{PREFIX}-files",
    "XIAODIAN_CURSOR_KEY": _secret("cursor"),
    "XIAODIAN_TOKEN_ISSUERS": trusted(),
}
for service in ("CATALOG", "ORDERS", "GIFTS", "NOTIFY"):
    os.environ[f"XIAODIAN_{service}_SERVICE_KEY"] = _secret(f"{service} service")
    os.environ[f"XIAODIAN_TRANSPORT_KEY_{service}"] = _secret(f"{service} transport")

# The same examples in every run, however slowly they are made; --hypothesis-profile=thorough looks for others.
PATIENT = [HealthCheck.too_slow]
settings.register_profile("default", deadline=None, max_examples=50, derandomize=True, suppress_health_check=PATIENT)
settings.register_profile("thorough", deadline=None, max_examples=2_000, suppress_health_check=PATIENT)
settings.load_profile("default")


def pytest_configure(config: pytest.Config) -> None:
    """Marks that belong to a folder."""
    config.addinivalue_line("markers", "e2e: the whole system as a user runs it; every test in tests/e2e")
    config.addinivalue_line("markers", "faults: crashes, races and lost answers; every test in tests/faults")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A test in tests/e2e or tests/faults carries that mark."""
    for item in items:
        for folder in {"e2e", "faults"} & set(item.path.relative_to(Path(__file__).parent).parts):
            item.add_marker(folder)


class ByFile(LoadFileScheduling):  # type: ignore[misc]  # xdist's is untyped
    """A file stays with one worker: its tests share what is dear to start. So do the folders in ``WHOLE``."""

    def _split_scope(self, nodeid: str) -> str:
        whole = next((folder for folder in WHOLE if nodeid.startswith(folder)), None)
        return whole or str(super()._split_scope(nodeid))


def pytest_collection_finish() -> None:
    """Thousands of tests and what they import stay until the end: the collector need not look at them all the time."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadFileScheduling | None:
    """Takes the place of ``--dist loadfile``."""
    return ByFile(config, log) if config.getoption("dist") == "loadfile" else None


@pytest.fixture(scope="session", autouse=True)
def _no_process_left() -> Iterator[None]:
    """The run fails when a test has left a process behind, however far removed. It is ended."""
    yield
    deadline = time.monotonic() + 30
    while (left := _descendants()) and time.monotonic() < deadline:
        time.sleep(0.05)
    for pid in left:
        with suppress(ProcessLookupError):  # it has just ended
            os.kill(pid, signal.SIGKILL)
    if left:
        pytest.fail("tests left processes behind: " + "; ".join(f"{pid} {name}" for pid, name in left.items()))


def _descendants() -> dict[int, str]:
    """Every living process that has inherited this run's mark, by id, with its command line."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            environment, command = (folder / "environ").read_bytes(), (folder / "cmdline").read_bytes()
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue
        ours = f"XIAODIAN_TEST_RUN={RUN}".encode() in environment.split(b"\0")
        if ours and b"multiprocessing.resource_tracker" not in command:  # it ends with us, by itself
            found[int(folder.name)] = command.replace(b"\0", b" ").decode()
    return found


@pytest.fixture(scope="session")
def _front() -> Iterator[tuple[Engine, FaultsProxy]]:
    engine = start_engine(free_port(), None)
    try:
        with FaultsProxy(engine.url, seed=0, port=ENGINE) as proxy:
            shorten(connection().client, proxy)
            yield engine, proxy
    finally:
        engine.stop()


@pytest.fixture(scope="session")
def engine(_front: tuple[Engine, FaultsProxy]) -> Engine:
    """The engine, in memory. Services reach it through the proxy; ``engine.url`` is the way past it."""
    return _front[0]


@pytest.fixture
def proxy(_front: tuple[Engine, FaultsProxy]) -> Iterator[FaultsProxy]:
    """The faults proxy between every service and the engine, with nothing planned and no calls counted."""
    _front[1].clear(seed=0)
    yield _front[1]
    _front[1].clear(seed=0)


@pytest.fixture(scope="session")
def tables(engine: Engine) -> Callable[[str | Resources], Resources]:
    """``tables("orders")`` makes the tables of that service exist.

    Tests of one file keep apart by their ids, not by tables; each file begins with empty ones.
    """
    client = boto3.client("dynamodb", endpoint_url=engine.url)

    def create(service: str | Resources) -> Resources:
        resources = _resources(service)
        if os.environ["XIAODIAN_PREFIX"] != PREFIX:  # a test's own, which nobody meets again
            create_tables(client, resources)
        elif _made.get(resources.service) != (client, resources):
            create_tables(client, resources)
            _made[resources.service] = (client, resources)
        return resources

    return create


@pytest.fixture(scope="module", autouse=True)
def _empty_tables() -> None:
    """What schedules look after and lists page through would be ever more from file to file."""
    for client, resources in _made.values():
        names = [physical(table.name) for table in resources.tables]
        used = [name for name in names if client.scan(TableName=name, Limit=1)["Items"]]
        for name in used:
            client.delete_table(TableName=name)
        if used:
            create_tables(client, resources)


@pytest.fixture(scope="session")
def queues() -> Iterator[Callable[[str | Resources], dict[str, str]]]:
    """SQS and S3. ``queues("orders")`` makes that service's queues exist and returns their URLs by physical name."""
    cloud = start_ministack(CLOUD, None)
    try:
        create_bucket(boto3.client("s3"), os.environ["XIAODIAN_FILES_BUCKET"])
        client = boto3.client("sqs")
        yield lambda service: create_queues(client, _resources(service))
    finally:
        cloud.stop()


def _resources(service: str | Resources) -> Resources:
    if isinstance(service, Resources):
        return service
    module: Any = importlib.import_module(f"services.{service}.resources")
    resources: Resources = module.resources
    return resources
