"""An AWS account on this machine: ministack with all its services, on loopback only."""

import http.client
import json
import os
import signal
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from infra.local.child import free_port, require_free, spawn

REGION = "us-east-1"  # ministack says “aws” for every partition
KEYS = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_REGION": REGION,
    "AWS_DEFAULT_REGION": REGION,
}
NOWHERE = {
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
}


class Emulator:
    """A running one. ``environment`` is an operator's, who works in this account; functions inherit it as well."""

    def __init__(self, url: str, environment: Mapping[str, str], pid: int) -> None:
        self.url, self.environment, self.pid = url, environment, pid


@contextmanager
def emulator(folder: Path) -> Iterator[Emulator]:
    """Start it, keep its log and its files in the folder, and end it."""
    port = free_port()
    require_free(port)
    url = f"http://127.0.0.1:{port}"
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "XIAODIAN_", "WECHAT_"))}
    mark = f"{os.getpid()}-{port}"
    marks = {"XIAODIAN_TEST_RUN": os.environ["XIAODIAN_TEST_RUN"], "EMULATOR": mark}
    environment = kept | marks | KEYS | NOWHERE | {"AWS_ENDPOINT_URL": url, "NO_PROXY": "127.0.0.1"}
    own = {
        "GATEWAY_PORT": str(port),
        "BIND_HOST": "127.0.0.1",  # its default is every interface
        "IOT_MTLS_ENABLED": "0",  # otherwise it opens MQTT on every interface
        "LOG_LEVEL": "WARNING",
        "TMPDIR": str(folder),
    }
    child = spawn("ministack", [sys.executable, "-m", "ministack"], environment | own, folder / "ministack.log")
    child.wait_until(lambda: _answers(port), seconds=60)
    try:
        yield Emulator(url, environment, child.process.pid)
    finally:
        child.stop()
        _end_functions(mark)


def _end_functions(mark: str) -> None:
    """It leaves the processes of its functions behind."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            environment = (folder / "environ").read_bytes()
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue
        if f"EMULATOR={mark}".encode() in environment.split(b"\0"):
            os.kill(int(folder.name), signal.SIGKILL)


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", "/_ministack/health")
        return bool(json.load(connection.getresponse())["ready_scripts"]["status"] == "completed")
    except OSError:
        return False
    finally:
        connection.close()
