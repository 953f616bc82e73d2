"""A service's third-party packages, as uv.lock pins them, for the machine that Lambda runs."""

import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any, Literal

from infra.package.failure import PackagingFailed
from infra.package.needs import ROOT, Needs
from infra.package.programs import program

Arch = Literal["x86_64", "arm64"]
# Wheels that run on every Lambda runtime: glibc 2.17.
PLATFORMS: dict[Arch, str] = {"x86_64": "x86_64-manylinux2014", "arm64": "aarch64-manylinux2014"}
# `chalice package` adds the two modules that a function needs; the rest of it is for deploying.
BROUGHT_BY_CHALICE = "chalice"


class CannotInstall(PackagingFailed):
    """uv refused; the message says why."""


def install(needs: Needs, arch: Arch, into: Path) -> None:
    """Put exactly the packages that the service imports, and theirs, into a folder. Raises CannotInstall."""
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    options = ["--no-deps", "--require-hashes", "--only-binary", ":all:", "--link-mode", "copy"]
    options += ["--python-platform", PLATFORMS[arch], "--python-version", version]
    _uv("pip", "install", "--quiet", "--target", str(into), *options, "-r", "-", given=requirements(needs))


def requirements(needs: Needs) -> str:
    """Lines with versions and hashes: the project's dependencies without those that the service has no use for."""
    locked = _locked()
    declared = {_canonical(re.split(r"[^\w.-]", line, maxsplit=1)[0]) for line in _project()["dependencies"]}
    useless = declared - _reached(locked, _wanted(needs.packages) - {BROUGHT_BY_CHALICE})
    prune = [f"--prune={name}" for name in sorted(useless)]
    options = ["--frozen", "--no-default-groups", "--no-emit-project", "--no-header", "--no-annotate"]
    return _uv("export", "--quiet", *options, *prune)


def _project() -> Any:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def _locked() -> dict[str, Any]:
    lock = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))
    return {package["name"]: package for package in lock["package"]}


def _reached(locked: dict[str, Any], wanted: set[str]) -> set[str]:
    """Those, and all that they need, with the extras that this project asks for."""
    asked = {one["name"]: one.get("extra", ()) for one in locked[_project()["name"]]["dependencies"]}
    todo = [(name, extra) for name in wanted for extra in ("", *asked.get(name, ()))]
    reached: set[tuple[str, str]] = set()
    while todo:
        name, extra = one = todo.pop()
        if one not in reached:
            reached.add(one)
            package = locked[name]
            needed = package["optional-dependencies"][extra] if extra else package.get("dependencies", ())
            todo += [(other["name"], part) for other in needed for part in ("", *other.get("extra", ()))]
    return {name for name, _ in reached}


def _wanted(packages: frozenset[str]) -> set[str]:
    known = packages_distributions()
    if missing := sorted(packages - set(known)):
        raise CannotInstall(f"No installed distribution has {', '.join(missing)}: is it in pyproject.toml?")
    return {_canonical(name) for package in packages for name in known[package]}


def _canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _uv(*arguments: str, given: str | None = None) -> str:
    command = [program("uv"), *arguments]
    run = subprocess.run(command, cwd=ROOT, input=given, capture_output=True, text=True, check=False)
    if run.returncode:
        raise CannotInstall(run.stderr.strip())
    return run.stdout
