"""One package, from sources to checked files."""

import json
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from infra.package import archive, check, dependencies, rules
from infra.package.dependencies import Arch
from infra.package.failure import PackagingFailed
from infra.package.needs import ROOT, Needs, needs_of, settings_of
from infra.package.programs import program
from infra.package.project import chalice_package
from infra.package.sizes import Size, growth, size_of, write_down
from infra.package.stage import Stage
from infra.package.template.function import Json
from infra.package.template.merge import template
from services.shared.plumbing.resources import Resources

# One of each partition.
REGIONS = ("cn-north-1", "us-east-1", "us-gov-west-1")
Say = Callable[[str], None]


class Unfit(PackagingFailed):
    """The package must not leave; the message lists why."""


@dataclass(frozen=True)
class Package:
    """What ``aws cloudformation deploy`` takes, and where the template expects the zip in the artifacts bucket."""

    template: Path
    zip: Path
    key: str
    size: Size


def services() -> list[str]:
    """Every service that has doors."""
    return sorted(app.parent.name for app in (ROOT / "services").glob("*/app.py"))


def build(service: str, stage: Stage, arch: Arch, out: Path, *, record: bool = False, say: Say = print) -> Package:
    """Leave ``template.json`` and ``package.zip`` in ``out/<service>``. Raises Unfit with all that a check found."""
    needs = needs_of(service)
    resources: Resources = import_module(f"services.{service}.resources").resources
    folder = out / service
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    with tempfile.TemporaryDirectory(prefix="xiaodian-package-") as scratch:
        say(f"{service}: {len(needs.modules)} modules, for {arch}")
        digest = _archive(needs, stage, arch, Path(scratch), folder / "package.zip")
        chalice = json.loads((Path(scratch) / "project" / "out" / "sam.json").read_text(encoding="utf-8"))
    made = Package(
        folder / "template.json", folder / "package.zip", f"{service}/{digest}.zip", size_of(folder / "package.zip")
    )
    rendered = template(chalice, resources, settings_of(needs), stage, arch, made.key)
    made.template.write_text(json.dumps(rendered, indent=1) + "\n", encoding="utf-8")
    if record:
        write_down(service, arch, made.size)
    say(f"{service}: checking")
    if found := list(_findings(made, rendered, needs, resources, arch)):
        raise Unfit("\n".join(found))
    return made


def _archive(needs: Needs, stage: Stage, arch: Arch, scratch: Path, target: Path) -> str:
    project, code = scratch / "project", scratch / "code"
    project.mkdir()
    _, chalice_zip = chalice_package(needs, stage, project)
    dependencies.install(needs, arch, code)
    archive.fill(code, chalice_zip, needs.clients)
    return archive.pack(code, target)


def _findings(made: Package, rendered: Json, needs: Needs, resources: Resources, arch: Arch) -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="xiaodian-package-") as scratch:
        code = Path(scratch) / "task"
        archive.unpack(made.zip, code)
        yield from check.findings(code, needs, arch)
    yield from rules.findings(rendered)
    yield from rules.declared(needs, resources)
    yield from lint(made.template)
    if grown := growth(needs.service, arch, made.size):
        yield grown


def lint(*templates: Path) -> Iterator[str]:
    """What cfn-lint says of templates, in a region of each partition."""
    options = ["--format", "parseable", "--regions", *REGIONS, "--template", *map(str, templates)]
    run = subprocess.run([program("cfn-lint"), *options], capture_output=True, text=True, check=False)
    yield from run.stdout.splitlines()
    if run.returncode and not run.stdout:
        yield run.stderr.strip()
