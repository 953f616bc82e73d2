"""Typed settings from the environment, read at first use; a missing one names itself.

A service lists its settings as class attributes::

    class Orders:
        hold_minutes = Setting("ORDERS_HOLD_MINUTES", int, default=30)
        pay_key = Secret("WECHAT_PAY_PRIVATE_KEY")
        token_key = SecretKey("ORDERS_TOKEN_KEY")

A secret's value is the secret itself, ``file:/path`` or ``ssm:/parameter/name``. A key's may be several, each with an
id, the newest first: ``2027:…base64… 2026:…base64…``. A key without an id has the empty one.
"""

import base64
import os
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, Generic, TypeVar

T = TypeVar("T")
_MISSING: Any = object()
_TEXT: Any = str


class SettingError(RuntimeError):
    """A setting is missing or cannot be read; the message names it, and may be logged."""

    tellable = True


class Setting(Generic[T]):
    """One setting. Reading it parses the current environment; without value and default it raises SettingError."""

    hidden = False

    def __init__(self, name: str, parse: Callable[[str], T] = _TEXT, *, default: T = _MISSING) -> None:
        self.name, self.parse, self.default = name, parse, default

    @property
    def required(self) -> bool:
        """Whether it has no default."""
        return self.default is _MISSING

    def __get__(self, instance: object, owner: type | None = None) -> T:
        raw = self.read()
        if raw is None:
            if self.required:
                raise SettingError(f"The setting {self.name} is missing")
            return self.default
        try:
            return self.parse(raw)
        except (ValueError, TypeError) as error:
            raise self._unreadable(error) from error

    def _unreadable(self, error: Exception) -> SettingError:
        return SettingError(f"The setting {self.name} cannot be read: {error}")

    def read(self) -> str | None:
        return os.environ.get(self.name)


class _Hidden(Setting[T]):
    """A setting that must not be seen: no error shows it, and it is fetched from where its value points to."""

    hidden = True

    def __get__(self, instance: object, owner: type | None = None) -> T:
        try:
            return super().__get__(instance, owner)
        except SettingError as error:
            raise error from None  # what lies behind it may quote the secret

    def _unreadable(self, error: Exception) -> SettingError:
        why = getattr(error, "strerror", None) or type(error).__name__
        return SettingError(f"The secret {self.name} cannot be read: {why}")

    def read(self) -> str | None:
        raw = os.environ.get(self.name)
        if raw is None:
            return None
        try:
            return _fetch(raw)
        except Exception as error:  # whatever it is: what is said of it is the setting's name
            raise self._unreadable(error) from error


class Secret(_Hidden[str]):
    """A secret text."""


class SecretKeys(_Hidden[dict[str, bytes]]):
    """Keys of 32 bytes by their ids, the newest first: it seals, and the others still open what they sealed."""

    def __init__(self, name: str) -> None:
        super().__init__(name, lambda text: _keys(name, text))


class SecretKey(_Hidden[bytes]):
    """A key of 32 bytes; of several the newest."""

    def __init__(self, name: str) -> None:
        super().__init__(name, lambda text: next(iter(_keys(name, text).values())))


KEY_ID = re.compile(r"[0-9A-Za-z-]{0,32}")


def _keys(name: str, text: str) -> dict[str, bytes]:
    """Raises SettingError for a key that is shorter or empty: it would work, and protect nothing."""
    found: dict[str, bytes] = {}
    for one in text.split() or [""]:
        key_id, _, coded = one.rpartition(":")
        try:
            key = base64.b64decode(coded, validate=True)
        except ValueError:
            key = b""
        if len(key) != 32:
            raise SettingError(f"The secret {name} must be 32 bytes in base64")
        if key_id in found or not KEY_ID.fullmatch(key_id):
            raise SettingError(f"The secret {name} needs an id of its own for each key, of letters and digits")
        found[key_id] = key
    return found


def forget_secrets() -> None:
    """Read secrets again from where they are kept, at their next use: they may have changed there."""
    _fetch.cache_clear()


@cache
def _fetch(raw: str) -> str:
    if raw.startswith("file:"):
        return Path(raw[5:]).read_text(encoding="utf-8").strip()
    if raw.startswith("ssm:"):
        from services.shared.plumbing.aws import client  # kept off the import path of functions that need no secret

        found = client("ssm").get_parameter(Name=raw[4:], WithDecryption=True)
        return str(found["Parameter"]["Value"])
    return raw
