"""``python -m infra.checks`` over a repository."""

from pathlib import Path

import pytest

from infra.checks.__main__ import main


def test_a_breach_is_printed_with_its_place_and_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An editor can jump to the line, and make stops."""
    (tmp_path / "services/orders").mkdir(parents=True)
    (tmp_path / "services/orders/app.py").write_text("def door():\n    if paid:\n        ship()\n")
    (tmp_path / "services/orders/utils.py").write_text("")

    status = main(tmp_path)

    printed = capsys.readouterr().out.splitlines()
    assert status == 1
    assert printed[0].startswith("services/orders/app.py:2: door branches")
    assert printed[1].startswith("services/orders/utils.py:1: ")
    assert printed[2] == "2 findings in 2 files"


def test_a_repository_that_keeps_the_rules_passes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing found, nothing to fail on."""
    (tmp_path / "services").mkdir()
    (tmp_path / "services/__init__.py").write_text("")

    assert main(tmp_path) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "0 findings in 1 files"
