"""The gateway without a server: WSGI in, a service's answer or a problem out."""

import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from chalice.app import Chalice, Response

from infra.local.gateway import Gateway
from infra.local.http_event import LARGEST

PORT = 8080


@dataclass
class Got:
    """A WSGI answer."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    def header(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key.lower() == name.lower()]


def echoing_app() -> Chalice:
    """A service that shows what reached it."""
    app = Chalice("echo", configure_logs=False)

    @app.route("/v1/things/{thing_id}", methods=["GET", "POST"], content_types=["application/json", "text/plain"])
    def thing(thing_id: str) -> dict[str, Any]:
        request, context = app.current_request, app.lambda_context
        assert request is not None
        event = request.to_original_event()
        return {
            "thing_id": thing_id,
            "event": {key: value for key, value in event.items() if key != "body"},
            "body": b"".join([request.raw_body]).hex(),  # type: ignore[list-item]
            "function": context.function_name,
            "request_id": context.aws_request_id,
            "remaining_ms": context.get_remaining_time_in_millis(),
        }

    @app.route("/v1/cookies")
    def cookies() -> Response:
        return Response("", {"Set-Cookie": ["a=1", "b=2"], "X-Count": "7"}, 204)

    @app.route("/v1/picture")
    def picture() -> Response:
        return Response(b"\x89PNG\xff", {"Content-Type": "image/png"})

    @app.route("/v1/huge")
    def huge() -> str:
        return "x" * (LARGEST + 1)

    return app


@pytest.fixture
def gateway(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Gateway:
    """A gateway over one service with routes and one without."""
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", "http://127.0.0.1:1")
    return Gateway({"orders": echoing_app(), "gifts": Chalice("gifts", configure_logs=False)}, PORT, tmp_path)


def ask(gateway: Gateway, method: str, path: str, body: bytes = b"", **headers: str) -> Got:
    """Send a request as a WSGI server hands it over; ``path`` is decoded, with the query after ``?``."""
    decoded, _, query = path.partition("?")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "PATH_INFO": decoded.encode().decode("latin-1"),
        "QUERY_STRING": query,
        "HTTP_HOST": f"127.0.0.1:{PORT}",
        "CONTENT_LENGTH": str(len(body)) if body else "",
        "wsgi.input": io.BytesIO(body),
    }
    for name, value in headers.items():
        environ[name if name in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{name}"] = value
    started: list[Any] = []
    chunks = gateway(environ, lambda status, sent: started.extend((status, sent)))
    return Got(int(started[0].split()[0]), started[1], b"".join(chunks))


def test_a_service_sees_a_rest_api_event(gateway: Gateway) -> None:
    """Base path, decoded variable, all query values, lower-case headers, ids and the caller's address are there."""
    got = ask(gateway, "GET", "/orders/v1/things/person:李 雷?a=1&a=2&b=&c=%E6%9D%8E", USER_AGENT="test", X_TRACE="7")

    event = got.json["event"]
    assert got.status == 200
    assert got.header("content-type") == ["application/json"]
    assert got.json["thing_id"] == "person:李 雷"
    assert event["resource"] == event["requestContext"]["resourcePath"] == "/v1/things/{thing_id}"
    assert event["path"] == "/orders/v1/things/person:李 雷"
    assert event["pathParameters"] == {"thing_id": "person:李 雷"}
    assert event["multiValueQueryStringParameters"] == {"a": ["1", "2"], "b": [""], "c": ["李"]}
    assert event["queryStringParameters"] == {"a": "2", "b": "", "c": "李"}
    assert event["headers"]["x-trace"] == "7"
    assert event["headers"]["x-forwarded-for"] == "127.0.0.1"
    assert event["requestContext"]["identity"] == {"sourceIp": "127.0.0.1", "userAgent": "test"}
    assert event["requestContext"]["requestId"] == got.json["request_id"]
    assert got.json["function"].endswith("-orders")
    assert 28_000 < got.json["remaining_ms"] <= 29_000


def test_no_query_is_null(gateway: Gateway) -> None:
    """API Gateway says null, not an empty object."""
    event = ask(gateway, "GET", "/orders/v1/things/1").json["event"]

    assert event["multiValueQueryStringParameters"] is None
    assert event["queryStringParameters"] is None


@pytest.mark.parametrize("body", ['{"name": "李雷"}'.encode(), b"\xff\xfe\x00binary", b""])
def test_a_body_arrives_byte_for_byte(gateway: Gateway, body: bytes) -> None:
    """Text as text, anything else in base64: a signature over the body must still match."""
    got = ask(gateway, "POST", "/orders/v1/things/1", body, CONTENT_TYPE="application/json")

    assert got.status == 200
    assert bytes.fromhex(got.json["body"]) == body
    assert got.json["event"]["isBase64Encoded"] is (body[:1] == b"\xff")


def test_headers_with_many_values_stay_many(gateway: Gateway) -> None:
    """Two cookies are two headers."""
    got = ask(gateway, "GET", "/orders/v1/cookies")

    assert got.status == 204
    assert got.header("Set-Cookie") == ["a=1", "b=2"]
    assert got.header("X-Count") == ["7"]


def test_a_binary_answer_is_decoded(gateway: Gateway) -> None:
    """What the function had to encode reaches the client as bytes."""
    got = ask(gateway, "GET", "/orders/v1/picture", ACCEPT="image/png")

    assert got.header("content-type") == ["image/png"]
    assert got.body == b"\x89PNG\xff"


