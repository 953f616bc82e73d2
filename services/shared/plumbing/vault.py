"""Personal data at rest and on the way (X3): AES-256-GCM under a key per person, and under a key per receiving service.

Each service has its own person keys, wrapped by the service's key; deleting a person's key erases what it sealed.
Events carry ciphertext under the receiver's transport key, which the receiver opens and seals again for itself.
"""

import base64
import os
import time
from functools import cache

from services.shared.plumbing.settings import SecretKey
from services.shared.plumbing.tables import Row, Store, get

CACHED_S = 60  # an erased person's key is gone from every running function after this


class Erased(LookupError):
    """The person's key is gone: what it sealed cannot be read any more, by anyone."""


class Vault:
    """A service's sealed personal data."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._keys: dict[str, tuple[float, bytes]] = {}

    def seal(self, person: str, text: str) -> str:
        """Ciphertext under this person's key, which is made when missing (one write, once per person)."""
        return _seal(self._key(person, create=True), text, person)

    def open(self, person: str, sealed: str) -> str:
        """What was sealed for this person. Raises Erased."""
        from cryptography.exceptions import InvalidTag  # dear to import, and not every function opens something

        try:
            return _open(self._key(person, create=False), sealed, person)
        except InvalidTag as error:  # sealed under a key that was erased before the person came back
            raise Erased(person) from error

    def erase(self, person: str) -> None:
        """Drop the person's key. Nothing that it sealed in this service can be read again."""
        self._keys.pop(person, None)
        self.store.row(_pk(person), "KEY").delete()

    def seal_for(self, receiver: str, text: str) -> str:
        """Ciphertext that only the receiving service can open, for events."""
        return _seal(_transport_key(receiver), text, receiver)

    def open_sent(self, sealed: str) -> str:
        """What another service sealed for this one."""
        return _open(_transport_key(self.store.service), sealed, self.store.service)

    def _key(self, person: str, *, create: bool) -> bytes:
        known = self._keys.get(person)
        if known and time.monotonic() - known[0] < CACHED_S:
            return known[1]
        row = get(self.store.row, _pk(person), "KEY")
        if row is None:
            if not create:
                raise Erased(person)
            row = self._make(person)
        key = base64.b64decode(_open(_service_key(self.store.service), row.body or "", person))
        if len(self._keys) > 1000:
            self._keys.clear()
        self._keys[person] = (time.monotonic(), key)
        return key

    def _make(self, person: str) -> Row:
        fresh = base64.b64encode(os.urandom(32)).decode()  # noqa: TID251 - a key must not be guessed
        row = self.store.row(_pk(person), "KEY")
        row.body = _seal(_service_key(self.store.service), fresh, person)
        self.store.put_if_newer(row, 1)  # of two that make it at once, one wins, and both use the winner's
        made = get(self.store.row, _pk(person), "KEY")
        if made is None:
            raise Erased(person)
        return made


def _pk(person: str) -> str:
    return f"PERSON#{person}"


def _seal(key: bytes, text: str, bound_to: str) -> str:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    nonce = os.urandom(12)  # noqa: TID251 - a nonce must not be repeatable
    return base64.b64encode(nonce + AESGCM(key).encrypt(nonce, text.encode(), bound_to.encode())).decode()


def _open(key: bytes, sealed: str, bound_to: str) -> str:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    raw = base64.b64decode(sealed)
    return AESGCM(key).decrypt(raw[:12], raw[12:], bound_to.encode()).decode()


@cache
def _service_key(service: str) -> bytes:
    return SecretKey(f"XIAODIAN_{service.upper()}_SERVICE_KEY").__get__(None)


@cache
def _transport_key(service: str) -> bytes:
    return SecretKey(f"XIAODIAN_TRANSPORT_KEY_{service.upper()}").__get__(None)
