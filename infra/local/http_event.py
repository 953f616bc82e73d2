"""Between WSGI and API Gateway's proxy integration: a request as a REST API's event, a function's answer as bytes.

Chalice's own local gateway is not used: it answers an unknown route with 403, leaves path values undecoded and gives
neither request ids nor multi-value headers. A service sees here what it sees on AWS.
"""

import base64
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

from infra.local.routing import Match
from services.shared.plumbing.problems import PayloadTooLarge
from services.shared.plumbing.resources import ACCOUNT

LARGEST = 6 * 1024 * 1024  # Lambda's limit for a request and for an answer
SOURCE_IP = "127.0.0.1"

Environ = Mapping[str, Any]


@dataclass(frozen=True)
class Request:
    """What came in. ``path`` is decoded; header names are in lower case."""

    id: str
    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Answer:
    """What goes out."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


def request_of(environ: Environ) -> Request:
    """Read a request. Raises PayloadTooLarge, before the body is read if it says its length."""
    if int(environ.get("CONTENT_LENGTH") or 0) > LARGEST:
        raise PayloadTooLarge()
    body = environ["wsgi.input"].read(LARGEST + 1)
    if len(body) > LARGEST:
        raise PayloadTooLarge()
    headers = {name[5:].replace("_", "-").lower(): value for name, value in environ.items() if name[:5] == "HTTP_"}
    if content_type := environ.get("CONTENT_TYPE"):
        headers["content-type"] = content_type
    # WSGI hands over the path's bytes as if they were Latin-1.
    path = environ["PATH_INFO"].encode("latin-1").decode("utf-8", "replace")
    return Request(str(uuid.uuid4()), environ["REQUEST_METHOD"], path, environ.get("QUERY_STRING", ""), headers, body)


def to_event(request: Request, match: Match, binary_types: list[str]) -> dict[str, Any]:
    """The event of a request for ``match``."""
    query = parse_qs(request.query, keep_blank_values=True) or None
    forwarded = [request.headers[name] for name in ("x-forwarded-for",) if name in request.headers]
    headers = {
        **request.headers,
        "x-forwarded-for": ", ".join([*forwarded, SOURCE_IP]),
        "x-forwarded-proto": "http",
        "x-forwarded-port": request.headers.get("host", "").rpartition(":")[2] or "80",
    }
    body, is_base64 = _body(request, binary_types)
    return {
        "resource": match.route,
        "path": request.path,
        "httpMethod": request.method,
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "queryStringParameters": {name: values[-1] for name, values in query.items()} if query else None,
        "multiValueQueryStringParameters": query,
        "pathParameters": dict(match.variables) or None,
        "stageVariables": None,
        "requestContext": {
            "accountId": ACCOUNT,
            "apiId": "local",
            "domainName": request.headers.get("host", ""),
            "httpMethod": request.method,
            "identity": {"sourceIp": SOURCE_IP, "userAgent": request.headers.get("user-agent")},
            "path": request.path,
            "protocol": "HTTP/1.1",
            "requestId": request.id,
            "requestTimeEpoch": time.time_ns() // 1_000_000,
            "resourcePath": match.route,
            "stage": "local",
        },
        "body": body,
        "isBase64Encoded": is_base64,
    }


def _body(request: Request, binary_types: list[str]) -> tuple[str | None, bool]:
    if not request.body:
        return None, False
    if request.headers.get("content-type", "").partition(";")[0].strip() not in binary_types:
        try:
            return request.body.decode(), False
        except UnicodeDecodeError:
            pass  # not text, whatever it is called
    return base64.b64encode(request.body).decode(), True


def to_answer(result: Mapping[str, Any]) -> Answer:
    """What a proxy integration's result means. Raises LookupError or ValueError for one that API Gateway refuses."""
    headers = {name: [str(value)] for name, value in (result.get("headers") or {}).items()}
    headers |= {name: [str(value) for value in many] for name, many in (result.get("multiValueHeaders") or {}).items()}
    if not any(name.lower() == "content-type" for name in headers):
        headers["Content-Type"] = ["application/json"]
    body = result.get("body") or ""
    raw = body if isinstance(body, bytes) else body.encode()
    if result.get("isBase64Encoded"):
        raw = base64.b64decode(raw)
    if len(raw) > LARGEST:
        raise ValueError(f"an answer of {len(raw)} bytes is more than a function may give")
    return Answer(int(result["statusCode"]), tuple((name, one) for name, many in headers.items() for one in many), raw)
