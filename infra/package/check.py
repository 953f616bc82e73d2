"""What a zip must be before it leaves: complete, and nobody else's. Each function yields findings, a line each."""

import json
import platform
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from infra.package import clean_import
from infra.package.dependencies import Arch
from infra.package.needs import Needs

# e_machine in an ELF header.
MACHINES: dict[Arch, int] = {"x86_64": 0x3E, "arm64": 0xB7}
HERE: Arch | None = {"x86_64": "x86_64", "aarch64": "arm64", "arm64": "arm64"}.get(platform.machine())  # type: ignore[assignment]
IMPORTABLE = (".py", ".pyc", ".so")
MAX_UNZIPPED_BYTES = 250 * 1024 * 1024


def findings(code: Path, needs: Needs, arch: Arch, routes: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """All that is wrong with the unzipped package. Where its machine is this one, it is imported too."""
    yield from foreign_files(code, needs.service)
    yield from missing_imports(code, needs)
    yield from other_machines(code, arch)
    if (size := sum(file.stat().st_size for file in code.rglob("*") if file.is_file())) > MAX_UNZIPPED_BYTES:
        yield f"{size} bytes unzipped: Lambda takes {MAX_UNZIPPED_BYTES}"
    if arch == HERE and sys.platform == "linux":
        yield from clean_imports(code, needs, routes)


def foreign_files(code: Path, service: str) -> Iterator[str]:
    """Nothing of another service, of infra or of the tests."""
    for top in ("infra", "tests"):
        if (code / top).exists():
            yield f"{top}/ does not belong into a package"
    for folder in sorted(path for path in (code / "services").iterdir() if path.is_dir()):
        if folder.name not in {service, "shared", "__pycache__"}:
            yield f"services/{folder.name}/ belongs to another service"


def missing_imports(code: Path, needs: Needs) -> Iterator[str]:
    """Everything that our modules import, now or later, lies in the package. Works for a foreign machine too."""
    for name in sorted(needs.modules):
        if not _importable(code, name):
            yield f"{name} is missing"
    for name in sorted(needs.packages):
        if not _importable(code, name):
            yield f"{name} is missing"
    for client in sorted(needs.clients):
        if not (code / "botocore" / "data" / client).is_dir():
            yield f"botocore knows no “{client}” here"


def _importable(code: Path, dotted: str) -> bool:
    *folders, last = dotted.split(".")
    place = code.joinpath(*folders)
    if (place / last).is_dir():
        return any((place / last / f"__init__{kind}").is_file() for kind in IMPORTABLE)
    return place.is_dir() and any(
        file.name.partition(".")[0] == last and file.suffix in IMPORTABLE for file in place.iterdir()
    )


def other_machines(code: Path, arch: Arch) -> Iterator[str]:
    """Every extension module is for the machine that will load it."""
    for file in sorted(code.rglob("*.so*")):
        with file.open("rb") as elf:
            header = elf.read(20)
        if header[:4] != b"\x7fELF" or int.from_bytes(header[18:20], "little") != MACHINES[arch]:
            yield f"{file.relative_to(code)} is not for {arch}"


def clean_imports(code: Path, needs: Needs, routes: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """Python itself, without any site-packages, can open every route, import all of it and make every client."""
    asked = {"routes": routes, "statements": sorted(needs.statements), "clients": sorted(needs.clients)}
    command = [sys.executable, "-I", "-S", "-W", "ignore", clean_import.__file__, str(code)]
    run = subprocess.run(command, input=json.dumps(asked), capture_output=True, text=True, check=False)
    yield from run.stdout.splitlines()
    if run.returncode:
        yield run.stderr.strip()
