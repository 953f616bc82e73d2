"""Personal data: readable by whom it is for, as long as the person's key is there (X3)."""

import base64
import os
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from cryptography.exceptions import InvalidTag

from infra.faults import FaultsProxy
from services.shared.plumbing import clock
from services.shared.plumbing.ids import new_id
from services.shared.plumbing.settings import SettingError
from services.shared.plumbing.tables import Store, Transaction, get
from services.shared.plumbing.vault import Erased, Vault
from tests.conftest import _secret
from tests.integration.plumbing.probe import STORE

ADDRESS = "王芳 13800138000 上海市 徐汇区 天钥桥路 1 号"


def test_what_is_sealed_is_opened(name: str) -> None:
    """By another function instance, too; the ciphertext shows nothing and is never the same twice."""
    sealed = Vault(STORE).seal(name, ADDRESS)

    assert Vault(STORE).open(name, sealed) == ADDRESS
    assert ADDRESS.encode() not in base64.b64decode(sealed)
    assert Vault(STORE).seal(name, ADDRESS) != sealed


def test_many_are_made_ready_at_once(name: str, proxy: FaultsProxy) -> None:
    """For who seals for many: of 150 persons, of whom one has a key, two reads and two transactions, and then none."""
    vault, persons = Vault(STORE), [f"{name}-{number}" for number in range(150)]
    before = Vault(STORE).seal(persons[3], ADDRESS)
    proxy.clear()

    vault.make_ready([*persons, *persons], lambda: Transaction(STORE, clock.now(), new_id))
    calls = Counter(call.operation for call in proxy.calls)
    sealed = [vault.seal(one, ADDRESS) for one in persons]

    assert calls == {"BatchGetItem": 2, "TransactWriteItems": 2}
    assert len(proxy.calls) == calls.total()
    assert vault.open(persons[3], before) == ADDRESS
    assert [Vault(STORE).open(one, text) for one, text in zip(persons, sealed, strict=True)] == [ADDRESS] * 150


def test_who_makes_the_same_key_ready_uses_the_winners(name: str, proxy: FaultsProxy) -> None:
    """Another one makes it between the read and the write: what both seal is opened."""
    first, second = Vault(STORE), Vault(STORE)
    sealed: list[str] = []
    proxy.at_call(1, "before", lambda _: sealed.append(first.seal(name, ADDRESS)), {"TransactWriteItems"})

    second.make_ready([name, f"{name}-other"], lambda: Transaction(STORE, clock.now(), new_id))
    sealed.append(second.seal(name, ADDRESS))

    assert [Vault(STORE).open(name, one) for one in sealed] == [ADDRESS, ADDRESS]


def test_it_is_bound_to_its_person(name: str) -> None:
    """Put into somebody else's record it opens nothing."""
    vault = Vault(STORE)
    sealed = vault.seal(name, ADDRESS)
    vault.seal(f"{name}-other", "x")

    with pytest.raises(Erased):
        vault.open(f"{name}-other", sealed)


def test_nobody_has_a_key_before_something_was_sealed(name: str) -> None:
    """Opening makes none."""
    with pytest.raises(Erased):
        Vault(STORE).open(name, Vault(STORE).seal(f"{name}-other", "x"))

    assert get(STORE.row, f"PERSON#{name}", "KEY") is None


def test_what_an_erased_person_left_cannot_be_read(name: str) -> None:
    """By nobody, also after the person came back under a new key."""
    vault = Vault(STORE)
    sealed = vault.seal(name, ADDRESS)

    vault.erase(name)

    with pytest.raises(Erased):
        vault.open(name, sealed)
    with pytest.raises(Erased):
        Vault(STORE).open(name, sealed)
    again = vault.seal(name, "anew")
    assert vault.open(name, again) == "anew"
    with pytest.raises(Erased):
        vault.open(name, sealed)


def test_erasing_nobody_is_no_error(name: str) -> None:
    """It may be repeated."""
    Vault(STORE).erase(name)


def test_an_erased_key_is_forgotten_everywhere_within_a_minute(
    name: str, monkeypatch: pytest.MonkeyPatch, proxy: FaultsProxy
) -> None:
    """An instance that used it keeps it so long, to spare a read each time."""
    elsewhere = Vault(STORE)
    sealed = elsewhere.seal(name, ADDRESS)
    proxy.clear()
    assert elsewhere.open(name, sealed) == ADDRESS
    assert proxy.calls == []

    Vault(STORE).erase(name)
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now + 61)

    with pytest.raises(Erased):
        elsewhere.open(name, sealed)


def test_two_that_make_a_persons_key_at_once_use_one(name: str) -> None:
    """One wins, and the other takes the winner's: nothing is sealed under a key that nobody has."""
    ready = Barrier(8)

    def seal(number: int) -> str:
        vault = Vault(STORE)
        ready.wait()
        return vault.seal(name, str(number))

    with ThreadPoolExecutor(8) as pool:
        sealed = list(pool.map(seal, range(8)))

    assert [Vault(STORE).open(name, one) for one in sealed] == [str(number) for number in range(8)]


