"""Whole packages for the processor that this machine is not; those for this one are proved by deploying them."""

import hashlib
from pathlib import Path

import pytest

from infra.package.build import Package, build, services
from infra.package.check import HERE
from infra.package.dependencies import PLATFORMS, Arch
from tests.integration.package.conftest import STAGE

(OTHER,) = set[Arch](PLATFORMS) - {HERE or "x86_64"}


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Package]:
    """Of every service. Making them checks them: what is missing, what is foreign, how large they are."""
    made = build(services(), STAGE, OTHER, tmp_path_factory.mktemp("packages"))
    return dict(zip(services(), made, strict=True))


@pytest.mark.parametrize("service", services())
def test_a_package_is_fit_to_leave(packages: dict[str, Package], service: str) -> None:
    """Every check passes; its place in the bucket is its content's."""
    made = packages[service]

    assert made.key == f"{service}/{hashlib.sha256(made.zip.read_bytes()).hexdigest()}.zip"


def test_two_builds_are_the_same(packages: dict[str, Package], tmp_path: Path) -> None:
    """Template and zip, byte by byte, in whatever folder, alone or beside others."""
    (again,) = build(["notify"], STAGE, OTHER, tmp_path / "elsewhere" / "second")

    assert packages["notify"].zip.read_bytes() == again.zip.read_bytes()
    assert packages["notify"].template.read_bytes() == again.template.read_bytes()
