"""Personal data: readable by whom it is for, as long as the person's key is there (X3)."""

import base64
import time
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from cryptography.exceptions import InvalidTag

from infra.faults import FaultsProxy
from services.shared.plumbing import vault as vaults
from services.shared.plumbing.settings import SettingError
from services.shared.plumbing.tables import Store, get
from services.shared.plumbing.vault import Erased, Vault
from tests.integration.plumbing.probe import STORE

ADDRESS = "王芳 13800138000 上海市 徐汇区 天钥桥路 1 号"


def test_what_is_sealed_is_opened(name: str) -> None:
    """By another function instance, too; the ciphertext shows nothing and is never the same twice."""
    sealed = Vault(STORE).seal(name, ADDRESS)

    assert Vault(STORE).open(name, sealed) == ADDRESS
    assert ADDRESS.encode() not in base64.b64decode(sealed)
    assert Vault(STORE).seal(name, ADDRESS) != sealed


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
        vaults._open(vaults._service_key("orders"), row.body, name)
    with pytest.raises(InvalidTag):
        vaults._open(vaults._service_key("probe"), row.body, "person:else")
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
