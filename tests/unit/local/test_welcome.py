"""What `xiaodian up` tells a newcomer to type."""

import pytest

from infra.local.supervisor import WELCOME, typed

INSTALLED = "/usr/local/bin/xiaodian"


@pytest.mark.parametrize(
    ("called", "on_path", "command"),
    [
        (".venv/bin/xiaodian", None, ".venv/bin/xiaodian"),
        (INSTALLED, INSTALLED, "xiaodian"),
        ("/work/infra/cli/__main__.py", None, "xiaodian"),
    ],
)
def test_a_newcomer_is_told_what_can_be_typed(called: str, on_path: str | None, command: str) -> None:
    """After `make up`, which starts it out of .venv, the bare name is found by nobody's shell."""
    told = WELCOME.format(url="http://127.0.0.1:8080", data=".xiaodian", command=typed(called, on_path))

    assert f"  {command} token person:alice " in told
