"""A service as the ordinary Chalice project that ``chalice package`` understands."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from infra.package.failure import PackagingFailed
from infra.package.needs import ROOT, Needs
from infra.package.stage import Stage

# Chalice wants a role for its functions; the template gives each its own.
NO_ROLE = "arn:aws:iam::000000000000:role/to-be-replaced"

# What is imported stays: looking for garbage in it took a fifth of a cold start, and would take of each later look.
APP = """\
import gc

gc.disable()
from services.{service}.app import *

gc.freeze()
gc.enable()
"""


class CannotPackage(PackagingFailed):
    """Chalice refused; the message is what it said."""


def chalice_package(needs: Needs, stage: Stage, folder: Path) -> tuple[dict[str, Any], Path]:
    """Let Chalice package the service in an empty folder: its template, and its zip without dependencies."""
    _lay_out(needs, stage, folder)
    program = "import sys; from chalice.cli import main; sys.exit(main())"
    command = [sys.executable, "-c", program, "package", "--stage", stage.name, "out"]
    environment = os.environ | {
        "XIAODIAN_PREFIX": stage.prefix,
        # Only for importing app.py: the template names no region.
        "AWS_DEFAULT_REGION": "us-east-1",
        "PYTHONPATH": str(folder / "vendor"),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    run = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if run.returncode:
        raise CannotPackage(run.stderr.strip() or run.stdout.strip())
    out = folder / "out"
    return json.loads((out / "sam.json").read_text(encoding="utf-8")), out / "deployment.zip"


def _lay_out(needs: Needs, stage: Stage, folder: Path) -> None:
    for file in needs.files:
        copy = folder / "vendor" / file.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(file.read_bytes())
    (folder / "app.py").write_text(APP.format(service=needs.service), encoding="utf-8")
    (folder / "requirements.txt").touch()
    config = {
        "version": "2.0",
        "app_name": needs.service,
        "manage_iam_role": False,
        "iam_role_arn": NO_ROLE,
        "automatic_layer": False,
        "api_gateway_endpoint_type": "REGIONAL",  # the China regions have no other
        "stages": {stage.name: {"api_gateway_stage": stage.name}},
    }
    (folder / ".chalice").mkdir()
    (folder / ".chalice" / "config.json").write_text(json.dumps(config), encoding="utf-8")
