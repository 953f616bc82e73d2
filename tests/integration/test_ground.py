"""The tests' own ground keeps its promises."""

import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import boto3
import pytest
from botocore.exceptions import EndpointConnectionError

from tests.processes import is_running

LEAVES_ONE_BEHIND = """
import subprocess

def test_that_starts_a_daemon():
    started = subprocess.run(["sh", "-c", "sleep 60 > /dev/null & echo $!"], stdout=subprocess.PIPE, check=True)
    print("daemon", started.stdout.decode())
"""


def test_a_process_left_behind_fails_the_run(tmp_path: Path) -> None:
    """Even one that is no child of the run any more. It is ended."""
    (tmp_path / "conftest.py").write_text("from tests.conftest import _no_process_left as _no_process_left\n")
    (tmp_path / "test_it.py").write_text(LEAVES_ONE_BEHIND)
    command = [sys.executable, "-m", "pytest", "-s", "-c", os.devnull, "--rootdir", str(tmp_path), str(tmp_path)]

    run = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)

    assert run.returncode == 1
    assert "tests left processes behind" in run.stdout
    daemon = re.search(r"daemon (\d+)", run.stdout)
    assert daemon is not None
    assert not is_running(int(daemon[1]))


def test_no_test_can_reach_aws() -> None:
    """A service without an endpoint here answers to nobody."""
    with pytest.raises(EndpointConnectionError, match=r"127\.0\.0\.1:9"):
        boto3.client("kms").list_keys()


def test_no_test_can_reach_another_machine() -> None:
    """Loopback only."""
    with pytest.raises((RuntimeError, UserWarning), match="tried to use socket"):
        socket.create_connection(("192.0.2.1", 80), timeout=1)
