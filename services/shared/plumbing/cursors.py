"""Signed cursors: where a list goes on, and which list it belongs to. A forged or borrowed one is refused (X2)."""

import base64
import hashlib
import hmac
import json
from typing import Any

from services.shared.plumbing.problems import CursorInvalid
from services.shared.plumbing.settings import SecretKey


class Settings:
    cursor_key = SecretKey("XIAODIAN_CURSOR_KEY")


def sign(listing: str, position: dict[str, Any]) -> str:
    """The cursor for ``position`` in the list called ``listing`` (its name and filters, as one string)."""
    body = json.dumps(position, separators=(",", ":"), sort_keys=True).encode()
    return base64.urlsafe_b64encode(_mac(listing, body) + body).decode().rstrip("=")


def read(listing: str, cursor: str | None) -> dict[str, Any] | None:
    """The position inside a cursor, or None where there is none.

    Raises CursorInvalid when it was not signed here or belongs to another list.
    """
    if cursor is None:
        return None
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    except ValueError as error:
        raise CursorInvalid() from error
    mac, body = raw[:16], raw[16:]
    if not hmac.compare_digest(mac, _mac(listing, body)):
        raise CursorInvalid()
    position: dict[str, Any] = json.loads(body)
    return position


def _mac(listing: str, body: bytes) -> bytes:
    return hmac.new(Settings.cursor_key, listing.encode() + b"\0" + body, hashlib.sha256).digest()[:16]
