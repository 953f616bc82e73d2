"""Personal data at rest and on the way (X3): AES-256-GCM under a key per person, and under a key per receiving service.

Each service has its own person keys, wrapped by the service's key; deleting a person's key erases what it sealed.
Events carry ciphertext under the receiver's transport key, which the receiver opens and seals again for itself.

Service and transport keys are rotated: the newest one seals and leaves its id in front of the ciphertext, older ones
open what they sealed. :meth:`Vault.rewrap` wraps person keys anew, until nothing needs an old service key.
"""

import base64
import os
import time
from collections.abc import Iterable, Iterator

from services.shared.plumbing.settings import SecretKeys, SettingError, forget_secrets
from services.shared.plumbing.tables import MAX_KEYS, Begin, Contended, Row, Store, get, read

MOST_KEYS = 1_000  # that a function keeps at hand
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

    def make_ready(self, persons: Iterable[str], begin: Begin) -> None:
        """Have the keys of so many persons at hand, for who is going to seal something for each of them: one read and
        at most one transaction for a hundred of them, where each alone takes three calls. Of more than are kept at
        hand the rest comes when it is needed.
        """
        if len(self._keys) > MOST_KEYS // 2:
            self._keys.clear()
        lately = time.monotonic() - CACHED_S / 2
        known = {one for one, (since, _) in self._keys.items() if since > lately}
        wanted = [one for one in dict.fromkeys(persons) if one not in known][: MOST_KEYS // 2]
        for start in range(0, len(wanted), MAX_KEYS):
            part = wanted[start : start + MAX_KEYS]
            rows = dict(zip(part, read([(self.store.row, _pk(one), "KEY") for one in part]), strict=True))
            tx = begin()
            for one in part:
                if rows[one] is None:
                    rows[one] = self._fresh(one)
                    tx.create(rows[one])
            try:
                if tx.size:
                    tx.commit()
            except Contended:
                continue  # somebody else makes one of them: each comes when it is needed
            for one in part:
                self._unwrapped(one, rows[one])

    def erase(self, person: str) -> None:
        """Drop the person's key. Nothing that it sealed in this service can be read again."""
        self._keys.pop(person, None)
        self.store.row(_pk(person), "KEY").delete()

    def seal_for(self, receiver: str, text: str) -> str:
        """Ciphertext that only the receiving service can open, for events."""
        return _transport(receiver).seal(text, receiver)

    def open_sent(self, sealed: str) -> str:
        """What another service sealed for this one."""
        return _transport(self.store.service).open(sealed, self.store.service)

    def rewrap(self, begin: Begin) -> Iterator[bool]:
        """Wrap every person's key by the newest service key; yields, for each that is not, whether it now is.

        An operator's act: it reads the table from end to end. One that is erased meanwhile stays erased.
        """
        row, newest = self.store.row, self._wrapping.newest
        for found in row.scan(row.pk.startswith(_pk("")) & (row.sk == "KEY")):
            if _key_id(found.body) == newest:
                continue
            person = found.pk.removeprefix(_pk(""))
            wrapped = self._wrapping.seal(self._wrapping.open(found.body, person), person)
            tx = begin()
            tx.update(found, [row.body.set(wrapped)], row.body == found.body)
            try:
                tx.commit()
                yield True
            except Contended:
                yield False

    @property
    def _wrapping(self) -> "_Ring":
        return _Ring(SecretKeys(f"XIAODIAN_{self.store.service.upper()}_SERVICE_KEY"))

    def _key(self, person: str, *, create: bool) -> bytes:
        known = self._keys.get(person)
        if known and time.monotonic() - known[0] < CACHED_S:
            return known[1]
        row = get(self.store.row, _pk(person), "KEY")
        if row is None:
            if not create:
                raise Erased(person)
            row = self._make(person)
        if len(self._keys) > MOST_KEYS:
            self._keys.clear()
        return self._unwrapped(person, row)

    def _unwrapped(self, person: str, row: Row) -> bytes:
        key = base64.b64decode(self._wrapping.open(row.body or "", person))
        self._keys[person] = (time.monotonic(), key)
        return key

    def _fresh(self, person: str) -> Row:
        fresh = base64.b64encode(os.urandom(32)).decode()  # noqa: TID251 - a key must not be guessed
        row = self.store.row(_pk(person), "KEY", sequence=1)
        row.body = self._wrapping.seal(fresh, person)
        return row

    def _make(self, person: str) -> Row:
        # Of two that make it at once, one wins, and both use the winner's.
        self.store.put_if_newer(self._fresh(person), 1)
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


class _Ring:
    """The versions of one key."""

    def __init__(self, setting: SecretKeys) -> None:
        self._setting = setting

    @property
    def newest(self) -> str:
        return next(iter(self._keys))

    def seal(self, text: str, bound_to: str) -> str:
        """By the newest key, whose id comes before the ciphertext, if it has one."""
        key_id, key = next(iter(self._keys.items()))
        sealed = _seal(key, text, bound_to)
        return f"{key_id}:{sealed}" if key_id else sealed

    def open(self, sealed: str, bound_to: str) -> str:
        """Raises SettingError when the key that sealed it is not there any more."""
        key_id = _key_id(sealed)
        if key_id not in self._keys:
            forget_secrets()  # it is newer than this process
        if key_id not in self._keys:
            raise SettingError(f"The secret {self._setting.name} has no key {key_id!r}, and something is sealed by it")
        return _open(self._keys[key_id], sealed.rpartition(":")[2], bound_to)

    @property
    def _keys(self) -> dict[str, bytes]:
        return self._setting.__get__(None)


def _key_id(sealed: str) -> str:
    return sealed.rpartition(":")[0]


def _transport(service: str) -> _Ring:
    return _Ring(SecretKeys(f"XIAODIAN_TRANSPORT_KEY_{service.upper()}"))
