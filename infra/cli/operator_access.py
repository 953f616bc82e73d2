"""The operator's way past the doors: this process sees the stack's tables and queues as its functions do."""

import json
import os
from pathlib import Path

from infra.cli.target import Target


def operate(target: Target) -> Path:
    """Make this process's AWS clients and settings those of the running stack; returns its data folder.

    Before anything of the services is imported: names of tables are made then. Raises NoAnswer, CannotStart.
    """
    from infra.local.data_folder import SECRETS, DataFolder, running
    from infra.local.ports import Ports
    from infra.local.stack import environment

    data = Path(target.local["data_dir"])
    ports = Ports(**running(data)["ports"])
    secrets = json.loads((data / SECRETS).read_text(encoding="utf-8"))
    os.environ |= environment(DataFolder(data, False, secrets), ports)
    return data
