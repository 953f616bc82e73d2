"""The engine on one machine: it starts or says why not, keeps what it acknowledged, and leaves nothing behind."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from infra.local.child import CannotStart, free_port, spawn
from infra.local.engine import Engine, start_engine
from tests.processes import is_running, listening

TABLE: Any = {
    "TableName": "kept",
    "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
    "BillingMode": "PAY_PER_REQUEST",
}


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Engine]:
    """An engine of the test's own, on disk."""
    engine = start_engine(free_port(), tmp_path / "engine.db")
    yield engine
    engine.stop()


def put(engine: Engine, items: int) -> None:
    """That many items in a table of their own."""
    client = boto3.client("dynamodb", endpoint_url=engine.url)
    client.create_table(**TABLE)
    for number in range(items):
        client.put_item(TableName="kept", Item={"pk": {"S": f"{number}"}, "text": {"S": "x" * 500}})


def test_it_listens_on_loopback_only(own: Engine) -> None:
    """Nobody else on the network can reach it."""
    assert listening(own.child.process.pid) == {own.url.removeprefix("http://")}


def test_ctrl_c_in_the_terminal_does_not_reach_it(own: Engine) -> None:
    """The parent ends its children in the order it wants."""
    assert os.getsid(own.child.process.pid) != os.getsid(0)


def test_what_was_acknowledged_survives_kill_9(own: Engine, tmp_path: Path) -> None:
    """A write is on disk before it is answered."""
    put(own, 20)
    own.child.process.kill()
    own.stop()

    again = start_engine(free_port(), tmp_path / "engine.db")

    try:
        client = boto3.client("dynamodb", endpoint_url=again.url)
        assert client.scan(TableName="kept", Select="COUNT")["Count"] == 20
    finally:
        again.stop()


def test_a_missing_binary_says_what_to_run(tmp_path: Path) -> None:
    """A fresh clone without npm packages gets the command that helps."""
    with pytest.raises(CannotStart, match=r"is missing.*make install"):
        start_engine(free_port(), None, binary=tmp_path / "dynoxide")


def test_a_taken_port_is_named() -> None:
    """Not the other server's answer is taken for the engine's."""
    with socket.create_server(("127.0.0.1", free_port())) as other:
        port = other.getsockname()[1]

        with pytest.raises(CannotStart, match=f"port {port} is already in use"):
            start_engine(port, None)


def test_a_file_of_something_else_is_refused(tmp_path: Path) -> None:
    """The file is named and left as it is."""
    file = tmp_path / "engine.db"
    file.write_bytes(b"dear diary" * 1_000)

    with pytest.raises(CannotStart, match=r"engine\.db cannot be used"):
        start_engine(free_port(), file)

    assert file.read_bytes() == b"dear diary" * 1_000


@pytest.mark.parametrize("part", [slice(-40_000, -20_000), slice(5_000, 20_000)])
def test_a_damaged_file_is_refused(own: Engine, tmp_path: Path, part: slice) -> None:
    """Also when the damage lies where the engine itself would notice it only at some later read."""
    put(own, 200)
    own.stop()
    content = bytearray((tmp_path / "engine.db").read_bytes())
    content[part] = b"\xa5" * len(content[part])
    (tmp_path / "engine.db").write_bytes(content)

    with pytest.raises(CannotStart, match=r"engine\.db cannot be used"):
        start_engine(free_port(), tmp_path / "engine.db")


def test_a_file_has_one_engine(own: Engine, tmp_path: Path) -> None:
    """Two stacks on one data folder would overwrite each other."""
    with pytest.raises(CannotStart, match="in use by another running stack"):
        start_engine(free_port(), tmp_path / "engine.db")

    own.stop()
    start_engine(free_port(), tmp_path / "engine.db").stop()


def test_a_start_that_fails_gives_the_file_back(tmp_path: Path) -> None:
    """Starting once more, on a port that is free, works."""
    program = tmp_path / "dynoxide"
    program.write_text("#!/bin/sh\necho error: out of luck >&2\nexit 1\n")
    program.chmod(0o755)

    with pytest.raises(CannotStart, match="the engine did not start: error: out of luck"):
        start_engine(free_port(), tmp_path / "engine.db", binary=program)

    start_engine(free_port(), tmp_path / "engine.db").stop()


START_AND_WAIT = """
import sys, time
from infra.local.engine import start_engine
from infra.local.child import free_port
print(start_engine(free_port(), None).child.process.pid, flush=True)
time.sleep(60)
"""


def test_kill_9_of_the_parent_leaves_no_engine() -> None:
    """No port stays taken and no file stays open after a crash of the stack."""
    with subprocess.Popen([sys.executable, "-c", START_AND_WAIT], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert is_running(pid)

        parent.send_signal(signal.SIGKILL)

    deadline = time.monotonic() + 30
    while is_running(pid) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not is_running(pid)


def test_a_child_that_does_not_answer_is_stopped() -> None:
    """It is named, with what it said last, and does not go on unseen."""
    child = spawn("the sleeper", ["/bin/sh", "-c", "echo first; echo soon; exec sleep 60"], {})
    child.wait_until(lambda: child.last_words() == "soon")

    with pytest.raises(CannotStart, match=r"the sleeper did not answer within 0\.3 s: soon"):
        child.wait_until(lambda: False, seconds=0.3)

    assert not is_running(child.process.pid)


def test_a_child_that_will_not_end_is_killed(tmp_path: Path) -> None:
    """Stopping always ends."""
    ready = tmp_path / "ready"
    child = spawn("the mule", ["/bin/sh", "-c", f"trap '' TERM; touch {ready}; while :; do sleep 0.1; done"], {})
    child.wait_until(ready.exists)

    child.stop(grace_s=0.2)

    assert child.process.returncode == -signal.SIGKILL


def test_its_output_is_kept(tmp_path: Path) -> None:
    """The log tells what happened after the terminal is gone."""
    start_engine(free_port(), None, log_file=tmp_path / "engine.log").stop()

    assert "listening" in (tmp_path / "engine.log").read_text()


def test_a_child_is_started_from_the_main_thread_only() -> None:
    """Linux would end it together with the thread that started it."""
    refused = []

    def start() -> None:
        with pytest.raises(RuntimeError, match="main thread"):
            spawn("the orphan", ["/bin/true"], {})
        refused.append(True)

    thread = threading.Thread(target=start)
    thread.start()
    thread.join()

    assert refused == [True]
