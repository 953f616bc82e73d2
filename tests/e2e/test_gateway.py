"""The one address of the stack: its documents, what it tells of itself, and whom it refuses."""

import re
from collections.abc import Iterator
from datetime import datetime

import httpx
import pytest

from infra.local.services import SERVICES
from tests.e2e.xiaodian import Running

LOCAL = {
    "engine_url",
    "queue_url",
    "wechat_pay_sandbox_url",
    "wechat_api_sandbox_url",
    "jwks_url",
    "clock",
    "data_dir",
}


@pytest.fixture(scope="module")
def http(shared_stack: Running) -> Iterator[httpx.Client]:
    """A client without a token."""
    with httpx.Client(base_url=f"http://127.0.0.1:{shared_stack.port}", timeout=30, trust_env=False) as client:
        yield client


def test_the_docs_page_loads_with_all_it_needs(http: httpx.Client) -> None:
    """The page, every file it names, and the document of every service; nothing from another site."""
    page = http.get("/docs")

    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    files = re.findall(r'(?:href|src)="([^"]+)"', page.text)
    assert all(file.startswith("/docs/") for file in files)
    assert {http.get(file).status_code for file in files} == {200}
    documents = re.findall(r'"(/[a-z]+/openapi\.json)"', http.get("/docs/start.js").text)
    assert documents == [f"/{service}/openapi.json" for service in SERVICES]


@pytest.mark.parametrize("service", SERVICES)
def test_every_service_documents_itself(http: httpx.Client, service: str) -> None:
    """OpenAPI 3.1, with a sentence for every route."""
    document = http.get(f"/{service}/openapi.json").json()

    assert document["openapi"].startswith("3.1")
    doors = [door for path in document["paths"].values() for door in path.values()]
    assert len(doors) > 3
    assert all(door["summary"] for door in doors)


def test_the_stack_tells_where_its_parts_are(http: httpx.Client, shared_stack: Running) -> None:
    """GET /local: the keys that clients rely on, each address answering, the clock a moment in UTC."""
    local = http.get("/local").json()

    assert set(local) == LOCAL
    assert local["data_dir"] == str(shared_stack.data)
    assert datetime.fromisoformat(local["clock"]).utcoffset() is not None
    assert all(re.fullmatch(r"http://127\.0\.0\.1:\d+(/.*)?", local[name]) for name in LOCAL if name.endswith("_url"))
    assert http.get(local["jwks_url"]).json()["keys"]
    assert http.get(f"{local['wechat_pay_sandbox_url']}/sandbox").status_code == 200


@pytest.mark.parametrize("host", ["shop.example", "127.0.0.1.example", "127.0.0.1:1", "127.0.0.1@shop.example", ""])
def test_another_host_is_refused(http: httpx.Client, host: str) -> None:
    """A name that somebody made to point here reaches neither the stack nor a service."""
    answers = [http.get(path, headers={"Host": host}) for path in ("/local", "/catalog/v1/categories", "/docs")]

    assert {answer.status_code for answer in answers} <= {400, 403}


@pytest.mark.parametrize("origin", ["https://shop.example", "http://127.0.0.1:1", "null"])
def test_a_page_of_another_origin_is_refused(http: httpx.Client, origin: str) -> None:
    """A browser that looks at another site is no way in."""
    answer = http.get("/catalog/v1/categories", headers={"Origin": origin})

    assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (403, "forbidden")


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost"])
def test_its_own_names_are_served(http: httpx.Client, shared_stack: Running, name: str) -> None:
    """Also to a page that it served itself."""
    own = f"{name}:{shared_stack.port}"

    answer = http.get("/catalog/v1/categories", headers={"Host": own, "Origin": f"http://{own}"})

    assert answer.json()["items"]
