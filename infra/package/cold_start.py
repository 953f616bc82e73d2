"""What a cold start costs: a package's import and its first DynamoDB client, against botocore's client alone.

All are taken from the package itself, as Lambda has it, in processor time of a process of their own, by turns: what
else the machine does at that time meets all. What the first request of a subject and the first event load on top is
told beside it.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from infra.package import archive
from services.shared.plumbing.subjects import PATHS

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
    """Medians over all rounds: seconds of processor time, and how many times the bare client's it is.

    ``firsts`` are such ratios of a start and the loading for a first request, by subject, and for a first event.
    """

    service_s: float
    bare_s: float
    ratio: float
    firsts: Mapping[str, float]

    def __str__(self) -> str:
        start = f"{self.ratio:.2f} × a bare client ({self.service_s * 1000:.0f} ms, {self.bare_s * 1000:.0f} ms)"
        return ", ".join((start, *(f"with {what} {ratio:.2f}" for what, ratio in self.firsts.items())))


def cold_start(package: Path, pairs: int = PAIRS) -> ColdStart:
    """Measure a zip; takes about a second a round, and half a second more for each subject."""
    with tempfile.TemporaryDirectory(prefix="xiaodian-cold-") as scratch:
        code = Path(scratch) / "task"
        archive.unpack(package, code)
        acts = {"bare": _BARE, "service": _SERVICE} | _firsts(code)
        rounds = [{what: _seconds(act, code) for what, act in acts.items()} for _ in range(pairs + 1)][
            1:
        ]  # disk is read
    ratios = {what: statistics.median(took[what] / took["bare"] for took in rounds) for what in acts}
    service, bare = (statistics.median(took[what] for took in rounds) for what in ("service", "bare"))
    return ColdStart(service, bare, ratios.pop("service"), {what: ratios[what] for what in ratios if what != "bare"})


def _firsts(code: Path) -> dict[str, str]:
    """What a function does at its first request for each subject, and at its first event."""
    subjects = {
        modules[0]: path
        for file in code.glob(f"services/*/doors/{PATHS}")
        for path, modules in json.loads(file.read_text(encoding="utf-8")).items()
    }
    acts = {subject: f"app.app.subjects.load({path!r})" for subject, path in sorted(subjects.items())}
    return {
        what: f"{_SERVICE}\n{act}" for what, act in (acts | ({"events": "app.reactions()"} if acts else {})).items()
    }


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
