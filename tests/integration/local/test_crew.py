"""Processes that are forked from one: forked again when they end, and never left behind."""

import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.integration.local.stack import eventually, family, living, name_of

CREW = """
import os, signal, sys, threading
from pathlib import Path
from infra.local.crew import Crew

def wait():
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    Path(sys.argv[1], str(os.getpid())).touch()
    stop.wait()
    Path(sys.argv[1], f"{os.getpid()}-in-order").touch()
    return 0

def fail():
    raise RuntimeError("cannot work")
"""


@contextmanager
def crew(folder: Path, work: str) -> Iterator[subprocess.Popen[bytes]]:
    """A crew with this work, in a process of its own."""
    script = textwrap.dedent(CREW) + f"\nsys.exit(Crew({work}).run())\n"
    with subprocess.Popen([sys.executable, "-c", script, str(folder)], stderr=subprocess.PIPE) as process:
        yield process
        if process.poll() is None:
            process.kill()


def started(folder: Path) -> set[int]:
    """Members that have begun their work."""
    return {int(file.name) for file in folder.iterdir() if file.name.isdigit()}


def test_a_member_that_ends_is_forked_again(tmp_path: Path) -> None:
    """The others are not disturbed."""
    with crew(tmp_path, "{'a': wait, 'b': wait}") as process:
        eventually(lambda: len(started(tmp_path)) == 2)
        first, second = sorted(started(tmp_path))
        os.kill(first, signal.SIGKILL)

        eventually(lambda: len(started(tmp_path)) == 3)
        assert second in family(process.pid)
        assert first not in family(process.pid)


def test_sigterm_ends_every_member_in_order(tmp_path: Path) -> None:
    """Each gets the signal, may finish what it does, and the status is 0."""
    with crew(tmp_path, "{'a': wait, 'b': wait}") as process:
        eventually(lambda: len(started(tmp_path)) == 2)
        process.terminate()

        assert process.wait(60) == 0
        assert all((tmp_path / f"{pid}-in-order").exists() for pid in started(tmp_path))


def test_members_die_with_the_process_they_come_from(tmp_path: Path) -> None:
    """Even by kill -9."""
    with crew(tmp_path, "{'a': wait, 'b': wait}") as process:
        eventually(lambda: len(started(tmp_path)) == 2)
        process.kill()

        eventually(lambda: not living(started(tmp_path)))


def test_sighup_renews_those_it_should(tmp_path: Path) -> None:
    """They end in order and are forked again; the others go on."""
    with crew(tmp_path, "{'a': wait, 'b': wait}, renewed=('b',)") as process:
        eventually(lambda: len(started(tmp_path)) == 2)
        before = {name_of(pid): pid for pid in started(tmp_path)}
        process.send_signal(signal.SIGHUP)

        eventually(lambda: len(started(tmp_path)) == 3)
        assert before["a"] in living(family(process.pid))
        assert (tmp_path / f"{before['b']}-in-order").exists()


def test_each_member_writes_its_own_log(tmp_path: Path) -> None:
    """And what the member before it wrote is kept beside it."""
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "bad.log").write_text("of yesterday")
    with crew(tmp_path, "{'bad': fail}, Path(sys.argv[1], 'logs')") as process:
        _, errors = process.communicate(timeout=60)

    assert "RuntimeError: cannot work" in (tmp_path / "logs" / "bad.log").read_text()
    assert "RuntimeError: cannot work" in (tmp_path / "logs" / "bad.log.1").read_text()
    assert b"RuntimeError" not in errors
    assert errors.decode().splitlines()[-1] == "bad ends again and again"


def test_a_member_that_ends_again_and_again_ends_the_crew(tmp_path: Path) -> None:
    """No endless loop: the status says so, the log says why, and the good member is not left behind."""
    with crew(tmp_path, "{'good': wait, 'bad': fail}") as process:
        _, errors = process.communicate(timeout=60)

        assert process.returncode == 1
        assert errors.decode().count("RuntimeError: cannot work") == 6
        eventually(lambda: not living(started(tmp_path)))
