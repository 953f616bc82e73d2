"""What a cold start costs: a package's import and its first DynamoDB client, against botocore's client alone.

Both are taken from the package itself, as Lambda has it, in processor time of a process of their own, by turns: what
else the machine does at that time meets both.
"""

import os
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from infra.package import archive

BUDGET = 1.5
PAIRS = 11

_MEASURED = """\
import sys, time
begun = time.process_time()
sys.path.insert(0, sys.argv[1])
{act}
print(time.process_time() - begun)
"""
_BARE = "import botocore.session\nbotocore.session.get_session().create_client('dynamodb')"
_SERVICE = "import app\nfrom services.shared.plumbing.tables import connection\nconnection()"


@dataclass(frozen=True)
class ColdStart:
    """Medians over all pairs: seconds of processor time, and how many times the bare client's it is."""

    service_s: float
    bare_s: float
    ratio: float

    def __str__(self) -> str:
        return f"{self.ratio:.2f} × a bare client ({self.service_s * 1000:.0f} ms, {self.bare_s * 1000:.0f} ms)"


def cold_start(package: Path, pairs: int = PAIRS) -> ColdStart:
    """Measure a zip; takes about a second a pair."""
    with tempfile.TemporaryDirectory(prefix="xiaodian-cold-") as scratch:
        code = Path(scratch) / "task"
        archive.unpack(package, code)
        took = [(_seconds(_SERVICE, code), _seconds(_BARE, code)) for _ in range(pairs + 1)][1:]  # the first reads disk
    services, bares = zip(*took, strict=True)
    ratio = statistics.median(service / bare for service, bare in took)
    return ColdStart(statistics.median(services), statistics.median(bares), ratio)


def _seconds(act: str, code: Path) -> float:
    environment = {
        "AWS_DEFAULT_REGION": "cn-north-1",
        "AWS_REGION": "cn-north-1",
        "AWS_ACCESS_KEY_ID": "none",
        "AWS_SECRET_ACCESS_KEY": "none",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }
    command = [sys.executable, "-I", "-S", "-B", "-c", _MEASURED.format(act=act), str(code)]
    run = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return float(run.stdout)
