"""Pages of other sites use the API where the setting names them, and nowhere else (X2)."""

import pytest

from services.shared.plumbing.origins import Settings, origins_of
from services.shared.plumbing.settings import SettingError
from tests.integration.http import Client, Reply
from tests.integration.plumbing import probe

SHOP = "https://shop.example.com"


def _asked(client: Client, path: str, origin: str, method: str = "PATCH") -> Reply:
    """The preflight of a browser."""
    sent = {"Origin": origin, "Access-Control-Request-Method": method, "Access-Control-Request-Headers": "if-match"}
    return client.send("OPTIONS", path, headers=sent)


def _cors(reply: Reply) -> set[str]:
    return {name for name in reply.headers if name.startswith("access-control-")}


@pytest.fixture
def _named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XIAODIAN_CORS_ORIGINS", f"{SHOP}, http://localhost:3000")


@pytest.mark.usefixtures("_named")
def test_a_named_origin_may_send_what_the_path_takes(name: str) -> None:
    """The preflight says which methods and headers, without a token, and how long that holds."""
    reply = _asked(Client(probe.app), f"/v1/shelves/{name}", SHOP)

    assert (reply.status, reply.text) == (204, "")
    assert reply.headers["access-control-allow-origin"] == SHOP
    assert reply.headers["access-control-allow-methods"] == "DELETE, GET, OPTIONS, PATCH"
    allowed = {one.strip().lower() for one in reply.headers["access-control-allow-headers"].split(",")}
    assert allowed >= {"authorization", "content-type", "idempotency-key", "if-match"}
    assert int(reply.headers["access-control-max-age"]) > 0
    assert reply.headers["vary"] == "Origin"
    assert reply.headers["x-request-id"]


@pytest.mark.usefixtures("_named")
def test_a_named_origin_may_read_every_answer(anna: Client, name: str) -> None:
    """Also a refusal, with the headers that a client needs; and no credentials of the browser's."""
    path = f"/v1/shelves/{probe.shelf(name, 7)}"
    replies = [
        anna.get(path, headers={"origin": SHOP}),
        anna.get(f"{path}-not", headers={"Origin": SHOP}),
        anna.put(path, {}, headers={"Origin": SHOP}),
        anna.get("/openapi.json", headers={"Origin": SHOP}),
    ]

    assert [one.status for one in replies] == [200, 404, 405, 200]
    for one in replies:
        assert one.headers["access-control-allow-origin"] == SHOP
        assert {"ETag", "Retry-After"} <= set(one.headers["access-control-expose-headers"].split(", "))
        assert "access-control-allow-credentials" not in one.headers


@pytest.mark.usefixtures("_named")
@pytest.mark.parametrize("origin", ["https://evil.example", "https://shop.example.com.evil.example", "null", ""])
def test_other_origins_are_told_nothing(anna: Client, name: str, origin: str) -> None:
    """The answer is there, as for who is no browser, but no page may read it; caches keep them apart."""
    path = f"/v1/shelves/{probe.shelf(name, 7)}"
    asked, read = _asked(anna, path, origin), anna.get(path, headers={"Origin": origin})

    assert (asked.status, read.status) == (204, 200)
    assert _cors(asked) | _cors(read) == set()
    assert asked.headers["vary"] == read.headers["vary"] == "Origin"


def test_without_the_setting_nobody_is_named(anna: Client, name: str) -> None:
    """And OPTIONS only says which methods there are."""
    path = f"/v1/shelves/{probe.shelf(name, 7)}"
    asked, read = _asked(anna, path, SHOP), anna.get(path, headers={"Origin": SHOP})

    assert (asked.status, asked.headers["allow"]) == (204, "DELETE, GET, OPTIONS, PATCH")
    assert _cors(asked) | _cors(read) == set()
    assert "vary" not in read.headers


def test_a_star_names_all(anna: Client, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """For an API that anybody's page may use."""
    monkeypatch.setenv("XIAODIAN_CORS_ORIGINS", "*")
    reply = anna.get(f"/v1/shelves/{probe.shelf(name, 7)}", headers={"Origin": "https://any.example"})

    assert reply.headers["access-control-allow-origin"] == "*"
    assert "vary" not in reply.headers


@pytest.mark.parametrize(
    "text", ["shop.example.com", "https://shop.example.com/", "https://a.example;https://b.example"]
)
def test_what_is_no_origin_is_refused(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A setting that would never fit says so."""
    monkeypatch.setenv("XIAODIAN_CORS_ORIGINS", text)

    with pytest.raises(SettingError, match="XIAODIAN_CORS_ORIGINS"):
        _ = Settings.origins
    assert origins_of("https://A.example,  http://b.example:81") == {"https://a.example", "http://b.example:81"}
