"""The README's walk-through, word for word, against a stack with the demo shop."""

import os
import re
import subprocess
from pathlib import Path

from tests.e2e.xiaodian import Running

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"^```(bash|text)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def test_the_walk_through_prints_what_the_readme_shows(tmp_path: Path) -> None:
    """What a newcomer copies from the README works, and answers what it says."""
    blocks = BLOCK.findall((ROOT / "README.md").read_text(encoding="utf-8"))
    commands = "".join(text for kind, text in blocks if kind == "bash")
    shown = "".join(text for kind, text in blocks if kind == "text")
    stack = Running(tmp_path / "data")

    try:
        walk = subprocess.run(
            ["bash", "-euc", commands],
            cwd=ROOT,
            env=os.environ | {"XIAODIAN_URL": f"http://127.0.0.1:{stack.port}"},
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )
    finally:
        stack.end()

    assert (walk.stdout, walk.returncode) == (shown, 0), walk.stderr
