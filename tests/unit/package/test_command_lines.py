"""What `make package`, `make deploy` and `make rollback` say to a word that is wrong, before anything is made."""

from collections.abc import Callable

import pytest

from infra.deploy.__main__ import main as deploy
from infra.package.__main__ import main as package

Main = Callable[[list[str]], int]
WRONG: list[tuple[Main, list[str], str]] = [
    (package, ["orders", "--stage", "Prod"], "“Prod” is no stage: a letter, then"),
    (deploy, ["orders", "--stage", ""], "“” is no stage: a letter, then"),
    (package, ["nosuch"], "there is no service nosuch: choose from catalog, gifts, notify, orders"),
    (deploy, ["nosuch", "--stage", "prod"], "there is no service nosuch: choose from platform, catalog, gifts,"),
    (deploy, ["nosuch", "--stage", "prod", "--rollback"], "there is no service nosuch: choose from platform, catalog"),
    (deploy, ["orders", "--stage", "prod", "--set", "DomainName"], "“DomainName” is not NAME=VALUE"),
]


@pytest.mark.parametrize(("main", "words", "said"), WRONG, ids=[" ".join(words) for _, words, _ in WRONG])
def test_a_wrong_word_is_named_with_what_is_right(
    main: Main, words: list[str], said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit status 2, as for every wrong usage."""
    monkeypatch.setenv("XIAODIAN_PREFIX", "xiaodian-test")  # what is set below is taken back
    monkeypatch.delenv("AWS_REGION", raising=False)

    with pytest.raises(SystemExit) as ended:
        main(words)

    assert ended.value.code == 2
    assert said in capsys.readouterr().err


def test_a_package_that_was_not_made_is_asked_for(
    tmp_path: object, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`--packaged` makes none."""
    monkeypatch.setenv("XIAODIAN_PREFIX", "xiaodian-test")
    monkeypatch.setenv("AWS_REGION", "cn-north-1")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "cn-north-1")

    status = deploy(["orders", "--stage", "prod", "--packaged", "--out", str(tmp_path)])

    assert status == 1
    assert f"there is no package in {tmp_path}/orders: make package SERVICE=orders" in capsys.readouterr().err
