"""Packages, from sources to checked files."""

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
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
from infra.package.subjects import routes_of, write_paths
from infra.package.template.merge import template
from infra.package.template.parameters import Settings
from services.shared.plumbing.doors import Service
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


def build(
    names: Sequence[str], stage: Stage, arch: Arch, out: Path, *, record: bool = False, say: Say = print
) -> list[Package]:
    """Leave ``template.json`` and ``package.zip`` in ``out/<service>`` of each service.

    Several are made side by side, and their templates are judged in one go: cfn-lint starts slowly. Raises Unfit with
    all that a check found.
    """
    wanted = [_wanted(name, stage, arch) for name in names]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        made = list(pool.map(lambda one: _make(one, out, say), wanted))
        if record:
            for one, package in zip(wanted, made, strict=True):
                write_down(one.needs.service, arch, package.size)
        say(f"{', '.join(names)}: checking")
        linted = pool.submit(lambda: list(lint(*(package.template for package in made))))
        found = [line for lines in pool.map(_findings, made, wanted) for line in lines] + linted.result()
    if found:
        raise Unfit("\n".join(found))
    return made


@dataclass(frozen=True)
class _Wanted:
    """A service as its code is; read before anything is done side by side, because that imports it."""

    needs: Needs
    app: Service
    resources: Resources
    settings: Settings
    stage: Stage
    arch: Arch


def _wanted(service: str, stage: Stage, arch: Arch) -> _Wanted:
    needs = needs_of(service)
    app: Service = import_module(f"services.{service}.app").app
    resources: Resources = import_module(f"services.{service}.resources").resources
    return _Wanted(needs, app, resources, settings_of(needs), stage, arch)


def _make(wanted: _Wanted, out: Path, say: Say) -> Package:
    service = wanted.needs.service
    folder = out / service
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    with tempfile.TemporaryDirectory(prefix="xiaodian-package-") as scratch:
        say(f"{service}: {len(wanted.needs.modules)} modules, for {wanted.arch}")
        digest = _archive(wanted, Path(scratch), folder / "package.zip")
        chalice = json.loads((Path(scratch) / "project" / "out" / "sam.json").read_text(encoding="utf-8"))
    made = Package(
        folder / "template.json", folder / "package.zip", f"{service}/{digest}.zip", size_of(folder / "package.zip")
    )
    rendered = template(chalice, wanted.resources, wanted.settings, wanted.stage, wanted.arch, made.key)
    made.template.write_text(json.dumps(rendered, indent=1) + "\n", encoding="utf-8")
    return made


def _archive(wanted: _Wanted, scratch: Path, target: Path) -> str:
    needs, project, code = wanted.needs, scratch / "project", scratch / "code"
    project.mkdir()
    _, chalice_zip = chalice_package(needs, wanted.stage, project)
    dependencies.install(needs, wanted.arch, code)
    archive.fill(code, chalice_zip, needs.clients)
    write_paths(wanted.app, code)
    return archive.pack(code, target)


def _findings(made: Package, wanted: _Wanted) -> list[str]:
    """All that is wrong with one package; cfn-lint is asked of all together."""
    rendered = json.loads(made.template.read_text(encoding="utf-8"))
    found = [*rules.findings(rendered), *rules.declared(wanted.needs, wanted.resources)]
    with tempfile.TemporaryDirectory(prefix="xiaodian-package-") as scratch:
        code = Path(scratch) / "task"
        archive.unpack(made.zip, code)
        found += check.findings(code, wanted.needs, wanted.arch, routes_of(wanted.app))
    if grown := growth(wanted.needs.service, wanted.arch, made.size):
        found.append(grown)
    return found


def lint(*templates: Path) -> Iterator[str]:
    """What cfn-lint says of templates, in a region of each partition."""
    options = ["--format", "parseable", "--regions", *REGIONS, "--template", *map(str, templates)]
    run = subprocess.run([program("cfn-lint"), *options], capture_output=True, text=True, check=False)
    yield from run.stdout.splitlines()
    if run.returncode and not run.stdout:
        yield run.stderr.strip()
