"""Every service's template, as it would be deployed, rendered once a run."""

import json
from collections.abc import Callable
from functools import cache
from importlib import import_module
from pathlib import Path

import pytest

from infra.package.needs import needs_of, settings_of
from infra.package.project import chalice_package
from infra.package.stage import Stage
from infra.package.template.function import Json
from infra.package.template.merge import template

STAGE = Stage("test")
Rendered = Callable[[str], Path]


@pytest.fixture(scope="session")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Rendered:
    """``rendered("orders")`` is the file of that service's template."""

    @cache
    def render(service: str) -> Path:
        needs, folder = needs_of(service), tmp_path_factory.mktemp(service)
        chalice, _ = chalice_package(needs, STAGE, folder)
        resources = import_module(f"services.{service}.resources").resources
        made = template(chalice, resources, settings_of(needs), STAGE, "x86_64", f"{service}/0.zip")
        (folder / "template.json").write_text(json.dumps(made), encoding="utf-8")
        return folder / "template.json"

    return render


def read(path: Path) -> Json:
    """The template in a file."""
    found: Json = json.loads(path.read_text(encoding="utf-8"))
    return found
