"""Settings: read at first use, a missing one names itself, a secret is never shown."""

import base64
import traceback
from pathlib import Path

import pytest

from services.shared.plumbing.settings import Secret, SecretKey, SecretKeys, Setting, SettingError


def long_enough(text: str) -> str:
    """Refuses in a way that quotes what it refuses."""
    if len(text) < 32:
        raise ValueError(f"{text} is too short")
    return text


class Wanted:
    minutes = Setting("PROBE_MINUTES", int)
    hours = Setting("PROBE_HOURS", int, default=24)
    key = Secret("PROBE_KEY")
    pin = Secret("PROBE_PIN", long_enough)
    seal = SecretKey("PROBE_SEAL")
    seals = SecretKeys("PROBE_SEAL")


def shown(error: pytest.ExceptionInfo[SettingError]) -> str:
    """All that a traceback would print."""
    return "".join(traceback.format_exception(error.value))


def test_a_missing_setting_names_itself_when_it_is_used() -> None:
    """Not when the class is made: a function starts without the settings it does not need."""
    with pytest.raises(SettingError, match="PROBE_MINUTES is missing"):
        _ = Wanted.minutes


def test_a_default_stands_in_for_a_missing_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    """And a value replaces it at once, since the environment is read at each use."""
    assert Wanted.hours == 24

    monkeypatch.setenv("PROBE_HOURS", "36")

    assert Wanted.hours == 36


def test_an_unreadable_setting_names_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """And says why."""
    monkeypatch.setenv("PROBE_MINUTES", "soon")

    with pytest.raises(SettingError, match=r"PROBE_MINUTES cannot be read: .*soon"):
        _ = Wanted.minutes


def test_a_secret_is_its_value_or_the_contents_of_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The end of the file's last line does not belong to it."""
    file = tmp_path / "key"
    file.write_text("from a file\n")

    monkeypatch.setenv("PROBE_KEY", "itself")
    assert Wanted.key == "itself"
    monkeypatch.setenv("PROBE_KEY", f"file:{file}")
    assert Wanted.key == "from a file"


def test_a_missing_secret_names_itself() -> None:
    """As any setting does."""
    with pytest.raises(SettingError, match="PROBE_KEY is missing"):
        _ = Wanted.key


def test_a_secret_without_its_file_names_itself(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """And says what the system said of the file."""
    monkeypatch.setenv("PROBE_KEY", f"file:{tmp_path / 'nowhere'}")

    with pytest.raises(SettingError, match="PROBE_KEY cannot be read: No such file"):
        _ = Wanted.key


def test_no_error_shows_a_secret(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Neither its message nor its traceback, whether it cannot be parsed or its file is no text."""
    monkeypatch.setenv("PROBE_PIN", "s3cret")
    with pytest.raises(SettingError, match="PROBE_PIN cannot be read") as unparsed:
        _ = Wanted.pin
    assert "s3cret" not in shown(unparsed)

    file = tmp_path / "key"
    file.write_bytes(b"\xffs3cret")
    monkeypatch.setenv("PROBE_KEY", f"file:{file}")
    with pytest.raises(SettingError, match="PROBE_KEY cannot be read") as undecoded:
        _ = Wanted.key
    assert "s3cret" not in shown(undecoded)


def test_a_key_is_its_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    """32 of them, given in base64."""
    monkeypatch.setenv("PROBE_SEAL", base64.b64encode(b"k" * 32).decode())

    assert Wanted.seal == b"k" * 32


@pytest.mark.parametrize("value", ["", "no base64!", base64.b64encode(b"k" * 31).decode(), "k" * 32])
def test_a_key_that_protects_nothing_is_refused(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    """An empty key signs as well as any other; the error shows neither."""
    monkeypatch.setenv("PROBE_SEAL", value)

    with pytest.raises(SettingError, match="PROBE_SEAL must be 32 bytes") as refused:
        _ = Wanted.seal

    assert not value or value not in shown(refused)


def test_keys_have_ids_and_the_newest_is_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """One without an id is what a service began with; where only one is wanted, it is the newest."""
    old, new = (base64.b64encode(letter * 32).decode() for letter in (b"o", b"n"))
    monkeypatch.setenv("PROBE_SEAL", f"2027:{new}\n{old}")

    assert list(Wanted.seals.items()) == [("2027", b"n" * 32), ("", b"o" * 32)]
    assert Wanted.seal == b"n" * 32


@pytest.mark.parametrize("ids", [("a:", "a:"), ("", ""), ("a b:", ""), ("a/b:", ""), ("a" * 33 + ":", "")])
def test_keys_that_cannot_be_told_apart_are_refused(monkeypatch: pytest.MonkeyPatch, ids: tuple[str, str]) -> None:
    """And ids that would not be read back."""
    key = base64.b64encode(b"k" * 32).decode()
    monkeypatch.setenv("PROBE_SEAL", " ".join(one + key for one in ids))

    with pytest.raises(SettingError, match="PROBE_SEAL") as refused:
        _ = Wanted.seals

    assert key not in shown(refused)
