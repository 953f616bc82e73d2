"""Ruff's settings in pyproject.toml keep the rules that we leave to it."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


def codes(path: str, text: str) -> set[str]:
    """The rules that ruff finds broken in a text at this path."""
    command = [sys.executable, "-m", "ruff", "check", "--output-format=concise", f"--stdin-filename={path}", "-"]
    run = subprocess.run(command, cwd=ROOT, input=text, capture_output=True, text=True, check=False)
    return {line.split()[1] for line in run.stdout.splitlines() if line.startswith(path)}


@pytest.mark.parametrize(
    ("code", "line"),
    [
        ("TID251", "from datetime import UTC, datetime\n\nNOW = datetime.now(UTC)"),
        ("TID251", "import datetime\n\nNOW = datetime.datetime.utcnow()"),
        ("TID251", "from datetime import date\n\nTODAY = date.today()"),
        ("TID251", "import time\n\nNOW = time.time()"),
        ("TID251", "from time import time\n\nNOW = time()"),
        ("TID251", "from uuid import uuid4\n\nID = uuid4()"),
        ("TID251", "import random\n\nDICE = random.randint(1, 6)"),
        ("TID251", "import secrets\n\nKEY = secrets.token_hex()"),
        ("TID251", "import os\n\nKEY = os.urandom(16)"),
        ("TID253", "import requests\n\nSESSION = requests.Session()"),
        ("T201", 'print("paid")'),
        ("E722", "try:\n    NOW = 1\nexcept:\n    NOW = 2"),
        ("S110", "try:\n    NOW = 1\nexcept Exception:\n    pass"),
        ("BLE001", "try:\n    NOW = 1\nexcept Exception:\n    NOW = 2"),
        ("FIX002", "NOW = 1  # TODO: later"),
    ],
)
def test_a_service_may_not_do_this(code: str, line: str) -> None:
    """No clock, chance or id of its own, nothing heavy at import, no swallowed error, no promise for later."""
    assert code in codes("services/orders/place_order.py", f'"""Place."""\n\n{line}\n')


def test_clock_and_ids_come_from_one_place_each() -> None:
    """The two modules of plumbing that all others ask may look at the clock and throw dice."""
    text = '"""Ids."""\n\nfrom ulid import ULID\n\nID = ULID()\n'

    assert codes("services/shared/plumbing/ids.py", text) == set()
    assert codes("services/shared/plumbing/outbox.py", text) == {"TID251"}


def test_chinese_text_is_text() -> None:
    """Full-width punctuation is not taken for a typing error."""
    text = '"""消息，（文案）。"""\n\nPAID = "您的订单已付款：{n}（元）！"  # 说明：付款\n'

    assert codes("services/notify/texts.py", text) == set()
