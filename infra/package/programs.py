"""The programs that a build starts."""

import os
import sys
from pathlib import Path
from shutil import which

from infra.package.failure import PackagingFailed


class NotInstalled(PackagingFailed):
    """A program is missing; the message says how to get it."""


def program(name: str) -> str:
    """The path of a program of this project's environment, or else of the PATH. Raises NotInstalled."""
    beside = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", "")))
    found = which(name, path=beside)
    if found is None:
        raise NotInstalled(f"{name} is not installed: `make install` puts it into .venv")
    return found
