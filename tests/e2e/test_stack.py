"""The stack with its real services, as `xiaodian up` runs it."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from infra.local import tokens
from infra.local.data_folder import running as where
from infra.local.services import SERVICES
from tests.e2e.xiaodian import Running, running
from tests.integration.local.stack import eventually, family, listening


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A stack without demo data."""
    with running(tmp_path_factory.mktemp("stack") / "data", "--no-demo") as started:
        yield started


@pytest.fixture
def http(stack: Running) -> Iterator[httpx.Client]:
    """A client of it."""
    with httpx.Client(base_url=f"http://127.0.0.1:{stack.port}", timeout=60, trust_env=False) as client:
        yield client


def pid_of(stack: Running) -> int:
    """The process that started all others."""
    return int(where(stack.data)["pid"])


def bearer(stack: Running, subject: str) -> dict[str, str]:
    """The headers of a keyed request of that person."""
    return {"Authorization": f"Bearer {tokens.mint(stack.data, subject)}", "Idempotency-Key": "1"}


def open_shop(http: httpx.Client, owner: dict[str, str], name: str) -> str:
    """A new shop's id."""
    contact = {"name": "李雷", "phone": "13800000000"}
    asked = {"name": name, "subject_type": "enterprise", "contact": contact}
    opened = http.post("/catalog/v1/shops", json=asked, headers=owner)
    assert opened.status_code == 201, opened.text
    return str(opened.json()["shop_id"])


def test_everything_listens_on_loopback_only(stack: Running) -> None:
    """Gateway, engine, queues and both sandboxes; nothing on any other interface."""
    addresses = listening(family(pid_of(stack)))

    assert len({port for _, port in addresses}) == 5
    assert {host for host, _ in addresses} == {"127.0.0.1"}


@pytest.mark.parametrize("service", SERVICES)
def test_every_service_answers_under_its_base_path(http: httpx.Client, service: str) -> None:
    """Health and document; the docs page lists that document."""
    document = http.get(f"/{service}/openapi.json").json()

    assert http.get(f"/{service}/health").json()["service"] == service
    assert document["servers"] == [{"url": f"/{service}"}]
    assert f"/{service}/openapi.json" in http.get("/docs/start.js").text


def test_every_documented_route_is_served(http: httpx.Client) -> None:
    """No route of a document is unknown to the gateway."""
    for service in SERVICES:
        for path, methods in http.get(f"/{service}/openapi.json").json()["paths"].items():
            for method in methods:
                answer = http.request(method, f"/{service}{path.replace('{', '').replace('}', '')}", content=b"{}")
                assert f"{service} has no" not in answer.text, (method, path)
                assert answer.status_code not in (405, 500, 502), (method, path, answer.text)


def test_a_token_of_this_machine_and_the_events_of_one_service_reach_another(
    stack: Running, http: httpx.Client
) -> None:
    """catalog opens a shop for a person; orders, told by event, lets the owner see the shop's orders."""
    alice = bearer(stack, "person:alice")
    orders = f"/orders/v1/shops/{open_shop(http, alice, '爱丽丝的小店')}/orders"

    eventually(lambda: http.get(orders, headers=alice).status_code == 200)
    assert http.get(orders, headers=bearer(stack, "person:bob")).status_code == 404


def test_what_was_acknowledged_survives_kill_and_its_events_are_delivered(stack: Running, http: httpx.Client) -> None:
    """kill -9 of every process the moment after the answer; started again, the other service hears of it."""
    carol = bearer(stack, "person:carol")
    shop = open_shop(http, carol, "卡罗尔的小店")
    stack.kill()
    stack.start()

    assert http.get(f"/catalog/v1/shops/{shop}", headers=carol).json()["name"] == "卡罗尔的小店"
    eventually(lambda: http.get(f"/orders/v1/shops/{shop}/orders", headers=carol).status_code == 200, 90)


def test_a_second_start_is_quick(stack: Running) -> None:
    """Five seconds on two processors: counted as processor time, so that a busy machine says the same."""
    stack.end()
    stack.start()

    assert processor_seconds(family(pid_of(stack))) < 10


def processor_seconds(pids: list[int]) -> float:
    """What these processes have used so far."""
    used = 0
    for pid in pids:
        fields = (Path("/proc") / str(pid) / "stat").read_text().rpartition(")")[2].split()
        used += int(fields[11]) + int(fields[12])
    return used / 100
