"""A client of a service's doors, in this process: from the gateway's event to the answer, without a socket."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chalice.app import Chalice
from chalice.config import Config
from chalice.local import LocalGateway, LocalGatewayException

from services.shared.plumbing import ids
from tests.tokens import token_for

__all__ = ["Client", "Reply", "token_for"]


@dataclass(frozen=True)
class Reply:
    """An answer. Header names are in lower case; ``json`` is None without a body, ``text`` the body as it came."""

    status: int
    headers: dict[str, str]
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text) if self.text else None

    @property
    def slug(self) -> str:
        """The problem's slug; empty for an answer that is no problem."""
        kind = self.json.get("type") if isinstance(self.json, dict) else None
        return str(kind).rpartition("/")[2] if kind else ""


class Client:
    """One caller of one service; may be used by many threads at once.

    ``Client(app, token_for("person:anna")).post("/v1/orders", {...}, key="k")``. A POST without ``key`` gets a fresh
    one; ``key=""`` sends none.
    """

    def __init__(self, app: Chalice, token: str | None = None) -> None:
        self._gateway = LocalGateway(app, Config())
        self._token = token

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> Reply:
        return self.send("GET", path, headers=headers)

    def post(
        self, path: str, json: Any = None, key: str | None = None, headers: Mapping[str, str] | None = None
    ) -> Reply:
        return self.send("POST", path, json, ids.new_id("key") if key is None else key, headers)

    def put(self, path: str, json: Any = None, key: str = "", headers: Mapping[str, str] | None = None) -> Reply:
        return self.send("PUT", path, json, key, headers)

    def patch(self, path: str, json: Any = None, key: str = "", headers: Mapping[str, str] | None = None) -> Reply:
        return self.send("PATCH", path, json, key, headers)

    def delete(self, path: str, json: Any = None, key: str = "", headers: Mapping[str, str] | None = None) -> Reply:
        return self.send("DELETE", path, json, key, headers)

    def send(
        self, method: str, path: str, body: Any = None, key: str = "", headers: Mapping[str, str] | None = None
    ) -> Reply:
        """Any request. ``body`` is sent as JSON; bytes are sent as they are."""
        sent = {"content-type": "application/json"}
        sent |= {"authorization": f"Bearer {self._token}"} if self._token else {}
        sent |= {"idempotency-key": key} if key else {}
        sent |= {name.lower(): value for name, value in (headers or {}).items()}
        raw = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        try:
            answer = self._gateway.handle_request(method, path, sent, raw)
        except LocalGatewayException as refusal:  # the gateway knows no such route: it never reaches the service
            return Reply(refusal.CODE, _lower(refusal.headers), (refusal.body or b"").decode())
        headers = _lower(answer["headers"] | answer["multiValueHeaders"])
        return Reply(answer["statusCode"], headers, answer["body"] or "")


def _lower(headers: Mapping[str, Any]) -> dict[str, str]:
    return {name.lower(): str(value) for name, value in headers.items()}
