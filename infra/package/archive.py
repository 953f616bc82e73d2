"""The zip that Lambda runs: only what a function needs, compiled, and the same bytes every time."""

import hashlib
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterable
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath

from infra.package import bytecode
from infra.package.failure import PackagingFailed

# What no function ever opens. Of a distribution's papers only METADATA stays, where versions are looked up.
UNUSED = (
    "__pycache__/*", "*/__pycache__/*", "bin/*", ".lock", "*/tests/*", "*/test/*",
    "*.pyi", "*.pyx", "*.pxd", "*.c", "*.h", "*/py.typed",
    "*/examples-1.json*", "dateutil/zoneinfo/*.tar.gz",
)  # fmt: skip
# Words are put in these languages; what is common to all languages is Babel's root.
LOCALES = ("root.dat", "en.dat", "zh.dat", "LICENSE.unicode")
FIXED_TIME = (1980, 1, 1, 0, 0, 0)
FILE_MODE = 0o100644 << 16


class CannotCompile(PackagingFailed):
    """Our own code is no Python; the message says where."""


def fill(code: Path, chalice_zip: Path, clients: Iterable[str]) -> None:
    """Make a folder with the dependencies in it what the function will find in ``/var/task``. Raises CannotCompile."""
    with zipfile.ZipFile(chalice_zip) as brought:
        brought.extractall(code)
    keep = set(clients)
    for file in sorted(path for path in code.rglob("*") if path.is_file()):
        if not _needed(PurePosixPath(file.relative_to(code).as_posix()), keep):
            file.unlink()
    for metadata in code.glob("*.dist-info/METADATA"):
        metadata.write_bytes(metadata.read_bytes().partition(b"\n\n")[0] + b"\n")  # its headers, without the manual
    command = [sys.executable, "-I", "-S", "-X", "utf8", bytecode.__file__, str(code)]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    if run.returncode:
        raise CannotCompile(run.stderr.strip())


def _needed(file: PurePosixPath, clients: set[str]) -> bool:
    if any(fnmatch(str(file), pattern) for pattern in UNUSED):
        return False
    if file.parts[0].endswith(".dist-info"):
        return file.name == "METADATA"
    if file.parts[:2] == ("botocore", "data") and len(file.parts) > 3:
        return file.parts[2] in clients
    if file.parts[:2] == ("babel", "locale-data"):
        return file.name in LOCALES
    return True


def pack(code: Path, archive: Path) -> str:
    """Zip a folder, in the order of names and without times; returns the SHA-256 of the zip in hex."""
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as made:
        for file in sorted(path for path in code.rglob("*") if path.is_file()):
            entry = zipfile.ZipInfo(file.relative_to(code).as_posix(), FIXED_TIME)
            entry.external_attr, entry.create_system = FILE_MODE, 3  # readable by Lambda's own user
            entry.compress_type = zipfile.ZIP_DEFLATED
            made.writestr(entry, file.read_bytes())
    return hashlib.sha256(archive.read_bytes()).hexdigest()


def unpack(archive: Path, into: Path) -> None:
    """Lay the zip out as Lambda does."""
    shutil.rmtree(into, ignore_errors=True)
    into.mkdir(parents=True)
    with zipfile.ZipFile(archive) as made:
        made.extractall(into)