def test_a_person_key_is_stored_wrapped(name: str) -> None:
    """Under the service's key: the table alone opens nothing, and another service's key does not either."""
    sealed = Vault(STORE).seal(name, ADDRESS)
    row = get(STORE.row, f"PERSON#{name}", "KEY")
    assert row is not None

    key = base64.b64decode(row.body)

    assert len(key) > 32 + 16  # nonce, key in base64, tag
    with pytest.raises(InvalidTag):
        Vault(Store("orders"))._wrapping.open(row.body, name)
    with pytest.raises(InvalidTag):
        Vault(STORE)._wrapping.open(row.body, "person:else")
    assert Vault(STORE).open(name, sealed) == ADDRESS


def test_an_event_is_sealed_for_its_receiver() -> None:
    """The receiver opens it, nobody else does."""
    sealed = Vault(STORE).seal_for("orders", ADDRESS)

    assert Vault(Store("orders")).open_sent(sealed) == ADDRESS
    for other in ("gifts", "probe"):
        with pytest.raises(InvalidTag):
            Vault(Store(other)).open_sent(sealed)


def test_a_missing_key_names_its_setting() -> None:
    """When it is used."""
    with pytest.raises(SettingError, match="XIAODIAN_TRANSPORT_KEY_ELSE is missing"):
        Vault(STORE).seal_for("else", ADDRESS)


KEY, NEWER = "XIAODIAN_PROBE_SERVICE_KEY", f"2027:{_secret('probe newer')}"


def begin() -> Transaction:
    """Of an operator's: under no key and no mark."""
    return Transaction(STORE, clock.now(), new_id)


def test_a_service_key_is_rotated(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The newer one seals, the older one still opens, and after wrapping anew nothing needs it any more."""
    old = os.environ[KEY]
    sealed = Vault(STORE).seal(name, ADDRESS)

    monkeypatch.setenv(KEY, f"{NEWER} {old}")
    assert Vault(STORE).open(name, sealed) == ADDRESS
    by_newer = Vault(STORE).seal(f"{name}-newer", ADDRESS)
    assert all(Vault(STORE).rewrap(begin))
    assert list(Vault(STORE).rewrap(begin)) == []

    monkeypatch.setenv(KEY, NEWER)
    assert Vault(STORE).open(name, sealed) == ADDRESS
    assert Vault(STORE).open(f"{name}-newer", by_newer) == ADDRESS
    monkeypatch.setenv(KEY, old)
    with pytest.raises(SettingError, match=f"{KEY} has no key '2027'"):
        Vault(STORE).open(name, sealed)

    monkeypatch.setenv(KEY, f"{old} {NEWER}")  # taken back: for the tests beside this one, too
    assert all(Vault(STORE).rewrap(begin))


def test_a_running_function_learns_of_a_newer_key(name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """From where secrets are kept, when it first meets something that a newer function has sealed."""
    file, old = tmp_path / "key", os.environ[KEY]
    file.write_text(old)
    monkeypatch.setenv(KEY, f"file:{file}")
    running = Vault(STORE)
    running.seal(f"{name}-before", ADDRESS)

    monkeypatch.setenv(KEY, f"{NEWER} {old}")
    sealed = Vault(STORE).seal(name, ADDRESS)
    monkeypatch.setenv(KEY, f"file:{file}")
    file.write_text(f"{NEWER}\n{old}\n")

    assert running.open(name, sealed) == ADDRESS
    running.erase(name)  # its key is of a ring that is only this test's


def test_a_key_erased_while_it_is_wrapped_stays_erased(
    name: str, monkeypatch: pytest.MonkeyPatch, proxy: FaultsProxy
) -> None:
    """Whoever wraps it would write it back."""
    sealed = Vault(STORE).seal(name, ADDRESS)
    monkeypatch.setenv(KEY, f"{NEWER} {os.environ[KEY]}")
    proxy.clear()
    proxy.at_call(1, "before", lambda _: Vault(STORE).erase(name), {"TransactWriteItems"})
    for row in STORE.row.scan(STORE.row.sk == "KEY"):
        if row.pk != f"PERSON#{name}":
            row.delete()

    assert list(Vault(STORE).rewrap(begin)) == [False]

    with pytest.raises(Erased):
        Vault(STORE).open(name, sealed)


def test_a_transport_key_is_rotated(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is on its way under the older one arrives."""
    setting = "XIAODIAN_TRANSPORT_KEY_PROBE"
    older = Vault(Store("orders")).seal_for("probe", ADDRESS)
    monkeypatch.setenv(setting, f"2027:{_secret('newer transport')} {os.environ[setting]}")
    newer = Vault(Store("orders")).seal_for("probe", ADDRESS)

    assert newer.startswith("2027:")
    assert [Vault(STORE).open_sent(one) for one in (older, newer)] == [ADDRESS] * 2
