"""SQS and S3 on one machine: ministack, on loopback."""

import http.client
import json
import os
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from infra.local.child import Child, require_free, spawn


@dataclass(frozen=True)
class Ministack:
    """A running ministack. ``url`` is what AWS_ENDPOINT_URL_SQS and AWS_ENDPOINT_URL_S3 are set to."""

    url: str
    child: Child
    scratch: "tempfile.TemporaryDirectory[str]"

    def stop(self) -> None:
        """End it. Queues are gone, objects stay in the data folder."""
        self.child.stop()
        self.scratch.cleanup()


def start_ministack(port: int, data_dir: Path | None, log_file: Path | None = None) -> Ministack:
    """Start SQS and S3 on 127.0.0.1:``port`` and wait until they answer. Objects are kept in ``data_dir``, if given.

    Call it from the main thread. Raises CannotStart when the port is taken.
    """
    require_free(port)
    scratch = tempfile.TemporaryDirectory(prefix="ministack-")
    env = {
        **os.environ,
        "SERVICES": "sqs,s3",
        "GATEWAY_PORT": str(port),
        "BIND_HOST": "127.0.0.1",  # its default is every interface
        "IOT_MTLS_ENABLED": "0",  # otherwise it opens MQTT on every interface
        "LOG_LEVEL": "WARNING",
        "TMPDIR": scratch.name,
    }
    if data_dir is not None:
        data_dir.mkdir(parents=True, exist_ok=True)
        env |= {"S3_PERSIST": "1", "S3_DATA_DIR": str(data_dir.resolve())}
    try:
        child = spawn("ministack", [sys.executable, "-m", "ministack"], env, log_file)
        child.wait_until(lambda: _answers(port), seconds=60)
    except BaseException:
        scratch.cleanup()
        raise
    return Ministack(f"http://127.0.0.1:{port}", child, scratch)


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", "/_ministack/health")
        health = json.load(connection.getresponse())
        return bool(health["ready_scripts"]["status"] == "completed")
    except OSError:
        return False
    finally:
        connection.close()