@pytest.mark.parametrize(
    ("method", "path", "status", "slug"),
    [
        ("GET", "/orders/v1/nothing", 404, "not-found"),
        ("GET", "/orders", 404, "not-found"),
        ("GET", "/payments/v1/things/1", 404, "not-found"),
        ("GET", "/docs/../../etc/passwd", 404, "not-found"),
        ("GET", "/docs/package.json", 404, "not-found"),
        ("DELETE", "/orders/v1/things/1", 405, "method-not-allowed"),
        ("POST", "/health", 405, "method-not-allowed"),
        ("GET", "/orders/v1/huge", 502, "bad-gateway"),
    ],
)
def test_what_is_not_there_is_a_problem(gateway: Gateway, method: str, path: str, status: int, slug: str) -> None:
    """Never Chalice's `Missing Authentication Token`."""
    got = ask(gateway, method, path)

    assert got.status == status
    assert got.header("content-type") == ["application/problem+json"]
    assert got.json["type"].endswith(f"/problems/{slug}")
    assert got.json["instance"] == got.header("X-Request-Id")[0] != ""


def test_a_wrong_method_names_the_right_ones(gateway: Gateway) -> None:
    """405 comes with Allow."""
    assert ask(gateway, "DELETE", "/orders/v1/things/1").header("Allow") == ["GET, POST"]


@pytest.mark.parametrize("says_its_length", [True, False])
def test_a_body_over_lambdas_limit_is_refused(gateway: Gateway, says_its_length: bool) -> None:
    """With and without Content-Length; on AWS it would not reach the function either."""
    body = b"x" * (LARGEST + 1)
    length = str(len(body)) if says_its_length else ""

    got = ask(gateway, "POST", "/orders/v1/things/1", body, CONTENT_LENGTH=length, CONTENT_TYPE="application/json")

    assert got.status == 413
    assert got.json["type"].endswith("/problems/payload-too-large")


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8080", "127.0.0.1:9999", "127.0.0.1.evil.example", ""])
def test_a_foreign_host_is_refused(gateway: Gateway, host: str) -> None:
    """A name that somebody makes point here (DNS rebinding) opens nothing."""
    got = ask(gateway, "GET", "/local", HOST=host)

    assert got.status == 403
    assert got.header("content-type") == ["application/problem+json"]


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "http://127.0.0.1:3000", "null", "http://localhost:8080:1", ""]
)
def test_a_foreign_origin_is_refused(gateway: Gateway, origin: str) -> None:
    """A page of another site cannot use this machine's stack from a browser."""
    assert ask(gateway, "GET", "/orders/v1/things/1", ORIGIN=origin).status == 403


def test_an_origin_that_the_setting_names_is_served(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    """CORS works on one machine as on AWS, where the services answer it; others stay out."""
    monkeypatch.setenv("XIAODIAN_CORS_ORIGINS", "http://localhost:3000")

    assert ask(gateway, "GET", "/orders/v1/things/1", ORIGIN="http://localhost:3000").status == 200
    assert ask(gateway, "GET", "/orders/v1/things/1", ORIGIN="http://localhost:3001").status == 403


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("localhost:8080", "http://localhost:8080"),
        ("LOCALHOST:8080", "http://localhost:8080"),
        ("localhost", "http://localhost"),
    ],
)
def test_our_own_names_are_served(gateway: Gateway, host: str, origin: str) -> None:
    """The docs page's own requests come with an Origin."""
    assert ask(gateway, "GET", "/orders/v1/things/1", HOST=host, ORIGIN=origin).status == 200


def test_the_gateways_own_pages(gateway: Gateway, tmp_path: Path) -> None:
    """/, /health and /local say what runs here."""
    local = ask(gateway, "GET", "/local").json

    assert ask(gateway, "GET", "/").json["docs"] == "/docs"
    assert ask(gateway, "GET", "/health").json == {"status": "ok", "services": ["orders", "gifts"]}
    assert local["engine_url"] == "http://127.0.0.1:1"
    assert local["data_dir"] == str(tmp_path)
    assert local["jwks_url"] == "http://127.0.0.1:8080/catalog/v1/jwks.json"
    assert set(local) >= {"queue_url", "wechat_pay_sandbox_url", "wechat_api_sandbox_url", "clock"}


def test_the_clock_shown_is_the_stacks(gateway: Gateway, tmp_path: Path) -> None:
    """After `xiaodian clock +25h` it is a day ahead."""
    before = ask(gateway, "GET", "/local").json["clock"]
    (tmp_path / "clock.json").write_text('{"offset_s": 90000}')

    assert ask(gateway, "GET", "/local").json["clock"][:10] > before[:10]


def test_the_docs_page_needs_nothing_from_elsewhere(gateway: Gateway) -> None:
    """Page, script and style come from this server, and the browser is told to take nothing else."""
    page = ask(gateway, "GET", "/docs")
    start = ask(gateway, "GET", "/docs/start.js")
    bundle = ask(gateway, "GET", "/docs/swagger-ui-bundle.js")

    assert page.header("content-type") == ["text/html; charset=utf-8"]
    assert b"http://" not in page.body
    assert b"https://" not in page.body
    assert "'self'" in page.header("Content-Security-Policy")[0]
    assert b'"url": "/orders/openapi.json"' in start.body
    assert b'"url": "/gifts/openapi.json"' in start.body
    assert bundle.status == 200
    assert len(bundle.body) > 500_000
